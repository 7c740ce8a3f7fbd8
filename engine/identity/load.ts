/** The stored state of what a batch names, as a partition. */
import type { IdentifierRow, ProfileRow } from '../../db/sql/identity/read-partition.ts'
import { canonicalInstant } from './instant.ts'
import { type Group, Partition } from './partition.ts'
import type { Policy } from './policy.ts'

export function load(policy: Policy, identifiers: IdentifierRow[], profiles: ProfileRow[]): Partition {
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
  const counts = new Map(Object.entries(row.counts ?? {}).filter(([, count]) => count > 0))
  return {
    id: row.id,
    stored: true,
    firstSeen: canonicalInstant(row.first_seen)!,
    lastSeen: canonicalInstant(row.last_seen)!,
    priority: Math.min(...[...counts.keys()].map((type) => policy.type(type).priority)),
    counts,
    size: row.size ?? 0,
    apart: new Set(row.apart?.split(' ')),
    joined: null,
    into: null,
    seenMoved: false,
    kept: false,
  }
}
