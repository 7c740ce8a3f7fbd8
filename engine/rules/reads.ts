/** What a rule reads of the world, so that a change of something else need not ask it again. */
import { type AnyRule, type Reference, references } from './order.ts'
import type { AccountRule, CaseLabel, EventMatcher, RecordKind, Rule, Subject } from './types.ts'

export type Reads = {
  /** Names of events; `everyEvent` where a strict sequence looks at what lies in between. */
  events: Set<string>
  everyEvent: boolean
  /** Traits, by the first step of their paths; and the system's own: firstSeen, lastSeen, createdAt. */
  fields: Set<string>
  identifiers: Set<string>
  records: Set<RecordKind>
  consents: boolean
  lists: Set<string>
  /** Reads the accounts of the profile: a change of an account concerns all of its people. */
  accounts: boolean
  /** Reads the people of accounts, or what they do: a change of one person concerns the account and all of its people. */
  people: boolean
  /** Labels and segments; what those read is not included. */
  definitions: Reference[]
}

export function readsOf(rule: AnyRule, subject: Subject = 'person'): Reads {
  const reads: Reads = {
    events: new Set(),
    everyEvent: false,
    fields: new Set(),
    identifiers: new Set(),
    records: new Set(),
    consents: false,
    lists: new Set(),
    accounts: false,
    people: false,
    definitions: references(rule),
  }
  if (subject === 'account') readAccounts(rule, reads)
  else visit(rule, reads)
  return reads
}

/** What an event changes besides itself. */
const MOVED_BY_EVENTS = ['firstSeen', 'lastSeen']

/** Whether an event with this name is read, or what it changes. */
export function readsEvent({ events, everyEvent, fields }: Reads, name: string): boolean {
  return everyEvent || events.has(name) || MOVED_BY_EVENTS.some((field) => fields.has(field))
}

function readAccounts(rule: AnyRule, reads: Reads): void {
  visit(rule, reads)
  reads.accounts = true
  // What accounts do is what their people do.
  reads.people ||= reads.events.size > 0
  // An account's fields are its own, not traits of the person.
  if (!reads.people) reads.fields.clear()
}

type Node = { [name: string]: unknown }

function visit(node: unknown, reads: Reads): void {
  for (const child of [node].flat() as Node[]) {
    for (const [name, value] of Object.entries(child)) VISITORS[name]?.(value as never, reads)
  }
}

const readEvents = (matchers: EventMatcher[], reads: Reads) => {
  for (const name of matchers.flatMap((matcher) => matcher.name)) reads.events.add(name)
}

const VISITORS: { [name: string]: (value: never, reads: Reads) => void } = {
  all: visit,
  any: visit,
  not: visit,
  cases: (cases: CaseLabel['cases'], reads) =>
    visit(
      cases.map(({ when }) => when),
      reads,
    ),
  score: (score: { when: Rule }[], reads) =>
    visit(
      score.map(({ when }) => when),
      reads,
    ),
  compute: visit,
  field: ({ path }: { path: string }, reads) => reads.fields.add(path.replace(/^traits\./, '').split('.')[0]!),
  identifier: ({ type }: { type: string }, reads) => reads.identifiers.add(type),
  event: (event: EventMatcher, reads) => readEvents([event], reads),
  firstEvent: (event: EventMatcher, reads) => readEvents([event], reads),
  lastEvent: (event: EventMatcher, reads) => readEvents([event], reads),
  sequence: ({ steps, strict }: { steps: EventMatcher[]; strict?: boolean }, reads) => {
    readEvents(steps, reads)
    if (strict) reads.everyEvent = true
  },
  followedBy: ({ first, then }: { first: EventMatcher; then: EventMatcher }, reads) => readEvents([first, then], reads),
  held: ({ rule }: { rule: Rule }, reads) => {
    visit(rule, reads)
    // Since when it is so: an event may say earlier what was said already; what was never said is so since somebody was first seen.
    if (!('segment' in rule)) reads.fields.add('firstSeen')
  },
  record: ({ kind }: { kind: RecordKind }, reads) => reads.records.add(kind),
  consent: (_consent: unknown, reads) => {
    reads.consents = true
  },
  list: ({ key }: { key: string }, reads) => reads.lists.add(key),
  account: (rule: AccountRule, reads) => {
    const inside = readsOf(rule, 'account')
    reads.accounts = true
    reads.people ||= inside.people
    reads.consents ||= inside.consents
    reads.everyEvent ||= inside.everyEvent
    for (const kind of inside.records) reads.records.add(kind)
    for (const name of inside.events) reads.events.add(name)
    for (const field of inside.fields) reads.fields.add(field)
    for (const type of inside.identifiers) reads.identifiers.add(type)
    for (const key of inside.lists) reads.lists.add(key)
  },
  people: ({ rule }: { rule: Rule }, reads) => {
    reads.people = true
    visit(rule, reads)
  },
  parent: visit,
  children: ({ rule }: { rule: AccountRule }, reads) => visit(rule, reads),
}
