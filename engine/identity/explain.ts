/**
 * Why two identifiers are one person: the shortest way from one to the other, each step two identifiers that came together,
 * with who said so, when, how often, and the first events and records that prove it. Or why they are two.
 */
import type { Transaction } from '../../db/client.ts'
import { type LinkOf, type MemberRow, readLinksAmong, readMembers } from '../../db/sql/identity/members.ts'
import {
  type ConflictRow,
  type EventEvidence,
  type RecordEvidence,
  readConflicts,
  readEventEvidence,
  readRecordEvidence,
} from '../../db/sql/identity/read-evidence.ts'
import { readIdentifiers } from '../../db/sql/identity/read-partition.ts'
import { KithError } from '../../errors.ts'

export type PathIdentifier = { id: string; type: string; value: string }

export type PathStep = {
  from: PathIdentifier
  to: PathIdentifier
  /** One for each source that said so: a source's id, 'event', 'crm', 'alias' or 'manual'. */
  said: { source: string; firstSeen: string; lastSeen: string; count: number }[]
  /** The first three of each. */
  events: EventEvidence[]
  records: RecordEvidence[]
}

export type Explanation = {
  from: PathIdentifier & { profileId: string }
  to: PathIdentifier & { profileId: string }
  samePerson: boolean
  /** Empty where they are not one person, or where only a move by weight left them together. */
  path: PathStep[]
  /** Where they are two: what would have joined them, and why it did not; the ids of splits that part them. */
  conflicts: ConflictRow[]
  splits: string[]
}

/** Throws IDENTIFIER_NOT_FOUND. */
export async function explainIdentity(
  sql: Transaction,
  tenantId: string,
  fromId: string,
  toId: string,
): Promise<Explanation> {
  const rows = await readIdentifiers(sql, tenantId, [fromId, toId])
  const [from, to] = [fromId, toId].map((id) => {
    const row = rows.find((one) => one.id === id)
    if (!row) throw new KithError('IDENTIFIER_NOT_FOUND', `There is no identifier ${id}.`, { status: 404 })
    return { id, type: row.type, value: row.value, profileId: row.profile_id }
  }) as [Explanation['from'], Explanation['to']]
  const members = await readMembers(sql, tenantId, [...new Set([from.profileId, to.profileId])])
  if (from.profileId !== to.profileId) {
    const conflicts = [...(await readConflicts(sql, tenantId, from.profileId, to.profileId))]
    return { from, to, samePerson: false, path: [], conflicts, splits: partingSplits(members, from.profileId) }
  }
  const links = await readLinksAmong(
    sql,
    tenantId,
    members.map((member) => member.id),
  )
  const path = shortestPath(links, fromId, toId)
  const steps = await Promise.all(path.slice(1).map((id, n) => stepOf(sql, tenantId, members, links, path[n]!, id)))
  return { from, to, samePerson: true, path: steps, conflicts: [], splits: [] }
}

/** Breadth first; of several shortest ways the one known for longest, as links come oldest first. */
function shortestPath(links: LinkOf[], from: string, to: string): string[] {
  const neighbours = new Map<string, string[]>()
  for (const { a, b } of links) {
    neighbours.set(a, [...(neighbours.get(a) ?? []), b])
    neighbours.set(b, [...(neighbours.get(b) ?? []), a])
  }
  const before = new Map([[from, from]])
  for (let reached = [from]; reached.length > 0 && !before.has(to); ) {
    const next: string[] = []
    for (const id of reached) {
      for (const other of neighbours.get(id) ?? []) {
        if (before.has(other)) continue
        before.set(other, id)
        next.push(other)
      }
    }
    reached = next
  }
  if (!before.has(to)) return []
  const path = [to]
  while (path[0] !== from) path.unshift(before.get(path[0]!)!)
  return path
}

async function stepOf(
  sql: Transaction,
  tenantId: string,
  members: MemberRow[],
  links: LinkOf[],
  from: string,
  to: string,
): Promise<PathStep> {
  const between = links.filter(({ a, b }) => (a === from && b === to) || (a === to && b === from))
  const [a, b] = [spellingsOf(members, from), spellingsOf(members, to)]
  const near = links.filter((link) => [from, to].includes(link.a) || [from, to].includes(link.b))
  const both = { a, b, owners: [...new Set([...a, ...b, ...near.flatMap((link) => [link.a, link.b])])] }
  const [events, records] = await Promise.all([
    readEventEvidence(sql, tenantId, {
      ...both,
      from: between.map((link) => link.first_seen).reduce((x, y) => (Date.parse(y) < Date.parse(x) ? y : x)),
      to: between.map((link) => link.last_seen).reduce((x, y) => (Date.parse(y) > Date.parse(x) ? y : x)),
    }),
    between.some((link) => link.source === 'crm') ? readRecordEvidence(sql, tenantId, both) : [],
  ])
  return {
    from: named(members, from),
    to: named(members, to),
    said: between.map(({ source, first_seen, last_seen, count }) => ({
      ...{ source, count },
      ...{ firstSeen: first_seen, lastSeen: last_seen },
    })),
    events: [...events],
    records: [...records],
  }
}

function spellingsOf(members: MemberRow[], id: string): string[] {
  const self = members.find((member) => member.id === id)
  const same = members.filter((member) => member.alias_of === id && member.type === self?.type)
  return [id, ...same.map((member) => member.id), ...(self?.alias_of ? [self.alias_of] : [])]
}

function named(members: MemberRow[], id: string): PathIdentifier {
  const { type, value } = members.find((member) => member.id === id)!
  return { id, type, value }
}

function partingSplits(members: MemberRow[], profileId: string): string[] {
  const sides = (own: boolean) =>
    new Set(
      members.filter((member) => (member.profile_id === profileId) === own).flatMap((member) => member.apart ?? []),
    )
  const theirs = sides(false)
  return [...sides(true)]
    .filter((side) => theirs.has(side.endsWith(':0') ? side.replace(/0$/, '1') : side.replace(/1$/, '0')))
    .map((side) => side.slice(0, -2))
}
