/** What a tenant says about its kinds of identifier, and what holds where it says nothing. */
import type { CountryCode } from 'libphonenumber-js'
import { type IdentifierTypeRow, readIdentifierTypes } from '../../db/sql/identity/identifier-types.ts'
import type { Transaction } from '../../db/client.ts'

export type Normaliser = 'verbatim' | 'lower' | 'email' | 'phone'

export type IdentifierType = {
  key: string
  normaliser: Normaliser
  /** What a phone number without a country is read with. */
  country: CountryCode | null
  /** Lower is stronger: the strongest identifier of an event leads, the weakest yields when two people would become one. */
  priority: number
  /** Most values of this type on one profile; what would break it keeps profiles apart. */
  max: number
  /** A value that would have joined so many people who must stay apart is shared from then on. */
  peopleLimit: number
  /** Values that several people use, such as a household's phone: they link nobody. */
  shared: boolean
  /** Values and patterns that name nobody. */
  blocked: readonly string[]
  blocks(value: string): boolean
  /** By source. Where evidence conflicts, the heavier keeps the identifier; on a tie, who had it first. */
  weights: Record<string, number>
  /** Whether the tenant says something about it. */
  isChanged: boolean
}

export type Policy = {
  type(key: string): IdentifierType
  /** Every type that is built in or that the tenant has defined, strongest first. */
  types: readonly IdentifierType[]
}

const nothing = () => false
const rest = {
  country: null,
  peopleLimit: 25,
  shared: false,
  blocked: [],
  blocks: nothing,
  weights: {},
  isChanged: false,
}

const BUILT_IN: readonly IdentifierType[] = [
  { key: 'user_id', normaliser: 'verbatim', priority: 10, max: 1, ...rest },
  { key: 'contact', normaliser: 'verbatim', priority: 20, max: 10, ...rest },
  { key: 'lead', normaliser: 'verbatim', priority: 30, max: 20, ...rest },
  { key: 'email', normaliser: 'email', priority: 40, max: 10, ...rest },
  { key: 'phone', normaliser: 'phone', priority: 50, max: 10, ...rest },
  // A browser that forgets its cookies every week comes with fifty a year.
  { key: 'anonymous_id', normaliser: 'verbatim', priority: 90, max: 500, ...rest },
]

const CUSTOM: Omit<IdentifierType, 'key'> = { normaliser: 'verbatim', priority: 60, max: 5, ...rest }

export async function readPolicy(sql: Transaction, tenantId: string): Promise<Policy> {
  return policyOf(await readIdentifierTypes(sql, tenantId))
}

export function policyOf(rows: readonly IdentifierTypeRow[]): Policy {
  const byKey = new Map(BUILT_IN.map((type) => [type.key, type]))
  for (const row of rows) byKey.set(row.key, withRow(byKey.get(row.key) ?? { key: row.key, ...CUSTOM }, row))
  const types = [...byKey.values()].sort((a, b) => a.priority - b.priority || (a.key < b.key ? -1 : 1))
  return { type: (key) => byKey.get(key) ?? { key, ...CUSTOM }, types }
}

export const defaultPolicy = policyOf([])

function withRow(type: IdentifierType, row: IdentifierTypeRow): IdentifierType {
  return {
    key: type.key,
    normaliser: row.normaliser ?? type.normaliser,
    country: (row.country as CountryCode | null) ?? type.country,
    priority: row.priority ?? type.priority,
    max: row.max_per_profile ?? type.max,
    peopleLimit: row.people_limit ?? type.peopleLimit,
    shared: row.shared ?? type.shared,
    blocked: row.blocked,
    blocks: row.blocked.length > 0 ? matcher(row.blocked) : type.blocks,
    weights: row.weights,
    isChanged: true,
  }
}

/** Whole values, or with * for anything. Split at the stars and searched from left to right: linear, whatever the value. */
function matcher(patterns: string[]): (value: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')))
  const open = patterns.filter((pattern) => pattern.includes('*')).map((pattern) => pattern.split('*'))
  return (value) => exact.has(value) || open.some((pieces) => matches(pieces, value))
}

function matches(pieces: string[], value: string): boolean {
  const [first, last] = [pieces[0]!, pieces.at(-1)!]
  if (!value.startsWith(first) || !value.endsWith(last) || value.length < first.length + last.length) return false
  let at = first.length
  for (const piece of pieces.slice(1, -1)) {
    const found = value.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return at <= value.length - last.length
}

/** How much it counts that this source says so. */
export function weightOf(type: IdentifierType, source: string): number {
  return type.weights[source] ?? (source === 'crm' ? 1 : (type.weights.event ?? 1))
}
