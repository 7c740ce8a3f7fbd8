/** What came of another database's rows, stored in the transaction that also says how far they have been read. */
import { config } from '../../config.ts'
import type { Transaction } from '../../db/client.ts'
import type { Pulled } from '../../db/sql/postgres-sources.ts'
import { KithError } from '../../errors.ts'
import { isAboutTheData, type Owner } from '../ingest/commit.ts'
import { deadLetter } from '../ingest/dead-letter.ts'
import type { Gate } from '../ingest/gate.ts'
import { gateOf } from '../ingest/gates.ts'
import { Refusal, type RefusalCode } from '../ingest/refusal.ts'
import { storeBatch } from '../ingest/store.ts'
import { addKeptOut, nothingKeptOut } from '../ingest/submission.ts'
import { type Delivery, type Judged, judged, storeTogether } from '../ingest/together.ts'
import { HEAD_CHARACTERS, MOST_CHARACTERS } from './remote.ts'
import { runMappings } from '../webhooks/mapping.ts'
import { inputOf, type RowInput, type RowType, toDelivery } from './row.ts'
// What a record may be is read from the schema, which a worker has no other reason to make.
import '../schema/index.ts'

export type Problem = { code: RefusalCode; reason: string }
/** `key` names the row as it was; `json` is what a dead letter of it keeps. */
export type Mapped = { key: string; type: RowType; json: string } & ({ delivery: Delivery } | { problem: Problem })

/** Of a row of too many characters `json` may be its head. */
export type CameRow = { key: string; json: string; characters?: number }

/** In their order. Never rejects for what a mapping or a row has wrong. */
export async function mapRows(tenantId: string, mapping: string, type: RowType, came: CameRow[]): Promise<Mapped[]> {
  const read = came.map((row) => whenRight(() => readRow(type, row)))
  const inputs = read.flatMap((one) => ('problem' in one ? [] : [one.right]))
  const made = await runMappings(tenantId, mapping, inputs)
  return came.map(({ key, json: whole, characters }, n) => {
    const json = isTooLong(whole, characters) ? whole.slice(0, HEAD_CHARACTERS) : whole
    const one = read[n]!
    if ('problem' in one) return { key, type, json, problem: one.problem }
    const its = made.shift()!
    const delivery = whenRight(() => {
      if (its instanceof KithError) throw its
      return toDelivery(its, key)
    })
    return { key, type, json, ...('problem' in delivery ? delivery : { delivery: delivery.right }) }
  })
}

const isTooLong = (json: string, characters = json.length) => characters > MOST_CHARACTERS

function readRow(type: RowType, { json, characters = json.length }: CameRow): RowInput {
  if (!isTooLong(json, characters)) return inputOf(type, json)
  const reason = `Expected a row of at most ${MOST_CHARACTERS} characters; found ${characters}.`
  throw new KithError('BODY_TOO_LARGE', reason)
}

function whenRight<T>(work: () => T): { right: T } | { problem: Problem } {
  try {
    return { right: work() }
  } catch (error) {
    if (!(error instanceof KithError)) throw error
    return { problem: { code: error.code as RefusalCode, reason: error.message } }
  }
}

export async function storeMapped(
  sql: Transaction,
  tenantId: string,
  sourceId: string,
  rows: Mapped[],
): Promise<Pulled> {
  const owner: Owner = { tenantId, sourceId, door: 'postgres' }
  const gate = await gateOf(sql, tenantId)
  const pulled: Pulled = { rows: rows.length, stored: 0, records: 0, dead: 0 }
  const letters = []
  await sql`SELECT ops.a_source_writes()` // before all else that it writes: who follows our own log passes it over
  const ready = rows.map((row) => judge(row, gate, sourceId))
  const problems = (await storeAll(sql, owner, ready, pulled)) ?? (await storeEach(sql, owner, ready, pulled))
  for (const [n, row] of rows.entries()) {
    const problem = problems[n]
    if (!problem) continue
    const json = gate?.personal ? gate.personal.body(row.json) : row.json
    const beside = { type: row.type, headers: { key: row.key } }
    letters.push(deadLetter('postgres', null, { json }, problem.code, problem.reason, beside))
  }
  pulled.dead = letters.length
  if (letters.length === 0) return pulled
  const ledger = { ...owner, accepted: letters.length, repeated: 0, dead: letters.length, discarded: 0, unconsented: 0 }
  await storeBatch(sql, ledger, { rows: [], dead: letters, tallies: [] })
  return pulled
}

type Ready = Judged | Problem
const isProblem = (ready: Ready): ready is Problem => 'reason' in ready

function judge(row: Mapped, gate: Gate | null, sourceId: string): Ready {
  if ('problem' in row) return row.problem
  try {
    return judged(row.delivery, { arrived: Date.now(), largest: config.MAX_EVENT_BYTES }, gate, sourceId)
  } catch (error) {
    return problemOf(error)
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) return { code: error.code, reason: error.message }
  if (!isAboutTheData(error)) throw error
  return { code: 'EVENT_REFUSED', reason: `Postgres refused it: ${(error as Error).message}` }
}

type Problems = (Problem | null)[]

/** As one, which is what mostly comes of it, and many times faster; null, and nothing stored, when one of them does not fit. */
async function storeAll(sql: Transaction, owner: Owner, ready: Ready[], pulled: Pulled): Promise<Problems | null> {
  const all: Judged = { key: null, records: [], rows: [], keptOut: nothingKeptOut() }
  for (const one of ready) {
    if (isProblem(one)) continue
    all.rows.push(...one.rows)
    all.records.push(...one.records)
    addKeptOut(all.keptOut, one.keptOut)
  }
  try {
    await storeOne(sql, owner, all, pulled)
    return ready.map((one) => (isProblem(one) ? one : null))
  } catch (error) {
    problemOf(error)
    return null
  }
}

async function storeEach(sql: Transaction, owner: Owner, ready: Ready[], pulled: Pulled): Promise<Problems> {
  const problems: Problems = []
  for (const one of ready) {
    problems.push(isProblem(one) ? one : await storeOne(sql, owner, one, pulled).then(() => null, problemOf))
  }
  return problems
}

/** Adds to `pulled`; throws, and nothing is stored, when it does not fit. */
async function storeOne(sql: Transaction, owner: Owner, ready: Judged, pulled: Pulled): Promise<void> {
  const { stored, records } = await sql.savepoint((sql) => storeTogether(sql, owner, ready))
  pulled.stored += stored
  pulled.records += records
}
