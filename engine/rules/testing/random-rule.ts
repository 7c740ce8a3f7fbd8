/** Random definitions over the few names and values that random-world.ts uses, so that they meet often. */
import { parseRuleOf, WEEKDAYS } from '../parse.ts'
import { kindOf } from '../kinds.ts'
import { asksForAccounts, nameOf, references } from '../order.ts'
import type {
  AccountRule,
  Comparison,
  Definition,
  EventMatcher,
  LabelRule,
  Rule,
  Subject,
  Where,
  Window,
} from '../types.ts'
import { toIso } from './calendar.ts'
import type { Dice } from './dice.ts'
import { NAMES, randomTime, SCALARS, TEXTS } from './random-world.ts'

const DURATIONS = ['PT1H', 'PT90M', 'P1D', 'P2D', 'P3D', 'P1W', 'P1M', 'P1M2D', 'PT24H', 'P3M', 'P1Y', 'P1DT0.5S']
const PATHS = ['price', 'sku', 'cart', 'tags', 'items', 'due', 'nested.deep', 'tags.0', 'nothing']

/** Segments and labels of people and of accounts, each of which may refer to those before it. */
export function randomDefinitions(dice: Dice, count: number): Definition[] {
  const definitions: Definition[] = []
  for (let n = 0; n < count; n++) {
    const kind = dice.chance(0.7) ? 'segment' : 'label'
    const subject = dice.chance(0.6) ? 'person' : 'account'
    definitions.push(randomDefinition(dice, definitions, kind, subject, 3))
  }
  return definitions
}

/** One more, whose rule is at most so many levels deep. */
export function randomDefinition(
  dice: Dice,
  earlier: readonly Definition[],
  kind: Definition['kind'],
  subject: Subject,
  depth: number,
): Definition {
  const rules = new RandomRule(dice, earlier)
  const make = (depth: number) => (subject === 'person' ? rules.rule(depth) : rules.accountRule(depth))
  const rule = kind === 'segment' ? make(depth) : rules.label<Rule | AccountRule>(subject, make)
  const parsed = parseRuleOf(kind, subject, rule)
  return { id: dice.uuid(), key: `k${earlier.length}`, kind, subject, rule: parsed } as Definition
}

/** Kinds of records with paths to ask for: the first to group by, the last a number. */
const RECORDS: readonly { kind: string; paths: string[] }[] = [
  { kind: 'order', paths: ['status', 'currency', 'placedAt', 'custom.sku', 'price', 'externalId', 'amount'] },
  { kind: 'orderItem', paths: ['sku', 'placedAt', 'quantity'] },
  { kind: 'contract', paths: ['status', 'endsAt', 'startsAt', 'updatedAt', 'amount'] },
  { kind: 'membership', paths: ['tier', 'status', 'endsAt', 'custom.tags', 'points'] },
  { kind: 'ticket', paths: ['status', 'priority', 'openedAt', 'closedAt', 'price'] },
  { kind: 'contact', paths: ['stage', 'email', 'createdAt', 'price'] },
  { kind: 'lead', paths: ['status', 'updatedAt', 'custom.nested.deep', 'score'] },
  { kind: 'opportunity', paths: ['stage', 'closeDate', 'amount'] },
  { kind: 'activity', paths: ['kind', 'occurredAt', 'price'] },
  { kind: 'visit', paths: ['occurredAt', 'sku', 'price'] },
  { kind: 'testDrive', paths: ['custom.sku', 'occurredAt', 'price'] },
]

const ACCOUNT_PATHS = ['name', 'domain', 'industry', 'employees', 'owner', 'externalId', 'createdAt', 'updatedAt']

class RandomRule {
  private readonly dice: Dice
  private readonly definitions: readonly Definition[]

  constructor(dice: Dice, definitions: readonly Definition[]) {
    this.dice = dice
    this.definitions = definitions
  }

  rule(depth: number): Rule {
    const { dice } = this
    if (depth > 0 && dice.chance(0.45)) {
      const kind = dice.pick(['all', 'any', 'not'])
      if (kind === 'not') return { not: this.rule(depth - 1) }
      const children = dice.some(3, () => this.rule(depth - 1))
      return kind === 'all' ? { all: children } : { any: children }
    }
    return dice.pick(LEAVES)(this)
  }

