import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, startCluster, stopCluster } from '../../db/server/cluster.ts'
import { findPostmaster } from '../../db/server/postmaster.ts'
import type { Progress } from '../../db/server/progress.ts'

export interface KeptPostgres {
  url: string
  dataDir: string
  /** Resolves, with the reason, when it has ended and cannot be brought back. */
  lost: Promise<string>
  stop(): Promise<void>
}

/** Whoever stopped it by hand may be about to start it by hand. */
const PATIENCE_MS = 3000
const POLL_MS = 200
/** So often in a row, each time after less than a minute, and we give up. */
const MOST_ENDS = 5
const HEALTHY_AFTER_MS = 60_000

/**
 * The embedded Postgres, brought back whenever it ends by itself: a crash, or somebody's `pg_ctl stop`, is no reason to end
 * Kith, whose processes reconnect. A server that was started by hand meanwhile is taken as it is.
 */
export async function keepPostgres(dataDir: string, port: number, progress: Progress): Promise<KeptPostgres> {
  let cluster: Cluster | undefined = await startCluster({ dataDir, port, progress })
  const { url, port: ownPort, dataDir: place } = cluster
  const stopping = new AbortController()
  const { signal } = stopping

  const keep = async (): Promise<string> => {
    for (let ends = 1; ; ends++) {
      if (signal.aborted) return 'stopped' // while it came up; stop() has yet to stop it
      const started = Date.now()
      await (cluster ? cluster.ended : endOf(place, signal))
      cluster = undefined
      if (signal.aborted) return 'stopped'
      if (Date.now() - started > HEALTHY_AFTER_MS) ends = 1
      if (ends > MOST_ENDS) return `Postgres ends again and again (its log: ${place}.log)`
      progress.say(`kith: Postgres has ended (its log: ${place}.log); starting it again`)
      if (await startedByHand(place, signal)) continue
      if (signal.aborted) return 'stopped'
      try {
        cluster = await startCluster({ dataDir, port: ownPort, progress })
      } catch (error) {
        return `Postgres has ended and does not start again: ${(error as Error).message}`
      }
      if (cluster.url !== url) return `Postgres has ended, and another program has taken its port ${ownPort}`
    }
  }
  const lost = keep()

  return {
    url,
    dataDir: place,
    lost,
    async stop() {
      stopping.abort()
      if (cluster) await cluster.stop('fast')
      await lost
      // One that came up while we were asked to stop, or was started by hand.
      if (cluster) await cluster.stop('fast')
      else await stopCluster(place)
    },
  }
}

async function startedByHand(dataDir: string, signal: AbortSignal): Promise<boolean> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline && !signal.aborted; await pause(signal))
    if (findPostmaster(dataDir) !== undefined) return true
  return false
}

async function endOf(dataDir: string, signal: AbortSignal): Promise<void> {
  while (findPostmaster(dataDir) !== undefined && !signal.aborted) await pause(signal)
}

function pause(signal: AbortSignal): Promise<void> {
  return sleep(POLL_MS, undefined, { signal }).catch(() => {})
}
