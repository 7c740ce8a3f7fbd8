/** Why a profile or account is, or is not, in a segment or has a label's value: the rule's tree with each node's answer and its proof. */
import type { Transaction } from '../../db/client.ts'
import type { JsonObject } from '../../db/schema/columns.ts'
import { compile } from './compile.ts'
import { type Evidence, findEvidence, type Moment, type Sought } from './evidence.ts'
import { nameOf, references } from './order.ts'
import { rowsThen, traitsThen } from './then.ts'
import type { AccountRule, Computation, Definition, EventMatcher, LabelRule, Rule, Subject, Window } from './types.ts'

export type ExplainedNode = {
  /** Where the node is in the rule; of a segment that is referred to, where it is named. */
  path: (string | number)[]
  /** 'all', 'event', 'segment' ... */
  node: string
  /** The node itself, as it stands in the rule. */
  rule: unknown
  holds: boolean
  /** Until when that stays so if nothing else happens; null: for ever. */
  until: string | null
  /** What was compared: a trait's or a label's value, a count, an aggregate; undefined where there is no one such value. */
  found?: unknown
  /** The latest few rows that the node is about. */
  evidence: Evidence[]
  children: ExplainedNode[]
}

export type Explanation = {
  definition: Definition
  subject: Subject
  /** Of the profile or account. */
  id: string
  at: string
  /** Whether it is in the segment, or the label's value. */
  value: unknown
  until: string | null
  /** The root of a segment's rule; of a label, its cases or scores in order. */
  nodes: ExplainedNode[]
}

const MOST_EVIDENCE = 10
/** How deep references to segments are followed. */
const MOST_REFERENCES = 5

/**
 * `others` are the tenant's definitions, of which those that the explained one refers to are used. Null when there is no
 * such profile (it may have been merged into another) or account. A transaction of inTenant; reads only.
 */
export async function explain(
  sql: Transaction,
  definition: Definition,
  others: readonly Definition[],
  moment: Moment,
): Promise<Explanation | null> {
  const subject = definition.subject ?? 'person'
  const explainer = new Explainer(definition, others)
  const { drafts } = explainer
  const [answers, fields, people, evidence] = await Promise.all([
    explainer.answers(sql, moment),
    readFields(sql, { ...moment, subject }),
    peopleWho(sql, explainer, moment),
    findEvidence(
      sql,
      drafts.flatMap(({ sought }) => sought),
      { ...moment, subject },
      MOST_EVIDENCE,
    ),
  ])
  if (!fields || answers.size === 0) return null
  let taken = 0
  for (const draft of drafts) {
    const answer = answers.get(draft.id)!
    draft.node.holds = answer.value === true
    draft.node.until = answer.next_at
    draft.node.found = foundOf(draft, answers, fields)
    draft.node.evidence = evidence.slice(taken, (taken += draft.sought.length)).flat()
  }
  for (const { node, id } of explainer.people) {
    const who = people.filter((row) => row.definition_id === id && row.value === true)
    node.found = who.length
    node.evidence = who
      .slice(0, MOST_EVIDENCE)
      .map((row) => ({ kind: 'person', id: row.profile_id, at: null, data: {} }))
  }
  const { value, next_at: until } = answers.get(definition.id)!
  return { definition, subject, id: moment.id, at: moment.at, value, until, nodes: explainer.roots }
}

type Row = { definition_id: string; value: unknown; next_at: string | null }

export type Answers = Map<string, Row>

/** What a node compared. */
export function foundOf({ rule, found }: Draft, answers: Answers, fields: Fields): unknown {
  if (found) return answers.get(found)?.value ?? null
  return 'field' in rule ? valueOf(rule.field.path, fields) : undefined
}

/** What the subject's fields are read from: columns by their names in rules, and where all others lie. */
export type Fields = { columns: JsonObject; others: JsonObject }

export async function readFields(
  sql: Transaction,
  { subject = 'person', id, knownBy }: Pick<Moment, 'subject' | 'id' | 'knownBy'>,
): Promise<Fields | undefined> {
  const then = '$2::timestamptz'
  const traits = knownBy ? traitsThen(then) : 'traits'
  const accounts = knownBy ? `(${rowsThen('accounts', 'id = $1::uuid', then)}) a` : 'accounts'
  const text =
    subject === 'person'
      ? `SELECT ${traits} AS others,
  jsonb_build_object('firstSeen', first_seen, 'lastSeen', last_seen, 'createdAt', created_at) AS columns
FROM profiles p WHERE id = $1::uuid`
      : `SELECT custom AS others, jsonb_build_object('name', name, 'domain', domain, 'industry', industry, 'employees', employees,
  'owner', owner, 'externalId', external_id, 'createdAt', created_at, 'updatedAt', updated_at) AS columns
FROM ${accounts} WHERE id = $1::uuid`
  const [row] = await sql.unsafe<Fields[]>(text, knownBy ? [id, knownBy] : [id])
  return row
}

