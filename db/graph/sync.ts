import type { Transaction } from '../client.ts'

/** Makes the tenant's graph say of these identifiers and profiles what the tables say (ops.sync_graph, migration 0005). */
export function syncGraph(sql: Transaction, identifierIds: string[], profileIds: string[]) {
  return sql`SELECT ops.sync_graph(${identifierIds}::uuid[], ${profileIds}::uuid[])`
}
