import type { JobState } from '../../client/schema.ts'
import type { JobBoardResult } from './jobs.graphql.ts'

export type Stretch = JobBoardResult['jobBoard']['jobStatistics'][number]

const MINUTE_MS = 60_000

type Series = {
  /** Unix seconds. */
  times: number[]
  done: number[]
  failed: number[]
  waited: (number | null)[]
  waitedMost: (number | null)[]
  ran: (number | null)[]
}

/** A value for every minute from `from` to `until`: tasks are added up, and means are weighted by their jobs. */
export function series(stretches: Stretch[], from: number, until: number): Series {
  const byMinute = new Map<number, Stretch[]>()
  for (const stretch of stretches) {
    const at = Date.parse(stretch.at)
    byMinute.set(at, [...(byMinute.get(at) ?? []), stretch])
  }
  const found: Series = { times: [], done: [], failed: [], waited: [], waitedMost: [], ran: [] }
  for (let at = Math.ceil(from / MINUTE_MS) * MINUTE_MS; at <= until; at += MINUTE_MS) {
    const inIt = byMinute.get(at) ?? []
    const jobs = inIt.reduce((sum, { done, failed }) => sum + done + failed, 0)
    const mean = (of: (stretch: Stretch) => number) =>
      jobs === 0 ? null : inIt.reduce((sum, one) => sum + of(one) * (one.done + one.failed), 0) / jobs
    found.times.push(at / 1000)
    found.done.push(inIt.reduce((sum, { done }) => sum + done, 0))
    found.failed.push(inIt.reduce((sum, { failed }) => sum + failed, 0))
    found.waited.push(mean(({ waitedMs }) => waitedMs))
    found.waitedMost.push(jobs === 0 ? null : Math.max(...inIt.map(({ waitedMostMs }) => waitedMostMs)))
    found.ran.push(mean(({ ranMs }) => ranMs))
  }
  return found
}

type Counts = JobBoardResult['jobBoard']['jobCounts']

/** How many jobs of all tasks are in a state; `more`: at least so many. */
export function countIn(counts: Counts, state: JobState): { count: number; more: boolean } {
  const those = counts.filter((each) => each.state === state)
  return { count: those.reduce((sum, { count }) => sum + count, 0), more: those.some(({ more }) => more) }
}
