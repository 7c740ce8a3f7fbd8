/** Rules as the builder sees them: JSON trees of nodes with one key each. docs/rules.md is the language. */
import type { Json } from '../client/schema.ts'

export type Rule = { [node: string]: Json }
export type Fields = { [name: string]: Json }
/** A comparison, such as {gte: 3}, possibly with a path. */
export type Conditions = Fields

export const KINDS = [
  { kind: 'event', name: 'Did something', text: 'Events: how often, in which time' },
  { kind: 'field', name: 'Has a trait', text: 'What is known about the person' },
  { kind: 'label', name: 'Has a label', text: 'A value that Kith computes' },
  { kind: 'segment', name: 'Is in a segment', text: 'Another audience, at the same instant' },
  { kind: 'identifier', name: 'Has an identifier', text: 'E-mail, phone, user id' },
  { kind: 'record', name: 'Has a record', text: 'Orders, contracts, tickets, objects of your own, ...' },
  { kind: 'list', name: 'Is on a list', text: 'A list that was made by hand, or imported' },
  { kind: 'followedBy', name: 'Did, then did (not)', text: 'One event, and another one after it in time or not' },
  { kind: 'sequence', name: 'Did in order', text: 'Several events, one after the other' },
  { kind: 'firstEvent', name: 'First time', text: 'The earliest event of its kind' },
  { kind: 'lastEvent', name: 'Latest time', text: 'The latest event of its kind' },
  { kind: 'held', name: 'Has been for a while', text: 'A trait, label or segment, without a break' },
  { kind: 'account', name: 'Is at an account', text: 'What is true of the enterprise' },
  { kind: 'people', name: 'Has people', text: 'How many of its people satisfy something' },
  { kind: 'parent', name: 'Is part of an account', text: 'What is true of the account above it' },
  { kind: 'children', name: 'Has accounts below it', text: 'How many of them satisfy something' },
  { kind: 'consent', name: 'Consents', text: 'To a purpose, on a channel' },
  { kind: 'random', name: 'Is in a random share', text: 'Stable for each person' },
  { kind: 'all', name: 'All of', text: 'A group: every one must hold' },
  { kind: 'any', name: 'Any of', text: 'A group: one must hold' },
] as const

export type Kind = (typeof KINDS)[number]['kind']

/** Whom a rule is about. */
export type Subject = 'PERSON' | 'ACCOUNT'

const ONLY: Record<Subject, readonly Kind[]> = {
  PERSON: ['identifier', 'account', 'consent', 'list'],
  ACCOUNT: ['people', 'parent', 'children'],
}

/** The kinds of condition that can be asked of a subject. */
export function kindsOf(subject: Subject) {
  const others = ONLY[subject === 'PERSON' ? 'ACCOUNT' : 'PERSON']
  return KINDS.filter(({ kind }) => !others.includes(kind))
}

/** Whom the rule below a node is about. */
export function subjectBelow(kind: string, subject: Subject): Subject {
  if (kind === 'people') return 'PERSON'
  return kind === 'account' ? 'ACCOUNT' : subject
}

const FRESH: Record<Kind, Json> = {
  event: { name: '', within: 'P7D' },
  field: { path: '', eq: '' },
  label: { key: '', eq: '' },
  segment: { key: '' },
  identifier: { type: 'email', exists: true },
  record: { kind: 'order' },
  list: { key: '' },
  followedBy: { first: { name: '' }, then: { name: '' }, within: 'PT1H', absent: true },
  sequence: { steps: [{ name: '' }, { name: '' }], within: 'P7D' },
  firstEvent: { name: '', age: { lte: 'P7D' } },
  lastEvent: { name: '', age: { gt: 'P30D' } },
  held: { rule: { field: { path: '', eq: '' } }, for: 'P14D' },
  account: { field: { path: '', eq: '' } },
  people: { rule: { event: { name: '', within: 'P7D' } }, count: { gte: 1 } },
  parent: { field: { path: '', eq: '' } },
  children: { rule: { record: { kind: 'order' } }, count: { gte: 1 } },
  consent: { purpose: 'marketing', channel: 'email', is: 'granted' },
  random: { percent: 50, salt: 'a' },
  all: [],
  any: [],
}

/** A node of its kind to start from. */
export function fresh(kind: Kind, subject: Subject = 'PERSON'): Rule {
  // An account's fields have no history: a segment of it has.
  if (kind === 'held' && subject === 'ACCOUNT') return { held: { rule: { segment: { key: '' } }, for: 'P14D' } }
  return { [kind]: structuredClone(FRESH[kind]) }
}

const COMMON = ['externalId', 'createdAt', 'updatedAt']

/** The kinds of CRM records, with the fields that rules may ask for. */
export const RECORDS: Record<string, string[]> = {
  contact: ['userId', 'email', 'phone', 'firstName', 'lastName', 'title', 'stage', 'owner'],
  lead: ['userId', 'email', 'phone', 'firstName', 'lastName', 'company', 'status', 'origin', 'score', 'owner'],
  opportunity: ['name', 'stage', 'amount', 'currency', 'closeDate', 'owner'],
  order: ['number', 'status', 'amount', 'currency', 'placedAt'],
  orderItem: ['sku', 'name', 'quantity', 'unitPrice', 'currency', 'placedAt'],
  contract: ['name', 'status', 'amount', 'currency', 'startsAt', 'endsAt'],
  membership: ['program', 'tier', 'points', 'status', 'startsAt', 'endsAt'],
  ticket: ['subject', 'status', 'priority', 'channel', 'openedAt', 'closedAt'],
  activity: ['kind', 'subject', 'body', 'owner', 'occurredAt'],
}
const OWN = ['userId', 'email', 'occurredAt']
const ACCOUNT = ['name', 'domain', 'industry', 'employees', 'owner']

