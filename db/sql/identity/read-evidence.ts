import type { Transaction } from '../../client.ts'
import { OWNED_RECORDS } from './own-records.ts'

export type EventEvidence = { id: string; occurred_at: string; type: string; name: string; source_id: string | null }

export type EvidenceOf = {
  /** Ids of either identifier, with its other spellings. */
  a: string[]
  b: string[]
  /** Ids that may own such an event or record. */
  owners: string[]
  from: string
  to: string
}

/** The first events that name both identifiers. */
export function readEventEvidence(sql: Transaction, tenantId: string, { a, b, owners, from, to }: EvidenceOf) {
  return sql<EventEvidence[]>`
SELECT e.id, e.occurred_at, e.type, e.name, e.source_id
FROM tenant_events e
CROSS JOIN LATERAL (
  SELECT ARRAY[identifier_id('user_id', e.user_id), identifier_id('anonymous_id', e.anonymous_id),
    identifier_id('user_id', e.properties ->> 'previousId'), identifier_id('anonymous_id', e.properties ->> 'previousId')]
    || ARRAY(SELECT identifier_id(key, CASE key WHEN 'email' THEN lower(btrim(value)) ELSE value END)
         FROM jsonb_each_text(e.identifiers)) AS ids
) AS named
WHERE e.tenant_id = ${tenantId} AND e.identifier_id = ANY (${owners}::uuid[])
  AND e.occurred_at BETWEEN ${from}::timestamptz AND ${to}::timestamptz + interval '1 hour'
  AND named.ids && ${a}::uuid[] AND named.ids && ${b}::uuid[]
ORDER BY e.occurred_at, e.id LIMIT 3`
}

export type RecordEvidence = { kind: string; id: string; created_at: string }

/** The first CRM records that name both identifiers. */
export function readRecordEvidence(
  sql: Transaction,
  tenantId: string,
  { a, b, owners }: Omit<EvidenceOf, 'from' | 'to'>,
) {
  const about = OWNED_RECORDS.map(
    (table) => `
SELECT '${table}' AS kind, id, created_at FROM ${table} CROSS JOIN LATERAL (
  SELECT ARRAY[identifier_id('contact', contact_id::text), identifier_id('user_id', user_id),
    identifier_id('email', lower(btrim(email)))] AS ids
) AS named
WHERE tenant_id = $1 AND identifier_id = ANY ($4::uuid[]) AND ids && $2::uuid[] AND ids && $3::uuid[]`,
  )
  return sql.unsafe<RecordEvidence[]>(
    `
SELECT kind, id, created_at FROM (
SELECT 'contacts' AS kind, id, created_at FROM contacts CROSS JOIN LATERAL (
  SELECT ARRAY[identifier_id('contact', id::text), identifier_id('user_id', user_id),
    identifier_id('email', lower(btrim(email))), identifier_id('phone', btrim(phone))] AS ids
) AS named
WHERE tenant_id = $1 AND identifier_id('contact', id::text) = ANY ($4::uuid[])
  AND ids && $2::uuid[] AND ids && $3::uuid[]
UNION ALL
SELECT 'leads', id, created_at FROM leads CROSS JOIN LATERAL (
  SELECT ARRAY[identifier_id('lead', id::text), identifier_id('contact', converted_contact_id::text),
    identifier_id('user_id', user_id), identifier_id('email', lower(btrim(email))),
    identifier_id('phone', btrim(phone))] AS ids
) AS named
WHERE tenant_id = $1 AND identifier_id('lead', id::text) = ANY ($4::uuid[])
  AND ids && $2::uuid[] AND ids && $3::uuid[]
UNION ALL ${about.join('\nUNION ALL ')}
) AS records
ORDER BY created_at, id LIMIT 3`,
    [tenantId, a, b, owners],
  )
}

export type ConflictRow = { identifier_id: string; profile_id: string; kept_by: string; at: string; reason: string }

/** What kept these profiles apart. */
export function readConflicts(sql: Transaction, tenantId: string, a: string, b: string) {
  return sql<ConflictRow[]>`
SELECT c.identifier_id, c.profile_id, c.kept_by, c.at, c.reason
FROM identity_conflicts c JOIN identifiers i ON i.tenant_id = c.tenant_id AND i.id = c.identifier_id
WHERE c.tenant_id = ${tenantId} AND (i.profile_id, c.profile_id) IN ((${a}::uuid, ${b}::uuid), (${b}::uuid, ${a}::uuid))
ORDER BY c.at`
}
