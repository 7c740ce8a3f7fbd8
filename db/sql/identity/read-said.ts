import type { Transaction } from '../../client.ts'
import type { JsonObject } from '../../schema/columns.ts'

export type EventRow = {
  id: string
  /** The identifier that owns the event. */
  identifier_id: string | null
  user_id: string | null
  occurred_at: string
  type: string
  traits: JsonObject | null
  previous_id: string | null
  group_id: string | null
  group_traits: JsonObject | null
}

/**
 * The events of these references, [occurred_at, id]. The span keeps Postgres from looking into chunks of other times. A
 * group call's traits are about the account, not about the person.
 */
export function readEvents(sql: Transaction, tenantId: string, refs: [string, string][]) {
  const times = refs.map(([at]) => at)
  return sql<EventRow[]>`
SELECT e.id, e.identifier_id, e.user_id, e.occurred_at, e.type, CASE WHEN e.type <> 'group' THEN e.traits END AS traits,
  CASE WHEN e.type = 'alias' THEN coalesce(e.properties ->> 'previousId', e.context ->> 'previousId', e.anonymous_id) END AS previous_id,
  CASE WHEN e.type = 'group' THEN coalesce(e.properties ->> 'groupId', e.context ->> 'groupId') END AS group_id,
  CASE WHEN e.type = 'group' THEN e.traits END AS group_traits
FROM unnest(${times}::timestamptz[], ${refs.map(([, id]) => id)}::uuid[]) AS ref (at, id)
JOIN tenant_events e ON e.tenant_id = ${tenantId} AND e.occurred_at = ref.at AND e.id = ref.id
WHERE e.occurred_at BETWEEN ${least(times)}::timestamptz AND ${greatest(times)}::timestamptz`
}

export type RecordRow = { id: string; created_at: string; updated_at: string; traits: JsonObject }

/** What contacts say about themselves, as traits. The tenant's own fields are traits too; a column of ours wins. */
export function readContacts(sql: Transaction, tenantId: string, ids: string[]) {
  return sql<RecordRow[]>`
SELECT id, created_at, updated_at, custom || jsonb_strip_nulls(jsonb_build_object(
  'email', email, 'phone', phone, 'firstName', first_name, 'lastName', last_name,
  'name', nullif(concat_ws(' ', first_name, last_name), ''), 'title', title, 'stage', stage)) AS traits
FROM contacts WHERE tenant_id = ${tenantId} AND id = ANY (${ids}::uuid[])`
}

export function readLeads(sql: Transaction, tenantId: string, ids: string[]) {
  return sql<RecordRow[]>`
SELECT id, created_at, updated_at, custom || jsonb_strip_nulls(jsonb_build_object(
  'email', email, 'phone', phone, 'firstName', first_name, 'lastName', last_name,
  'name', nullif(concat_ws(' ', first_name, last_name), ''), 'company', company, 'leadStatus', status,
  'leadScore', score)) AS traits
FROM leads WHERE tenant_id = ${tenantId} AND id = ANY (${ids}::uuid[])`
}

// As instants, not as text: the offsets may differ.
function least(times: string[]): string {
  return times.reduce((a, b) => (Date.parse(b) < Date.parse(a) ? b : a))
}

function greatest(times: string[]): string {
  // Parsing drops the microseconds.
  const last = times.reduce((a, b) => (Date.parse(b) > Date.parse(a) ? b : a))
  return new Date(Date.parse(last) + 1).toISOString()
}
