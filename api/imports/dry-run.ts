/** The first lines of a file as they would be: what would be written, and what refused. Nothing is stored. */
import { config } from '../../config.ts'
import { type Client, inTenant } from '../../db/client.ts'
import type { EventRow } from '../../db/sql/store-events.ts'
import type { Viewer } from '../auth/viewer.ts'
import { admit } from '../ingest/gate.ts'
import { gatesOf } from '../ingest/gates.ts'
import { Refusal } from '../ingest/refusal.ts'
import { nothingKeptOut } from '../ingest/submission.ts'
import { type EventFile, readEvent } from './events.ts'
import { type Importer, type Refused, refusal } from './importer.ts'
import type { Line } from './read.ts'

export function tryEvents(sql: Client, { tenantId, sourceId }: Viewer, file: EventFile): Importer {
  return (lines) => tried(sql, tenantId, sourceId, file, lines)
}

async function tried(sql: Client, tenantId: string, sourceId: string | null, file: EventFile, lines: Line[]) {
  const gate = await gatesOf(sql).of(tenantId)
  const arrival = { arrived: Date.now(), isRecord: true, largest: config.MAX_EVENT_BYTES }
  const refused: Refused[] = []
  const rows: { line: number; row: EventRow }[] = []
  const keptOut = nothingKeptOut()
  for (const line of lines) {
    try {
      const raw = line.problem ? null : readEvent(line, file)
      if (!raw) {
        refused.push(refusal(line, 'LINE_UNREADABLE', line.problem ?? 'Expected JSON.'))
        continue
      }
      const row = admit(gate?.personal?.event(raw) ?? raw, arrival, gate, sourceId, keptOut)
      if (row) rows.push({ line: line.number, row })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refused.push(refusal(line, error.code, error.message))
    }
  }
  const fresh = new Set(rows.map(({ row }) => row.message_id))
  const known = await inTenant(
    sql,
    tenantId,
    (sql) =>
      sql<{ message_id: string }[]>`SELECT message_id FROM event_ids WHERE message_id = ANY (${[...fresh]}::text[])`,
  )
  for (const { message_id: id } of known) fresh.delete(id)
  const discarded = keptOut.discarded + keptOut.unconsented
  const would = rows.map(({ line, row }) => ({ line, would: shown(row) }))
  return {
    stored: fresh.size,
    known: rows.length - fresh.size,
    ...(discarded > 0 && { discarded }),
    refused,
    would,
  }
}

function shown({
  type,
  name,
  user_id,
  anonymous_id,
  identifiers,
  occurred_at,
  message_id,
  properties,
  traits,
}: EventRow) {
  return {
    type,
    name,
    userId: user_id ?? undefined,
    anonymousId: anonymous_id ?? undefined,
    ...(identifiers && { identifiers: JSON.parse(identifiers) as unknown }),
    occurredAt: occurred_at,
    messageId: message_id,
    properties: JSON.parse(properties) as unknown,
    ...(traits && { traits: JSON.parse(traits) as unknown }),
  }
}
