import type { SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { Transaction } from '../../db/client.ts'

const dialect = new PgDialect()

/**
 * Runs a statement put together with Drizzle's `sql`. `fixed` says that its text is one of a few: a server keeps a prepared
 * statement per text and connection, and callers can make as many texts as there are filters.
 */
export async function run<Row>(tx: Transaction, query: SQL, fixed = false): Promise<Row[]> {
  const { sql: text, params } = dialect.sqlToQuery(query)
  return (await tx.unsafe(text, params as never[], { prepare: fixed })) as unknown as Row[]
}

/** Written once, with values of each moment: what stands for one is replaced by it. */
export type Kept = { text: string; params: unknown[] }

export function keep(query: SQL): Kept {
  const { sql: text, params } = dialect.sqlToQuery(query)
  return { text, params }
}

/** `values` by what stands for them in the statement. Prepared, and so for statements whose texts are few. */
export async function runKept<Row>(
  tx: Transaction,
  { text, params }: Kept,
  values: Map<unknown, unknown>,
): Promise<Row[]> {
  const given = params.map((param) => (values.has(param) ? values.get(param) : param))
  return (await tx.unsafe(text, given as never[], { prepare: true })) as unknown as Row[]
}
