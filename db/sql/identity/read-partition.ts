import type { Transaction } from '../../client.ts'

export type IdentifierRow = {
  id: string
  type: string
  value: string
  profile_id: string
  alias_of: string | null
  first_seen: string
  last_seen: string
  count: number
  source: string
  weight: number
  shared: boolean
  refused_by: string[] | null
}

/** Those of the identifiers that are known, whose they are, and whom they may not join. */
export function readIdentifiers(sql: Transaction, tenantId: string, ids: string[]) {
  return sql<IdentifierRow[]>`
SELECT i.id, i.type, i.value, i.profile_id, i.alias_of, i.first_seen, i.last_seen, i.count, i.source,
  i.weight, i.shared, c.refused_by
FROM identifiers i
LEFT JOIN (
  SELECT identifier_id, array_agg(profile_id) AS refused_by
  FROM identity_conflicts WHERE tenant_id = ${tenantId} AND identifier_id = ANY (${ids}::uuid[])
  GROUP BY identifier_id
) c ON c.identifier_id = i.id
WHERE i.tenant_id = ${tenantId} AND i.id = ANY (${ids}::uuid[])`
}

/** Whose the identifiers are, as far as they are known. */
export function readProfilesOf(sql: Transaction, tenantId: string, ids: string[]) {
  return sql<{ profile_id: string }[]>`
SELECT DISTINCT profile_id FROM identifiers WHERE tenant_id = ${tenantId} AND id = ANY (${ids}::uuid[])`
}

export type ProfileRow = {
  id: string
  first_seen: string
  last_seen: string
  /** Identifiers by type, without spellings and retired names; null where nothing can join it to another. */
  counts: Record<string, number> | null
  size: number | null
  /** Sides in splits, with blanks between. */
  apart: string | null
}

/**
 * The profiles of those identifiers; with what the limits are about, where one of `joining` names it. Counting costs as much
 * as all else that identity reads (5 ms of 8 for 500 people), and most people come by one name.
 */
export function readProfiles(sql: Transaction, tenantId: string, identifierIds: string[], joining: string[]) {
  return sql<ProfileRow[]>`
SELECT p.id, p.first_seen, p.last_seen, c.counts, c.size, c.apart
FROM (
  SELECT profile_id, bool_or(joining.id IS NOT NULL) AS joins
  FROM identifiers i LEFT JOIN unnest(${joining}::uuid[]) AS joining (id) USING (id)
  WHERE i.tenant_id = ${tenantId} AND i.id = ANY (${identifierIds}::uuid[])
  GROUP BY profile_id
) AS named
JOIN profiles p ON p.tenant_id = ${tenantId} AND p.id = named.profile_id
CROSS JOIN LATERAL (
  SELECT jsonb_object_agg(type, counted) AS counts, sum(total)::int AS size, string_agg(apart, ' ') AS apart
  FROM (
    SELECT i.type, count(*) FILTER (WHERE i.alias_of IS NULL) AS counted, count(*) AS total,
      string_agg(array_to_string(i.apart, ' '), ' ') AS apart
    FROM identifiers i WHERE named.joins AND i.tenant_id = ${tenantId} AND i.profile_id = p.id
    GROUP BY i.type
  ) AS types
) AS c`
}
