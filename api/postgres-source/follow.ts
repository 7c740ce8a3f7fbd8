/**
 * A Postgres source that follows the log of another database: first the tables as they were where its slot begins, then each
 * committed change, in order. What comes of a batch and where the source stands behind it are one transaction of ours, so each counts
 * once, whoever is killed when; and the other database is told that it may forget only what is behind that place.
 *
 *   no position       -> name a slot, make it, copy the tables as they were there
 *   position with row -> take those rows, in batches
 *   position in a log -> take its changes, until we are stopped or the source is paused, changed or begun anew
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { randomBytes } from 'node:crypto'
import { MINUTE, SECOND } from '../../config.ts'
import { type Client, inTenant, type Transaction } from '../../db/client.ts'
import {
  advanceInLog,
  dropRows,
  followingSource,
  type Held,
  holdSource,
  keepRows,
  letGoOfSource,
  nameSlot,
  type Trouble,
  type WaitingRow,
  waitingRows,
} from '../../db/sql/followed-sources.ts'
import { type FoundSource, type LogPosition, type Pulled, readPostgresSource } from '../../db/sql/postgres-sources.ts'
import { formatLsn, type Lsn, parseLsn } from '../../db/wal/lsn.ts'
import { readLog, type Replication } from '../../db/wal/replication.ts'
import { log } from '../../log.ts'
import { changesOf, type LoggedChange, wasTaken } from './changes.ts'
import { mappedChanges, mappedRows } from './mapped.ts'
import { behind, pieces } from './pieces.ts'
import { prepare, publicationOf, type FollowedTable } from './prepare.ts'
import { checkSlot, measure } from './slot.ts'
import { explained, troubleOf } from './remedies.ts'
import { openRemote, type Remote, serverOf } from './remote.ts'
import { takeSnapshot } from './snapshot.ts'
import { type Mapped, storeMapped } from './store.ts'
import { parseTables } from './tables.ts'
import { readValues } from './values.ts'
import { noteColumns, noteUntold } from './warnings.ts'

const BATCH = 500
/** An idle log is acknowledged that often, and written down before. */
const IDLE_MS = 5 * SECOND
const BEAT_MS = 3 * SECOND
const MEASURE_MS = 5 * SECOND
const CHECK_MS = MINUTE
/** So long a slot may still be another's, who has just been killed. */
const TAKEN_MS = 30 * SECOND

type Source = FoundSource & { mode: 'replication' }
type Followed = {
  sql: Client
  held: Held
  source: Source
  remote: Remote
  tables: FollowedTable[]
  role: string
  slot: string
  /** Ends when it is no more ours to follow. */
  signal: AbortSignal
  batch: number
}

/** It is another's by now, or not as it was: whoever claims it next sees how. */
class Changed extends Error {}
/** Our own database had a bad moment. */
class OurError extends Error {}

/** Until `signal`, or until something is wrong or changed. Rejects only when our own database fails. */
export async function follow(sql: Client, held: Held, signal: AbortSignal, batch = BATCH): Promise<void> {
  let trouble: Trouble | null = null
  try {
    const source = await inTenant(sql, held.tenantId, (sql) => readPostgresSource(sql, held.sourceId))
    if (source?.mode === 'replication' && source.status === 'active')
      await followSource(sql, held, source, signal, batch)
  } catch (cause) {
    if (cause instanceof OurError) throw cause
    if (!(cause instanceof Changed) && !signal.aborted) trouble = troubleOf(cause)
    if (trouble) log.warn('a source cannot follow another database', { source: held.sourceId, code: trouble.code })
  }
  await inTenant(sql, held.tenantId, (sql) => letGoOfSource(sql, held, trouble))
}

