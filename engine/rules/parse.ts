/** JSON -> rules. The result has the same shape as the JSON: parsing it again changes nothing. */
import { isTimezone } from '../../db/timezone.ts'
import { parseDuration } from './duration.ts'
import { parseInstant } from './instant.ts'
import { type AnyRule, asksForAccounts } from './order.ts'
import { checkPattern } from './pattern.ts'
import { kindOf } from './kinds.ts'
import {
  describe,
  isObject,
  LIMITS,
  Place,
  type Reader,
  readAnyText,
  readBoolean,
  readInteger,
  readList,
  readNumber,
  readObject,
  readOneOf,
  readScalar,
  readText,
  meant,
} from './read.ts'
import {
  type AbsoluteWindow,
  type AccountRule,
  type Aggregate,
  type CalendarWindow,
  type CaseLabel,
  type Comparison,
  type Computation,
  type Condition,
  type EdgeEventNode,
  type Element,
  type EventMatcher,
  type EventNode,
  type FollowedByNode,
  type HeldNode,
  type LabelRule,
  type NumberComparison,
  OBJECT_KEY,
  type PeopleNode,
  RECORD_KINDS,
  type RecordKind,
  type RecordNode,
  type Rule,
  type ScoreLabel,
  type SequenceNode,
  type Subject,
  type Where,
} from './types.ts'

/** Throws KithError RULE_INVALID with `details.path`. */
export function parseRule(json: unknown): Rule {
  return readRule(json, Place.root())
}

/** Throws KithError RULE_INVALID with `details.path`. */
export function parseLabelRule(json: unknown): LabelRule {
  return labelReader(readRule, readComputation)(json, Place.root())
}

/** The same of a rule about accounts. */
export function parseAccountRule(json: unknown): AccountRule {
  return readAccountRule(json, Place.root())
}

/** The same of a label of accounts. */
export function parseAccountLabelRule(json: unknown): LabelRule<AccountRule> {
  const readOwn: Reader<Computation> = (value, place) => {
    const node = readComputation(value, place)
    if (node.record) checkOfAccounts(node.record.kind, place.at('record', 'kind'))
    return node
  }
  return labelReader(readAccountRule, readOwn)(json, Place.root())
}

/** The reader of a kind of definition about a subject. */
export function parseRuleOf(kind: 'segment' | 'label', subject: Subject, json: unknown): AnyRule {
  if (subject === 'account') return kind === 'label' ? parseAccountLabelRule(json) : parseAccountRule(json)
  return kind === 'label' ? parseLabelRule(json) : parseRule(json)
}

function labelReader<R>(readWhen: Reader<R>, readCompute: Reader<Computation>): Reader<LabelRule<R>> {
  return (json, place) => {
    if (!isObject(json)) return place.fail(`${LABEL}, found ${describe(json)}`)
    if ('cases' in json) return readCases(readWhen)(json, place)
    if ('compute' in json) return readObject({ compute: readCompute }, ['compute'])(json, place)
    if ('score' in json) return readScore(readWhen)(json, place)
    return place.fail(`${LABEL}, found ${describe(json)}`)
  }
}

const LABEL =
  'expected an object with cases, compute or score, such as {"cases": [{"when": {"event": {"name": "Ordered"}}, "value": "customer"}]}'

const readDuration: Reader<string> = (value, place) =>
  typeof value === 'string' && parseDuration(value)
    ? value
    : place.fail(
        `expected an ISO 8601 duration that is longer than nothing, such as "P7D" or "PT10M", found ${describe(value)}`,
      )

const readInstant: Reader<string> = (value, place) =>
  typeof value === 'string' && parseInstant(value)
    ? value
    : place.fail(`expected an ISO 8601 date or time, found ${describe(value)}`)

const readInstantOrNow: Reader<string> = (value, place) => (value === 'now' ? value : readInstant(value, place))

export const readPath: Reader<string> = (value, place) => {
  const text = readText(value, place)
  const steps = text.split('.')
  if (steps.length > 10) return place.fail('a path has at most 10 steps')
  return steps.includes('')
    ? place.fail(`expected a dotted path such as "address.city", found ${describe(value)}`)
    : text
}

const readOrdered: Reader<number | string> = (value, place) =>
  typeof value === 'number'
    ? readNumber(value, place)
    : typeof value === 'string'
      ? readAnyText(value, place)
      : place.fail(`expected a number or a text, found ${describe(value)}`)

