/** Behaviors: the tenant's definitions of its kinds of events. */
import type { Transaction } from '../../db/client.ts'
import type { Json } from '../../db/schema/columns.ts'
import { KithError } from '../../errors.ts'
import { checkProperties, type Property, readProperties, type Violation } from './property.ts'

export const MODES = ['strict', 'lenient', 'off'] as const
export type Mode = (typeof MODES)[number]

export type Behavior = {
  name: string
  description: string | null
  mode: Mode
  /** Of an identify or group call these are its traits. */
  properties: Property[]
  /** Types of identifiers that each event must name. */
  identifiers: string[]
  /** Of how many people in a hundred events are stored; null for all. */
  samplePercent: number | null
  /** How long events are kept, in days; null for ever. */
  retentionDays: number | null
  /** What its events are for, and on which channel a refusal counts; null for any. */
  purpose: string | null
  channel: string | null
}

/** All of the tenant, by name. */
export async function readBehaviors(sql: Transaction): Promise<Behavior[]> {
  const rows = await sql<Behavior[]>`
SELECT name, description, mode, properties, identifiers, sample_percent::float8 AS "samplePercent",
  retention_days AS "retentionDays", purpose, channel
FROM behaviors ORDER BY name`
  return [...rows]
}

/** What a check looks at of an event; values as they are stored. */
export type CheckedEvent = {
  type: string
  userId: string | null
  anonymousId: string | null
  identifiers: { [type: string]: unknown } | null
  properties: Json
  traits: Json
}

/** Of these types the person, or account, is what is described. */
export const tellsTraits = (type: string): boolean => type === 'identify' || type === 'group'

/** Where an event is not as its behavior says; empty when it is. Looks at the mode no more than its caller. */
export function violationsOf(behavior: Behavior, event: CheckedEvent): Violation[] {
  const found: Violation[] = []
  for (const type of behavior.identifiers) {
    const has =
      type === 'user_id'
        ? event.userId !== null
        : type === 'anonymous_id'
          ? event.anonymousId !== null
          : event.identifiers !== null && Object.hasOwn(event.identifiers, type)
    if (!has) found.push({ code: 'IDENTIFIER', path: type, expected: `an identifier ${type}`, found: 'none' })
  }
  if (behavior.properties.length > 0) {
    if (tellsTraits(event.type)) checkProperties(behavior.properties, event.traits ?? {}, 'traits', found)
    else checkProperties(behavior.properties, event.properties, 'properties', found)
  }
  return found
}

const LONGEST_NAME = 255
const LONGEST_RETENTION_DAYS = 36_500
/** The stored events of these are what identity rests on: an unmerge reads them again. */
const KEPT = new Set(['identify', 'group', 'alias'])

/** Throws BEHAVIOR_INVALID; resolves to what is kept. Names are in NFC, as those of events are. */
export function readBehavior(draft: Behavior): Behavior {
  const name = draft.name.normalize('NFC').trim()
  if (!isText(name, LONGEST_NAME)) refuse(['name'], `a name of 1 to ${LONGEST_NAME} characters`)
  const { samplePercent, retentionDays, purpose, channel } = draft
  if (samplePercent !== null && !(samplePercent >= 0 && samplePercent <= 100))
    refuse(['samplePercent'], 'a percentage from 0 to 100')
  if (retentionDays !== null && !(retentionDays >= 1 && retentionDays <= LONGEST_RETENTION_DAYS))
    refuse(['retentionDays'], `1 to ${LONGEST_RETENTION_DAYS} days`)
  if (KEPT.has(name) && (retentionDays !== null || samplePercent !== null))
    refuse([retentionDays === null ? 'samplePercent' : 'retentionDays'], `no limit: who is who rests on ${name} calls`)
  for (const [key, text] of Object.entries({ purpose, channel }))
    if (text !== null && !isText(text, LONGEST_NAME)) refuse([key], `1 to ${LONGEST_NAME} characters`)
  if (channel !== null && purpose === null) refuse(['channel'], 'a channel beside a purpose only')
  const identifiers = [...new Set(draft.identifiers)]
  const wrong = identifiers.findIndex((type) => !/^[A-Za-z0-9_.-]{1,64}$/.test(type))
  if (wrong >= 0 || identifiers.length > 20) refuse(['identifiers', Math.max(wrong, 0)], 'types of identifiers')
  return { ...draft, name, identifiers, properties: readProperties(draft.properties) }
}

function isText(text: string, longest: number): boolean {
  // oxlint-disable-next-line no-control-regex
  return text.trim() !== '' && text.length <= longest && !/[\u0000-\u001f]/.test(text) && text.isWellFormed()
}

function refuse(path: (string | number)[], what: string): never {
  throw new KithError('BEHAVIOR_INVALID', `Expected ${what}, at ${path.join('.')}.`, { details: { path } })
}
