import type { Transaction } from '../../client.ts'

export type Span = { from: string; to: string }

/**
 * Events of a time that are owned by what names nobody: their next identifier becomes the owner, where there is one. Once for
 * each event; a later merge or split rewrites none.
 */
export function passEventsOn(sql: Transaction, tenantId: string, blocked: string[], { from, to }: Span) {
  // A join, as TimescaleDB cannot plan it without one (see deleteEventsOf).
  return sql`
UPDATE events e SET nobody = ARRAY(
  SELECT id FROM unnest(event_identifiers(e.user_id, e.anonymous_id, e.identifiers)) AS named (id) WHERE id = ANY (${blocked}::uuid[] || e.nobody))
FROM unnest(${blocked}::uuid[]) AS blocked (id)
WHERE e.tenant_id = ${tenantId} AND e.identifier_id = blocked.id
  AND e.occurred_at BETWEEN ${from}::timestamptz AND ${to}::timestamptz
  AND event_owner(e.user_id, e.anonymous_id, e.identifiers, ${blocked}::uuid[] || e.nobody) IS NOT NULL`
}

/** An event's place in the order of time: [occurred_at, id]. */
export type Place = readonly [string, string]

/** Events after one and up to another whose former owner names somebody again: it owns them again. */
export function giveEventsBack(sql: Transaction, tenantId: string, blocked: string[], after: Place, last: Place) {
  return sql`
UPDATE events e SET nobody = NULL
FROM unnest(ARRAY[${tenantId}::uuid]) AS tenant (id)
WHERE e.tenant_id = tenant.id AND e.nobody IS NOT NULL AND NOT e.nobody <@ ${blocked}::uuid[]
  AND e.occurred_at BETWEEN ${after[0]}::timestamptz AND ${last[0]}::timestamptz
  AND (e.occurred_at, e.id) > (${after[0]}::timestamptz, ${after[1]}::uuid)
  AND (e.occurred_at, e.id) <= (${last[0]}::timestamptz, ${last[1]}::uuid)`
}