async function followSource(sql: Client, held: Held, source: Source, signal: AbortSignal, batch: number) {
  const remote = openRemote(source.url)
  const over = new AbortController()
  const end = () => over.abort(new Changed())
  signal.addEventListener('abort', end, { once: true })
  const state: State = {}
  const beating = beat(sql, held, state, over)
  try {
    const names = parseTables(source.tables)
    const { tables, role } = await prepare(remote, names, publicationOf(source.source_id))
    const followed = { sql, held, source, remote, tables, role, slot: source.slot ?? '', signal: over.signal, batch }
    if (source.position === null) {
      followed.slot = await nameNewSlot(sql, held)
      source.position = await begin(followed)
    }
    state.slot = followed.slot
    await ours(sql, held, (sql) => noteColumns(sql, source.source_id, tables))
    const checking = keepChecking(followed, over)
    try {
      const position = source.position as LogPosition
      const start = position.row === undefined ? position : await takeRows(followed, position)
      await takeLog(followed, start)
      over.signal.throwIfAborted()
    } finally {
      await checking.stop()
    }
  } catch (cause) {
    throw over.signal.aborted ? over.signal.reason : cause
  } finally {
    signal.removeEventListener('abort', end)
    await beating.stop()
    await remote.end({ timeout: 1 })
  }
}

/** What fails of this fails for us, and not for the source. */
async function ours<T>(sql: Client, { tenantId }: Held, work: (sql: Transaction) => Promise<T>): Promise<T> {
  try {
    return await inTenant(sql, tenantId, work)
  } catch (cause) {
    if (cause instanceof Changed) throw cause
    throw new OurError((cause as Error).message, { cause })
  }
}

/** With its slot once that is known: another one means that it begins anew. */
type State = { slot?: string }

/** Says every few seconds that it is followed, and ends it when it is not ours any more. */
function beat(sql: Client, held: Held, state: State, over: AbortController) {
  return every(BEAT_MS, over.signal, async () => {
    const isHeld = await inTenant(sql, held.tenantId, (sql) => holdSource(sql, held, state.slot))
    if (!isHeld) over.abort(new Changed())
  })
}

/** How much log is kept for us; now and then, whether all is still as it must be. */
function keepChecking(followed: Followed, over: AbortController) {
  const { sql, held, remote, source, tables, slot } = followed
  let checkedAt = Date.now()
  return every(MEASURE_MS, over.signal, async () => {
    await measure(sql, held, remote, slot)
    if (Date.now() - checkedAt < CHECK_MS) return
    checkedAt = Date.now()
    const now = await prepare(remote, tables, publicationOf(source.source_id)).catch((cause: unknown) =>
      over.abort(cause),
    )
    if (now) await inTenant(sql, held.tenantId, (sql) => noteColumns(sql, source.source_id, now.tables))
  })
}

function every(ms: number, signal: AbortSignal, work: () => Promise<void>) {
  const stopping = new AbortController()
  const either = AbortSignal.any([signal, stopping.signal])
  const done = (async () => {
    for (;;) {
      await sleep(ms, undefined, { signal: either }).catch(() => {})
      if (either.aborted) return
      // What it cannot say now it says next time; what the connection has is told by those who work with it.
      await work().catch(() => {})
    }
  })()
  return {
    stop() {
      stopping.abort()
      return done
    },
  }
}

async function nameNewSlot(sql: Client, held: Held): Promise<string> {
  const slot = `${publicationOf(held.sourceId)}_${randomBytes(4).toString('hex')}`
  await ours(sql, held, async (sql) => {
    if (!(await nameSlot(sql, held, slot))) throw new Changed()
  })
  return slot
}

/** Makes the slot and copies the tables; resolves to where that is. */
async function begin(followed: Followed): Promise<LogPosition> {
  const { sql, held, source, tables, role, slot } = followed
  const keep = (rows: WaitingRow[]) =>
    ours(sql, held, async (sql) => {
      await lock(sql, followed, null)
      await keepRows(sql, slot, rows)
    })
  const lsn = await takeSnapshot({ url: source.url, slot, tables, role, keep, signal: followed.signal })
  const position = { lsn, row: 0 }
  await ours(sql, held, async (sql) => {
    await lock(sql, followed, null)
    await advanceInLog(sql, source.source_id, position, { rows: 0, stored: 0, records: 0, dead: 0 })
  })
  return position
}

/** Until the transaction ends nobody else moves, changes or pauses it; throws Changed when somebody has. */
async function lock(sql: Transaction, { held, source, slot, signal }: Followed, position: LogPosition | null) {
  if (signal.aborted) throw new Changed()
  const now = await readPostgresSource(sql, held.sourceId, true)
  const isSame = now?.status === 'active' && now.slot === slot && now.mapping === source.mapping
  if (!isSame || !samePosition(now.position as LogPosition | null, position)) throw new Changed()
}

