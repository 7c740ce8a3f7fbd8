/**
 * The rule language once more, as plainly as it can be said: one person, one instant, loops over everything known of the
 * person. Written from the semantics in docs/rules.md and not from the compiler; the tests compare the two on random
 * rules, histories and instants. No part of Kith runs it.
 */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { add, addMonthsToWall, DAY, fromWall, type Micros, toMicros, toWall } from './calendar.ts'
import type {
  AccountDefinition,
  AccountRule,
  Aggregate,
  CalendarWindow,
  Comparison,
  Computation,
  Condition,
  Definition,
  EventMatcher,
  EventRule,
  LabelRule,
  NumberComparison,
  RandomNode,
  Rule,
  Subject,
  Where,
  Window,
} from '../types.ts'

export type Value = null | boolean | number | string | Value[] | { [key: string]: Value }
export type Properties = { [key: string]: Value }

export type OracleEvent = { id: string; name: string; occurredAt: Micros; receivedAt: Micros; properties: Properties }

/** Fields by their names in rules; instants as ISO 8601 text. */
export type OracleRecord = { id: string; fields: Properties; custom: Properties }
export type Records = { [kind: string]: OracleRecord[] }

export type OracleAccount = {
  id: string
  fields: Properties
  custom: Properties
  records: Records
  people: OracleProfile[]
  parent: OracleAccount | null
  children: OracleAccount[]
  /** Since when the account is stored as a member of a segment, by the segment's id. */
  entered: { [segment: string]: Micros }
  /** The stored value of a label, and since when, by the label's id. */
  valued: { [label: string]: Valued }
}

export type Valued = { value: Value; since: Micros }

/** Whoever does something; an account does what its people do. */
type Doer = { events: OracleEvent[] }

export type OracleProfile = {
  id: string
  traits: Properties
  /** When each trait was said. */
  said: { [trait: string]: Micros }
  firstSeen: string
  lastSeen: string
  createdAt: string
  identifiers: { type: string; value: string }[]
  events: OracleEvent[]
  records: Records
  /** What each identifier last said. */
  consents: { purpose: string; channel: string; state: string }[]
  lists: string[]
  accounts: OracleAccount[]
  /** Since when the profile is stored as a member of a segment, by the segment's id. */
  entered: { [segment: string]: Micros }
  /** The stored value of a label, and since when, by the label's id. */
  valued: { [label: string]: Valued }
}

/** Is told how each node, and each operator of a comparison, was answered. */
export type Watch = (asked: Rule | AccountRule | { operator: string }, answer: boolean, subject: Subject) => void

/** What was to be known of the world at one instant. */
export class Oracle {
  private readonly at: Micros
  private readonly timezone: string
  private readonly definitions: readonly Definition[]
  private readonly watch: Watch | undefined

  constructor(definitions: readonly Definition[], at: Micros, timezone: string, watch?: Watch) {
    this.definitions = definitions
    this.at = at
    this.timezone = timezone
    this.watch = watch
  }

  answer({ id, kind, rule }: Exclude<Definition, AccountDefinition>, profile: OracleProfile): Value {
    if ('kept' in rule) return kept(kind, id, profile)
    if (kind === 'segment') return this.holds(rule, profile)
    return this.labelValue(rule, (when) => this.holds(when, profile), profile)
  }

  answerOfAccount({ id, kind, rule }: AccountDefinition, account: OracleAccount): Value {
    if ('kept' in rule) return kept(kind, id, account)
    if (kind === 'segment') return this.accountHolds(rule, account)
    return this.labelValue(rule, (when) => this.accountHolds(when, account), { ...account, ...doer(account) })
  }

  private labelValue<R>(rule: LabelRule<R>, holds: (rule: R) => boolean, subject: Doer & { records: Records }): Value {
    if ('cases' in rule) {
      const found = rule.cases.find(({ when }) => holds(when))
      return found ? found.value : (rule.otherwise ?? null)
    }
    if ('score' in rule) {
      let sum = rule.base ?? 0
      for (const { when, points } of rule.score) if (holds(when)) sum += points
      return Math.min(Math.max(sum, rule.min ?? -Infinity), rule.max ?? Infinity)
    }
    return this.compute(rule.compute, subject)
  }

