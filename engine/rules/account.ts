/**
 * Rules about accounts: those that are asked about themselves, and those of the people that are.
 *
 * Accounts are answered in levels, each a CTE with one row per account: a definition after those it refers to, and a rule
 * about a parent or about children after that rule has been answered for every account. `accounts_read` therefore reaches
 * as many steps beyond the accounts that are asked about as rules look.
 */
import { compileComparison, compileNumber } from './condition.ts'
import { compileCounted } from './counted.ts'
import type { EventContext } from './event.ts'
import { compileEventRule, isEventRule } from './event-rule.ts'
import { compileHeld, type Owner, sinceEntry, sinceValue } from './held.ts'
import { deepest, furthest, type Reach, reachOf } from './kin.ts'
import { ACCOUNT_COLUMNS } from './kinds.ts'
import { type Answer, compileLabel } from './label.ts'
import { type AnyRule, nameOf } from './order.ts'
import { AT, type Parameters, SUBJECTS_ASKED, TIMEZONE } from './parameters.ts'
import { compileRandom } from './random.ts'
import { compileIsMember, compileLabelIs } from './referred.ts'
import { fieldsOf, RecordScans, recordRows } from './records.ts'
import { type EventScan, Facts, Parts } from './scan.ts'
import { STORED } from './stored.ts'
import { rowsThen } from './then.ts'
import { and, FALSE, holdsUntil, not, or, toTest, toUntil, type Truth } from './truth.ts'
import type {
  AccountDefinition,
  AccountRule,
  ChildrenNode,
  HeldNode,
  Kept,
  LabelRule,
  PeopleNode,
  Rule,
  Subject,
} from './types.ts'

const OURS = 'tenant_id = (SELECT kith_tenant())'
const OWNER: Owner = { ...STORED.account, key: 'a.id', is: '= a.id', begin: 'a.created_at' }

/** Columns of one CTE. */
const MOST = 500

/** A CTE with a row per account. */
type Level = { level: number; name: string; columns: [name: string, sql: string][]; results: string[] }

type Place = {
  definition: AccountDefinition
  level: number
  reach: Reach
  value: string
  until: string
}

/** All account rules of a statement. */
export class Accounts {
  private readonly parameters: Parameters
  private readonly compilePerson: (rule: Rule) => Truth
  private readonly scans: RecordScans
  /** SQL of when everything is to be as it was known; undefined: now. */
  private readonly then: string | undefined
  private readonly facts = new Facts('account_events')
  private readonly parts = new Parts('account_parts')
  private readonly context: EventContext
  private readonly places = new Map<string, Place>()
  private readonly levels: Level[] = []
  /** By level and SQL of u: the column that holds it. */
  private readonly columns = new Map<string, string>()
  /** Of what the people asked about are to know the best of their accounts. */
  private readonly answers: string[] = []
  /** The rules about people, as SQL of u over a profile. */
  private readonly people: string[] = []
  /** Of which CTEs the parent's row, and the sums over the children's, are read. */
  private readonly parents = new Set<string>()
  private readonly children = new Map<string, Set<string>>()
  /** How far the rules look that people's accounts are asked. */
  private readonly reaches: Reach[] = []
  private readsEvents = false
  readonly peopleRules: PeopleNode[] = []

  constructor(parameters: Parameters, events: EventScan, compilePerson: (rule: Rule) => Truth) {
    this.parameters = parameters
    this.compilePerson = compilePerson
    this.scans = new RecordScans('account', events.knownBy)
    this.then = events.knownBy && parameters.add(events.knownBy, 'timestamptz')
    this.context = {
      parameters,
      events,
      table: 'account_events_read',
      facts: this.facts,
      parts: this.parts,
      read: () => (this.readsEvents = true),
    }
  }

  get used(): boolean {
    return this.levels.length > 0
  }

  /** Whether the people of the accounts, and their identifiers, must be known. */
  get readsPeople(): boolean {
    return this.people.length > 0 || this.readsEvents
  }

  /** Whether there is a recursive CTE. */
  get looksAround(): boolean {
    return this.furthest().steps > 0
  }

  private furthest(): Reach {
    return furthest([...this.reaches, ...[...this.places.values()].map((place) => place.reach)])
  }

  /** Some account of the profile satisfies the rule. */
  add(rule: AccountRule): Truth {
    const n = this.answers.push(this.column(this.levelOf(rule), toUntil(this.rule(rule)))) - 1
    this.reaches.push(this.reachOf(rule))
    return { until: `coalesce(account_answers.a${n}, ${toUntil(FALSE)})` }
  }

