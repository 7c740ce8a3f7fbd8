import type { Transaction } from '../../client.ts'

export type SeenRow = { id: string; first_seen: string; last_seen: string }

export function insertProfiles(sql: Transaction, tenantId: string, profiles: SeenRow[]) {
  return sql`
INSERT INTO profiles (tenant_id, id, first_seen, last_seen)
SELECT ${tenantId}, id, first_seen, last_seen
FROM jsonb_to_recordset(${JSON.stringify(profiles)}::jsonb) AS r (id uuid, first_seen timestamptz, last_seen timestamptz)
ON CONFLICT DO NOTHING`
}

/** Stretches the profiles' span of times. */
export function updateSeen(sql: Transaction, tenantId: string, profiles: SeenRow[]) {
  return sql`
UPDATE profiles p
SET first_seen = least(p.first_seen, r.first_seen), last_seen = greatest(p.last_seen, r.last_seen)
FROM jsonb_to_recordset(${JSON.stringify(profiles)}::jsonb) AS r (id uuid, first_seen timestamptz, last_seen timestamptz)
WHERE p.tenant_id = ${tenantId} AND p.id = r.id AND (r.first_seen < p.first_seen OR r.last_seen > p.last_seen)`
}

/** Folds the traits of the profiles' identifiers, newest wins; returns the profiles of which anything changed by it. */
export function foldProfileTraits(sql: Transaction, tenantId: string, profileIds: string[]) {
  return sql<{ id: string }[]>`
UPDATE profiles p SET traits = folded.traits, updated_at = now()
FROM (
  SELECT named.id, coalesce(newest.traits, '{}') AS traits
  FROM unnest(${profileIds}::uuid[]) AS named (id)
  CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(key, v) FILTER (WHERE v <> 'null') AS traits
    FROM (
      SELECT DISTINCT ON (said.key) said.key, said.value -> 'v' AS v
      FROM identifiers i, jsonb_each(i.traits) AS said
      WHERE i.tenant_id = ${tenantId} AND i.profile_id = named.id
      ORDER BY said.key, said.value ->> 'at' DESC, coalesce(said.value ->> 'by', '') DESC
    ) AS traits
  ) AS newest
) AS folded
WHERE p.tenant_id = ${tenantId} AND p.id = folded.id AND p.traits IS DISTINCT FROM folded.traits
RETURNING p.id`
}
