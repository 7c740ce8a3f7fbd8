/** Changing what a kind of identifier is: checked, previewed, saved. A change counts for what comes; repart.ts applies it to what was. */
import { isSupportedCountry } from 'libphonenumber-js'
import type { Transaction } from '../../db/client.ts'
import {
  deleteIdentifierType,
  type IdentifierTypeRow,
  readIdentifierTypes,
  upsertIdentifierType,
} from '../../db/sql/identity/identifier-types.ts'
import {
  type AnyIdentifier,
  type Evidence,
  readAllEvidence,
  readEvidenceAround,
  sampleProfiles,
} from '../../db/sql/identity/read-all.ts'
import type { LinkOf } from '../../db/sql/identity/members.ts'
import { KithError } from '../../errors.ts'
import { canonicalInstant } from './instant.ts'
import type { Named } from './normalise.ts'
import { Partition, root, type Sighting } from './partition.ts'
import { type Policy, policyOf } from './policy.ts'

/** Null means: as it is built in. */
export type IdentifierTypeChange = {
  key: string
  normaliser?: IdentifierTypeRow['normaliser']
  country?: string | null
  priority?: number | null
  max?: number | null
  peopleLimit?: number | null
  shared?: boolean | null
  blocked?: string[] | null
  weights?: Record<string, unknown> | null
}

/** Throws IDENTIFIER_TYPE_INVALID. */
export async function saveIdentifierType(sql: Transaction, tenantId: string, change: IdentifierTypeChange) {
  await upsertIdentifierType(sql, tenantId, rowOf(change))
}

/** The type is as it was built in again; a custom one is as any unknown type. */
export async function resetIdentifierType(sql: Transaction, tenantId: string, key: string): Promise<boolean> {
  const gone = await deleteIdentifierType(sql, tenantId, key)
  return gone.count > 0
}

export type PolicyPreview = {
  /** Profiles that would be one, and profiles that would be several: how many cases, estimated where not `exact`. */
  mergeCount: number
  partCount: number
  /** The first 50 of each: the ids of the profiles; the profile, and the ids of the identifiers of each part. */
  merges: string[][]
  parts: { profileId: string; parts: string[][] }[]
  /** Profiles in all, and how many of them were looked at. */
  people: number
  evaluated: number
  exact: boolean
}

/** Most identifiers or links that a preview replays in memory. */
export const MOST_EVIDENCE = 300_000
/** Of how many identifiers a sample is, before what is connected with them. */
const SAMPLED = 60_000
const SAMPLES = 50

type Limits = { most?: number; sampled?: number }

/**
 * What would have become of everybody under the changed policy: all evidence is replayed in memory under the old policy and
 * the new, and the two are compared. Spellings stay as they are stored. Of a tenant that has more than `most` it is a sample of
 * profiles, with everybody whom evidence connects with them. Throws IDENTIFIER_TYPE_INVALID.
 */
export async function previewIdentifierType(
  sql: Transaction,
  tenantId: string,
  change: IdentifierTypeChange,
  { most = MOST_EVIDENCE, sampled = SAMPLED }: Limits = {},
): Promise<PolicyPreview> {
  const rows = await readIdentifierTypes(sql, tenantId)
  const policies = [policyOf(rows), policyOf([...rows.filter((row) => row.key !== change.key), rowOf(change)])] as const
  const compareOn = ({ identifiers, links }: Evidence, isChosen?: (profileId: string) => boolean) => {
    const [now, then] = policies.map((policy) => replay(policy, identifiers, links)) as [Replayed, Replayed]
    return compare(identifiers, now, then, isChosen)
  }
  const whole = await readAllEvidence(sql, tenantId, most)
  if (whole) {
    const people = new Set(whole.identifiers.map((row) => row.profile_id)).size
    return { ...compareOn(whole), people, evaluated: people, exact: true }
  }
  const { share, people, ids } = await sampleProfiles(sql, tenantId, sampled)
  const chosen = new Set(ids)
  const found = compareOn(await readEvidenceAround(sql, tenantId, ids, most), (id) => chosen.has(id))
  const estimated = (count: number) => Math.round(count / share)
  return {
    ...found,
    ...{ mergeCount: estimated(found.mergeCount), partCount: estimated(found.partCount) },
    ...{ people, evaluated: ids.length, exact: false },
  }
}

type Replayed = Map<string, string>

