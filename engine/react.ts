/** What happens to a tenant's people when something about them was written, or their time has come. */
import { type Client, inTenant, type Transaction } from '../db/client.ts'
import { markTrace } from '../db/sql/emit-trace.ts'
import { readTenant, type StoredDefinition } from './definitions.ts'
import { accountsToAsk, peopleConcerned } from './accounts.ts'
import { kinReadBy, partsOf } from './affected.ts'
import { concerned } from './concerned.ts'
import { asked, referredBy } from './dependencies.ts'
import { notifyFeed } from './feed/append.ts'
import { evaluate, type Evaluation, type Outcome } from './evaluate.ts'
import { type Person, type Placed, place } from './identity/index.ts'
import { lockTenant } from './lock.ts'

export type Change =
  | { tenant: string; people: Person[] }
  | { tenant: string; profiles: string[]; cause: 'timer' }
  /** Accounts of which something was written; or whose time has come. */
  | { tenant: string; accounts: string[]; cause?: 'timer' }

export type Reaction = Outcome & { profiles: number }

export type Touched = {
  people: Person[]
  /** Profiles to look at again because something about them changed. */
  profiles: string[]
  /** Profiles whose time has come. */
  timed: string[]
  /** Accounts to look at again because something about them changed, and those whose time has come. */
  accounts?: string[]
  timedAccounts?: string[]
  /** Leaves the evaluation to somebody who comes later: memberships and values are carried through merges, and stay. */
  later?: boolean
}

type Ask = Pick<Evaluation, 'subject' | 'profiles' | 'timed' | 'profileChanges' | 'complete'> & {
  definitions: StoredDefinition[]
}

const NOBODY: Placed = { changes: [], profiles: [], moved: [] }
const NO_REACTION: Reaction = { profiles: 0, transitions: 0, lastSeq: null }

/**
 * Resolves the people, evaluates every active definition for the profiles they are, and appends what changed to the
 * feed: one transaction, one tenant, one writer at a time. Running it twice changes nothing the second time.
 */
export function react(sql: Client, tenantId: string, changes: Change[]): Promise<Reaction> {
  const people = changes.flatMap((change) => ('people' in change ? change.people : []))
  const timed = changes.flatMap((change) => ('profiles' in change ? change.profiles : []))
  const ofAccounts = (isTimed: boolean) =>
    changes.flatMap((change) => ('accounts' in change && (change.cause === 'timer') === isTimed ? change.accounts : []))
  const touched = { people, profiles: [], timed, accounts: ofAccounts(false), timedAccounts: ofAccounts(true) }
  return inTenant(sql, tenantId, async (sql) => {
    await markTrace(sql)
    return reactTo(sql, tenantId, touched)
  })
}

