/** Comparisons and wheres -> SQL. One operator, one line of the table; docs/rules.md explains each. */
import { AT, type Parameters, TIMEZONE } from './parameters.ts'
import { toPostgres } from './pattern.ts'
import { instant, minus, plus, stillToCome } from './time.ts'
import { and, FALSE, holdsUntil, not, or, seconds, type Truth, toTest, toUntil, whether } from './truth.ts'
import type { Comparison, Condition, Element, NumberComparison, Scalar, Where } from './types.ts'

/**
 * A value to compare: SQL of type jsonb, and of type timestamptz where it is a column of that type. `shared` has what is made of it
 * computed once for all who ask.
 */
export type Operand = { json: string; time?: string; shared?: (sql: string) => string }

/** How a path is read in what the conditions are about. */
export type Resolve = (path: string) => Operand

type Options = { parameters: Parameters; ignoreCase: boolean }
type Operator = (operand: Operand, value: never, options: Options) => Truth

export function compileWhere(where: Where | Where[] | undefined, resolve: Resolve, parameters: Parameters): Truth {
  if (where === undefined) return and([])
  if (Array.isArray(where)) return and(where.map((child) => compileWhere(child, resolve, parameters)))
  if ('path' in where) return compileComparison(where, resolve((where as Condition).path), parameters)
  if ('all' in where) return compileWhere(where.all as Where[], resolve, parameters)
  if ('any' in where) return or((where.any as Where[]).map((child) => compileWhere(child, resolve, parameters)))
  return not(compileWhere((where as { not: Where }).not, resolve, parameters))
}

export function compileComparison(comparison: Comparison, operand: Operand, parameters: Parameters): Truth {
  const options = { parameters, ignoreCase: comparison.ignoreCase ?? false }
  const truths: Truth[] = []
  for (const [name, operator] of Object.entries(operators)) {
    const value = comparison[name as keyof Comparison]
    if (value !== undefined) truths.push((operator as Operator)(operand, value as never, options))
  }
  return and(truths)
}

/** A comparison of SQL of a numeric (or bigint) type; null compares false, except that `ne` is not `eq`. */
export function compileNumber(sql: string, comparison: NumberComparison, parameters: Parameters): Truth {
  const { eq, ne, between } = comparison
  const truths: Truth[] = []
  const is = (operator: string, n: number) => whether(`${sql} ${operator} ${parameters.number(n)}`)
  if (eq !== undefined) truths.push(is('=', eq))
  if (ne !== undefined) truths.push(not(is('=', ne)))
  for (const [name, operator] of Object.entries(ORDER)) {
    const n = comparison[name as keyof typeof ORDER]
    if (n !== undefined) truths.push(is(operator, n))
  }
  if (between) truths.push(is('>=', between[0]), is('<=', between[1]))
  return and(truths)
}

const ORDER = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

const operators = {
  eq: (operand, value: Scalar, options) => equals(operand, value, options),
  ne: (operand, value: Scalar, options) => not(equals(operand, value, options)),
  gt: (operand, value: number | string, options) => ordered(operand, '>', value, options),
  gte: (operand, value: number | string, options) => ordered(operand, '>=', value, options),
  lt: (operand, value: number | string, options) => ordered(operand, '<', value, options),
  lte: (operand, value: number | string, options) => ordered(operand, '<=', value, options),
  in: (operand, values: Scalar[], options) => among(operand, values, options),
  notIn: (operand, values: Scalar[], options) => not(among(operand, values, options)),
  between: (operand, [low, high]: [number | string, number | string], options) =>
    and([ordered(operand, '>=', low, options), ordered(operand, '<=', high, options)]),
  contains: (operand, value: Scalar, options) => contains(operand, value, options),
  startsWith: (operand, value: string, options) =>
    whether(`starts_with(${textOf(operand, options)}, ${textConstant(value, options)})`),
  endsWith: (operand, value: string, options) => {
    const ending = textConstant(value, options)
    return whether(`right(${textOf(operand, options)}, char_length(${ending})) = ${ending}`)
  },
  matches: (operand, pattern: string, { parameters, ignoreCase }) => {
    const text = textOf(operand, { parameters, ignoreCase: false })
    const expression = parameters.add(toPostgres(pattern.normalize('NFC')), 'text')
    return whether(`${text} ${ignoreCase ? '~*' : '~'} ${expression}`)
  },
  exists: (operand, wanted: boolean) => (wanted ? exists(operand) : not(exists(operand))),
  missing: (operand, wanted: boolean) => (wanted ? not(exists(operand)) : exists(operand)),
  empty: (operand, wanted: boolean) => (wanted ? empty(operand) : not(empty(operand))),
  before: (operand, value: string, { parameters }) => {
    const time = timeOf(operand)
    const test = `coalesce(${time} < ${instant(value, parameters)}, false)`
    // A time equal to now is not before it; a microsecond later it is.
    return value === 'now'
      ? holdsUntil(test, [`CASE WHEN ${time} >= ${AT} THEN ${seconds(`(${time} + interval '1 microsecond')`)} END`])
      : { test }
  },
  after: (operand, value: string, { parameters }) => {
    const time = timeOf(operand)
    const test = `coalesce(${time} > ${instant(value, parameters)}, false)`
    return value === 'now' ? holdsUntil(test, stillToCome([time])) : { test }
  },
  withinLast: (operand, duration: string, { parameters }) => {
    const time = timeOf(operand)
    const end = plus(time, duration, parameters)
    return holdsUntil(`coalesce(${time} <= ${AT} AND ${end} > ${AT}, false)`, stillToCome([time, end]))
  },
  withinNext: (operand, duration: string, { parameters }) => {
    const time = timeOf(operand)
    const start = minus(time, duration, parameters)
    return holdsUntil(`coalesce(${time} > ${AT} AND ${start} <= ${AT}, false)`, stillToCome([start, time]))
  },
  anniversary: (operand, value: true | string) => {
    const days = value === true ? 0 : Number(value.slice(1, -1))
    const today = `(${AT} AT TIME ZONE ${TIMEZONE})::date`
    const next = `next_anniversary((${timeOf(operand)} AT TIME ZONE ${TIMEZONE})::date, ${today})`
    const test = `coalesce(${next} - ${days} <= ${today}, false)`
    const flip = `(CASE WHEN ${test} THEN ${next} + 1 ELSE ${next} - ${days} END)::timestamp AT TIME ZONE ${TIMEZONE}`
    return holdsUntil(test, [seconds(flip)])
  },
  any: (operand, element: Element, options) => some(operand, element, options),
  all: (operand, element: Element, options) => every(operand, element, options),
  none: (operand, element: Element, options) => not(some(operand, element, options)),
} satisfies { [name: string]: Operator }

