import type { Transaction } from '../../client.ts'
import type { JsonObject } from '../../schema/columns.ts'

export type HistoryRow = {
  id: string
  at: string
  transaction_at: string
  kind: 'merge' | 'split' | 'move'
  profile_id: string
  into_id: string
  cause: string
  evidence: JsonObject
  identifiers: string[]
  undone_at: string | null
}

export function readMerge(sql: Transaction, tenantId: string, id: string) {
  return sql<HistoryRow[]>`
SELECT id, at, transaction_at, kind, profile_id, into_id, cause, evidence, identifiers, undone_at
FROM merges WHERE tenant_id = ${tenantId} AND id = ${id}`
}

export type HistoryWrite = Pick<HistoryRow, 'kind' | 'profile_id' | 'into_id' | 'cause' | 'evidence' | 'identifiers'>

/** Keeps what was done by hand, to be told by the next react. */
export async function insertHistory(sql: Transaction, tenantId: string, row: HistoryWrite): Promise<string> {
  const [{ id }] = await sql<[{ id: string }]>`
INSERT INTO merges (tenant_id, kind, profile_id, into_id, cause, evidence, identifiers, announced)
VALUES (${tenantId}, ${row.kind}, ${row.profile_id}, ${row.into_id}, ${row.cause}, ${JSON.stringify(row.evidence)}::jsonb,
  ${row.identifiers}, false) RETURNING id`
  return id
}

export function markUndone(sql: Transaction, tenantId: string, id: string) {
  return sql`UPDATE merges SET undone_at = clock_timestamp() WHERE tenant_id = ${tenantId} AND id = ${id}`
}

export type Announcement = { kind: HistoryRow['kind']; profile_id: string; into_id: string }

/** Takes what was done by hand and has not been told yet. */
export function takeAnnouncements(sql: Transaction, tenantId: string) {
  return sql<Announcement[]>`
UPDATE merges SET announced = true WHERE tenant_id = ${tenantId} AND NOT announced RETURNING kind, profile_id, into_id`
}

/** Sends the profiles through react, by one identifier of each. */
export function announceProfiles(sql: Transaction, tenantId: string, profileIds: string[]) {
  return sql`
SELECT ops.announce_people(array_agg(jsonb_build_object('ids', jsonb_build_object(type, value))))
FROM (
  SELECT DISTINCT ON (profile_id) type, value FROM identifiers
  WHERE tenant_id = ${tenantId} AND profile_id = ANY (${profileIds}::uuid[])
  ORDER BY profile_id, shared, alias_of IS NOT NULL, first_seen, id
) AS names`
}

/** What became part of these profiles by a word, by hand or by an alias, whatever the limits said: the identifiers of each, oldest first. */
export function readMergedByWord(sql: Transaction, tenantId: string, profileIds: string[]) {
  return sql<{ identifiers: string[] }[]>`
WITH part AS (
  SELECT unnest(${profileIds}::uuid[]) AS id
  UNION ALL
  SELECT id FROM profiles WHERE tenant_id = ${tenantId} AND merged_into = ANY (${profileIds}::uuid[])
)
SELECT m.identifiers FROM part JOIN merges m ON m.tenant_id = ${tenantId} AND m.into_id = part.id
WHERE m.kind = 'merge' AND m.cause IN ('manual', 'alias') AND m.undone_at IS NULL
ORDER BY m.at, m.id`
}