/** Who of the account's people satisfies what is asked of them. */
async function peopleWho(
  sql: Transaction,
  explainer: Explainer,
  { id, at, timezone, knownBy }: Moment,
): Promise<(Row & { profile_id: string })[]> {
  if (explainer.people.length === 0) return []
  const rows = await sql<
    { id: string }[]
  >`SELECT DISTINCT profile_id AS id FROM profile_accounts WHERE account_id = ${id}`
  const { text, parameters } = compile(explainer.definitionsOfPeople(), 'person', { knownBy })
  const values = [rows.map((row) => row.id), at, timezone, ...parameters]
  return sql.unsafe<(Row & { profile_id: string })[]>(text, values as never[])
}

function valueOf(path: string, { columns, others }: Fields): unknown {
  if (path in columns) return columns[path]
  const steps = path.replace(/^(traits|custom)\./, '').split('.')
  return steps.reduce<unknown>((value, step) => (value as JsonObject | undefined)?.[step], others) ?? null
}

/** A node whose answer is still to come: `id` and `found` are the definitions that will give it and what it compared. */
export type Draft = {
  node: ExplainedNode
  rule: Rule | AccountRule
  id: string
  found?: string
  sought: Sought[]
}

type Path = (string | number)[]

/** Makes a definition of each node of a rule, so that one statement answers all of them. */
export class Explainer {
  readonly roots: ExplainedNode[]
  readonly drafts: Draft[] = []
  /** Of an account: the nodes about its people, each with the definition that says who they are. */
  readonly people: { node: ExplainedNode; id: string }[] = []
  private readonly madeOfPeople: Definition[] = []
  private readonly made: Definition[] = []
  private readonly definition: Definition
  private readonly others: Map<string, Definition>

  constructor(definition: Definition, others: readonly Definition[]) {
    this.definition = definition
    this.others = new Map(others.filter(({ id }) => id !== definition.id).map((other) => [nameOf(other), other]))
    this.roots = this.rootsOf(definition)
  }

  private rootsOf(definition: Definition): ExplainedNode[] {
    if (definition.subject === 'account') {
      const explain = (rule: AccountRule, path: Path) => this.accountRule(rule, path, 0)
      return definition.kind === 'segment' ? [explain(definition.rule, [])] : this.label(definition.rule, explain)
    }
    const explain = (rule: Rule, path: Path) => this.rule(rule, path, 0)
    return definition.kind === 'segment' ? [explain(definition.rule, [])] : this.label(definition.rule, explain)
  }

  /** The definition, what it refers to, and one definition per node. */
  definitions(): Definition[] {
    return this.withReferred([this.definition, ...this.made])
  }

  definitionsOfPeople(): Definition[] {
    return this.withReferred(this.madeOfPeople)
  }

  private withReferred(definitions: readonly Definition[]): Definition[] {
    const wanted = new Set<Definition>(definitions)
    for (const one of wanted) {
      for (const reference of references(one.rule)) {
        const referred = this.others.get(nameOf(reference))
        if (referred) wanted.add(referred)
      }
    }
    return [...wanted]
  }

  /** What each of those definitions answers, by id; empty when there is no such profile or account. */
  async answers(sql: Transaction, { id, at, timezone, knownBy }: Moment): Promise<Answers> {
    const { text, parameters } = compile(this.definitions(), this.definition.subject, { knownBy })
    const rows = await sql.unsafe<Row[]>(text, [[id], at, timezone, ...parameters] as never[])
    return new Map(rows.map((row) => [row.definition_id, row]))
  }

  private label<R>(rule: LabelRule<R>, explain: (rule: R, path: Path) => ExplainedNode): ExplainedNode[] {
    if ('cases' in rule) return rule.cases.map(({ when }, n) => explain(when, ['cases', n, 'when']))
    if ('score' in rule) return rule.score.map(({ when }, n) => explain(when, ['score', n, 'when']))
    const { event, record, within, between } = rule.compute
    const about = event ? { event: { ...event, within, between } } : { record: { ...record!, within, between } }
    return [explain(about as R, ['compute'])]
  }

  private rule(rule: Rule, path: Path, references: number): ExplainedNode {
    const [name, body] = Object.entries(rule)[0] as [string, never]
    const here = [...path, name]
    const node: ExplainedNode = { path: here, node: name, rule, holds: false, until: null, evidence: [], children: [] }
    this.drafts.push({ node, rule, id: this.make(rule), found: this.found(rule), sought: soughtBy(rule) })
    if ('all' in rule || 'any' in rule) {
      node.children = (body as Rule[]).map((child, n) => this.rule(child, [...here, n], references))
    } else if ('not' in rule) {
      node.children = [this.rule(rule.not, here, references)]
    } else if ('held' in rule) {
      node.children = [this.rule(rule.held.rule, [...here, 'rule'], references)]
    } else if ('account' in rule) {
      node.children = [this.accountRule(rule.account, here, references)]
    } else if ('segment' in rule && references < MOST_REFERENCES) {
      const segment = this.others.get(`segment ${rule.segment.key}`)
      if (segment?.kind === 'segment' && segment.subject !== 'account')
        node.children = [this.rule(segment.rule, here, references + 1)]
    }
    return node
  }

