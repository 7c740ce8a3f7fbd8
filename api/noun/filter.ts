/**
 * Filters: `{field: {op: value}}`, and with `and`, `or`, `not`. Two-valued, like rules: a comparison with a missing value is
 * false, `ne` and `notIn` are exactly not `eq` and not `in`. Values reach SQL as parameters only.
 */
import type { InputRef } from '@pothos/core'
import { type SQL, sql } from 'drizzle-orm'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { decodeNodeId, isUuid, idError } from './id.ts'
import type { Column, Noun, ScalarName } from './noun.ts'
import { indexedRows, type OwnCondition, ownFieldSql, ownType } from './own-field.ts'

type Json = Record<string, unknown>

/** Values of one `in`, or branches of one `and` or `or`. */
export const MAX_LIST = 1000
/** Conditions of one filter, counted over the whole tree. */
export const MAX_CONDITIONS = 200

const ORDERED = ['gt', 'gte', 'lt', 'lte'] as const
const TEXT = ['contains', 'startsWith', 'endsWith'] as const

function scalarFilter(name: string, type: Exclude<ScalarName, 'JSON'>, operators: readonly string[]) {
  return builder.inputType(name, {
    description: `Conditions of type ${type}; all that are given must hold. \`ne\` and \`notIn\` are true of a missing value.`,
    fields: (t) => ({
      eq: t.field({ type }),
      ne: t.field({ type }),
      in: t.field({ type: [type] }),
      notIn: t.field({ type: [type] }),
      isNull: t.boolean(),
      ...Object.fromEntries(operators.map((operator) => [operator, t.field({ type })])),
      ...(operators.includes('contains') && {
        ignoreCase: t.boolean({ description: 'Fold case in every comparison of this filter.' }),
      }),
    }),
  })
}

const FILTERS: Record<ScalarName, () => InputRef<unknown> | [InputRef<unknown>]> = {
  ID: once(() => scalarFilter('IDFilter', 'ID', [])),
  String: once(() => scalarFilter('StringFilter', 'String', [...ORDERED, ...TEXT])),
  Boolean: once(() => scalarFilter('BooleanFilter', 'Boolean', [])),
  Int: once(() => scalarFilter('IntFilter', 'Int', ORDERED)),
  Decimal: once(() => scalarFilter('DecimalFilter', 'Decimal', ORDERED)),
  DateTime: once(() => scalarFilter('DateTimeFilter', 'DateTime', ORDERED)),
  Date: once(() => scalarFilter('DateFilter', 'Date', ORDERED)),
  BigInt: once(() => scalarFilter('BigIntFilter', 'BigInt', ORDERED)),
  JSON: () => [jsonFilter()],
}

export const jsonFilter = once(() =>
  builder.inputType('JSONFilter', {
    description:
      'Conditions on the value at a path of a JSON object; all that are given must hold. No type is converted: "5" is not 5.',
    fields: (t) => ({
      path: t.string({
        required: true,
        description: 'Dots between keys and positions: "plan", "address.city", "products.0.sku".',
      }),
      eq: t.field({ type: 'JSON' }),
      ne: t.field({ type: 'JSON' }),
      in: t.field({ type: ['JSON'] }),
      notIn: t.field({ type: ['JSON'] }),
      gt: t.field({ type: 'JSON' }),
      gte: t.field({ type: 'JSON' }),
      lt: t.field({ type: 'JSON' }),
      lte: t.field({ type: 'JSON' }),
      contains: t.string({ description: 'Text that contains this.' }),
      startsWith: t.string(),
      endsWith: t.string(),
      ignoreCase: t.boolean({ description: 'Fold case in contains, startsWith and endsWith.' }),
      exists: t.boolean({ description: 'Whether there is a value that is not null.' }),
    }),
  }),
)

const enumFilters = new Map<unknown, InputRef<unknown>>()

function filterOf(column: Column): InputRef<unknown> | [InputRef<unknown>] {
  const type = column.enum
  if (!type) return FILTERS[column.type]()
  let filter = enumFilters.get(type)
  if (!filter) {
    filter = builder.inputType(`${type.name}Filter`, {
      fields: (t) => ({
        eq: t.field({ type }),
        ne: t.field({ type }),
        in: t.field({ type: [type] }),
        notIn: t.field({ type: [type] }),
      }),
    })
    enumFilters.set(type, filter)
  }
  return filter
}

