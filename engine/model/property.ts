/** The properties of a behavior: what they are, and where a value is not so. */
import type { Json } from '../../db/schema/columns.ts'
import { KithError } from '../../errors.ts'
import { FIELD_TYPES, fits } from './fields.ts'

export const PROPERTY_TYPES = [...FIELD_TYPES, 'list', 'object'] as const
export type PropertyType = (typeof PROPERTY_TYPES)[number]

/** What a value is. A list says of what, an object of which members; without, of anything. */
export type Shape = { type: PropertyType; choices?: string[]; items?: Shape; properties?: Property[] }
/** Members that are not defined are taken as they are. */
export type Property = Shape & { key: string; required?: boolean; description?: string }

export type ViolationCode = 'REQUIRED' | 'TYPE' | 'CHOICE' | 'IDENTIFIER'
/** `path` as rules write it: "properties.products.0.sku". What was found is told by its kind, never by its value. */
export type Violation = { code: ViolationCode; path: string; expected: string; found: string }

/** Of one event; more would tell nobody more. */
const MOST_VIOLATIONS = 20

/** Adds to `found` where `value` is not what `properties` say. null is missing. */
export function checkProperties(properties: readonly Property[], value: Json, path: string, found: Violation[]): void {
  const members = value as { [key: string]: Json }
  for (const property of properties) {
    const member = Object.hasOwn(members, property.key) ? members[property.key] : null
    const at = `${path}.${property.key}`
    if (member == null) {
      if (property.required) violate(found, 'REQUIRED', at, expected(property), 'nothing')
    } else checkShape(property, member, at, found)
  }
}

function checkShape(shape: Shape, value: Json, path: string, found: Violation[]): void {
  if (shape.type === 'list') {
    if (!Array.isArray(value)) return violate(found, 'TYPE', path, expected(shape), kindOf(value))
    for (const [n, item] of value.entries()) {
      if (!shape.items || found.length >= MOST_VIOLATIONS) return
      checkShape(shape.items, item, `${path}.${n}`, found)
    }
  } else if (shape.type === 'object') {
    if (kindOf(value) !== 'an object') return violate(found, 'TYPE', path, expected(shape), kindOf(value))
    if (shape.properties) checkProperties(shape.properties, value, path, found)
  } else if (!fits({ type: shape.type, choices: shape.choices ?? null }, value)) {
    const isText = shape.type === 'choice' && typeof value === 'string'
    violate(found, isText ? 'CHOICE' : 'TYPE', path, expected(shape), isText ? 'another text' : kindOf(value))
  }
}

function violate(found: Violation[], code: ViolationCode, path: string, expected: string, kind: string): void {
  if (found.length < MOST_VIOLATIONS) found.push({ code, path, expected, found: kind })
}

const EXPECTED: Record<Exclude<PropertyType, 'choice'>, string> = {
  text: 'text',
  number: 'a number',
  boolean: 'true or false',
  date: 'a date, such as "2026-11-25"',
  instant: 'an instant with its zone, such as "2026-11-25T12:00:00Z"',
  list: 'a list',
  object: 'an object',
}

function expected({ type, choices = [] }: Shape): string {
  return type === 'choice' ? `one of ${choices.join(', ')}` : EXPECTED[type]
}

export function kindOf(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return { object: 'an object', string: 'text', number: 'a number' }[typeof value as string] ?? 'a boolean'
}

/** Where in lists it was does not matter when violations are counted. */
export function placeOf(path: string): string {
  return path.replace(/\.\d+(?=\.|$)/g, '.*')
}

const MOST_PROPERTIES = 200
const MOST_CHOICES = 100
const DEEPEST = 5
const LONGEST = 255

/** Throws BEHAVIOR_INVALID, with the path of the property; resolves to what is kept of it. */
export function readProperties(properties: readonly Property[]): Property[] {
  const count = { left: MOST_PROPERTIES }
  return properties.length > 0 ? readMembers(properties, ['properties'], count) : []
}

type Path = (string | number)[]

function readMembers(properties: readonly Property[], path: Path, count: { left: number }): Property[] {
  if (path.length > 2 * DEEPEST) refuse(path, `at most ${DEEPEST} levels`)
  const keys = new Set<string>()
  return properties.map((property, n) => {
    const at = [...path, n]
    const { key, required, description } = property
    if (count.left-- === 0) refuse(path, `at most ${MOST_PROPERTIES} properties in all`)
    // oxlint-disable-next-line no-control-regex
    if (key === '' || key.length > LONGEST || /[\u0000-\u001f.]/.test(key) || !key.isWellFormed())
      refuse([...at, 'key'], `1 to ${LONGEST} characters without a dot`)
    if (keys.has(key)) refuse([...at, 'key'], `each key once; ${JSON.stringify(key)} is there twice`)
    keys.add(key)
    const shape = readShape(property, at, count)
    return { key, ...shape, ...(required && { required }), ...(description && { description }) }
  })
}

function readShape({ type, choices, items, properties }: Shape, path: Path, count: { left: number }): Shape {
  if (!PROPERTY_TYPES.includes(type)) refuse([...path, 'type'], `one of ${PROPERTY_TYPES.join(', ')}`)
  const isChoice = type === 'choice'
  const values = choices ?? []
  if (isChoice !== values.length > 0) refuse([...path, 'choices'], 'choices for a choice, and only for it')
  if (values.length > MOST_CHOICES) refuse([...path, 'choices'], `at most ${MOST_CHOICES} choices`)
  if (new Set(values).size < values.length) refuse([...path, 'choices'], 'each choice once')
  if (values.some((value) => value === '' || value.length > LONGEST || value.includes('\u0000')))
    refuse([...path, 'choices'], `choices of 1 to ${LONGEST} characters`)
  if (items && type !== 'list') refuse([...path, 'items'], 'items of a list only')
  if (properties?.length && type !== 'object') refuse([...path, 'properties'], 'properties of an object only')
  if (path.length > 2 * DEEPEST + 2) refuse(path, `at most ${DEEPEST} levels`)
  return {
    type,
    ...(isChoice && { choices: values }),
    ...(items && { items: readShape(items, [...path, 'items'], count) }),
    ...(properties?.length && { properties: readMembers(properties, [...path, 'properties'], count) }),
  }
}

function refuse(path: Path, what: string): never {
  throw new KithError('BEHAVIOR_INVALID', `Expected ${what}, at ${path.join('.')}.`, { details: { path } })
}