  /** Makes a definition answered, for those that refer to it and for who asks; those it refers to are placed before. */
  place(definition: AccountDefinition, name: string): void {
    const { rule } = definition
    const level = this.levelOf(rule)
    const reach = this.reachOf(rule)
    const kept = 'kept' in (rule as AnyRule | Kept)
    if (definition.kind === 'segment') {
      const until = this.column(level, kept ? this.keptSegment(definition.id) : toUntil(this.rule(definition.rule)))
      this.places.set(nameOf(definition), { definition, level, reach, value: '', until })
      return
    }
    const answer = kept ? this.keptLabel(definition.id, name) : this.label(definition.rule, name)
    const cte = this.cte(level, answer.columns.length)
    cte.columns.push(...answer.columns)
    cte.results.push(`${answer.value} AS ${name}_value`, `${answer.until} AS ${name}_until`)
    const [value, until] = [`${cte.name}.${name}_value`, `${cte.name}.${name}_until`]
    this.places.set(nameOf(definition), { definition, level, reach, value, until })
  }

  private keptSegment(id: string): string {
    const is = `SELECT FROM ${OWNER.members} m WHERE m.${OURS} AND m.segment_id = ${this.parameters.add(id, 'uuid')} AND m.account_id = a.id`
    return `CASE WHEN EXISTS (${is}) THEN 'infinity'::float8 ELSE '-infinity'::float8 END`
  }

  private keptLabel(id: string, name: string): Answer {
    const value = `(SELECT v.value FROM ${OWNER.values} v WHERE v.${OURS} AND v.label_id = ${this.parameters.add(id, 'uuid')} AND v.account_id = a.id)`
    return { columns: [[name, value]], value: name, until: "'infinity'::float8" }
  }

  private label(rule: LabelRule<AccountRule>, name: string): Answer {
    return compileLabel(rule, name, this.context, {
      rule: (rule) => this.rule(rule),
      records: (node) => recordRows(node, this.scans, this.parts, this.parameters),
    })
  }

  private rule(rule: AccountRule): Truth {
    if ('all' in rule) return and(rule.all.map((child) => this.rule(child)))
    if ('any' in rule) return or(rule.any.map((child) => this.rule(child)))
    if ('not' in rule) return not(this.rule(rule.not))
    if ('label' in rule) return compileLabelIs(rule.label, this.places.get(`label ${rule.label.key}`), this.parameters)
    if ('segment' in rule) return compileIsMember(this.places.get(`segment ${rule.segment.key}`))
    if ('held' in rule) return this.held(rule.held)
    if ('people' in rule) return this.peopleOf(rule.people)
    if ('parent' in rule) return this.parentIs(rule.parent)
    if ('children' in rule) return this.childrenAre(rule.children)
    if ('random' in rule) return compileRandom(rule.random, 'a.id', this.parameters)
    if (isEventRule(rule)) return compileEventRule(rule, this.context)
    if ('record' in rule) {
      return compileCounted(rule.record, recordRows(rule.record, this.scans, this.parts, this.parameters))
    }
    const operand = fieldsOf('a', ACCOUNT_COLUMNS, this.parameters)(rule.field.path)
    return compileComparison(rule.field, operand, this.parameters)
  }

  private held(node: HeldNode<AccountRule>): Truth {
    return compileHeld(node, this.rule(node.rule), this.sinceOf(node.rule), this.parameters)
  }

  private sinceOf(rule: AccountRule): string {
    if ('segment' in rule) {
      const segment = this.places.get(`segment ${rule.segment.key}`)
      return segment ? sinceEntry(segment.definition.id, OWNER, this.parameters, this.then) : AT
    }
    const label = 'label' in rule ? this.places.get(`label ${rule.label.key}`) : undefined
    return label ? sinceValue(label.definition.id, label.value, OWNER, this.parameters, this.then) : OWNER.begin
  }

  private peopleOf(node: PeopleNode): Truth {
    const { rule, count, share } = node
    this.peopleRules.push(node)
    const n = this.people.push(toUntil(this.compilePerson(rule))) - 1
    const truth = share
      ? compileNumber(`(people_facts.n${n}::numeric / people_facts.total)`, share, this.parameters)
      : compileNumber(`coalesce(people_facts.n${n}, 0)`, count ?? { gte: 1 }, this.parameters)
    return holdsUntil(toTest(truth), [`people_facts.t${n}`])
  }

