/**
 * The rule language as typed inputs, with the names of the JSON of docs/rules.md. Two things are told apart by type that
 * JSON tells apart by shape: a calendar window is `calendar` (in JSON an object at `within`), and a condition inside a
 * tree is `{condition: {...}}`.
 */
import {
  parseAccountLabelRule,
  parseAccountRule,
  parseLabelRule,
  parseRule,
  RECORD_KINDS,
  type Subject,
} from '../../engine/rules/index.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'

type Input = Record<string, unknown>
type Fields = (t: any) => Record<string, any>

const ref = (name: string) => builder.inputRef<Input>(name)

export const RuleInput = ref('RuleInput')
export const LabelRuleInput = ref('LabelRuleInput')
export const AccountRuleInput = ref('AccountRuleInput')
const AccountLabelRuleInput = ref('AccountLabelRuleInput')
const WhereInput = ref('WhereInput')
const ElementInput = ref('ElementInput')

const object = (name: string, description: string, fields: Fields) => builder.inputType(name, { description, fields })

const DURATION = 'An ISO 8601 duration, such as "P7D" (seven times 24 hours), "PT10M" or "P1M" (a calendar month).'
const PATH = 'Dotted: "plan", "address.city", "products.0.sku".'
const VALUE = 'A text, a number, true or false. "5" is not 5.'
const INSTANT = 'ISO 8601, or "now". Without an offset it is read in the time zone of the tenant.'

const comparison = (t: any) => ({
  eq: t.field({ type: 'JSON', description: VALUE }),
  ne: t.field({ type: 'JSON', description: 'Exactly not `eq`: true when the value is missing.' }),
  gt: t.field({ type: 'JSON', description: 'A number or a text; texts compare by code point.' }),
  gte: t.field({ type: 'JSON', description: 'As `gt`.' }),
  lt: t.field({ type: 'JSON', description: 'As `gt`.' }),
  lte: t.field({ type: 'JSON', description: 'As `gt`.' }),
  in: t.field({ type: ['JSON'], description: 'One of these; at most 1,000.' }),
  notIn: t.field({ type: ['JSON'], description: 'Exactly not `in`: true when the value is missing.' }),
  between: t.field({ type: ['JSON'], description: 'Two numbers or two texts, both included.' }),
  contains: t.field({ type: 'JSON', description: 'A part of a text, or an element of an array.' }),
  startsWith: t.string({ description: 'How the text begins.' }),
  endsWith: t.string({ description: 'How the text ends.' }),
  matches: t.string({ description: 'A regular expression that some part of the text matches; see docs/rules.md.' }),
  exists: t.boolean({ description: 'Whether there is a value; null is none.' }),
  missing: t.boolean({ description: 'The opposite of `exists`.' }),
  empty: t.boolean({ description: 'Missing, "", [] or {}.' }),
  before: t.string({ description: INSTANT }),
  after: t.string({ description: INSTANT }),
  withinLast: t.string({ description: `The date is at most so long ago. ${DURATION}` }),
  withinNext: t.string({ description: `The date is still to come, in at most so long. ${DURATION}` }),
  anniversary: t.string({
    description:
      'The day and month recur within so many days: "P0D" is today, "P7D" today or in the seven days to come.',
  }),
  any: t.field({ type: ElementInput, description: 'Some element of the array satisfies this.' }),
  all: t.field({ type: ElementInput, description: 'Every element of the array does; true of an empty one.' }),
  none: t.field({ type: ElementInput, description: 'No element of the array does.' }),
  ignoreCase: t.boolean({ description: 'Folds case wherever texts are compared.' }),
})

ElementInput.implement({
  description: 'What an element of an array must satisfy.',
  fields: (t) => ({
    path: t.string({ description: `Inside an element that is an object. ${PATH}` }),
    ...comparison(t),
  }),
})

const ConditionInput = object(
  'ConditionInput',
  'One value, and what it must be. All operators that are given must hold.',
  (t) => ({
    path: t.string({ required: true, description: PATH }),
    ...comparison(t),
  }),
)

WhereInput.implement({
  description: 'A condition on the properties of an event or the fields of a record, or a tree of them.',
  isOneOf: true,
  fields: (t) => ({
    condition: t.field({ type: ConditionInput }),
    all: t.field({ type: [WhereInput], description: 'All of these; true of none.' }),
    any: t.field({ type: [WhereInput], description: 'At least one of these.' }),
    not: t.field({ type: WhereInput }),
  }),
})

