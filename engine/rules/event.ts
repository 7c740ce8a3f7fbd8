/** Event nodes: counts and aggregates over the events of a window. */
import { compileNumber, compileWhere, type Resolve } from './condition.ts'
import { AT, type Parameters } from './parameters.ts'
import type { EventScan } from './scan.ts'
import { EVER, timeWindow } from './time.ts'
import { holdsUntil, TRUE, toTest, type Truth } from './truth.ts'
import type { EventMatcher, EventNode, NumberComparison } from './types.ts'

export type EventContext = { parameters: Parameters; events: EventScan }

/** SQL about the event `e`: whether it has the name, whether it is meant, and when that changes, if its conditions know time. */
type Matcher = { named: string; test: string; flip?: string }

export function compileMatcher(matcher: EventMatcher, { parameters }: EventContext): Matcher {
  const names = [matcher.name].flat().map((name) => `e.name = ${parameters.add(name, 'text')}`)
  const named = names.length === 1 ? names[0]! : `(${names.join(' OR ')})`
  const resolve: Resolve = (path) => ({ json: `(e.properties #> ${parameters.path(path)})` })
  const where = compileWhere(matcher.where, resolve, parameters)
  if (where === TRUE) return { named, test: named }
  return { named, test: `${named} AND ${toTest(where)}`, flip: where.until && `abs(${where.until})` }
}

export function compileEvent(node: EventNode, context: EventContext): Truth {
  const { parameters, events } = context
  const { named, test, flip } = compileMatcher(node, context)
  const window = timeWindow(node, parameters)
  events.read(node, window.start)
  const inside = [`e.occurred_at <= ${AT}`, ...(window === EVER ? [] : [window.contains('e.occurred_at')])].join(
    ' AND ',
  )
  const filter = `FILTER (WHERE ${inside} AND ${test})`
  const flips = [events.future]
  if (window.boundary) {
    // Where nothing happened since the window's start, nothing changes when it moves on.
    const some = events.facts.add(`bool_or(true) FILTER (WHERE e.occurred_at >= (SELECT ${window.start}) AND ${named})`)
    flips.push(`CASE WHEN ${some} THEN ${window.boundary} END`)
  }
  if (flip) {
    const earliest = events.facts.add(`min(${flip}) FILTER (WHERE ${inside} AND ${named})`)
    flips.push(`to_timestamp(nullif(${earliest}, 'infinity'))`)
  }
  const comparison = node.count ?? { gte: 1 }
  const count = `coalesce(${events.facts.add(`count(*) ${filter}`)}, 0)`
  if (window.leaves) {
    for (const n of thresholds(comparison)) {
      const nth = events.facts.add(`(array_agg(e.occurred_at ORDER BY e.occurred_at DESC) ${filter})[${n}]`)
      flips.push(window.leaves(nth))
    }
  }
  const truth = compileNumber(count, comparison, parameters)
  return holdsUntil(toTest(truth), flips.length === 1 ? flips[0]! : `LEAST(${flips.join(', ')})`)
}

/**
 * While events only leave, a count of c passes c-1, c-2, ... and the answer can change when it comes to a threshold n or
 * falls below it: when the (n+1)-th or the n-th latest event leaves.
 */
function thresholds({ eq, ne, gt, gte, lt, lte, between }: NumberComparison): number[] {
  const below = [gte, lt, between?.[0]].filter((n) => n !== undefined).map((n) => Math.ceil(n))
  const above = [gt, lte, between?.[1]].filter((n) => n !== undefined).map((n) => Math.floor(n) + 1)
  const around = [eq, ne].filter((n) => n !== undefined).flatMap((n) => [n, n + 1])
  return [...new Set([...below, ...above, ...around])].filter((n) => n >= 1 && Number.isInteger(n))
}