  /** Whose parent is not there has none that satisfies anything. */
  private parentIs(rule: AccountRule): Truth {
    const [cte, column] = this.column(this.levelOf(rule), toUntil(this.rule(rule))).split('.') as [string, string]
    this.parents.add(cte)
    return { until: `coalesce(parent_${cte}.${column}, ${toUntil(FALSE)})` }
  }

  private childrenAre({ rule, count }: ChildrenNode): Truth {
    const [cte, column] = this.column(this.levelOf(rule), toUntil(this.rule(rule))).split('.') as [string, string]
    this.children.set(cte, (this.children.get(cte) ?? new Set()).add(column))
    const sums = `children_${cte}`
    const test = toTest(compileNumber(`coalesce(${sums}.n_${column}, 0)`, count ?? { gte: 1 }, this.parameters))
    return holdsUntil(test, [`${sums}.t_${column}`])
  }

  /** 0, or one more than that of what must be answered before. */
  private levelOf(node: unknown): number {
    return deepest(
      node,
      (name) => (this.places.get(name)?.level ?? -1) + 1,
      (inner) => this.levelOf(inner) + 1,
    )
  }

  private reachOf(node: unknown): Reach {
    return reachOf(node, (name) => this.places.get(name)?.reach)
  }

  /** The column of a CTE of that level that holds an u. */
  private column(level: number, sql: string): string {
    const key = `${level} ${sql}`
    let column = this.columns.get(key)
    if (!column) {
      const cte = this.cte(level, 1)
      const name = `u${cte.columns.length}`
      cte.columns.push([name, sql])
      cte.results.push(name)
      this.columns.set(key, (column = `${cte.name}.${name}`))
    }
    return column
  }

  private cte(level: number, columns: number): Level {
    const same = this.levels.filter((one) => one.level === level)
    const last = same.at(-1)
    if (last && last.columns.length + columns <= MOST) return last
    const cte: Level = { level, name: `accounts_${level}_${same.length}`, columns: [], results: [] }
    this.levels.push(cte)
    return cte
  }

  /** Whose profiles and identifiers must be known: those asked about, and everybody of the accounts where rules ask for it. */
  profiles(subject: Subject): string {
    const asked = subject === 'person' ? [`SELECT unnest(${SUBJECTS_ASKED})`] : []
    const colleagues = this.readsPeople ? ['SELECT profile_id FROM colleagues'] : []
    if (colleagues.length === 0 && asked.length > 0) return `ANY (${SUBJECTS_ASKED})`
    const all = [...asked, ...colleagues]
    return all.length > 0 ? `ANY (ARRAY(${all.join(' UNION ')}))` : `ANY ('{}')`
  }

  /** CTEs that say which accounts are read, and who their people are. */
  read(subject: Subject): string[] {
    if (!this.used) return []
    const reach = this.furthest()
    const asked = subject === 'person' ? 'SELECT account_id FROM works_at' : `SELECT unnest(${SUBJECTS_ASKED})`
    const { steps } = reach
    const read = `id = ANY (ARRAY(${steps > 0 ? 'SELECT id FROM kin' : asked})) AND (${AT}, ${TIMEZONE}) IS NOT NULL`
    return [
      ...(subject === 'person'
        ? [
            `works_at AS (\nSELECT DISTINCT profile_id AS owner_id, account_id FROM profile_accounts WHERE ${OURS} AND profile_id = ANY (${SUBJECTS_ASKED})\n)`,
          ]
        : []),
      ...(steps > 0 ? [kin(asked, reach)] : []),
      `accounts_read AS (
${this.then ? rowsThen('accounts', read, this.then) : `SELECT * FROM accounts\nWHERE ${OURS} AND ${read}`}
)`,
      ...(this.readsPeople
        ? [
            `colleagues AS (\nSELECT DISTINCT account_id, profile_id\nFROM profile_accounts\nWHERE ${OURS} AND account_id = ANY (ARRAY(SELECT id FROM accounts_read))\n)`,
          ]
        : []),
    ]
  }

