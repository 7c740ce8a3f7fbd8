/**
 * People in, profiles out. Everything that the batch names is read in one go, decided in memory (partition.ts) and written
 * with a handful of set-based statements, tables and graph in the caller's transaction.
 *
 * An event or record none of whose identifiers names anybody (see identifier_id) is nobody's: it is kept, and counts for
 * no profile.
 */
import type { Transaction } from '../../db/client.ts'
import { syncGraph } from '../../db/graph/sync.ts'
import {
  type IdentifierRow,
  type ProfileRow,
  readIdentifiers,
  readProfiles,
} from '../../db/sql/identity/read-partition.ts'
import { readProfileStates } from '../../db/sql/identity/members.ts'
import { type Announcement, takeAnnouncements } from '../../db/sql/identity/merge-history.ts'
import {
  type LinkRow,
  type SaidRow,
  upsertIdentifiers,
  upsertLinks,
  writeTraits,
} from '../../db/sql/identity/write-identifiers.ts'
import {
  insertConflicts,
  type MergeWrite,
  type MoveWrite,
  mergeProfiles,
  moveIdentifiers,
} from '../../db/sql/identity/write-merges.ts'
import { foldProfileTraits, insertProfiles, updateSeen } from '../../db/sql/identity/write-profiles.ts'
import { canonicalInstant, earlier, later } from './instant.ts'
import { lockIdentity } from './lock.ts'
import { type Named, nameIdentifiers } from './normalise.ts'
import { type Group, type Known, Partition, root, type Sighting } from './partition.ts'
import { type Policy, readPolicy } from './policy.ts'
import { collectTraits, readSaid, type Said } from './said.ts'
import { CHANGE_RANK, type Person, type ProfileChange } from './types.ts'

/**
 * Finds or makes the profiles of these people, and returns each profile they name with what happened to it. The same people
 * again change nothing, and are 'seen'.
 */
export async function resolve(sql: Transaction, tenantId: string, people: Person[]): Promise<ProfileChange[]> {
  // On the wire first, whatever is awaited first: all that follows is read when the lock is ours.
  const lock = lockIdentity(sql, tenantId).execute()
  const [[clock], policy, announcements] = await Promise.all([
    lock,
    readPolicy(sql, tenantId),
    takeAnnouncements(sql, tenantId),
  ])
  const names = people.map((person) => nameIdentifiers(policy, person.ids))
  const ids = [...new Set(names.flat().map((name) => name.id))]

  const [identifiers, profiles, said] = await Promise.all([
    readIdentifiers(sql, tenantId, ids),
    readProfiles(sql, tenantId, ids),
    readSaid(sql, tenantId, people, names),
  ])
  const aliases = await readPrevious(sql, tenantId, policy, said, ids)
  const partition = load(policy, [...identifiers, ...aliases.identifiers], [...profiles, ...aliases.profiles])
  people.forEach((person, n) => {
    const sighting = sightingOf(person, names[n]!, said, clock.now)
    partition.join(names[n]!, sighting)
    for (const [name, previous, at] of aliases.of(person)) partition.alias(name, previous, at)
  })
  const traits = collectTraits(said, people, names, new Set(partition.known.keys()))
  const changes = new Changes()
  await announce(sql, tenantId, announcements, changes)
  await write(sql, tenantId, partition, traits, changes)
  return changes.list()
}

type Aliases = {
  identifiers: IdentifierRow[]
  profiles: ProfileRow[]
  of(person: Person): [Named, Named[], Sighting][]
}

/**
 * The names that alias events give up. A previous id may have been a user's or a visitor's: it is taken as both, so that what
 * comes late under it finds its person.
 */
