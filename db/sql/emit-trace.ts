import { currentTrace } from '../../trace.ts'
import type { Transaction } from '../client.ts'

/**
 * A transaction that tells who reacts to what it wrote on whose behalf it was. The same transaction when nobody traces it, and
 * nothing of one that has only read.
 */
export function traced<T>(work: (sql: Transaction) => Promise<T>): (sql: Transaction) => Promise<T> {
  const trace = currentTrace()
  if (!trace) return work
  return async (sql) => {
    const result = await work(sql)
    await sql`SELECT ops.emit_trace(${trace}) WHERE pg_current_xact_id_if_assigned() IS NOT NULL`
    return result
  }
}

/** Has the transaction's notification of the feed say the same. */
export async function markTrace(sql: Transaction): Promise<void> {
  const trace = currentTrace()
  if (trace) await sql`SELECT set_config('kith.trace', ${trace}, true)`
}
