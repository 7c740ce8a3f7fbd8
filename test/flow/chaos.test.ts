// Ten thousand events go in by HTTP while API, relay, workers and Postgres itself are killed in turn. A ledger of what was
// sent is compared with what was stored, with the transitions that came of it, and with what a subscriber was told that
// resumes after its cursor: none lost, none twice.

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { connect } from '../../db/client.ts'
import { migrate } from '../../db/migrate.ts'
import { type Cluster, startCluster, stopCluster } from '../../db/server/cluster.ts'
import { findFreePort } from '../../db/server/port.ts'
import { until } from '../database.ts'
import { throwawaySettings } from '../postgres.ts'
import { type KithProcess, startProcess } from '../processes.ts'
import { subscribe } from '../subscribe.ts'

const USERS = 2000
const EVENTS_EACH = 5
const BATCH = 50
const VICTIMS = ['api', 'relay', 'worker', 'postgres', 'relay standby', 'worker two', 'api', 'postgres']

const dataDir = join(tmpdir(), `kith-chaos-${randomBytes(6).toString('hex')}`, 'data')
const startServer = (port: number) => startCluster({ dataDir, port, settings: throwawaySettings })
let cluster: Cluster = await startServer(0)
await migrate(cluster.url)
const owner = connect(cluster.url, { max: 2, name: 'test owner' })

const port = await findFreePort(0)
const env = { DATABASE_URL: cluster.url, PORT: String(port), WORKER_DEAD_AFTER_S: '2', LOG_LEVEL: 'warn' }
const running = new Map<string, KithProcess>()
const start = (place: string) => running.set(place, startProcess(`bin/${place.split(' ')[0]}.ts`, env))

afterAll(async () => {
  await Promise.all([...running.values()].map((process) => process.kill()))
  await owner.end({ timeout: 1 })
  await stopCluster(cluster.dataDir, 'immediate')
  rmSync(dirname(dataDir), { recursive: true, force: true })
})

const api = `http://127.0.0.1:${port}`
const isWell = (response: Promise<Response>) =>
  response.then(
    (answer) => answer.ok,
    () => false,
  )

async function createTenant(): Promise<string> {
  const [tenant] = await owner<[{ id: string }]>`INSERT INTO tenants (slug, name) VALUES ('shop', 'shop') RETURNING id`
  for (const scope of ['write', 'read']) {
    const hash = createHash('sha256').update(`shop-${scope}`).digest('hex')
    await owner`INSERT INTO api_keys (tenant_id, name, hash, scopes) VALUES (${tenant.id}, ${scope}, ${hash}, ${[scope]})`
  }
  return tenant.id
}

type Sent = { messageId: string; userId: string; type: 'track'; event: string }

/** As a client library does: the same batch again until it is acknowledged. */
async function send(batch: Sent[]): Promise<void> {
  const body = JSON.stringify({ batch })
  const headers = { 'content-type': 'application/json', authorization: `Basic ${btoa('shop-write:')}` }
  while (!(await isWell(fetch(`${api}/v1/batch`, { method: 'POST', headers, body })))) await sleep(50)
}

type Told = { cursor: string; key: string; profileId: string; gap: unknown }

/** As a subscriber does: again from its cursor whenever the stream ends. */
function follow(): { told: Told[]; stop(): Promise<void> } {
  const told: Told[] = []
  let [stopped, cursor] = [false, '0']
  let current: { stop(): Promise<void> } | undefined
  const query =
    'subscription ($after: String) { feed(after: $after, kinds: [SEGMENT_ENTERED]) { cursor key profileId gap { missed } } }'
  const loop = async () => {
    while (!stopped) {
      const stream = await subscribe(fetch, `${api}/graphql`, 'shop-read', query, {
        variables: { after: cursor },
        onFrame: ({ data }) => {
          if (!data?.feed) return
          cursor = data.feed.cursor
          told.push(data.feed)
        },
      }).catch(() => undefined)
      current = stream
      if (stopped) await stream?.stop()
      await (stream?.ended ?? sleep(50))
      await sleep(20)
    }
  }
  const done = loop()
  return {
    told,
    async stop() {
      stopped = true
      await current?.stop()
      await done
    },
  }
}

