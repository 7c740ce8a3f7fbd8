/**
 * Why a transition happened: the nodes of the rule that turned, and the events, or the instant, that turned them.
 *
 * It is worked out when somebody asks, by asking the rule of that time again: at the transition's instant, knowing the events that
 * had been received by then; and just before, without the last of them or at an earlier instant. Events are never changed, records and
 * the like are taken back by the audit log, identifiers by the history of merges, and traits are what events said by then
 * (rules/then.ts): so the hot path pays nothing for it. Where the rule does not answer today what it answered then, because what it
 * rested on is not kept any more, the parts of the rule are told with what is still known, and what is not.
 */
import { isDeepStrictEqual } from 'node:util'
import { DAY, MINUTE, SECOND } from '../config.ts'
import type { Transaction } from '../db/client.ts'
import { toIso } from '../db/instant.ts'
import type { Json, JsonObject } from '../db/schema/columns.ts'
import { type DefinitionRow, parseDefinition, type StoredDefinition } from './definitions.ts'
import { referredBy } from './dependencies.ts'
import { type Evidence, findEvidence, type Moment, type Sought } from './rules/evidence.ts'
import { type Answers, type Draft, type ExplainedNode, Explainer, foundOf, readFields } from './rules/explain.ts'
import type { Subject } from './rules/index.ts'
import { asksForAccounts } from './rules/order.ts'
import { identifiersThen } from './rules/then.ts'

/**
 * What turned a node: events that came, time that passed, traits or records that changed, profiles that were joined or parted, or a
 * rule that is new.
 */
export type Trigger = 'event' | 'time' | 'state' | 'identity' | 'definition' | 'unknown'

/** `missing`: what is not known any more, in plain words; null when the reasons are the whole of it. */
export type Told = { reasons: Reason[]; missing: string | null }

export type Reason = {
  path: (string | number)[]
  node: string
  rule: unknown
  trigger: Trigger
  /** Whether the node held before; null when there was no before. */
  held: boolean | null
  holds: boolean
  /** The instant at which time turned it. */
  at: string | null
  found?: unknown
  evidence: Evidence[]
}

/** Of reasons that are not the whole of it. */
const MOST_PARTS = 20

type Row = {
  at: string
  /** When its rows had been read: a moment after `at`, and what was received in between was seen too. */
  readBy: string
  kind: 'segment_entered' | 'segment_left' | 'label_changed'
  cause: string
  /** Whom it is about, and whose id that is. */
  subject: Subject
  id: string
  definitionId: string
  toValue: Json
  /** The transition before it, of the same person or account and definition. */
  previousAt: string | null
  timezone: string
}

const MOST_EVIDENCE = 10
/** So many arrivals before the transition are tried, the last one first. */
const MOST_ARRIVALS = 20
/** How far back the clock is set to find the answer before; a timer is late by an outage at most. */
const STEPS_MS = [SECOND, MINUTE, 60 * MINUTE, DAY, 7 * DAY, 31 * DAY, 366 * DAY]

/** Null when there is no such transition. A transaction of inTenant; reads only. */
export async function reasonsOf(sql: Transaction, transitionId: string): Promise<Told | null> {
  const row = await readTransition(sql, transitionId)
  if (!row) return null
  const nothing = (missing: string | null): Told => ({ reasons: [], missing })
  if (NO_RULE.has(row.cause)) return nothing(NO_RULE.get(row.cause)!)
  const definitions = await readDefinitions(sql, row.at)
  const definition = definitions.find(({ id }) => id === row.definitionId)
  if (!definition) return nothing('The rule of that time is not kept any more.')
  return new Inquiry(sql, row, definition, referredBy([definition], definitions)).tellAll()
}

/** Causes that are no matter of the rule; what they mean is the whole answer. */
const NO_RULE = new Map([
  ['merge', 'Two profiles turned out to be one person: nothing in the rule turned.'],
  ['archived', 'The definition was archived: nothing in the rule turned.'],
  ['erased', 'The person was erased: nothing in the rule turned.'],
])

/** What turned it: the nodes, how they answered before, and the rows that arrived. */
type Before = { trigger: Trigger; moment?: Moment; answers?: Answers; drafts?: Draft[]; arrived?: Evidence[] }

class Inquiry {
  private readonly sql: Transaction
  private readonly row: Row
  private readonly explainer: Explainer
  private moment: Moment
  private readonly definition: StoredDefinition
  private readonly withAccounts: boolean

