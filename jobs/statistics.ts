/** Counts what the jobs of this process did, by tenant, task and minute, and adds it to job_minutes every few seconds. */
import type { Job, WorkerEvents } from 'graphile-worker'
import { MINUTE } from '../config.ts'
import type { Client } from '../db/client.ts'
import { addJobMinutes, type JobMinute } from '../db/sql/job-minutes.ts'

const FLUSH_MS = 5000

export type Statistics = {
  /** Writes down what is left. */
  stop(): Promise<void>
}

export function keepStatistics(events: WorkerEvents, sql: Client): Statistics {
  let minutes = new Map<string, JobMinute>()
  const started = new Map<string, number>()

  events.on('job:start', ({ job }) => started.set(job.id, Date.now()))
  events.on('job:complete', ({ job, error }) => {
    const start = started.get(job.id) ?? Date.now()
    started.delete(job.id)
    const tenant = tenantOf(job)
    if (!tenant) return
    const now = Date.now()
    const minute = new Date(Math.floor(now / MINUTE) * MINUTE).toISOString()
    const key = `${tenant} ${job.task_identifier} ${minute}`
    const sum = minutes.get(key) ?? empty(tenant, job.task_identifier, minute)
    minutes.set(key, sum)
    const waited = Math.max(0, start - new Date(job.run_at).getTime())
    sum[error ? 'failed' : 'done']++
    sum.waited += waited
    sum.waitedMost = Math.max(sum.waitedMost, waited)
    sum.ran += now - start
    sum.ranMost = Math.max(sum.ranMost, now - start)
  })

  const flush = async () => {
    const written = minutes
    if (written.size === 0) return
    minutes = new Map()
    // Postgres away: a few seconds of statistics are not worth keeping.
    await addJobMinutes(sql, [...written.values()]).catch(() => {})
  }
  const timer = setInterval(() => void flush(), FLUSH_MS)
  return {
    stop() {
      clearInterval(timer)
      return flush()
    },
  }
}

function tenantOf({ payload }: Job): string | undefined {
  const first = (Array.isArray(payload) ? payload[0] : payload) as { tenant?: unknown } | undefined
  return typeof first?.tenant === 'string' ? first.tenant : undefined
}

function empty(tenant: string, task: string, minute: string): JobMinute {
  return { tenant, task, minute, done: 0, failed: 0, waited: 0, waitedMost: 0, ran: 0, ranMost: 0 }
}