function readPair<T>(read: Reader<T>): Reader<[T, T]> {
  return (value, place) => readList(read, { min: 2, max: 2 })(value, place) as [T, T]
}

const readRange: Reader<[number, number] | [string, string]> = (value, place) => {
  if (!Array.isArray(value) || value.length !== 2) {
    return place.fail(`expected two ends, such as [1, 5], found ${describe(value)}`)
  }
  const [low, high] = readPair(readOrdered)(value, place)
  return typeof low === typeof high
    ? ([low, high] as [number, number] | [string, string])
    : place.fail(`both ends must be numbers, or both texts, found ${describe(value)}`)
}

const readPattern: Reader<string> = (value, place) => {
  const text = readText(value, place)
  const problem = checkPattern(text)
  return problem ? place.fail(problem) : text
}

const readAnniversary: Reader<true | string> = (value, place) => {
  if (value === true) return value
  const days = typeof value === 'string' ? /^P(\d{1,3})D$/.exec(value)?.[1] : undefined
  return days && Number(days) <= 300
    ? (value as string)
    : place.fail(`expected true or whole days up to "P300D", found ${describe(value)}`)
}

const readElement: Reader<Element> = (value, place) => {
  const element = readObject<Element>({ path: readPath, ...COMPARISON })(value, place.node())
  return requireOperator(element, place)
}

const COMPARISON = {
  eq: readScalar,
  ne: readScalar,
  gt: readOrdered,
  gte: readOrdered,
  lt: readOrdered,
  lte: readOrdered,
  in: readList(readScalar),
  notIn: readList(readScalar),
  between: readRange,
  contains: readScalar,
  startsWith: readText,
  endsWith: readText,
  matches: readPattern,
  exists: readBoolean,
  missing: readBoolean,
  empty: readBoolean,
  before: readInstantOrNow,
  after: readInstantOrNow,
  withinLast: readDuration,
  withinNext: readDuration,
  anniversary: readAnniversary,
  any: (value: unknown, place: Place) => readElement(value, place),
  all: (value: unknown, place: Place) => readElement(value, place),
  none: (value: unknown, place: Place) => readElement(value, place),
  ignoreCase: readBoolean,
}

/** The names of the operators, in the order in which they are documented. */
export const OPERATORS = Object.keys(COMPARISON).filter((key) => key !== 'ignoreCase')

function requireOperator<T extends Comparison>(comparison: T, place: Place): T {
  return OPERATORS.some((operator) => operator in comparison)
    ? comparison
    : place.fail(`an operator is missing: one of ${OPERATORS.join(', ')}`)
}

const readCondition: Reader<Condition> = (value, place) =>
  requireOperator(readObject<Condition>({ path: readPath, ...COMPARISON }, ['path'])(value, place.node()), place)

const CONDITION = '{"path": "price", "gt": 5}'

const readWhereTree: Reader<Where> = (value, place) => {
  if (!isObject(value)) return place.fail(`expected a condition such as ${CONDITION}, found ${describe(value)}`)
  if ('path' in value) return readCondition(value, place)
  const node = place.node()
  if ('all' in value) return readObject({ all: readList(readWhereTree) }, ['all'])(value, node)
  if ('any' in value) return readObject({ any: readList(readWhereTree) }, ['any'])(value, node)
  if ('not' in value) return readObject({ not: readWhereTree }, ['not'])(value, node)
  return place.fail(
    `expected a condition with a path, such as ${CONDITION}, or one of all, any, not; found ${describe(value)}`,
  )
}

const readWhere: Reader<Where | Where[]> = (value, place) =>
  Array.isArray(value) ? readList(readWhereTree)(value, place) : readWhereTree(value, place)

const NUMBERS = {
  eq: readNumber,
  ne: readNumber,
  gt: readNumber,
  gte: readNumber,
  lt: readNumber,
  lte: readNumber,
  between: readPair(readNumber),
}

const readCount: Reader<NumberComparison> = (value, place) => {
  const such = 'expected eq, ne, gt, gte, lt, lte or between, such as {"gte": 3}'
  if (!isObject(value)) return place.fail(`${such}, found ${describe(value)}`)
  const comparison = readObject<NumberComparison>(NUMBERS)(value, place)
  return Object.keys(comparison).length > 0 ? comparison : place.fail(`${such}, found {}`)
}