  private holds(rule: Rule, profile: OracleProfile): boolean {
    const answer = this.isTrue(rule, profile)
    this.watch?.(rule, answer, 'person')
    return answer
  }

  private isTrue(rule: Rule, profile: OracleProfile): boolean {
    if ('all' in rule) return rule.all.every((child) => this.holds(child, profile))
    if ('any' in rule) return rule.any.some((child) => this.holds(child, profile))
    if ('not' in rule) return !this.holds(rule.not, profile)
    if ('field' in rule) return this.compare(rule.field, this.field(rule.field.path, profile))
    if ('identifier' in rule) return this.identifier(rule.identifier, profile)
    if ('label' in rule) return this.compare(rule.label, this.labelOf(rule.label.key, profile) ?? undefined)
    if ('segment' in rule) return this.isMember(rule.segment.key, profile)
    if ('record' in rule) return this.recordNode(rule.record, profile.records)
    if ('account' in rule) return profile.accounts.some((account) => this.accountHolds(rule.account, account))
    if ('consent' in rule) {
      const { purpose, channel, is = 'granted' } = rule.consent
      const given = profile.consents.filter((consent) => consent.purpose === purpose && consent.channel === channel)
      if (given.length === 0) return is === 'unknown'
      return is === (given.every(({ state }) => state === 'granted') ? 'granted' : 'denied')
    }
    if ('random' in rule) return isDrawn(rule.random, profile.id)
    if ('held' in rule) return this.held(rule.held, profile)
    if ('list' in rule) return profile.lists.includes(rule.list.key)
    return this.happens(rule, profile)
  }

  private happens(rule: EventRule, doer: Doer): boolean {
    if ('event' in rule) return this.counted(rule.event, this.events(rule.event, doer).map(eventItem))
    if ('sequence' in rule) return this.sequence(rule.sequence, doer)
    if ('followedBy' in rule) return this.followedBy(rule.followedBy, doer)
    if ('firstEvent' in rule) return this.edge(rule.firstEvent, this.events(rule.firstEvent, doer)[0])
    return this.edge(rule.lastEvent, this.events(rule.lastEvent, doer).at(-1))
  }

  private accountHolds(rule: AccountRule, account: OracleAccount): boolean {
    const answer = this.isTrueOf(rule, account)
    this.watch?.(rule, answer, 'account')
    return answer
  }

  private isTrueOf(rule: AccountRule, account: OracleAccount): boolean {
    if ('all' in rule) return rule.all.every((child) => this.accountHolds(child, account))
    if ('any' in rule) return rule.any.some((child) => this.accountHolds(child, account))
    if ('not' in rule) return !this.accountHolds(rule.not, account)
    if ('field' in rule) return this.compare(rule.field, readField(account, rule.field.path))
    if ('record' in rule) return this.recordNode(rule.record, account.records)
    if ('random' in rule) return isDrawn(rule.random, account.id)
    if ('parent' in rule) return account.parent !== null && this.accountHolds(rule.parent, account.parent)
    if ('label' in rule) return this.compare(rule.label, this.ofAccount('label', rule.label.key, account) ?? undefined)
    if ('segment' in rule) return this.ofAccount('segment', rule.segment.key, account) === true
    if ('children' in rule) {
      const count = account.children.filter((child) => this.accountHolds(rule.children.rule, child)).length
      return compareNumber(count, rule.children.count ?? { gte: 1 })
    }
    if ('held' in rule) {
      const { rule: inner, for: duration, op = 'gte' } = rule.held
      if (!this.accountHolds(inner, account)) return false
      const since = this.sinceStored(inner, account, (key) => this.ofAccount('label', key, account))
      const long = add(since ?? this.micros(account.fields.createdAt)!, duration, this.timezone) <= this.at
      return op === 'gte' ? long : !long
    }
    if (!('people' in rule)) return this.happens(rule, doer(account))
    const { rule: inner, count, share } = rule.people
    const satisfying = account.people.filter((person) => this.holds(inner, person)).length
    if (!share) return compareNumber(satisfying, count ?? { gte: 1 })
    return compareNumber(account.people.length === 0 ? undefined : satisfying / account.people.length, share)
  }

