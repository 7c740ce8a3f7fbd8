/** What a plan would change. What an item does not say stays as it is; null takes it away. */
import { KithError } from '../../errors.ts'
import type { Document, Present, State } from './read.ts'
import { type Item, type Section, sections, SINGLE } from './sections.ts'

export type Difference = { path: (string | number)[]; before: unknown; after: unknown }

export type Change = {
  section: Section
  key: string
  action: 'create' | 'update' | 'remove' | 'extra'
  present: Present | undefined
  /** What the plan says; null where it says nothing. */
  item: Item | null
  differences: Difference[]
  /** Somebody has changed it since the plan was exported, or applied. */
  drifted: boolean
}

export type Base = { document: Document | null; revision: unknown; now: Document }

/** Throws PLAN_INVALID. `prune`: what the plan does not name is removed; otherwise it is told, as `extra`. */
export function diffPlan(state: State, given: unknown, prune: boolean, base: Base): Change[] {
  const plan = itemsOf(given)
  const changes: Change[] = []
  for (const section of sections) {
    const present = state.get(section.name)!
    const items = plan.get(section.name) ?? new Map<string, Item>()
    for (const [key, item] of items) changes.push(...changeOf(section, key, present.get(key), item))
    for (const [key, one] of present) {
      if (!one.item || items.has(key)) continue
      const action = prune && section.remove ? 'remove' : 'extra'
      changes.push({ section, key, action, present: one, item: null, differences: [], drifted: false })
    }
  }
  for (const change of changes) change.drifted = change.action !== 'extra' && isDrifted(change, base)
  return changes
}

function changeOf(section: Section, key: string, present: Present | undefined, item: Item): Change[] {
  const before = present?.item ?? null
  const said = Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, canonical(section, key, name, value, { ...before, ...item })]),
  )
  const differences = Object.entries(said).flatMap(([name, after]) =>
    differencesOf(before?.[name], after, [name], Boolean(section.canonical?.[name])),
  )
  if (before && differences.length === 0) return []
  return [{ section, key, action: before ? 'update' : 'create', present, item: said, differences, drifted: false }]
}

function canonical(
  { name: section, canonical }: Section,
  key: string,
  name: string,
  value: unknown,
  item: Item,
): unknown {
  const read = canonical?.[name]
  if (!read || value === null) return value
  try {
    return JSON.parse(JSON.stringify(read(value, item)))
  } catch (error) {
    if (!(error instanceof KithError)) throw error
    throw inPlan(error, [...placeOf(section, key), name])
  }
}

/** Never where the plan is of what is now. Without an earlier plan all that is there otherwise may be somebody's work. */
function isDrifted({ section, key, present }: Change, { document, revision, now }: Base): boolean {
  if (revision === now.revision) return false
  if (!document) return revision !== undefined && Boolean(present?.item)
  const former = (document[section.name] as Record<string, unknown> | undefined)?.[key]
  return differencesOf(former, present?.item ?? undefined, []).length > 0
}

/** How the API gives what was not said. */
const isNothing = (value: unknown) => value == null || value === false || (Array.isArray(value) && value.length === 0)

/**
 * Missing and null are the same, and so are false and an empty list, where not every word counts (`exact`: as in a rule). Lists
 * of one length are compared place by place.
 */
export function differencesOf(before: unknown, after: unknown, path: (string | number)[], exact = false): Difference[] {
  if (exact ? before == null && after == null : isNothing(before) && isNothing(after)) return []
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return after.flatMap((one, n) => differencesOf(before[n], one, [...path, n], exact))
  }
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return names.flatMap((name) => differencesOf(before[name], after[name], [...path, name], exact))
  }
  return JSON.stringify(before) === JSON.stringify(after)
    ? []
    : [{ path, before: before ?? null, after: after ?? null }]
}

function itemsOf(given: unknown): Map<string, Map<string, Item>> {
  if (!isObject(given)) throw invalid([], 'Expected an object of sections.')
  const { kith, revision: _, ...rest } = given
  if (kith !== 1) throw invalid(['kith'], 'Expected kith: 1, the version of the format.')
  const known = sections.map(({ name }) => name)
  const result = new Map<string, Map<string, Item>>()
  for (const [name, items] of Object.entries(rest)) {
    if (!known.includes(name)) throw invalid([name], `Expected one of ${known.join(', ')}.`)
    if (items === null) continue
    if (!isObject(items)) throw invalid([name], 'Expected an object of items by key.')
    if (sections.find((section) => section.name === name)!.isSingle) {
      result.set(name, new Map([[SINGLE, items]]))
      continue
    }
    for (const [key, item] of Object.entries(items))
      if (!isObject(item)) throw invalid([name, key], 'Expected an object.')
    result.set(name, new Map(Object.entries(items as Record<string, Item>)))
  }
  return result
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Where an item stands in the plan. */
export function placeOf(section: string, key: string): string[] {
  return key === SINGLE ? [section] : [section, key]
}

export function invalid(path: (string | number)[], message: string): KithError {
  return inPlan(new KithError('PLAN_INVALID', message), path)
}

/** The same error, with the place in the plan before its own. */
export function inPlan({ code, message, status, details, cause }: KithError, place: (string | number)[]): KithError {
  const path = [...place, ...((details.path as (string | number)[] | undefined) ?? [])]
  const text = path.length > 0 ? `${path.join('.')}: ${message}` : message
  return new KithError(code, text, { status, cause, details: { ...details, path } })
}
