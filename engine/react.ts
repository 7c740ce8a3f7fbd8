/** What happens to a tenant's people when something about them was written, or their time has come. */
import { type Client, inTenant, type Transaction } from '../db/client.ts'
import { readTenant } from './definitions.ts'
import { asked, referredBy } from './dependencies.ts'
import { evaluate, type Outcome } from './evaluate.ts'
import { type Person, type ProfileChange, resolve } from './identity/index.ts'
import { lockTenant } from './lock.ts'

export type Change = { tenant: string; people: Person[] } | { tenant: string; profiles: string[]; cause: 'timer' }

export type Reaction = Outcome & { profiles: number }

export type Touched = {
  people: Person[]
  /** Profiles to look at again because something about them changed. */
  profiles: string[]
  /** Profiles whose time has come. */
  timed: string[]
  /** Leaves the evaluation to somebody who comes later: memberships and values are carried through merges, and stay. */
  later?: boolean
}

const NO_REACTION: Reaction = { profiles: 0, transitions: 0, lastSeq: null }

/**
 * Resolves the people, evaluates every active definition for the profiles they are, and appends what changed to the
 * feed: one transaction, one tenant, one writer at a time. Running it twice changes nothing the second time.
 */
export function react(sql: Client, tenantId: string, changes: Change[]): Promise<Reaction> {
  const people = changes.flatMap((change) => ('people' in change ? change.people : []))
  const timed = changes.flatMap((change) => ('profiles' in change ? change.profiles : []))
  return inTenant(sql, tenantId, (sql) => reactTo(sql, tenantId, { people, profiles: [], timed }))
}

/** The same within a transaction that may do more. */
export async function reactTo(sql: Transaction, tenantId: string, touched: Touched): Promise<Reaction> {
  // On the wire together: the clock and the definitions are read when the lock is ours.
  const [, tenant] = await Promise.all([lockTenant(sql, tenantId), readTenant(sql, tenantId)])
  if (!tenant) return NO_REACTION
  const profileChanges = touched.people.length > 0 ? await resolve(sql, tenantId, touched.people) : []
  const changed = survivors(profileChanges)
  // Of these some may have been merged or erased since: the rules answer nothing about them.
  const profiles = [...new Set([...changed, ...touched.profiles, ...touched.timed])]
  if (profiles.length === 0) return NO_REACTION

  const definitions = touched.later
    ? []
    : tenant.definitions
        .filter((definition) => definition.status === 'active')
        .map((definition) => asked(definition, 'change'))
  const moved = new Set([...changed, ...touched.profiles])
  const outcome = await evaluate(sql, {
    at: tenant.at,
    timezone: tenant.timezone,
    profiles,
    definitions,
    referred: referredBy(definitions, tenant.definitions),
    timed: touched.timed.filter((id) => !moved.has(id)),
    complete: !touched.later,
    profileChanges,
  })
  return { ...outcome, profiles: profiles.length }
}

function survivors(changes: ProfileChange[]): string[] {
  const gone = new Set(changes.filter((change) => change.change === 'merged').map((change) => change.profileId))
  return changes
    .flatMap(({ profileId, into }) => (into ? [profileId, into] : [profileId]))
    .filter((id) => !gone.has(id))
}
