/** Stored events in the order of time, chunk by chunk, as a reaction would have been told of them. */
import type { Transaction } from '../db/client.ts'
import type { Person } from './identity/index.ts'
import { NIL } from '../db/uuid.ts'

export type PeopleRow = { rows: number; last: string[] | null; people: Person[] | null }

/** Which of the events that a chunk walks over are meant; null for all of them. */
export type Range = { from: string; before: string; sourceId: string | null; names: string[] | null }

const EVER: Range = { from: '-infinity', before: 'infinity', sourceId: null, names: null }

/** [occurred_at, id] of the event that a chunk comes after. */
export type Place = [string, string]

export function placeOf(after: string[] | null, from = EVER.from): Place {
  return (after as Place | null) ?? [from, NIL]
}

/** `rows` are those that were looked at, so that a rare name costs no endless chunk; `events` those that are meant. */
export type EventChunk = PeopleRow & { people: Person[]; profiles: string[]; events: number }

/**
 * The next `limit` events after `after` (a Place), and the people in them, grouped as the trigger on events does
 * it (migration 0003).
 */
export async function readEvents(
  sql: Transaction,
  after: string[] | null,
  limit: number,
  range = EVER,
): Promise<EventChunk> {
  const [row] = await sql<[PeopleRow & { events: number }]>`
WITH chunk AS MATERIALIZED (${chunk(sql, after, limit, range)}),
meant AS (SELECT * FROM chunk WHERE ${isMeant(sql, range)}),
person AS (
  SELECT jsonb_strip_nulls(jsonb_build_object(
    'ids', jsonb_build_object('user_id', user_id, 'anonymous_id', anonymous_id) || coalesce(identifiers, '{}'),
    'from', min(occurred_at),
    'to', max(occurred_at),
    'source', source_id,
    'refs', jsonb_agg(jsonb_build_array(occurred_at, id)) FILTER (WHERE traits IS NOT NULL OR type IN ('alias', 'group'))
  )) AS person, min(occurred_at) AS first
  FROM meant GROUP BY user_id, anonymous_id, identifiers, source_id
)
SELECT (SELECT count(*)::int FROM chunk) AS rows, (SELECT count(*)::int FROM meant) AS events,
  (SELECT array[occurred_at::text, id::text] FROM chunk ORDER BY occurred_at DESC, id DESC LIMIT 1) AS last,
  (SELECT jsonb_agg(person ORDER BY first) FROM person) AS people`
  return { ...row, people: row.people ?? [], profiles: [] }
}

/** The same events, and whom they name: whose they are now, and whose they may have been before. */
export async function readEventPeople(
  sql: Transaction,
  after: string[] | null,
  limit: number,
  range: Range,
): Promise<EventChunk> {
  const [row] = await sql<[{ rows: number; last: string[] | null; profiles: string[] }]>`
WITH chunk AS MATERIALIZED (${chunk(sql, after, limit, range)})
SELECT (SELECT count(*)::int FROM chunk) AS rows,
  (SELECT array[occurred_at::text, id::text] FROM chunk ORDER BY occurred_at DESC, id DESC LIMIT 1) AS last,
  array(
    SELECT DISTINCT i.profile_id FROM identifiers i
    WHERE i.id IN (
      SELECT unnest(event_identifiers(user_id, anonymous_id, identifiers)) FROM chunk WHERE ${isMeant(sql, range)})
    ORDER BY i.profile_id
  ) AS profiles`
  return { ...row, people: [], events: 0 }
}

/** Of the table, not of the view: an order outside of a security barrier is unknown within, where all that is left would be sorted. */
function chunk(sql: Transaction, after: string[] | null, limit: number, { from, before }: Range) {
  const [at, id] = placeOf(after, from)
  return sql`
  SELECT occurred_at, id, type, name, user_id, anonymous_id, identifiers, identifier_id, traits, source_id FROM events
  WHERE tenant_id = (SELECT kith_tenant()) AND (occurred_at, id) > (${at}::timestamptz, ${id}::uuid) AND occurred_at < ${before}::timestamptz
  ORDER BY occurred_at, id LIMIT ${limit}`
}

function isMeant(sql: Transaction, { sourceId, names }: Range) {
  return sql`(${sourceId}::uuid IS NULL OR source_id = ${sourceId}::uuid) AND (${names}::text[] IS NULL OR name = ANY (${names}::text[]))`
}
