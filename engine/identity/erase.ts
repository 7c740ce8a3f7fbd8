/**
 * Erasure. Asked for by anybody with the right, done by react: it may delete events, and holds the tenant's lock. What is
 * gone: events, CRM records, identifiers, evidence, history, traits, memberships, label values, graph, dead letters, and what
 * waits in the job queue. Orders, contracts and opportunities stay, about nobody. Feed and transitions stay, about an id that
 * means nothing any more.
 *
 * What comes later under one of the person's identifiers is dropped (see dropSuppressed), until that is lifted.
 */
import type { Transaction } from '../../db/client.ts'
import {
  blankHistory,
  deleteBlockedEventsOf,
  deleteDeadLetters,
  deleteEventsOf,
  deletePerson,
  type Erasure,
  endMemberships,
  eraseRecords,
  finishErasure,
  forgetInAuditLog,
  liftSuppressions,
  readLendable,
  readNeighbours,
  readSuppressed,
  requestErasure,
  scrubEvents,
  suppress,
  wakeReact,
} from '../../db/sql/identity/erase.ts'
import { readMembers, readProfileStates } from '../../db/sql/identity/members.ts'
import { readIdentifiers } from '../../db/sql/identity/read-partition.ts'
import { KithError } from '../../errors.ts'
import type { Changes } from './changes.ts'
import { eraseJobs, erased } from './erase-jobs.ts'
import { canonicalInstant } from './instant.ts'
import { type Named, nameIdentifiers } from './normalise.ts'
import { type Policy, readPolicy } from './policy.ts'
import type { Person } from './types.ts'

/** Asks that a person be forgotten. Throws PROFILE_NOT_FOUND. */
export async function eraseProfile(
  sql: Transaction,
  tenantId: string,
  { profileId, by }: { profileId: string; by?: string },
): Promise<{ erasureId: string }> {
  const [state] = await readProfileStates(sql, tenantId, [profileId])
  if (!state) throw new KithError('PROFILE_NOT_FOUND', `There is no profile ${profileId}.`, { status: 404 })
  const [{ id }] = await requestErasure(sql, tenantId, state.merged_into ?? state.id, by ?? null)
  await wakeReact(sql)
  return { erasureId: id }
}

/** Lets people be known again by these identifiers: somebody has come back. */
export async function liftErasure(sql: Transaction, tenantId: string, ids: Record<string, string>): Promise<number> {
  const policy = await readPolicy(sql, tenantId)
  const names = nameIdentifiers(policy, ids)
  const twins = twinsOf(
    policy,
    names.map(({ type, value }) => ({ type: type.key, value })),
  )
  const lifted = await liftSuppressions(sql, tenantId, [...names.map((name) => name.id), ...twins])
  return lifted.count
}