  private ofAccount(kind: Definition['kind'], key: string, account: OracleAccount): Value {
    const definition = this.definition(kind, key)
    return definition?.subject === 'account' ? this.answerOfAccount(definition, account) : null
  }

  private field(path: string, profile: OracleProfile): Value | undefined {
    if (path === 'firstSeen' || path === 'lastSeen' || path === 'createdAt') return profile[path]
    return read(profile.traits, path.replace(/^traits\./, ''))
  }

  private identifier({ type, ...comparison }: Comparison & { type: string }, profile: OracleProfile): boolean {
    const values = profile.identifiers.filter((identifier) => identifier.type === type).map(({ value }) => value)
    const { ne, notIn, none, missing, exists, empty, ignoreCase, ...positive } = comparison
    const some = (comparison: Comparison) => values.some((value) => this.compare({ ...comparison, ignoreCase }, value))
    return (
      (Object.keys(positive).length === 0 || some(positive)) &&
      (ne === undefined || !some({ eq: ne })) &&
      (notIn === undefined || !some({ in: notIn })) &&
      (none === undefined || !some({ any: none })) &&
      (missing === undefined || missing === (values.length === 0)) &&
      (exists === undefined || exists === values.length > 0) &&
      (empty === undefined || empty === !some({ empty: false }))
    )
  }

  private definition(kind: Definition['kind'], key: string): Definition | undefined {
    return this.definitions.find((definition) => definition.kind === kind && definition.key === key)
  }

  private labelOf(key: string, profile: OracleProfile): Value {
    const label = this.definition('label', key)
    return label && label.subject !== 'account' ? this.answer(label, profile) : null
  }

  private isMember(key: string, profile: OracleProfile): boolean {
    const segment = this.definition('segment', key)
    return segment !== undefined && segment.subject !== 'account' && this.answer(segment, profile) === true
  }

  private held(node: Extract<Rule, { held: unknown }>['held'], profile: OracleProfile): boolean {
    const { rule, op = 'gte' } = node
    if (!this.holds(rule, profile)) return false
    let since = this.sinceStored(rule, profile, (key) => this.labelOf(key, profile)) ?? this.micros(profile.firstSeen)!
    if ('field' in rule) {
      const [trait] = rule.field.path.replace(/^traits\./, '').split('.') as [string]
      since = profile.said[trait] ?? this.micros(profile.firstSeen)!
    }
    const long = add(since, node.for, this.timezone) <= this.at
    return op === 'gte' ? long : !long
  }

  /** Since when a segment or label has been as it is; undefined: since the subject is known. */
  private sinceStored(
    rule: Rule | AccountRule,
    { entered, valued }: Pick<OracleProfile, 'entered' | 'valued'>,
    labelOf: (key: string) => Value,
  ): Micros | undefined {
    if ('segment' in rule) return entered[this.definition('segment', rule.segment.key)?.id ?? ''] ?? this.at
    if (!('label' in rule)) return undefined
    const stored = valued[this.definition('label', rule.label.key)?.id ?? '']
    const value = labelOf(rule.label.key)
    if (value === null && !stored) return undefined
    return stored && isDeepStrictEqual(stored.value, value) ? stored.since : this.at
  }

  /** The matching events that have happened, earliest first. */
  private events(matcher: EventMatcher, doer: Doer): OracleEvent[] {
    const names = [matcher.name].flat()
    return this.happened(doer).filter(
      ({ name, properties }) => names.includes(name) && this.where(matcher.where, (path) => read(properties, path)),
    )
  }

  private happened({ events }: Doer): OracleEvent[] {
    return events.filter(({ occurredAt }) => occurredAt <= this.at).sort(byTime)
  }

  private recordNode(node: Extract<Rule, { record: unknown }>['record'], records: Records): boolean {
    return this.counted(node, this.records(node, records))
  }

  private records(
    { kind, where, on }: { kind: string; where?: Where | Where[]; on?: string },
    records: Records,
  ): Item[] {
    const matching = (records[kind] ?? []).filter((record) => this.where(where, (path) => readField(record, path)))
    return matching.map((record) => ({
      time: this.micros(readField(record, on ?? DEFAULT_TIME[kind] ?? 'occurredAt')),
      read: (path) => readField(record, path),
      order: [record.id],
    }))
  }

