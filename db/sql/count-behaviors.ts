import type { Transaction } from '../client.ts'

/**
 * What is counted of events. The first four are what became of an event that is a behavior; those in capitals are
 * violations, each with its path.
 */
export const OUTCOMES = [
  'stored',
  'violating',
  'refused',
  'sampled_out',
  'expired',
  'unconsented',
  'unknown',
  'bot',
  'internal',
  'marked_bot',
  'marked_internal',
  'REQUIRED',
  'TYPE',
  'CHOICE',
  'IDENTIFIER',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** One thing to count of one event; see db/schema/behavior.ts. */
export type Tally = { name: string; outcome: Outcome; path: string }

/** Rows go in sorted, so that two who count the same wait for each other, and do not deadlock. */
export async function countBehaviors(sql: Transaction, tenantId: string, tallies: readonly Tally[]): Promise<void> {
  if (tallies.length === 0) return
  const sums = new Map<string, Tally & { count: number }>()
  for (const tally of tallies) {
    const key = `${tally.outcome} ${tally.path} ${tally.name}`
    const sum = sums.get(key)
    if (sum) sum.count++
    else sums.set(key, { ...tally, count: 1 })
  }
  await sql`
INSERT INTO behavior_counts AS c (tenant_id, name, outcome, path, lane, count)
SELECT ${tenantId}::uuid, name, outcome, path, pg_backend_pid() % 16, count
FROM json_to_recordset(${JSON.stringify([...sums.values()])}::json) AS sums (name text, outcome text, path text, count bigint)
ORDER BY name, outcome, path
ON CONFLICT (tenant_id, name, day, outcome, path, lane) DO UPDATE SET count = c.count + excluded.count, last_at = excluded.last_at`
}

export type BehaviorCount = {
  name: string
  day: string | null
  outcome: Outcome
  path: string
  count: string
  last_at: string
}

/** What was counted in the last so many days, today included: in all, or by day. */
export function readBehaviorCounts(sql: Transaction, days: number, byDay: boolean, name: string | null) {
  return sql<BehaviorCount[]>`
SELECT name, CASE WHEN ${byDay}::boolean THEN day END AS day, outcome, path, sum(count) AS count, max(last_at) AS last_at
FROM behavior_counts
WHERE day > (now() AT TIME ZONE 'UTC')::date - ${days}::int AND (${name}::text IS NULL OR name = ${name})
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 5 DESC, 3, 4`
}
