import type { Client } from '../client.ts'
import { formatLsn, type Lsn } from '../wal/lsn.ts'

export type JobSpec = {
  task: string
  queue: string
  key: string | null
  /** The key of a job to join instead, if that one still waits untried. */
  joins?: string
  /** As JSON. */
  payload: string
  priority?: number
}

// JSON text has no control characters. The payloads travel by themselves: as text within JSON each of their quotes would be
// escaped here and read back there, which took a third of a relay's time.
const RECORD = '\u001e'

/** A place in the log: a message, and the commit of its transaction, by which transactions are in order. */
export type Position = { commitLsn: Lsn; messageLsn: Lsn }

export type Enqueue = {
  slot: string
  leader: string
  after: Position
  upTo: Position
  /** The transactions that the jobs tell of. */
  xids: number[]
  jobs: JobSpec[]
}

/**
 * Adds jobs and moves the relay's checkpoint, in one statement and so in one transaction. Returns the keys that the jobs
 * got; null when the relay has another leader by now, or does not stand at `after`, and nothing was done.
 *
 * add_jobs joins an array payload to the job of that key; but if that one is running, it takes its key and its right to be
 * retried, and a job that dies would lose its people. So only a job that we hold locked, untried, is joined; and none that was put off.
 *
 * Nobody sees the jobs before everybody sees what they tell of (ops.await_commits).
 */
export async function enqueue(sql: Client, { slot, leader, after, upTo, xids, jobs }: Enqueue) {
  const specs = jobs.map(({ payload: _, ...spec }) => spec)
  const payloads = jobs.map(({ payload }) => payload).join(RECORD)
  const [row] = await sql<[{ leads: boolean; keys: string[] }]>`
WITH checkpoint AS (
  UPDATE ops.relays SET lsn = ${formatLsn(upTo.commitLsn)}, message_lsn = ${formatLsn(upTo.messageLsn)}, updated_at = now()
  WHERE slot = ${slot} AND leader = ${leader}
    AND (lsn, message_lsn) = (${formatLsn(after.commitLsn)}::pg_lsn, ${formatLsn(after.messageLsn)}::pg_lsn)
  RETURNING slot
), wanted AS (
  SELECT * FROM ROWS FROM (
    json_to_recordset(${specs as never}::json) AS (task text, queue text, key text, joins text, priority smallint),
    string_to_table(${payloads}, ${RECORD})
  ) AS j (task, queue, key, joins, priority, payload)
), waiting AS (
  SELECT key FROM graphile_worker._private_jobs
  WHERE key IN (SELECT joins FROM wanted) AND locked_at IS NULL AND attempts = 0 AND run_at <= now()
  FOR UPDATE SKIP LOCKED
), specs AS (
  SELECT array_agg((task, payload::json, queue, NULL, NULL, coalesce(waiting.key, wanted.key), priority, NULL)::graphile_worker.job_spec) AS list
  FROM wanted LEFT JOIN waiting ON waiting.key = wanted.joins
), added AS (
  SELECT job.key FROM checkpoint, specs, graphile_worker.add_jobs(specs.list, true) AS job WHERE specs.list IS NOT NULL
)
SELECT EXISTS (SELECT FROM checkpoint) AS leads, array(SELECT key FROM added) AS keys, ops.await_commits(${xids}::bigint[])`
  return row.leads ? new Set(row.keys) : null
}
