/**
 * Jobs that name the erased. The queue's tables are read here and written by the queue's own functions only. Run by
 * kith_worker, who owns them.
 */
import type { Transaction } from '../../client.ts'

export type JobText = { id: string; payload: unknown; error: string | null }

/** The tenant's jobs that nobody runs: of those never tried the ones that have one of the texts in them, and all others. */
export function readJobsNaming(sql: Transaction, tenantId: string, texts: string[]) {
  return sql<JobText[]>`
SELECT jobs.id, jobs.payload, jobs.last_error AS error
FROM graphile_worker._private_job_queues AS queues
JOIN graphile_worker._private_jobs AS jobs ON jobs.job_queue_id = queues.id
WHERE queues.queue_name IN ('react:' || ${tenantId}::text, 'backfill:' || ${tenantId}::text) AND jobs.locked_at IS NULL
  AND (jobs.attempts > 0 OR EXISTS (
    SELECT FROM unnest(${texts}::text[]) AS gone (text)
    WHERE strpos(lower(jobs.payload::text), lower(to_json(gone.text)::text)) > 0))`
}

export type TakenJob = {
  task: string
  queue: string
  key: string | null
  payload: unknown
  priority: number
  run_at: string
  attempts: number
  max_attempts: number
}

/** Takes jobs out of the queue, as they are by then: the relay may have added people to one that waits. */
export function takeJobs(sql: Transaction, ids: string[]) {
  return sql<TakenJob[]>`
SELECT tasks.identifier AS task, queues.queue_name AS queue, jobs.key, jobs.payload, jobs.priority, jobs.run_at, jobs.attempts,
  jobs.max_attempts
FROM graphile_worker.complete_jobs(${ids}::bigint[]) AS jobs
JOIN graphile_worker._private_tasks AS tasks ON tasks.id = jobs.task_id
JOIN graphile_worker._private_job_queues AS queues ON queues.id = jobs.job_queue_id
ORDER BY jobs.id`
}

/** Puts a job back, tried as often as it was; one that had failed for good has `failure` for its error. */
export async function putBack(sql: Transaction, job: TakenJob, failure: string): Promise<void> {
  const [added] = await sql<[{ id: string }]>`
SELECT id FROM graphile_worker.add_job(${job.task}, ${job.payload as never}::json, ${job.queue}, ${job.run_at}::timestamptz,
  ${job.max_attempts}::int, ${job.key}, ${job.priority}::int)`
  if (job.attempts >= job.max_attempts)
    await sql`SELECT FROM graphile_worker.permanently_fail_jobs(ARRAY[${added.id}]::bigint[], ${failure})`
  else if (job.attempts > 0)
    await sql`SELECT FROM graphile_worker.reschedule_jobs(ARRAY[${added.id}]::bigint[], attempts => ${job.attempts}::int)`
}