const AGGREGATES = ['sum', 'avg', 'min', 'max', 'distinct'] as const

const readAggregate: Reader<Aggregate> = (value, place) => {
  const fields = { ...NUMBERS, sum: readPath, avg: readPath, min: readPath, max: readPath, distinct: readPath }
  const aggregate = readObject<Aggregate>(fields)(value, place)
  if (AGGREGATES.filter((name) => name in aggregate).length !== 1) {
    return place.fail(`expected exactly one of ${AGGREGATES.join(', ')}`)
  }
  if (!Object.keys(NUMBERS).some((name) => name in aggregate)) {
    return place.fail('expected what the result must be: eq, ne, gt, gte, lt, lte or between')
  }
  return aggregate
}

const readTimezone: Reader<string> = (value, place) => {
  const text = readText(value, place)
  return isTimezone(text) ? text : place.fail(`"${text}" is not a timezone such as "Europe/Berlin"`)
}

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

const readCalendarWindow = readObject<CalendarWindow>(
  {
    calendar: readOneOf(['hour', 'day', 'week', 'month', 'quarter', 'year']),
    ago: readInteger(0, 1000),
    timezone: readTimezone,
    weekStart: readOneOf(WEEKDAYS),
  },
  ['calendar'],
)

const readAbsoluteWindow: Reader<AbsoluteWindow> = (value, place) => {
  const window = readObject<AbsoluteWindow>({ from: readInstant, to: readInstant })(value, place)
  return window.from || window.to
    ? window
    : place.fail('expected from, to or both, such as {"from": "2026-01-01"}, found {}')
}

const WINDOW = {
  within: ((value, place) =>
    typeof value === 'string' ? readDuration(value, place) : readCalendarWindow(value, place)) as Reader<
    string | CalendarWindow
  >,
  between: readAbsoluteWindow,
}

function checkWindow<T extends { within?: unknown; between?: unknown }>(node: T, place: Place): T {
  return node.within !== undefined && node.between !== undefined
    ? place.fail('within and between exclude each other')
    : node
}

/** As events are stored, whose names the doors bring into the normal form C. */
const readName: Reader<string> = (value, place) => readText(value, place).normalize('NFC')

const readNames: Reader<string | string[]> = (value, place) =>
  Array.isArray(value) ? readList(readName, { min: 1, max: 50 })(value, place) : readName(value, place)

const MATCHER = { name: readNames, where: readWhere }
const readMatcher: Reader<EventMatcher> = (value, place) =>
  readObject<EventMatcher>(MATCHER, ['name'])(value, place.node())

const COUNTED = { ...WINDOW, count: readCount, by: readPath, aggregate: readAggregate }

function checkCounted<T extends EventNode | RecordNode>(node: T, place: Place): T {
  checkWindow(node, place)
  if (node.aggregate && (node.count || node.by)) return place.fail('aggregate excludes count and by')
  if (node.by && node.count && holds(node.count, 0)) {
    return place.at('count').fail('with by, a count that none satisfies too says nothing: ask for at least 1')
  }
  return node
}

/** Whether a number satisfies a comparison. */
export function holds(comparison: NumberComparison, n: number): boolean {
  const { eq, ne, gt, gte, lt, lte, between } = comparison
  return (
    (eq === undefined || n === eq) &&
    (ne === undefined || n !== ne) &&
    (gt === undefined || n > gt) &&
    (gte === undefined || n >= gte) &&
    (lt === undefined || n < lt) &&
    (lte === undefined || n <= lte) &&
    (between === undefined || (n >= between[0] && n <= between[1]))
  )
}

const readEvent: Reader<EventNode> = (value, place) =>
  checkCounted(readObject<EventNode>({ ...MATCHER, ...COUNTED }, ['name'])(value, place), place)

/** Whether the tenant has such an object is asked when the rule is saved. */
const readKind: Reader<RecordKind> = (value, place) =>
  typeof value === 'string' && OBJECT_KEY.test(value)
    ? value
    : place.fail(`expected one of ${RECORD_KINDS.join(', ')} or the key of an object; found ${describe(value)}`)

const readRecord: Reader<RecordNode> = (value, place) => {
  const fields = { kind: readKind, where: readWhere, on: readPath, ...COUNTED }
  return checkCounted(readObject<RecordNode>(fields, ['kind'])(value, place), place)
}

