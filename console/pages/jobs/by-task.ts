import type { JobState } from '../../client/schema.ts'
import type { JobBoardResult } from './jobs.graphql.ts'
import { countIn } from './series.ts'

type Board = Pick<JobBoardResult['jobBoard'], 'jobCounts' | 'jobStatistics'>

type Count = { count: number; more: boolean }

export type TaskLine = {
  task: string
  waiting: Count
  running: Count
  failed: Count
  /** Of the hour: tried to the end, and how many of those tries failed. */
  done: number
  failures: number
  /** Milliseconds; null where nothing ran. */
  waited: number | null
  waitedMost: number | null
  ran: number | null
  ranMost: number | null
}

/** What each task has to do now, and how it did in the hour that is told of; by name. */
export function byTask({ jobCounts, jobStatistics }: Board): TaskLine[] {
  const names = new Set([...jobCounts, ...jobStatistics].map(({ task }) => task))
  return [...names].sort().map((task) => {
    const counts = jobCounts.filter((one) => one.task === task)
    const count = (...states: JobState[]): Count => {
      const all = states.map((state) => countIn(counts, state))
      return { count: sum(all.map((one) => one.count)), more: all.some(({ more }) => more) }
    }
    const stretches = jobStatistics.filter((one) => one.task === task)
    const tries = sum(stretches.map((one) => one.done + one.failed))
    const mean = (of: (one: (typeof stretches)[number]) => number) =>
      tries === 0 ? null : sum(stretches.map((one) => of(one) * (one.done + one.failed))) / tries
    const most = (of: (one: (typeof stretches)[number]) => number) =>
      tries === 0 ? null : Math.max(...stretches.map(of))
    return {
      task,
      waiting: count('WAITING', 'RETRYING', 'SCHEDULED'),
      running: count('RUNNING'),
      failed: count('FAILED'),
      done: sum(stretches.map((one) => one.done)),
      failures: sum(stretches.map((one) => one.failed)),
      waited: mean((one) => one.waitedMs),
      waitedMost: most((one) => one.waitedMostMs),
      ran: mean((one) => one.ranMs),
      ranMost: most((one) => one.ranMostMs),
    }
  })
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