  label<R>(subject: Subject, make: (depth: number) => R): LabelRule<R> {
    const { dice } = this
    const kind = dice.below(3)
    if (kind === 0) {
      const cases = dice.some(3, () => ({ when: make(1), value: dice.pick(SCALARS) }), 1)
      return { cases, otherwise: dice.pick([null, 'else', 7]) }
    }
    if (kind === 1) {
      const score = dice.some(4, () => ({ when: make(1), points: dice.pick([1, -2, 2.5, 10]) }), 1)
      return { score, base: dice.pick([0, 5]), ...(dice.chance(0.5) ? { min: 0, max: 10 } : {}) }
    }
    const of = dice.pick(['count', 'sum', 'avg', 'min', 'max', 'distinct', 'first', 'last', 'mostFrequent'] as const)
    if (dice.chance(0.6)) {
      const path = dice.pick(['price', 'sku', 'cart'])
      return { compute: { of, event: this.matcher(), ...(of === 'count' ? {} : { path }), ...this.window() } }
    }
    const { paths, ...record } = this.recordMatcher(subject)
    const path = dice.pick(paths)
    return { compute: { of, record, ...(of === 'count' ? {} : { path }), ...this.window() } }
  }

  duration = () => this.dice.pick(DURATIONS)
  instant = () => {
    const text = toIso(randomTime(this.dice))
    return this.dice.chance(0.3) ? text.slice(0, 10) : this.dice.chance(0.3) ? text.slice(0, 19) : text
  }

  count() {
    const n = this.dice.below(4)
    return this.dice.pick([
      { gte: n },
      { gt: n },
      { lt: n },
      { lte: n },
      { eq: n },
      { ne: n },
      { between: [1, 2] as [number, number] },
    ])
  }

  window(): Window {
    const { dice } = this
    const kind = dice.below(7)
    if (kind === 0) return {}
    if (kind === 1) {
      const [a, b] = [randomTime(dice), randomTime(dice)].sort((a, b) => a - b) as [number, number]
      return {
        between: dice.pick([
          { from: toIso(a), to: toIso(b) },
          { from: toIso(a).slice(0, 16) },
          { to: toIso(b).slice(0, 10) },
        ]),
      }
    }
    if (kind === 2) {
      const calendar = dice.pick(['hour', 'day', 'week', 'month', 'quarter', 'year'] as const)
      const weekStart = dice.pick(WEEKDAYS)
      return {
        within: {
          calendar,
          ago: dice.below(3),
          ...(calendar === 'week' ? { weekStart } : {}),
          ...(dice.chance(0.3) ? { timezone: dice.pick(['Asia/Kolkata', 'America/New_York']) } : {}),
        },
      }
    }
    return { within: this.duration() }
  }

  matcher(): EventMatcher {
    const { dice } = this
    const name = dice.chance(0.8) ? dice.pick(NAMES) : [dice.pick(NAMES), dice.pick(NAMES)]
    return dice.chance(0.7) ? { name } : { name, where: this.where(2, PATHS) }
  }

  where(depth: number, paths: readonly string[]): Where | Where[] {
    const { dice } = this
    if (dice.chance(0.3)) return dice.some(2, () => this.whereTree(depth, paths))
    return this.whereTree(depth, paths)
  }

  private whereTree(depth: number, paths: readonly string[]): Where {
    const { dice } = this
    if (depth > 0 && dice.chance(0.3)) {
      const kind = dice.pick(['all', 'any', 'not'])
      if (kind === 'not') return { not: this.whereTree(depth - 1, paths) }
      const children = dice.some(2, () => this.whereTree(depth - 1, paths))
      return kind === 'all' ? { all: children } : { any: children }
    }
    return { path: dice.pick(paths), ...this.comparison() }
  }

  comparison(depth = this.dice.pick([1, 1, 2])): Comparison {
    const { dice } = this
    const scalar = () => dice.pick(SCALARS)
    const ordered = () => dice.pick([1, 2, 2.5, 4, 'b', 'É', '2026-03-15'])
    const makers: (() => Comparison)[] = [
      () => ({ eq: scalar() }),
      () => ({ ne: scalar() }),
      () => ({ gt: ordered() }),
      () => ({ gte: ordered() }),
      () => ({ lt: ordered() }),
      () => ({ lte: ordered() }),
      () => ({ in: dice.some(3, scalar) }),
      () => ({ notIn: dice.some(3, scalar) }),
      () => ({ between: dice.pick([[1, 3] as [number, number], ['a', 'c'] as [string, string]]) }),
      () => ({ contains: scalar() }),
      () => ({ startsWith: dice.pick(TEXTS.filter((text) => text !== '')) }),
      () => ({ endsWith: dice.pick(TEXTS.filter((text) => text !== '')) }),
      () => ({ matches: dice.pick(['^a', 'b$', '[a-c]+', 'a|É', '\\d{4}-\\d+', 'x?']) }),
      () => ({ exists: dice.chance(0.5) }),
      () => ({ missing: dice.chance(0.5) }),
      () => ({ empty: dice.chance(0.5) }),
      () => ({ before: dice.chance(0.5) ? 'now' : this.instant() }),
      () => ({ after: dice.chance(0.5) ? 'now' : this.instant() }),
      () => ({ withinLast: this.duration() }),
      () => ({ withinNext: this.duration() }),
      () => ({ anniversary: dice.pick([true as const, 'P1D', 'P7D']) }),
    ]
    if (depth > 0) {
      const element = () => ({ ...(dice.chance(0.4) ? { path: 'sku' } : {}), ...this.comparison(depth - 1) })
      makers.push(
        () => ({ any: element() }),
        () => ({ all: element() }),
        () => ({ none: element() }),
      )
    }
    const comparison = dice.chance(0.15) ? { ...dice.pick(makers)(), ...dice.pick(makers)() } : dice.pick(makers)()
    return dice.chance(0.2) ? { ...comparison, ignoreCase: true } : comparison
  }

