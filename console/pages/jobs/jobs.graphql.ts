// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { JobFilter, JobState, Json } from '../../client/schema.ts'

export type JobBoardResult = {
  jobBoard: {
    jobCounts: ({
      task: string
      state: JobState
      count: number
      more: boolean
      oldest: string
    })[]
    timers: {
      waiting: number
      due: number
      nextAt: string | null
    }
    workers: ({
      id: string
      host: string
      pid: number
      startedAt: string
      seenAt: string
      alive: boolean
    })[]
    relays: ({
      slot: string
      leader: string | null
      active: boolean
      seenAt: string
      checkpoint: string
      walStatus: string
      lagBytes: string | null
      lagSeconds: number
      lost: number
    })[]
    cron: ({
      task: string
      lastExecution: string | null
    })[]
    jobStatistics: ({
      at: string
      task: string
      done: number
      failed: number
      waitedMs: number
      waitedMostMs: number
      ranMs: number
      ranMostMs: number
    })[]
  }
}
export type JobBoardVariables = {}
export const JobBoard: Document<JobBoardResult, JobBoardVariables> = {
  name: 'JobBoard',
  text: "subscription JobBoard{jobBoard{jobCounts{task state count more oldest}timers{waiting due nextAt}workers{id host pid startedAt seenAt alive}relays{slot leader active seenAt checkpoint walStatus lagBytes lagSeconds lost}cron{task lastExecution}jobStatistics{at task done failed waitedMs waitedMostMs ranMs ranMostMs}}}",
}

export type JobListResult = {
  jobBoard: {
    jobs: {
      nodes: ({
        id: string
        task: string
        queue: string
        key: string | null
        state: JobState
        attempts: number
        maxAttempts: number
        error: string | null
        runAt: string
        createdAt: string
        startedAt: string | null
        worker: string | null
        summary: Json
      })[]
      pageInfo: {
        hasNextPage: boolean
        hasPreviousPage: boolean
        startCursor: string | null
        endCursor: string | null
      }
    }
  }
}
export type JobListVariables = {
  filter?: JobFilter | null
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}
export const JobList: Document<JobListResult, JobListVariables> = {
  name: 'JobList',
  text: "subscription JobList($filter:JobFilter$first:Int$after:String$last:Int$before:String){jobBoard{jobs(filter:$filter first:$first after:$after last:$last before:$before){nodes{id task queue key state attempts maxAttempts error runAt createdAt startedAt worker summary}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}}",
}

export type RetryJobsResult = {
  retryJobs: {
    ids: (string)[]
    endCursor: string | null
  }
}
export type RetryJobsVariables = {
  ids?: (string)[] | null
  filter?: JobFilter | null
  after?: string | null
}
export const RetryJobs: Document<RetryJobsResult, RetryJobsVariables> = {
  name: 'RetryJobs',
  text: "mutation RetryJobs($ids:[ID!]$filter:JobFilter$after:String){retryJobs(input:{ids:$ids filter:$filter after:$after}){ids endCursor}}",
}

export type RunJobsNowResult = {
  runJobsNow: {
    ids: (string)[]
    endCursor: string | null
  }
}
export type RunJobsNowVariables = {
  ids?: (string)[] | null
  filter?: JobFilter | null
  after?: string | null
}
export const RunJobsNow: Document<RunJobsNowResult, RunJobsNowVariables> = {
  name: 'RunJobsNow',
  text: "mutation RunJobsNow($ids:[ID!]$filter:JobFilter$after:String){runJobsNow(input:{ids:$ids filter:$filter after:$after}){ids endCursor}}",
}

export type RescheduleJobsResult = {
  rescheduleJobs: {
    ids: (string)[]
    endCursor: string | null
  }
}
export type RescheduleJobsVariables = {
  ids?: (string)[] | null
  filter?: JobFilter | null
  after?: string | null
  runAt: string
}
export const RescheduleJobs: Document<RescheduleJobsResult, RescheduleJobsVariables> = {
  name: 'RescheduleJobs',
  text: "mutation RescheduleJobs($ids:[ID!]$filter:JobFilter$after:String$runAt:DateTime!){rescheduleJobs(input:{ids:$ids filter:$filter after:$after runAt:$runAt}){ids endCursor}}",
}

export type DiscardJobsResult = {
  discardJobs: {
    ids: (string)[]
    endCursor: string | null
  }
}
export type DiscardJobsVariables = {
  ids?: (string)[] | null
  filter?: JobFilter | null
  after?: string | null
}
export const DiscardJobs: Document<DiscardJobsResult, DiscardJobsVariables> = {
  name: 'DiscardJobs',
  text: "mutation DiscardJobs($ids:[ID!]$filter:JobFilter$after:String){discardJobs(input:{ids:$ids filter:$filter after:$after}){ids endCursor}}",
}
