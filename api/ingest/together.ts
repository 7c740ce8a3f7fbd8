/**
 * Events and records of one delivery, in one transaction: all of it, or nothing. A delivery that comes again is known by its
 * key, so that an old state never overwrites a newer one.
 */
import type { Transaction } from '../../db/client.ts'
import { claimMessageId, countRecords } from '../../db/sql/deliveries.ts'
import type { EventRow } from '../../db/sql/store-events.ts'
import { toKithError } from '../errors.ts'
import { writeRecord } from '../noun/write-record.ts'
import type { Owner } from './commit.ts'
import { fromValue } from './envelope.ts'
import { admit, type Gate } from './gate.ts'
import type { Arrival } from './normalise.ts'
import { Refusal, type RefusalCode } from './refusal.ts'
import { storeBatch } from './store.ts'
import { type KeptOut, nothingKeptOut } from './submission.ts'

/** What a mapping made of a call. `key` is the same when it is called again; null when nothing tells. */
export type Delivery = { key: string | null; events: unknown[]; records: unknown[] }

/** The events, each with a message id that is the same when the delivery comes again, unless it says one itself. */
export function named(events: unknown[], key: string): unknown[] {
  return events.map((event, index) => {
    const isObject = typeof event === 'object' && event !== null && !Array.isArray(event)
    return isObject ? { messageId: `${key}:${index}`, ...event } : event
  })
}

/** With its events as rows, and what the gate kept out of them. */
export type Judged = Pick<Delivery, 'key' | 'records'> & { rows: EventRow[]; keptOut: KeptOut }

export type Stored = { stored: number; deduplicated: number; discarded: number; unconsented: number; records: number }

/** Of one delivery: they are written one by one. */
const MOST_RECORDS = 500

/**
 * The events as rows, through the gate. An event without a message id has the delivery's, or else the arrival's, with its place.
 * Throws a Refusal that names the first that cannot be one.
 */
export function judged(
  { events, records, key }: Delivery,
  arrival: Arrival,
  gate: Gate | null,
  sourceId: string | null,
): Judged {
  if (records.length > MOST_RECORDS) {
    throw new Refusal('RECORD_INVALID', `Expected at most ${MOST_RECORDS} records at a time; found ${records.length}.`)
  }
  const result: Judged = { key, records, rows: [], keptOut: nothingKeptOut() }
  for (const [index, event] of events.entries()) {
    try {
      const raw = fromValue(event)
      const messageId = key === null ? arrival.messageId && `${arrival.messageId}-${index}` : `${key}:${index}`
      const clean = gate?.personal?.event(raw) ?? raw
      const row = admit(clean, { ...arrival, messageId }, gate, sourceId, result.keptOut)
      if (row) result.rows.push(row)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const violations = error.violations?.map((violation) => ({
        ...violation,
        path: `events.${index}.${violation.path}`,
      }))
      throw new Refusal(error.code, `events.${index}: ${error.message}`, { violations })
    }
  }
  return result
}

/** Throws a Refusal where a record does not fit; the transaction (or its savepoint) must then be undone. */
export async function storeTogether(
  sql: Transaction,
  { tenantId, sourceId, door }: Owner,
  { key, records, rows: given, keptOut }: Judged,
): Promise<Stored> {
  const isNew = key === null || (await claimMessageId(sql, tenantId, key))
  const seen = new Set<string>()
  const rows = given.filter(({ message_id: id }) => !seen.has(id) && seen.add(id))
  const { discarded, tallies } = keptOut
  const accepted = given.length + discarded + keptOut.unconsented
  const ledger = { tenantId, sourceId, door, accepted, repeated: given.length - rows.length, dead: 0, ...keptOut }
  const { fresh, withheld } =
    accepted > 0 ? await storeBatch(sql, ledger, { rows, dead: [], tallies }) : { fresh: null, withheld: new Set() }
  const stored = fresh?.size ?? rows.length - withheld.size
  const unconsented = keptOut.unconsented + withheld.size
  const written = isNew ? records.length : 0
  for (const [index, record] of records.slice(0, written).entries()) {
    const place = `records.${index}`
    await writeRecord(sql, record, place).catch((error: unknown) => refuse(error, place))
  }
  if (written > 0) await countRecords(sql, { tenantId, sourceId, door }, written)
  return { stored, deduplicated: given.length - stored - withheld.size, discarded, unconsented, records: written }
}

/** Of which codes it is the record that is wrong; of the others it is the moment. */
const OF_VALUES = new Set(['INPUT_INVALID', 'CONFLICT', 'REFERENCE_NOT_FOUND', 'FIELD_INVALID'])

function refuse(error: unknown, place: string): never {
  const known = toKithError(error)
  if (!known || (known !== error && !OF_VALUES.has(known.code))) throw error
  const reason = known.message.startsWith(place) ? known.message : `${place}: ${known.message}`
  throw new Refusal(known === error ? (known.code as RefusalCode) : 'RECORD_INVALID', reason)
}