  random() {
    const { dice } = this
    const from = dice.chance(0.5) ? { from: dice.pick([0, 25, 90]) } : {}
    return { percent: dice.pick([0, 30, 50, 100]), ...from, salt: dice.pick(['s', 't']) }
  }

  /** For how long a membership or a label's value has been as it is; or a field, where there is none to ask for. */
  held<R>(of: (kind: Definition['kind']) => R | undefined, otherwise: () => R) {
    const { dice } = this
    const rule = of(dice.pick(['segment', 'label'])) ?? otherwise()
    const op = dice.pick([undefined, 'gte', 'lt'] as const)
    return { rule, for: this.duration(), ...(op && { op }) }
  }

  /** A node about the other definitions of a kind; undefined when there is none. */
  referring(
    kind: Definition['kind'],
    subject: Subject,
  ): { segment: { key: string } } | { label: { key: string } } | undefined {
    const key = this.reference(kind, subject)?.key
    if (key === undefined) return undefined
    return kind === 'segment' ? { segment: { key } } : { label: { key, ...this.comparison() } }
  }

  aggregate(path: string) {
    const name = this.dice.pick(['sum', 'avg', 'min', 'max', 'distinct'] as const)
    return {
      [name]: path,
      ...this.dice.pick([
        { gte: 3 },
        { gt: 2 },
        { lt: 2.2 },
        { lte: 1 },
        { eq: 2 },
        { ne: 1 },
        { between: [1, 5] as [number, number] },
      ]),
    }
  }

  counted(by: string, number: string) {
    const { dice } = this
    const kind = dice.below(4)
    if (kind === 0) return { aggregate: this.aggregate(number) }
    if (kind === 1)
      return { by, count: dice.pick([{ gte: 1 }, { gte: 2 }, { eq: 2 }, { between: [2, 3] as [number, number] }]) }
    return kind === 2 ? { count: this.count() } : {}
  }

  record(subject: Subject) {
    const { paths, ...matcher } = this.recordMatcher(subject)
    return { ...matcher, ...this.window(), ...this.counted(paths[0]!, paths.at(-1)!) }
  }

  private recordMatcher(subject: Subject) {
    const { dice } = this
    const { kind, paths } = dice.pick(RECORDS.filter(({ kind }) => subject === 'person' || kindOf(kind).ofAccounts))
    return {
      ...{ kind, paths },
      ...(dice.chance(0.35) ? { where: this.where(1, paths) } : {}),
      ...(dice.chance(0.2) ? { on: dice.pick(['createdAt', 'custom.due']) } : {}),
    }
  }

  accountRule(depth: number): AccountRule {
    const { dice } = this
    if (depth > 0 && dice.chance(0.4)) {
      const kind = dice.pick(['all', 'any', 'not'])
      if (kind === 'not') return { not: this.accountRule(depth - 1) }
      const children = dice.some(2, () => this.accountRule(depth - 1), 1)
      return kind === 'all' ? { all: children } : { any: children }
    }
    const kind = dice.below(11)
    if (kind < 2)
      return { field: { path: dice.pick([...ACCOUNT_PATHS, 'custom.sku', 'due', 'tags']), ...this.comparison() } }
    if (kind === 2) return { record: this.record('account') }
    if (kind === 3) return dice.pick(EVENT_LEAVES)(this) as AccountRule
    if (kind === 4) return { random: this.random() }
    if (kind === 5 && depth > 0) return { parent: this.accountRule(depth - 1) }
    if (kind === 6 && depth > 0) {
      return { children: { rule: this.accountRule(depth - 1), ...(dice.chance(0.5) ? { count: this.count() } : {}) } }
    }
    if (kind === 7) return this.referring('segment', 'account') ?? { segment: { key: 'unknown' } }
    if (kind === 8) return this.referring('label', 'account') ?? { label: { key: 'unknown', ...this.comparison() } }
    if (kind === 9 && dice.chance(0.7)) {
      const of = (kind: Definition['kind']) => this.referring(kind, 'account') as AccountRule | undefined
      return { held: this.held(of, () => ({ segment: { key: 'unknown' } })) }
    }
    // Of people without accounts of their own in the rule: no reference may lead back to one.
    const plain = new RandomRule(
      dice,
      this.definitions.filter((definition) => definition.subject !== 'account' && !this.leadsToAccounts(definition)),
    )
    const rule = dice.pick([...LEAVES].filter((leaf) => leaf !== accountLeaf))(plain)
    const share = dice.pick([
      { gte: 0.5 },
      { eq: 1 },
      { lt: 0.4 },
      { ne: 0 },
      { gt: 0 },
      { lte: 0.5 },
      { between: [0.2, 0.8] as [number, number] },
    ])
    return { people: { rule, ...dice.pick([{}, { count: this.count() }, { share }]) } }
  }

