/** From a partition to the rows that are written. */
import type { LinkRow } from '../../db/sql/identity/write-identifiers.ts'
import type { MergeWrite, MoveWrite } from '../../db/sql/identity/write-merges.ts'
import { earlier, later } from './instant.ts'
import { type Group, type Known, type Partition, root } from './partition.ts'

export function seenRow({ id, firstSeen, lastSeen }: Group) {
  return { id, first_seen: firstSeen, last_seen: lastSeen }
}

export function identifierRow(known: Known) {
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

export function mergeRows(lost: Partition['merges'], known: Known[]): MergeWrite[] {
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
export function moveRows(partition: Partition): MoveWrite[] {
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

/** The first profile along the way a group went in this batch that was or will be stored, if only in history. */
function storedOrLast(group: Group): Group | null {
  let at = group
  while (!at.stored && !at.kept && at.joined) at = at.joined
  return at
}

export function linkRows(partition: Partition): LinkRow[] {
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

export function conflictRows(partition: Partition) {
  return partition.conflicts.map(({ identifier, refused, keptBy, at, reason }) => ({
    identifier_id: identifier.id,
    profile_id: root(refused).id,
    kept_by: root(keptBy).id,
    at,
    reason,
  }))
}
