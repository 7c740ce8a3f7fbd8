/**
 * What people decide about identity by hand: merge, split, undo. Done at once, in the caller's transaction; the profiles are
 * then sent through react, which evaluates them and tells the feed. Events, records and consents follow without a write:
 * they are owned by identifiers.
 */
import type { Transaction } from '../../db/client.ts'
import { syncEmployment, syncGraph } from '../../db/graph/sync.ts'
import type { JsonObject } from '../../db/schema/columns.ts'
import { type MemberRow, readLinksAmong, readMembers, readProfileStates } from '../../db/sql/identity/members.ts'
import {
  announceProfiles,
  type HistoryRow,
  insertHistory,
  markUndone,
  readMerge,
} from '../../db/sql/identity/merge-history.ts'
import {
  assignIdentifiers,
  markSides,
  measureSpan,
  reviveProfile,
  forgetFormerName,
  unmarkSides,
} from '../../db/sql/identity/separate.ts'
import { upsertLinks } from '../../db/sql/identity/write-identifiers.ts'
import { mergeProfiles as writeMerges } from '../../db/sql/identity/write-merges.ts'
import { foldProfileTraits, insertProfiles, updateSeen } from '../../db/sql/identity/write-profiles.ts'
import { KithError } from '../../errors.ts'
import { canonicalInstant, earlier, later } from './instant.ts'
import { lockTenant } from '../lock.ts'
import { defaultPolicy } from './policy.ts'
import { uuidv7 } from '../../db/uuid.ts'

/** Kept with the decision: who decided, and why. */
export type Decision = { by?: string; reason?: string }

/**
 * Makes profiles part of another, whatever the limits say, and forgets what kept them apart. Throws PROFILE_NOT_FOUND and
 * MERGE_INVALID.
 */
export async function mergeProfiles(
  sql: Transaction,
  tenantId: string,
  { intoId, profileIds, ...decision }: { intoId: string; profileIds: string[] } & Decision,
): Promise<{ profileId: string }> {
  const [{ now }] = await lockTenant(sql, tenantId)
  const losers = [...new Set(profileIds)].sort()
  if (losers.length === 0 || losers.includes(intoId)) {
    throw new KithError('MERGE_INVALID', 'Expected one or more profiles to merge into another; found the same one.')
  }
  const states = await livingProfiles(sql, tenantId, [intoId, ...losers])
  const members = await readMembers(sql, tenantId, [intoId, ...losers])
  const conflicting = conflictingSplits(members)
  if (conflicting.length > 0) await unmarkSides(sql, tenantId, conflicting, [intoId, ...losers])

  const head = strongest(members, intoId)
  const links = losers.flatMap((loser) => {
    const tail = strongest(members, loser)
    return head && tail ? [{ head: head.id, tail: tail.id }] : []
  })
  await upsertLinks(
    sql,
    tenantId,
    links.map(({ head, tail }) => ({
      ...{ a: earlier(head, tail), b: later(head, tail), source: 'manual', dated: true },
      ...{ first_seen: now, last_seen: now },
    })),
  )
  const rows = losers.map((loser) => ({
    ...{ from_id: loser, into_id: intoId, final_id: intoId, cause: 'manual', born: [] },
    evidence: { ...decision, at: now },
  }))
  const moved = await writeMerges(sql, tenantId, rows, { announced: false })
  await updateSeen(
    sql,
    tenantId,
    states.map((state) => ({ ...state, id: intoId })),
  )
  await foldProfileTraits(sql, tenantId, [intoId])
  await syncGraph(sql, moved.identifiers, [...losers, ...moved.profiles])
  await syncEmployment(sql, [intoId, ...losers])
  await announceProfiles(sql, tenantId, [intoId])
  return { profileId: intoId }
}

/**
 * Takes identifiers, with their other spellings and former names, out of a profile into one of their own. No evidence joins
 * the two again; only a merge by hand does. Throws PROFILE_NOT_FOUND and SPLIT_INVALID.
 */
export async function splitProfile(
  sql: Transaction,
  tenantId: string,
  { profileId, identifierIds, ...decision }: { profileId: string; identifierIds: string[] } & Decision,
): Promise<{ profileId: string }> {
  await lockTenant(sql, tenantId)
  await livingProfiles(sql, tenantId, [profileId])
  const members = await readMembers(sql, tenantId, [profileId])
  return separate(sql, tenantId, profileId, members, identifierIds, { cause: 'manual', ...decision })
}

