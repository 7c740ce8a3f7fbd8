import type { Transaction } from '../../client.ts'

/** Puts identifiers on a profile. */
export function assignIdentifiers(sql: Transaction, tenantId: string, ids: string[], profileId: string) {
  return sql`
UPDATE identifiers SET profile_id = ${profileId} WHERE tenant_id = ${tenantId} AND id = ANY (${ids}::uuid[])`
}

/** Marks the two sides of a split: no evidence joins them from now on. */
export function markSides(sql: Transaction, tenantId: string, splitId: string, staying: string[], leaving: string[]) {
  return sql`
UPDATE identifiers
SET apart = array_append(apart, ${splitId}::text || CASE WHEN id = ANY (${leaving}::uuid[]) THEN ':1' ELSE ':0' END)
WHERE tenant_id = ${tenantId} AND id = ANY (${[...staying, ...leaving]}::uuid[])`
}

/** Takes the marks of these splits off the profiles' identifiers. */
export function unmarkSides(sql: Transaction, tenantId: string, splitIds: string[], profileIds: string[]) {
  return sql`
UPDATE identifiers
SET apart = (SELECT array_agg(side) FROM unnest(apart) AS side WHERE split_part(side, ':', 1) <> ALL (${splitIds}::text[]))
WHERE tenant_id = ${tenantId} AND profile_id = ANY (${profileIds}::uuid[]) AND apart IS NOT NULL`
}

/**
 * Lets a profile live again that had become part of another, and points at it again whoever had become part of it before
 * that. Returns those.
 */
export async function reviveProfile(sql: Transaction, tenantId: string, profileId: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
WITH RECURSIVE latest AS (
  SELECT DISTINCT ON (profile_id) profile_id, into_id FROM merges
  WHERE tenant_id = ${tenantId} AND kind = 'merge' AND undone_at IS NULL
  ORDER BY profile_id, at DESC, id DESC
), part AS (
  SELECT profile_id FROM latest WHERE into_id = ${profileId}
  UNION
  SELECT latest.profile_id FROM latest JOIN part ON latest.into_id = part.profile_id
)
UPDATE profiles p SET merged_into = CASE WHEN p.id = ${profileId} THEN NULL ELSE ${profileId}::uuid END, updated_at = now()
WHERE p.tenant_id = ${tenantId} AND (p.id = ${profileId} OR p.id IN (SELECT profile_id FROM part) AND p.merged_into IS NOT NULL)
RETURNING p.id`
  return rows.map((row) => row.id)
}

/**
 * The span of a profile's times, anew: of its events to the microsecond, of other sightings to the hour. One look at either
 * end of the index per identifier.
 */
export function measureSpan(sql: Transaction, tenantId: string, profileIds: string[]) {
  return sql`
UPDATE profiles p SET first_seen = span.first_seen, last_seen = span.last_seen
FROM (
  SELECT i.profile_id, min(least(i.first_seen, first.occurred_at)) AS first_seen,
    max(greatest(i.last_seen, i.first_seen, last.occurred_at)) AS last_seen
  FROM identifiers i
  LEFT JOIN LATERAL (
    SELECT e.occurred_at FROM tenant_events e WHERE e.tenant_id = ${tenantId} AND e.identifier_id = i.id
    ORDER BY e.occurred_at LIMIT 1
  ) AS first ON true
  LEFT JOIN LATERAL (
    SELECT e.occurred_at FROM tenant_events e WHERE e.tenant_id = ${tenantId} AND e.identifier_id = i.id
    ORDER BY e.occurred_at DESC LIMIT 1
  ) AS last ON true
  WHERE i.tenant_id = ${tenantId} AND i.profile_id = ANY (${profileIds}::uuid[])
  GROUP BY i.profile_id
) AS span
WHERE p.tenant_id = ${tenantId} AND p.id = span.profile_id`
}
