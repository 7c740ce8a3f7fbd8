/** Which definitions a change can concern: those that read, themselves or through what they refer to, what changed. */
import type { StoredDefinition } from './definitions.ts'
import { nameOf, type Reads, readsOf } from './rules/index.ts'

/** Rules are parsed once and kept (definitions.ts), so what they read is found once too. */
const known = new WeakMap<object, Reads>()

function reads({ rule }: StoredDefinition): Reads {
  let found = known.get(rule)
  if (!found) known.set(rule, (found = readsOf(rule)))
  return found
}

/** Whether some rule asks for the other people of an account: then a change of one concerns all of them. */
export function readPeople(definitions: readonly StoredDefinition[]): boolean {
  return definitions.some((definition) => reads(definition).people)
}

/** What an event changes besides itself. */
const MOVED_BY_EVENTS = ['firstSeen', 'lastSeen']

/** Those of `active` whose answer may be another one now that there is an event with this name. */
export function affectedByEvent(
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
    const { events, everyEvent, fields, definitions } = reads(definition)
    const affected =
      everyEvent ||
      events.has(name) ||
      MOVED_BY_EVENTS.some((field) => fields.has(field)) ||
      definitions.some((reference) => {
        const target = byName.get(nameOf(reference))
        return target !== undefined && isAffected(target)
      })
    answers.set(key, affected)
    return affected
  }
  return active.filter(isAffected)
}

/** Profiles that are to be asked the same. */
export type Part = { profiles: string[]; definitions: StoredDefinition[] }

/** A statement has its price too: more parts than this, or smaller ones among several, cost more than they save. */
const MOST_PARTS = 5
const FEWEST_PROFILES = 10

/**
 * Groups profiles of whom nothing is new but events of one name by what that name affects. `rest` are those who are asked
 * everything: nothing is known of their events, or of too many names, or too few share what is asked of them.
 */
export function partsOf(
  named: Map<string, string>,
  active: readonly StoredDefinition[],
  all: readonly StoredDefinition[],
): { parts: Part[]; rest: string[] } {
  const byName = new Map<string, Part>()
  const bySet = new Map<string, Part>()
  for (const [profile, name] of named) {
    let part = byName.get(name)
    if (!part) {
      const definitions = affectedByEvent(name, active, all)
      const set = definitions.map((definition) => definition.id).join()
      part = bySet.get(set) ?? { profiles: [], definitions }
      bySet.set(set, part)
      byName.set(name, part)
    }
    part.profiles.push(profile)
  }
  const parts = [...bySet.values()].sort((a, b) => b.profiles.length - a.profiles.length)
  const worthwhile = (part: Part, n: number) => n === 0 || (n < MOST_PARTS && part.profiles.length >= FEWEST_PROFILES)
  const rest = parts.filter((part, n) => !worthwhile(part, n)).flatMap(({ profiles }) => profiles)
  return { parts: parts.filter(worthwhile), rest }
}