async function strike(victim: string): Promise<void> {
  if (victim === 'postgres') {
    await cluster.stop('immediate')
    cluster = await startServer(cluster.port)
  } else {
    await running.get(victim)!.kill()
    start(victim)
  }
}

it('loses nothing and does nothing twice while everything is killed in turn', async () => {
  const tenant = await createTenant()
  for (const place of new Set(VICTIMS)) if (place !== 'postgres') start(place)
  await until(() => isWell(fetch(`${api}/readyz`)), Boolean, { timeout: 60_000, every: 50 })
  for (const [key, count] of [
    ['bought', 1],
    ['bought all', EVENTS_EACH],
  ] as const) {
    const rule = { event: { name: 'Order Completed', count: { gte: count } } }
    await owner`INSERT INTO segments (tenant_id, key, name, rule) VALUES (${tenant}, ${key}, ${key}, ${rule as never}::jsonb)`
  }
  const subscriber = follow()

  const ledger: Sent[] = Array.from({ length: USERS * EVENTS_EACH }, (_, n) => ({
    messageId: randomUUID(),
    userId: `user ${n % USERS}`,
    type: 'track',
    event: 'Order Completed',
  }))
  const batches = Array.from({ length: ledger.length / BATCH }, (_, n) => ledger.slice(n * BATCH, (n + 1) * BATCH))
  let struck = 0
  let acknowledged = 0
  const senders = Array.from({ length: 4 }, async () => {
    for (let batch = batches.pop(); batch; batch = batches.pop()) {
      // Some are kept back for each strike that is to come.
      await until(() => batches.length > (VICTIMS.length - struck) * 10 || struck === VICTIMS.length, Boolean, {
        timeout: 90_000,
      })
      await send(batch)
      acknowledged += batch.length
    }
  })
  for (const victim of VICTIMS) {
    await sleep(100 + Math.random() * 300)
    await strike(victim)
    const before = acknowledged
    struck++
    await until(() => acknowledged > before, Boolean, { timeout: 60_000 })
  }
  await Promise.all(senders)

  const transitions = () => owner<{ key: string; users: number; transitions: number }[]>`
SELECT s.key, count(DISTINCT t.profile_id)::int AS users, count(*)::int AS transitions
FROM transitions t JOIN segments s ON s.id = t.segment_id WHERE t.kind = 'segment_entered' GROUP BY s.key ORDER BY s.key`
  await until(transitions, (rows) => rows.length === 2 && rows.every((row) => row.users >= USERS), {
    timeout: 60_000,
    every: 200,
  })
  const unfinished = async () => (await owner`SELECT FROM graphile_worker.jobs`).length
  await until(unfinished, (count) => count === 0, { timeout: 60_000, every: 100 })

  const stored = await owner`SELECT message_id AS id FROM events WHERE tenant_id = ${tenant}`
  expect(stored.length).toBe(ledger.length)
  expect(stored.map((row) => row.id).sort()).toEqual(ledger.map((event) => event.messageId).sort())
  expect(await transitions()).toEqual([
    { key: 'bought', users: USERS, transitions: USERS },
    { key: 'bought all', users: USERS, transitions: USERS },
  ])
  const [profiles] = await owner`SELECT count(*)::int AS count FROM profiles WHERE merged_into IS NULL`
  expect(profiles!.count).toBe(USERS)
  const [feed] = await owner`SELECT count(*)::int AS rows, max(seq)::int AS last FROM feed WHERE tenant_id = ${tenant}`
  expect(feed!.last).toBe(feed!.rows)

  await until(
    () => subscriber.told.length,
    (count) => count >= 2 * USERS,
    { timeout: 60_000, every: 50 },
  )
  await subscriber.stop()
  expect(subscriber.told.filter(({ gap }) => gap)).toEqual([])
  expect(subscriber.told.length).toBe(2 * USERS)
  expect(new Set(subscriber.told.map(({ key, profileId }) => `${key} ${profileId}`)).size).toBe(2 * USERS)
}, 300_000)
