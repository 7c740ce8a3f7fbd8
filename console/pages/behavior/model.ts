/** A behavior as the editor has it: what it does not show, such as lists of lists, it leaves as it is. */
import type { BehaviorDraft, BehaviorMode, BehaviorPropertyInput, PropertyType } from '../../client/schema.ts'
import { plural } from '../../ui/format.ts'
import { listOf } from '../../ui/list.ts'

export const TYPES = ['text', 'number', 'boolean', 'date', 'instant', 'choice', 'list', 'object'] as const
export type Type = (typeof TYPES)[number]
export type Shape = { type: Type; choices?: string[]; items?: Shape; properties?: Property[] }
export type Property = Shape & { key: string; required?: boolean; description?: string }

export type Draft = {
  name: string
  description: string
  mode: BehaviorMode
  properties: Property[]
  identifiers: string
  samplePercent: string
  retentionDays: string
  purpose: string
  channel: string
}

export const EMPTY: Draft = {
  name: '',
  description: '',
  mode: 'LENIENT',
  properties: [],
  identifiers: '',
  samplePercent: '',
  retentionDays: '',
  purpose: '',
  channel: '',
}

type Known = {
  name: string
  description: string | null
  mode: BehaviorMode
  schema: unknown
  identifiers: string[]
  samplePercent: number | null
  retentionDays: number | null
  purpose: string | null
  channel: string | null
}

export function draftOf(known: Known): Draft {
  return {
    name: known.name,
    description: known.description ?? '',
    mode: known.mode,
    properties: known.schema as Property[],
    identifiers: known.identifiers.join(', '),
    samplePercent: known.samplePercent?.toString() ?? '',
    retentionDays: known.retentionDays?.toString() ?? '',
    purpose: known.purpose ?? '',
    channel: known.channel ?? '',
  }
}

/** As the API takes it. */
export function inputOf(draft: Draft): BehaviorDraft {
  const number = (text: string) => (text.trim() === '' ? null : Number(text))
  const text = (value: string) => (value.trim() === '' ? null : value.trim())
  return {
    name: draft.name,
    description: text(draft.description),
    mode: draft.mode,
    properties: draft.properties.map(propertyInput),
    identifiers: listOf(draft.identifiers),
    samplePercent: number(draft.samplePercent),
    retentionDays: number(draft.retentionDays),
    purpose: text(draft.purpose),
    channel: text(draft.channel),
  }
}

function propertyInput(property: Property): BehaviorPropertyInput {
  const { key, required = false, description = null } = property
  return { key, required, description, ...shapeInput(property) }
}

function shapeInput({ type, choices, items, properties }: Shape): Omit<BehaviorPropertyInput, 'key'> {
  return {
    type: type.toUpperCase() as PropertyType,
    ...(type === 'choice' && { choices: choices ?? [] }),
    ...(type === 'list' && items && { items: shapeInput(items) }),
    ...(type === 'object' && properties && { properties: properties.map(propertyInput) }),
  }
}

/** How many events came out so. */
export function countOf(counts: { outcome: string; count: number }[], ...outcomes: string[]): number {
  return counts.filter(({ outcome }) => outcomes.includes(outcome)).reduce((sum, { count }) => sum + count, 0)
}

/** "12 properties, 3 required" */
export function summary(schema: unknown): string {
  const properties = schema as Property[]
  if (properties.length === 0) return 'any properties'
  const required = properties.filter((property) => property.required).length
  const all = plural(properties.length, 'property', 'properties')
  return required > 0 ? `${all}, ${required} required` : all
}