  constructor(
    sql: Transaction,
    row: Row,
    definition: StoredDefinition,
    others: ConstructorParameters<typeof Explainer>[1],
  ) {
    this.sql = sql
    this.row = row
    this.definition = definition
    this.withAccounts = [definition, ...others].some(({ rule }) => asksForAccounts(rule))
    this.explainer = new Explainer(definition, others)
    this.moment = { subject: row.subject, id: row.id, at: row.at, timezone: row.timezone, knownBy: row.at }
  }

  async tellAll(): Promise<Told> {
    const now = await this.askAgain()
    if (now) return { reasons: await this.reasons(now), missing: null }
    const left = await this.explainer.answers(this.sql, this.moment)
    const missing = await whatIsMissing(this.sql, this.row, left.size > 0)
    return { reasons: left.size > 0 ? await this.parts(left) : [], missing }
  }

  /** The parts of the rule, as they are answered by what is left; which of them turned it is not known. */
  private async parts(left: Answers): Promise<Reason[]> {
    for (const { node, id } of this.explainer.drafts) node.holds = left.get(id)!.value === true
    const drafts = this.explainer.drafts.filter(({ node }) => isLeaf(node)).slice(0, MOST_PARTS)
    const trigger = this.row.cause === 'timer' ? 'time' : this.row.cause === 'backfill' ? 'definition' : 'unknown'
    return this.tell(left, { trigger, drafts })
  }

  private async reasons(now: Answers): Promise<Reason[]> {
    for (const { node, id } of this.explainer.drafts) node.holds = now.get(id)!.value === true
    const { cause } = this.row
    if (cause === 'backfill') return this.tell(now, { trigger: 'definition' })
    const before =
      cause === 'timer'
        ? ((await this.beforeTime()) ?? (await this.beforeArrivals()))
        : ((await this.beforeArrivals()) ?? (await this.beforeTime()))
    return this.tell(now, before ?? { trigger: 'state', drafts: withoutEvents(this.decisive()) })
  }

  /** What the rule answers at that instant, by the events that make it answer what was told; null when none do. */
  private async askAgain(): Promise<Answers | null> {
    for (const knownBy of [this.row.at, this.row.readBy]) {
      this.moment = { ...this.moment, knownBy }
      const now = await this.explainer.answers(this.sql, this.moment)
      if (now.size > 0 && this.isAsTold(now)) return now
    }
    return null
  }

  /** Whether the rule answers what the transition told. */
  private isAsTold(answers: Answers): boolean {
    const { kind, toValue } = this.row
    const expected = kind === 'label_changed' ? toValue : kind === 'segment_entered'
    return isDeepStrictEqual(answers.get(this.definition.id)?.value ?? null, expected)
  }

  /** Back from what came last, until the answer was another one. */
  private async beforeArrivals(): Promise<Before | null> {
    const arrived: Evidence[] = []
    const arrivals = await readArrivals(this.sql, this.row, this.moment.knownBy!, this.withAccounts)
    for (const { before, events, isIdentity } of arrivals) {
      for (const event of events) arrived.push({ ...event, at: toIso(event.at!) })
      const moment = { ...this.moment, knownBy: before }
      const answers = await this.explainer.answers(this.sql, moment)
      if (this.isAsTold(answers)) continue
      const trigger = events.length > 0 ? 'event' : isIdentity ? 'identity' : 'state'
      return { trigger, moment, answers, ...(events.length > 0 && { arrived }) }
    }
    return null
  }

  /** At an earlier instant, with all that was known. */
  private async beforeTime(): Promise<Before | null> {
    const { at: now, previousAt } = this.row
    for (const step of STEPS_MS) {
      const back = new Date(Date.parse(now) - step).toISOString()
      const last = previousAt !== null && back <= previousAt
      const moment = { ...this.moment, at: last ? previousAt : back }
      const answers = await this.explainer.answers(this.sql, moment)
      if (!this.isAsTold(answers)) return { trigger: 'time', moment, answers }
      if (last) return null
    }
    return null
  }

  /** The leaves on which the answer rests. */
  private decisive(): Draft[] {
    const drafts = new Map(this.explainer.drafts.map((draft) => [draft.node, draft]))
    const below = (node: ExplainedNode): Draft[] => {
      if (isLeaf(node)) return [drafts.get(node)!]
      if (node.node === 'not' || node.node === 'segment') return node.children.flatMap(below)
      return node.children.filter(({ holds }) => holds === node.holds).flatMap(below)
    }
    const { roots } = this.explainer
    // Of a label's cases the first that holds; of scores all that do.
    const told = this.definition.kind === 'segment' ? roots : roots.filter(({ holds }) => holds)
    const isCases = this.definition.kind === 'label' && 'cases' in this.definition.rule
    return (isCases ? told.slice(0, 1) : told).flatMap(below)
  }

