/** Names of tables as somebody writes them: orders, sales.orders, "Odd schema"."my.orders". */
import { KithError } from '../../errors.ts'

export type TableName = { schema: string; table: string }

const PART = String.raw`"(?:[^"]|"")+"|[^".]+`
const NAME = new RegExp(`^(?:(${PART})\\.)?(${PART})$`)
const MOST_TABLES = 50

/** In the order given. Throws INPUT_INVALID. */
export function parseTables(names: readonly string[]): TableName[] {
  const tables = names.map(parseTable)
  if (tables.length === 0 || tables.length > MOST_TABLES)
    throw new KithError('INPUT_INVALID', `Expected 1 to ${MOST_TABLES} tables; found ${tables.length}.`)
  if (new Set(tables.map(quoted)).size < tables.length)
    throw new KithError('INPUT_INVALID', 'Expected each table once.')
  return tables
}

function parseTable(name: string): TableName {
  const [, schema = 'public', table] = NAME.exec(name) ?? []
  if (table === undefined || name.includes('\0') || !name.isWellFormed())
    throw new KithError(
      'INPUT_INVALID',
      `Expected a table such as orders or sales.orders; found ${name.toWellFormed()}.`,
    )
  return { schema: unquoted(schema), table: unquoted(table) }
}

const unquoted = (part: string) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part)

export const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`

/** As SQL names it. */
export const quoted = ({ schema, table }: TableName) => `${identifier(schema)}.${identifier(table)}`
