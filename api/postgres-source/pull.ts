/**
 * A round of a Postgres source: the rows behind its position, in batches. What a batch brings and where the source stands
 * after it are one transaction: each row counts once, whatever crashes.
 */
import { config, MINUTE } from '../../config.ts'
import { type Client, inTenant, type Transaction } from '../../db/client.ts'
import {
  advancePostgresSource,
  finishPull,
  type Position,
  type PostgresSourceRow,
  type Pulled,
  readPostgresSource,
} from '../../db/sql/postgres-sources.ts'
import { KithError } from '../../errors.ts'
import { isAboutTheData, type Owner } from '../ingest/commit.ts'
import { deadLetter } from '../ingest/dead-letter.ts'
import type { Gate } from '../ingest/gate.ts'
import { gateOf } from '../ingest/gates.ts'
import { Refusal, type RefusalCode } from '../ingest/refusal.ts'
import { storeBatch } from '../ingest/store.ts'
import { type Delivery, judged, storeTogether } from '../ingest/together.ts'
import { parseJson } from '../webhooks/delivery.ts'
import { MOST_CHARACTERS, type RemoteRow, withRemote } from './remote.ts'
import { rowDelivery } from './row.ts'

const BATCH = 500
/** A round ends then, and the next goes on: other sources of the tenant wait behind it. */
const LONGEST_MS = 5 * MINUTE

type Source = PostgresSourceRow & { url: string }
/** A row as its mapping made it, or why it could not. */
type Mapped = RemoteRow & { key: string } & ({ delivery: Delivery } | { problem: Problem })
type Problem = { code: RefusalCode; reason: string }

/** Never rejects for what is wrong with the other database: the source tells it. */
export async function pull(sql: Client, tenantId: string, sourceId: string, batch = BATCH): Promise<Pulled> {
  const total: Pulled = { rows: 0, stored: 0, records: 0, dead: 0 }
  const source = await inTenant(sql, tenantId, (sql) => readPostgresSource(sql, sourceId))
  if (!source || source.status !== 'active') return total
  let error: string | null = null
  try {
    await withRemote(source.url, source, async (read) => {
      const until = Date.now() + LONGEST_MS
      for (let { position } = source; Date.now() < until; ) {
        const { rows, more } = await read(position, batch)
        const last = rows.at(-1)
        if (!last) return
        const pulled = await storeRows(sql, tenantId, source, position, rows)
        if (!pulled) return
        for (const key of ['rows', 'stored', 'records', 'dead'] as const) total[key] += pulled[key]
        position = last.position
        if (!more) return
      }
    })
  } catch (cause) {
    if (isOurs(cause)) throw cause
    error = (cause as Error).message
  }
  await inTenant(sql, tenantId, (sql) => finishPull(sql, sourceId, error))
  return total
}

class OurError extends Error {}
const isOurs = (error: unknown) => error instanceof OurError

/** Null when somebody else has moved, changed or paused the source meanwhile: what was read is read again by them. */
async function storeRows(sql: Client, tenantId: string, source: Source, from: Position | null, rows: RemoteRow[]) {
  const mapped: Mapped[] = []
  for (const row of rows) mapped.push(await map(tenantId, source, row))
  return inTenant(sql, tenantId, async (sql) => {
    const now = await readPostgresSource(sql, source.source_id, true)
    const isSame = now?.status === 'active' && now.mapping === source.mapping && samePosition(now.position, from)
    if (!isSame) return null
    const pulled = await storeMapped(sql, tenantId, source.source_id, mapped)
    await advancePostgresSource(sql, source.source_id, rows.at(-1)!.position, pulled)
    return pulled
  }).catch((cause: Error) => {
    // Our own database had a bad moment: the job is tried again.
    throw new OurError(cause.message, { cause })
  })
}

const samePosition = (a: Position | null, b: Position | null) => a?.cursor === b?.cursor && a?.id === b?.id

async function map(tenantId: string, { source_id, mapping }: Source, row: RemoteRow): Promise<Mapped> {
  const { cursor, id } = row.position
  const key = `${source_id}:${id}:${cursor}`
  try {
    if (row.characters > MOST_CHARACTERS)
      throw new KithError(
        'BODY_TOO_LARGE',
        `Expected a row of at most ${MOST_CHARACTERS} characters; found ${row.characters}.`,
      )
    return { ...row, key, delivery: await rowDelivery(tenantId, mapping, parseJson(row.json), key) }
  } catch (error) {
    if (!(error instanceof KithError)) throw error
    return { ...row, key, problem: { code: error.code as RefusalCode, reason: error.message } }
  }
}

async function storeMapped(sql: Transaction, tenantId: string, sourceId: string, rows: Mapped[]): Promise<Pulled> {
  const owner: Owner = { tenantId, sourceId, door: 'postgres' }
  const gate = await gateOf(sql, tenantId)
  const pulled: Pulled = { rows: rows.length, stored: 0, records: 0, dead: 0 }
  const letters = []
  for (const row of rows) {
    const problem = 'problem' in row ? row.problem : await store(sql, owner, gate, row.delivery, pulled)
    if (!problem) continue
    const json = gate?.personal ? gate.personal.body(row.json) : row.json
    const beside = { type: 'row', headers: { key: row.key } }
    letters.push(deadLetter('postgres', null, { json }, problem.code, problem.reason, beside))
  }
  pulled.dead = letters.length
  if (letters.length === 0) return pulled
  const ledger = { ...owner, accepted: letters.length, repeated: 0, dead: letters.length, discarded: 0, unconsented: 0 }
  await storeBatch(sql, ledger, { rows: [], dead: letters, tallies: [] })
  return pulled
}

/** Adds to `pulled`, or resolves to why not: then nothing of the row is stored. */
async function store(sql: Transaction, owner: Owner, gate: Gate | null, delivery: Delivery, pulled: Pulled) {
  try {
    const arrival = { arrived: Date.now(), largest: config.MAX_EVENT_BYTES }
    const ready = judged(delivery, arrival, gate, owner.sourceId)
    const { stored, records } = await sql.savepoint((sql) => storeTogether(sql, owner, ready))
    pulled.stored += stored
    pulled.records += records
    return null
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code, reason: error.message }
    if (!isAboutTheData(error)) throw error
    return { code: 'EVENT_REFUSED' as const, reason: `Postgres refused it: ${(error as Error).message}` }
  }
}