const numbers = (t: any) => ({
  eq: t.float(),
  ne: t.float(),
  gt: t.float(),
  gte: t.float(),
  lt: t.float(),
  lte: t.float(),
  between: t.floatList({ description: 'Two numbers, both included.' }),
})

const CountInput = object('CountInput', 'What a number must be. At least 1 where a count is left out.', numbers)

const AggregateInput = object(
  'AggregateInput',
  'One function of the values at a path, and what its result must be.',
  (t) => ({
    sum: t.string({ description: 'Of nothing: 0.' }),
    avg: t.string({ description: 'Of nothing: no number, and every comparison false.' }),
    min: t.string({ description: 'As `avg`.' }),
    max: t.string({ description: 'As `avg`.' }),
    distinct: t.string({ description: 'How many different values there are.' }),
    ...numbers(t),
  }),
)

const values = <T extends string>(list: readonly T[]) =>
  Object.fromEntries(list.map((value) => [value.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(), { value }]))

const CalendarUnit = builder.enumType('CalendarUnit', {
  values: values(['hour', 'day', 'week', 'month', 'quarter', 'year'] as const),
})
const Weekday = builder.enumType('Weekday', {
  values: values(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const),
})
const RuleRecordKind = builder.enumType('RuleRecordKind', {
  description: 'What kind of record a rule is about.',
  values: values(RECORD_KINDS),
})
const HeldOperator = builder.enumType('HeldOperator', { values: values(['gte', 'lt'] as const) })
const RuleConsent = builder.enumType('RuleConsent', { values: values(['granted', 'denied', 'unknown'] as const) })

const CalendarWindowInput = object(
  'CalendarWindowInput',
  'A whole unit of the calendar, from its start to its end.',
  (t) => ({
    unit: t.field({ type: CalendarUnit, required: true }),
    ago: t.int({ description: 'The current one is 0, the one before it 1.' }),
    timezone: t.string({ description: 'IANA name; the one of the tenant when left out.' }),
    weekStart: t.field({ type: Weekday, description: 'Monday when left out.' }),
  }),
)

const PeriodInput = object('PeriodInput', 'From an instant on, to before another.', (t) => ({
  from: t.string({ description: INSTANT }),
  to: t.string({ description: INSTANT }),
}))

const window = (t: any) => ({
  within: t.string({ description: `So long up to now: an event leaves exactly that long after itself. ${DURATION}` }),
  calendar: t.field({ type: CalendarWindowInput }),
  between: t.field({ type: PeriodInput }),
})

const matcher = (t: any) => ({
  name: t.stringList({ required: true, description: 'Any of these names.' }),
  where: t.field({ type: [WhereInput], description: 'What its properties must be; all of these.' }),
})

const counted = (t: any) => ({
  ...window(t),
  count: t.field({ type: CountInput }),
  by: t.string({ description: `So many of them must share one value there. ${PATH}` }),
  aggregate: t.field({ type: AggregateInput, description: 'Instead of a count.' }),
})

const EventMatcherInput = object('EventMatcherInput', 'Which events are meant.', matcher)
const EventRuleInput = object('EventRuleInput', 'How often something happened, or what it came to.', (t) => ({
  ...matcher(t),
  ...counted(t),
}))

const record = (t: any) => ({
  kind: t.field({ type: RuleRecordKind, required: true }),
  where: t.field({
    type: [WhereInput],
    description: 'What its fields must be; all of these. Own fields lie below "custom".',
  }),
  on: t.string({ description: 'The time that the window looks at; each kind has its own when left out.' }),
})
const RecordMatcherInput = object('RecordMatcherInput', 'Which records are meant.', record)
const RecordRuleInput = object('RecordRuleInput', 'How many records there are, or what they come to.', (t) => ({
  ...record(t),
  ...counted(t),
}))

const SequenceInput = object(
  'SequenceInput',
  'Events in this order, each strictly later than the one before.',
  (t) => ({
    steps: t.field({ type: [EventMatcherInput], required: true, description: 'Two to ten.' }),
    within: t.string({ description: `From the first to the last. ${DURATION}` }),
    strict: t.boolean({ description: 'No other event of the person in between.' }),
    by: t.string({ description: 'All steps carry the same value there: the same cart, the same order.' }),
  }),
)