  /** CTEs of the answers, after those of the people; `chain` is FROM and joins of the profiles, for the rules about them. */
  build(chain: string, subject: Subject): { ctes: string[]; joins: string[] } {
    if (!this.used) return { ctes: [], joins: [] }
    const scans = [
      this.facts.build('FROM account_events_read e CROSS JOIN once', 'a.id'),
      this.scans.build('a.id', this.parameters),
      this.parts.build('a.id'),
    ]
    const joins = ['CROSS JOIN once', ...scans.flatMap((scan) => scan.joins)]
    if (this.people.length > 0) joins.push('LEFT JOIN people_facts ON people_facts.owner_id = a.id')
    const ctes = [
      ...(this.readsEvents ? [accountEvents(this.context.events)] : []),
      ...scans.flatMap((scan) => scan.ctes),
      ...this.peopleFacts(chain),
      ...[...this.levels].sort((a, b) => a.level - b.level).flatMap((level) => this.levelCtes(level, joins)),
    ]
    if (subject === 'account') {
      return { ctes, joins: this.levels.map(({ name }) => `LEFT JOIN ${name} ON ${name}.id = s.id`) }
    }
    if (this.answers.length === 0) return { ctes, joins: [] }
    const best = this.answers.map((column, n) => `  max(${column}) AS a${n}`)
    const read = new Set(this.answers.map((column) => column.split('.')[0]))
    ctes.push(`account_answers AS (
SELECT w.owner_id,
${best.join(',\n')}
FROM works_at w
${[...read].map((name) => `JOIN ${name} ON ${name}.id = w.account_id`).join('\n')}
GROUP BY w.owner_id
)`)
    return { ctes, joins: ['LEFT JOIN account_answers ON account_answers.owner_id = s.id'] }
  }

  private levelCtes({ level, name, columns, results }: Level, joins: string[]): string[] {
    const below = this.levels.filter((one) => one.level < level).map((one) => one.name)
    const more = below.flatMap((name) => [
      `JOIN ${name} ON ${name}.id = a.id`,
      ...(this.parents.has(name) ? [`LEFT JOIN ${name} parent_${name} ON parent_${name}.id = a.parent_id`] : []),
      ...(this.children.has(name) ? [`LEFT JOIN children_${name} ON children_${name}.owner_id = a.id`] : []),
    ])
    const cte = `${name} AS (
SELECT id, parent_id, ${results.join(', ')}
FROM (
SELECT ${['a.id, a.parent_id', ...columns.map(([name, sql]) => `${sql} AS ${name}`)].join(',\n  ')}
FROM accounts_read a
${[...joins, ...more].join('\n')}
OFFSET 0
) a
)`
    const counted = [...(this.children.get(name) ?? [])].map(
      (column) => `  count(*) FILTER (WHERE ${column} > 0) AS n_${column}, min(abs(${column})) AS t_${column}`,
    )
    if (counted.length === 0) return [cte]
    return [
      cte,
      `children_${name} AS (
SELECT parent_id AS owner_id,
${counted.join(',\n')}
FROM ${name}
WHERE parent_id IS NOT NULL
GROUP BY parent_id
)`,
    ]
  }

  private peopleFacts(chain: string): string[] {
    if (this.people.length === 0) return []
    const answers = this.people.map((sql, n) => `  ${sql} AS q${n}`)
    const facts = this.people.map((_sql, n) => `  count(*) FILTER (WHERE q${n} > 0) AS n${n}, min(abs(q${n})) AS t${n}`)
    return [
      `people_answers AS (\nSELECT s.id,\n${answers.join(',\n')}\n${chain}\n)`,
      `people_facts AS (
SELECT c.account_id AS owner_id, count(*) AS total,
${facts.join(',\n')}
FROM colleagues c
JOIN people_answers p ON p.id = c.profile_id
GROUP BY c.account_id
)`,
    ]
  }

  /** What a definition is answered by. */
  answerOf(definition: AccountDefinition): { value: string; until: string } {
    return this.places.get(nameOf(definition))!
  }
}

/** What the people of an account did: each event once, at every account of who did it. */
const accountEvents = ({ columns }: EventScan) => `account_events_read AS (
SELECT c.account_id AS owner_id, ${columns.map((column) => `e.${column}`).join(', ')}
FROM colleagues c
JOIN events_read e ON e.owner_id = c.profile_id
)`

/** The accounts asked about, and their relatives as far as rules look. */
function kin(asked: string, { steps, up, down }: Reach): string {
  const near = [
    ...(up ? ['SELECT o.parent_id AS id WHERE o.parent_id IS NOT NULL'] : []),
    ...(down ? [`SELECT c.id FROM accounts c WHERE c.${OURS} AND c.parent_id = o.id`] : []),
  ]
  return `kin AS (
SELECT account.id, 0 AS steps FROM (${asked}) AS account (id)
UNION
SELECT near.id, k.steps + 1
FROM kin k
JOIN accounts o ON o.${OURS} AND o.id = k.id
CROSS JOIN LATERAL (${near.join(' UNION ALL ')}) near
WHERE k.steps < ${steps}
)`
}