  private counted(
    node: Window & { count?: NumberComparison; by?: string; aggregate?: Aggregate },
    items: Item[],
  ): boolean {
    const inside = items.filter((item) => this.inWindow(item.time, node))
    if (node.aggregate) return this.aggregate(node.aggregate, inside)
    const count = node.count ?? { gte: 1 }
    if (node.by === undefined) return compareNumber(inside.length, count)
    const groups = new Map<string, number>()
    for (const item of inside) {
      const value = item.read(node.by)
      if (value === undefined || value === null) continue
      groups.set(keyOf(value), (groups.get(keyOf(value)) ?? 0) + 1)
    }
    return [...groups.values()].some((n) => compareNumber(n, count))
  }

  private aggregate(aggregate: Aggregate, items: Item[]): boolean {
    for (const name of ['sum', 'avg', 'min', 'max', 'distinct'] as const) {
      const path = aggregate[name]
      if (path !== undefined) return compareNumber(aggregateOf(name, valuesOf(items, path)), aggregate)
    }
    throw new Error('an aggregate without a function')
  }

  private compute(computation: Computation, subject: Doer & { records: Records }): Value {
    const { of, path, event, record } = computation
    const items = event ? this.events(event, subject).map(eventItem) : this.records(record!, subject.records)
    const inside = items.filter((item) => this.inWindow(item.time, computation)).sort(byItem)
    if (of === 'count') return inside.length
    const values = valuesOf(inside, path!)
    if (of === 'first') return values[0] ?? null
    if (of === 'last') {
      // What has no time is the last only where nothing has one.
      const timed = valuesOf(
        inside.filter(({ time }) => time !== undefined),
        path!,
      )
      return timed.at(-1) ?? values.at(-1) ?? null
    }
    if (of === 'avg') return rounded(aggregateOf(of, values))
    if (of !== 'mostFrequent') return aggregateOf(of, values) ?? null
    const sorted = [...values].sort((a, b) => compareValues(a, b))
    let best: Value = null
    let most = 0
    for (const value of sorted) {
      const n = sorted.filter((other) => keyOf(other) === keyOf(value)).length
      if (n > most) [best, most] = [value, n]
    }
    return best
  }

  private inWindow(time: Micros | undefined, { within, between }: Window): boolean {
    if (within === undefined && between === undefined) return true
    if (time === undefined || time > this.at) return false
    if (between) {
      return (
        (between.from === undefined || time >= this.micros(between.from)!) &&
        (between.to === undefined || time < this.micros(between.to)!)
      )
    }
    if (typeof within === 'string') return add(time, within, this.timezone) > this.at
    const [start, end] = this.calendar(within!)
    return time >= start && time < end
  }

  private calendar({
    calendar,
    ago = 0,
    timezone = this.timezone,
    weekStart = 'monday',
  }: CalendarWindow): [Micros, Micros] {
    const wall = toWall(this.at, timezone)
    const day = Math.floor(wall / DAY) * DAY
    const date = new Date(day / 1000)
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
    const utc = (year: number, month: number) => fromWall(Date.UTC(year, month, 1) * 1000, timezone)
    switch (calendar) {
      case 'hour': {
        const hour = fromWall(Math.floor(wall / (DAY / 24)) * (DAY / 24), timezone) - ago * (DAY / 24)
        return [hour, hour + DAY / 24]
      }
      case 'day':
        return [fromWall(day - ago * DAY, timezone), fromWall(day - (ago - 1) * DAY, timezone)]
      case 'week': {
        const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
        const start = day - ((date.getUTCDay() - weekdays.indexOf(weekStart) + 7) % 7) * DAY
        return [fromWall(start - ago * 7 * DAY, timezone), fromWall(start - (ago - 1) * 7 * DAY, timezone)]
      }
      case 'month':
        return [utc(year, month - ago), utc(year, month - ago + 1)]
      case 'quarter': {
        const first = month - (month % 3)
        return [utc(year, first - 3 * ago), utc(year, first - 3 * ago + 3)]
      }
      case 'year':
        return [utc(year - ago, 0), utc(year - ago + 1, 0)]
    }
  }

