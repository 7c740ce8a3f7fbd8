import type { Transaction } from '../../client.ts'
import type { IdentifierRow } from './read-partition.ts'

export type IdentifierWrite = Omit<IdentifierRow, 'refused_by'>

export function upsertIdentifiers(sql: Transaction, tenantId: string, identifiers: IdentifierWrite[]) {
  return sql`
INSERT INTO identifiers (tenant_id, id, type, value, profile_id, alias_of, first_seen, last_seen, count, source, weight, shared)
SELECT ${tenantId}, r.* FROM jsonb_to_recordset(${JSON.stringify(identifiers)}::jsonb) AS r (id uuid, type text, value text,
  profile_id uuid, alias_of uuid, first_seen timestamptz, last_seen timestamptz, count integer, source text,
  weight smallint, shared boolean)
ORDER BY id
ON CONFLICT (tenant_id, id) DO UPDATE SET profile_id = excluded.profile_id, alias_of = excluded.alias_of,
  first_seen = excluded.first_seen, last_seen = excluded.last_seen, count = excluded.count,
  weight = excluded.weight, shared = excluded.shared`
}

export type SaidRow = { id: string; traits: unknown; replace: boolean }

/** Adds to what was said of identifiers; with `replace`, that is the whole of it. */
export function writeTraits(sql: Transaction, tenantId: string, said: SaidRow[]) {
  return sql`
UPDATE identifiers i SET traits = new.traits
FROM (
  SELECT i.id, CASE WHEN r.replace THEN replace_traits(i.traits, r.traits) ELSE fold_traits(i.traits, r.traits) END AS traits
  FROM jsonb_to_recordset(${JSON.stringify(said)}::jsonb) AS r (id uuid, traits jsonb, replace boolean)
  JOIN identifiers i ON i.tenant_id = ${tenantId} AND i.id = r.id
) AS new
WHERE i.tenant_id = ${tenantId} AND i.id = new.id AND i.traits IS DISTINCT FROM new.traits`
}

export type LinkRow = { a: string; b: string; source: string; first_seen: string; last_seen: string; dated: boolean }

/** Remembers that identifiers came together; to the hour, so that a link costs one write an hour at most. */
export function upsertLinks(sql: Transaction, tenantId: string, links: LinkRow[]) {
  return sql`
INSERT INTO identity_links AS l (tenant_id, a, b, source, first_seen, last_seen)
SELECT ${tenantId}, r.a, r.b, r.source, r.first_seen, r.last_seen
FROM jsonb_to_recordset(${JSON.stringify(links)}::jsonb)
  AS r (a uuid, b uuid, source text, first_seen timestamptz, last_seen timestamptz, dated boolean)
LEFT JOIN identity_links old
  ON old.tenant_id = ${tenantId} AND old.a = r.a AND old.b = r.b AND old.source = r.source
WHERE old.a IS NULL OR r.dated AND (r.first_seen < old.first_seen OR r.last_seen >= old.last_seen + interval '1 hour')
ORDER BY r.a, r.b
ON CONFLICT (tenant_id, a, b, source) DO UPDATE SET first_seen = least(l.first_seen, excluded.first_seen),
  last_seen = greatest(l.last_seen, excluded.last_seen), count = l.count + 1`
}
