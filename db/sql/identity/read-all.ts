import type { Transaction } from '../../client.ts'
import type { LinkOf } from './members.ts'

export type AnyIdentifier = {
  id: string
  type: string
  value: string
  profile_id: string
  alias_of: string | null
  apart: string[] | null
  first_seen: string
}

/** All that the tenant's identity rests on, at most `most` of each: what a preview replays. Oldest first. */
export async function readAllEvidence(sql: Transaction, tenantId: string, most: number) {
  const [identifiers, links] = await Promise.all([
    sql<AnyIdentifier[]>`
SELECT id, type, value, profile_id, alias_of, apart, first_seen FROM identifiers
WHERE tenant_id = ${tenantId} ORDER BY first_seen, id LIMIT ${most + 1}`,
    sql<LinkOf[]>`
SELECT a, b, source, first_seen, last_seen, count FROM identity_links
WHERE tenant_id = ${tenantId} ORDER BY first_seen, a, b, source LIMIT ${most + 1}`,
  ])
  return { identifiers, links }
}