  private sequence(node: Extract<Rule, { sequence: unknown }>['sequence'], doer: Doer): boolean {
    const { steps, within, strict, by } = node
    const all = this.happened(doer)
    const key = (event: OracleEvent) => keyOf(read(event.properties, by!) ?? null)
    // Every chain that ends at an event, by its first event.
    const extend = (chain: OracleEvent[]): boolean => {
      const step = steps[chain.length]
      if (!step)
        return within === undefined || chain.at(-1)!.occurredAt <= add(chain[0]!.occurredAt, within, this.timezone)
      const matching = this.events(step, doer)
      const after = chain.length === 0 ? all : all.slice(all.indexOf(chain.at(-1)!) + 1)
      const candidates = strict && chain.length > 0 ? after.slice(0, 1) : after
      return candidates.some((event) => {
        if (!matching.includes(event)) return false
        if (by !== undefined && (read(event.properties, by) ?? null) === null) return false
        if (by !== undefined && chain[0] && key(chain[0]) !== key(event)) return false
        return extend([...chain, event])
      })
    }
    return extend([])
  }

  private followedBy(node: Extract<Rule, { followedBy: unknown }>['followedBy'], doer: Doer): boolean {
    const { within, absent, any, sticky, by } = node
    const keyed = (events: OracleEvent[]) =>
      by === undefined ? events : events.filter(({ properties }) => (read(properties, by) ?? null) !== null)
    const key = ({ properties }: OracleEvent) => (by === undefined ? '' : keyOf(read(properties, by)!))
    const firsts = keyed(this.events(node.first, doer))
    const thens = keyed(this.events(node.then, doer))
    const later = (first: OracleEvent) =>
      thens.filter((then) => key(then) === key(first) && then.occurredAt > first.occurredAt)
    const due = (first: OracleEvent) => add(first.occurredAt, within, this.timezone)
    if (!absent) return firsts.some((first) => later(first).some((then) => then.occurredAt <= due(first)))
    const latest = new Map(firsts.map((first) => [key(first), first]))
    const relevant = any ? firsts : [...latest.values()]
    return relevant.some((first) => {
      if (due(first) > this.at) return false
      return sticky ? !later(first).some((then) => then.occurredAt <= due(first)) : later(first).length === 0
    })
  }

  private edge(node: Extract<Rule, { firstEvent: unknown }>['firstEvent'], event: OracleEvent | undefined): boolean {
    if (!event) return false
    const { is, age = {} } = node
    const reached = (duration: string) => add(event.occurredAt, duration, this.timezone)
    return (
      this.where(is, (path) => read(event.properties, path)) &&
      (age.gte === undefined || reached(age.gte) <= this.at) &&
      (age.gt === undefined || reached(age.gt) < this.at) &&
      (age.lt === undefined || reached(age.lt) > this.at) &&
      (age.lte === undefined || reached(age.lte) >= this.at)
    )
  }

  private where(where: Where | Where[] | undefined, readPath: (path: string) => Value | undefined): boolean {
    if (where === undefined) return true
    if (Array.isArray(where)) return where.every((child) => this.where(child, readPath))
    if ('path' in where) return this.compare(where as Condition, readPath((where as Condition).path))
    if ('all' in where) return this.where(where.all as Where[], readPath)
    if ('any' in where) return (where.any as Where[]).some((child) => this.where(child, readPath))
    return !this.where((where as { not: Where }).not, readPath)
  }

  private micros(value: Value | undefined): Micros | undefined {
    return typeof value === 'string' ? toMicros(value, this.timezone) : undefined
  }