/** The input type `<Noun>Filter`. */
export function filterInput(noun: Noun): InputRef<Json> {
  const ref = builder.inputRef<Json>(`${noun.type}Filter`)
  ref.implement({
    description: `Which ${noun.plural} to list: all conditions must hold.`,
    fields: (t: any) => ({
      ...Object.fromEntries(
        [...noun.columns.values()]
          .filter(({ name, array }) => !array && !noun.unlisted.has(name))
          .map((column) => [column.name, t.field({ type: filterOf(column) })]),
      ),
      ...Object.fromEntries(
        [...noun.filters].map(([name, { type, description }]) => [name, t.field({ type, description })]),
      ),
      and: t.field({ type: [ref] }),
      or: t.field({ type: [ref], description: 'At least one of them holds; of an empty list none does.' }),
      not: t.field({ type: ref }),
    }),
  } as never)
  return ref
}

/** The condition that a filter stands for; `row` is the alias of the noun's table. */
export function filterSql(noun: Noun, filter: Json | null | undefined, row: SQL = sql`t`): SQL {
  return tree(noun, filter ?? {}, row, { conditions: 0 }, false)
}

function tree(noun: Noun, filter: Json, row: SQL, budget: { conditions: number }, negated: boolean): SQL {
  const parts = Object.entries(filter).flatMap(([name, value]) => {
    if (value === undefined) return []
    if (value === null) throw nullError(name)
    budget.conditions += 1
    if (budget.conditions > MAX_CONDITIONS)
      throw invalid(`Expected at most ${MAX_CONDITIONS} conditions in one filter.`)
    if (name === 'not') return [sql`NOT (${tree(noun, value as Json, row, budget, true)})`]
    if (name === 'and')
      return [
        join(
          (value as Json[]).map((inner) => tree(noun, inner, row, budget, negated)),
          'AND',
        ),
      ]
    if (name === 'or')
      return [
        join(
          (value as Json[]).map((inner) => tree(noun, inner, row, budget, negated)),
          'OR',
        ),
      ]
    const extra = noun.filters.get(name)
    if (extra) return [extra.toSql(value as never, row)]
    if (name === 'fields') {
      const own = value as OwnCondition[]
      budget.conditions += own.length
      return own.map((field) => ownSql(field, row, negated))
    }
    const column = noun.columns.get(name) as Column
    const target = sql`${row}.${sql.identifier(column.column)}`
    if (column.type === 'JSON') return (value as Json[]).map((conditions) => jsonSql(target, conditions))
    return [scalarSql(target, column, value as Json)]
  })
  return join(parts, 'AND')
}

/** A field with an index is asked for in the form that the index knows. */
function ownSql(field: OwnCondition, row: SQL, negated: boolean): SQL {
  const { index, conditions } = field
  if (!index || negated) return scalarSql(ownFieldSql(field, row), ownType(field), conditions)
  return sql`(${indexedRows(index, row)} AND ${scalarSql(ownFieldSql(field, row), ownType(field), conditions, false)})`
}

/**
 * `{eq: 5, gt: 3}` on a column or expression of a scalar type. `twoValued`: false instead of null, which only a NOT above can
 * tell apart, and which no index answers.
 */
export function scalarSql(target: SQL, column: Pick<Column, 'type' | 'cast'>, conditions: Json, twoValued = true): SQL {
  const sure = (test: SQL) => (twoValued ? sql`coalesce(${test}, false)` : test)
  const { ignoreCase, ...operators } = conditions
  const fold = ignoreCase === true ? (value: SQL) => sql`lower(${value})` : (value: SQL) => value
  const left = fold(target)
  const cast = sql.raw(column.cast)
  const read = (value: unknown) => (column.type === 'ID' ? idValue(column.cast, value) : value)
  const right = (value: unknown) => fold(sql`${sql.param(read(value))}::${cast}`)
  const list = (value: unknown) => {
    const values = listOf(value).map(read)
    // The driver takes an array of booleans for a boolean.
    const parameter = sql`${sql.param(column.type === 'Boolean' ? `{${values}}` : values)}::${cast}[]`
    return ignoreCase === true ? sql`SELECT lower(v) FROM unnest(${parameter}) AS v` : parameter
  }
  const parts = Object.entries(operators).flatMap(([operator, value]) => {
    if (value === undefined) return []
    if (value === null) throw nullError(operator)
    switch (operator) {
      case 'eq':
        return [sure(sql`${left} = ${right(value)}`)]
      case 'ne':
        return [sql`${left} IS DISTINCT FROM ${right(value)}`]
      case 'in':
        return [sure(sql`${left} = ANY(${list(value)})`)]
      case 'notIn':
        return [sql`NOT coalesce(${left} = ANY(${list(value)}), false)`]
      case 'isNull':
        return [value ? sql`${left} IS NULL` : sql`${left} IS NOT NULL`]
      default:
        return [sure(compare(operator, left, right(value)))]
    }
  })
  return join(parts, 'AND')
}

