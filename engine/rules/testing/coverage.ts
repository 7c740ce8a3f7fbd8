/**
 * What of the language the random rules have asked, and whether it was answered both ways. What there is to be asked is taken
 * from the parser's own lists as far as it has them, so that a new node or operator that nobody generates is missed.
 */
import { kindOf } from '../kinds.ts'
import { ACCOUNT_NODE_NAMES, COMPUTATIONS, NODE_NAMES, OPERATORS, WEEKDAYS } from '../parse.ts'
import {
  type AccountRule,
  type Definition,
  type NumberComparison,
  RECORD_KINDS,
  type Rule,
  type Subject,
  type Window,
} from '../types.ts'
import type { Value, Watch } from './oracle.ts'

type Counts = { yes: number; no: number }

/** What was asked too seldom, or answered too seldom in this way. */
export type Lacking = { aspect: string; answer: keyof Counts }

export class Coverage {
  private readonly counts = new Map<string, Counts>()

  /** For the oracle to tell. */
  readonly watch: Watch = (asked, answer, subject) => {
    for (const aspect of 'operator' in asked ? [`operator ${asked.operator}`] : aspectsOfNode(asked, subject)) {
      this.count(aspect, answer)
    }
  }

  /** Of a label: yes for a value, no where there is none. */
  label(definition: Label, value: Value): void {
    for (const aspect of aspectsOfLabel(definition)) this.count(aspect, value !== null && value !== 0)
  }

  private count(aspect: string, answer: boolean): void {
    const counts = this.of(aspect)
    counts[answer ? 'yes' : 'no']++
    this.counts.set(aspect, counts)
  }

  of(aspect: string): Counts {
    return this.counts.get(aspect) ?? { yes: 0, no: 0 }
  }

  /** What was answered fewer than `least` times, the rarest first. */
  lacking(least: number): (Lacking & { times: number })[] {
    const found = ASPECTS.flatMap((aspect) => {
      const { yes, no } = this.of(aspect)
      const answers = [{ aspect, answer: 'yes', times: yes } as const, { aspect, answer: 'no', times: no } as const]
      return ONE_WAY.has(aspect) ? answers.slice(0, 1) : answers
    })
    return found.filter(({ times }) => times < least).sort((a, b) => a.times - b.times)
  }
}

type Label = Extract<Definition, { kind: 'label' }>

/** Whether a definition asks for it; of a segment what its outermost node is, or any comparison. */
export function asks(definition: Definition, aspect: string): boolean {
  const [, operator] = /^operator (\w+)$/.exec(aspect) ?? []
  if (operator) return JSON.stringify(definition.rule).includes(`"${operator}":`)
  const { kind, rule, subject = 'person' } = definition
  return (kind === 'label' ? aspectsOfLabel(definition) : aspectsOfNode(rule, subject)).includes(aspect)
}

/** What kind of definition can. */
export function asker(aspect: string): { kind: Definition['kind']; subject: Subject } {
  const isLabel = /^compute|: (cases|compute|score)$/.test(aspect)
  return { kind: isLabel ? 'label' : 'segment', subject: aspect.startsWith('account') ? 'account' : 'person' }
}

function aspectsOfLabel({ rule, subject = 'person' }: Label): string[] {
  const [name] = Object.keys(rule) as [string]
  if (!('compute' in rule)) return [`${subject}: ${name}`]
  const { of, event, record, within: rolling, between } = rule.compute
  return [
    `${subject}: ${name}`,
    ...within('compute', [of, event ? 'of event' : `of record ${kindName(record!.kind)}`]),
    `compute window ${kindOfWindow({ within: rolling, between })}`,
    ...within('window', detailsOfWindow({ within: rolling, between })),
  ]
}

const COUNTS: readonly (keyof NumberComparison)[] = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'between']
const AGGREGATES = ['sum', 'avg', 'min', 'max', 'distinct']
const UNITS = ['hour', 'day', 'week', 'month', 'quarter', 'year']
const KINDS = [...RECORD_KINDS, 'own']
const OF_ACCOUNTS = KINDS.filter((kind) => kindOf(kind).ofAccounts)

const within = (name: string, parts: readonly string[]) => parts.map((part) => `${name} ${part}`)

const WINDOWS = within('window', ['none', 'days', 'months', 'between', 'calendar'])
const COUNTED = [...WINDOWS, 'count', ...within('aggregate', AGGREGATES), 'where', 'by']

/** What a rule about either subject may ask. */
const COMMON = [
  ...within('event', [...COUNTED, 'of several names']),
  ...within('sequence', ['within', 'strict', 'by', 'strict by']),
  ...within('followedBy', [
    'came',
    'absent',
    'absent any',
    'absent sticky',
    'absent any sticky',
    'came by',
    'absent by',
  ]),
  ...['firstEvent', 'lastEvent'].flatMap((edge) => within(edge, ['is', 'where', 'age'])),
  ...within('record', [...COUNTED, 'on']),
  ...within('held', ['segment', 'label', 'gte', 'lt']),
  'random from',
]

