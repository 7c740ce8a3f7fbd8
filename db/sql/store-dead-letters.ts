import type { Transaction } from '../client.ts'

/** Where it is not as its behavior says. */
export type Violation = { code: string; path: string; expected: string; found: string }

export type DeadLetterRow = {
  id: string
  /** 'http' or 'graphql'. */
  door: string
  message_id: string | null
  /** As it came. No U+0000. */
  payload: string
  code: string
  reason: string
  /** See db/schema/event.ts. */
  envelope: string | null
  violations?: Violation[]
}

export async function storeDeadLetters(
  sql: Transaction,
  sourceId: string | null,
  rows: DeadLetterRow[],
): Promise<void> {
  await sql`
INSERT INTO dead_letters (id, source_id, door, message_id, payload, code, reason, envelope, violations)
SELECT id, ${sourceId}::uuid, door, message_id, payload, code, reason, envelope, violations
FROM json_to_recordset(${JSON.stringify(rows)}::json)
  AS rows (id uuid, door text, message_id text, payload text, code text, reason text, envelope text, violations jsonb)`
}