const readSequence = readObject<SequenceNode>(
  {
    steps: readList(readMatcher, { min: 2, max: LIMITS.steps }),
    within: readDuration,
    strict: readBoolean,
    by: readPath,
  },
  ['steps'],
)

const readFollowedBy: Reader<FollowedByNode> = (value, place) => {
  const fields = {
    first: readMatcher,
    then: readMatcher,
    within: readDuration,
    absent: readBoolean,
    any: readBoolean,
    sticky: readBoolean,
    by: readPath,
  }
  const node = readObject<FollowedByNode>(fields, ['first', 'then', 'within'])(value, place)
  return node.absent || !(node.any || node.sticky) ? node : place.fail('any and sticky belong to absent: true')
}

const AGES = { gt: readDuration, gte: readDuration, lt: readDuration, lte: readDuration }
const readEdgeEvent = readObject<EdgeEventNode>({ ...MATCHER, is: readWhere, age: readObject(AGES) }, ['name'])

const readAccountHeld: Reader<HeldNode<AccountRule>> = (value, place) => {
  const fields = { rule: readAccountRule, for: readDuration, op: readOneOf(['gte', 'lt']) }
  const node = readObject<HeldNode<AccountRule>>(fields, ['rule', 'for'])(value, place)
  return 'label' in node.rule || 'segment' in node.rule
    ? node
    : place.at('rule').fail('of accounts, held watches a label or a segment; make a segment of the rule and name it')
}

const readHeld: Reader<HeldNode> = (value, place) => {
  const fields = { rule: readRule, for: readDuration, op: readOneOf(['gte', 'lt']) }
  const node = readObject<HeldNode>(fields, ['rule', 'for'])(value, place)
  return 'field' in node.rule || 'label' in node.rule || 'segment' in node.rule
    ? node
    : place.at('rule').fail('held watches a field, a label or a segment; make a segment of the rule and name it')
}

const keyOnly = readObject({ key: readText }, ['key'])

/** What is said in the same way of people and of accounts. */
const COMMON_NODES: { [name: string]: Reader<unknown> } = {
  field: (value, place) =>
    requireOperator(readObject<Condition>({ path: readPath, ...COMPARISON }, ['path'])(value, place), place),
  label: (value, place) => requireOperator(readObject({ key: readText, ...COMPARISON }, ['key'])(value, place), place),
  segment: keyOnly,
  event: readEvent,
  sequence: readSequence,
  followedBy: readFollowedBy,
  firstEvent: readEdgeEvent,
  lastEvent: readEdgeEvent,
  random: readObject({ percent: readPercent, from: readPercent, salt: readText }, ['percent', 'salt']),
}

const NODES: { [name: string]: Reader<unknown> } = {
  all: (value, place) => readList(readRule)(value, place),
  any: (value, place) => readList(readRule)(value, place),
  not: (value, place) => readRule(value, place),
  ...COMMON_NODES,
  identifier: (value, place) =>
    requireOperator(readObject({ type: readText, ...COMPARISON }, ['type'])(value, place), place),
  held: readHeld,
  record: readRecord,
  account: (value, place) => readAccountRule(value, place),
  consent: readObject({ purpose: readText, channel: readText, is: readOneOf(['granted', 'denied', 'unknown']) }, [
    'purpose',
    'channel',
  ]),
  list: keyOnly,
}

/** The names of the nodes. */
export const NODE_NAMES = Object.keys(NODES)

const ACCOUNT_NODES: { [name: string]: Reader<unknown> } = {
  all: (value, place) => readList(readAccountRule)(value, place),
  any: (value, place) => readList(readAccountRule)(value, place),
  not: (value, place) => readAccountRule(value, place),
  ...COMMON_NODES,
  held: readAccountHeld,
  record: (value, place) => {
    const node = readRecord(value, place)
    checkOfAccounts(node.kind, place.at('kind'))
    return node
  },
  people: readPeople,
  parent: (value, place) => readAccountRule(value, place),
  children: (value, place) => readObject({ rule: readAccountRule, count: readCount }, ['rule'])(value, place),
}

export const ACCOUNT_NODE_NAMES = Object.keys(ACCOUNT_NODES)

