/** Events that a behavior keeps no longer. */
import type { Transaction } from '../client.ts'

export type Retention = { name: string; days: number; from: string; until: string }

/** What is to be removed: of each behavior with a retention the span since it was last done, or all when it has changed. */
export async function readRetentions(sql: Transaction): Promise<Retention[]> {
  const rows = await sql<Retention[]>`
SELECT b.name, b.retention_days AS days, coalesce(m.until, '-infinity') AS from, now() - make_interval(days => b.retention_days) AS until
FROM behaviors b LEFT JOIN retention_marks m ON m.name = b.name AND m.days = b.retention_days
WHERE b.retention_days IS NOT NULL`
  return [...rows]
}

/**
 * Removes up to `limit` events of the span, oldest first, and tells the relay whose they were, so that their labels and
 * segments are evaluated again: by one identifier of each person, which links nobody. Returns how many events.
 */
export async function removeEvents(
  sql: Transaction,
  tenantId: string,
  { name, from, until }: Retention,
  limit: number,
): Promise<number> {
  // Joined, as in deleteEventsOf: TimescaleDB 2.19 cannot plan it otherwise.
  const [row] = await sql<[{ count: number }]>`
WITH old AS MATERIALIZED (
  SELECT occurred_at, id FROM events
  WHERE tenant_id = ${tenantId} AND name = ${name} AND occurred_at >= ${from}::timestamptz AND occurred_at < ${until}::timestamptz
  ORDER BY occurred_at LIMIT ${limit}
), gone AS (
  DELETE FROM events e USING old WHERE e.tenant_id = ${tenantId} AND e.occurred_at = old.occurred_at AND e.id = old.id
  RETURNING e.identifier_id
), people AS (
  SELECT DISTINCT ON (i.profile_id) jsonb_build_object('ids', jsonb_build_object(i.type, i.value), 'events', jsonb_build_array(${name}::text)) AS person
  FROM (SELECT DISTINCT identifier_id FROM gone) AS owner
  JOIN identifiers i ON i.tenant_id = ${tenantId} AND i.id = owner.identifier_id
  ORDER BY i.profile_id
), told AS (
  SELECT ops.announce_people(array_agg(person)) FROM people HAVING count(*) > 0
)
SELECT (SELECT count(*)::int FROM gone) AS count, (SELECT count(*) FROM told) AS told`
  return row.count
}

export async function markRetention(sql: Transaction, { name, days, until }: Retention): Promise<void> {
  await sql`
INSERT INTO retention_marks (name, days, until) VALUES (${name}, ${days}, ${until}::timestamptz)
ON CONFLICT (tenant_id, name) DO UPDATE SET days = excluded.days, until = excluded.until`
}

/** Of behaviors that keep their events for ever by now: should they have a retention again, it begins anew. */
export async function forgetRetentions(sql: Transaction): Promise<void> {
  await sql`
DELETE FROM retention_marks m WHERE NOT EXISTS (
  SELECT FROM behaviors b WHERE b.name = m.name AND b.retention_days = m.days
)`
}