const FollowedByInput = object(
  'FollowedByInput',
  'One event, and then another within a time; or, with `absent`, not.',
  (t) => ({
    first: t.field({ type: EventMatcherInput, required: true }),
    then: t.field({ type: EventMatcherInput, required: true }),
    within: t.string({ required: true, description: DURATION }),
    absent: t.boolean({
      description: 'True when the time is over and `then` did not come; false again when it comes later.',
    }),
    any: t.boolean({ description: 'With `absent`: any `first` counts, not only the latest.' }),
    sticky: t.boolean({ description: 'With `absent`: stays true when `then` comes late.' }),
    by: t.string({ description: 'Each value there is a matter of its own: cart 2 does not answer for cart 1.' }),
  }),
)

const AgeInput = object('AgeInput', `How long ago it was. ${DURATION}`, (t) => ({
  gt: t.string(),
  gte: t.string(),
  lt: t.string(),
  lte: t.string(),
}))
const EdgeEventInput = object(
  'EdgeEventInput',
  'The earliest or the latest of these events, and what is true of it.',
  (t) => ({
    ...matcher(t),
    is: t.field({ type: [WhereInput], description: 'What the properties of that one event must be.' }),
    age: t.field({ type: AgeInput }),
  }),
)

const IdentifierRuleInput = object('IdentifierRuleInput', 'Any of the identifiers of a type.', (t) => ({
  type: t.string({ required: true, description: 'Such as "email" or "user_id".' }),
  ...comparison(t),
}))
const LabelConditionInput = object('LabelConditionInput', 'The value of another label at the same instant.', (t) => ({
  key: t.string({ required: true }),
  ...comparison(t),
}))
const KeyInput = object('KeyInput', 'What is called by this key.', (t) => ({ key: t.string({ required: true }) }))
const HeldInput = object(
  'HeldInput',
  'For how long a field, label or segment has been as the rule says, without a break.',
  (t) => ({
    rule: t.field({ type: RuleInput, required: true, description: 'A field, label or segment node.' }),
    for: t.string({ required: true, description: DURATION }),
    op: t.field({ type: HeldOperator, description: 'GTE, at least so long, when left out.' }),
  }),
)
const ConsentRuleInput = object('ConsentRuleInput', 'What the person last said about a purpose and channel.', (t) => ({
  purpose: t.string({ required: true }),
  channel: t.string({ required: true }),
  is: t.field({ type: RuleConsent, description: 'GRANTED when left out.' }),
}))
const RandomInput = object('RandomInput', 'A part of all people, the same ones every time.', (t) => ({
  percent: t.float({ required: true }),
  from: t.float({
    description: 'Where the part begins, in per cent: parts that do not overlap have nobody in common.',
  }),
  salt: t.string({ required: true, description: 'Another salt draws other people.' }),
}))
const PeopleInput = object('PeopleInput', 'How many people of the account satisfy a rule.', (t) => ({
  rule: t.field({ type: RuleInput, required: true }),
  count: t.field({ type: CountInput }),
  share: t.field({
    type: CountInput,
    description: 'Instead of a count: which part of its people, from 0 to 1. An account without people has no share.',
  }),
}))
const ChildrenInput = object('ChildrenInput', 'How many of the accounts directly below satisfy a rule.', (t) => ({
  rule: t.field({ type: AccountRuleInput, required: true }),
  count: t.field({ type: CountInput }),
}))
const AccountHeldInput = object(
  'AccountHeldInput',
  'For how long a label or segment of the account has been as the rule says, without a break.',
  (t) => ({
    rule: t.field({ type: AccountRuleInput, required: true, description: 'A label or segment node.' }),
    for: t.string({ required: true, description: DURATION }),
    op: t.field({ type: HeldOperator, description: 'GTE, at least so long, when left out.' }),
  }),
)