/**
 * Undoes one entry of the merge history. A merge: its profile lives again, with the identifiers it had and those that came
 * since through none but these; what an alias called a former name is a name of its own again. A split: the two are one again. A move: the identifiers go back, and stay. Throws
 * MERGE_NOT_FOUND and UNDO_INVALID.
 */
export async function undoMerge(
  sql: Transaction,
  tenantId: string,
  { mergeId, ...decision }: { mergeId: string } & Decision,
): Promise<{ profileId: string }> {
  await lockTenant(sql, tenantId)
  const [entry] = await readMerge(sql, tenantId, mergeId)
  if (!entry) throw new KithError('MERGE_NOT_FOUND', `There is no merge ${mergeId}.`, { status: 404 })
  if (entry.undone_at) throw new KithError('UNDO_INVALID', 'Expected an entry that is in force; it has been undone.')
  const into = await livingRoot(sql, tenantId, entry.into_id)
  await markUndone(sql, tenantId, mergeId)
  if (entry.kind === 'split') {
    const profileIds = [await livingRoot(sql, tenantId, entry.profile_id)]
    return mergeProfiles(sql, tenantId, { intoId: into, profileIds, ...decision })
  }
  if (entry.cause === 'alias') await forgetFormerName(sql, tenantId, entry.evidence.identifiers as string[])
  const members = await readMembers(sql, tenantId, [into])
  const revive = entry.kind === 'merge' ? entry.profile_id : null
  const leaving = await leavingWith(sql, tenantId, entry, members)
  const decided = { cause: 'undo', mergeId, ...decision }
  if (entry.kind === 'merge') return separate(sql, tenantId, into, members, leaving, decided, revive)
  return moveBack(sql, tenantId, entry, into, leaving, decided)
}

/** Takes identifiers out into a profile of their own, marked so that no evidence joins the two again unless `mark` is false. */
export async function separate(
  sql: Transaction,
  tenantId: string,
  profileId: string,
  members: MemberRow[],
  chosen: string[],
  { cause, ...decision }: { cause: string } & Decision,
  reviveId: string | null = null,
  { mark = true } = {},
): Promise<{ profileId: string }> {
  const leaving = withAliases(members, chosen)
  const staying = members.filter((member) => !leaving.has(member.id)).map((member) => member.id)
  if (leaving.size === 0 || staying.length === 0) {
    throw new KithError('SPLIT_INVALID', 'Expected some of the profile’s identifiers, and some left to stay.', {
      details: { leaving: leaving.size, staying: staying.length },
    })
  }
  const newId = reviveId ?? uuidv7(Date.now())
  const span = members[0]!
  const revived = reviveId
    ? await reviveProfile(sql, tenantId, reviveId)
    : (await insertProfiles(sql, tenantId, [{ ...span, id: newId }]), [newId])
  await assignIdentifiers(sql, tenantId, [...leaving], newId)
  const splitId = await insertHistory(sql, tenantId, {
    ...{ kind: 'split', profile_id: newId, into_id: profileId, cause, identifiers: [...leaving] },
    evidence: decision as JsonObject,
  })
  if (mark) await markSides(sql, tenantId, splitId, staying, [...leaving])
  await refresh(sql, tenantId, [...leaving], [profileId, newId], revived)
  return { profileId: newId }
}

async function moveBack(
  sql: Transaction,
  tenantId: string,
  entry: HistoryRow,
  from: string,
  identifiers: string[],
  { cause, ...decision }: { cause: string } & Decision,
): Promise<{ profileId: string }> {
  const back = await livingRoot(sql, tenantId, entry.profile_id)
  await assignIdentifiers(sql, tenantId, identifiers, back)
  // So heavy that no evidence moves it again.
  await sql`UPDATE identifiers SET weight = 32767 WHERE tenant_id = ${tenantId} AND id = ANY (${identifiers}::uuid[])`
  await insertHistory(sql, tenantId, {
    ...{ kind: 'move', profile_id: from, into_id: back, cause, identifiers },
    evidence: decision as JsonObject,
  })
  await refresh(sql, tenantId, identifiers, [from, back], [])
  return { profileId: back }
}

