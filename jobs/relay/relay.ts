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
import { enqueue } from '../../db/sql/enqueue.ts'
import { type Lsn, parseLsn } from '../../db/wal/lsn.ts'
import { replicate, type Replication, type WalBatch, type WalMessage } from '../../db/wal/replication.ts'
import { createSlot, dropLostSlot, slotState } from '../../db/wal/slot.ts'
import { log } from '../../log.ts'
import { type OpenJobs, plan } from './batch.ts'
import { clearRecompute, oweRecompute, owesRecompute } from './recompute.ts'

export type RelayOptions = { url: string; slot: string; signal: AbortSignal; name?: string }

const STANDBY_EVERY_MS = 200
const HEARTBEAT_EVERY_MS = 2000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 3000

/** Runs until `signal`, and survives whatever Postgres does: it says what is wrong, waits, and tries again. */
export async function runRelay({
  url,
  slot,
  signal,
  name = `${hostname()}:${process.pid}`,
}: RelayOptions): Promise<void> {
  const sql = connect(url, { max: 3, name: 'kith relay' })
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
  const checkpoint = await takeOver(sql, slot, leader)
  const heartbeat = setInterval(() => void beat(sql, slot, leader), HEARTBEAT_EVERY_MS)
  const open: OpenJobs = new Map()
  log.info('relay leads', { slot, leader })
  try {
    for (let batch = await wal.next(); batch; batch = await wal.next()) {
      await enqueueBatch(sql, { slot, leader, batch, checkpoint, open })
      wal.acknowledge(batch)
    }
    log.info('relay steps down', { slot, leader })
  } finally {
    clearInterval(heartbeat)
  }
}

type Turn = { slot: string; leader: string; batch: WalBatch; checkpoint: Checkpoint; open: OpenJobs }

/** After a crash Postgres sends again what it had not yet noted as acknowledged: the checkpoint knows better. */
async function enqueueBatch(sql: Client, { slot, leader, batch, checkpoint, open }: Turn): Promise<void> {
  const fresh = batch.messages.filter((message) => isAfter(message, checkpoint))
  const last = fresh.at(-1)
  if (!last) return
  const { jobs, done } = plan(fresh, open)
  const keys = await enqueue(sql, { slot, leader, commitLsn: last.commitLsn, messageLsn: last.messageLsn, jobs })
  if (!keys) throw new Error('Another relay has taken the lead.')
  done(keys)
}

type Checkpoint = { commitLsn: Lsn; messageLsn: Lsn }

function isAfter(message: WalMessage, checkpoint: Checkpoint): boolean {
  if (message.commitLsn !== checkpoint.commitLsn) return message.commitLsn > checkpoint.commitLsn
  return message.messageLsn > checkpoint.messageLsn
}

/** From here on no former leader enqueues anything; where the last one got to. */
async function takeOver(sql: Client, slot: string, leader: string): Promise<Checkpoint> {
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
