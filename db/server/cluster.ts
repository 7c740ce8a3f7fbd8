import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { claimFolder } from './claim.ts'
import { createCluster, files, writeSettings } from './files.ts'
import { guard } from './guard.ts'
import { installPostgres } from './install.ts'
import { findFreePort } from './port.ts'
import { findPostmaster, launch, type Postmaster, StartFailure, type StopMode, stopProcess } from './postmaster.ts'
import { silent, type Progress } from './progress.ts'
import { placeFor, serverUser } from './user.ts'

export type { StopMode } from './postmaster.ts'

export interface ClusterOptions {
  /** Created when it is not there. As root, a folder the server's uid cannot reach is replaced: see Cluster.dataDir. */
  dataDir: string
  /** The port to listen on; when it is 0 or taken, a free one. */
  port: number
  /** postgresql.conf settings over those of db/server/postgresql.conf. */
  settings?: Readonly<Record<string, string>>
  progress?: Progress
  /** Removed when stopped, and when this process dies without stopping it. */
  temporary?: boolean
  /** Goes on when this process ends. Otherwise it is stopped then, even if we are killed by SIGKILL. */
  outliveUs?: boolean
}

export interface Cluster {
  /** As the superuser `kith`, with its password: postgres://kith:...@127.0.0.1:port/kith */
  url: string
  port: number
  dataDir: string
  /** The folder of psql, pg_dump and the others. */
  bin: string
  /** Resolves when the server has ended, for whatever reason. */
  ended: Promise<void>
  /** Stops the server (default `fast`) and resolves when it is gone. */
  stop(mode?: StopMode): Promise<void>
}

/**
 * Starts an embedded PostgreSQL on 127.0.0.1, installing and initialising it first when needed, and resolves when it
 * accepts connections. One left behind by a killed process is stopped in order and started anew. Throws an Error with
 * one sentence for a person; among others when another live process has started a server in this folder.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { settings = {}, progress = silent, temporary = false, outliveUs = false } = options
  const user = await serverUser()
  const dataDir = await placeFor(options.dataDir, user)
  const claim = await claimFolder(dataDir)
  const guardian = outliveUs ? undefined : guard({ dataDir, temporary })
  const leave = async () => {
    await guardian?.finish()
    claim.release()
  }
  try {
    const { bin } = await installPostgres({ progress })
    await stopLeftover(dataDir, progress)
    await createCluster({ bin, dataDir, user, password: randomBytes(18).toString('base64url'), temporary, progress })
    const postmaster = await launchOnFreePort(options.port, async (port) => {
      writeSettings({ bin, dataDir, user, settings: { ...settings, port: String(port) } })
      return launch({ bin, dataDir, user, port })
    })
    let hasEnded = false
    const ended = postmaster.ended.then(async () => {
      hasEnded = true
      await leave()
    })

    const password = readFileSync(files(dataDir).password, 'utf8').trim()
    return {
      url: `postgres://kith:${password}@127.0.0.1:${postmaster.port}/kith`,
      port: postmaster.port,
      dataDir,
      bin,
      ended,
      async stop(mode = 'fast') {
        postmaster.ref()
        if (!hasEnded) await stopProcess(postmaster.pid, mode)
        await ended
      },
    }
  } catch (error) {
    await leave()
    throw error
  }
}

// We hold the claim, so whoever started it is dead. Stopped rather than adopted: its settings may be older than ours,
// and its clients belong to the dead.
async function stopLeftover(dataDir: string, progress: Progress): Promise<void> {
  const pid = findPostmaster(dataDir)
  if (pid === undefined) return
  progress.say(`kith: stopping the Postgres (process ${pid}) that an earlier command left running`)
  await stopProcess(pid, 'fast')
}

// Between finding a free port and listening on it somebody else may take it.
async function launchOnFreePort(wanted: number, start: (port: number) => Promise<Postmaster>): Promise<Postmaster> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort(attempt === 1 ? wanted : 0)
    try {
      return await start(port)
    } catch (error) {
      if (attempt === 5 || !(error instanceof StartFailure && error.portTaken)) throw error
    }
  }
}

/** Stops the server that runs on a data folder, whoever started it. Resolves at once when none does. */
export async function stopCluster(dataDir: string, mode: StopMode = 'fast'): Promise<void> {
  const pid = findPostmaster(dataDir)
  if (pid !== undefined) await stopProcess(pid, mode)
}
