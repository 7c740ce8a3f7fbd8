/**
 * Events and records of one delivery, in one transaction: all of it, or nothing. A delivery that comes again is known by its
 * key, so that an old state never overwrites a newer one.
 */
import type { Transaction } from '../../db/client.ts'
import { claimMessageId, countRecords } from '../../db/sql/deliveries.ts'
import { type EventRow, storeEvents } from '../../db/sql/store-events.ts'
import { KithError } from '../../errors.ts'
import { upsertRecord } from '../noun/upsert-record.ts'
import type { Owner } from './commit.ts'
import { fromValue } from './envelope.ts'
import { type Arrival, normalise } from './normalise.ts'
import { Refusal, type RefusalCode } from './refusal.ts'

/** What a mapping made of a call. `key` is the same when it is called again; null when nothing tells. */
export type Delivery = { key: string | null; events: unknown[]; records: unknown[] }

export type Stored = { stored: number; deduplicated: number; records: number }

/** Of one delivery: they are written one by one. */
const MOST_RECORDS = 500

/** The events as rows. Throws a Refusal that names the first that cannot be one. */
export function rowsOf({ events, records, key }: Delivery, arrival: Arrival): EventRow[] {
  if (records.length > MOST_RECORDS) {
    throw new Refusal('RECORD_INVALID', `Expected at most ${MOST_RECORDS} records at a time; found ${records.length}.`)
  }
  return events.map((event, index) => {
    try {
      return normalise(fromValue(event), {
        ...arrival,
        messageId: key === null ? arrival.messageId : `${key}:${index}`,
      })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      throw new Refusal(error.code, `events.${index}: ${error.message}`)
    }
  })
}

/** Throws a Refusal where a record does not fit; the transaction (or its savepoint) must then be undone. */
export async function storeTogether(
  sql: Transaction,
  { tenantId, sourceId, door }: Owner,
  { key, records }: Pick<Delivery, 'key' | 'records'>,
  given: EventRow[],
): Promise<Stored> {
  const isNew = key === null || (await claimMessageId(sql, tenantId, key))
  const seen = new Set<string>()
  const rows = given.filter(({ message_id: id }) => !seen.has(id) && seen.add(id))
  const ledger = { tenantId, sourceId, door, accepted: given.length, repeated: given.length - rows.length, dead: 0 }
  const fresh = given.length > 0 ? await storeEvents(sql, ledger, rows) : null
  const stored = fresh?.size ?? rows.length
  const written = isNew ? records.length : 0
  for (const [index, record] of records.slice(0, written).entries()) {
    await upsertRecord(sql, record, `records.${index}`).catch(refuse)
  }
  if (written > 0) await countRecords(sql, { tenantId, sourceId, door }, written)
  return { stored, deduplicated: given.length - stored, records: written }
}

function refuse(error: unknown): never {
  if (error instanceof KithError) throw new Refusal(error.code as RefusalCode, error.message)
  throw error
}
