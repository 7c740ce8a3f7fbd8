/**
 * A noun of the API: a Drizzle table, its GraphQL type, and what lists of it can be filtered and ordered by. Read from the
 * table's columns, so that a column added to db/schema needs no second description here.
 */
import { getTableColumns, getTableName, type InferSelectModel, type SQL, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { builder } from '../builder.ts'
import type { OwnField } from './own-field.ts'

export type ScalarName = 'ID' | 'String' | 'Boolean' | 'Int' | 'Decimal' | 'DateTime' | 'Date' | 'BigInt' | 'JSON'

export type EnumRef = ReturnType<typeof builder.enumType<string, any>>

export type Column = {
  /** In TypeScript and GraphQL. */
  name: string
  /** In Postgres. */
  column: string
  type: ScalarName
  /** The Postgres type, for casts of parameters. */
  cast: string
  array: boolean
  nullable: boolean
  enum?: EnumRef
}

export type Order = { field: string | OwnField; direction: 'ASC' | 'DESC' }
/** Reads a filter of its own making, such as `segment: {key: {eq: "vip"}}` of profiles; `row` is the alias of the table. */
export type FilterExtra = { type: unknown; description: string; toSql: (value: never, row: SQL) => SQL }

export type NounOptions = {
  plural: string
  /** What identifies a row within the tenant, and breaks ties of every order. */
  key?: string[]
  /** How lists are ordered when nothing is said. */
  order?: Order
  /** Columns that are nobody's business. */
  hidden?: string[]
  /** Columns that lists are neither filtered nor ordered by. */
  unlisted?: string[]
  /** The GraphQL enum of a text column whose values are a closed set. */
  enums?: Record<string, EnumRef>
  /** What the rows are read from, when not the table of the same name. */
  from?: string
}

export type Noun<Row = any> = {
  type: string
  plural: string
  from: string
  columns: Map<string, Column>
  key: Column[]
  order: Order
  unlisted: ReadonlySet<string>
  ref: ReturnType<typeof builder.objectRef<Row>>
  /** The columns as one select list, camelCase, of the alias `t`. */
  select: SQL
  filters: Map<string, FilterExtra>
}

export function noun<T extends PgTable>(type: string, table: T, options: NounOptions): Noun<InferSelectModel<T>> {
  const hidden = new Set([...(options.hidden ?? []), 'tenantId', 'nobody'])
  const all = Object.entries(getTableColumns(table)).map(([name, column]) => ({
    ...toColumn(name, column),
    enum: options.enums?.[name],
  }))
  const columns = new Map(all.filter(({ name }) => !hidden.has(name)).map((column) => [column.name, column]))
  const key = (options.key ?? ['id']).map((name) => columnOf(type, columns, name))
  return {
    type,
    plural: options.plural,
    from: options.from ?? getTableName(table),
    columns,
    key,
    unlisted: new Set([...(options.unlisted ?? []), 'identifierId']),
    order: options.order ?? { field: (key[0] as Column).name, direction: 'DESC' },
    ref: builder.objectRef<InferSelectModel<T>>(type),
    select: sql.join(
      [...columns.values()].map(({ name, column }) => sql`t.${sql.identifier(column)} AS ${sql.identifier(name)}`),
      sql`, `,
    ),
    filters: new Map(),
  }
}

/** The part of a node id after the type. */
export function keyOf(noun: Noun, row: Record<string, unknown>): string {
  return noun.key.map(({ name }) => String(row[name])).join('~')
}

export function columnOf(type: string, columns: Map<string, Column>, name: string): Column {
  const column = columns.get(name)
  if (!column) throw new Error(`${type} has no column ${name}; it has ${[...columns.keys()].join(', ')}`)
  return column
}

function toColumn(name: string, column: PgColumn): Column {
  const sqlType = column.getSQLType()
  const array = sqlType.endsWith('[]')
  const cast = sqlType.replace('[]', '').replace(/\(.*\)/, '')
  const type = SCALARS[cast]
  if (!type) throw new Error(`No GraphQL type for column ${column.name} of type ${sqlType}`)
  return { name, column: column.name, type, cast, array, nullable: !column.notNull }
}

const SCALARS: Record<string, ScalarName> = {
  uuid: 'ID',
  text: 'String',
  boolean: 'Boolean',
  smallint: 'Int',
  integer: 'Int',
  numeric: 'Decimal',
  timestamptz: 'DateTime',
  date: 'Date',
  bigint: 'BigInt',
  jsonb: 'JSON',
}