async function readPrevious(
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
  const ids = [...byEvent.values()].flatMap(([, previous]) => previous.map((name) => name.id))
  const unread = [...new Set(ids)].filter((id) => !known.has(id))
  const [identifiers, profiles] =
    unread.length > 0
      ? await Promise.all([readIdentifiers(sql, tenantId, unread), readProfiles(sql, tenantId, unread)])
      : [[], []]
  return {
    identifiers: [...identifiers],
    profiles: [...profiles],
    of: (person) => (person.refs ?? []).flatMap(([, id]) => (byEvent.has(id) ? [byEvent.get(id)!] : [])),
  }
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

function load(policy: Policy, identifiers: IdentifierRow[], profiles: ProfileRow[]): Partition {
  const partition = new Partition(policy)
  for (const row of profiles) partition.groups.set(row.id, loadGroup(policy, row))
  for (const row of identifiers) {
    const group = partition.groups.get(row.profile_id)
    if (!group) continue
    partition.known.set(row.id, {
      id: row.id,
      type: row.type,
      value: row.value,
      aliasOf: row.alias_of,
      group,
      home: group,
      stored: true,
      firstSeen: canonicalInstant(row.first_seen)!,
      lastSeen: canonicalInstant(row.last_seen)!,
      count: row.count,
      source: row.source,
      weight: row.weight,
      shared: row.shared,
      refusedBy: new Set(row.refused_by),
      changed: false,
    })
  }
  return partition
}

function loadGroup(policy: Policy, row: ProfileRow): Group {
  const counts = new Map(Object.entries(row.counts).filter(([, count]) => count > 0))
  return {
    id: row.id,
    stored: true,
    firstSeen: canonicalInstant(row.first_seen)!,
    lastSeen: canonicalInstant(row.last_seen)!,
    priority: Math.min(...[...counts.keys()].map((type) => policy.type(type).priority)),
    counts,
    size: row.size,
    apart: new Set(row.apart?.split(' ')),
    joined: null,
    into: null,
    seenMoved: false,
  }
}

/** Tells what was done by hand since the last time, as it stands now. */
async function announce(sql: Transaction, tenantId: string, all: Announcement[], changes: Changes): Promise<void> {
  if (all.length === 0) return
  const ids = [...new Set(all.flatMap((one) => [one.profile_id, one.into_id]))]
  const states = new Map((await readProfileStates(sql, tenantId, ids)).map((state) => [state.id, state]))
  for (const { kind, profile_id, into_id } of all) {
    for (const id of [profile_id, into_id]) {
      const state = states.get(id)
      if (state?.merged_into) changes.note(id, 'merged', state.merged_into)
      else if (state) changes.note(id, kind === 'split' && id === profile_id ? 'created' : 'updated')
    }
  }
}

/** Of several things that happen to a profile, the one that says most. */
class Changes {
  private readonly byProfile = new Map<string, ProfileChange>()

  note(profileId: string, change: ProfileChange['change'], into?: string): void {
    const old = this.byProfile.get(profileId)
    if (old && CHANGE_RANK[old.change] <= CHANGE_RANK[change]) return
    this.byProfile.set(profileId, into === undefined ? { profileId, change } : { profileId, change, into })
  }

  list(): ProfileChange[] {
    return [...this.byProfile.values()]
  }
}

async function write(
  sql: Transaction,
  tenantId: string,
  partition: Partition,
  said: SaidRow[],
  changes: Changes,
): Promise<void> {
  const known = [...partition.known.values()]
  const written = known.filter((identifier) => identifier.changed)
  const living = [...partition.groups.values()].filter((group) => !group.into)
  const born = living.filter((group) => !group.stored)
  const moved = living.filter((group) => group.stored && group.seenMoved)
  const lost = partition.merges.filter((merge) => merge.from.stored)

  for (const identifier of known) changes.note(root(identifier.group).id, 'seen')
  for (const identifier of known) if (!identifier.stored) changes.note(root(identifier.group).id, 'updated')
  for (const group of born) changes.note(group.id, 'created')
  for (const { from } of lost) {
    changes.note(from.id, 'merged', root(from).id)
    changes.note(root(from).id, 'updated')
  }
  const moves = moveRows(partition)
  for (const { from_id, into_id } of moves) for (const id of [from_id, into_id]) changes.note(id, 'updated')

  const pending: Promise<unknown>[] = []
  const start = (query: Promise<unknown>) => {
    // Awaited at the end; until then a failure must not count as unhandled.
    query.catch(() => {})
    pending.push(query)
  }
  if (born.length > 0) start(insertProfiles(sql, tenantId, born.map(seenRow)).execute())
  if (moved.length > 0) start(updateSeen(sql, tenantId, moved.map(seenRow)).execute())
  const merging = lost.length > 0 ? mergeProfiles(sql, tenantId, mergeRows(lost, known)) : null
  if (merging) start(merging)
  const moving = moves.length > 0 ? moveIdentifiers(sql, tenantId, moves) : null
  if (moving) start(moving)
  if (written.length > 0) start(upsertIdentifiers(sql, tenantId, written.map(identifierRow)).execute())
  const links = linkRows(partition)
  if (links.length > 0) start(upsertLinks(sql, tenantId, links).execute())
  if (partition.conflicts.length > 0) start(insertConflicts(sql, tenantId, conflictRows(partition)).execute())
  if (said.length > 0) start(writeTraits(sql, tenantId, said).execute())

  const retold = new Set(said.map(({ id }) => root(partition.known.get(id)!.group).id))
  for (const { from } of lost) retold.add(root(from).id)
  for (const { from_id, into_id } of moves) retold.add(from_id).add(into_id)
  const folding = retold.size > 0 ? foldProfileTraits(sql, tenantId, [...retold]).execute() : null
  if (folding) start(folding)
  const graph = [new Set(written.map(({ id }) => id)), new Set(born.map(({ id }) => id))] as const
  if (merging) {
    const { identifiers, profiles } = await merging
    for (const id of identifiers) graph[0].add(id)
    for (const id of [...profiles, ...lost.map(({ from }) => from.id)]) graph[1].add(id)
  }
  for (const id of (await moving) ?? []) graph[0].add(id)
  if (graph[0].size + graph[1].size > 0) start(syncGraph(sql, [...graph[0]], [...graph[1]]).execute())
  await Promise.all(pending)
  for (const { id } of (await folding) ?? []) changes.note(id, 'updated')
}

function seenRow({ id, firstSeen, lastSeen }: Group) {
  return { id, first_seen: firstSeen, last_seen: lastSeen }
}

function identifierRow(known: Known) {
  return {
    id: known.id,
    type: known.type,
    value: known.value,
    profile_id: root(known.group).id,
    alias_of: known.aliasOf,
    first_seen: known.firstSeen,
    last_seen: known.lastSeen,
    count: known.count,
    source: known.source,
    weight: known.weight,
    shared: known.shared,
  }
}

function mergeRows(lost: Partition['merges'], known: Known[]): MergeWrite[] {
  return lost.map(({ from, into, cause, a, b, at }) => ({
    from_id: from.id,
    into_id: (storedOrLast(into) ?? root(into)).id,
    final_id: root(from).id,
    cause,
    evidence: { identifiers: [a, b], at },
    born: known
      .filter((identifier) => !identifier.stored && storedOrLast(identifier.home) === from)
      .map(({ id }) => id),
  }))
}

/** One row for each identifier, from where it was to where it will be; where both are one by now, there is nothing to move. */
function moveRows(partition: Partition): MoveWrite[] {
  const rows = new Map<string, MoveWrite>()
  for (const { identifier, from, into, by, at } of partition.moves) {
    rows.set(identifier.id, {
      identifier_id: identifier.id,
      from_id: rows.get(identifier.id)?.from_id ?? root(from).id,
      into_id: root(into).id,
      evidence: { identifiers: [by, identifier.id], at },
    })
  }
  return [...rows.values()].filter((row) => row.from_id !== row.into_id)
}

/** The first profile along the way a group went in this batch that was or will be stored. */
function storedOrLast(group: Group): Group | null {
  let at = group
  while (!at.stored && at.joined) at = at.joined
  return at
}

function linkRows(partition: Partition): LinkRow[] {
  const rows = new Map<string, LinkRow>()
  for (const { a, b, source, from, to, dated } of partition.links) {
    if (!partition.known.has(a) || !partition.known.has(b)) continue
    const key = `${a} ${b} ${source}`
    const row = rows.get(key)
    if (row) {
      row.dated ||= dated
      row.first_seen = earlier(row.first_seen, from)
      row.last_seen = later(row.last_seen, to)
    } else rows.set(key, { a, b, source, first_seen: from, last_seen: to, dated })
  }
  return [...rows.values()]
}

function conflictRows(partition: Partition) {
  return partition.conflicts.map(({ identifier, refused, keptBy, at, reason }) => ({
    identifier_id: identifier.id,
    profile_id: root(refused).id,
    kept_by: root(keptBy).id,
    at,
    reason,
  }))
}
