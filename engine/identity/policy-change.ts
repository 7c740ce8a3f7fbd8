/** Changing what a kind of identifier is: checked, previewed, saved. A change counts for what comes; repart.ts applies it to what was. */
import { isSupportedCountry } from 'libphonenumber-js'
import type { Transaction } from '../../db/client.ts'
import {
  deleteIdentifierType,
  type IdentifierTypeRow,
  readIdentifierTypes,
  upsertIdentifierType,
} from '../../db/sql/identity/identifier-types.ts'
import { type AnyIdentifier, readAllEvidence } from '../../db/sql/identity/read-all.ts'
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
  /** Profiles that would be one, and profiles that would be several: how many cases. */
  mergeCount: number
  partCount: number
  /** The first 50 of each: the ids of the profiles; the profile, and the ids of the identifiers of each part. */
  merges: string[][]
  parts: { profileId: string; parts: string[][] }[]
}

/** Most identifiers or links that a preview replays in memory. */
export const MOST_EVIDENCE = 300_000
const SAMPLES = 50

/**
 * What would have become of everybody under the changed policy: all evidence is replayed in memory under the old policy and
 * the new, and the two are compared. Spellings stay as they are stored. Throws IDENTIFIER_TYPE_INVALID, PREVIEW_TOO_LARGE.
 */
export async function previewIdentifierType(
  sql: Transaction,
  tenantId: string,
  change: IdentifierTypeChange,
): Promise<PolicyPreview> {
  const rows = await readIdentifierTypes(sql, tenantId)
  const changed = [...rows.filter((row) => row.key !== change.key), rowOf(change)]
  const { identifiers, links } = await readAllEvidence(sql, tenantId, MOST_EVIDENCE)
  if (Math.max(identifiers.length, links.length) > MOST_EVIDENCE) {
    throw new KithError(
      'PREVIEW_TOO_LARGE',
      `Expected at most ${MOST_EVIDENCE} identifiers and links to replay; this tenant has more.`,
      { status: 413 },
    )
  }
  const now = replay(policyOf(rows), identifiers, links)
  const then = replay(policyOf(changed), identifiers, links)
  return compare(identifiers, now, then)
}

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

function compare(identifiers: AnyIdentifier[], now: Map<string, string>, then: Map<string, string>): PolicyPreview {
  const merged = groupBy(identifiers, (row) => then.get(row.id)!)
  const merges = [...merged.values()].filter((rows) => new Set(rows.map((row) => now.get(row.id))).size > 1)
  const parted = groupBy(identifiers, (row) => now.get(row.id)!)
  const parts = [...parted.values()].filter((rows) => new Set(rows.map((row) => then.get(row.id))).size > 1)
  return {
    mergeCount: merges.length,
    partCount: parts.length,
    merges: merges.slice(0, SAMPLES).map((rows) => [...new Set(rows.map((row) => row.profile_id))]),
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
