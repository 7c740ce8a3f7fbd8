import type { Transaction } from '../../client.ts'
import type { JsonObject } from '../../schema/columns.ts'

export type GroupWrite = {
  external_id: string
  name: string | null
  domain: string | null
  industry: string | null
  employees: number | null
  /** {trait: {v, at, by}} */
  traits: JsonObject
}

/**
 * The accounts that group calls speak of: made where they are missing, and told what is new about them; of each trait the
 * newest word counts, whenever it comes. A name that is there already stays.
 */
export function upsertAccounts(sql: Transaction, tenantId: string, groups: GroupWrite[]) {
  return sql<{ id: string; external_id: string }[]>`
WITH said AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(${JSON.stringify(groups)}::jsonb)
    AS r (external_id text, name text, domain text, industry text, employees integer, traits jsonb)
), made AS (
  INSERT INTO accounts (tenant_id, external_id, name, domain, industry, employees)
  SELECT ${tenantId}, external_id, coalesce(name, external_id), domain, industry, employees FROM said ORDER BY external_id
  ON CONFLICT (tenant_id, external_id) DO NOTHING
  RETURNING id, external_id
)
SELECT id, external_id FROM made
UNION
SELECT a.id, a.external_id FROM accounts a JOIN said USING (external_id) WHERE a.tenant_id = ${tenantId}`
}

export type AccountTraitsWrite = { account_id: string; traits: JsonObject }

export function foldAccountTraits(sql: Transaction, tenantId: string, said: AccountTraitsWrite[]) {
  return sql`
WITH folded AS (
  INSERT INTO account_traits AS t (tenant_id, account_id, traits)
  SELECT ${tenantId}, account_id, traits
  FROM jsonb_to_recordset(${JSON.stringify(said)}::jsonb) AS r (account_id uuid, traits jsonb)
  ORDER BY account_id
  ON CONFLICT (tenant_id, account_id) DO UPDATE SET traits = fold_traits(t.traits, excluded.traits)
  WHERE fold_traits(t.traits, excluded.traits) IS DISTINCT FROM t.traits
  RETURNING account_id, traits
)
UPDATE accounts a SET custom = a.custom || newest.traits
FROM folded, LATERAL (SELECT jsonb_object_agg(key, value -> 'v') AS traits FROM jsonb_each(folded.traits)) AS newest
WHERE a.tenant_id = ${tenantId} AND a.id = folded.account_id AND NOT a.custom @> newest.traits`
}

export type MembershipWrite = {
  identifier_id: string
  account_id: string
  role: string | null
  first_seen: string
  last_seen: string
}

/** Who is at which account, to the hour. Returns the identifiers of which anything is new. */
export function upsertMemberships(sql: Transaction, tenantId: string, memberships: MembershipWrite[]) {
  return sql<{ identifier_id: string }[]>`
INSERT INTO account_members AS m (tenant_id, identifier_id, account_id, role, first_seen, last_seen)
SELECT ${tenantId}, r.* FROM jsonb_to_recordset(${JSON.stringify(memberships)}::jsonb)
  AS r (identifier_id uuid, account_id uuid, role text, first_seen timestamptz, last_seen timestamptz)
ON CONFLICT (tenant_id, identifier_id, account_id) DO UPDATE SET role = coalesce(excluded.role, m.role),
  first_seen = least(m.first_seen, excluded.first_seen), last_seen = greatest(m.last_seen, excluded.last_seen)
WHERE excluded.role <> coalesce(m.role, '') OR excluded.first_seen < m.first_seen
  OR excluded.last_seen >= m.last_seen + interval '1 hour'
RETURNING identifier_id`
}