  /** A node below an account is about the account. */
  private soughtBy({ node, sought }: Draft): Sought[] {
    if (sought.length > 0) return sought
    return this.explainer.drafts.findLast((other) => other.sought.length > 0 && isBelow(node, other.node))?.sought ?? []
  }

  private async tell(now: Answers, { trigger, answers, moment, drafts, arrived = [] }: Before): Promise<Reason[]> {
    const turned = this.explainer.drafts.filter(
      ({ node, id }) => answers && isLeaf(node) && now.get(id)!.value !== answers.get(id)?.value,
    )
    const told = drafts ?? (turned.length > 0 ? turned.filter(isInnermost) : this.decisive())
    const fields = await readFields(this.sql, this.moment)
    const reasons: Reason[] = []
    for (const draft of told) {
      const { path, node, rule, holds } = draft.node
      const before = answers?.get(draft.id)
      // What no longer counts is shown as it last counted.
      const when = trigger !== 'event' && !holds && moment ? moment : this.moment
      const rows = (await findEvidence(this.sql, this.soughtBy(draft), when, MOST_EVIDENCE)).flat()
      const ids = new Set(arrived.map(({ id }) => id))
      const fresh =
        'field' in draft.rule
          ? arrived.filter(saysTrait(draft.rule.field.path)).slice(-1)
          : rows.filter(({ kind, id }) => kind === 'event' && ids.has(id))
      reasons.push({
        path,
        node,
        rule,
        trigger,
        held: before ? before.value === true : null,
        holds,
        at: trigger === 'time' && before?.next_at && before.next_at <= this.row.at ? before.next_at : null,
        found: foundOf(draft, now, fields!),
        evidence: fresh.length > 0 ? fresh : rows,
      })
    }
    return reasons
  }
}

function isBelow(node: ExplainedNode, other: ExplainedNode): boolean {
  return node !== other && other.path.every((step, n) => node.path[n] === step)
}

/** Not one that turned because a node inside it did. */
function isInnermost({ node }: Draft, _: number, turned: Draft[]): boolean {
  return !turned.some((other) => isBelow(other.node, node))
}

function isLeaf({ node, children }: ExplainedNode): boolean {
  return !['all', 'any', 'not'].includes(node) && !(node === 'segment' && children.length > 0)
}

const OF_EVENTS = new Set(['event', 'sequence', 'followedBy', 'firstEvent', 'lastEvent', 'random'])

/** Events did not turn it: what else it rests on, if there is something else. */
function withoutEvents(drafts: Draft[]): Draft[] {
  const others = drafts.filter(({ node }) => !OF_EVENTS.has(node.node))
  return others.length > 0 ? others : drafts
}

async function readTransition(sql: Transaction, id: string): Promise<Row | undefined> {
  const [row] = await sql<Row[]>`
SELECT t.at, greatest(t.at, to_timestamp((('x' || substr(replace(t.id::text, '-', ''), 1, 12))::bit(48)::bigint + 1) / 1000.0)) AS "readBy",
  t.kind, t.cause, CASE WHEN t.account_id IS NULL THEN 'person' ELSE 'account' END AS subject,
  coalesce(t.profile_id, t.account_id) AS id, coalesce(t.segment_id, t.label_id) AS "definitionId", t.to_value AS "toValue",
  tenants.timezone, (
    SELECT max(u.at) FROM transitions u
    WHERE (u.profile_id = t.profile_id OR u.account_id = t.account_id) AND u.at < t.at AND coalesce(u.segment_id, u.label_id) = coalesce(t.segment_id, t.label_id)
  ) AS "previousAt"
FROM transitions t JOIN tenants ON tenants.id = t.tenant_id
WHERE t.id = ${id}`
  return row
}

/** In plain words, the first that applies. `isThere`: whether there is still somebody to ask about. */
async function whatIsMissing(sql: Transaction, { subject, id, at }: Row, isThere: boolean): Promise<string> {
  if (!isThere) {
    if (subject === 'account') return 'The account has been deleted since, and its history is not kept any more.'
    const [erasure] = await sql`SELECT FROM erasures WHERE profile_id = ${id} AND done_at IS NOT NULL LIMIT 1`
    return erasure ? 'The person has been erased since.' : 'The profile is not kept any more.'
  }
  const [kept] = await sql<[{ since: string | null }]>`SELECT min(at) AS since FROM audit_log`
  if (kept.since === null || kept.since > at) {
    const since = kept.since === null ? 'not of that time' : `since ${kept.since.slice(0, 10)}`
    return `The audit log is kept ${since}: what records, consents and lists said before is not known any more.`
  }
  return 'What the rule rested on then, such as who was at an account or what a contact said, is not known any more.'
}

