import type { Client } from '../client.ts'

export type Fired = {
  /** Profiles whose timer was due. */
  profiles: number
  /** Milliseconds until the next timer is due; null when there is none. */
  nextInMs: number | null
  /** How late the latest of them fired, in milliseconds. */
  lateMs: number
}

/**
 * Deletes up to `limit` due timers and enqueues their profiles, in one statement and so in one transaction. Rows that another
 * timer loop, or a reaction, holds are passed over. The rows are deleted by their place, so that the plan is the same whatever
 * the statistics say: this table is empty at one moment and full at the next, and a join planned for the one is quadratic in
 * the other.
 */
export async function fireTimers(sql: Client, limit: number, peoplePerJob: number): Promise<Fired> {
  const [row] = await sql<[Fired]>`
WITH due AS (
  DELETE FROM timers WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM timers WHERE due_at <= now()
    ORDER BY due_at LIMIT ${limit}
    FOR UPDATE SKIP LOCKED
  ))
  RETURNING tenant_id, profile_id, due_at
), pieces AS (
  SELECT tenant_id, array_agg(profile_id) AS profiles
  FROM (SELECT *, (row_number() OVER (PARTITION BY tenant_id ORDER BY due_at) - 1) / ${peoplePerJob}::int AS piece FROM due) AS numbered
  GROUP BY tenant_id, piece
), specs AS (
  SELECT array_agg((
    'react', json_build_array(json_build_object('tenant', tenant_id, 'profiles', profiles, 'cause', 'timer')),
    'react:' || tenant_id, NULL, NULL, NULL, NULL, NULL
  )::graphile_worker.job_spec) AS list
  FROM pieces
), added AS (
  SELECT count(*) AS jobs FROM specs, graphile_worker.add_jobs(specs.list) WHERE specs.list IS NOT NULL
)
SELECT
  (SELECT count(*)::int FROM due) AS profiles,
  coalesce((SELECT extract(epoch FROM clock_timestamp() - min(due_at)) * 1000 FROM due), 0)::float8 AS "lateMs",
  (SELECT extract(epoch FROM due_at - clock_timestamp()) * 1000 FROM timers WHERE due_at > now() ORDER BY due_at LIMIT 1)::float8 AS "nextInMs"
FROM added`
  return row
}