/** Whose each identifier would be by all that is known: from its id to a name for the person. */
export function replay(policy: Policy, identifiers: AnyIdentifier[], links: LinkOf[]): Map<string, string> {
  const partition = new Partition(policy)
  const names = new Map(identifiers.map((row) => [row.id, nameOf(policy, row)]))
  const blocked = (name: Named) => name.type.blocks(name.value)
  for (const row of identifiers) {
    const name = names.get(row.id)!
    if (!row.apart || blocked(name)) continue
    const group = partition.join([name], at(row.first_seen, row.first_seen, 'event'))
    for (const side of row.apart) group?.apart.add(side)
  }
  for (const { a, b, source, first_seen, last_seen } of links) {
    const pair = [names.get(a), names.get(b)].filter((name) => name !== undefined && !blocked(name)) as Named[]
    pair.sort((x, y) => x.type.priority - y.type.priority || Number(x.aliasOf !== null) - Number(y.aliasOf !== null))
    const sighting = at(first_seen, last_seen, source)
    if (source !== 'alias' && source !== 'manual') partition.join(pair, sighting)
    else for (const name of pair) partition.join([name], sighting)
    if (pair.length === 2 && (source === 'alias' || source === 'manual'))
      partition.alias(pair[0]!, [pair[1]!], sighting)
  }
  for (const row of identifiers) {
    const name = names.get(row.id)!
    if (!partition.known.has(row.id)) partition.join([name], at(row.first_seen, row.first_seen, 'event'))
  }
  return new Map([...partition.known].map(([id, known]) => [id, root(known.group).id]))
}

function nameOf(policy: Policy, { id, type, value, alias_of }: AnyIdentifier): Named {
  return { id, type: policy.type(type), value, aliasOf: alias_of }
}

function at(from: string, to: string, source: string): Sighting {
  return { from: canonicalInstant(from)!, to: canonicalInstant(to)!, source, dated: true }
}

/**
 * What differs. Of a sample, who is one person now counts where the first of their identifiers is of a chosen profile, and of
 * those who would be one each counts for a share: so that large groups, which a sample meets more often, count no more.
 */
function compare(identifiers: AnyIdentifier[], now: Replayed, then: Replayed, isChosen = (_profileId: string) => true) {
  const people = groupBy(identifiers, (row) => now.get(row.id)!)
  const chosen = new Set([...people].flatMap(([person, [first]]) => (isChosen(first!.profile_id) ? [person] : [])))
  const merges = [...groupBy(identifiers, (row) => then.get(row.id)!).values()].flatMap((rows) => {
    const parts = [...new Set(rows.map((row) => now.get(row.id)!))]
    const share = parts.filter((part) => chosen.has(part)).length / parts.length
    return parts.length > 1 && share > 0 ? [{ rows, share }] : []
  })
  const parts = [...people].flatMap(([person, rows]) =>
    chosen.has(person) && new Set(rows.map((row) => then.get(row.id))).size > 1 ? [rows] : [],
  )
  return {
    mergeCount: merges.reduce((sum, { share }) => sum + share, 0),
    partCount: parts.length,
    merges: merges.slice(0, SAMPLES).map(({ rows }) => [...new Set(rows.map((row) => row.profile_id))]),
    parts: parts.slice(0, SAMPLES).map((rows) => ({
      profileId: rows[0]!.profile_id,
      parts: [...groupBy(rows, (row) => then.get(row.id)!).values()].map((part) => part.map((row) => row.id)),
    })),
  }
}

function groupBy<T>(rows: T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const group = groups.get(key(row))
    if (group) group.push(row)
    else groups.set(key(row), [row])
  }
  return groups
}

function rowOf(change: IdentifierTypeChange): IdentifierTypeRow {
  const blocked = change.blocked ?? []
  const weights = change.weights ?? {}
  expectThat(/^[a-z][a-z0-9_]{0,62}$/.test(change.key), 'key', 'a-z, 0-9 and _, such as "loyalty_card"')
  expectThat(between(change.priority, 0, 1000), 'priority', 'a whole number from 0 (strongest) to 1000')
  expectThat(between(change.max, 1, 10_000), 'max', 'a whole number from 1 to 10000')
  expectThat(between(change.peopleLimit, 1, 10_000), 'peopleLimit', 'a whole number from 1 to 10000')
  expectThat(change.country == null || isSupportedCountry(change.country), 'country', 'an ISO 3166 code such as "DE"')
  expectThat(
    blocked.length <= 1000 && blocked.every((value) => value.length > 0 && value.length <= 200),
    'blocked',
    'at most 1000 values or patterns of at most 200 characters',
  )
  expectThat(
    Object.values(weights).every((weight) => typeof weight === 'number' && between(weight, 0, 1000)),
    'weights',
    'whole numbers from 0 to 1000 by source',
  )
  return {
    key: change.key,
    normaliser: change.normaliser ?? null,
    country: change.country ?? null,
    priority: change.priority ?? null,
    max_per_profile: change.max ?? null,
    people_limit: change.peopleLimit ?? null,
    shared: change.shared ?? null,
    blocked,
    weights: weights as Record<string, number>,
  }
}

function between(value: number | null | undefined, least: number, most: number): boolean {
  return value == null || (Number.isInteger(value) && value >= least && value <= most)
}

function expectThat(holds: boolean, field: string, expected: string): void {
  if (!holds)
    throw new KithError('IDENTIFIER_TYPE_INVALID', `Expected ${field} to be ${expected}.`, { details: { field } })
}