/** What follows from identifiers that have gone from one of the profiles to another. */
export async function refresh(
  sql: Transaction,
  tenantId: string,
  identifiers: string[],
  profiles: string[],
  revived: string[],
): Promise<void> {
  await measureSpan(sql, tenantId, profiles)
  await foldProfileTraits(sql, tenantId, profiles)
  await syncGraph(sql, identifiers, revived)
  await syncEmployment(sql, profiles)
  await announceProfiles(sql, tenantId, profiles)
}

/** What had moved and is still there, and what has come since by links to none but that. */
async function leavingWith(
  sql: Transaction,
  tenantId: string,
  entry: HistoryRow,
  members: MemberRow[],
): Promise<string[]> {
  const present = new Set(members.map((member) => member.id))
  const leaving = new Set(entry.identifiers.filter((id) => present.has(id)))
  if (leaving.size === 0) {
    throw new KithError('UNDO_INVALID', 'Expected identifiers that are still where they went; none is there any more.')
  }
  const at = (instant: string) => canonicalInstant(instant)!
  const newer = new Set(
    members.filter((member) => at(member.created_at) >= at(entry.transaction_at)).map((member) => member.id),
  )
  const neighbours = new Map<string, Set<string>>()
  for (const { a, b } of await readLinksAmong(sql, tenantId, [...present])) {
    neighbours.set(a, (neighbours.get(a) ?? new Set()).add(b))
    neighbours.set(b, (neighbours.get(b) ?? new Set()).add(a))
  }
  for (let grown = true; grown; ) {
    const next = [...newer].filter((id) => {
      const linked = [...(neighbours.get(id) ?? [])]
      return !leaving.has(id) && linked.length > 0 && linked.every((other) => leaving.has(other))
    })
    for (const id of next) leaving.add(id)
    grown = next.length > 0
  }
  return [...leaving]
}

/** An identifier goes nowhere without its other spellings and its former names, nor these without it. */
function withAliases(members: MemberRow[], chosen: string[]): Set<string> {
  const ids = new Set(members.map((member) => member.id))
  const leaving = new Set(chosen.filter((id) => ids.has(id)))
  if (leaving.size < new Set(chosen).size) {
    throw new KithError('SPLIT_INVALID', 'Expected identifiers of this profile; some are not.')
  }
  for (let grown = true; grown; ) {
    const size = leaving.size
    for (const { id, alias_of } of members) {
      if (alias_of !== null && ids.has(alias_of) && (leaving.has(alias_of) || leaving.has(id)))
        leaving.add(id).add(alias_of)
    }
    grown = leaving.size > size
  }
  return leaving
}

function conflictingSplits(members: MemberRow[]): string[] {
  const sides = new Set(members.flatMap((member) => member.apart ?? []))
  return [...sides].flatMap((side) => {
    const id = side.slice(0, -2)
    return side.endsWith(':0') && sides.has(`${id}:1`) ? [id] : []
  })
}

function strongest(members: MemberRow[], profileId: string): MemberRow | undefined {
  const priority = (member: MemberRow) => defaultPolicy.type(member.type).priority
  const own = members.filter((member) => member.profile_id === profileId && !member.alias_of)
  return own.sort((a, b) => priority(a) - priority(b) || (a.id < b.id ? -1 : 1))[0]
}

async function livingProfiles(sql: Transaction, tenantId: string, ids: string[]) {
  const states = await readProfileStates(sql, tenantId, ids)
  for (const id of ids) {
    const state = states.find((one) => one.id === id)
    if (!state) throw new KithError('PROFILE_NOT_FOUND', `There is no profile ${id}.`, { status: 404 })
    if (state.merged_into) {
      throw new KithError('PROFILE_MERGED', `Profile ${id} has become part of ${state.merged_into}: name that one.`, {
        status: 409,
        details: { mergedInto: state.merged_into },
      })
    }
  }
  return states
}

async function livingRoot(sql: Transaction, tenantId: string, id: string): Promise<string> {
  const [state] = await readProfileStates(sql, tenantId, [id])
  if (!state) throw new KithError('PROFILE_NOT_FOUND', `There is no profile ${id} any more.`, { status: 404 })
  return state.merged_into ?? state.id
}
