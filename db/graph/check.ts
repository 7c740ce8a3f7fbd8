import type { Transaction } from '../client.ts'
import type { JsonObject } from '../schema/columns.ts'
import { syncAccounts, syncEmployment, syncGraph } from './sync.ts'

export type Difference = {
  /** 'employment' is where a profile works; its id is the profile's. */
  kind: 'identifier' | 'profile' | 'account' | 'employment'
  id: string
  /** What the tables say, or null where they know nothing of it; and the same for the graph. */
  tables: JsonObject | null
  graph: JsonObject | null
}

/** Everything of which the tenant's graph and tables do not say the same. */
export async function checkGraph(sql: Transaction): Promise<Difference[]> {
  return [...(await sql<Difference[]>`SELECT kind, id, tables, graph FROM ops.check_graph() ORDER BY kind, id`)]
}

/** Makes the graph say what the tables say; returns what differed. */
export async function repairGraph(sql: Transaction): Promise<Difference[]> {
  const differences = await checkGraph(sql)
  const ids = (kind: Difference['kind']) => differences.filter((one) => one.kind === kind).map((one) => one.id)
  if (differences.length === 0) return []
  await sql`SELECT ops.prune_graph(${ids('identifier')}::uuid[], ${ids('profile')}::uuid[])`
  await syncGraph(sql, ids('identifier'), ids('profile'))
  await syncAccounts(sql, ids('account'))
  await syncEmployment(sql, [...ids('employment'), ...ids('profile')])
  return differences
}