  private compare(comparison: Comparison, value: Value | undefined): boolean {
    const fold = (text: string) => (comparison.ignoreCase ? foldCase(text.normalize('NFC')) : text.normalize('NFC'))
    const equal = (a: Value | undefined, b: Value) =>
      typeof a === 'string' && typeof b === 'string' ? fold(a) === fold(b) : a === b
    const order = (limit: number | string, fits: (order: number) => boolean) => {
      if (typeof value === 'string' && typeof limit === 'string') return fits(compareText(fold(value), fold(limit)))
      return typeof value === 'number' && typeof limit === 'number' && fits(value - limit)
    }
    const text = typeof value === 'string' ? fold(value) : undefined
    const time = this.micros(value)
    const instant = (given: string) => (given === 'now' ? this.at : this.micros(given)!)
    const elements = Array.isArray(value) ? value : undefined
    const inside =
      ({ path, ...element }: Comparison & { path?: string }) =>
      (item: Value) =>
        this.compare(element, path === undefined ? item : read(item, path))
    const tests: { [K in keyof Comparison]: (given: never) => boolean } = {
      eq: (given: Value) => equal(value, given),
      ne: (given: Value) => !equal(value, given),
      gt: (given: number | string) => order(given, (n) => n > 0),
      gte: (given: number | string) => order(given, (n) => n >= 0),
      lt: (given: number | string) => order(given, (n) => n < 0),
      lte: (given: number | string) => order(given, (n) => n <= 0),
      in: (given: Value[]) => given.some((one) => equal(value, one)),
      notIn: (given: Value[]) => !given.some((one) => equal(value, one)),
      between: ([low, high]: [number | string, number | string]) =>
        order(low, (n) => n >= 0) && order(high, (n) => n <= 0),
      contains: (given: Value) =>
        elements?.some((one) => equal(one, given)) ??
        (text !== undefined && typeof given === 'string' && text.includes(fold(given))),
      startsWith: (given: string) => text?.startsWith(fold(given)) ?? false,
      endsWith: (given: string) => text?.endsWith(fold(given)) ?? false,
      matches: (given: string) =>
        typeof value === 'string' && new RegExp(given, comparison.ignoreCase ? 'iu' : 'u').test(value.normalize('NFC')),
      exists: (given: boolean) => given === (value !== undefined && value !== null),
      missing: (given: boolean) => given === (value === undefined || value === null),
      empty: (given: boolean) => given === isEmpty(value),
      before: (given: string) => time !== undefined && time < instant(given),
      after: (given: string) => time !== undefined && time > instant(given),
      withinLast: (given: string) => time !== undefined && time <= this.at && add(time, given, this.timezone) > this.at,
      withinNext: (given: string) =>
        time !== undefined && time > this.at && add(time, given, this.timezone, -1) <= this.at,
      anniversary: (given: true | string) => time !== undefined && this.anniversary(time, given),
      any: (given: Comparison) => elements?.some(inside(given)) ?? false,
      all: (given: Comparison) => elements?.every(inside(given)) ?? false,
      none: (given: Comparison) => !(elements?.some(inside(given)) ?? false),
    }
    return Object.entries(comparison).every(([name, given]) => {
      const test = tests[name as keyof Comparison] as ((given: unknown) => boolean) | undefined
      if (given === undefined || !test) return true
      const answer = test(given)
      this.watch?.({ operator: name }, answer, 'person')
      return answer
    })
  }

  private anniversary(time: Micros, given: true | string): boolean {
    const days = given === true ? 0 : Number(given.slice(1, -1))
    const today = Math.floor(toWall(this.at, this.timezone) / DAY) * DAY
    const day = Math.floor(toWall(time, this.timezone) / DAY) * DAY
    for (let n = 0; n <= days; n++) {
      const date = new Date((today + n * DAY) / 1000)
      const years = date.getUTCFullYear() - new Date(day / 1000).getUTCFullYear()
      if (addMonthsToWall(day, 12 * years) === today + n * DAY) return true
    }
    return false
  }
}

/** Of a definition that is paused. */
function kept(kind: Definition['kind'], id: string, { entered, valued }: OracleAccount | OracleProfile): Value {
  return kind === 'segment' ? entered[id] !== undefined : (valued[id]?.value ?? null)
}

function doer({ people }: OracleAccount): Doer {
  return { events: people.flatMap(({ events }) => events) }
}

function isDrawn({ percent, from = 0, salt }: RandomNode, id: string): boolean {
  const hash = Number.parseInt(createHash('md5').update(`${salt}:${id}`).digest('hex').slice(0, 8), 16)
  const edge = (percent: number) => Math.round((percent / 100) * 2 ** 32)
  return hash >= edge(from) && hash < edge(from + percent)
}

/** An event or a record, as far as counting goes. */
type Item = { time: Micros | undefined; read: (path: string) => Value | undefined; order: (number | string)[] }

const DEFAULT_TIME: { [kind: string]: string } = {
  contact: 'createdAt',
  lead: 'createdAt',
  opportunity: 'createdAt',
  order: 'placedAt',
  orderItem: 'placedAt',
  contract: 'startsAt',
  membership: 'startsAt',
  ticket: 'openedAt',
  activity: 'occurredAt',
}