function samePosition(a: LogPosition | null, b: LogPosition | null): boolean {
  return a?.lsn === b?.lsn && (a?.changes ?? 0) === (b?.changes ?? 0) && a?.row === b?.row
}

type Step = { from: LogPosition; to: LogPosition; mapped: Mapped[]; changedAt?: number }

/** One step of the source: what came, and where it stands behind it. */
async function step(
  followed: Followed,
  { from, to, mapped, changedAt }: Step,
  more?: (sql: Transaction) => Promise<void>,
) {
  const { sql, held, source } = followed
  await ours(sql, held, async (sql) => {
    await lock(sql, followed, from)
    const none: Pulled = { rows: 0, stored: 0, records: 0, dead: 0 }
    const pulled = mapped.length > 0 ? await storeMapped(sql, held.tenantId, source.source_id, mapped) : none
    await more?.(sql)
    await advanceInLog(sql, source.source_id, to, pulled, changedAt)
  })
  return to
}

async function takeRows(followed: Followed, start: LogPosition): Promise<LogPosition> {
  const { sql, held, source, slot, tables, batch, signal } = followed
  await ours(sql, held, (sql) => followingSource(sql, held))
  let position = start
  while (!signal.aborted) {
    const rows = await ours(sql, held, (sql) => waitingRows(sql, slot, position.row!, batch))
    const last = rows.at(-1)
    if (!last) return step(followed, { from: position, to: { lsn: position.lsn }, mapped: [] })
    const mapped = await mappedRows(held.tenantId, source, tables, rows)
    const to = { lsn: position.lsn, row: last.n }
    position = await step(followed, { from: position, to, mapped }, (sql) => dropRows(sql, slot, last.n))
  }
  throw signal.reason
}

async function takeLog(followed: Followed, start: LogPosition): Promise<void> {
  const { sql, held, source, remote, slot, signal, role, tables } = followed
  await checkSlot(remote, slot, start)
  const wal = await openStream(followed)
  const stop = () => void wal.close()
  signal.addEventListener('abort', stop, { once: true })
  try {
    if (signal.aborted) return
    await ours(sql, held, (sql) => followingSource(sql, held))
    log.info('a source follows another database', { source: source.source_id, tables: tables.length })
    let position = start
    for (;;) {
      const batch = await wal.next(IDLE_MS).catch((cause: unknown) => {
        throw explained(cause, role)
      })
      if (!batch) return
      position = await takeBatch(followed, position, batch.messages, batch.upTo)
      wal.acknowledge(batch)
    }
  } finally {
    signal.removeEventListener('abort', stop)
    await wal.close()
  }
}

async function openStream({ source, slot, role, tables, signal }: Followed): Promise<Replication<LoggedChange>> {
  const options = {
    slot,
    publication: publicationOf(source.source_id),
    name: 'kith source',
    read: changesOf(tables),
    isPatient: true,
  }
  for (const until = Date.now() + TAKEN_MS; ; ) {
    try {
      return await readLog(serverOf(source.url), options)
    } catch (cause) {
      const isTaken = (cause as { code?: string }).code === '55006'
      if (!isTaken || Date.now() > until || signal.aborted) throw explained(cause, role)
      await sleep(SECOND, undefined, { signal }).catch(() => {})
    }
  }
}

/** Behind a batch, which may end within a transaction. */
async function takeBatch(
  followed: Followed,
  start: LogPosition,
  changes: LoggedChange[],
  upTo: Lsn,
): Promise<LogPosition> {
  const { source, remote, held } = followed
  let position = start
  const done = { lsn: parseLsn(start.lsn), changes: start.changes ?? 0 }
  for (const piece of pieces(
    changes.filter((change) => !wasTaken(change, done)),
    followed.batch,
  )) {
    const read = await readValues(remote, piece)
    const mapped = await mappedChanges(held.tenantId, source, followed.slot, read)
    const last = piece.at(-1)!
    const to = behind(last)
    const note = noteUntold(read)
    position = await step(followed, { from: position, to, mapped, changedAt: last.committedAt }, async (sql) => {
      await note?.(sql, source.source_id)
    })
  }
  if (changes.length > 0 || upTo <= parseLsn(position.lsn)) return position
  return step(followed, { from: position, to: { lsn: formatLsn(upTo) }, mapped: [] })
}