const ASPECTS = [
  ...within('operator', OPERATORS),
  ...within('count', COUNTS),
  ...within('aggregate', COUNTS),
  ...within('age', ['gt', 'gte', 'lt', 'lte']),
  ...within('window', ['from', 'to', 'from to', ...UNITS, 'ago', 'timezone', ...within('week of', WEEKDAYS)]),
  ...within('person:', [...NODE_NAMES, ...COMMON, ...within('record', KINDS), 'held field']),
  ...within('person:', [...within('consent', ['granted', 'denied', 'unknown']), 'cases', 'compute', 'score']),
  ...within('account:', [
    ...ACCOUNT_NODE_NAMES,
    ...COMMON,
    ...within('record', OF_ACCOUNTS),
    'cases',
    'compute',
    'score',
  ]),
  ...within('account:', [...within('people', ['count', 'share']), 'children count']),
  ...within('compute', [...COMPUTATIONS, 'of event', ...within('of record', KINDS), ...WINDOWS]),
]

/** What has one answer only: a score is always a number. */
const ONE_WAY = new Set(['person: score', 'account: score'])

function aspectsOfNode(rule: Rule | AccountRule, subject: Subject): string[] {
  const [name, body] = Object.entries(rule)[0] as [string, any]
  const details = [name, ...detailsOf(rule).map((detail) => `${name} ${detail}`)]
  const { within: rolling, between, count, share, aggregate, age } = name in PLAIN ? ({} as any) : body
  return [
    ...within(`${subject}:`, details),
    ...within('window', detailsOfWindow({ within: rolling, between })),
    ...within('count', Object.keys({ ...count, ...share })),
    ...within('aggregate', aggregate ? Object.keys(aggregate) : []),
    ...within('age', age ? Object.keys(age) : []),
  ]
}

/** Nodes whose members are rules, or the operators of a comparison. */
const PLAIN = { all: 1, any: 1, not: 1, field: 1, identifier: 1, label: 1, account: 1, parent: 1 }

function detailsOf(rule: Rule | AccountRule): string[] {
  if ('event' in rule)
    return [...ofCounted(rule.event), ...(Array.isArray(rule.event.name) ? ['of several names'] : [])]
  if ('record' in rule) {
    const { kind, on } = rule.record
    return [...ofCounted(rule.record), kindName(kind), ...(on ? ['on'] : [])]
  }
  if ('sequence' in rule) {
    const { within, strict, by } = rule.sequence
    return named({ within, strict, by, 'strict by': strict && by })
  }
  if ('followedBy' in rule) {
    const { absent, any, sticky, by } = rule.followedBy
    const what = named({ absent, came: !absent, any, sticky }).join(' ')
    return [what, ...named({ 'absent by': absent && by, 'came by': !absent && by })]
  }
  if ('firstEvent' in rule || 'lastEvent' in rule) {
    const { is, where, age } = 'firstEvent' in rule ? rule.firstEvent : rule.lastEvent
    return named({ is, where, age })
  }
  if ('held' in rule) return [Object.keys(rule.held.rule)[0]!, rule.held.op ?? 'gte']
  if ('random' in rule) return named({ from: rule.random.from })
  if ('consent' in rule) return [rule.consent.is ?? 'granted']
  if ('people' in rule) return named({ count: rule.people.count, share: rule.people.share })
  return 'children' in rule ? named({ count: rule.children.count }) : []
}

/** The names of what is there. */
function named(parts: { [name: string]: unknown }): string[] {
  return Object.keys(parts).filter((name) => parts[name])
}

const kindName = (kind: string) => (KINDS.includes(kind) ? kind : 'own')

type Counted = Extract<Rule, { event: unknown }>['event'] | Extract<Rule, { record: unknown }>['record']

function ofCounted(node: Counted): string[] {
  const { where, by, count, aggregate } = node
  return [
    ...within('window', [kindOfWindow(node)]),
    ...(aggregate ? within('aggregate', Object.keys(aggregate)) : []),
    ...named({ where, by, count }),
  ]
}

function kindOfWindow({ within, between }: Window): string {
  if (between) return 'between'
  if (within === undefined) return 'none'
  if (typeof within === 'object') return 'calendar'
  return /^P[^T]*[MY]/.test(within) ? 'months' : 'days'
}

function detailsOfWindow({ within, between }: Window): string[] {
  if (between) return [named(between).join(' ')]
  if (typeof within !== 'object') return []
  const { calendar, ago, timezone, weekStart = 'monday' } = within
  return [calendar, ...named({ ago, timezone, [`week of ${weekStart}`]: calendar === 'week' })]
}
