import type { Transaction } from '../../client.ts'

export type Span = { from: string; to: string }

/**
 * Events of a time that are owned by what names nobody: their next identifier becomes the owner. Where there is none they are
 * nobody's, which needs no write unless somebody was known by that owner before it was blocked. Once for each event; a later
 * merge or split rewrites none. Returns the new owners.
 */
export async function passEventsOn(
  sql: Transaction,
  tenantId: string,
  blocked: string[],
  { from, to }: Span,
): Promise<string[]> {
  // A join, as TimescaleDB cannot plan it without one (see deleteEventsOf).
  const owners = await sql<{ id: string }[]>`
WITH passed AS (
  UPDATE events e SET nobody = ARRAY(
    SELECT id FROM unnest(event_identifiers(e.user_id, e.anonymous_id, e.identifiers)) AS named (id) WHERE id = ANY (${blocked}::uuid[] || e.nobody))
  FROM unnest(${blocked}::uuid[]) AS blocked (id)
  LEFT JOIN identifiers known ON known.tenant_id = ${tenantId} AND known.id = blocked.id
  WHERE e.tenant_id = ${tenantId} AND e.identifier_id = blocked.id
    AND e.occurred_at BETWEEN ${from}::timestamptz AND ${to}::timestamptz
    AND (known.id IS NOT NULL OR event_owner(e.user_id, e.anonymous_id, e.identifiers, ${blocked}::uuid[] || e.nobody) IS NOT NULL)
  RETURNING e.identifier_id AS id
)
SELECT DISTINCT id FROM passed WHERE id IS NOT NULL`
  return owners.map(({ id }) => id)
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
