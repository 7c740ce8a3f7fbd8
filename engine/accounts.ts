/** Which accounts a change concerns, and whom else a change of an account or of one of its people. */
import type { Transaction } from '../db/client.ts'
import { affectedBy, type Kin, kinReadBy, reachOfAccounts } from './affected.ts'
import type { StoredDefinition } from './definitions.ts'
import type { Reach } from './rules/index.ts'

type Definitions = readonly StoredDefinition[]

export type Touched = {
  /** Accounts of which something was written. */
  accounts: string[]
  /** Accounts whose time has come. */
  timed: string[]
  /** People of whom anything may be new. */
  profiles: string[]
  /** People of whom nothing is new, and whose time has come. */
  timedProfiles: string[]
  /** People of whom nothing is new but events with these names. */
  named: ReadonlyMap<string, ReadonlySet<string>>
}

export type AccountsToAsk = {
  subject: 'account'
  profiles: string[]
  definitions: StoredDefinition[]
  timed: string[]
  complete: true
}

/** What is to be asked of accounts; `ofAccounts` are the definitions about them that are not archived. */
export async function accountsToAsk(
  sql: Transaction,
  ofAccounts: Definitions,
  all: Definitions,
  touched: Touched,
): Promise<AccountsToAsk | null> {
  if (ofAccounts.length === 0) return null
  const active = ofAccounts.filter(({ status }) => status === 'active')
  const asksPeople = kinReadBy(active, all).people
  const profiles = asksPeople ? [...touched.profiles, ...whoDidWhatIsRead(touched.named, active, all)] : []
  const reach = reachOfAccounts(active, all)
  const changed = await near(sql, { accounts: touched.accounts, profiles }, reach)
  const known = new Set(changed)
  const ofTimed = await near(sql, { accounts: [], profiles: asksPeople ? touched.timedProfiles : [] }, reach)
  const timed = [...new Set([...touched.timed, ...ofTimed])].filter((id) => !known.has(id))
  const ids = [...new Set([...changed, ...touched.accounts, ...timed])]
  if (ids.length === 0) return null
  const living = await sql<{ id: string }[]>`SELECT id FROM accounts WHERE id = ANY (${ids}::uuid[])`
  return {
    subject: 'account',
    profiles: ids,
    // A paused definition keeps its answer, but not for an account that was deleted.
    definitions: living.length < ids.length ? [...ofAccounts] : active,
    timed,
    complete: true,
  }
}

/** Those who did something that some definition reads. */
function whoDidWhatIsRead(named: Touched['named'], active: Definitions, all: Definitions): string[] {
  const affected = affectedBy(active, all)
  return [...named].flatMap(([profile, names]) => ([...names].some((name) => affected(name).size > 0) ? [profile] : []))
}

/**
 * The people whom a change of `profiles` or `accounts` concerns besides, by the rules about people: colleagues where rules
 * ask for the people of an account, and the people of related accounts where rules ask for parents or children. (The people
 * of an account that was written are told of by the log.)
 */
export async function peopleConcerned(
  sql: Transaction,
  active: Definitions,
  all: Definitions,
  kin: Kin,
  { profiles, accounts }: { profiles: string[]; accounts: string[] },
): Promise<string[]> {
  if (!kin.accounts) return []
  const reach = reachOfAccounts(active, all)
  const from = { profiles: kin.people ? profiles : [], accounts: reach.steps > 0 ? accounts : [] }
  const ids = await near(sql, from, reach)
  if (ids.length === 0) return []
  const rows = await sql<{ id: string }[]>`
SELECT DISTINCT profile_id AS id FROM profile_accounts WHERE account_id = ANY (${ids}::uuid[])`
  return rows.map(({ id }) => id)
}

/** These accounts and those of the people, with the accounts around them from which rules look at them. */
async function near(
  sql: Transaction,
  { accounts, profiles }: { accounts: string[]; profiles: string[] },
  { steps, up, down }: Reach,
): Promise<string[]> {
  if (accounts.length === 0 && profiles.length === 0) return []
  // Who looks up is below, and who looks down is above.
  const rows = await sql<{ id: string }[]>`
WITH RECURSIVE near AS (
  SELECT id, 0 AS steps FROM (
    SELECT unnest(${accounts}::uuid[]) AS id
    UNION SELECT account_id FROM profile_accounts WHERE profile_id = ANY (${profiles}::uuid[])
  ) AS here
  UNION
  SELECT next.id, near.steps + 1
  FROM near
  CROSS JOIN LATERAL (
    SELECT a.id FROM accounts a WHERE ${up} AND a.parent_id = near.id
    UNION ALL SELECT a.parent_id FROM accounts a WHERE ${down} AND a.id = near.id AND a.parent_id IS NOT NULL
  ) AS next
  WHERE near.steps < ${steps}
)
SELECT DISTINCT id FROM near`
  return rows.map(({ id }) => id)
}
