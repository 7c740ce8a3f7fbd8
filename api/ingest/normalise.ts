/** From an event as it came to the row that is stored, or to the reason why not. */
import { randomUUID } from 'node:crypto'
import type { EventRow } from '../../db/sql/store-events.ts'
import type { Envelope, RawEvent } from './envelope.ts'
import { instantField, objectField, textField } from './fields.ts'
import { identifiersOf } from './identifiers.ts'
import { occurredAt } from './instant.ts'
import { Refusal } from './refusal.ts'
import { HALF_A_CHARACTER, MAX_DEPTH, memberOf } from './scan.ts'
import { uuidv7 } from '../../db/uuid.ts'

/** Longest values of the columns that are indexed, in UTF-16 units. */
const LONGEST_ID = 512
const LONGEST_NAME = 255

export type Arrival = Pick<Envelope, 'sentAt' | 'context' | 'contextProblem'> & {
  /** Milliseconds since 1970, by our clock. */
  arrived: number
  /** Of a file: its times are what somebody has recorded, and when it was sent once says nothing of a clock now. */
  isRecord?: boolean
  /** What the path says, as in /v1/track; events of a batch say it themselves. */
  type?: string
  /** Bytes of JSON. */
  largest: number
  /** Of a webhook's call, for its dead letter. */
  headers?: Record<string, string>
  /** For an event that has none; made up when this is not given. */
  messageId?: string
  /** Who sent the request, where that is the person's own browser. Not kept. */
  client?: { ip: string | null; userAgent: string | null }
}

export const TYPES = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const
export type EventType = (typeof TYPES)[number]

/** Throws a Refusal. */
export function normalise(raw: RawEvent, arrival: Arrival): EventRow {
  refuseWhatCannotBeKept(raw, arrival)
  const type = typeOf(raw, arrival)
  const context = contextOf(raw, arrival)
  const traits = traitsOf(raw, type, context)
  const identifiers = identifiersOf(type === 'group' ? null : traits, context)
  const userId = textField('userId', raw.userId, LONGEST_ID)
  const anonymousId = textField('anonymousId', raw.anonymousId, LONGEST_ID)
  const previousId = type === 'alias' ? textField('previousId', raw.previousId, LONGEST_ID) : null
  const groupId = type === 'group' ? textField('groupId', raw.groupId, LONGEST_ID) : null
  requirePerson(type, { userId, anonymousId, previousId, groupId, hasIdentifier: identifiers !== null })

  // RudderStack's SDKs always add originalTimestamp, the instant of the call; timestamp is what the program said.
  const said = instantField('timestamp', raw.timestamp) ?? instantField('originalTimestamp', raw.originalTimestamp)
  const sentAt = said && !arrival.isRecord ? instantField('sentAt', raw.sentAt ?? arrival.sentAt) : null
  return {
    id: uuidv7(arrival.arrived),
    type,
    name: nameOf(raw, type),
    user_id: userId,
    // Two ids that came together are one person; a previous id is most often the anonymous one.
    anonymous_id: anonymousId ?? previousId,
    identifiers,
    occurred_at: occurredAt(said, sentAt, arrival.arrived),
    message_id: textField('messageId', raw.messageId, LONGEST_NAME) ?? arrival.messageId ?? randomUUID(),
    properties: propertiesOf(raw, type),
    traits,
    context,
  }
}

/** The message id, wherever it can be read, of an event that is refused. */
export function messageIdOf(raw: RawEvent): string | null {
  try {
    return raw.problem ? null : textField('messageId', raw.messageId, LONGEST_NAME)
  } catch {
    return null
  }
}

