/**
 * People in, profiles out. Everything that the batch names is read in one go, decided in memory (partition.ts) and written
 * with a handful of set-based statements, tables and graph in the caller's transaction.
 *
 * An event or record none of whose identifiers names anybody (see identifier_id) is nobody's: it is kept, and counts for
 * no profile.
 */
import type { Transaction } from '../../db/client.ts'
import { readPendingErasures } from '../../db/sql/identity/erase.ts'
import { takeAnnouncements } from '../../db/sql/identity/merge-history.ts'
import { readIdentifiers, readProfiles, readProfilesOf } from '../../db/sql/identity/read-partition.ts'
import { readAliases } from './alias.ts'
import { announce } from './announce.ts'
import { Changes } from './changes.ts'
import { doErasures, dropSuppressed } from './erase.ts'
import { canonicalInstant } from './instant.ts'
import { load } from './load.ts'
import { lockTenant } from '../lock.ts'
import { blockedIdentifiers, type Named, nameIdentifiers } from './normalise.ts'
import { ownRows } from './owners.ts'
import type { Sighting } from './partition.ts'
import { readPolicy } from './policy.ts'
import { collectTraits, readSaid, type Said } from './said.ts'
import type { Person, ProfileChange } from './types.ts'
import { write } from './write.ts'

/**
 * Finds or makes the profiles of these people, and returns each profile they name with what happened to it. The same people
 * again change nothing, and are 'seen'.
 */
export async function resolve(sql: Transaction, tenantId: string, people: Person[]): Promise<ProfileChange[]> {
  return (await place(sql, tenantId, people)).changes
}

export type Placed = {
  changes: ProfileChange[]
  /** Whom each of the people turned out to be: several where what they say together must not be joined. */
  profiles: string[][]
  /** Profiles that may have lost or got events and records besides, as what owned them is blocked. */
  moved: string[]
}

export async function place(sql: Transaction, tenantId: string, people: Person[]): Promise<Placed> {
  // On the wire first, whatever is awaited first: all that follows is read when the lock is ours.
  const lock = lockTenant(sql, tenantId)
  const [[clock], policy, announcements, erasures] = await Promise.all([
    lock,
    readPolicy(sql, tenantId),
    takeAnnouncements(sql, tenantId),
    readPendingErasures(sql, tenantId),
  ])
  const changes = new Changes()
  const newOwners = await ownRows(sql, tenantId, policy, people)
  await doErasures(sql, tenantId, policy, erasures, changes)
  const given = people.map((person) => nameIdentifiers(policy, person.ids))
  const blocked = people.flatMap((person) => blockedIdentifiers(policy, person.ids))
  const names = await dropSuppressed(sql, tenantId, people, given, blocked)
  const idsOf = (some: Named[][]) => [...new Set(some.flat().map((name) => name.id))]
  const ids = idsOf(names)
  // Several names, or an alias, which only an event that is referred to can carry.
  const joining = idsOf(names.filter((some, n) => some.length > 1 || people[n]!.refs))

  const [identifiers, profiles, said, concerned] = await Promise.all([
    readIdentifiers(sql, tenantId, ids),
    readProfiles(sql, tenantId, ids, joining),
    readSaid(sql, tenantId, people, names),
    blocked.length > 0 ? readProfilesOf(sql, tenantId, [...blocked, ...newOwners]) : [],
  ])
  const aliases = await readAliases(sql, tenantId, policy, said, ids)
  // Somebody may have been known by what is blocked since: it joins nobody, and what it owned has gone.
  const moved = concerned.map(({ profile_id }) => profile_id)
  for (const id of moved) changes.note(id, 'seen')
  const partition = load(policy, [...identifiers, ...aliases.identifiers], [...profiles, ...aliases.profiles])
  people.forEach((person, n) => {
    partition.join(names[n]!, sightingOf(person, names[n]!, said, clock.now))
    for (const [name, previous, at] of aliases.of(person)) partition.alias(name, previous, at)
  })
  const traits = collectTraits(said, people, names, new Set(partition.known.keys()))
  await announce(sql, tenantId, announcements, changes)
  await write(sql, tenantId, partition, { traits, events: [...said.events.values()] }, changes)
  const profilesOf = (some: Named[]) => new Set(some.flatMap(({ id }) => partition.profileOf(id) ?? []))
  return { changes: changes.list(), profiles: names.map((some) => [...profilesOf(some)]), moved }
}

/** When a person was seen. A record has no time of its own: it counts from when the contact or lead was written. */
function sightingOf(person: Person, names: Named[], said: Said, now: string): Sighting {
  const from = person.from === undefined ? null : canonicalInstant(person.from)
  const to = person.to === undefined ? null : canonicalInstant(person.to)
  if (from !== null && to !== null) return { from, to, source: person.source ?? 'event', dated: true }
  const record = names.map((name) => said.records.get(name.id)).find((row) => row !== undefined)
  const at = (record && canonicalInstant(record.created_at)) ?? canonicalInstant(now)!
  return { from: at, to: at, source: 'crm', dated: record !== undefined }
}