  /** Each part of a rule about accounts by itself: whether the account, or some account of the profile, satisfies it. */
  private accountRule(rule: AccountRule, path: Path, references: number): ExplainedNode {
    const [name, body] = Object.entries(rule)[0] as [string, never]
    const here = [...path, name]
    const node: ExplainedNode = { path: here, node: name, rule, holds: false, until: null, evidence: [], children: [] }
    const isAsked = this.definition.subject === 'account'
    this.drafts.push(
      isAsked
        ? { node, rule, id: this.makeOfAccount(rule), found: this.found(rule), sought: soughtBy(rule) }
        : { node, rule: { account: rule }, id: this.make({ account: rule }), sought: [] },
    )
    if (isAsked && 'people' in rule) {
      const id = crypto.randomUUID()
      this.madeOfPeople.push({ id, kind: 'segment', key: id, rule: rule.people.rule })
      this.people.push({ node, id })
    }
    if ('all' in rule || 'any' in rule) {
      node.children = (body as AccountRule[]).map((child, n) => this.accountRule(child, [...here, n], references))
    } else if ('not' in rule) {
      node.children = [this.accountRule(rule.not, here, references)]
    } else if ('held' in rule) {
      node.children = [this.accountRule(rule.held.rule, [...here, 'rule'], references)]
    } else if ('segment' in rule && references < MOST_REFERENCES) {
      const segment = this.others.get(`segment ${rule.segment.key}`)
      if (segment?.kind === 'segment' && segment.subject === 'account') {
        node.children = [this.accountRule(segment.rule, here, references + 1)]
      }
    }
    return node
  }

  private make(rule: Rule): string {
    const id = crypto.randomUUID()
    this.made.push({ id, kind: 'segment', key: id, rule })
    return id
  }

  private makeOfAccount(rule: AccountRule): string {
    const id = crypto.randomUUID()
    this.made.push({ id, kind: 'segment', key: id, subject: 'account', rule })
    return id
  }

  /** A label that computes what the node compares. */
  private found(rule: Rule | AccountRule): string | undefined {
    if ('label' in rule) return this.others.get(`label ${rule.label.key}`)?.id
    const compute = comparedBy(rule)
    if (!compute) return undefined
    const id = crypto.randomUUID()
    this.made.push({ id, kind: 'label', key: id, subject: this.definition.subject, rule: { compute } } as Definition)
    return id
  }
}

/** The number that a count or an aggregate compares. */
function comparedBy(rule: Rule | AccountRule): Computation | undefined {
  const node = 'event' in rule ? rule.event : 'record' in rule ? rule.record : undefined
  if (!node || node.by !== undefined) return undefined
  const { within, between, aggregate } = node
  const about =
    'kind' in node ? { record: { kind: node.kind, where: node.where, on: node.on } } : { event: matcherOf(node) }
  for (const name of ['sum', 'avg', 'min', 'max', 'distinct'] as const) {
    const path = aggregate?.[name]
    if (path !== undefined) return { of: name, path, ...about, within, between }
  }
  return { of: 'count', ...about, within, between }
}

function matcherOf({ name, where }: EventMatcher): EventMatcher {
  return { name, where }
}

function soughtBy(rule: Rule | AccountRule): Sought[] {
  const events = (matcher: EventMatcher & Window) => ({
    event: { ...matcherOf(matcher), within: matcher.within, between: matcher.between },
  })
  if ('event' in rule) return [events(rule.event)]
  if ('record' in rule) {
    const { kind, where, on, within, between } = rule.record
    return [{ record: { kind, where, on, within, between } }]
  }
  if ('sequence' in rule) return rule.sequence.steps.map(events)
  if ('followedBy' in rule) return [events(rule.followedBy.first), events(rule.followedBy.then)]
  if ('firstEvent' in rule) return [{ ...events(rule.firstEvent), first: true }]
  if ('lastEvent' in rule) return [events(rule.lastEvent)]
  if ('identifier' in rule) return [{ identifier: rule.identifier.type }]
  if ('account' in rule) return [{ account: true }]
  if ('consent' in rule) return [{ consent: { purpose: rule.consent.purpose, channel: rule.consent.channel } }]
  return 'list' in rule ? [{ list: rule.list.key }] : []
}