/** The same within a transaction that may do more. */
export async function reactTo(sql: Transaction, tenantId: string, touched: Touched): Promise<Reaction> {
  // On the wire together: the clock and the definitions are read when the lock is ours.
  const [, tenant] = await Promise.all([lockTenant(sql, tenantId), readTenant(sql, tenantId)])
  if (!tenant) return NO_REACTION
  const placed = touched.people.length > 0 ? await place(sql, tenantId, touched.people) : NOBODY
  const profileChanges = placed.changes
  const { named, unnamed, lost } = survivors(placed, touched.people)
  for (const id of [...touched.profiles, ...touched.timed]) named.delete(id)
  // Of these some may have been merged or erased since: the rules answer nothing about them.
  const everything = new Set([...unnamed, ...touched.profiles, ...touched.timed])
  const moved = new Set([...unnamed, ...touched.profiles])
  const timed = touched.timed.filter((id) => !moved.has(id))

  const { definitions: all } = tenant
  const active = touched.later ? [] : all.filter(({ status, subject }) => status === 'active' && subject !== 'account')
  const ofAccounts = touched.later
    ? []
    : all.filter(({ status, subject }) => status !== 'archived' && subject === 'account')
  const { accounts = [], timedAccounts = [] } = touched
  const byTime = new Set(timed)
  const unlessTimed = [...everything].filter((id) => !byTime.has(id))
  const mayBeNew = { accounts, timed: timedAccounts, profiles: unlessTimed, timedProfiles: timed, named }
  const askAccounts = await accountsToAsk(sql, ofAccounts, all, mayBeNew)
  const kin = kinReadBy(active, all)
  const changed = { profiles: [...unlessTimed, ...named.keys()], accounts }
  for (const id of await peopleConcerned(sql, active, all, kin, changed)) everything.add(id)
  for (const id of await peopleConcerned(sql, active, all, kin, { profiles: timed, accounts: [] })) {
    if (!everything.has(id) && !named.has(id)) timed.push(id)
    everything.add(id)
  }
  if (kin.people) {
    for (const id of named.keys()) everything.add(id)
    named.clear()
  }
  for (const id of everything) named.delete(id)
  const { parts, rest } = touched.later ? { parts: [], rest: [] } : partsOf(named, active, all)
  for (const id of rest) everything.add(id)
  const found = await Promise.all(parts.map((part) => concerned(sql, tenant, part, lost)))
  const narrowed = parts.map((part, n) => ({ ...part, profiles: found[n]! }))
  const whole = { profiles: [...everything], definitions: active, timed, profileChanges, complete: !touched.later }
  const asks = [whole, ...narrowed.map((part) => ({ ...part, complete: part.definitions.length === active.length }))]
  const wanted: Ask[] = asks.filter(
    ({ profiles, definitions }, n) => profiles.length > 0 && (n === 0 || definitions.length > 0),
  )
  // After the people: how long one has been in a segment is what rules about accounts may ask.
  if (askAccounts) wanted.push(askAccounts)

  // On the wire one after the other, without a wait between them.
  const outcomes = await Promise.all(
    wanted.map((ask) => {
      const definitions = ask.definitions.map((definition) => asked(definition, 'change'))
      const referred = referredBy(definitions, all)
      return evaluate(sql, { ...tenant, ...ask, definitions, referred, notify: wanted.length === 1 })
    }),
  )
  const lastSeq = outcomes.findLast((outcome) => outcome.lastSeq !== null)?.lastSeq ?? null
  if (wanted.length > 1 && lastSeq !== null) await notifyFeed(sql, tenantId, lastSeq)
  return {
    profiles: everything.size + parts.reduce((sum, { profiles }) => sum + profiles.length, 0),
    transitions: outcomes.reduce((sum, { transitions }) => sum + transitions, 0),
    lastSeq,
  }
}

/**
 * Who is to be asked: `named` the profiles of whom nothing is new but events, and the names of these; `unnamed` the others. Of `lost`
 * some of these events are there no more: that is told without a time.
 */
function survivors({ changes, profiles, moved }: Placed, people: Person[]) {
  const names = new Map<string, Set<string> | null>(moved.map((id) => [id, null]))
  const lost = new Set<string>()
  people.forEach(({ events, from }, n) => {
    for (const id of profiles[n]!) {
      const known = names.get(id)
      if (!events?.length || known === null) names.set(id, null)
      else names.set(id, new Set([...(known ?? []), ...events]))
      if (from === undefined) lost.add(id)
    }
  })
  const gone = new Set(changes.filter((change) => change.change === 'merged').map((change) => change.profileId))
  const merged = changes.flatMap(({ into }) => into ?? [])
  const named = new Map<string, Set<string>>()
  const unnamed = new Set(merged.filter((id) => !gone.has(id)))
  for (const { profileId, change } of changes) {
    if (gone.has(profileId) || unnamed.has(profileId)) continue
    const events = names.get(profileId)
    if (change === 'seen' && events) named.set(profileId, events)
    else unnamed.add(profileId)
  }
  return { named, unnamed, lost }
}
