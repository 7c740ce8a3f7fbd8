/**
 * A changed policy and people who are one by the former: who would not be one by the present policy is parted. What it would
 * join in addition is found by reading history again (engine/recompute.ts).
 */
import type { Transaction } from '../../db/client.ts'
import {
  type LinkOf,
  type MemberRow,
  readLinksAmong,
  readMembers,
  readMembersOfSides,
} from '../../db/sql/identity/members.ts'
import { readMergedByWord } from '../../db/sql/identity/merge-history.ts'
import { forgetIdentifiers, markShared } from '../../db/sql/identity/separate.ts'
import { type Decision, refresh, separate } from './history.ts'
import { lockTenant } from '../lock.ts'
import { type Policy, readPolicy } from './policy.ts'
import { replay } from './policy-change.ts'

/**
 * Replays what is known of each of these profiles, oldest evidence first, and takes out into profiles of their own the
 * identifiers that the policy would not have joined. What joined them otherwise stays: decisions by hand, and identifiers
 * whose connection was taken out by hand. A value that is blocked now is forgotten. Returns how many profiles that made.
 */
export async function repartProfiles(
  sql: Transaction,
  tenantId: string,
  profileIds: string[],
  decision: Decision = {},
): Promise<number> {
  await lockTenant(sql, tenantId)
  const policy = await readPolicy(sql, tenantId)
  const members = await readMembers(sql, tenantId, profileIds)
  await markShared(sql, tenantId, profileIds, policy.types)
  const ids = members.map((member) => member.id)
  const links = await readLinksAmong(sql, tenantId, ids)
  const homes = new Map(members.map((member) => [member.id, member.profile_id]))
  const membersOf = Map.groupBy(members, (member) => member.profile_id)
  const byWord = (await readMergedByWord(sql, tenantId, profileIds)).map(({ identifiers }) => identifiers)
  const linksOf = Map.groupBy(links, (link) => (homes.get(link.a) === homes.get(link.b) ? homes.get(link.a)! : ''))
  let made = 0
  for (const [profileId, own] of membersOf) {
    const gone = await readPartedByHand(sql, tenantId, own)
    const evidence =
      gone.length > 0
        ? await readLinksAmong(
            sql,
            tenantId,
            [...own, ...gone].map(({ id }) => id),
          )
        : linksOf.get(profileId)
    const parts = partsOf(policy, own, gone, evidence ?? [], byWord)
    const blocked = blockedAmong(policy, own)
    const left = own.filter((member) => !blocked.has(member.id))
    if (left.length === 0) continue
    if (blocked.size > 0) {
      await forgetIdentifiers(sql, tenantId, [...blocked])
      await refresh(sql, tenantId, [], [profileId], [])
    }
    for (const part of parts) {
      const leaving = part.filter((id) => !blocked.has(id))
      if (leaving.length === 0) continue
      const present = left.filter((member) => member.profile_id === profileId)
      const why = { cause: 'policy', ...decision }
      const { profileId: newId } = await separate(sql, tenantId, profileId, present, leaving, why, null, {
        mark: false,
      })
      for (const member of present) if (leaving.includes(member.id)) member.profile_id = newId
      made++
    }
  }
  return made
}

/** What was taken out by hand: it may be what joined the others. */
async function readPartedByHand(sql: Transaction, tenantId: string, own: MemberRow[]): Promise<MemberRow[]> {
  const gone: MemberRow[] = []
  for (let next = own; next.length > 0; ) {
    const sides = next
      .flatMap(({ apart }) => apart ?? [])
      .map((side) => side.replace(/.$/, (n) => (n === '0' ? '1' : '0')))
    if (sides.length === 0) break
    next = await readMembersOfSides(
      sql,
      tenantId,
      [...new Set(sides)],
      [...own, ...gone].map(({ id }) => id),
    )
    gone.push(...next)
  }
  return gone
}

