/** What events and CRM rows say about people, on its way to the identifiers that it is said of. */
import { type EventRow, type RecordRow, readContacts, readEvents, readLeads } from '../../db/sql/identity/read-said.ts'
import type { SaidRow } from '../../db/sql/identity/write-identifiers.ts'
import type { Transaction } from '../../db/client.ts'
import { canonicalInstant } from './instant.ts'
import { identifierId, type Named } from './normalise.ts'
import { mergeStatements, type Statement } from './statement.ts'
import type { Person } from './types.ts'

export type Said = { events: Map<string, EventRow>; records: Map<string, RecordRow>; recordIds: Set<string> }

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Reads the events that the people refer to, and the contacts and leads among their identifiers. */
export async function readSaid(sql: Transaction, tenantId: string, people: Person[], names: Named[][]): Promise<Said> {
  const refs = people.flatMap((person) => person.refs ?? [])
  const contactIds = recordIds('contact', names)
  const leadIds = recordIds('lead', names)
  const [events, contacts, leads] = await Promise.all([
    refs.length > 0 ? readEvents(sql, tenantId, refs) : [],
    contactIds.length > 0 ? readContacts(sql, tenantId, contactIds) : [],
    leadIds.length > 0 ? readLeads(sql, tenantId, leadIds) : [],
  ])
  return {
    events: new Map(events.map((event) => [event.id, event])),
    records: new Map([
      ...contacts.map((row): [string, RecordRow] => [identifierId('contact', row.id)!, row]),
      ...leads.map((row): [string, RecordRow] => [identifierId('lead', row.id)!, row]),
    ]),
    recordIds: new Set([...contactIds, ...leadIds]),
  }
}

function recordIds(type: string, names: Named[][]): string[] {
  const values = names.flat().filter((name) => name.type.key === type && UUID.test(name.value))
  return [...new Set(values.map((name) => name.value))]
}

/** Per identifier, the newest of what was said, and since when that has been so; a deleted contact or lead says nothing any more. */
export function collectTraits(said: Said, people: Person[], names: Named[][], known: Set<string>): SaidRow[] {
  const traits = new Map<string, Map<string, Statement>>()
  people.forEach((person, n) => {
    for (const [, eventId] of person.refs ?? []) {
      const event = said.events.get(eventId)
      if (!event?.traits) continue
      // The event's owner, or, where that names nobody here, the strongest identifier that came with it.
      const owner = event.identifier_id && known.has(event.identifier_id) ? event.identifier_id : names[n]?.[0]?.id
      if (owner && known.has(owner)) fold(traits, owner, event)
    }
  })
  const rows = [...traits].map(([id, byTrait]) => ({ id, traits: Object.fromEntries(byTrait), replace: false }))
  return [...rows, ...recordTraits(said, names)]
}

function fold(traits: Map<string, Map<string, Statement>>, owner: string, event: EventRow): void {
  const at = canonicalInstant(event.occurred_at)
  if (at === null) return
  const newest = traits.get(owner) ?? new Map<string, Statement>()
  traits.set(owner, newest)
  for (const [trait, v] of Object.entries(event.traits ?? {})) {
    const statement = { v, at, by: event.id }
    const known = newest.get(trait)
    newest.set(trait, known ? mergeStatements(known, statement) : statement)
  }
}

function recordTraits(said: Said, names: Named[][]): SaidRow[] {
  const rows = new Map<string, SaidRow>()
  for (const { id, type, value } of names.flat()) {
    if ((type.key !== 'contact' && type.key !== 'lead') || !said.recordIds.has(value)) continue
    const record = said.records.get(id)
    const at = record && canonicalInstant(record.updated_at)
    const entries = Object.entries(record?.traits ?? {}).map(([trait, v]) => [trait, { v, at, by: type.key }])
    rows.set(id, { id, traits: Object.fromEntries(entries), replace: true })
  }
  return [...rows.values()]
}
