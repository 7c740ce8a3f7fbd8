/**
 * Whose an event or record is, where its first identifier names nobody by the tenant's own policy: its next identifier's, or
 * nobody's. The row computes its owner by itself and knows only what is blocked everywhere, so the engine tells it what else is (`nobody`)
 * when it meets the row: one rewrite of that row, none at any merge.
 */
import type { Transaction } from '../../db/client.ts'
import { giveEventsBack, passEventsOn, type Place } from '../../db/sql/identity/own-events.ts'
import { giveRecordsBack, type OwnedRecords, passRecordsOn } from '../../db/sql/identity/own-records.ts'
import { canonicalInstant, earlier, later } from './instant.ts'
import { blockedIdentifiers } from './normalise.ts'
import { type Policy, readPolicy } from './policy.ts'
import type { Person } from './types.ts'

/**
 * Passes the people's events and records on from identifiers that name nobody to the next that does. Returns the identifiers
 * that own events by that; the log tells of records that are written.
 */
export async function ownRows(sql: Transaction, tenantId: string, policy: Policy, people: Person[]): Promise<string[]> {
  const ofEvents = new Set<string>()
  const ofRecords = new Set<string>()
  let span: { from: string; to: string } | null = null
  for (const { ids, from, to } of people) {
    const nobody = blockedIdentifiers(policy, ids)
    if (nobody.length === 0) continue
    for (const id of nobody) (from === undefined ? ofRecords : ofEvents).add(id)
    if (from === undefined) continue
    const [first, last] = [from, to ?? from].map((time) => canonicalInstant(time) ?? time) as [string, string]
    span = span ? { from: earlier(span.from, first), to: later(span.to, last) } : { from: first, to: last }
  }
  const owners = span ? await passEventsOn(sql, tenantId, [...ofEvents], span) : []
  if (ofRecords.size > 0) await passRecordsOn(sql, tenantId, [...ofRecords])
  return owners
}

/**
 * Before history is read again by a changed policy: what no longer names nobody owns its events again. The people are those of
 * the events after one place and up to another.
 */
export async function disownEvents(
  sql: Transaction,
  tenantId: string,
  people: Person[],
  [after, last]: [Place, Place],
): Promise<void> {
  const policy = await readPolicy(sql, tenantId)
  const blocked = new Set(people.flatMap(({ ids }) => blockedIdentifiers(policy, ids)))
  await giveEventsBack(sql, tenantId, [...blocked], after, last)
}

/** The same of records of one table, after one id and up to another. */
export async function disownRecords(
  sql: Transaction,
  tenantId: string,
  table: OwnedRecords,
  people: Person[],
  range: [string, string],
): Promise<void> {
  const policy = await readPolicy(sql, tenantId)
  const blocked = new Set(people.flatMap(({ ids }) => blockedIdentifiers(policy, ids)))
  await giveRecordsBack(sql, tenantId, table, [...blocked], range)
}
