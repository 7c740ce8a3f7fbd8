/**
 * Follows the logs of other databases. No jobs: one lasts as long as its source does, and would keep a place of the queue's from
 * all others. Any number of workers share the sources; each is held by one, which says so every few seconds, and is free again
 * when that one does not.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { SECOND } from '../config.ts'
import { connect } from '../db/client.ts'
import { claimSources, type Held } from '../db/sql/followed-sources.ts'
import { log } from '../log.ts'
import type { Follower } from './engine.ts'

export type FollowerOptions = { url: string; signal: AbortSignal; follower: Follower }

/** Each holds a connection or two to its database. */
const MOST = 50
/** Transactions of theirs in our database at a time. */
const CONNECTIONS = 3
const LOOK_EVERY_MS = SECOND
const STOP_TIMEOUT_MS = 8 * SECOND

export async function runFollowers({ url, signal, follower }: FollowerOptions): Promise<void> {
  const sql = connect(url, { max: CONNECTIONS, name: 'kith followers' })
  const running = new Set<Promise<void>>()
  const run = async (work: Promise<unknown>) => {
    await work.catch((error: Error) => log.warn('followers interrupted', { error: error.message }))
  }
  const keep = (work: Promise<unknown>) => {
    const ended = run(work)
    running.add(ended)
    void ended.finally(() => running.delete(ended))
  }
  let isDropping = false
  try {
    while (!signal.aborted) {
      if (!isDropping) {
        isDropping = true
        keep(dropAll(follower, sql, signal).finally(() => (isDropping = false)))
      }
      const claimed = await claimSources(sql, MOST - running.size).catch((error: Error): Held[] => {
        log.warn('followers interrupted', { error: error.message })
        return []
      })
      for (const held of claimed) keep(follower.follow(sql, held, signal))
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {})
    }
    await Promise.race([Promise.all(running), sleep(STOP_TIMEOUT_MS, undefined, { ref: false })])
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function dropAll(follower: Follower, sql: ReturnType<typeof connect>, signal: AbortSignal) {
  while (!signal.aborted && (await follower.dropOwedSlot(sql)));
}