AccountRuleInput.implement({
  description: 'A rule about an account.',
  isOneOf: true,
  fields: (t) => ({
    all: t.field({ type: [AccountRuleInput] }),
    any: t.field({ type: [AccountRuleInput] }),
    not: t.field({ type: AccountRuleInput }),
    field: t.field({
      type: ConditionInput,
      description: 'name, domain, industry, employees, owner, or an own field below "custom".',
    }),
    label: t.field({ type: LabelConditionInput, description: 'A label of accounts.' }),
    segment: t.field({ type: KeyInput, description: 'Membership of a segment of accounts at the same instant.' }),
    event: t.field({ type: EventRuleInput, description: 'What its people did, taken together.' }),
    sequence: t.field({ type: SequenceInput }),
    followedBy: t.field({ type: FollowedByInput }),
    firstEvent: t.field({ type: EdgeEventInput, description: 'The earliest of the events of its people.' }),
    lastEvent: t.field({ type: EdgeEventInput, description: 'The latest of the events of its people.' }),
    held: t.field({ type: AccountHeldInput }),
    record: t.field({ type: RecordRuleInput, description: 'The records of the account.' }),
    people: t.field({ type: PeopleInput }),
    parent: t.field({ type: AccountRuleInput, description: 'The account that it is part of satisfies this.' }),
    children: t.field({ type: ChildrenInput }),
    random: t.field({ type: RandomInput }),
  }),
})

RuleInput.implement({
  description: 'A rule about a person. Exactly one node; the trees are made of all, any and not. See docs/rules.md.',
  isOneOf: true,
  fields: (t) => ({
    all: t.field({ type: [RuleInput], description: 'All of these; true of none.' }),
    any: t.field({ type: [RuleInput], description: 'At least one of these; false of none.' }),
    not: t.field({ type: RuleInput }),
    field: t.field({ type: ConditionInput, description: 'A trait, or firstSeen, lastSeen, createdAt.' }),
    identifier: t.field({ type: IdentifierRuleInput }),
    label: t.field({ type: LabelConditionInput }),
    segment: t.field({ type: KeyInput, description: 'Membership of another segment at the same instant.' }),
    event: t.field({ type: EventRuleInput }),
    held: t.field({ type: HeldInput }),
    sequence: t.field({ type: SequenceInput }),
    followedBy: t.field({ type: FollowedByInput }),
    firstEvent: t.field({ type: EdgeEventInput, description: 'The earliest of the events.' }),
    lastEvent: t.field({ type: EdgeEventInput, description: 'The latest of the events.' }),
    record: t.field({ type: RecordRuleInput, description: 'The CRM records of the person.' }),
    account: t.field({ type: AccountRuleInput, description: 'Some account of the person satisfies this.' }),
    consent: t.field({ type: ConsentRuleInput }),
    random: t.field({ type: RandomInput }),
    list: t.field({ type: KeyInput, description: 'A manual or imported list.' }),
  }),
})

/** Cases and scores, of the rules of a subject. */
const labelInputs = (prefix: '' | 'Account', rule: typeof RuleInput, who: string) => {
  const LabelCase = object(`${prefix}LabelCaseInput`, `A value, and when ${who} has it.`, (t) => ({
    when: t.field({ type: rule, required: true }),
    value: t.field({ type: 'JSON', required: true, description: VALUE }),
  }))
  const ScorePart = object(`${prefix}ScorePartInput`, `Points, and when ${who} gets them.`, (t) => ({
    when: t.field({ type: rule, required: true }),
    points: t.float({ required: true }),
  }))
  const CaseLabel = object(`${prefix}CaseLabelInput`, 'The value of the first case that holds.', (t) => ({
    cases: t.field({ type: [LabelCase], required: true }),
    otherwise: t.field({ type: 'JSON', description: `Where no case holds; left out, ${who} does not have the label.` }),
  }))
  const ScoreLabel = object(`${prefix}ScoreLabelInput`, 'The sum of the points of all parts that hold.', (t) => ({
    parts: t.field({ type: [ScorePart], required: true }),
    base: t.float({ description: 'What the sum begins with; 0 when left out.' }),
    min: t.float(),
    max: t.float(),
  }))
  return { CaseLabel, ScoreLabel }
}
const Computation = builder.enumType('Computation', {
  description: 'MOST_FREQUENT: of values that are equally frequent, the least.',
  values: values(['count', 'sum', 'avg', 'min', 'max', 'distinct', 'first', 'last', 'mostFrequent'] as const),
})
const ComputationInput = object('ComputationInput', 'A value of the events or records in a window.', (t) => ({
  of: t.field({ type: Computation, required: true }),
  path: t.string({ description: `What is computed; COUNT needs none. ${PATH}` }),
  event: t.field({ type: EventMatcherInput, description: 'Either events or records.' }),
  record: t.field({ type: RecordMatcherInput }),
  ...window(t),
}))
const implementLabelRule = (
  input: typeof LabelRuleInput,
  description: string,
  inputs: ReturnType<typeof labelInputs>,
) =>
  input.implement({
    description,
    isOneOf: true,
    fields: (t) => ({
      cases: t.field({ type: inputs.CaseLabel }),
      compute: t.field({ type: ComputationInput }),
      score: t.field({ type: inputs.ScoreLabel }),
    }),
  })
