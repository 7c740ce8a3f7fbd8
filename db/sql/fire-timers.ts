import type { Client } from '../client.ts'

/** Whose timers: where they are, and how a `react` job names those whose time has come. */
export const TIMERS = [
  { table: 'timers', column: 'profile_id', named: 'profiles' },
  { table: 'account_timers', column: 'account_id', named: 'accounts' },
] as const

export type Fired = {
  /** Profiles, or accounts, whose timer was due. */
  subjects: number
  /** Milliseconds until the next timer is due; null when there is none. */
  nextInMs: number | null
  /** How late the latest of them fired, in milliseconds. */
  lateMs: number
}

/**
 * Deletes up to `limit` due timers and enqueues whose they are, in one statement and so in one transaction. Rows that another
 * timer loop, or a reaction, holds are passed over. The rows are deleted by their place, so that the plan is the same whatever
 * the statistics say: this table is empty at one moment and full at the next, and a join planned for the one is quadratic in
 * the other.
 */
export async function fireTimers(
  sql: Client,
  { table, column, named }: (typeof TIMERS)[number],
  limit: number,
  subjectsPerJob: number,
): Promise<Fired> {
  const [row] = await sql<[Fired]>`
WITH due AS (
  DELETE FROM ${sql(table)} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM ${sql(table)} WHERE due_at <= now()
    ORDER BY due_at LIMIT ${limit}
    FOR UPDATE SKIP LOCKED
  ))
  RETURNING tenant_id, ${sql(column)} AS subject_id, due_at
), pieces AS (
  SELECT tenant_id, piece, array_agg(subject_id) AS subjects
  FROM (SELECT *, (row_number() OVER (PARTITION BY tenant_id ORDER BY due_at) - 1) / ${subjectsPerJob}::int AS piece FROM due) AS numbered
  GROUP BY tenant_id, piece
), keyed AS (
  SELECT *, 'react:' || tenant_id || ${`:${named}:`}::text AS prefix FROM pieces
), waiting AS (
  SELECT tenant_id, key, (
    SELECT sum(json_array_length(change -> ${named}::text)) FROM json_array_elements(payload) AS change
  ) AS subjects
  FROM keyed CROSS JOIN LATERAL (
    SELECT key, payload FROM graphile_worker._private_jobs
    WHERE key >= prefix AND key < prefix || 'g' AND locked_at IS NULL AND attempts = 0 AND run_at <= now()
    ORDER BY created_at DESC, id DESC LIMIT 1
    FOR UPDATE SKIP LOCKED
  ) AS job
  WHERE piece = 0
), specs AS (
  SELECT array_agg((
    'react', json_build_array(json_build_object('tenant', keyed.tenant_id, ${named}::text, keyed.subjects, 'cause', 'timer')),
    'react:' || keyed.tenant_id, NULL, NULL, coalesce(waiting.key, prefix || uuidv7()), NULL, NULL
  )::graphile_worker.job_spec ORDER BY piece) AS list
  FROM keyed LEFT JOIN waiting ON waiting.tenant_id = keyed.tenant_id AND piece = 0
    AND waiting.subjects + cardinality(keyed.subjects) <= ${subjectsPerJob}::int
), added AS (
  SELECT count(*) AS jobs FROM specs, graphile_worker.add_jobs(specs.list, true) WHERE specs.list IS NOT NULL
)
SELECT
  (SELECT count(*)::int FROM due) AS subjects,
  coalesce((SELECT extract(epoch FROM clock_timestamp() - min(due_at)) * 1000 FROM due), 0)::float8 AS "lateMs",
  (SELECT extract(epoch FROM due_at - clock_timestamp()) * 1000 FROM ${sql(table)} WHERE due_at > now() ORDER BY due_at LIMIT 1)::float8 AS "nextInMs"
FROM added`
  return row
}
