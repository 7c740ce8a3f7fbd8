/**
 * Whose an event is, where its first identifier names nobody by the tenant's own policy: its next identifier's. The row
 * computes its owner by itself and knows only what is blocked everywhere, so the engine tells it what else is (events.nobody)
 * when it meets the event: one rewrite of that event, none at any merge.
 */
import type { Transaction } from '../../db/client.ts'
import { giveEventsBack, passEventsOn, type Place } from '../../db/sql/identity/own-events.ts'
import { canonicalInstant, earlier, later } from './instant.ts'
import { blockedIdentifiers } from './normalise.ts'
import { type Policy, readPolicy } from './policy.ts'
import type { Person } from './types.ts'

/** Passes the people's events on from identifiers that name nobody to the next that does. */
export async function ownEvents(sql: Transaction, tenantId: string, policy: Policy, people: Person[]): Promise<void> {
  const blocked = new Set<string>()
  let span: { from: string; to: string } | null = null
  for (const { ids, from, to } of people) {
    const nobody = from === undefined ? [] : blockedIdentifiers(policy, ids)
    if (nobody.length === 0) continue
    for (const id of nobody) blocked.add(id)
    const [first, last] = [from!, to ?? from!].map((time) => canonicalInstant(time) ?? time) as [string, string]
    span = span ? { from: earlier(span.from, first), to: later(span.to, last) } : { from: first, to: last }
  }
  if (span) await passEventsOn(sql, tenantId, [...blocked], span)
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
