import { currentTrace } from '../../trace.ts'
import type { Transaction } from '../client.ts'

/** Tells who reacts to what this transaction wrote on whose behalf it was. Nothing when nobody traces it. */
export async function emitTrace(sql: Transaction): Promise<void> {
  const trace = currentTrace()
  if (trace) await sql`SELECT ops.emit_trace(${trace})`
}

/** Has the transaction's notification of the feed say the same. */
export async function markTrace(sql: Transaction): Promise<void> {
  const trace = currentTrace()
  if (trace) await sql`SELECT set_config('kith.trace', ${trace}, true)`
}
