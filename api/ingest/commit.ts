/** One transaction for one tenant's batch, and what to do when Postgres refuses it. */
import { type Client, inTenant } from '../../db/client.ts'
import type { DeadLetterRow } from '../../db/sql/store-dead-letters.ts'
import type { EventRow } from '../../db/sql/store-events.ts'
import { traced } from '../../db/sql/emit-trace.ts'
import { log } from '../../log.ts'
import { startSpan, within } from '../../trace.ts'
import { deadLetter } from './dead-letter.ts'
import { Refusal } from './refusal.ts'
import { type StoredBatch, storeBatch } from './store.ts'
import { addKeptOut, type Committed, type Door, type KeptOut, nothingKeptOut, type Submission } from './submission.ts'
import { type Judged, type Stored, storeTogether } from './together.ts'

const ATTEMPTS = 3

export type Owner = { tenantId: string; sourceId: string | null; door: Door }
/** `error`: why Postgres refused this row and no other. */
type Attempt = { fresh: Set<string>; withheld: Set<string>; refused: Map<string, Error> }
/** What one transaction stores; `accepted` is all that it must account for. */
type Work = KeptOut & { rows: EventRow[]; dead: DeadLetterRow[]; repeated: number; accepted: number }

/** Resolves or rejects each submission; never rejects itself. */
export async function commitBatch(sql: Client, owner: Owner, batch: Submission[]): Promise<void> {
  try {
    const links = batch.flatMap(({ trace }) => trace ?? [])
    const attributes = { 'kith.requests': batch.length, 'kith.door': owner.door }
    const span = startSpan('store events', { links, attributes })
    const attempt = await within(span, () => store(sql, owner, batch))
    const outcomes = batch.map((submission) => outcomeOf(owner.door, submission, attempt))
    const letters = outcomes.flatMap(({ refused }) => refused.map(({ letter }) => letter))
    if (letters.length > 0) await transact(sql, owner, onlyDead(letters))
    for (const [at, submission] of batch.entries()) submission.resolve(outcomes[at]!)
  } catch (error) {
    for (const submission of batch) submission.reject(error)
  }
}

/** The rows by message id: an id that came twice is taken once. */
function firstOfEach(batch: Submission[]): Map<string, EventRow> {
  const rows = new Map<string, EventRow>()
  for (const submission of batch) {
    for (const row of submission.rows) if (!rows.has(row.message_id)) rows.set(row.message_id, row)
  }
  return rows
}

/** Takes what it counts out of `attempt`: the first to come with an id has it stored, for the next it is a duplicate. */
function outcomeOf(door: Door, { rows, raws, arrival }: Submission, { fresh, withheld, refused }: Attempt): Committed {
  const outcome: Committed = { stored: 0, deduplicated: 0, unconsented: 0, refused: [] }
  for (const [at, { message_id: messageId }] of rows.entries()) {
    const error = refused.get(messageId)
    if (fresh.delete(messageId)) outcome.stored++
    else if (withheld.delete(messageId)) outcome.unconsented++
    else if (error && refused.delete(messageId)) {
      const raw = raws[at]!
      const reason = `Postgres refused it: ${error.message}`
      outcome.refused.push({ raw, letter: deadLetter(door, messageId, raw, 'EVENT_REFUSED', reason, arrival) })
    } else outcome.deduplicated++
  }
  return outcome
}

async function store(sql: Client, owner: Owner, batch: Submission[]): Promise<Attempt> {
  const byId = firstOfEach(batch)
  const rows = [...byId.values()]
  const dead = batch.flatMap((submission) => submission.dead)
  const repeated = batch.reduce((sum, submission) => sum + submission.rows.length, 0) - rows.length
  const accepted = batch.reduce((sum, submission) => sum + submission.accepted, 0)
  const keptOut = nothingKeptOut()
  for (const submission of batch) addKeptOut(keptOut, submission.keptOut)
  try {
    return attempted(rows, await transact(sql, owner, { rows, dead, repeated, accepted, ...keptOut }))
  } catch (error) {
    if (!isAboutTheData(error)) throw error
    log.warn('a batch was refused; looking for the event that is to blame', { rows: rows.length, code: codeOf(error) })
    if (accepted > rows.length)
      await transact(sql, owner, { rows: [], dead, repeated, accepted: accepted - rows.length, ...keptOut })
    return bisect(sql, owner, rows, error as Error)
  }
}

/** `rows` have failed together, with `error`: stores them in halves, until those that fail alone are found. */
async function bisect(sql: Client, owner: Owner, rows: EventRow[], error: Error): Promise<Attempt> {
  const result: Attempt = { fresh: new Set(), withheld: new Set(), refused: new Map() }
  if (rows.length === 1) result.refused.set(rows[0]!.message_id, error)
  if (rows.length <= 1) return result
  const middle = rows.length >> 1
  for (const half of [rows.slice(0, middle), rows.slice(middle)]) {
    const part = await tryHalf(sql, owner, half)
    for (const id of part.fresh) result.fresh.add(id)
    for (const id of part.withheld) result.withheld.add(id)
    for (const [id, reason] of part.refused) result.refused.set(id, reason)
  }
  return result
}

async function tryHalf(sql: Client, owner: Owner, rows: EventRow[]): Promise<Attempt> {
  try {
    return attempted(
      rows,
      await transact(sql, owner, { rows, dead: [], repeated: 0, accepted: rows.length, ...nothingKeptOut() }),
    )
  } catch (error) {
    if (!isAboutTheData(error)) throw error
    return bisect(sql, owner, rows, error as Error)
  }
}

function onlyDead(dead: DeadLetterRow[]): Work {
  return { rows: [], dead, repeated: 0, accepted: dead.length, ...nothingKeptOut() }
}

function attempted(rows: EventRow[], { fresh, withheld }: StoredBatch): Attempt {
  const ids = () => rows.map((row) => row.message_id).filter((id) => !withheld.has(id))
  return { fresh: fresh ?? new Set(ids()), withheld, refused: new Map() }
}

function transact(sql: Client, owner: Owner, work: Work): Promise<StoredBatch> {
  const { dead, repeated, accepted, discarded, unconsented } = work
  const ledger = { ...owner, accepted, repeated, dead: dead.length, discarded, unconsented }
  return insistently(() =>
    inTenant(
      sql,
      owner.tenantId,
      traced((sql) => storeBatch(sql, ledger, work)),
    ),
  )
}

/** See together.ts. What Postgres refuses of the data is a Refusal as well. */
export function commitTogether(sql: Client, owner: Owner, delivery: Judged): Promise<Stored> {
  return insistently(() =>
    inTenant(
      sql,
      owner.tenantId,
      traced((sql) => storeTogether(sql, owner, delivery)),
    ),
  ).catch((error: unknown) => {
    if (!isAboutTheData(error)) throw error
    throw new Refusal('EVENT_REFUSED', `Postgres refused it: ${(error as Error).message}`)
  })
}

async function insistently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!isWorthRepeating(error) || attempt === ATTEMPTS) throw error
    }
  }
}

/** Data exceptions, constraints, limits, what a trigger raises: the same batch would fail again. */
export function isAboutTheData(error: unknown): boolean {
  return /^(22|23|54|P0001)/.test(codeOf(error))
}

/** Deadlock and serialisation failure. */
function isWorthRepeating(error: unknown): boolean {
  return /^40(P01|001)$/.test(codeOf(error))
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? '')
}
