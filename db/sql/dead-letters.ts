/** Dead letters that wait: neither replayed nor discarded. */
import type { Transaction } from '../client.ts'
import type { Violation } from './store-dead-letters.ts'

/** Which of those that wait; all that are given must hold. */
export type WhichLetters = {
  ids?: string[] | null
  code?: string | null
  sourceId?: string | null
  receivedFrom?: string | null
  receivedBefore?: string | null
}

export type WaitingLetter = {
  id: string
  source_id: string | null
  door: string
  received_at: string
  payload: string
  mended: string | null
  envelope: string | null
  /** That of the one event it holds, of its payload or by its source. */
  message_id: string | null
}

const waiting = (sql: Transaction, which: WhichLetters) => sql`
replayed_at IS NULL AND discarded_at IS NULL
  AND (${which.ids ?? null}::uuid[] IS NULL OR id = ANY (${which.ids ?? null}::uuid[]))
  AND (${which.code ?? null}::text IS NULL OR code = ${which.code ?? null})
  AND (${which.sourceId ?? null}::uuid IS NULL OR source_id = ${which.sourceId ?? null}::uuid)
  AND (${which.receivedFrom ?? null}::timestamptz IS NULL OR received_at >= ${which.receivedFrom ?? null}::timestamptz)
  AND (${which.receivedBefore ?? null}::timestamptz IS NULL OR received_at < ${which.receivedBefore ?? null}::timestamptz)`

/** Locks up to `limit` of them with ids in (after, last]; those that another transaction holds are left to it. */
export function lockWaitingLetters(sql: Transaction, which: WhichLetters, after: string, last: string, limit: number) {
  return sql<WaitingLetter[]>`
SELECT id, source_id, received_at, door, payload, mended, envelope, message_id FROM dead_letters
WHERE ${waiting(sql, which)} AND id > ${after}::uuid AND id <= ${last}::uuid
ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED`
}

export async function markReplayed(sql: Transaction, ids: string[]): Promise<void> {
  await sql`
UPDATE dead_letters SET replayed_at = now() WHERE id = ANY (${ids}::uuid[])`
}

export type RefusedLetter = { id: string; code: string; reason: string; violations?: Violation[] }

/** They were sent again and refused again, perhaps for another reason. */
export async function markRefused(sql: Transaction, letters: RefusedLetter[]): Promise<void> {
  await sql`
UPDATE dead_letters d SET attempts = attempts + 1, code = refused.code, reason = refused.reason, violations = refused.violations
FROM json_to_recordset(${JSON.stringify(letters)}::json) AS refused (id uuid, code text, reason text, violations jsonb)
WHERE d.id = refused.id`
}

/** Resolves to the letter as it is then, or to undefined when there is none that waits. */
export async function mendLetter(sql: Transaction, id: string, payload: string): Promise<WaitingLetter | undefined> {
  const [letter] = await sql<WaitingLetter[]>`
UPDATE dead_letters SET mended = ${payload} WHERE ${waiting(sql, { ids: [id] })}
RETURNING id, source_id, received_at, door, payload, mended, envelope, message_id`
  return letter
}

/** Resolves to how many. */
export async function discardLetters(sql: Transaction, which: WhichLetters): Promise<number> {
  const { count } = await sql`
UPDATE dead_letters SET discarded_at = now() WHERE ${waiting(sql, which)}`
  return count
}

export type LetterGroup = {
  code: string
  count: number
  first_at: string
  last_at: string
  last_id: string
  reason: string
}

/** Those that wait by their code, most frequent first; `reason` and `last_id` are those of the latest. */
export function groupLetters(sql: Transaction) {
  return sql<LetterGroup[]>`
SELECT code, count(*)::int AS count, min(received_at) AS first_at, max(received_at) AS last_at,
  (array_agg(id ORDER BY id DESC))[1] AS last_id, (array_agg(reason ORDER BY id DESC))[1] AS reason
FROM dead_letters WHERE ${waiting(sql, {})}
GROUP BY code ORDER BY count DESC, code`
}
