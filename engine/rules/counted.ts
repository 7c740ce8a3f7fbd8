/** Counts, groups and aggregates over the events or records of a window. */
import { compileNumber, numberOf, type Operand, type Resolve } from './condition.ts'
import { AT, type Parameters } from './parameters.ts'
import type { Facts, Parts } from './scan.ts'
import { EVER, type TimeWindow, timeWindow } from './time.ts'
import { cap, FALSE, holdsUntil, not, seconds, toTest, toUntil, type Truth, whileThere } from './truth.ts'
import type { Aggregate, AggregateFunction, NumberComparison, Path, Window } from './types.ts'

/** The events or records that a node is about. */
export type Rows = {
  /** FROM, with the alias that the rest uses. */
  source: string
  facts: Facts
  parts: Parts
  parameters: Parameters
  /** SQL of when it happened; what has no such time lies in no window. */
  time: string
  /** SQL to order by, earliest first. */
  order: string[]
  /** Whether the node could be about a row at all, before its conditions. */
  named: string
  /** Its conditions. */
  where: Truth
  resolve: Resolve
  /** SQL of a row that many facts may ask for, to be computed once per row where that pays. */
  shared(sql: string): string
  /** Whether a row counts from its time on only. Records do not, unless there is a window. */
  timed: boolean
  /** SQL of the earliest time, in seconds, that is still to come and may change the answer. */
  future(): string
}

type Counted = Window & { count?: NumberComparison; by?: Path; aggregate?: Aggregate }

export function compileCounted(node: Counted, rows: Rows): Truth {
  const window = timeWindow(node, rows.parameters)
  if (node.aggregate) return compileAggregate(node.aggregate, window, rows)
  if (node.by) return compileGroups(node.by, node.count ?? { gte: 1 }, window, rows)
  const filter = onlyMeant(rows, window)
  const comparison = node.count ?? { gte: 1 }
  const nthLeaves = (n: number) => rows.facts.add(whenLeft(n, window, rows.time, filter))
  const least = window.leaves && atLeast(comparison)
  if (least) {
    // Whether there are so many is whether there is an n-th; it need not be counted.
    const enough = whileThere(nthLeaves(least.n), changes(rows, window))
    return least.negated ? not(enough) : enough
  }
  const count = `coalesce(${rows.facts.add(`count(*) ${filter}`)}, 0)`
  const test = toTest(compileNumber(count, comparison, rows.parameters))
  const leaving = thresholds(comparison, window).map(nthLeaves)
  return holdsUntil(test, [...leaving, ...changes(rows, window)])
}

/** A count that asks for one thing: at least n, or not at least n. */
function atLeast(comparison: NumberComparison): { n: number; negated: boolean } | undefined {
  const [[operator, limit], more] = Object.entries(comparison) as [[string, number], unknown]
  if (more || !Number.isInteger(limit)) return undefined
  const n = { gte: limit, lt: limit, gt: limit + 1, lte: limit + 1 }[operator]
  return n !== undefined && n >= 1 && n < MOST_NTH ? { n, negated: operator.startsWith('l') } : undefined
}

/** Beyond this an n-th is not looked for: no window holds so many. */
const MOST_NTH = 1e9

/** SQL of whether a row counts: in the window, not in the future, and satisfying its conditions. */
export function meant(rows: Rows, window: TimeWindow): string {
  // The cheap and selective first: Postgres asks in this order.
  const conditions = [rows.named, inside(rows, window), toTest(rows.where)]
  return conditions.filter((condition) => condition !== 'true').join(' AND ') || 'true'
}

/** The same as the filter of an aggregate. */
export function onlyMeant(rows: Rows, window: TimeWindow): string {
  const test = meant(rows, window)
  return test === 'true' ? '' : `FILTER (WHERE ${test})`
}

function inside({ time, timed, shared }: Rows, window: TimeWindow): string {
  if (window !== EVER) return shared(`${time} <= ${AT} AND ${window.contains(time)}`)
  return timed ? shared(`${time} <= ${AT}`) : 'true'
}

/** What may change the answer besides rows leaving a rolling window, in seconds. */
export function changes(rows: Rows, window: TimeWindow): string[] {
  const { facts, named, where, time } = rows
  const times: string[] = []
  if (rows.timed || window !== EVER) times.push(rows.future())
  if (window.boundary) {
    // Where nothing happened since the window's start, nothing changes when it moves on.
    const some = facts.add(
      `bool_or(true) FILTER (WHERE ${time} >= ${rows.parameters.once(window.start!)} AND ${named})`,
    )
    times.push(`CASE WHEN ${some} THEN ${window.boundary} END`)
  }
  if (where.until !== undefined) {
    const first = facts.add(`min(abs(${where.until})) FILTER (WHERE ${inside(rows, window)} AND ${named})`)
    times.push(first)
  }
  return times
}