implementLabelRule(LabelRuleInput, 'How the value of a label comes about.', labelInputs('', RuleInput, 'a person'))
implementLabelRule(
  AccountLabelRuleInput,
  'How the value of a label of accounts comes about. What is computed of events is of those of its people.',
  labelInputs('Account', AccountRuleInput, 'an account'),
)

type RuleForm = { input: typeof RuleInput; toJson: (input: Input) => unknown; parse: (json: unknown) => unknown }
/** How a kind of definition takes its rule: as JSON in `rule`, or as typed inputs in `tree`, or `accountTree`. */
export type RuleForms = Record<Subject, RuleForm>

export const ruleForms: RuleForms = {
  person: { input: RuleInput, toJson: convert, parse: parseRule },
  account: { input: AccountRuleInput, toJson: convert, parse: parseAccountRule },
}
export const labelRuleForms: RuleForms = {
  person: { input: LabelRuleInput, toJson: labelToJson, parse: parseLabelRule },
  account: { input: AccountLabelRuleInput, toJson: labelToJson, parse: parseAccountLabelRule },
}

export function ruleFields(t: any, { person, account }: RuleForms): Record<string, any> {
  return {
    rule: t.field({ type: 'JSON', description: 'The rule as JSON; see docs/rules.md. Either this or a tree.' }),
    tree: t.field({ type: person.input, description: 'The rule as typed inputs, where it is about people.' }),
    accountTree: t.field({ type: account.input, description: 'The rule as typed inputs, where it is about accounts.' }),
  }
}

/** The rule as JSON, checked by itself; undefined when the input has no form of it. Throws RULE_INVALID. */
export function takeRule({ rule, tree, accountTree }: Input, forms: RuleForms, subject: Subject): unknown {
  const given = [rule === null ? undefined : rule, tree ?? undefined, accountTree ?? undefined]
  const count = given.filter((form) => form !== undefined).length
  if (count === 0) return undefined
  if (count > 1) throw new KithError('INPUT_INVALID', 'Expected either rule or tree; got both.')
  const [wrong, right] = subject === 'person' ? [accountTree, tree] : [tree, accountTree]
  if (wrong) {
    throw new KithError(
      'INPUT_INVALID',
      subject === 'person' ? 'Expected tree: it is about people.' : 'Expected accountTree: it is about accounts.',
    )
  }
  const { toJson, parse } = forms[subject]
  return parse(right ? toJson(right as Input) : rule)
}

function labelToJson(input: Input): unknown {
  const { cases, score, ...rest } = convert(input) as Input
  if (cases) return cases
  if (!score) return rest
  const { parts, ...limits } = score as Input
  return { score: parts, ...limits }
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert)
  if (typeof value !== 'object' || value === null) return value
  const result: Input = {}
  for (const [name, item] of Object.entries(value)) {
    if (item === undefined || item === null) continue
    if (name === 'calendar') {
      const { unit, ...rest } = item as Input
      result.within = { calendar: unit, ...(convert(rest) as Input) }
    } else {
      result[name] = name === 'where' || name === 'is' ? convertWhere(item) : convert(item)
    }
  }
  return result
}

function convertWhere(value: unknown): unknown {
  // `is` is also the state of a consent.
  if (Array.isArray(value)) return value.map(convertWhere)
  if (typeof value !== 'object' || value === null) return value
  const [name, item] = Object.entries(value).find(([, item]) => item !== undefined && item !== null) ?? ['all', []]
  return name === 'condition' ? convert(item) : { [name]: convertWhere(item) }
}
