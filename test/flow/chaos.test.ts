// Ten thousand events go in by HTTP while API, relay and workers are killed at random. A ledger of what was sent is compared
// with what was stored and with the transitions that came of it: none lost, none twice.

import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { findFreePort } from '../../db/server/port.ts'
import { testDatabase, until } from '../database.ts'
import { type KithProcess, startProcess } from '../processes.ts'

const USERS = 2000
const EVENTS_EACH = 5
const BATCH = 50
const KILLS = 8

const db = await testDatabase()
const tenant = await db.createTenant('shop')
const slot = `chaos_${randomBytes(5).toString('hex')}`
const port = await findFreePort(0)
const env = {
  API_DATABASE_URL: db.apiUrl,
  WORKER_DATABASE_URL: db.workerUrl,
  RELAY_SLOT: slot,
  PORT: String(port),
  WORKER_DEAD_AFTER_S: '2',
  LOG_LEVEL: 'warn',
}
const running = new Map<string, KithProcess>()
const start = (place: string) => running.set(place, startProcess(`bin/${place.split(' ')[0]}.ts`, env))
const places = ['api', 'relay', 'relay standby', 'worker', 'worker two']

afterAll(async () => {
  await Promise.all([...running.values()].map((process) => process.kill()))
  await until(async () => {
    await db.owner`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = ${slot} AND NOT active`
    return (await db.owner`SELECT FROM pg_replication_slots WHERE slot_name = ${slot}`).length === 0
  })
})

const api = `http://127.0.0.1:${port}`
const answers = (path: string) =>
  fetch(api + path).then(
    (response) => response.ok,
    () => false,
  )

type Sent = { messageId: string; userId: string; type: 'track'; event: string }

/** As a client library does: the same batch again until it is acknowledged. */
async function send(batch: Sent[]): Promise<void> {
  const body = JSON.stringify({ batch })
  const headers = { 'content-type': 'application/json', authorization: `Basic ${btoa('shop-write:')}` }
  while (
    !(await fetch(`${api}/v1/batch`, { method: 'POST', headers, body }).then(
      (response) => response.ok,
      () => false,
    ))
  )
    await sleep(50)
}

it('loses nothing and does nothing twice while its processes are killed', async () => {
  for (const place of places) start(place)
  await until(() => answers('/readyz'), Boolean, { timeout: 30_000, every: 50 })
  const segment = async (key: string, count: number) => {
    const rule = { event: { name: 'Order Completed', count: { gte: count } } }
    await db.owner`INSERT INTO segments (tenant_id, key, name, rule) VALUES (${tenant}, ${key}, ${key}, ${rule as never}::jsonb)`
  }
  await Promise.all([segment('bought', 1), segment('bought all', EVENTS_EACH)])

  const ledger: Sent[] = Array.from({ length: USERS * EVENTS_EACH }, (_, n) => ({
    messageId: randomUUID(),
    userId: `user ${n % USERS}`,
    type: 'track',
    event: 'Order Completed',
  }))
  const batches = Array.from({ length: ledger.length / BATCH }, (_, n) => ledger.slice(n * BATCH, (n + 1) * BATCH))
  let [left, kills] = [batches.length, 0]
  const senders = Array.from({ length: 4 }, async () => {
    for (let batch = batches.pop(); batch; batch = batches.pop()) {
      // As many are kept back as kills are to come.
      await until(() => left > (KILLS - kills) * 10 || kills === KILLS, Boolean, { timeout: 60_000 })
      await send(batch)
      left--
    }
  })
  for (; kills < KILLS; kills++) {
    await sleep(100 + Math.random() * 400)
    const place = places[kills % places.length]!
    await running.get(place)!.kill()
    start(place)
  }
  await Promise.all(senders)

  const unfinished = async () => (await db.worker`SELECT FROM graphile_worker.jobs`).length
  const transitions = () => db.owner<{ key: string; users: number; transitions: number }[]>`
SELECT s.key, count(DISTINCT t.profile_id)::int AS users, count(*)::int AS transitions
FROM transitions t JOIN segments s ON s.id = t.segment_id WHERE t.kind = 'segment_entered' GROUP BY s.key ORDER BY s.key`
  await until(transitions, (rows) => rows.length === 2 && rows.every((row) => row.users >= USERS), {
    timeout: 60_000,
    every: 200,
  })
  await until(unfinished, (count) => count === 0, { timeout: 20_000, every: 100 })

  const stored = await db.owner`SELECT message_id AS id FROM events WHERE tenant_id = ${tenant}`
  expect(stored.map((row) => row.id).sort()).toEqual(ledger.map((event) => event.messageId).sort())
  expect(await transitions()).toEqual([
    { key: 'bought', users: USERS, transitions: USERS },
    { key: 'bought all', users: USERS, transitions: USERS },
  ])
  const [profiles] = await db.owner`SELECT count(*)::int AS count FROM profiles WHERE merged_into IS NULL`
  expect(profiles!.count).toBe(USERS)
  const [feed] = await db.owner`
SELECT count(*)::int AS rows, max(seq)::int AS last FROM feed WHERE tenant_id = ${tenant}`
  expect(feed!.last).toBe(feed!.rows)
}, 180_000)