function eventItem({ id, occurredAt, receivedAt, properties }: OracleEvent): Item {
  return { time: occurredAt, read: (path) => read(properties, path), order: [receivedAt, id] }
}

function byTime(a: OracleEvent, b: OracleEvent): number {
  return a.occurredAt - b.occurredAt || a.receivedAt - b.receivedAt || (a.id < b.id ? -1 : 1)
}

function byItem(a: Item, b: Item): number {
  const [first, second] = [a, b].map(({ time, order }) => [time ?? Infinity, ...order]) as [
    typeof a.order,
    typeof a.order,
  ]
  for (const [n, one] of first.entries()) if (one !== second[n]) return one < second[n]! ? -1 : 1
  return 0
}

/** A value by a dotted path, through objects and by index through arrays. */
function read(value: Value | undefined, path: string): Value | undefined {
  let found = value
  for (const step of path.split('.')) {
    if (Array.isArray(found)) found = /^\d+$/.test(step) ? found[Number(step)] : undefined
    else if (typeof found === 'object' && found !== null) found = Object.hasOwn(found, step) ? found[step] : undefined
    else return undefined
  }
  return found
}

function readField({ fields, custom }: { fields: Properties; custom: Properties }, path: string): Value | undefined {
  return path in fields ? fields[path] : read(custom, path.replace(/^custom\./, ''))
}

function valuesOf(items: Item[], path: string): Value[] {
  const values = items.map((item) => item.read(path)).filter((value) => value !== undefined && value !== null)
  return values.map((value) => (typeof value === 'string' ? value.normalize('NFC') : value))
}

function aggregateOf(name: 'sum' | 'avg' | 'min' | 'max' | 'distinct', values: Value[]): number | undefined {
  const numbers = values.filter((value) => typeof value === 'number')
  const sum = numbers.reduce((a, b) => a + b, 0)
  if (name === 'sum') return sum
  if (name === 'distinct') return new Set(values.map(keyOf)).size
  if (numbers.length === 0) return undefined
  if (name === 'avg') return sum / numbers.length
  return name === 'min' ? Math.min(...numbers) : Math.max(...numbers)
}

/** To six places. */
function rounded(n: number | undefined): number | null {
  return n === undefined ? null : Math.round(n * 1e6) / 1e6
}

function compareNumber(n: number | undefined, { eq, ne, gt, gte, lt, lte, between }: NumberComparison): boolean {
  if (ne !== undefined && n === ne) return false
  if ([eq, gt, gte, lt, lte, between].every((limit) => limit === undefined)) return true
  if (n === undefined) return false
  return (
    (eq === undefined || n === eq) &&
    (gt === undefined || n > gt) &&
    (gte === undefined || n >= gte) &&
    (lt === undefined || n < lt) &&
    (lte === undefined || n <= lte) &&
    (between === undefined || (n >= between[0] && n <= between[1]))
  )
}

function isEmpty(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function keyOf(value: Value): string {
  return typeof value === 'string' ? `"${value.normalize('NFC')}` : JSON.stringify(value)
}

/** By code point. */
function compareText(a: string, b: string): number {
  const [first, second] = [[...a], [...b]]
  for (const [n, character] of first.entries()) {
    if (n >= second.length) return 1
    const difference = character.codePointAt(0)! - second[n]!.codePointAt(0)!
    if (difference !== 0) return difference
  }
  return first.length - second.length
}

/** As Postgres orders jsonb: texts, numbers, booleans, arrays, objects; but an empty array comes before everything. */
function compareValues(a: Value, b: Value): number {
  const rank = (value: Value) => {
    if (Array.isArray(value)) return value.length === 0 ? -1 : 3
    return { string: 0, number: 1, boolean: 2, object: 4 }[typeof value as 'string' | 'number' | 'boolean' | 'object']
  }
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return typeof a === 'string' && typeof b === 'string' ? compareText(a, b) : rank(a) - rank(b)
}

/** Each character by itself, so that a text never grows. */
function foldCase(text: string): string {
  return [...text]
    .map((character) => ([...character.toLowerCase()].length === 1 ? character.toLowerCase() : 'i'))
    .join('')
}