/** What leaves: of the identifiers that all evidence connects, the groups that the policy makes of them but the strongest. */
function partsOf(
  policy: Policy,
  members: MemberRow[],
  gone: MemberRow[],
  links: LinkOf[],
  byWord: string[][],
): string[][] {
  if (members.length < 2) return []
  const broughtBy = originsOf(links, byWord)
  const present = withLimits(policy, brokenLimits(policy, members, broughtBy))
  const all = [...members, ...gone]
    .map((member) => ({ ...member, ...countedAs(member, broughtBy) }))
    .sort((a, b) => compare(a.first_seen, b.first_seen))
  // With the decisions by hand in force from the start, and without them: only what both part is the policy's doing.
  const unmarked = all.map((member) => ({ ...member, apart: null }))
  const replays = (gone.length > 0 ? [unmarked, all] : [unmarked]).map((rows) => replay(present, rows, links))
  const groups = components(all, [], replays)
  const connected = components(all, links)
  return [...Map.groupBy(members, (member) => connected.get(member.id)!).values()].flatMap((component) => {
    const blocked = blockedAmong(policy, component)
    const rank = (part: MemberRow[]) =>
      Math.min(...part.map((one) => (blocked.has(one.id) ? Infinity : policy.type(one.type).priority)))
    const parts = [...Map.groupBy(component, (member) => groups.get(member.id)!).values()]
    const [, ...leaving] = parts.toSorted((a, b) => compare(rank(a), rank(b)) || b.length - a.length)
    return leaving.map((part) => part.map((member) => member.id))
  })
}

const compare = <T extends number | string>(a: T, b: T) => (a === b ? 0 : a < b ? -1 : 1)

/** By what merge by hand or by an alias an identifier came, if by any. A name that an alias gave counts for nothing. */
function originsOf(links: LinkOf[], byWord: string[][]): (member: MemberRow) => string {
  const origins = new Map<string, string>()
  byWord.forEach((ids, n) => ids.forEach((id) => origins.has(id) || origins.set(id, String(n))))
  const named = new Set(links.flatMap(({ source, a, b }) => (source === 'alias' ? [a, b] : [])))
  return ({ id, type }) => (named.has(id) && type === 'anonymous_id' ? GIVEN : (origins.get(id) ?? ''))
}

const GIVEN = 'given'

/** What such a merge brought counts by itself, as if it were of a type of its own: `<type> <origin>`. */
function countedAs(member: MemberRow, broughtBy: (member: MemberRow) => string) {
  const origin = broughtBy(member)
  if (origin === GIVEN) return { alias_of: member.alias_of ?? member.id }
  return { type: origin === '' ? member.type : `${member.type} ${origin}` }
}

/** The types of which the policy itself has joined too many. */
function brokenLimits(policy: Policy, members: MemberRow[], broughtBy: (member: MemberRow) => string): Set<string> {
  const counting = members
    .map((member) => ({ ...member, ...countedAs(member, broughtBy) }))
    .filter((one) => !one.alias_of)
  const counts = Map.groupBy(counting, ({ type }) => type)
  return new Set([...counts].flatMap(([key, own]) => (own.length > limitOf(policy, key).max ? [key] : [])))
}

/** The policy with the limits of these types alone: a limit parts nobody who keeps it. */
function withLimits(policy: Policy, broken: ReadonlySet<string>): Policy {
  const unlimited = { max: Number.POSITIVE_INFINITY }
  return { ...policy, type: (key) => ({ ...limitOf(policy, key), key, ...(!broken.has(key) && unlimited) }) }
}

function limitOf(policy: Policy, key: string) {
  return policy.type(key.split(' ')[0]!)
}

/** What holds together by any of the links, is of one group, or is another spelling: from the id to one of the ids. */
function components(members: MemberRow[], links: LinkOf[], groupings: Map<string, string>[] = []): Map<string, string> {
  const parent = new Map<string, string>()
  const find = (id: string): string => {
    let found = id
    while (parent.get(found) !== undefined) found = parent.get(found)!
    return found
  }
  const unite = (a: string, b: string) => {
    const [from, into] = [find(a), find(b)]
    if (from !== into) parent.set(from, into)
  }
  for (const { a, b } of links) unite(a, b)
  for (const { id, alias_of } of members) {
    if (alias_of) unite(id, alias_of)
    groupings.forEach((grouping, n) => grouping.has(id) && unite(id, `${n} ${grouping.get(id)}`))
  }
  return new Map(members.map(({ id }) => [id, find(id)]))
}

/** With their other spellings. */
function blockedAmong(policy: Policy, members: MemberRow[]): Set<string> {
  const blocked = new Set(members.filter(({ type, value }) => policy.type(type).blocks(value)).map(({ id }) => id))
  for (const { id, alias_of } of members) if (alias_of && blocked.has(alias_of)) blocked.add(id)
  return blocked
}
