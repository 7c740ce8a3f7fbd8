/**
 * The rule language as data. A rule is a tree of nodes, each an object with one key that names it; the same names serve
 * JSON, YAML and the GraphQL inputs. docs/rules.md explains every node with an example.
 *
 * Glossary: a *rule* is true or false of a *subject*, a person (profile) or an account, at an instant. A *condition* compares one value, found at a *path*. A
 * *where* is a tree of conditions on the properties of one event or the fields of one record. A *duration* is ISO 8601
 * ("P7D", "PT10M", "P1M"): days are 24 hours, months and years follow the tenant's calendar.
 */

/** What a condition compares with. Never null: a missing value is asked for by `exists`, `missing` or `empty`. */
export type Scalar = string | number | boolean

/** Dotted, such as `plan`, `address.city` or `products.0.sku`. */
export type Path = string

/** ISO 8601, such as "P7D". */
export type Duration = string

/** ISO 8601, or "now". Without an offset it is read in the tenant's timezone. */
export type Instant = string

/** All of the operators that are given must hold. */
export type Comparison = {
  eq?: Scalar
  /** Exactly not `eq`: true when the value is missing. */
  ne?: Scalar
  gt?: number | string
  gte?: number | string
  lt?: number | string
  lte?: number | string
  in?: Scalar[]
  /** Exactly not `in`: true when the value is missing. */
  notIn?: Scalar[]
  /** Both ends included. */
  between?: [number, number] | [string, string]
  /** A part of a text, or an element of an array. */
  contains?: Scalar
  startsWith?: string
  endsWith?: string
  /** A regular expression of the part of RE2 that docs/rules.md lists. */
  matches?: string
  exists?: boolean
  missing?: boolean
  /** Missing, "", [] or {}. */
  empty?: boolean
  before?: Instant
  after?: Instant
  /** The date is at most so long ago, and not in the future. */
  withinLast?: Duration
  /** The date is still to come, in at most so long. */
  withinNext?: Duration
  /** The day and month of the date recur today, or, with a duration of whole days, by then. */
  anniversary?: true | Duration
  /** Some element of the array satisfies this. */
  any?: Element
  /** Every element of the array does; true of an empty array, false of what is no array. */
  all?: Element
  /** No element of the array does; exactly not `any`. */
  none?: Element
  /** Folds case in every comparison with text. */
  ignoreCase?: boolean
}

/** What an array's element must satisfy; `path` reads inside an element that is an object. */
export type Element = Comparison & { path?: Path }

export type Condition = Comparison & { path: Path }

export type Where = Condition | { all: Where[] } | { any: Where[] } | { not: Where }

/** A comparison with a number: a count, or the result of an aggregate. */
export type NumberComparison = {
  eq?: number
  ne?: number
  gt?: number
  gte?: number
  lt?: number
  lte?: number
  between?: [number, number]
}

export type CalendarUnit = 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year'
export type Weekday = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'

/** A whole hour, day, week, month, quarter or year: the current one, or that many `ago`. */
export type CalendarWindow = { calendar: CalendarUnit; ago?: number; timezone?: string; weekStart?: Weekday }

/** [from, to). */
export type AbsoluteWindow = { from?: Instant; to?: Instant }

export type Window = {
  /** Rolling, up to the instant of evaluation; or a calendar window. */
  within?: Duration | CalendarWindow
  between?: AbsoluteWindow
}

export type AggregateFunction = 'sum' | 'avg' | 'min' | 'max' | 'distinct'

/** One function over the values at a path, and what its result must be: {sum: "amount", gte: 100}. */
export type Aggregate = NumberComparison & { [F in AggregateFunction]?: Path }

/** Events by name (any of several), and by what their properties say. Conditions in a list must all hold. */
export type EventMatcher = { name: string | string[]; where?: Where | Where[] }

export type EventNode = EventMatcher &
  Window & {
    /** At least one, unless given. */
    count?: NumberComparison
    /** Counts those that share one value at this path. */
    by?: Path
    aggregate?: Aggregate
  }

export type SequenceNode = {
  steps: EventMatcher[]
  /** From the first step to the last. */
  within?: Duration
  /** No other event of the profile in between. */
  strict?: boolean
  /** All steps carry the same value there. */
  by?: Path
}

export type FollowedByNode = {
  first: EventMatcher
  then: EventMatcher
  within: Duration
  /** True when `then` did not come within the duration, from the moment it is over. */
  absent?: boolean
  /** Any `first` counts, not only the latest. */
  any?: boolean
  /** A `then` that comes late does not make it false again. */
  sticky?: boolean
  by?: Path
}

