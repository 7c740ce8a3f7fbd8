/** Events from a file, by the same writer as from everywhere else: a line that is refused is a dead letter too. */
import { setTimeout as sleep } from 'node:timers/promises'
import { SECOND } from '../../config.ts'
import { KithError } from '../../errors.ts'
import type { Viewer } from '../auth/viewer.ts'
import { fromText, type RawEvent } from '../ingest/envelope.ts'
import type { Outcome, Writer } from '../ingest/writer.ts'
import { type Importer, refusal } from './importer.ts'
import { cellAsJson, type Line } from './read.ts'
import type { Texts } from './texts.ts'

/** Columns that are members of an event; `properties.x`, `traits.x` and `context.x` name others. */
const MEMBERS = new Set([
  'type',
  'event',
  'name',
  'category',
  'userId',
  'anonymousId',
  'previousId',
  'groupId',
  'messageId',
  'timestamp',
])
/** Of a file of people: all else is a trait, their name too. */
const MEMBERS_OF_PEOPLE = new Set(['userId', 'anonymousId', 'messageId', 'timestamp'])
const PERSONAL = new Set(['email', 'phone'])

export type EventFile = {
  /** Makes the message ids of events that have none: the same file under the same name is stored once. */
  name: string
  /** Each line tells of a person: an identify call. */
  ofPeople: boolean
  texts: Texts
}

export function importEvents(writer: Writer, viewer: Viewer, file: EventFile): Importer {
  return async (lines) => {
    const refused = []
    const events: RawEvent[] = []
    const taken: Line[] = []
    for (const line of lines) {
      const event = line.problem ? null : readEvent(line, file)
      if (!event) {
        refused.push(refusal(line, 'LINE_UNREADABLE', line.problem ?? 'Expected JSON.'))
        continue
      }
      events.push(event)
      taken.push(line)
    }
    const outcome = await patiently(() => writer.writeEnvelope(viewer, 'import', { events }))
    for (const { index, code, reason, deadLetterId } of outcome.dead) {
      refused.push({ ...refusal(taken[index]!, code, reason), deadLetterId })
    }
    refused.sort((a, b) => a.line - b.line)
    const discarded = outcome.discarded + outcome.unconsented
    return { stored: outcome.stored, known: outcome.deduplicated, discarded, refused }
  }
}

/** Null when it is no JSON. */
export function readEvent({ number, raw, cells }: Line, file: EventFile): RawEvent | null {
  const event = fromText(cells ? eventOf(cells, file) : raw)
  if (!event) return null
  event.messageId ??= JSON.stringify(`${file.name}:${number}`)
  if (file.ofPeople) event.type ??= '"identify"'
  return event
}

function eventOf(cells: Map<string, string>, { ofPeople, texts }: EventFile): string {
  const members: string[] = []
  const nested = { properties: [] as string[], traits: [] as string[], context: [] as string[] }
  const person: string[] = []
  const type = cells.get('type') ?? (ofPeople ? 'identify' : 'track')
  const isText = texts.get((type === 'track' ? cells.get('event')?.normalize('NFC') : type) ?? '')
  const rest = ofPeople ? 'traits' : 'properties'
  for (const [column, cell] of cells) {
    const [, parent, key = column] = /^(properties|traits|context)\.(.+)$/.exec(column) ?? []
    if ((ofPeople ? MEMBERS_OF_PEOPLE : MEMBERS).has(column)) members.push(`"${column}":${JSON.stringify(cell)}`)
    else if (PERSONAL.has(column)) person.push(`"${column}":${JSON.stringify(cell)}`)
    else {
      const value = parent !== 'context' && isText?.has(key) ? JSON.stringify(cell) : cellAsJson(cell)
      nested[(parent as 'traits' | undefined) ?? rest].push(`${JSON.stringify(key)}:${value}`)
    }
  }
  if (!ofPeople && !cells.has('type') && cells.has('event')) members.push('"type":"track"')
  if (ofPeople) nested.traits.push(...person)
  else if (person.length > 0) nested.context.push(`"traits":{${person.join(',')}}`)
  for (const [name, list] of Object.entries(nested)) if (list.length > 0) members.push(`"${name}":{${list.join(',')}}`)
  return `{${members.join(',')}}`
}

/** A file can wait: its lines take their turn behind what happens now. */
async function patiently(write: () => Promise<Outcome>): Promise<Outcome> {
  for (let pause = SECOND / 4; ; pause = Math.min(2 * pause, 10 * SECOND)) {
    try {
      return await write()
    } catch (error) {
      if (!(error instanceof KithError) || (error.code !== 'INGEST_BUSY' && error.code !== 'RATE_LIMITED')) throw error
      await sleep(pause)
    }
  }
}
