import type { Transaction } from '../../client.ts'

export type MemberRow = {
  id: string
  type: string
  value: string
  profile_id: string
  alias_of: string | null
  shared: boolean
  apart: string[] | null
  first_seen: string
  last_seen: string
  created_at: string
}

/** All identifiers of these profiles, in a fixed order. */
export function readMembers(sql: Transaction, tenantId: string, profileIds: string[]) {
  return sql<MemberRow[]>`
SELECT id, type, value, profile_id, alias_of, shared, apart, first_seen, last_seen, created_at
FROM identifiers WHERE tenant_id = ${tenantId} AND profile_id = ANY (${profileIds}::uuid[])
ORDER BY id`
}

/** The identifiers that bear the marks of these sides of splits, but for some. */
export function readMembersOfSides(sql: Transaction, tenantId: string, sides: string[], but: string[]) {
  return sql<MemberRow[]>`
SELECT id, type, value, profile_id, alias_of, shared, apart, first_seen, last_seen, created_at
FROM identifiers WHERE tenant_id = ${tenantId} AND apart && ${sides}::text[] AND id <> ALL (${but}::uuid[])
ORDER BY id`
}

export type LinkOf = {
  a: string
  b: string
  source: string
  first_seen: string
  last_seen: string
  count: number
}

/** The links between identifiers of this set, oldest first; no more than `most`. */
export function readLinksAmong(sql: Transaction, tenantId: string, ids: string[], most: number | null = null) {
  return sql<LinkOf[]>`
SELECT a, b, source, first_seen, last_seen, count FROM identity_links
WHERE tenant_id = ${tenantId} AND a = ANY (${ids}::uuid[]) AND b = ANY (${ids}::uuid[])
ORDER BY first_seen, a, b, source LIMIT ${most}`
}

export type ProfileState = { id: string; merged_into: string | null; first_seen: string; last_seen: string }

export function readProfileStates(sql: Transaction, tenantId: string, ids: string[]) {
  return sql<ProfileState[]>`
SELECT id, merged_into, first_seen, last_seen FROM profiles
WHERE tenant_id = ${tenantId} AND id = ANY (${ids}::uuid[]) ORDER BY id`
}
