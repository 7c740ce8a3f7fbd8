import type { Transaction } from '../client.ts'

/** Deletes up to `limit` message ids older than `days`. Returns how many. */
export async function pruneEventIds(sql: Transaction, days: number, limit: number): Promise<number> {
  const { count } = await sql`
DELETE FROM event_ids WHERE (tenant_id, message_id) IN (
  SELECT tenant_id, message_id FROM event_ids WHERE received_at < now() - make_interval(days => ${days}) LIMIT ${limit}
)`
  return count
}

/**
 * Deletes up to `limit` of the oldest rows of the feed, if older than `days`, and tells readers where the feed begins now:
 * a cursor before that has a gap. Returns how many.
 */
export async function pruneFeed(sql: Transaction, days: number, limit: number): Promise<number> {
  const [row] = await sql<[{ count: number }]>`
WITH oldest AS (
  SELECT tenant_id, seq, at FROM feed ORDER BY tenant_id, seq LIMIT ${limit}
), pruned AS (
  DELETE FROM feed f USING oldest o
  WHERE f.tenant_id = o.tenant_id AND f.seq = o.seq AND o.at < now() - make_interval(days => ${days})
  RETURNING f.tenant_id, f.seq
), head AS (
  UPDATE feed_heads h SET first_seq = p.last + 1
  FROM (SELECT tenant_id, max(seq) AS last FROM pruned GROUP BY tenant_id) AS p
  WHERE h.tenant_id = p.tenant_id
)
SELECT count(*)::int AS count FROM pruned`
  return row.count
}
