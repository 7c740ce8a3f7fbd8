/** What a tenant says about its kinds of identifier, and what holds where it says nothing. */

export type Normaliser = 'verbatim' | 'email' | 'phone'

export type IdentifierType = {
  key: string
  normaliser: Normaliser
  /** Lower is stronger: the strongest identifier of an event leads, the weakest yields when two people would become one. */
  priority: number
  /** Most values of this type on one profile; what would break it keeps profiles apart. */
  max: number
  /** A value that several people use, such as a household's phone: it links nobody. */
  shared: boolean
}

export type Policy = {
  type(key: string): IdentifierType
  /** A value that would have joined so many people who must stay apart is demoted to a shared one. */
  stormLimit: number
}

const BUILT_IN: readonly IdentifierType[] = [
  { key: 'user_id', normaliser: 'verbatim', priority: 10, max: 1, shared: false },
  { key: 'contact', normaliser: 'verbatim', priority: 20, max: 10, shared: false },
  { key: 'lead', normaliser: 'verbatim', priority: 30, max: 20, shared: false },
  { key: 'email', normaliser: 'email', priority: 40, max: 10, shared: false },
  { key: 'phone', normaliser: 'phone', priority: 50, max: 10, shared: false },
  // A browser that forgets its cookies every week comes with fifty a year.
  { key: 'anonymous_id', normaliser: 'verbatim', priority: 90, max: 500, shared: false },
]

const CUSTOM: Omit<IdentifierType, 'key'> = { normaliser: 'verbatim', priority: 60, max: 5, shared: false }

export function policyOf(types: readonly IdentifierType[] = BUILT_IN): Policy {
  const byKey = new Map(types.map((type) => [type.key, type]))
  return { type: (key) => byKey.get(key) ?? { key, ...CUSTOM }, stormLimit: 25 }
}

export const defaultPolicy = policyOf()
