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
