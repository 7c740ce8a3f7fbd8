import type { DeadLetterRow } from '../../db/sql/store-dead-letters.ts'
import type { RefusalCode } from './refusal.ts'
import type { Door } from './submission.ts'
import { uuidv7 } from './uuid.ts'

/** Text that Postgres can keep: JSON never holds a bare U+0000, but a body that is no JSON may. */
const storable = (text: string) => text.toWellFormed().replaceAll('\u0000', '\ufffd')

export function deadLetter(
  door: Door,
  messageId: string | null,
  payload: string,
  code: RefusalCode,
  reason: string,
): DeadLetterRow {
  return {
    id: uuidv7(Date.now()),
    door,
    message_id: messageId,
    payload: storable(payload),
    code,
    reason: storable(reason),
  }
}
