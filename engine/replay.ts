/**
 * A range of stored events again, for one tenant: after a changed policy or rule, or a bug. Who is who comes first, for all of
 * the range; then everybody in it is evaluated, once it is known who they are. What is as it was is told to nobody; what is
 * otherwise is an ordinary change.
 */
import { type Client, inTenant, type Transaction } from '../db/client.ts'
import type { JsonObject } from '../db/schema/columns.ts'
import { disownEvents } from './identity/index.ts'
import { lockTenant } from './lock.ts'
import { reactTo } from './react.ts'
import { type EventChunk, placeOf, type Range, readEventPeople, readEvents } from './stored-events.ts'

/** Events that one transaction looks at: so long may a reaction have to wait. */
const CHUNK = 1000

type Stage = 'identity' | 'people'
type Position = { stage: Stage; after: string[] | null }

export type Replayed = { events: number; transitions: number }

/** Resolves when it is finished or has been cancelled. Begun again after a crash it goes on where it was; two at once share the work. */
export async function replay(sql: Client, tenantId: string, id: string, chunk = CHUNK): Promise<Replayed> {
  const result = { events: 0, transitions: 0 }
  for (;;) {
    const step = await inTenant(sql, tenantId, (sql) => replayChunk(sql, tenantId, id, chunk))
    result.events += step.events
    result.transitions += step.transitions
    if (step.over) return result
  }
}

async function replayChunk(sql: Transaction, tenantId: string, id: string, limit: number) {
  await lockTenant(sql, tenantId)
  const wanted = await begin(sql, id)
  if (!wanted) return { events: 0, transitions: 0, over: true }
  const position = wanted.position ?? { stage: 'identity', after: null }
  const read = position.stage === 'identity' ? readEvents : readEventPeople
  const found = await read(sql, position.after, limit, wanted.range)
  if (position.stage === 'identity' && found.rows > 0) await disown(sql, tenantId, wanted.range, position, found)
  const transitions = await reactToChunk(sql, tenantId, position.stage, found)
  const next = found.rows > 0 ? { ...position, after: found.last } : nextStage(position.stage)
  await sql`
UPDATE replays SET position = ${sql.json((next ?? position) as JsonObject)}, done = done + ${found.rows},
  events = events + ${found.events}, transitions = transitions + ${transitions},
  finished_at = CASE WHEN ${next === null} THEN clock_timestamp() END
WHERE id = ${id}`
  return { events: found.events, transitions, over: next === null }
}

/** Of some events alone it is not known whom the others, between them, name nobody by: their owners stay. */
async function disown(sql: Transaction, tenantId: string, range: Range, { after }: Position, chunk: EventChunk) {
  if (range.sourceId !== null || range.names !== null) return
  await disownEvents(sql, tenantId, chunk.people, [placeOf(after, range.from), placeOf(chunk.last)])
}

type Wanted = { range: Range; position: Position | null }

/** Null when there is nothing left to do. The row is ours until the transaction ends: a cancellation waits for one chunk. */
async function begin(sql: Transaction, id: string): Promise<Wanted | null> {
  const [row] = await sql<(Range & { position: Position | null; total: string | null })[]>`
SELECT from_at AS "from", before_at AS "before", source_id AS "sourceId", names, position, total FROM replays
WHERE id = ${id} AND finished_at IS NULL AND cancelled_at IS NULL FOR UPDATE`
  if (!row) return null
  const { position, total, ...range } = row
  if (total === null) {
    await sql`
UPDATE replays SET started_at = clock_timestamp(), total = (
  SELECT 2 * count(*) FROM tenant_events WHERE occurred_at >= ${range.from}::timestamptz AND occurred_at < ${range.before}::timestamptz
) WHERE id = ${id}`
  }
  return { range, position }
}

async function reactToChunk(sql: Transaction, tenantId: string, stage: Stage, chunk: EventChunk): Promise<number> {
  const { people, profiles } = chunk
  if (people.length + profiles.length === 0) return 0
  const { transitions } = await reactTo(sql, tenantId, { people, profiles, timed: [], later: stage === 'identity' })
  return transitions
}

function nextStage(stage: Stage): Position | null {
  return stage === 'identity' ? { stage: 'people', after: null } : null
}
