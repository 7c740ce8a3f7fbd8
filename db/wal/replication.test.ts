import { afterAll, expect, it } from 'vitest'
import { testDatabase, until } from '../../test/database.ts'
import { formatLsn, parseLsn } from './lsn.ts'
import { replicate } from './replication.ts'
import { createSlot, slotState } from './slot.ts'

const db = await testDatabase()
const slot = `wal_${Date.now()}`
await createSlot(db.worker, slot)
afterAll(() => db.owner`SELECT pg_drop_replication_slot(${slot})`)

const open = () => replicate(db.workerUrl, { slot, publication: 'kith', prefix: 'test' })
const emit = (...contents: string[]) =>
  db.owner`SELECT pg_logical_emit_message(true, 'test', content) FROM unnest(${contents}::text[]) AS content`
const confirmed = async () =>
  parseLsn(
    (await db.owner`SELECT confirmed_flush_lsn AS lsn FROM pg_replication_slots WHERE slot_name = ${slot}`)[0]!
      .lsn as string,
  )

it('writes a place in the log as Postgres does', () => {
  for (const text of ['0/0', '16/B374D848', 'FFFFFFFF/FFFFFFFF']) expect(formatLsn(parseLsn(text))).toBe(text)
})

it('gives the messages of its prefix in order, and nothing of a transaction that was rolled back', async () => {
  const wal = await open()
  await db.owner`SELECT pg_logical_emit_message(true, 'other', 'x')`
  await db.owner
    .begin(async (sql) => {
      await sql`SELECT pg_logical_emit_message(true, 'test', 'never')`
      throw new Error('no')
    })
    .catch(() => {})
  await emit('one', 'two')
  const batch = (await wal.next())!
  expect(batch.messages.map((message) => message.content)).toEqual(['one', 'two'])
  expect(batch.messages[0]!.commitLsn).toBe(batch.messages[1]!.commitLsn)
  expect(batch.messages[0]!.messageLsn).toBeLessThan(batch.messages[1]!.messageLsn)
  wal.acknowledge(batch)
  await wal.close()
})

it('gives again what was not acknowledged, and never what was', async () => {
  await emit('kept')
  const first = await open()
  expect((await first.next())!.messages.map((message) => message.content)).toEqual(['kept'])
  await first.close()

  const second = await open()
  const again = (await second.next())!
  expect(again.messages.map((message) => message.content)).toEqual(['kept'])
  second.acknowledge(again)
  await second.close()
  expect(await confirmed()).toBeGreaterThanOrEqual(again.upTo)

  await emit('new')
  const third = await open()
  const batch = (await third.next())!
  expect(batch.messages.map((message) => message.content)).toEqual(['new'])
  third.acknowledge(batch)
  await third.close()
})

it('acknowledges nothing while a batch is in hand, however long that takes', async () => {
  const wal = await open()
  await emit('slow')
  const batch = (await wal.next())!
  await emit('later')
  await new Promise((resolve) => setTimeout(resolve, 1500)) // longer than a status interval
  expect(await confirmed()).toBeLessThan(batch.upTo)
  wal.acknowledge(batch)
  await until(confirmed, (lsn) => lsn >= batch.upTo)
  wal.acknowledge((await wal.next())!)
  await wal.close()
})

it('leaves in Postgres what its reader has no time for', async () => {
  const wal = await open()
  for (let n = 0; n < 10; n++)
    await db.owner`SELECT pg_logical_emit_message(true, 'test', repeat('x', 500000)) FROM generate_series(1, 20)`
  await new Promise((resolve) => setTimeout(resolve, 300))
  const [sender] = await db.owner`
SELECT (pg_current_wal_lsn() - sent_lsn)::float8 AS unsent FROM pg_stat_replication JOIN pg_replication_slots ON active_pid = pid
WHERE slot_name = ${slot}`
  expect(sender!.unsent).toBeGreaterThan(50_000_000)
  let count = 0
  while (count < 200) {
    const batch = (await wal.next())!
    count += batch.messages.length
    wal.acknowledge(batch)
  }
  expect(count).toBe(200)
  await wal.close()
})

it('is refused while another reads, and free at once when that one closes', async () => {
  const first = await open()
  expect(await slotState(db.worker, slot)).toBe('taken')
  await expect(open()).rejects.toMatchObject({ code: '55006' })
  await first.close()
  await until(async () => (await slotState(db.worker, slot)) === 'free')
  await (await open()).close()
})

it('throws when its connection is lost', async () => {
  const wal = await open()
  const next = wal.next()
  await db.owner`SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = ${slot}`
  await expect(next).rejects.toThrow()
  await wal.close()
})
