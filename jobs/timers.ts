/**
 * Fires due timers: a profile or account whose labels or segments can change by the mere passing of time becomes a `react` job. Runs
 * beside every relay and every worker; any number of loops share the work.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '../db/client.ts'
import { type Fired, fireTimers, TIMERS } from '../db/sql/fire-timers.ts'
import { log } from '../log.ts'
import { MOST_PEOPLE } from './tasks/payload.ts'

export type TimerOptions = { url: string; signal: AbortSignal }

const BATCH = 10 * MOST_PEOPLE
/** A reaction may set an earlier timer than the one we sleep for: never sleep longer than this. */
const LONGEST_SLEEP_MS = 100
const PAUSE_AFTER_ERROR_MS = 500

export async function runTimers({ url, signal }: TimerOptions): Promise<void> {
  const sql = connect(url, { max: 1, name: 'kith timers' })
  let isWell = true
  try {
    while (!signal.aborted) {
      // Sent together: one round trip.
      const pause = await Promise.all(TIMERS.map((timers) => fireTimers(sql, timers, BATCH, MOST_PEOPLE))).then(
        (fired) => {
          isWell = true
          return Math.min(...fired.map(pauseAfter))
        },
        (error: Error) => {
          if (isWell && !signal.aborted) log.warn('timers interrupted', { error: error.message })
          isWell = false
          return PAUSE_AFTER_ERROR_MS
        },
      )
      if (pause > 0) await sleep(pause, undefined, { signal }).catch(() => {})
    }
  } finally {
    await sql.end({ timeout: 1 })
  }
}

function pauseAfter({ subjects, nextInMs }: Fired): number {
  return subjects === BATCH ? 0 : Math.min(Math.max(nextInMs ?? LONGEST_SLEEP_MS, 1), LONGEST_SLEEP_MS)
}