/** Kinds of records that only people have. */
const OF_PEOPLE = ['lead', 'membership']

/** The kinds of CRM records that a subject may have. */
export function recordKindsOf(subject: Subject): string[] {
  return Object.keys(RECORDS).filter((kind) => subject === 'PERSON' || !OF_PEOPLE.includes(kind))
}

/** The fields of a kind of record (or of an account) that are not the tenant's own. */
export function knownFields(kind: string): string[] {
  if (kind === 'account') return [...ACCOUNT, ...COMMON]
  return [...(RECORDS[kind] ?? OWN), ...COMMON]
}

/** The node's name and what is below it; `not` around it is told apart. */
export function open(rule: Rule): { kind: string; body: Json; negated: boolean } {
  const [kind, body] = Object.entries(rule)[0] ?? ['all', []]
  if (kind === 'not' && isObject(body)) {
    const inner = open(body)
    // Two of them are no mistake to hide: the outer one is shown as JSON.
    if (!inner.negated) return { ...inner, negated: true }
  }
  return { kind, body: body ?? null, negated: false }
}

export function close(kind: string, body: Json, negated: boolean): Rule {
  return negated ? { not: { [kind]: body } } : { [kind]: body }
}

export function isGroup(kind: string): kind is 'all' | 'any' {
  return kind === 'all' || kind === 'any'
}

/** A segment's rule with a group at its root, so that there is always a place for one more condition. */
export function grouped(rule: Rule): Rule {
  const { kind, negated } = open(rule)
  return isGroup(kind) && !negated ? rule : { all: [rule] }
}

/** `where` as the list that the builder edits; undefined when it is a tree, which it leaves as JSON. */
export function whereList(where: Json | undefined): Conditions[] | undefined {
  if (where === undefined) return []
  const list = Array.isArray(where) ? where : [where]
  return list.every((one) => isObject(one) && 'path' in one) ? (list as Conditions[]) : undefined
}

/** `fields` with one of them changed; undefined takes it away. */
export function withField(fields: Fields, name: string, value: Json | undefined): Fields {
  const next = { ...fields }
  if (value === undefined) delete next[name]
  else next[name] = value
  return next
}

export const OPERATORS = [
  { key: 'eq', name: 'is' },
  { key: 'ne', name: 'is not' },
  { key: 'gt', name: 'is more than' },
  { key: 'gte', name: 'is at least' },
  { key: 'lt', name: 'is less than' },
  { key: 'lte', name: 'is at most' },
  { key: 'in', name: 'is one of' },
  { key: 'notIn', name: 'is none of' },
  { key: 'contains', name: 'contains' },
  { key: 'startsWith', name: 'starts with' },
  { key: 'endsWith', name: 'ends with' },
  { key: 'matches', name: 'matches' },
  { key: 'exists', name: 'is known' },
  { key: 'missing', name: 'is not known' },
  { key: 'empty', name: 'is empty' },
  { key: 'before', name: 'is before' },
  { key: 'after', name: 'is after' },
  { key: 'withinLast', name: 'is within the last' },
  { key: 'withinNext', name: 'is within the next' },
  { key: 'anniversary', name: 'recurs today' },
] as const

export type Operator = (typeof OPERATORS)[number]['key']

const OPERATOR_KEYS = new Set<string>(OPERATORS.map(({ key }) => key))

/** The operator of a comparison, the value it compares with. */
export function operatorOf(conditions: Conditions): { operator: Operator; value: Json } | undefined {
  const found = Object.entries(conditions).filter(([key]) => OPERATOR_KEYS.has(key))
  if (found.length !== 1) return undefined
  return { operator: found[0]![0] as Operator, value: found[0]![1] }
}

/** Another operator on the same thing, with the value kept where it fits. */
export function withOperator(conditions: Conditions, operator: Operator, value: Json): Conditions {
  const rest = Object.entries(conditions).filter(([key]) => !OPERATOR_KEYS.has(key))
  return { ...Object.fromEntries(rest), [operator]: fit(operator, value) }
}

function fit(operator: Operator, value: Json): Json {
  if (operator === 'exists' || operator === 'missing' || operator === 'empty' || operator === 'anniversary') return true
  if (operator === 'in' || operator === 'notIn')
    return Array.isArray(value) ? value : value === '' || value === true ? [] : [value]
  if (operator === 'withinLast' || operator === 'withinNext')
    return typeof value === 'string' && value.startsWith('P') ? value : 'P30D'
  const one = Array.isArray(value) ? (value[0] ?? '') : value
  return typeof one === 'boolean' && operator !== 'eq' && operator !== 'ne' ? '' : one
}

/** What somebody typed, as the type they will have meant: rules convert nothing, so "5" and 5 are different values. */
export function typed(text: string): string | number | boolean {
  const trimmed = text.trim()
  if (/^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(trimmed)) return Number(trimmed)
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true'
  return text
}

export function isObject(value: unknown): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether something is still to be filled in; a rule is not sent before. */
export function isIncomplete(rule: Json): boolean {
  if (Array.isArray(rule)) return rule.some(isIncomplete)
  if (!isObject(rule)) return false
  return Object.entries(rule).some(([key, value]) =>
    ['name', 'path', 'key', 'type', 'by', 'sum', 'avg', 'min', 'max', 'distinct'].includes(key) && value === ''
      ? true
      : isIncomplete(value),
  )
}
