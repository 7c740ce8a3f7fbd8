/** Writes what a batch has changed, and nothing else: tables first, then the graph, all in the caller's transaction. */
import type { Transaction } from '../../db/client.ts'
import { syncEmployment, syncGraph } from '../../db/graph/sync.ts'
import type { EventRow } from '../../db/sql/identity/read-said.ts'
import { type SaidRow, upsertIdentifiers, upsertLinks, writeTraits } from '../../db/sql/identity/write-identifiers.ts'
import { insertConflicts, mergeProfiles, moveIdentifiers } from '../../db/sql/identity/write-merges.ts'
import { foldProfileTraits, insertProfiles, updateSeen } from '../../db/sql/identity/write-profiles.ts'
import { log } from '../../log.ts'
import type { Changes } from './changes.ts'
import { writeGroups } from './groups.ts'
import { type Known, type Partition, root } from './partition.ts'
import { conflictRows, identifierRow, linkRows, mergeRows, moveRows, seenRow } from './rows.ts'

export async function write(
  sql: Transaction,
  tenantId: string,
  partition: Partition,
  said: { traits: SaidRow[]; events: EventRow[] },
  changes: Changes,
): Promise<void> {
  const known = [...partition.known.values()]
  const written = known.filter((identifier) => identifier.changed)
  const living = [...partition.groups.values()].filter((group) => !group.into)
  const born = [...partition.groups.values()].filter((group) => !group.stored && (!group.into || group.kept))
  const moved = living.filter((group) => group.stored && group.seenMoved)
  const lost = partition.merges.filter(({ from }) => from.stored || from.kept)
  const moves = moveRows(partition)
  const links = linkRows(partition)

  for (const identifier of known) changes.note(profileOf(identifier), identifier.stored ? 'seen' : 'updated')
  for (const group of born) if (!group.into) changes.note(group.id, 'created')
  for (const { from } of lost) {
    changes.note(from.id, 'merged', root(from).id)
    changes.note(root(from).id, 'updated')
  }
  for (const { from_id, into_id } of moves) for (const id of [from_id, into_id]) changes.note(id, 'updated')

  for (const { type } of partition.demoted) {
    log.warn('a value names too many people and links nobody from now on', { tenant: tenantId, type })
  }

  const pipeline = new Pipeline()
  if (born.length > 0) void pipeline.add(insertProfiles(sql, tenantId, born.map(seenRow)).execute())
  if (moved.length > 0) void pipeline.add(updateSeen(sql, tenantId, moved.map(seenRow)).execute())
  const merging = lost.length > 0 ? pipeline.add(mergeProfiles(sql, tenantId, mergeRows(lost, known))) : null
  const moving = moves.length > 0 ? pipeline.add(moveIdentifiers(sql, tenantId, moves)) : null
  if (written.length > 0) void pipeline.add(upsertIdentifiers(sql, tenantId, written.map(identifierRow)).execute())
  if (links.length > 0) void pipeline.add(upsertLinks(sql, tenantId, links).execute())
  if (partition.conflicts.length > 0)
    void pipeline.add(insertConflicts(sql, tenantId, conflictRows(partition)).execute())
  if (said.traits.length > 0) void pipeline.add(writeTraits(sql, tenantId, said.traits).execute())

  const remade = new Set(lost.map(({ from }) => root(from).id))
  for (const { from_id, into_id } of moves) remade.add(from_id).add(into_id)
  const retold = new Set([...remade, ...said.traits.map(({ id }) => profileOf(partition.known.get(id)!))])
  const folding = retold.size > 0 ? pipeline.add(foldProfileTraits(sql, tenantId, [...retold]).execute()) : null

  const merged = await merging
  const identifiers = new Set([
    ...written.map(({ id }) => id),
    ...(merged?.identifiers ?? []),
    ...((await moving) ?? []),
  ])
  const profiles = new Set([
    ...[...born, ...lost.map(({ from }) => from)].map(({ id }) => id),
    ...(merged?.profiles ?? []),
  ])
  if (identifiers.size + profiles.size > 0) {
    void pipeline.add(syncGraph(sql, [...identifiers], [...profiles]).execute())
  }
  for (const { id } of (await folding) ?? []) changes.note(id, 'updated')

  const joined = await writeGroups(sql, tenantId, said.events, new Set(partition.known.keys()))
  for (const id of joined) changes.note(profileOf(partition.known.get(id)!), 'updated')
  const employed = new Set([
    ...[...joined.map((id) => partition.known.get(id)!), ...known.filter(saysEmployer)].map(profileOf),
    ...[...remade, ...lost.map(({ from }) => from.id)],
  ])
  if (employed.size > 0) void pipeline.add(syncEmployment(sql, [...employed]).execute())
  await pipeline.done()
}

/** A contact's account may have changed whenever it is named; an address belongs to its domain from the start. */
function saysEmployer({ type, stored }: Known): boolean {
  return type === 'contact' || (type === 'email' && !stored)
}

function profileOf(identifier: Known): string {
  return root(identifier.group).id
}

/** Queries on the wire one after the other, without a wait between them. */
class Pipeline {
  private readonly queries: PromiseLike<unknown>[] = []

  add<T>(query: Promise<T>): Promise<T> {
    // Awaited in the end; until then a failure must not count as unhandled.
    query.catch(() => {})
    this.queries.push(query)
    return query
  }

  async done(): Promise<void> {
    await Promise.all(this.queries)
  }
}
