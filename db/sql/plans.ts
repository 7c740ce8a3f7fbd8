import type { Transaction } from '../client.ts'
import type { JsonObject } from '../schema/columns.ts'

export type PlanRow = { applied_at: string; revision: string; document: JsonObject }

/** The one that was applied last. */
export async function lastPlan(sql: Transaction): Promise<PlanRow | undefined> {
  const [row] = await sql<PlanRow[]>`
SELECT applied_at, revision, document FROM plans ORDER BY id DESC LIMIT 1`
  return row
}

export async function insertPlan(
  sql: Transaction,
  { document, revision, by }: { document: object; revision: string; by: string | null },
): Promise<void> {
  await sql`
INSERT INTO plans (revision, document, applied_by) VALUES (${revision}, ${sql.json(document as JsonObject)}, ${by}::uuid)`
}