function refuseWhatCannotBeKept(raw: RawEvent, { largest, contextProblem }: Arrival): void {
  const { json } = raw
  if (json[0] !== '{') throw new Refusal('EVENT_NOT_AN_OBJECT', `Expected an object; found ${json.slice(0, 40)}.`)
  if (json.length > largest / 3 && Buffer.byteLength(json) > largest) {
    throw new Refusal('EVENT_TOO_LARGE', `Expected at most ${largest} bytes; found ${Buffer.byteLength(json)}.`)
  }
  switch (raw.problem ?? (raw.context === undefined ? contextProblem : null)) {
    case 'nul':
      throw new Refusal('EVENT_BAD_TEXT', 'Expected no \\u0000: text in Postgres cannot hold it.')
    case 'surrogate':
      throw new Refusal('EVENT_BAD_TEXT', HALF_A_CHARACTER)
    case 'number':
      throw new Refusal(
        'EVENT_BAD_NUMBER',
        'Expected numbers that a double can hold (below 1.8e308, not longer than 400 digits).',
      )
    case 'depth':
      throw new Refusal('EVENT_TOO_DEEP', `Expected at most ${MAX_DEPTH} levels of objects and lists.`)
  }
}

function typeOf(raw: RawEvent, arrival: Arrival): EventType {
  const type = arrival.type ?? textField('type', raw.type, LONGEST_NAME)
  if ((TYPES as readonly (string | null)[]).includes(type)) return type as EventType
  // GraphQL and hand-written events leave it out.
  if (type === null && raw.event !== undefined) return 'track'
  throw new Refusal('EVENT_TYPE_UNKNOWN', `Expected type to be one of ${TYPES.join(', ')}; found ${type ?? 'none'}.`)
}

function nameOf(raw: RawEvent, type: EventType): string {
  if (type !== 'track') return type
  // As rules name it: two spellings of the same characters are one event.
  const name = textField('event', raw.event, LONGEST_NAME)?.normalize('NFC')
  if (name !== undefined) return name
  throw new Refusal('EVENT_WITHOUT_NAME', 'Expected event, the name of what happened.')
}

function requirePerson(type: EventType, ids: { [id: string]: string | null | boolean }): void {
  if (ids.userId || ids.anonymousId || ids.previousId || ids.hasIdentifier) return
  // "This account is called so" is about nobody.
  if (type === 'group' && ids.groupId) return
  throw new Refusal(
    'EVENT_WITHOUT_PERSON',
    'Expected userId, anonymousId, an email or phone in traits, or an external id: an event belongs to somebody.',
  )
}

function contextOf(raw: RawEvent, arrival: Arrival): string | null {
  const context = objectField('context', raw.context ?? arrival.context)
  const { integrations } = raw
  // Where the client wants the event to go, or not to go: nothing that may be lost.
  if (integrations === undefined || integrations[0] !== '{' || isEmpty(integrations)) return context
  return withMember(context ?? '{}', 'integrations', integrations)
}

/** RudderStack's SDKs say a person's traits in context.traits, Segment's in traits; of both, the latter counts. */
function traitsOf(raw: RawEvent, type: EventType, context: string | null): string | null {
  if (type !== 'identify' && type !== 'group') return null
  const traits = objectField('traits', raw.traits)
  if (type === 'group' || !context?.includes('"traits"')) return traits ?? '{}'
  const said = objectField('context.traits', memberOf(context, 'traits'))
  if (said === null || isEmpty(said)) return traits ?? '{}'
  return traits === null || isEmpty(traits) ? said : `${said.slice(0, -1)},${traits.slice(1)}`
}

function propertiesOf(raw: RawEvent, type: EventType): string {
  let properties = objectField('properties', raw.properties) ?? '{}'
  switch (type) {
    case 'page':
    case 'screen':
      for (const key of ['category', 'name'] as const) {
        const text = textField(key, raw[key], LONGEST_NAME)
        if (text !== null) properties = withMember(properties, key, JSON.stringify(text))
      }
      break
    case 'group':
      if (raw.groupId !== undefined) properties = withMember(properties, 'groupId', raw.groupId)
      break
    case 'alias':
      if (raw.previousId !== undefined) properties = withMember(properties, 'previousId', raw.previousId)
  }
  return properties
}

/** Put in front: where the object has the key already, its own comes later and counts. */
function withMember(object: string, key: string, json: string): string {
  return isEmpty(object) ? `{"${key}":${json}}` : `{"${key}":${json},${object.slice(1)}`
}

function isEmpty(object: string): boolean {
  return object.length === 2 || object.slice(1, -1).trim() === ''
}
