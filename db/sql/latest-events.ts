import type { Transaction } from '../client.ts'

export type LatestEvent = {
  id: string
  name: string
  occurred_at: string
  type: string
  user_id: string | null
  anonymous_id: string | null
  identifiers: Record<string, unknown> | null
  properties: Record<string, unknown>
  traits: Record<string, unknown> | null
}

/** Up to `most` of the latest events within so many days, or of those of one name; latest first, page by page. */
export async function* latestEvents(
  sql: Transaction,
  { name, days, most, perPage = 1000 }: { name: string | null; days: number; most: number; perPage?: number },
): AsyncGenerator<LatestEvent[]> {
  let [time, id] = ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff']
  for (let seen = 0; seen < most; ) {
    const rows = await sql<LatestEvent[]>`
SELECT id, name, occurred_at, type, user_id, anonymous_id, identifiers, properties, traits FROM listed_events
WHERE occurred_at >= now() - make_interval(days => ${days}) AND (occurred_at, id) < (${time}::timestamptz, ${id}::uuid)
  AND (${name}::text IS NULL OR name = ${name})
ORDER BY occurred_at DESC, id DESC LIMIT ${Math.min(perPage, most - seen)}`
    if (rows.length > 0) yield rows
    if (rows.length < perPage) return
    seen += rows.length
    time = rows.at(-1)!.occurred_at
    id = rows.at(-1)!.id
  }
}