function checkOfAccounts(kind: RecordKind, place: Place): void {
  if (!kindOf(kind).ofAccounts) place.fail(`a ${kind} belongs to a person, not to an account`)
}

function readPercent(value: unknown, place: Place): number {
  const percent = readNumber(value, place)
  return percent >= 0 && percent <= 100 ? percent : place.fail(`expected a number from 0 to 100, found ${percent}`)
}

function readPeople(value: unknown, place: Place): PeopleNode {
  const node = readObject<PeopleNode>({ rule: readRule, count: readCount, share: readCount }, ['rule'])(value, place)
  if (node.count && node.share) return place.fail('count and share exclude each other')
  return asksForAccounts(node.rule)
    ? place.at('rule').fail('a rule about the people of an account cannot ask for their accounts')
    : node
}

function readRule(value: unknown, place: Place): Rule {
  return readNode(NODES, value, place) as Rule
}

function readAccountRule(value: unknown, place: Place): AccountRule {
  return readNode(ACCOUNT_NODES, value, place) as AccountRule
}

function readNode(nodes: { [name: string]: Reader<unknown> }, value: unknown, place: Place): unknown {
  if (!isObject(value)) return place.fail(`expected a node such as ${NODE}, found ${describe(value)}`)
  const names = Object.keys(value).filter((key) => value[key] !== undefined)
  const [name] = names
  if (name === undefined || names.length > 1) {
    const found = names.length === 0 ? 'none' : `${names.join(' and ')}: put them beside each other into all or any`
    return place.fail(`a node is an object with exactly one key, such as ${NODE}; found ${found}`)
  }
  const read = Object.hasOwn(nodes, name) ? nodes[name] : undefined
  if (!read)
    return place
      .at(name)
      .fail(`"${name}" is no node${instead(name, nodes)}; expected one of ${Object.keys(nodes).join(', ')}`)
  return { [name]: read(value[name], place.node().at(name)) }
}

const NODE = '{"event": {"name": "Viewed"}}'

/** What else is meant by a name that is not known there. */
function instead(name: string, nodes: { [name: string]: Reader<unknown> }): string {
  if (nodes !== ACCOUNT_NODES && Object.hasOwn(ACCOUNT_NODES, name)) {
    return ` of a rule about people: ask {"account": {"${name}": ...}}, or make it a segment of accounts`
  }
  if (nodes === ACCOUNT_NODES && Object.hasOwn(NODES, name)) {
    return ` of a rule about accounts: ask {"people": {"rule": {"${name}": ...}}}`
  }
  return meant(name, Object.keys(nodes))
}

const readValueOrNull: Reader<string | number | boolean | null> = (value, place) =>
  value === null ? null : readScalar(value, place)

const readCases = <R>(readWhen: Reader<R>): Reader<CaseLabel<R>> =>
  readObject(
    {
      cases: readList(readObject({ when: readWhen as Reader<any>, value: readScalar }, ['when', 'value']), {
        min: 1,
        max: LIMITS.cases,
      }),
      otherwise: readValueOrNull,
    },
    ['cases'],
  ) as Reader<CaseLabel<R>>

const readScore = <R>(readWhen: Reader<R>): Reader<ScoreLabel<R>> =>
  readObject(
    {
      score: readList(readObject({ when: readWhen as Reader<any>, points: readNumber }, ['when', 'points']), {
        min: 1,
        max: LIMITS.cases,
      }),
      base: readNumber,
      min: readNumber,
      max: readNumber,
    },
    ['score'],
  ) as Reader<ScoreLabel<R>>

export const COMPUTATIONS = ['count', 'sum', 'avg', 'min', 'max', 'distinct', 'first', 'last', 'mostFrequent'] as const

function readComputation(value: unknown, place: Place): Computation {
  const fields = {
    of: readOneOf(COMPUTATIONS),
    path: readPath,
    event: readMatcher,
    record: readObject({ kind: readKind, where: readWhere, on: readPath }, ['kind']),
    ...WINDOW,
  }
  const node = checkWindow(readObject<Computation>(fields, ['of'])(value, place), place)
  if ((node.event === undefined) === (node.record === undefined)) return place.fail('expected event or record')
  if ((node.of === 'count') === (node.path !== undefined)) {
    return place.fail(node.of === 'count' ? 'count needs no path' : `${node.of} needs a path`)
  }
  return node
}