/** The text of a value, ready to compare; null when it is no text. */
function textOf({ json, shared = asItIs }: Operand, { ignoreCase }: Options): string {
  const text = `normalize(CASE WHEN jsonb_typeof(${json}) = 'string' THEN ${json} #>> '{}' END)`
  return shared(ignoreCase ? `lower(${text})` : text)
}

/** The number that a value is; null when it is none. */
export function numberOf({ json, shared = asItIs }: Operand): string {
  return shared(`CASE WHEN jsonb_typeof(${json}) = 'number' THEN (${json})::numeric END`)
}

const asItIs = (sql: string) => sql

function textConstant(value: string, { parameters, ignoreCase }: Options): string {
  return ignoreCase ? `lower(${parameters.text(value)})` : parameters.text(value)
}

/** The instant of a value; null when it is neither a column of that type nor ISO 8601 text. */
export function timeOf({ json, time }: Operand): string {
  return time ?? `to_instant(${json}, ${TIMEZONE})`
}

function equals(operand: Operand, value: Scalar, options: Options): Truth {
  if (typeof value === 'string') return whether(`${textOf(operand, options)} = ${textConstant(value, options)}`)
  return whether(`${operand.json} = ${options.parameters.json(value)}`)
}

function ordered(operand: Operand, operator: string, value: number | string, options: Options): Truth {
  if (typeof value === 'string') {
    return whether(`${textOf(operand, options)} ${operator} ${textConstant(value, options)} COLLATE "C"`)
  }
  return whether(`${numberOf(operand)} ${operator} ${options.parameters.number(value)}`)
}

function among(operand: Operand, values: Scalar[], options: Options): Truth {
  const { parameters, ignoreCase } = options
  const texts = values.filter((value) => typeof value === 'string')
  const others = values.filter((value) => typeof value !== 'string')
  const truths: Truth[] = []
  if (texts.length > 0) {
    const list = parameters.texts(texts)
    const folded = ignoreCase ? `(SELECT array_agg(lower(v)) FROM unnest(${list}) v)::text[]` : list
    truths.push(whether(`${textOf(operand, options)} = ANY (${folded})`))
  }
  if (others.length > 0)
    truths.push(whether(`${operand.json} = ANY (${parameters.add(`{${others.join(',')}}`, 'jsonb[]')})`))
  return or(truths)
}

function contains(operand: Operand, value: Scalar, options: Options): Truth {
  const { json } = operand
  const element = `EXISTS (SELECT FROM jsonb_array_elements(${arrayOf(json)}) x WHERE ${toTest(equals({ json: 'x' }, value, options))})`
  if (typeof value !== 'string') return { test: element }
  const part = whether(`strpos(${textOf(operand, options)}, ${textConstant(value, options)}) > 0`)
  return or([part, { test: element }])
}

function exists({ json }: Operand): Truth {
  return whether(`jsonb_typeof(${json}) <> 'null'`)
}

function empty({ json }: Operand): Truth {
  return { test: `coalesce(${json} IN ('null', '""', '[]', '{}'), true)` }
}

function arrayOf(json: string): string {
  return `CASE WHEN jsonb_typeof(${json}) = 'array' THEN ${json} ELSE '[]' END`
}

function elementTruth({ path, ...comparison }: Element, { parameters }: Options): Truth {
  const json = path === undefined ? 'x' : `(x #> ${parameters.path(path)})`
  return compileComparison(comparison, { json }, parameters)
}

function some({ json }: Operand, element: Element, options: Options): Truth {
  const truth = elementTruth(element, options)
  const elements = `FROM jsonb_array_elements(${arrayOf(json)}) x`
  if (truth.test !== undefined) return { test: `EXISTS (SELECT ${elements} WHERE ${truth.test})` }
  return { until: `coalesce((SELECT max(${truth.until}) ${elements}), ${toUntil(FALSE)})` }
}

function every({ json }: Operand, element: Element, options: Options): Truth {
  const isArray = whether(`jsonb_typeof(${json}) = 'array'`)
  const truth = not(elementTruth(element, options))
  const elements = `FROM jsonb_array_elements(${arrayOf(json)}) x`
  if (truth.test !== undefined) return and([isArray, { test: `NOT EXISTS (SELECT ${elements} WHERE ${truth.test})` }])
  return and([isArray, { until: `- coalesce((SELECT max(${truth.until}) ${elements}), ${toUntil(FALSE)})` }])
}
