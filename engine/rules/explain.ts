/** Why a profile is, or is not, in a segment or has a label's value: the rule's tree with each node's answer and its proof. */
import type { Transaction } from '../../db/client.ts'
import type { JsonObject } from '../../db/schema/columns.ts'
import { compile } from './compile.ts'
import { type Evidence, findEvidence, type Moment, type Sought } from './evidence.ts'
import { nameOf, references } from './order.ts'
import type { AccountRule, Computation, Definition, EventMatcher, LabelRule, Rule, Window } from './types.ts'

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
  profileId: string
  at: string
  /** Whether the profile is in the segment, or the label's value. */
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
 * such profile (it may have been merged into another). A transaction of inTenant; reads only.
 */
export async function explain(
  sql: Transaction,
  definition: Definition,
  others: readonly Definition[],
  moment: Moment,
): Promise<Explanation | null> {
  const explainer = new Explainer(definition, others)
  const { drafts } = explainer
  const [answers, [profile], evidence] = await Promise.all([
    explainer.answers(sql, moment),
    sql<Profile[]>`
SELECT traits, first_seen AS "firstSeen", last_seen AS "lastSeen", created_at AS "createdAt"
FROM profiles WHERE id = ${moment.profileId}`,
    findEvidence(
      sql,
      drafts.flatMap(({ sought }) => sought),
      moment,
      MOST_EVIDENCE,
    ),
  ])
  if (!profile || answers.size === 0) return null
  let taken = 0
  for (const draft of drafts) {
    const answer = answers.get(draft.id)!
    draft.node.holds = answer.value === true
    draft.node.until = answer.next_at
    draft.node.found = foundOf(draft, answers, profile)
    draft.node.evidence = evidence.slice(taken, (taken += draft.sought.length)).flat()
  }
  const { value, next_at: until } = answers.get(definition.id)!
  return { definition, profileId: moment.profileId, at: moment.at, value, until, nodes: explainer.roots }
}

type Profile = { traits: JsonObject; firstSeen: string; lastSeen: string; createdAt: string }

type Row = { definition_id: string; value: unknown; next_at: string | null }

export type Answers = Map<string, Row>

/** What a node compared. */
export function foundOf({ rule, found }: Draft, answers: Answers, profile: Profile): unknown {
  if (found) return answers.get(found)?.value ?? null
  return 'field' in rule ? valueOf(rule.field.path, profile) : undefined
}

function valueOf(path: string, profile: Profile): unknown {
  if (path === 'firstSeen' || path === 'lastSeen' || path === 'createdAt') return profile[path]
  const steps = path.replace(/^traits\./, '').split('.')
  return steps.reduce<unknown>((value, step) => (value as JsonObject | undefined)?.[step], profile.traits) ?? null
}

/** A node whose answer is still to come: `id` and `found` are the definitions that will give it and what it compared. */
export type Draft = {
  node: ExplainedNode
  rule: Rule | { account: AccountRule }
  id: string
  found?: string
  sought: Sought[]
}

type Path = (string | number)[]

/** Makes a definition of each node of a rule, so that one statement answers all of them. */
export class Explainer {
  readonly roots: ExplainedNode[]
  readonly drafts: Draft[] = []
  private readonly made: Definition[] = []
  private readonly definition: Definition
  private readonly others: Map<string, Definition>

  constructor(definition: Definition, others: readonly Definition[]) {
    this.definition = definition
    this.others = new Map(others.filter(({ id }) => id !== definition.id).map((other) => [nameOf(other), other]))
    this.roots = definition.kind === 'segment' ? [this.rule(definition.rule, [], 0)] : this.label(definition.rule)
  }

  /** The definition, what it refers to, and one definition per node. */
  definitions(): Definition[] {
    const wanted = new Set<Definition>([this.definition, ...this.made])
    for (const one of wanted) {
      for (const reference of references(one.rule)) {
        const referred = this.others.get(nameOf(reference))
        if (referred) wanted.add(referred)
      }
    }
    return [...wanted]
  }

  /** What each of those definitions answers, by id; empty when there is no such profile. */
  async answers(sql: Transaction, { profileId, at, timezone, knownBy }: Moment): Promise<Answers> {
    const { text, parameters } = compile(this.definitions(), knownBy)
    const rows = await sql.unsafe<Row[]>(text, [[profileId], at, timezone, ...parameters] as never[])
    return new Map(rows.map((row) => [row.definition_id, row]))
  }

  private label(rule: LabelRule): ExplainedNode[] {
    if ('cases' in rule) return rule.cases.map(({ when }, n) => this.rule(when, ['cases', n, 'when'], 0))
    if ('score' in rule) return rule.score.map(({ when }, n) => this.rule(when, ['score', n, 'when'], 0))
    const { event, record, within, between } = rule.compute
    const about = event ? { event: { ...event, within, between } } : { record: { ...record!, within, between } }
    return [this.rule(about as Rule, ['compute'], 0)]
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
      node.children = [this.accountRule(rule.account, here)]
    } else if ('segment' in rule && references < MOST_REFERENCES) {
      const segment = this.others.get(`segment ${rule.segment.key}`)
      if (segment?.kind === 'segment') node.children = [this.rule(segment.rule, here, references + 1)]
    }
    return node
  }

  /** Each part of a rule about accounts by itself: whether some account of the profile satisfies it. */
  private accountRule(rule: AccountRule, path: Path): ExplainedNode {
    const [name, body] = Object.entries(rule)[0] as [string, never]
    const here = [...path, name]
    const node: ExplainedNode = { path: here, node: name, rule, holds: false, until: null, evidence: [], children: [] }
    this.drafts.push({ node, rule: { account: rule }, id: this.make({ account: rule }), sought: [] })
    if ('all' in rule || 'any' in rule) {
      node.children = (body as AccountRule[]).map((child, n) => this.accountRule(child, [...here, n]))
    } else if ('not' in rule) node.children = [this.accountRule(rule.not, here)]
    return node
  }

  private make(rule: Rule): string {
    const id = crypto.randomUUID()
    this.made.push({ id, kind: 'segment', key: id, rule })
    return id
  }

  /** A label that computes what the node compares. */
  private found(rule: Rule): string | undefined {
    if ('label' in rule) return this.others.get(`label ${rule.label.key}`)?.id
    const compute = comparedBy(rule)
    if (!compute) return undefined
    const id = crypto.randomUUID()
    this.made.push({ id, kind: 'label', key: id, rule: { compute } })
    return id
  }
}

/** The number that a count or an aggregate compares. */
function comparedBy(rule: Rule): Computation | undefined {
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

function soughtBy(rule: Rule): Sought[] {
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
