/** Behaviors as the tenant's latest events have them: a start for who has not defined any. */
import type { Transaction } from '../../db/client.ts'
import type { Json } from '../../db/schema/columns.ts'
import { latestEvents } from '../../db/sql/latest-events.ts'
import { tellsTraits } from './behaviors.ts'
import { fits } from './fields.ts'
import { type Property, type PropertyType, type Shape } from './property.ts'

const MOST_EXAMINED = 20_000
const MOST_NAMES = 200
const MOST_KEYS = 50
const DEEPEST = 3
/** So few different texts, each of which came so often, are a choice. */
const MOST_CHOICES = 8
const FEWEST_PER_CHOICE = 5
const LONGEST_CHOICE = 40

export type Suggestion = { name: string; count: number; lastAt: string; properties: Property[] }

/** What was seen of a value, in so many events. */
type Seen = {
  count: number
  types: Set<PropertyType>
  /** Null: too many different ones, or too long, to be a choice. */
  texts: Set<string> | null
  members: Map<string, Seen>
  items: Seen | null
}

const nothing = (): Seen => ({ count: 0, types: new Set(), texts: new Set(), members: new Map(), items: null })

export async function suggestBehaviors(sql: Transaction, days: number, most = MOST_EXAMINED): Promise<Suggestion[]> {
  const names = new Map<string, { lastAt: string; seen: Seen }>()
  for await (const page of latestEvents(sql, { name: null, days, most })) {
    for (const { name, type, occurred_at: lastAt, properties, traits } of page) {
      let known = names.get(name)
      if (!known && names.size < MOST_NAMES) names.set(name, (known = { lastAt, seen: nothing() }))
      if (known) see(known.seen, ((tellsTraits(type) ? traits : properties) ?? {}) as Json, 0)
    }
  }
  return [...names]
    .map(([name, { lastAt, seen }]) => ({ name, count: seen.count, lastAt, properties: propertiesOf(seen) }))
    .toSorted((a, b) => b.count - a.count || a.name.localeCompare(b.name))
}

function see(seen: Seen, value: Json, depth: number): void {
  seen.count++
  seen.types.add(typeOf(value))
  if (typeof value === 'string') {
    if (value.length > LONGEST_CHOICE || value === '') seen.texts = null
    seen.texts?.add(value)
    if (seen.texts && seen.texts.size > MOST_CHOICES) seen.texts = null
  } else if (Array.isArray(value) && depth < DEEPEST) {
    for (const item of value) if (item !== null) see((seen.items ??= nothing()), item, depth + 1)
  } else if (typeof value === 'object' && value !== null && depth < DEEPEST) {
    for (const [key, member] of Object.entries(value)) {
      if (member === null || key === '' || key.includes('.')) continue
      let known = seen.members.get(key)
      if (!known && seen.members.size < MOST_KEYS) seen.members.set(key, (known = nothing()))
      if (known) see(known, member, depth + 1)
    }
  }
}

function typeOf(value: Json): PropertyType {
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'object') return 'object'
  if (typeof value !== 'string') return typeof value as 'number' | 'boolean'
  for (const type of ['date', 'instant'] as const) if (fits({ type, choices: null }, value)) return type
  return 'text'
}

/** What came with several types is left out: nothing that holds could be said of it. */
function propertiesOf(seen: Seen): Property[] {
  return [...seen.members]
    .map(([key, member]) => ({ key, member, shape: shapeOf(member) }))
    .filter((property): property is typeof property & { shape: Shape } => property.shape !== null)
    .map(({ key, member, shape }) => ({ key, ...shape, ...(member.count === seen.count && { required: true }) }))
    .toSorted((a, b) => a.key.localeCompare(b.key))
}

function shapeOf(seen: Seen): Shape | null {
  const types = [...seen.types]
  const isText = types.every((type) => type === 'text' || type === 'date' || type === 'instant')
  const type = types.length === 1 ? types[0]! : isText ? 'text' : null
  if (type === null) return null
  if (type === 'text' && seen.texts && seen.texts.size > 1 && seen.count >= FEWEST_PER_CHOICE * seen.texts.size)
    return { type: 'choice', choices: [...seen.texts].toSorted() }
  const items = type === 'list' && seen.items ? shapeOf(seen.items) : null
  const properties = type === 'object' ? propertiesOf(seen) : []
  return { type, ...(items && { items }), ...(properties.length > 0 && { properties }) }
}
