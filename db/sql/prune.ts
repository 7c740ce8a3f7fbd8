import type { Client, Transaction } from '../client.ts'

/** Deletes up to `limit` message ids older than `days`. Returns how many. */
export async function pruneEventIds(sql: Transaction, days: number, limit: number): Promise<number> {
  const { count } = await sql`
DELETE FROM event_ids WHERE (tenant_id, message_id) IN (
  SELECT tenant_id, message_id FROM event_ids WHERE received_at < now() - make_interval(days => ${days}) LIMIT ${limit}
)`
  return count
}

/**
 * Deletes the feed up to the last of its `limit` oldest rows that is older than `days`, and tells readers where it begins
 * now: a cursor before that has a gap. Returns how many rows.
 */
export async function pruneFeed(sql: Transaction, days: number, limit: number): Promise<number> {
  const [row] = await sql<[{ count: number }]>`
WITH oldest AS (
  SELECT seq, at FROM feed ORDER BY tenant_id, seq LIMIT ${limit}
), last AS (
  SELECT max(seq) AS seq FROM oldest WHERE at < now() - make_interval(days => ${days})
), pruned AS (
  DELETE FROM feed USING last WHERE feed.seq <= last.seq RETURNING 1
), head AS (
  UPDATE feed_heads SET first_seq = last.seq + 1 FROM last WHERE last.seq IS NOT NULL
)
SELECT count(*)::int AS count FROM pruned`
  return row.count
}

/** Deletes up to `limit` rows of the audit log older than `days`. Returns how many. */
export async function pruneAuditLog(sql: Transaction, days: number, limit: number): Promise<number> {
  const [row] = await sql<[{ count: number }]>`SELECT ops.audit_prune(${days}, ${limit}) AS count`
  return row.count
}

/** Deletes sessions and links that have ended a month ago. */
export async function pruneSignIns(sql: Transaction): Promise<void> {
  await sql`DELETE FROM sessions WHERE expires_at < now() - interval '30 days'`
  await sql`DELETE FROM invitations WHERE expires_at < now() - interval '30 days'`
}

/** Forgets attempts that have all come back, and browsers that have not been seen for more than a year. */
export async function pruneAttempts(sql: Client): Promise<void> {
  await sql`
DELETE FROM ops.sign_in_attempts WHERE at < now() - CASE WHEN device THEN interval '400 days' ELSE interval '1 day' END`
}

/** Deletes what the workers wrote down about the jobs of minutes older than `days`. Returns how many rows. */
export async function pruneJobMinutes(sql: Transaction, days: number): Promise<number> {
  const { count } = await sql`DELETE FROM job_minutes WHERE minute < now() - make_interval(days => ${days})`
  return count
}

/** Deletes what is noted of webhooks' calls older than `days`. Returns how many rows. */
export async function pruneDeliveries(sql: Transaction, days: number): Promise<number> {
  const { count } = await sql`DELETE FROM webhook_deliveries WHERE at < now() - make_interval(days => ${days})`
  return count
}

/** Deletes what was counted at the doors and at the gate more than so many days ago. Returns how many rows. */
export async function pruneCounts(sql: Transaction, days: number): Promise<number> {
  const [doors, behaviors] = await Promise.all([
    sql`DELETE FROM ingest_counts WHERE hour < now() - make_interval(days => ${days})`,
    sql`DELETE FROM behavior_counts WHERE day < (now() AT TIME ZONE 'UTC')::date - ${days}::int`,
  ])
  return doors.count + behaviors.count
}

/** Forgets the buckets that nobody has taken from for a day: they are full, as one that is not there. Returns how many. */
export async function pruneRateBuckets(sql: Transaction): Promise<number> {
  const { count } = await sql`DELETE FROM rate_buckets WHERE at < now() - interval '1 day'`
  return count
}
