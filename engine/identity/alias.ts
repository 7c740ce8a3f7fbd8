/** What alias events say: that somebody has a new name. */
import type { Transaction } from '../../db/client.ts'
import { readSuppressed, scrubEvents } from '../../db/sql/identity/erase.ts'
import {
  type IdentifierRow,
  type ProfileRow,
  readIdentifiers,
  readProfiles,
} from '../../db/sql/identity/read-partition.ts'
import { canonicalInstant } from './instant.ts'
import { type Named, nameIdentifiers } from './normalise.ts'
import type { Sighting } from './partition.ts'
import type { Policy } from './policy.ts'
import type { Said } from './said.ts'
import type { Person } from './types.ts'

export type Aliases = {
  identifiers: IdentifierRow[]
  profiles: ProfileRow[]
  of(person: Person): [Named, Named[], Sighting][]
}

/**
 * The names that alias events give up. A previous id may have been a user's or a visitor's: it is taken as both, so that what
 * comes late under it finds its person.
 */
export async function readAliases(
  sql: Transaction,
  tenantId: string,
  policy: Policy,
  said: Said,
  already: string[],
): Promise<Aliases> {
  const byEvent = new Map<string, [Named, Named[], Sighting]>()
  for (const event of said.events.values()) {
    if (event.type !== 'alias' || event.previous_id === null || event.user_id === null) continue
    const [name] = nameIdentifiers(policy, { user_id: event.user_id })
    const previous = nameIdentifiers(policy, { user_id: event.previous_id, anonymous_id: event.previous_id })
    const at = canonicalInstant(event.occurred_at)
    if (name && previous.length > 0 && at !== null) {
      byEvent.set(event.id, [name, previous, { from: at, to: at, source: 'alias', dated: true }])
    }
  }
  const known = new Set(already)
  const all = [...byEvent.values()].flatMap(([, previous]) => previous.map((name) => name.id))
  const gone = new Set(all.length > 0 ? (await readSuppressed(sql, tenantId, all)).map((row) => row.id) : [])
  // Of somebody erased, the name is not to be kept as another type's either, nor in the event that says it.
  for (const [id, [, previous, { from, to }]] of byEvent) {
    if (!previous.some((name) => gone.has(name.id))) continue
    byEvent.delete(id)
    const of = said.events.get(id)!.identifier_id
    const names = previous.map((name) => name.id)
    if (of !== null) await scrubEvents(sql, tenantId, names, { of: [of], from, to })
  }
  const ids = [...byEvent.values()].flatMap(([, previous]) => previous.map((name) => name.id))
  const unread = [...new Set(ids)].filter((id) => !known.has(id))
  // The profiles also of names that are read already: where somebody came by such a name alone, their limits were not.
  const [identifiers, profiles] =
    ids.length > 0
      ? await Promise.all([readIdentifiers(sql, tenantId, unread), readProfiles(sql, tenantId, ids, ids)])
      : [[], []]
  return {
    identifiers: [...identifiers],
    profiles: [...profiles],
    of: (person) => (person.refs ?? []).flatMap(([, id]) => (byEvent.has(id) ? [byEvent.get(id)!] : [])),
  }
}
