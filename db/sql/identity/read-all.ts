import type { Transaction } from '../../client.ts'
import { type LinkOf, readLinksAmong } from './members.ts'

export type AnyIdentifier = {
  id: string
  type: string
  value: string
  profile_id: string
  alias_of: string | null
  apart: string[] | null
  first_seen: string
}

export type Evidence = { identifiers: AnyIdentifier[]; links: LinkOf[] }

/** All that the tenant's identity rests on, oldest first: what a preview replays. Null where there is more of either than `most`. */
export async function readAllEvidence(sql: Transaction, tenantId: string, most: number): Promise<Evidence | null> {
  const [{ more }] = await sql<[{ more: boolean }]>`
SELECT EXISTS (SELECT FROM identifiers WHERE tenant_id = ${tenantId} OFFSET ${most})
  OR EXISTS (SELECT FROM identity_links WHERE tenant_id = ${tenantId} OFFSET ${most}) AS more`
  if (more) return null
  const [identifiers, links] = await Promise.all([
    sql<AnyIdentifier[]>`
SELECT id, type, value, profile_id, alias_of, apart, first_seen FROM identifiers
WHERE tenant_id = ${tenantId} ORDER BY first_seen, id`,
    sql<LinkOf[]>`
SELECT a, b, source, first_seen, last_seen, count FROM identity_links
WHERE tenant_id = ${tenantId} ORDER BY first_seen, a, b, source`,
  ])
  return { identifiers: [...identifiers], links: [...links] }
}

/**
 * Profiles by chance, the same ones each time, so many that they have about `about` identifiers; and which share of all it is
 * that each was chosen with.
 */
export async function sampleProfiles(sql: Transaction, tenantId: string, about: number) {
  const [row] = await sql<[{ share: number; people: number; ids: string[] }]>`
WITH size AS (
  SELECT least(1, ${about}::float8 / greatest(1, (SELECT count(*) FROM identifiers WHERE tenant_id = ${tenantId}))) AS share
)
SELECT size.share, (SELECT count(*)::int FROM profiles WHERE tenant_id = ${tenantId} AND merged_into IS NULL) AS people, array(
  SELECT id FROM profiles WHERE tenant_id = ${tenantId} AND merged_into IS NULL
    AND ('x' || left(md5(id::text), 7))::bit(28)::int < size.share * (1 << 28)) AS ids
FROM size`
  return row
}

/** What these profiles rest on, and everybody whom some evidence connects with them, until there are `most` identifiers. */
export async function readEvidenceAround(
  sql: Transaction,
  tenantId: string,
  profileIds: string[],
  most: number,
): Promise<Evidence> {
  const identifiers = new Map<string, AnyIdentifier>()
  for (let next = profileIds; next.length > 0; ) {
    const rows = await sql<AnyIdentifier[]>`
SELECT id, type, value, profile_id, alias_of, apart, first_seen FROM identifiers
WHERE tenant_id = ${tenantId} AND profile_id = ANY (${next}::uuid[]) LIMIT ${most - identifiers.size}`
    for (const row of rows) identifiers.set(row.id, row)
    const left = most - identifiers.size
    if (left <= 0) break
    const ids = rows.map(({ id }) => id)
    const near = await sql<{ id: string }[]>`
SELECT DISTINCT i.profile_id AS id FROM (
  SELECT b AS id FROM identity_links WHERE tenant_id = ${tenantId} AND a = ANY (${ids}::uuid[])
  UNION SELECT a FROM identity_links WHERE tenant_id = ${tenantId} AND b = ANY (${ids}::uuid[])
) AS linked
JOIN identifiers i ON i.tenant_id = ${tenantId} AND i.id = linked.id
WHERE i.id <> ALL (${ids}::uuid[]) LIMIT ${left}`
    const known = new Set([...identifiers.values()].map((row) => row.profile_id))
    next = near.map(({ id }) => id).filter((id) => !known.has(id))
  }
  const links = await readLinksAmong(sql, tenantId, [...identifiers.keys()], most)
  // As if all were read: the order in which these were found says who was chosen.
  const key = ({ first_seen, id }: AnyIdentifier) => `${first_seen} ${id}`
  const oldest = [...identifiers.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1))
  return { identifiers: oldest, links: [...links] }
}