/**
 * While rows only leave, a count of c passes c-1, c-2, ..., and the answer can change where that reaches a threshold n or
 * falls below it: when the (n+1)-th or the n-th latest leaves.
 */
function thresholds({ eq, ne, gt, gte, lt, lte, between }: NumberComparison, window: TimeWindow): number[] {
  if (!window.leaves) return []
  const at = [gte, lt, between?.[0]].filter((n) => n !== undefined).map((n) => Math.ceil(n))
  const past = [gt, lte, between?.[1]].filter((n) => n !== undefined).map((n) => Math.floor(n) + 1)
  const both = [eq, ne].filter((n) => n !== undefined).flatMap((n) => [n, n + 1])
  return [...new Set([...at, ...past, ...both])].filter((n) => n >= 1 && Number.isInteger(n) && n < MOST_NTH)
}

/** SQL of when the n-th latest of the filter's rows leaves a rolling window, in seconds; null when there are fewer. */
function whenLeft(n: number, { leaves, uneven }: TimeWindow, time: string, filter = ''): string {
  // Months keep no order where a clock is set back, so there the rows are ordered by when they leave.
  const key = uneven ? leaves!(time) : time
  const nth = n === 1 ? `max(${key}) ${filter}` : `(array_agg(${key} ORDER BY ${key} DESC) ${filter})[${n}]`
  return seconds(uneven ? nth : leaves!(nth))
}

/** True when some value at the path has as many rows as asked for. */
function compileGroups(by: Path, comparison: NumberComparison, window: TimeWindow, rows: Rows): Truth {
  const value = canonical(rows.resolve(by))
  const test = toTest(compileNumber('count(*)', comparison, rows.parameters))
  const leaving = thresholds(comparison, window).map((n) => whenLeft(n, window, rows.time))
  const group = `SELECT owner_id, ${toUntil(holdsUntil(test, leaving))} AS u
FROM ${rows.source}
WHERE ${meant(rows, window)} AND ${value} IS NOT NULL
GROUP BY owner_id, ${value}`
  const until = `coalesce(${rows.parts.add(group)}, ${toUntil(FALSE)})`
  return cap({ until }, changes(rows, window))
}

function compileAggregate(aggregate: Aggregate, window: TimeWindow, rows: Rows): Truth {
  const [name, path] = Object.entries(aggregate).find(([name]) => name in AGGREGATES) as [AggregateFunction, Path]
  const sql = aggregateFact(name, path, window, rows)
  const test = toTest(compileNumber(sql, aggregate, rows.parameters))
  return holdsUntil(test, [...firstToLeave(window, rows), ...changes(rows, window)])
}

/** When the first of the rows in the window leaves it, in seconds: no aggregate changes before. */
export function firstToLeave(window: TimeWindow, rows: Rows): string[] {
  const { leaves } = window
  if (!leaves) return []
  const filter = onlyMeant(rows, window)
  const first = window.uneven ? `min(${leaves(rows.time)}) ${filter}` : leaves(`min(${rows.time}) ${filter}`)
  return [rows.facts.add(seconds(first))]
}

const AGGREGATES: Record<AggregateFunction, (value: Operand, filter: string) => string> = {
  sum: (value, filter) => `sum(${numberOf(value)}) ${filter}`,
  avg: (value, filter) => `avg(${numberOf(value)}) ${filter}`,
  min: (value, filter) => `min(${numberOf(value)}) ${filter}`,
  max: (value, filter) => `max(${numberOf(value)}) ${filter}`,
  distinct: (value, filter) => `count(DISTINCT ${canonical(value)}) ${filter}`,
}

/** The column of an aggregate; of no rows at all, `sum` and `distinct` are 0 and the others null. */
export function aggregateFact(name: AggregateFunction, path: Path, window: TimeWindow, rows: Rows): string {
  const fact = rows.facts.add(AGGREGATES[name](rows.resolve(path), onlyMeant(rows, window)))
  return name === 'sum' || name === 'distinct' ? `coalesce(${fact}, 0)` : fact
}

/** ORDER BY from the earliest on, or from the latest back. */
export function inOrder({ order }: Rows, edge: 'first' | 'last'): string {
  return order.map((column) => (edge === 'first' ? column : `${column} DESC NULLS LAST`)).join(', ')
}

/** A value as what it is grouped and compared by: null when missing, text in normal form C. */
export function canonical({ json }: Operand): string {
  return `CASE jsonb_typeof(${json}) WHEN 'null' THEN NULL WHEN 'string' THEN to_jsonb(normalize(${json} #>> '{}')) ELSE ${json} END`
}