/** The earliest or latest matching event: its properties (`is`), and how long ago it was. */
export type EdgeEventNode = EventMatcher & {
  is?: Where | Where[]
  age?: { gt?: Duration; gte?: Duration; lt?: Duration; lte?: Duration }
}

export const RECORD_KINDS = [
  'contact',
  'lead',
  'opportunity',
  'order',
  'orderItem',
  'contract',
  'membership',
  'ticket',
  'activity',
] as const
/** A kind that every tenant has, or the key of one of the tenant's own objects. */
export type RecordKind = (typeof RECORD_KINDS)[number] | (string & {})

export const OBJECT_KEY = /^[a-z][A-Za-z0-9]{0,39}$/

export type RecordNode = Window & {
  kind: RecordKind
  where?: Where | Where[]
  /** The time that `within` and `between` look at; each kind has its own by default. */
  on?: Path
  count?: NumberComparison
  by?: Path
  aggregate?: Aggregate
}

export type HeldNode<R = Rule> = { rule: R; for: Duration; op?: 'gte' | 'lt' }

/** How many people of an account satisfy a rule, or which share of them, from 0 to 1; of no people at all there is none. */
export type PeopleNode = { rule: Rule; count?: NumberComparison; share?: NumberComparison }

/** How many of the accounts directly below an account satisfy a rule. */
export type ChildrenNode = { rule: AccountRule; count?: NumberComparison }

/** About events: a person's own, or those of an account's people. */
export type EventRule =
  | { event: EventNode }
  | { sequence: SequenceNode }
  | { followedBy: FollowedByNode }
  | { firstEvent: EdgeEventNode }
  | { lastEvent: EdgeEventNode }

export type RandomNode = { percent: number; from?: number; salt: string }

export type Rule =
  | { all: Rule[] }
  | { any: Rule[] }
  | { not: Rule }
  | { field: Condition }
  | { identifier: Comparison & { type: string } }
  | { label: Comparison & { key: string } }
  | { segment: { key: string } }
  | EventRule
  | { held: HeldNode }
  | { record: RecordNode }
  | { account: AccountRule }
  | { consent: { purpose: string; channel: string; is?: 'granted' | 'denied' | 'unknown' } }
  | { random: RandomNode }
  | { list: { key: string } }

/** A rule about an account: its own fields, records, labels and segments, its people and what they do, its relatives. */
export type AccountRule =
  | { all: AccountRule[] }
  | { any: AccountRule[] }
  | { not: AccountRule }
  | { field: Condition }
  | { label: Comparison & { key: string } }
  | { segment: { key: string } }
  | EventRule
  | { held: HeldNode<AccountRule> }
  | { record: RecordNode }
  | { people: PeopleNode }
  | { parent: AccountRule }
  | { children: ChildrenNode }
  | { random: RandomNode }

export type ComputeFunction = 'count' | AggregateFunction | 'first' | 'last' | 'mostFrequent'

/** A value computed from events or records in a window; `path` says of what, and count needs none. */
export type Computation = Window & {
  of: ComputeFunction
  path?: Path
  event?: EventMatcher
  record?: { kind: RecordKind; where?: Where | Where[]; on?: Path }
}

/** The first case whose rule holds gives the value; a value of null means that the label is absent. */
export type CaseLabel<R = Rule> = { cases: { when: R; value: Scalar }[]; otherwise?: Scalar | null }
/** A value computed over events or records. */
export type ComputedLabel = { compute: Computation }
/** The sum of the points whose rules hold, kept between min and max. */
export type ScoreLabel<R = Rule> = { score: { when: R; points: number }[]; base?: number; min?: number; max?: number }

export type LabelRule<R = Rule> = CaseLabel<R> | ComputedLabel | ScoreLabel<R>

/** Whom or what a definition is about. */
export const SUBJECTS = ['person', 'account'] as const
export type Subject = (typeof SUBJECTS)[number]

/** Of people, unless it says otherwise. */
export type Definition =
  | { id: string; kind: 'segment'; key: string; subject?: 'person'; rule: Rule }
  | { id: string; kind: 'label'; key: string; subject?: 'person'; rule: LabelRule }
  | AccountDefinition

export type AccountDefinition =
  | { id: string; kind: 'segment'; key: string; subject: 'account'; rule: AccountRule }
  | { id: string; kind: 'label'; key: string; subject: 'account'; rule: LabelRule<AccountRule> }

/**
 * Not of the language: stands for the rule of a definition that is paused, whose answer is the one that is stored. What
 * refers to it sees that.
 */
export type Kept = { kept: true }
