/** Events in order: sequences, and "this, and not that within so long". */
import { canonical, changes, type Rows } from './counted.ts'
import { type EventContext, eventRows } from './event.ts'
import { AT } from './parameters.ts'
import { EVER, plus } from './time.ts'
import { cap, FALSE, seconds, toTest, toUntil, type Truth } from './truth.ts'
import type { FollowedByNode, SequenceNode } from './types.ts'

/**
 * For each step, a window function carries the latest start of a chain that has come so far: the chain that ends at an
 * event can only be shorter for a later start. Each step must be strictly later in (occurred_at, received_at, id).
 */
export function compileSequence({ steps, within, strict, by }: SequenceNode, context: EventContext): Truth {
  const rows = steps.map((step) => eventRows(step, context))
  const [first] = rows as [Rows]
  if (strict) context.events.readEverything()
  const key = by === undefined ? undefined : canonical(first.resolve(by))
  // With `strict`, the step before is the very event before; with `by` it must also carry the same value.
  const partition = key === undefined || strict ? 'owner_id' : 'owner_id, key'
  const chosen = strict
    ? []
    : [`(${rows.map(isMeant).join(' OR ')})`, ...(key === undefined ? [] : [`${key} IS NOT NULL`])]
  const matches = rows.map((row, n) => `${isMeant(row)} AS m${n}`)
  let query = `SELECT owner_id, ${key ?? 'NULL::jsonb'} AS key, e.occurred_at, e.received_at, e.id, ${matches.join(', ')}
  FROM ${context.table} e
  WHERE ${[`e.occurred_at <= ${AT}`, ...chosen].join(' AND ')}`
  query = `SELECT *, CASE WHEN m0 THEN occurred_at END AS s0 FROM (\n  ${query}\n) e0`
  for (let n = 1; n < steps.length; n++) {
    const before = strict
      ? `CASE WHEN ${key === undefined ? 'true' : 'lag(key) OVER w = key'} THEN lag(s${n - 1}) OVER w END`
      : `max(s${n - 1}) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`
    query = `SELECT *, CASE WHEN m${n} THEN ${before} END AS s${n}
FROM (\n${query}\n) e${n}
WINDOW w AS (PARTITION BY ${partition} ORDER BY occurred_at, received_at, id)`
  }
  const last = `s${steps.length - 1}`
  const inTime = within === undefined ? '' : ` AND occurred_at <= ${plus(last, within, context.parameters)}`
  const answer = context.parts.add(`SELECT owner_id, 'infinity'::float8 AS u
FROM (\n${query}\n) e
WHERE ${last} IS NOT NULL${inTime}
GROUP BY owner_id`)
  return whileNothingComes(answer, rows)
}

/**
 * Per `first`, the next `then` after it. Of an absence the answer is known to be false until it is due; of several firsts
 * the latest decides, unless `any`; and several values at `by` are each a matter of their own.
 */
export function compileFollowedBy(node: FollowedByNode, context: EventContext): Truth {
  const { within, absent, any, sticky, by } = node
  const first = eventRows(node.first, context)
  const then = eventRows(node.then, context)
  const key = by === undefined ? undefined : canonical(first.resolve(by))
  const partition = key === undefined ? 'owner_id' : 'owner_id, key'
  const wanted = [`e.occurred_at <= ${AT}`, `(${isMeant(first)} OR ${isMeant(then)})`]
  if (key !== undefined) wanted.push(`${key} IS NOT NULL`)
  const events = `SELECT owner_id, ${key ?? 'NULL::jsonb'} AS key, e.occurred_at, ${isMeant(first)} AS is_first, ${isMeant(then)} AS is_then
  FROM ${context.table} e
  WHERE ${wanted.join(' AND ')}`
  const firsts = `SELECT owner_id, key, occurred_at, is_first,
    ${plus('occurred_at', within, context.parameters)} AS due,
    min(occurred_at) FILTER (WHERE is_then) OVER (
      PARTITION BY ${partition} ORDER BY occurred_at DESC GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS next
  FROM (\n  ${events}\n  ) e`
  const came = absent && !sticky ? 'next IS NOT NULL' : 'coalesce(next <= due, false)'
  const u = absent
    ? `CASE WHEN ${came} THEN '-infinity' WHEN due <= ${AT} THEN 'infinity' ELSE - ${seconds('due')} END`
    : `CASE WHEN ${came} THEN 'infinity' ELSE '-infinity' END`
  const latest = absent && !any
  const answer = context.parts.add(`SELECT ${latest ? `DISTINCT ON (${partition}) ` : ''}owner_id, (${u})::float8 AS u
FROM (\n  ${firsts}\n) f
WHERE is_first${latest ? `\nORDER BY ${partition}, occurred_at DESC` : ''}`)
  return whileNothingComes(answer, [first, then])
}

function isMeant({ named, where }: Rows): string {
  const test = toTest(where)
  return test === 'true' ? named : `(${named} AND ${test})`
}

function whileNothingComes(answer: string, rows: Rows[]): Truth {
  const times = [...new Set(rows.flatMap((row) => changes(row, EVER)))]
  return cap({ until: `coalesce(${answer}, ${toUntil(FALSE)})` }, times)
}
