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

/** Of two identifiers neither is a former name of the other any more. */
export function forgetFormerName(sql: Transaction, tenantId: string, pair: string[]) {
  return sql`
UPDATE identifiers SET alias_of = NULL
WHERE tenant_id = ${tenantId} AND id = ANY (${pair}::uuid[]) AND alias_of = ANY (${pair}::uuid[])`
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

type Sharing = { key: string; shared: boolean; peopleLimit: number; max: number }

/** Which of the profiles' identifiers are shared: by their type, or because they have kept too many people from joining. */
export function markShared(sql: Transaction, tenantId: string, profileIds: string[], types: readonly Sharing[]) {
  const rows = types.map(({ key, shared, peopleLimit, max }) => ({ key, shared, people: peopleLimit, max }))
  return sql`
UPDATE identifiers i SET shared = wanted.shared
FROM (
  SELECT i.id, t.shared OR t.max > 1 AND t.people <= (
    SELECT count(*) FROM identity_conflicts c WHERE c.tenant_id = i.tenant_id AND c.identifier_id = i.id) AS shared
  FROM identifiers i JOIN jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS t (key text, shared boolean, people int, max int) ON t.key = i.type
  WHERE i.tenant_id = ${tenantId} AND i.profile_id = ANY (${profileIds}::uuid[])
) AS wanted
WHERE i.tenant_id = ${tenantId} AND i.id = wanted.id AND i.shared <> wanted.shared`
}

/** Identifiers that name nobody any more, with the evidence that they were: rows that they own are nobody's from now on. */
export async function forgetIdentifiers(sql: Transaction, tenantId: string, ids: string[]): Promise<void> {
  await sql`
WITH links AS (
  DELETE FROM identity_links WHERE tenant_id = ${tenantId} AND (a = ANY (${ids}::uuid[]) OR b = ANY (${ids}::uuid[]))
), conflicts AS (
  DELETE FROM identity_conflicts WHERE tenant_id = ${tenantId} AND identifier_id = ANY (${ids}::uuid[])
), employed AS (
  DELETE FROM account_members WHERE tenant_id = ${tenantId} AND identifier_id = ANY (${ids}::uuid[])
)
DELETE FROM identifiers WHERE tenant_id = ${tenantId} AND id = ANY (${ids}::uuid[])`
  await sql`SELECT ops.prune_graph(${ids}::uuid[], '{}')`
}
