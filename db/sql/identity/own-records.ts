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
  for (const table of OWNED_RECORDS) await own(sql, tenantId, table, owned, nobody)
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
  await own(sql, tenantId, table, disowned, sql`NULL::uuid[]`)
}

type Part = PendingQuery<Row[]>

async function own(sql: Transaction, tenantId: string, table: OwnedRecords, moving: Part, nobody: Part): Promise<void> {
  if (table === 'consents') return untilUnique(() => sql.savepoint((sql) => ownConsents(sql, tenantId, moving, nobody)))
  await sql`UPDATE ${sql(table)} r SET nobody = ${nobody} WHERE r.tenant_id = ${tenantId} AND ${moving}`
}

/** Somebody may be saying the same just now, which is seen only once it is committed. */
async function untilUnique(work: () => Promise<void>): Promise<void> {
  for (let left = 10; ; left--) {
    try {
      return await work()
    } catch (error) {
      if ((error as { code?: string }).code !== '23505' || left === 0) throw error
    }
  }
}

/** An identifier has one word for each purpose and channel, the newest: of those that it is about to have the others go. */
async function ownConsents(sql: Transaction, tenantId: string, moving: Part, nobody: Part): Promise<void> {
  const rows = await sql<{ id: string; nobody: string[] | null }[]>`
SELECT r.id, ${nobody} AS nobody FROM consents r WHERE r.tenant_id = ${tenantId} AND ${moving} ORDER BY r.id FOR UPDATE`
  if (rows.length === 0) return
  const given = JSON.stringify(rows)
  // Nobody's first: one row may take the place that another has not yet left.
  await sql`
UPDATE consents r SET nobody = record_identifiers(r.contact_id, r.user_id, r.email)
WHERE r.tenant_id = ${tenantId} AND r.id = ANY (${rows.map(({ id }) => id)}::uuid[]) AND r.identifier_id IS NOT NULL`
  await sql`
WITH moving AS (
  SELECT r.id, record_owner(r.contact_id, r.user_id, r.email, coalesce(given.nobody, '{}')) AS owner, r.purpose, r.channel, r.updated_at
  FROM jsonb_to_recordset(${given}::jsonb) AS given (id uuid, nobody uuid[]) JOIN consents r ON r.tenant_id = ${tenantId} AND r.id = given.id
), words AS (
  SELECT * FROM moving
  UNION ALL
  SELECT DISTINCT c.id, c.identifier_id, c.purpose, c.channel, c.updated_at FROM moving m
  JOIN consents c ON c.tenant_id = ${tenantId} AND c.identifier_id = m.owner AND c.purpose = m.purpose AND c.channel = m.channel
)
DELETE FROM consents c USING (
  SELECT id, row_number() OVER (PARTITION BY owner, purpose, channel ORDER BY updated_at DESC, id DESC) AS n
  FROM words WHERE owner IS NOT NULL
) AS word
WHERE c.tenant_id = ${tenantId} AND c.id = word.id AND word.n > 1`
  await sql`
UPDATE consents r SET nobody = given.nobody FROM jsonb_to_recordset(${given}::jsonb) AS given (id uuid, nobody uuid[])
WHERE r.tenant_id = ${tenantId} AND r.id = given.id AND r.nobody IS DISTINCT FROM given.nobody`
}