/** The definitions as they were at an instant. */
async function readDefinitions(sql: Transaction, at: string): Promise<StoredDefinition[]> {
  const rows = await sql<DefinitionRow[]>`
SELECT DISTINCT ON (v.kind, v.definition_id) v.definition_id AS id, v.kind, coalesce(s.key, l.key) AS key,
  coalesce(s.subject, l.subject) AS subject, v.rule, v.status, v.version,
  v.version AS backfilled_version
FROM definition_versions v
LEFT JOIN segments s ON v.kind = 'segment' AND s.id = v.definition_id
LEFT JOIN labels l ON v.kind = 'label' AND l.id = v.definition_id
WHERE v.at <= ${at}
ORDER BY v.kind, v.definition_id, v.version DESC`
  return rows.flatMap(parseDefinition)
}

/** Whether an event says something of a trait. */
function saysTrait(path: string): (event: Evidence) => boolean {
  const [key] = path.replace(/^traits\./, '').split('.') as [string]
  return ({ data }) => (data.traits as JsonObject | null)?.[key] !== undefined
}

/** Tables whose rows may be an account's. */
const RECORDS = ['opportunities', 'orders', 'contracts', 'tickets', 'activities', 'records', 'contacts']
const OF_ACCOUNTS = [
  `SELECT 'accounts', id::text, id FROM accounts`,
  ...RECORDS.map((table) => `SELECT '${table}', id::text, account_id FROM ${table}`),
  // What is gone.
  `SELECT object, object_id, (before ->> 'account_id')::uuid FROM audit_log WHERE action = 'deleted' AND object IN (${RECORDS.map((table) => `'${table}'`).join()})`,
].join(' UNION ALL ')

/**
 * What came of the person, or of the account and its people: events by when they were received, and what was written of records and the
 * like; the last first, each with the instant right before. Accounts: those beside the account, or, where rules ask for them, the person's.
 */
function readArrivals(sql: Transaction, { subject, id, previousAt }: Row, knownBy: string, withAccounts: boolean) {
  const ofAccount = subject === 'account'
  const profiles = ofAccount
    ? sql`SELECT profile_id FROM profile_accounts WHERE account_id = ${id}`
    : sql`SELECT ${id}::uuid`
  const accounts = ofAccount
    ? sql`SELECT id FROM accounts WHERE ${id} IN (id, parent_id) UNION SELECT parent_id FROM accounts WHERE id = ${id}`
    : sql`SELECT account_id FROM profile_accounts WHERE profile_id = ${id} AND ${withAccounts}`
  const own = sql`ARRAY(
  SELECT o.id FROM (${profiles}) p (id) CROSS JOIN LATERAL (${sql.unsafe(identifiersThen('p.id', 'known.by'))}) o
  UNION SELECT unnest(identifiers) FROM merges WHERE into_id IN (${profiles}) AND at <= known.by AND at > known.since)`
  return sql<{ before: string; events: Evidence[]; isIdentity: boolean }[]>`
SELECT at - interval '1 microsecond' AS before, coalesce(jsonb_agg(event) FILTER (WHERE event IS NOT NULL), '[]') AS events,
  bool_and(identity) AS "isIdentity"
FROM (SELECT ${knownBy}::timestamptz AS by, ${previousAt ?? '-infinity'}::timestamptz AS since) AS known
CROSS JOIN LATERAL (
  SELECT received_at AS at, false AS identity, jsonb_build_object('kind', 'event', 'id', id, 'at', occurred_at,
    'data', jsonb_build_object('name', name, 'properties', properties, 'traits', traits)) AS event
  FROM tenant_events WHERE identifier_id = ANY (${own})
  UNION ALL
  SELECT at, false, NULL FROM audit_log WHERE people && ${own}
  UNION ALL
  SELECT at, true, NULL FROM merges WHERE profile_id IN (${profiles}) OR into_id IN (${profiles})
  UNION ALL
  SELECT l.at, false, NULL
  FROM (${sql.unsafe(OF_ACCOUNTS)}) AS record (object, id, account_id)
  JOIN audit_log l ON l.object = record.object AND l.object_id = record.id
  WHERE record.account_id = ANY (ARRAY(${accounts}))
) AS came
WHERE at <= known.by AND at > known.since
GROUP BY at ORDER BY at DESC LIMIT ${MOST_ARRIVALS}`
}
