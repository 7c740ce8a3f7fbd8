/**
 * Order and keyset. A cursor holds the order's values of one row and its key, so that a page starts exactly after that row,
 * whatever was inserted or deleted meanwhile, and costs the same at the end of a list as at its start.
 */
import type { InputRef } from '@pothos/core'
import { type SQL, sql } from 'drizzle-orm'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import * as scalars from '../scalars.ts'
import { isUuid } from './id.ts'
import { type Column, columnOf, type Noun, type Order } from './noun.ts'
import { type OwnField, ownColumn, ownFieldSql } from './own-field.ts'

const MAX_ORDER_FIELDS = 4

const OrderDirection = builder.enumType('OrderDirection', {
  description: 'Missing values count as the largest.',
  values: ['ASC', 'DESC'] as const,
})

export function orderInput(noun: Noun): InputRef<Order> {
  const sortable = [...noun.columns.values()].filter(
    ({ name, type, array }) => type !== 'JSON' && !array && !noun.unlisted.has(name),
  )
  const field = builder.enumType(`${noun.type}OrderField`, { values: sortable.map(({ name }) => name) })
  return builder.inputType(`${noun.type}Order`, {
    fields: (t) => ({
      field: t.field({ type: field, required: true }),
      direction: t.field({ type: OrderDirection, defaultValue: 'ASC' }),
    }),
  }) as unknown as InputRef<Order>
}

export type OrderColumn = Column & { descending: boolean; own?: OwnField }

/** What was asked for, or the noun's own order; and the key, which makes it total. */
export function orderColumns(noun: Noun, orderBy: Order[] | null | undefined): OrderColumn[] {
  const asked = orderBy?.length ? orderBy : [noun.order]
  if (asked.length > MAX_ORDER_FIELDS) {
    throw new KithError('INPUT_INVALID', `Expected at most ${MAX_ORDER_FIELDS} fields in orderBy, got ${asked.length}.`)
  }
  const columns = asked.map(({ field, direction }) => ({
    ...(typeof field === 'string' ? columnOf(noun.type, noun.columns, field) : ownColumn(field)),
    descending: direction === 'DESC',
  }))
  const last = columns.at(-1) as OrderColumn
  const key = noun.key.map((column) => ({ ...column, descending: last.descending }))
  const seen = new Set<string>()
  return [...columns, ...key].filter(({ name }) => !seen.has(name) && seen.add(name))
}

/** The column, or the expression of an own field, of the alias `t`. */
export function inTable({ column, own }: OrderColumn): SQL {
  return own ? ownFieldSql(own, sql`t`) : sql`t.${sql.identifier(column)}`
}

export function orderSql(columns: OrderColumn[], backward: boolean, name: (column: OrderColumn) => SQL): SQL {
  // Postgres takes null as the largest in either direction, which is what an index on the column holds too.
  return sql.join(
    columns.map((column) => sql`${name(column)} ${column.descending === backward ? sql`ASC` : sql`DESC`}`),
    sql`, `,
  )
}

/** Rows beyond the cursor, or what it holds, in the direction of reading. */
export function keysetSql(columns: OrderColumn[], cursor: string | unknown[], backward: boolean): SQL {
  const values = typeof cursor === 'string' ? decodeCursor(columns, cursor) : cursor
  const left = columns.map(inTable)
  const right = columns.map(({ cast }, i) => sql`${sql.param(values[i])}::${sql.raw(cast)}`)
  const down = columns.map(({ descending }) => descending !== backward)
  if (columns.every(({ nullable }) => !nullable) && new Set(down).size === 1) {
    // One row comparison: an index on the order's columns starts right at it.
    const operator = down[0] ? sql`<` : sql`>`
    return sql`(${sql.join(left, sql`, `)}) ${operator} (${sql.join(right, sql`, `)})`
  }
  const branches = columns.map((_, i) => {
    const before = columns.slice(0, i).map((_, j) => sql`${left[j]} IS NOT DISTINCT FROM ${right[j]}`)
    return sql.join([...before, beyond(i)], sql` AND `)
  })
  return sql`(${sql.join(
    branches.map((branch) => sql`(${branch})`),
    sql` OR `,
  )})`

  function beyond(i: number): SQL {
    if (values[i] === null) return down[i] ? sql`${left[i]} IS NOT NULL` : sql`false`
    if (down[i]) return sql`${left[i]} < ${right[i]}`
    return columns[i]?.nullable ? sql`(${left[i]} > ${right[i]} OR ${left[i]} IS NULL)` : sql`${left[i]} > ${right[i]}`
  }
}

/** base64url of `[order, ...values]`; the order is in it because a cursor of another order would skip rows unnoticed. */
export function encodeCursor(columns: OrderColumn[], row: Record<string, unknown>): string {
  const values = columns.map(({ name }) => (typeof row[name] === 'bigint' ? String(row[name]) : row[name]))
  return Buffer.from(JSON.stringify([signature(columns), ...values])).toString('base64url')
}

export function decodeCursor(columns: OrderColumn[], cursor: string): unknown[] {
  const refused = (why: string) =>
    new KithError('CURSOR_INVALID', `${why} Use a cursor that this connection gave out, with the same orderBy.`)
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch (cause) {
    throw new KithError('CURSOR_INVALID', refused('The cursor cannot be read.').message, { cause })
  }
  if (!Array.isArray(parts)) throw refused('The cursor cannot be read.')
  const [order, ...values] = parts
  if (order !== signature(columns) || values.length !== columns.length)
    throw refused('The cursor belongs to another order.')
  if (!columns.every((column, i) => fits(column, values[i]))) throw refused('The cursor holds values of other types.')
  return values
}

/** Which order a cursor is of, and which of its values are missing; throws where it cannot be read. */
export function shapeOf(cursor: string): unknown {
  const [order, ...values] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  return [order, values.map((value: unknown) => value === null)]
}

export function signature(columns: OrderColumn[]): string {
  return columns.map(({ name, descending }) => (descending ? `-${name}` : name)).join(',')
}

function fits(column: OrderColumn, value: unknown): boolean {
  if (value === null) return column.nullable
  const checks: Partial<Record<Column['type'], (value: unknown) => unknown>> = {
    DateTime: scalars.parseDateTime,
    Date: scalars.parseDate,
    Decimal: scalars.parseDecimal,
    BigInt: scalars.parseBigInt,
  }
  try {
    checks[column.type]?.(value)
  } catch {
    return false
  }
  if (column.type === 'Int') return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31
  if (column.type === 'Boolean') return typeof value === 'boolean'
  return typeof value === 'string' && !value.includes('\0') && (column.type !== 'ID' || isUuid(value))
}
