/** Dead letters, mended and sent again. */
import { config } from '../../config.ts'
import { type Client, inTenant, type Transaction } from '../../db/client.ts'
import { traced } from '../../db/sql/emit-trace.ts'
import {
  lockWaitingLetters,
  markRefused,
  markReplayed,
  mendLetter,
  type RefusedLetter,
  type WaitingLetter,
  type WhichLetters,
} from '../../db/sql/dead-letters.ts'
import type { DeadLetterRow } from '../../db/sql/store-dead-letters.ts'
import type { EventRow } from '../../db/sql/store-events.ts'
import type { WebhookRow } from '../../db/sql/webhook-of.ts'
import { KithError } from '../../errors.ts'
import { inputOf, type RowType, rowDelivery } from '../postgres-source/row.ts'
import { deliveryOf } from '../webhooks/delivery.ts'
import type { Violation } from '../../engine/model/property.ts'
import { isAboutTheData } from './commit.ts'
import { deadLetter } from './dead-letter.ts'
import { type Envelope, fromText, fromValue, readBatch, readSingle } from './envelope.ts'
import { type Arrival, messageIdOf } from './normalise.ts'
import { Refusal, type RefusalCode } from './refusal.ts'
import { memberOf, unquote } from './scan.ts'
import { admit, type Gate } from './gate.ts'
import { gateOf } from './gates.ts'
import { storeBatch } from './store.ts'
import { addKeptOut, type KeptOut, nothingKeptOut } from './submission.ts'
import { type Delivery, type Judged, judged, storeTogether } from './together.ts'
import { NIL, uuidv7 } from '../../db/uuid.ts'

const PAGE = 200

export type Replayed = {
  /** Letters that are settled now. */
  replayed: number
  /** Events that came of them. A letter that held a whole batch gives many. */
  stored: number
  deduplicated: number
  /** Records that came of them. */
  records: number
  /** Events that the gate keeps out by now: discarded, or of people who have refused their purpose. */
  discarded: number
  /** Letters that were refused again and go on waiting, with the new reason; and events of settled batches that became letters. */
  refused: number
}

const NOTHING: Replayed = { replayed: 0, stored: 0, deduplicated: 0, discarded: 0, records: 0, refused: 0 }

/**
 * Sends up to `most` waiting letters again, oldest first, as they were at their arrival, or as they were mended. What is
 * stored and what is marked is one transaction per page: stopping in the middle, or two at once, doubles nothing.
 */
export async function replayDeadLetters(
  sql: Client,
  tenantId: string,
  which: WhichLetters,
  most = 10_000,
): Promise<Replayed> {
  const total: Replayed = { ...NOTHING }
  let after = NIL
  const last = uuidv7(Date.now()) // letters that come of this are not replayed by it
  for (let seen = 0; seen < most; ) {
    const page = await replayPage(sql, tenantId, which, { after, last, limit: Math.min(PAGE, most - seen) })
    if (page.last === null) break
    for (const key of Object.keys(NOTHING) as (keyof Replayed)[]) total[key] += page[key]
    seen += page.seen
    after = page.last
  }
  return total
}

/** Puts `payload` in the place of what came; null when it would be stored now, otherwise why not. Throws NOT_FOUND. */
export async function mendDeadLetter(sql: Client, tenantId: string, id: string, payload: string) {
  if (payload.includes('\u0000')) throw new KithError('INPUT_INVALID', 'Expected a payload without U+0000.')
  const { problem, dead } = await inTenant(sql, tenantId, async (sql) => {
    const gate = await gateOf(sql, tenantId)
    const letter = await mendLetter(sql, id, await withoutPersonal(sql, id, payload.toWellFormed(), gate))
    if (!letter) throw new KithError('NOT_FOUND', 'There is no waiting dead letter with this id.', { status: 404 })
    return open(sql, letter, gate)
  })
  const [first] = dead
  return problem ?? (first ? { code: first.code as RefusalCode, reason: first.reason } : null)
}

/** What somebody types is kept too, and so without what the tenant's rules take out of an event. */
async function withoutPersonal(sql: Transaction, id: string, payload: string, gate: Gate | null): Promise<string> {
  if (!gate?.personal) return payload
  const [letter] = await sql<{ type: string | null }[]>`
SELECT envelope::json ->> 'type' AS type FROM dead_letters WHERE id = ${id}`
  const event = isBody(letter?.type) ? null : fromText(payload)
  return event ? gate.personal.event(event).json : gate.personal.body(payload)
}