/** Does what has been asked for. The caller holds the tenant's lock. */
export async function doErasures(
  sql: Transaction,
  tenantId: string,
  policy: Policy,
  pending: readonly Erasure[],
  changes: Changes,
): Promise<void> {
  for (const { id, profile_id } of pending) {
    // It may have become part of another since it was asked for: that person is whom it was about.
    const [state] = await readProfileStates(sql, tenantId, [profile_id])
    const profileId = state?.merged_into ?? profile_id
    const parts = await sql<{ id: string }[]>`
SELECT id FROM profiles WHERE tenant_id = ${tenantId} AND (id = ${profileId} OR merged_into = ${profileId})`
    const profileIds = parts.map((part) => part.id)
    const members = await readMembers(sql, tenantId, [profileId])
    const twins = twinsOf(policy, members)
    const ids = [...members.map((member) => member.id), ...(await readLendable(sql, tenantId, twins))]
    const others = new Set((await readIdentifiers(sql, tenantId, twins)).map((twin) => twin.id))
    const valuesOf = (type: string) => members.filter((member) => member.type === type).map((member) => member.value)

    const values = members.map((member) => member.value)

    // A twin that is all of somebody else's name is theirs.
    await suppress(sql, tenantId, id, [...new Set([...ids, ...twins.filter((twin) => !others.has(twin))])])
    const jobs = await eraseJobs(sql, tenantId, values, erased(policy, ids, profileIds))
    const met = jobs.touched.flatMap((person) => nameIdentifiers(policy, person.ids).map((name) => name.id))
    const neighbours = await readNeighbours(sql, tenantId, ids)
    const scrubbed = await scrubEvents(sql, tenantId, ids, { of: [...new Set([...neighbours, ...met])] })
    const events = (await deleteEventsOf(sql, tenantId, ids)) + (await deleteBlockedEventsOf(sql, tenantId, ids))
    const dead = await deleteDeadLetters(sql, tenantId, values)
    const records = await eraseRecords(sql, tenantId, { ids, contacts: valuesOf('contact'), leads: valuesOf('lead') })
    const memberships = await endMemberships(sql, tenantId, profileIds)
    await blankHistory(sql, tenantId, profileIds)
    await sql`SELECT ops.emit_accounts_of(${profileIds}::uuid[])`
    const person = await deletePerson(sql, tenantId, ids, profileIds)
    await sql`SELECT ops.prune_graph(${ids}::uuid[], ${profileIds}::uuid[])`
    // After all that changes records: the log has just been told what they were.
    const audited = await forgetInAuditLog(sql, tenantId, ids)
    const counts = { events, events_scrubbed: scrubbed, dead_letters: dead.count, jobs: jobs.count, audit_log: audited }
    await finishErasure(sql, tenantId, id, { ...counts, ...records, ...person, members: memberships })
    if (person.profiles) changes.note(profileId, 'erased')
  }
}

/** An alias call may give a user's name or a visitor's, and is taken as both: neither is to be kept as the other. */
const NAMED_BY_ALIAS = ['user_id', 'anonymous_id']

function twinsOf(policy: Policy, members: { type: string; value: string }[]): string[] {
  const values = members.filter(({ type }) => NAMED_BY_ALIAS.includes(type)).map(({ value }) => value)
  const names = values.flatMap((value) => nameIdentifiers(policy, { user_id: value, anonymous_id: value }))
  return names.map((name) => name.id)
}

/**
 * Takes the erased out of what came in: their names, and the events that are theirs, by a name too that the tenant blocks by
 * now. A CRM record that names one of them is nobody's: an import must not bring back what was erased. Other people's events
 * that name them are kept without that.
 */
export async function dropSuppressed(
  sql: Transaction,
  tenantId: string,
  people: Person[],
  names: Named[][],
  blocked: string[],
): Promise<Named[][]> {
  const ids = [...names.flat().map((name) => name.id), ...blocked]
  const rows = await readSuppressed(sql, tenantId, [...new Set(ids)])
  if (rows.length === 0) return names
  const gone = withSpellings(new Set(rows.map((row) => row.id)), names.flat())
  await deleteEventsOf(sql, tenantId, [...gone])
  const left = names.map((all, n) => {
    const others = all.filter((name) => !gone.has(name.id))
    return others.length < all.length && people[n]!.from === undefined ? [] : others
  })
  const touched = people.filter((_, n) => left[n]!.length > 0 && left[n]!.length < names[n]!.length)
  const times = touched.flatMap(({ from, to }) => [from!, to ?? from!]).map((time) => canonicalInstant(time) ?? time)
  const of = left.flatMap((others, n) => (others.length < names[n]!.length ? others.map((name) => name.id) : []))
  if (touched.length > 0) {
    times.sort()
    await scrubEvents(sql, tenantId, [...gone], { of: [...new Set(of)], from: times[0]!, to: times.at(-1)! })
  }
  return left
}

/** What is erased in one spelling is so in all: a normaliser that is changed later must not bring anybody back. */
function withSpellings(gone: Set<string>, names: Named[]): Set<string> {
  const erased = new Set(names.filter(({ id }) => gone.has(id)).map(({ id, aliasOf }) => aliasOf ?? id))
  return new Set([...gone, ...names.filter(({ id, aliasOf }) => erased.has(aliasOf ?? id)).map(({ id }) => id)])
}
