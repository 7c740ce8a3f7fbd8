import type { Transaction } from '../client.ts'

/** Makes the tenant's graph say of these identifiers and profiles what the tables say (ops.sync_graph, migration 0005). */
export function syncGraph(sql: Transaction, identifierIds: string[], profileIds: string[]) {
  return sql`SELECT ops.sync_graph(${identifierIds}::uuid[], ${profileIds}::uuid[])`
}

/** The same for where these people work (ops.sync_employment, migration 0012). */
export function syncEmployment(sql: Transaction, profileIds: string[]) {
  return sql`SELECT ops.sync_employment(${profileIds}::uuid[])`
}

/** The same for accounts: what their own triggers do. */
export function syncAccounts(sql: Transaction, accountIds: string[]) {
  return sql`SELECT ops.sync_accounts(${accountIds}::uuid[])`
}
