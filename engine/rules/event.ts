/** Events: which are meant, and the nodes about the earliest or latest of them. */
import { compileWhere, type Resolve } from './condition.ts'
import { changes, compileCounted, inOrder, meant, type Rows } from './counted.ts'
import { AT, type Parameters } from './parameters.ts'
import { type EventScan, FUTURE, type Facts, type Parts } from './scan.ts'
import { EVER, plus, timeWindow } from './time.ts'
import { and, cap, FALSE, holdsUntil, not, seconds, toUntil, type Truth } from './truth.ts'
import type { EdgeEventNode, EventMatcher, EventNode, Window } from './types.ts'

export type EventContext = {
  parameters: Parameters
  events: EventScan
  /** The CTE of the events by owner, and what is folded from it. */
  table: string
  facts: Facts
  parts: Parts
  /** Told that there is somebody who reads. */
  read?: () => void
}

/** Makes the scan read the events of a matcher, and says how SQL knows them. */
export function eventRows(matcher: EventMatcher & Window, context: EventContext): Rows {
  const { parameters, events, table, facts, parts } = context
  events.read(matcher, timeWindow(matcher, parameters).start)
  context.read?.()
  const names = [matcher.name].flat().map((name) => `e.name = ${parameters.add(name, 'text')}`)
  const shared = (sql: string) => events.shared(sql)
  const resolve: Resolve = (path) => ({ json: events.property(parameters.path(path)), shared })
  return {
    source: `${table} e CROSS JOIN once`,
    facts,
    parts,
    parameters,
    time: 'e.occurred_at',
    order: ['e.occurred_at', 'e.received_at', 'e.id'],
    named: shared(names.length === 1 ? names[0]! : `(${names.join(' OR ')})`),
    where: compileWhere(matcher.where, resolve, parameters),
    resolve,
    shared,
    timed: true,
    future: () => facts.add(seconds(FUTURE)),
  }
}

export function compileEvent(node: EventNode, context: EventContext): Truth {
  return compileCounted(node, eventRows(node, context))
}

/** The earliest or latest event of a matcher: what it says, and how old it is. */
export function compileEdgeEvent(node: EdgeEventNode, edge: 'first' | 'last', context: EventContext): Truth {
  const rows = eventRows(node, context)
  const { is, age = {} } = node
  const truths = [compileWhere(is, rows.resolve, rows.parameters)]
  // An age is at least d from `reached` on, and more than d a microsecond later.
  const reached = (duration: string) => plus(rows.time, duration, rows.parameters)
  const atLeast = (duration: string) => since(reached(duration))
  const moreThan = (duration: string) => since(`(${reached(duration)} + interval '1 microsecond')`)
  if (age.gte) truths.push(atLeast(age.gte))
  if (age.gt) truths.push(moreThan(age.gt))
  if (age.lt) truths.push(not(atLeast(age.lt)))
  if (age.lte) truths.push(not(moreThan(age.lte)))
  const answer = rows.parts.add(`SELECT DISTINCT ON (owner_id) owner_id, ${toUntil(and(truths))} AS u
FROM ${rows.source}
WHERE ${meant(rows, EVER)}
ORDER BY owner_id, ${inOrder(rows, edge)}`)
  return cap({ until: `coalesce(${answer}, ${toUntil(FALSE)})` }, changes(rows, EVER))
}

/** True from that time on. */
function since(time: string): Truth {
  return holdsUntil(`${time} <= ${AT}`, [`CASE WHEN ${time} > ${AT} THEN ${seconds(time)} END`])
}
