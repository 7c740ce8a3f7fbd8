/** Random definitions over the few names and values that random-world.ts uses, so that they meet often. */
import { parseRuleOf } from '../parse.ts'
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

const DURATIONS = ['PT1H', 'PT90M', 'P1D', 'P2D', 'P3D', 'P1W', 'P1M', 'P1M2D', 'PT24H']
const PATHS = ['price', 'sku', 'cart', 'tags', 'items', 'due', 'nested.deep', 'tags.0', 'nothing']

/** Segments and labels of people and of accounts, each of which may refer to those before it. */
export function randomDefinitions(dice: Dice, count: number): Definition[] {
  const definitions: Definition[] = []
  for (let n = 0; n < count; n++) {
    const kind = dice.chance(0.7) ? 'segment' : 'label'
    const subject = dice.chance(0.6) ? 'person' : 'account'
    const rules = new RandomRule(dice, definitions)
    const make = (depth: number) => (subject === 'person' ? rules.rule(depth) : rules.accountRule(depth))
    const rule = kind === 'segment' ? make(3) : rules.label<Rule | AccountRule>(make)
    definitions.push({
      ...{ id: dice.uuid(), key: `k${n}`, kind, subject },
      rule: parseRuleOf(kind, subject, rule),
    } as Definition)
  }
  return definitions
}

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

  label<R>(make: (depth: number) => R): LabelRule<R> {
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
    const of = dice.pick(['count', 'sum', 'min', 'max', 'distinct', 'first', 'last', 'mostFrequent'] as const)
    const about = dice.chance(0.7) ? { event: this.matcher() } : { record: { kind: 'order' as const } }
    const path = 'event' in about ? dice.pick(['price', 'sku']) : dice.pick(['amount', 'status'])
    return { compute: { of, ...about, ...(of === 'count' ? {} : { path }), ...this.window() } }
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
    const kind = dice.below(6)
    if (kind === 0) return {}
    if (kind === 1) {
      const [a, b] = [randomTime(dice), randomTime(dice)].sort((a, b) => a - b) as [number, number]
      return {
        between: dice.pick([{ from: toIso(a), to: toIso(b) }, { from: toIso(a) }, { to: toIso(b).slice(0, 10) }]),
      }
    }
    if (kind === 2) {
      const calendar = dice.pick(['hour', 'day', 'week', 'month', 'quarter', 'year'] as const)
      const weekStart = dice.pick(['monday', 'sunday', 'thursday'] as const)
      return {
        within: {
          calendar,
          ago: dice.below(3),
          ...(calendar === 'week' ? { weekStart } : {}),
          ...(dice.chance(0.3) ? { timezone: 'Asia/Kolkata' } : {}),
        },
      }
    }
    return { within: this.duration() }
  }

  matcher(): EventMatcher {
    const { dice } = this
    const name = dice.chance(0.8) ? dice.pick(NAMES) : [dice.pick(NAMES), dice.pick(NAMES)]
    return dice.chance(0.5) ? { name } : { name, where: this.where(2, PATHS) }
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

  comparison(depth = 1): Comparison {
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

  aggregate(path: string) {
    const name = this.dice.pick(['sum', 'avg', 'min', 'max', 'distinct'] as const)
    return {
      [name]: path,
      ...this.dice.pick([{ gte: 3 }, { lt: 2.2 }, { eq: 2 }, { ne: 1 }, { between: [1, 5] as [number, number] }]),
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

  record() {
    const { dice } = this
    const [kind, paths, number] = dice.pick([
      ['order', ['status', 'amount', 'currency', 'placedAt', 'custom.sku', 'price'], 'amount'],
      ['orderItem', ['sku', 'quantity', 'placedAt'], 'quantity'],
      ['contract', ['status', 'endsAt', 'startsAt', 'amount'], 'amount'],
      ['ticket', ['status', 'priority', 'openedAt', 'closedAt'], 'price'],
      ['contact', ['stage', 'email', 'createdAt', 'price'], 'price'],
      ['opportunity', ['stage', 'closeDate', 'amount'], 'amount'],
      ['activity', ['kind', 'occurredAt'], 'price'],
      ['visit', ['occurredAt', 'price', 'sku'], 'price'],
      ['testDrive', ['custom.sku', 'occurredAt'], 'price'],
    ] as const)
    return {
      kind,
      ...(dice.chance(0.5) ? { where: this.where(1, paths) } : {}),
      ...this.window(),
      ...this.counted(paths[0], number),
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
    const kind = dice.below(10)
    if (kind < 2)
      return { field: { path: dice.pick(['name', 'employees', 'industry', 'custom.sku']), ...this.comparison() } }
    if (kind === 2) return { record: this.record() }
    if (kind === 3) return dice.pick(EVENT_LEAVES)(this) as AccountRule
    if (kind === 4) return { random: { percent: dice.pick([0, 30, 50, 100]), salt: 's' } }
    if (kind === 5 && depth > 0) return { parent: this.accountRule(depth - 1) }
    if (kind === 6 && depth > 0) {
      return { children: { rule: this.accountRule(depth - 1), ...(dice.chance(0.5) ? { count: this.count() } : {}) } }
    }
    if (kind === 7) {
      const segment: AccountRule = { segment: { key: this.reference('segment', 'account')?.key ?? 'unknown' } }
      if (segment.segment.key === 'unknown' || dice.chance(0.6)) return segment
      return { held: { rule: segment, for: this.duration(), op: dice.pick(['gte', 'lt'] as const) } }
    }
    if (kind === 8)
      return { label: { key: this.reference('label', 'account')?.key ?? 'unknown', ...this.comparison() } }
    // Of people without accounts of their own in the rule: no reference may lead back to one.
    const plain = new RandomRule(
      dice,
      this.definitions.filter((definition) => definition.subject !== 'account' && !this.leadsToAccounts(definition)),
    )
    const rule = dice.pick([...LEAVES].filter((leaf) => leaf !== accountLeaf))(plain)
    const share = dice.pick([{ gte: 0.5 }, { eq: 1 }, { lt: 0.4 }, { ne: 0 }])
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
    field: { path: random.chance.pick([...PATHS, 'firstSeen', 'lastSeen', 'createdAt']), ...random.comparison() },
  }),
  (random) => ({ field: { path: random.chance.pick(['born', 'due', 'price', 'sku']), ...random.comparison() } }),
  (random) => ({
    identifier: { type: random.chance.pick(['user_id', 'email', 'anonymous_id']), ...random.comparison() },
  }),
  ...EVENT_LEAVES,
  (random) => ({ record: random.record() }),
  (random) => ({ record: random.record() }),
  accountLeaf,
  (random) => ({
    consent: {
      purpose: random.chance.pick(['marketing', 'analytics']),
      channel: random.chance.pick(['email', 'sms']),
      is: random.chance.pick(['granted', 'denied', 'unknown'] as const),
    },
  }),
  (random) => ({
    random: { percent: random.chance.pick([0, 30, 50, 100]), from: random.chance.pick([0, 25]), salt: 's' },
  }),
  (random) => ({ list: { key: random.chance.pick(['vip', 'partners', 'nobody']) } }),
  (random) => {
    const segment = random.reference('segment')
    return { segment: { key: segment?.key ?? 'unknown' } }
  },
  (random) => {
    const label = random.reference('label')
    return { label: { key: label?.key ?? 'unknown', ...random.comparison() } }
  },
  (random) => {
    const segment = random.reference('segment')
    const rule: Rule = segment
      ? { segment: { key: segment.key } }
      : { field: { path: random.chance.pick(['price', 'sku', 'tags']), ...random.comparison() } }
    return { held: { rule, for: random.duration(), op: random.chance.pick(['gte', 'lt'] as const) } }
  },
  (random) => ({
    held: {
      rule: { field: { path: random.chance.pick(['price', 'sku', 'nothing']), ...random.comparison() } },
      for: random.duration(),
    },
  }),
]
