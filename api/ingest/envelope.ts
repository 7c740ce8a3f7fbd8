/** The bodies that Segment's SDKs send, taken apart into events, each still the text that came. */
import { KithError } from '../../errors.ts'
import { type Problem, ScanError, Scanner, unquote } from './scan.ts'

/**
 * One event as it came: `json` is the whole of it, and each other field the JSON text of that member. Other members are
 * in `json` only.
 */
export type RawEvent = {
  json: string
  problem: Problem | null
  type?: string
  event?: string
  name?: string
  category?: string
  userId?: string
  anonymousId?: string
  previousId?: string
  groupId?: string
  messageId?: string
  timestamp?: string
  originalTimestamp?: string
  sentAt?: string
  properties?: string
  traits?: string
  context?: string
  integrations?: string
}

export type Envelope = {
  events: RawEvent[]
  /** Of the whole batch, as JSON text: holds for each event that has none of its own. */
  sentAt?: string
  context?: string
  contextProblem?: Problem | null
  /** Browsers put the key here: they cannot set headers with sendBeacon. */
  writeKey?: string
}

/** {"batch": [...], "sentAt", "context", "writeKey"}. Throws BODY_UNREADABLE, BATCH_MISSING (400) or BATCH_TOO_LARGE (413). */
export function readBatch(text: string, mostEvents: number): Envelope {
  const result: Envelope = { events: [] }
  let batches = 0
  read(text, (scanner) => {
    batchMembers(scanner, result, () => {
      batches++
      scanner.elements(() => {
        if (result.events.length === mostEvents) throw tooMany(mostEvents)
        result.events.push(readEvent(scanner))
      })
    })
  })
  if (batches !== 1) throw new KithError('BATCH_MISSING', 'Expected {"batch": [event, ...]}, once.')
  return result
}

/** One event, and the members beside it that are not its own. */
export function readSingle(text: string): Envelope {
  let event: RawEvent | undefined
  read(text, (scanner) => {
    event = readEvent(scanner)
  })
  const writeKey = event!.json.includes('"writeKey"') ? textMember(event!.json, 'writeKey') : undefined
  return { events: [event!], writeKey }
}

/** Events that came as values, by GraphQL. */
export function fromValue(value: unknown): RawEvent {
  return readEvent(new Scanner(JSON.stringify(value) ?? 'null'))
}

/** One line of a file; null when it is no JSON. */
export function fromText(text: string): RawEvent | null {
  const scanner = new Scanner(text)
  try {
    const event = readEvent(scanner)
    scanner.end()
    return event
  } catch (error) {
    if (error instanceof ScanError) return null
    throw error
  }
}

function read(text: string, work: (scanner: Scanner) => void): void {
  const scanner = new Scanner(text)
  try {
    work(scanner)
    scanner.end()
  } catch (error) {
    if (!(error instanceof ScanError)) throw error
    throw new KithError('BODY_UNREADABLE', `Expected JSON. ${error.message}`, { details: { position: error.position } })
  }
}

function batchMembers(scanner: Scanner, result: Envelope, readEvents: () => void): void {
  // A batch may be large: its elements are read where they stand, and not skipped first.
  scanner.members(
    (key, start, end) => {
      const json = () => scanner.text.slice(start, end)
      if (key === 'sentAt') result.sentAt = json()
      else if (key === 'context') {
        result.context = json()
        result.contextProblem = scanner.problem
      } else if (key === 'writeKey' && scanner.text[start] === '"') result.writeKey = unquote(json())
    },
    { batch: readEvents },
  )
}

function readEvent(scanner: Scanner): RawEvent {
  scanner.problem = null
  const { text } = scanner
  if (scanner.peek() !== 123) {
    const start = scanner.at
    scanner.value()
    return { json: text.slice(start, scanner.at), problem: scanner.problem }
  }
  const start = scanner.at
  const event: RawEvent = {
    json: '',
    problem: null,
    type: undefined,
    event: undefined,
    name: undefined,
    category: undefined,
    userId: undefined,
    anonymousId: undefined,
    previousId: undefined,
    groupId: undefined,
    messageId: undefined,
    timestamp: undefined,
    originalTimestamp: undefined,
    sentAt: undefined,
    properties: undefined,
    traits: undefined,
    context: undefined,
    integrations: undefined,
  }
  scanner.members((key, from, to) => setField(event, key, text, from, to))
  event.json = text.slice(start, scanner.at)
  event.problem = scanner.problem
  scanner.problem = null
  return event
}

function setField(event: RawEvent, key: string, text: string, from: number, to: number): void {
  switch (key) {
    case 'type':
    case 'event':
    case 'name':
    case 'category':
    case 'userId':
    case 'anonymousId':
    case 'previousId':
    case 'groupId':
    case 'messageId':
    case 'timestamp':
    case 'originalTimestamp':
    case 'sentAt':
    case 'properties':
    case 'traits':
    case 'context':
    case 'integrations':
      event[key] = text.slice(from, to)
  }
}

function textMember(json: string, wanted: string): string | undefined {
  let found: string | undefined
  new Scanner(json).members((key, start, end) => {
    if (key === wanted && json[start] === '"') found = unquote(json.slice(start, end))
  })
  return found
}

function tooMany(most: number): KithError {
  return new KithError('BATCH_TOO_LARGE', `Expected at most ${most} events in one request; found more. Send several.`, {
    status: 413,
    details: { mostEvents: most },
  })
}
