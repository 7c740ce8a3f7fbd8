/** Label rules -> a value and until when it holds. */
import { aggregateFact, canonical, changes, firstToLeave, inOrder, meant, onlyMeant, type Rows } from './counted.ts'
import type { Parameters } from './parameters.ts'
import { timeWindow } from './time.ts'
import { firstOf, toUntil, type Truth } from './truth.ts'
import { type EventContext, eventRows } from './event.ts'
import type { RecordMatcher } from './records.ts'
import type { CaseLabel, ComputedLabel, LabelRule, ScoreLabel } from './types.ts'

/** `columns` are computed once for both of the others, which name them with the label's prefix. */
export type Answer = { columns: [name: string, sql: string][]; value: string; until: string }

type Compile<R> = (rule: R) => Truth

/** The value of a label; `of` says how the rules of its subject and the rows of its records are compiled. */
export function compileLabel<R>(
  label: LabelRule<R>,
  prefix: string,
  context: EventContext,
  of: { rule: Compile<R>; records: (node: RecordMatcher) => Rows },
): Answer {
  if ('cases' in label) return compileCases(label, prefix, of.rule, context.parameters)
  if ('score' in label) return compileScore(label, prefix, of.rule, context.parameters)
  const { event, record, within, between } = label.compute
  const window = { within, between }
  const rows = event ? eventRows({ ...event, ...window }, context) : of.records({ ...record!, ...window })
  return compileComputation(label, prefix, rows)
}

/** The first case that holds; its value holds as long as that, and as the cases before it do not. */
function compileCases<R>(label: CaseLabel<R>, prefix: string, compile: Compile<R>, parameters: Parameters): Answer {
  const columns = label.cases.map(({ when }, n): [string, string] => [`${prefix}_${n}`, toUntil(compile(when))])
  const whens = label.cases.map(({ value }, n) => `WHEN ${prefix}_${n} > 0 THEN ${parameters.json(value)}`)
  const { otherwise = null } = label
  const last = otherwise === null ? 'NULL::jsonb' : parameters.json(otherwise)
  const until = columns.reduceRight(
    (rest, [name]) => `CASE WHEN ${name} > 0 THEN ${name} ELSE LEAST(- ${name}, ${rest}) END`,
    "'infinity'::float8",
  )
  return { columns, value: whens.length === 0 ? last : `CASE ${whens.join(' ')} ELSE ${last} END`, until }
}

/** The sum of the points of what holds. */
function compileScore<R>(label: ScoreLabel<R>, prefix: string, compile: Compile<R>, parameters: Parameters): Answer {
  const columns = label.score.map(({ when }, n): [string, string] => [`${prefix}_${n}`, toUntil(compile(when))])
  const points = label.score.map(
    ({ points }, n) => `CASE WHEN ${prefix}_${n} > 0 THEN ${parameters.number(points)} ELSE 0 END`,
  )
  let sum = [parameters.number(label.base ?? 0), ...points].join(' + ')
  if (label.min !== undefined) sum = `GREATEST(${sum}, ${parameters.number(label.min)})`
  if (label.max !== undefined) sum = `LEAST(${sum}, ${parameters.number(label.max)})`
  return {
    columns,
    value: `to_jsonb(trim_scale(${sum}))`,
    until: `LEAST(${columns.map(([name]) => `abs(${name})`).join(', ')})`,
  }
}

/** A value of the events or records in a window. */
function compileComputation({ compute }: ComputedLabel, prefix: string, rows: Rows): Answer {
  const window = timeWindow(compute, rows.parameters)
  const times = [...firstToLeave(window, rows), ...changes(rows, window)]
  const value = computed(compute, rows)
  return {
    columns: [
      [`${prefix}_v`, value],
      [`${prefix}_t`, firstOf(times)],
    ],
    value: `${prefix}_v`,
    until: `${prefix}_t`,
  }
}

function computed(compute: ComputedLabel['compute'], rows: Rows): string {
  const { of, path } = compute
  const window = timeWindow(compute, rows.parameters)
  const counted = meant(rows, window)
  if (of === 'count') return `to_jsonb(coalesce(${rows.facts.add(`count(*) ${onlyMeant(rows, window)}`)}, 0))`
  const operand = rows.resolve(path!)
  const filter = `FILTER (WHERE ${counted} AND ${canonical(operand)} IS NOT NULL)`
  if (of === 'mostFrequent') return rows.facts.add(`mode() WITHIN GROUP (ORDER BY ${canonical(operand)}) ${filter}`)
  if (of === 'first' || of === 'last') {
    return `(${rows.facts.add(`array_agg(${canonical(operand)} ORDER BY ${inOrder(rows, of)}) ${filter}`)})[1]`
  }
  const number = aggregateFact(of, path!, window, rows)
  return of === 'avg' ? `to_jsonb(trim_scale(round(${number}, 6)))` : `to_jsonb(trim_scale((${number})::numeric))`
}
