/** Which definitions a change can concern: those that read, themselves or through what they refer to, what changed. */
import type { StoredDefinition } from './definitions.ts'
import { furthest, nameOf, type Reach, type Reads, reachOf, readsEvent, readsOf } from './rules/index.ts'

/** Rules are parsed once and kept (definitions.ts), so what they read is found once too. */
const known = new WeakMap<object, Reads>()

function reads({ rule, subject }: StoredDefinition): Reads {
  let found = known.get(rule)
  if (!found) known.set(rule, (found = readsOf(rule, subject)))
  return found
}

/** These and all that they rest on. */
export function withReferred(
  definitions: readonly StoredDefinition[],
  all: readonly StoredDefinition[],
): StoredDefinition[] {
  const byName = new Map(all.map((definition) => [nameOf(definition), definition]))
  const found = new Set(definitions)
  for (const one of found) {
    for (const reference of reads(one).definitions) {
      const referred = byName.get(nameOf(reference))
      if (referred) found.add(referred)
    }
  }
  return [...found]
}

/** What rules ask about others than the one whom they are about, themselves or through what they refer to. */
export type Kin = {
  /** The people of an account: then a change of one person concerns the account, and all of its people. */
  people: boolean
  accounts: boolean
}

export function kinReadBy(definitions: readonly StoredDefinition[], all: readonly StoredDefinition[]): Kin {
  const read = withReferred(definitions, all).map(reads)
  return { people: read.some(({ people }) => people), accounts: read.some(({ accounts }) => accounts) }
}

/** How far from account to account a change can reach. */
export function reachOfAccounts(definitions: readonly StoredDefinition[], all: readonly StoredDefinition[]): Reach {
  const byName = new Map(all.map((definition) => [nameOf(definition), definition]))
  const reaches = new Map<string, Reach>()
  const of = (name: string): Reach | undefined => {
    const definition = byName.get(name)
    if (!definition) return undefined
    let reach = reaches.get(name)
    if (!reach) {
      reaches.set(name, (reach = { steps: 0, up: false, down: false })) // what refers to itself is refused when it is saved
      reaches.set(name, (reach = reachOf(definition.rule, of)))
    }
    return reach
  }
  return furthest(definitions.flatMap((definition) => of(nameOf(definition)) ?? []))
}

/** Those of `active` whose answer may be another one now that there is an event with this name. */
function affectedByEvent(
  name: string,
  active: readonly StoredDefinition[],
  all: readonly StoredDefinition[],
): StoredDefinition[] {
  const byName = new Map(all.map((definition) => [nameOf(definition), definition]))
  const answers = new Map<string, boolean>()
  const isAffected = (definition: StoredDefinition): boolean => {
    const key = nameOf(definition)
    const known = answers.get(key)
    if (known !== undefined) return known
    answers.set(key, false) // what refers to itself is refused when it is saved
    const read = reads(definition)
    const affected =
      readsEvent(read, name) ||
      read.definitions.some((reference) => {
        const target = byName.get(nameOf(reference))
        return target !== undefined && isAffected(target)
      })
    answers.set(key, affected)
    return affected
  }
  return active.filter(isAffected)
}

/** The same of any event, each name looked at once. */
export function affectedBy(active: readonly StoredDefinition[], all: readonly StoredDefinition[]) {
  const known = new Map<string, ReadonlySet<StoredDefinition>>()
  return (name: string): ReadonlySet<StoredDefinition> => {
    let affected = known.get(name)
    if (!affected) known.set(name, (affected = new Set(affectedByEvent(name, active, all))))
    return affected
  }
}

/** Profiles that are to be asked the same, because of events with these names. */
export type Part = { profiles: string[]; names: Set<string>; definitions: StoredDefinition[] }

/** A statement has its price too: more parts than this, or smaller ones among several, cost more than they save. */
const MOST_PARTS = 5
const FEWEST_PROFILES = 10

/**
 * Groups profiles of whom nothing is new but events by what the names of these affect. `rest` are those who are asked
 * everything: too few share what is asked of them.
 */
export function partsOf(
  named: ReadonlyMap<string, ReadonlySet<string>>,
  active: readonly StoredDefinition[],
  all: readonly StoredDefinition[],
): { parts: Part[]; rest: string[] } {
  const affectedByName = affectedBy(active, all)
  const byNames = new Map<string, Part>()
  const bySet = new Map<string, Part>()
  for (const [profile, names] of named) {
    const key = [...names].sort().join('\n')
    let part = byNames.get(key)
    if (!part) {
      const definitions = active.filter((one) => [...names].some((name) => affectedByName(name).has(one)))
      const set = definitions.map((definition) => definition.id).join()
      part = bySet.get(set) ?? { profiles: [], names: new Set(), definitions }
      for (const name of names) part.names.add(name)
      bySet.set(set, part)
      byNames.set(key, part)
    }
    part.profiles.push(profile)
  }
  const parts = [...bySet.values()].sort((a, b) => b.profiles.length - a.profiles.length)
  const worthwhile = (part: Part, n: number) => n === 0 || (n < MOST_PARTS && part.profiles.length >= FEWEST_PROFILES)
  const rest = parts.filter((part, n) => !worthwhile(part, n)).flatMap(({ profiles }) => profiles)
  return { parts: parts.filter(worthwhile), rest }
}