/** Whether a letter of this type holds what events are yet to be made of, and not one event. */
const isBody = (type: string | null | undefined) => type === 'batch' || type === 'webhook' || isRow(type)
const isRow = (type: string | null | undefined) => type === 'row' || type === 'change'

type Page = Replayed & { seen: number; last: string | null }
type Range = { after: string; last: string; limit: number }

async function replayPage(sql: Client, tenantId: string, which: WhichLetters, range: Range): Promise<Page> {
  const lock = (sql: Transaction) => lockWaitingLetters(sql, which, range.after, range.last, range.limit)
  try {
    const replayAll = traced(async (sql: Transaction) => {
      const letters = await lock(sql)
      return { ...(await replay(sql, tenantId, letters)), seen: letters.length, last: letters.at(-1)?.id ?? null }
    })
    return await inTenant(sql, tenantId, replayAll)
  } catch (error) {
    if (!isAboutTheData(error)) throw error
    // One of them holds what only Postgres refuses: one by one, then.
    if (range.limit > 1) return replayPage(sql, tenantId, which, { ...range, limit: 1 })
    const reason = `Postgres refused it: ${(error as Error).message}`
    return inTenant(sql, tenantId, async (sql) => {
      const [letter] = await lock(sql)
      if (letter) await markRefused(sql, [{ id: letter.id, code: 'EVENT_REFUSED', reason }])
      return { ...NOTHING, refused: letter ? 1 : 0, seen: 1, last: letter?.id ?? null }
    })
  }
}

async function replay(sql: Transaction, tenantId: string, letters: WaitingLetter[]): Promise<Replayed> {
  const result: Replayed = { ...NOTHING }
  const gate = await gateOf(sql, tenantId)
  const refused: RefusedLetter[] = []
  const settled: string[] = []
  for (const [sourceId, ofSource] of Map.groupBy(letters, (letter) => letter.source_id)) {
    const rows = new Map<string, EventRow>()
    const dead: DeadLetterRow[] = []
    const keptOut = nothingKeptOut()
    let accepted = 0
    for (const letter of ofSource) {
      const opened = await open(sql, letter, gate)
      const problem =
        opened.problem ?? (opened.together && (await replayTogether(sql, tenantId, letter, opened.together, result)))
      if (problem) {
        refused.push({ id: letter.id, ...problem })
        continue
      }
      settled.push(letter.id)
      if (opened.together) continue
      const { discarded, unconsented } = opened.keptOut
      accepted += opened.rows.length + opened.dead.length + discarded + unconsented
      addKeptOut(keptOut, opened.keptOut)
      for (const row of opened.rows) if (!rows.has(row.message_id)) rows.set(row.message_id, row)
      dead.push(...opened.dead)
    }
    if (accepted === 0) continue
    const { discarded, unconsented, tallies } = keptOut
    const repeated = accepted - dead.length - discarded - unconsented - rows.size
    const ledger = { tenantId, sourceId, door: 'replay', accepted, repeated, dead: dead.length, discarded, unconsented }
    const { fresh, withheld } = await storeBatch(sql, ledger, { rows: [...rows.values()], dead, tallies })
    const stored = fresh?.size ?? rows.size - withheld.size
    const keptBack = discarded + unconsented + withheld.size
    result.stored += stored
    result.discarded += keptBack
    result.deduplicated += accepted - dead.length - keptBack - stored
    result.refused += dead.length
  }
  if (settled.length > 0) await markReplayed(sql, settled)
  if (refused.length > 0) await markRefused(sql, refused)
  return { ...result, replayed: settled.length, refused: result.refused + refused.length }
}

/** Events and records of one delivery: all of it or nothing. Adds to `result`, or resolves to why not. */
async function replayTogether(
  sql: Transaction,
  tenantId: string,
  { source_id: sourceId }: WaitingLetter,
  together: Judged,
  result: Replayed,
): Promise<Problem | null> {
  try {
    const stored = await sql.savepoint((sql) => storeTogether(sql, { tenantId, sourceId, door: 'replay' }, together))
    result.stored += stored.stored
    result.deduplicated += stored.deduplicated
    result.discarded += stored.discarded + stored.unconsented
    result.records += stored.records
    return null
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { code: error.code, reason: error.message }
  }
}

type Problem = { code: RefusalCode; reason: string; violations?: Violation[] }
/** `together`: events that go with records, all or nothing. */
type Opened = {
  rows: EventRow[]
  dead: DeadLetterRow[]
  keptOut: KeptOut
  together: Judged | null
  problem: Problem | null
}