/** `{path, eq: 5}` on a jsonb column or expression. */
export function jsonSql(target: SQL, conditions: Json): SQL {
  const { path, ignoreCase, ...operators } = conditions
  const keys = String(path).split('.')
  if (keys.length > 16) throw invalid('Expected a path of at most 16 keys.')
  const at = sql`(${target} #> ${sql.param(keys)}::text[])`
  const text = sql`(${target} #>> ${sql.param(keys)}::text[])`
  const fold = ignoreCase === true ? (value: SQL) => sql`lower(${value})` : (value: SQL) => value
  const json = (value: unknown) => sql`${sql.param(JSON.stringify(value))}::jsonb`
  const among = (value: unknown) => sql`coalesce(${at} IN (SELECT jsonb_array_elements(${json(listOf(value))})), false)`
  const parts = Object.entries(operators).flatMap(([operator, value]) => {
    if (value === undefined) return []
    if (value === null) throw nullError(operator)
    switch (operator) {
      case 'eq':
        return [sql`coalesce(${at} = ${json(value)}, false)`]
      case 'ne':
        return [sql`${at} IS DISTINCT FROM ${json(value)}`]
      case 'in':
        return [among(value)]
      case 'notIn':
        return [sql`NOT ${among(value)}`]
      case 'exists':
        return [sql`coalesce(jsonb_typeof(${at}) <> 'null', false) = ${value}`]
      case 'contains':
      case 'startsWith':
      case 'endsWith': {
        const matches = compare(operator, fold(text), fold(sql`${value}::text`))
        return [sql`coalesce(jsonb_typeof(${at}) = 'string' AND ${matches}, false)`]
      }
      default:
        return [
          sql`coalesce(jsonb_typeof(${at}) = jsonb_typeof(${json(value)}) AND ${compare(operator, at, json(value))}, false)`,
        ]
    }
  })
  return join(parts, 'AND')
}

function compare(operator: string, left: SQL, right: SQL): SQL {
  switch (operator) {
    case 'gt':
      return sql`${left} > ${right}`
    case 'gte':
      return sql`${left} >= ${right}`
    case 'lt':
      return sql`${left} < ${right}`
    case 'lte':
      return sql`${left} <= ${right}`
    case 'contains':
      return sql`position(${right} in ${left}) > 0`
    case 'startsWith':
      return sql`starts_with(${left}, ${right})`
    case 'endsWith':
      return sql`right(${left}, length(${right})) = ${right}`
    default:
      throw new Error(`No SQL for the operator ${operator}`)
  }
}

/** Of nothing, `AND` is true and `OR` is false. */
export function join(parts: SQL[], operator: 'AND' | 'OR'): SQL {
  if (parts.length > MAX_LIST) throw invalid(`Expected at most ${MAX_LIST} branches, got ${parts.length}.`)
  if (parts.length === 0) return operator === 'AND' ? sql`true` : sql`false`
  if (parts.length === 1) return parts[0] as SQL
  return sql`(${sql.join(parts, operator === 'AND' ? sql` AND ` : sql` OR `)})`
}

function listOf(value: unknown): unknown[] {
  const values = value as unknown[]
  if (values.length > MAX_LIST) throw invalid(`Expected at most ${MAX_LIST} values in a list, got ${values.length}.`)
  if (values.includes(null)) throw nullError('in')
  return values
}

/** A node id or a bare UUID, as the UUID. */
function idValue(cast: string, value: unknown): string {
  const text = String(value)
  if (cast !== 'uuid' || isUuid(text)) return text
  const { id } = decodeNodeId(text)
  if (!isUuid(id)) throw idError(text)
  return id
}

function nullError(name: string): KithError {
  return invalid(
    `${name} is null; leave it out, or ask isNull: true. (A variable without a value would otherwise widen the list.)`,
  )
}

function invalid(message: string): KithError {
  return new KithError('FILTER_INVALID', message)
}

/** Hoisted: the filters above are made of it. */
function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
