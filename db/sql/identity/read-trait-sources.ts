import type { Transaction } from '../../client.ts'

export type TraitSourceRow = {
  profile_id: string
  trait: string
  value: unknown
  at: string
  since: string | null
  /** An event's id, or 'contact' or 'lead'. */
  by: string
  identifier_id: string
}

/** Whose word each trait of these profiles is: the newest of what was said of any of their identifiers, as foldProfileTraits. */
export function readTraitSources(sql: Transaction, tenantId: string, profileIds: readonly string[]) {
  return sql<TraitSourceRow[]>`
SELECT profile_id, trait, said -> 'v' AS value, (said ->> 'at')::timestamptz AS at,
  (said ->> 'since')::timestamptz AS since, said ->> 'by' AS by, identifier_id
FROM (
  SELECT DISTINCT ON (i.profile_id, t.key) i.profile_id, i.id AS identifier_id, t.key AS trait, t.value AS said
  FROM identifiers i, jsonb_each(i.traits) AS t
  WHERE i.tenant_id = ${tenantId} AND i.profile_id = ANY (${[...profileIds]}::uuid[])
  ORDER BY i.profile_id, t.key, t.value ->> 'at' DESC, coalesce(t.value ->> 'by', '') DESC
) AS newest
WHERE said -> 'v' <> 'null'
ORDER BY profile_id, trait`
}