  private leadsToAccounts({ rule }: Definition): boolean {
    if (asksForAccounts(rule)) return true
    const names = references(rule).map(nameOf)
    return this.definitions.some((one) => names.includes(nameOf(one)) && this.leadsToAccounts(one))
  }

  reference(kind: Definition['kind'], subject: Subject = 'person'): Definition | undefined {
    const candidates = this.definitions.filter((one) => one.kind === kind && (one.subject ?? 'person') === subject)
    return candidates.length > 0 ? this.dice.pick(candidates) : undefined
  }

  get chance() {
    return this.dice
  }
}

const accountLeaf = (random: RandomRule): Rule => ({ account: random.accountRule(1) })

const EVENT_LEAVES: ((random: RandomRule) => Rule)[] = [
  (random) => ({ event: { ...random.matcher(), ...random.window(), ...random.counted('cart', 'price') } }),
  (random) => ({ event: { ...random.matcher(), ...random.window(), ...random.counted('sku', 'price') } }),
  (random) => ({ event: { ...random.matcher(), within: random.duration(), count: random.count() } }),
  (random) => ({
    sequence: {
      steps: random.chance.some(3, () => random.matcher(), 2),
      ...(random.chance.chance(0.5) ? { within: random.duration() } : {}),
      ...(random.chance.chance(0.3) ? { strict: true } : {}),
      ...(random.chance.chance(0.3) ? { by: 'cart' } : {}),
    },
  }),
  (random) => {
    const absent = random.chance.chance(0.7)
    return {
      followedBy: {
        first: random.matcher(),
        then: random.matcher(),
        within: random.duration(),
        ...(absent ? { absent, any: random.chance.chance(0.4), sticky: random.chance.chance(0.4) } : {}),
        ...(random.chance.chance(0.4) ? { by: random.chance.pick(['cart', 'sku']) } : {}),
      },
    }
  },
  ...(['firstEvent', 'lastEvent'] as const).map(
    (edge) => (random: RandomRule) =>
      ({
        [edge]: {
          ...random.matcher(),
          ...(random.chance.chance(0.5) ? { is: random.where(1, PATHS) } : {}),
          ...(random.chance.chance(0.6)
            ? { age: { [random.chance.pick(['gt', 'gte', 'lt', 'lte'])]: random.duration() } }
            : {}),
        },
      }) as unknown as Rule,
  ),
]

const LEAVES: ((random: RandomRule) => Rule)[] = [
  (random) => ({
    field: {
      path: random.chance.pick([...PATHS, 'firstSeen', 'lastSeen', 'createdAt', 'traits.createdAt', 'traits.price']),
      ...random.comparison(),
    },
  }),
  (random) => ({ field: { path: random.chance.pick(['born', 'due', 'price', 'sku']), ...random.comparison() } }),
  (random) => ({
    identifier: {
      type: random.chance.pick(['user_id', 'email', 'anonymous_id', 'lead', 'phone']),
      ...random.comparison(),
    },
  }),
  ...EVENT_LEAVES,
  (random) => ({ record: random.record('person') }),
  (random) => ({ record: random.record('person') }),
  accountLeaf,
  (random) => ({
    consent: {
      purpose: random.chance.pick(['marketing', 'analytics']),
      channel: random.chance.pick(['email', 'sms']),
      ...random.chance.pick([{}, { is: 'granted' }, { is: 'denied' }, { is: 'unknown' }] as const),
    },
  }),
  (random) => ({
    random: random.random(),
  }),
  (random) => ({ list: { key: random.chance.pick(['vip', 'partners', 'nobody']) } }),
  (random) => random.referring('segment', 'person') ?? { segment: { key: 'unknown' } },
  (random) => random.referring('label', 'person') ?? { label: { key: 'unknown', ...random.comparison() } },
  (random) => {
    const field = () => ({
      field: { path: random.chance.pick(['price', 'sku', 'tags', 'nothing']), ...random.comparison() },
    })
    if (random.chance.chance(0.3)) return { held: random.held<Rule>(() => undefined, field) }
    return { held: random.held<Rule>((kind) => random.referring(kind, 'person'), field) }
  },
]
