import type { PendingQuery, Row } from 'postgres'
import type { Transaction } from '../../client.ts'

/** The tables of records about people, who own them by their identifiers. */
export const OWNED_RECORDS = [
  'opportunities',
  'orders',
  'contracts',
  'memberships',
  'tickets',
  'activities',
  'records',
  'consents',
] as const

export type OwnedRecords = (typeof OWNED_RECORDS)[number]

/** Records that are owned by what names nobody: their next identifier becomes the owner, or nobody where there is none. */
export async function passRecordsOn(sql: Transaction, tenantId: string, blocked: string[]): Promise<void> {
  const owned = sql`r.identifier_id = ANY (${blocked}::uuid[])`
  const nobody = sql`
ARRAY(SELECT id FROM unnest(record_identifiers(r.contact_id, r.user_id, r.email)) AS named (id) WHERE id = ANY (${blocked}::uuid[] || r.nobody))`
  for (const table of OWNED_RECORDS) {
    if (table === 'consents') await dropOlderConsents(sql, tenantId, owned, nobody)
    await sql`UPDATE ${sql(table)} r SET nobody = ${nobody} WHERE r.tenant_id = ${tenantId} AND ${owned}`
  }
}

/** Of a table's records after one id and up to another those whose former owner names somebody again: it owns them again. */
export async function giveRecordsBack(
  sql: Transaction,
  tenantId: string,
  table: OwnedRecords,
  blocked: string[],
  [after, last]: [string, string],
): Promise<void> {
  const disowned = sql`
r.id > ${after}::uuid AND r.id <= ${last}::uuid AND r.nobody IS NOT NULL AND NOT r.nobody <@ ${blocked}::uuid[]`
  if (table === 'consents') await dropOlderConsents(sql, tenantId, disowned, sql`NULL::uuid[]`)
  await sql`UPDATE ${sql(table)} r SET nobody = NULL WHERE r.tenant_id = ${tenantId} AND ${disowned}`
}

/** An identifier has one word for each purpose and channel, the newest: of those that it is about to have the others go. */
function dropOlderConsents(
  sql: Transaction,
  tenantId: string,
  moving: PendingQuery<Row[]>,
  nobody: PendingQuery<Row[]>,
) {
  return sql`
WITH moving AS (
  SELECT r.id, record_owner(r.contact_id, r.user_id, r.email, coalesce(${nobody}, '{}')) AS owner, r.purpose, r.channel, r.updated_at
  FROM consents r WHERE r.tenant_id = ${tenantId} AND ${moving}
), words AS (
  SELECT * FROM moving
  UNION
  SELECT c.id, c.identifier_id, c.purpose, c.channel, c.updated_at FROM moving m
  JOIN consents c ON c.tenant_id = ${tenantId} AND c.identifier_id = m.owner AND c.purpose = m.purpose AND c.channel = m.channel
  WHERE c.id NOT IN (SELECT id FROM moving)
)
DELETE FROM consents c USING (
  SELECT id, row_number() OVER (PARTITION BY owner, purpose, channel ORDER BY updated_at DESC, id DESC) AS n
  FROM words WHERE owner IS NOT NULL
) AS word
WHERE c.tenant_id = ${tenantId} AND c.id = word.id AND word.n > 1`
}
