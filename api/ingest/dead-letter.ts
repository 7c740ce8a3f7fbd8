import type { DeadLetterRow } from '../../db/sql/store-dead-letters.ts'
import type { Violation } from '../../engine/model/property.ts'
import type { RawEvent } from './envelope.ts'
import type { Arrival } from './normalise.ts'
import type { RefusalCode } from './refusal.ts'
import type { Door } from './submission.ts'
import { uuidv7 } from '../../db/uuid.ts'

/** Text that Postgres can keep: JSON never holds a bare U+0000, but a body that is no JSON may. */
const storable = (text: string) => text.toWellFormed().replaceAll('\u0000', '\ufffd')

/** What a request says beside the payload. */
type Beside = Pick<Arrival, 'type' | 'sentAt' | 'context' | 'headers'>

export function deadLetter(
  door: Door,
  messageId: string | null,
  { json, context }: Pick<RawEvent, 'json' | 'context'>,
  code: RefusalCode,
  reason: string,
  arrival: Beside,
  violations?: Violation[],
): DeadLetterRow {
  return {
    id: uuidv7(Date.now()),
    door,
    message_id: messageId,
    payload: storable(json),
    code,
    reason: storable(reason),
    envelope: envelopeOf(arrival, context === undefined),
    ...(violations && { violations }),
  }
}

/** {"type", "sentAt", "context", "headers"} as JSON text, of what is there; the middle two are JSON text themselves already. */
function envelopeOf({ type, sentAt, context, headers }: Beside, lacksContext: boolean): string | null {
  const members = []
  if (type !== undefined) members.push(`"type":${JSON.stringify(type)}`)
  if (sentAt !== undefined) members.push(`"sentAt":${sentAt}`)
  if (context !== undefined && lacksContext) members.push(`"context":${context}`)
  if (headers !== undefined) members.push(`"headers":${JSON.stringify(headers)}`)
  return members.length > 0 ? storable(`{${members.join(',')}}`) : null
}
