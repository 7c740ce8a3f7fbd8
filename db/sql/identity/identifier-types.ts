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