/** What a letter holds: one event, or a body that may now be read. `problem`: it is still refused as a whole. */
async function open(sql: Transaction, letter: WaitingLetter, gate: Gate | null): Promise<Opened> {
  const { envelope } = letter
  const said = envelope ? memberOf(envelope, 'type') : undefined
  const type = said === undefined ? undefined : unquote(said)
  const isMany = isBody(type)
  const keptOut = nothingKeptOut()
  const result: Opened = { rows: [], dead: [], keptOut, together: null, problem: null }
  try {
    const { delivery, ...came } = await bodyOf(sql, letter, type)
    const whole = {
      ...came,
      sentAt: came.sentAt ?? (envelope ? memberOf(envelope, 'sentAt') : undefined),
      context: came.context ?? (envelope ? memberOf(envelope, 'context') : undefined),
    }
    // By the rules of today, which may be newer than the letter.
    const body = gate?.personal ? gate.personal.envelope(whole) : whole
    const arrival: Arrival = {
      arrived: Date.parse(letter.received_at),
      isRecord: letter.door === 'import',
      largest: config.MAX_EVENT_BYTES,
      type: isMany ? undefined : type,
      sentAt: body.sentAt,
      context: body.context,
      contextProblem: body.contextProblem,
    }
    if (delivery && delivery.records.length > 0) {
      result.together = judged(delivery, { ...arrival, messageId: letter.id }, gate, letter.source_id)
      return result
    }
    for (const [index, raw] of body.events.entries()) {
      try {
        const messageId = isMany ? `${letter.id}-${index}` : (letter.message_id ?? letter.id)
        const row = admit(raw, { ...arrival, messageId }, gate, letter.source_id, keptOut)
        if (row) result.rows.push(row)
      } catch (error) {
        // A call that gave one event, which is refused, waits on: the next mapping may make another of it.
        if (!(error instanceof Refusal) || !isMany || (delivery && body.events.length === 1)) throw error
        result.dead.push(
          deadLetter('replay', messageIdOf(raw), raw, error.code, error.message, arrival, error.violations),
        )
        keptOut.tallies.push(...error.tallies)
      }
    }
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof KithError)) throw error
    const violations = error instanceof Refusal ? error.violations : undefined
    result.problem = { code: error.code as RefusalCode, reason: error.message, violations }
  }
  return result
}

type Body = Envelope & { delivery?: Delivery }

async function bodyOf(sql: Transaction, letter: WaitingLetter, type: string | undefined): Promise<Body> {
  const text = letter.mended ?? letter.payload
  if (type === 'webhook' || isRow(type)) {
    const delivery = await (isRow(type) ? mapRowAgain : mapAgain)(sql, letter, text)
    return { events: delivery.events.map(fromValue), delivery }
  }
  return type === 'batch' ? readBatch(text, config.MAX_BATCH_EVENTS) : readSingle(text)
}

async function mapRowAgain(sql: Transaction, { source_id, envelope }: WaitingLetter, text: string): Promise<Delivery> {
  const [source] = await sql<{ tenant_id: string; mapping: string }[]>`
SELECT tenant_id, mapping FROM postgres_sources WHERE source_id = ${source_id}`
  if (!source) throw new KithError('MAPPING_FAILED', 'The source that this came from is no more.')
  const { type, headers } = JSON.parse(envelope!) as { type: RowType; headers: { key: string } }
  const input = inputOf(type, text)
  if (type === 'change' && (input as { op?: unknown } | null)?.op === 'truncate')
    throw new KithError('ROWS_TRUNCATED', 'The table was emptied; discard this once what came of its rows is seen to.')
  return rowDelivery(source.tenant_id, source.mapping, input, headers.key)
}

/** By the mapping as it is now: it may be what somebody mended. */
async function mapAgain(
  sql: Transaction,
  { source_id: sourceId, envelope }: WaitingLetter,
  text: string,
): Promise<Delivery> {
  const [webhook] = await sql<Pick<WebhookRow, 'tenant_id' | 'verify' | 'mapping'>[]>`
SELECT tenant_id, verify, mapping FROM webhooks WHERE source_id = ${sourceId}`
  if (!webhook) throw new KithError('MAPPING_FAILED', 'The webhook that this came by is no more.')
  const { headers } = JSON.parse(envelope!) as { headers: Record<string, string> }
  return deliveryOf({ ...webhook, source_id: sourceId! }, headers, text)
}
