import type { Transaction } from '../../client.ts'

export type IdentifierTypeRow = {
  key: string
  normaliser: 'verbatim' | 'lower' | 'email' | 'phone' | null
  country: string | null
  priority: number | null
  max_per_profile: number | null
  people_limit: number | null
  shared: boolean | null
  blocked: string[]
  weights: Record<string, number>
}

/** What the tenant says about its kinds of identifier; nothing of those it says nothing about. */
export function readIdentifierTypes(sql: Transaction, tenantId: string) {
  return sql<IdentifierTypeRow[]>`
SELECT key, normaliser, country, priority, max_per_profile, people_limit, shared, blocked, weights
FROM identifier_types WHERE tenant_id = ${tenantId}`
}

export function upsertIdentifierType(sql: Transaction, tenantId: string, row: IdentifierTypeRow) {
  return sql`
INSERT INTO identifier_types (tenant_id, key, normaliser, country, priority, max_per_profile, people_limit, shared, blocked, weights)
VALUES (${tenantId}, ${row.key}, ${row.normaliser}, ${row.country}, ${row.priority}, ${row.max_per_profile}, ${row.people_limit},
  ${row.shared}, ${row.blocked}, ${JSON.stringify(row.weights)}::jsonb)
ON CONFLICT (tenant_id, key) DO UPDATE SET normaliser = excluded.normaliser, country = excluded.country,
  priority = excluded.priority, max_per_profile = excluded.max_per_profile, people_limit = excluded.people_limit,
  shared = excluded.shared, blocked = excluded.blocked, weights = excluded.weights`
}

export function deleteIdentifierType(sql: Transaction, tenantId: string, key: string) {
  return sql`DELETE FROM identifier_types WHERE tenant_id = ${tenantId} AND key = ${key}`
}
