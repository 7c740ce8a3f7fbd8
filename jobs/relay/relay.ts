/**
 * Turns what commits into jobs. Several relays may run: the one that reads from the slot leads, the others wait for it.
 *
 *   absent -> create, recompute       the first start: what was written before is caught up with
 *   lost   -> drop, create, recompute the log was thrown away before it was read: loud, and never silent
 *   taken  -> stand by
 *   free   -> lead, until the connection is lost or we are stopped
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, connect } from '../../db/client.ts'
import { enqueue, type Position } from '../../db/sql/enqueue.ts'
import { parseLsn } from '../../db/wal/lsn.ts'
import { replicate, type Replication, type WalBatch, type WalMessage } from '../../db/wal/replication.ts'
import { createSlot, dropLostSlot, slotState } from '../../db/wal/slot.ts'
import { log } from '../../log.ts'
import { type OpenJobs, plan } from './batch.ts'
import { clearRecompute, oweRecompute, owesRecompute } from './recompute.ts'

export type RelayOptions = { url: string; slot: string; signal: AbortSignal; name?: string }

const STANDBY_EVERY_MS = 200
const HEARTBEAT_EVERY_MS = 1000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 3000

/** Runs until `signal`, and survives whatever Postgres does: it says what is wrong, waits, and tries again. */
export async function runRelay({
  url,
  slot,
  signal,
  name = `${hostname()}:${process.pid}`,
}: RelayOptions): Promise<void> {
  const sql = connect(url, { max: 1, name: 'kith relay' }) // one: statements keep their order
  let pause = FIRST_PAUSE_MS
  try {
    while (!signal.aborted) {
      try {
        const led = await takeTurn(sql, url, slot, name, signal)
        pause = led ? FIRST_PAUSE_MS : STANDBY_EVERY_MS
      } catch (error) {
        if (signal.aborted) break
        if (!isTaken(error)) log.warn('relay interrupted', { slot, pause, error: (error as Error).message })
        pause = isTaken(error) ? STANDBY_EVERY_MS : Math.min(pause * 2, LONGEST_PAUSE_MS)
      }
      await sleep(pause, undefined, { signal }).catch(() => {})
    }
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** Leads as long as it goes well. False, at once, when another leads. */
async function takeTurn(sql: Client, url: string, slot: string, name: string, signal: AbortSignal): Promise<boolean> {
  const state = await slotState(sql, slot)
  if (state === 'taken') return false
  if (state !== 'free' || (await owesRecompute(sql, slot))) await renewSlot(sql, slot, state === 'lost')

  const wal = await replicate(url, { slot, publication: 'kith', prefix: 'kith' })
  const stop = () => void wal.close()
  signal.addEventListener('abort', stop, { once: true })
  try {
    if (!signal.aborted) await lead(sql, wal, slot, `${name}:${randomBytes(3).toString('hex')}`)
    return true
  } finally {
    signal.removeEventListener('abort', stop)
    await wal.close()
  }
}

/** The whole of it: read, enqueue, and only then acknowledge. */
async function lead(sql: Client, wal: Replication, slot: string, leader: string): Promise<void> {
  const turn: Turn = { slot, leader, position: await takeOver(sql, slot, leader), open: new Map() }
  const heartbeat = setInterval(() => void beat(sql, slot, leader), HEARTBEAT_EVERY_MS)
  log.info('relay leads', { slot, leader })
  try {
    let enqueued = Promise.resolve()
    for (let next = await wal.next(); next; next = await wal.next()) {
      const [batch, before] = [next, enqueued]
      enqueued = enqueueBatch(sql, turn, batch).then(
        () => wal.acknowledge(batch),
        (error: Error) => wal.fail(error),
      )
      // Of a backlog the next batch is put together while this one is written.
      await (batch.isFull ? before : enqueued)
    }
    await enqueued
    log.info('relay steps down', { slot, leader })
  } finally {
    clearInterval(heartbeat)
  }
}

type Turn = {
  slot: string
  leader: string
  /** The last message that was enqueued, or is about to be. */
  position: Position
  open: OpenJobs
}

/**
 * After a crash Postgres sends again what it had not yet noted as acknowledged: the checkpoint knows better. Each enqueue
 * wants the one before to have been done, so that when that fails, none after it moves the checkpoint past the gap.
 */
async function enqueueBatch(sql: Client, turn: Turn, batch: WalBatch): Promise<void> {
  const { slot, leader, open, position: after } = turn
  const fresh = batch.messages.filter((message) => isAfter(message, after))
  const last = fresh.at(-1)
  if (!last) return
  const upTo = { commitLsn: last.commitLsn, messageLsn: last.messageLsn }
  turn.position = upTo
  const { jobs, spans, done } = plan(fresh, open)
  const xids = [...new Set(fresh.map(({ xid }) => xid))]
  const keys = await enqueue(sql, { slot, leader, after, upTo, xids, jobs })
  for (const span of spans) span.end({ 'kith.jobs': jobs.length })
  if (!keys) throw new Error('Another relay has taken the lead.')
  done(keys)
}

function isAfter(message: WalMessage, { commitLsn, messageLsn }: Position): boolean {
  return message.commitLsn === commitLsn ? message.messageLsn > messageLsn : message.commitLsn > commitLsn
}

/** From here on no former leader enqueues anything; where the last one got to. */
async function takeOver(sql: Client, slot: string, leader: string): Promise<Position> {
  const [row] = await sql<{ lsn: string; messageLsn: string }[]>`
UPDATE ops.relays SET leader = ${leader}, updated_at = now() WHERE slot = ${slot}
RETURNING lsn, message_lsn AS "messageLsn"`
  if (!row) throw new Error(`Expected a row of ops.relays for the slot ${slot}; somebody has deleted it.`)
  return { commitLsn: parseLsn(row.lsn), messageLsn: parseLsn(row.messageLsn) }
}

async function beat(sql: Client, slot: string, leader: string): Promise<void> {
  await sql`UPDATE ops.relays SET updated_at = now() WHERE slot = ${slot} AND leader = ${leader}`.catch(() => {})
}

async function renewSlot(sql: Client, slot: string, isLost: boolean): Promise<void> {
  await oweRecompute(sql, slot)
  if (isLost) await dropLostSlot(sql, slot)
  await createSlot(sql, slot)
  await clearRecompute(sql, slot)
}

function isTaken(error: unknown): boolean {
  return (error as { code?: string }).code === '55006'
}
