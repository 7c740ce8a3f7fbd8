// Ten thousand events go in by HTTP while API, relay, workers and Postgres itself are killed, or frozen for a while, by a dice whose
// seed is printed (CHAOS_SEED repeats its throws, CHAOS_STRIKES makes more of them). A ledger of what was sent is compared with what
// was stored, with the transitions that came of it, and with what a subscriber was told that resumes after its cursor: none lost,
// none twice, in order. Most people do one thing only, so that no later reaction makes good what an earlier one missed; others
// enter and leave again and again by a timer.

import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, it, onTestFailed } from 'vitest'
import { connect } from '../../db/client.ts'
import { migrate } from '../../db/migrate.ts'
import { type Cluster, startCluster, stopCluster } from '../../db/server/cluster.ts'
import { findFreePort } from '../../db/server/port.ts'
import { until } from '../database.ts'
import { throwawaySettings } from '../postgres.ts'
import { type KithProcess, startProcess } from '../processes.ts'
import { subscribe } from '../subscribe.ts'

/** How many people do what, how often. */
const CROWD = [
  { user: 'newcomer', event: 'Order Completed', people: 4000, each: 1 },
  { user: 'regular', event: 'Order Completed', people: 1000, each: 5 },
  { user: 'viewer', event: 'Price Viewed', people: 200, each: 5 },
]
const SEGMENTS: [key: string, rule: object][] = [
  ['bought', { event: { name: 'Order Completed' } }],
  ['bought all', { event: { name: 'Order Completed', count: { gte: 5 } } }],
  ['just looked', { event: { name: 'Price Viewed', within: 'PT2S' } }],
]
const BATCH = 50
const PROCESSES = ['api', 'relay', 'relay standby', 'worker', 'worker two']
const WORKER_DEAD_AFTER_S = 2

const SEED = Number(process.env.CHAOS_SEED ?? randomInt(2 ** 31))
const dice = generator(SEED)
const STRIKES = strikes(Number(process.env.CHAOS_STRIKES ?? 9))

type Strike = { victim: string; frozenMs?: number }

/** Each thing that can happen at least once, in any order; now and then two at a time. */
function strikes(most: number): Strike[][] {
  const frozenMs = 1500 * WORKER_DEAD_AFTER_S // others take a worker's jobs away before it wakes
  const killed = [...PROCESSES, 'postgres'].map((victim): Strike => ({ victim }))
  const frozen = ['worker', 'relay', 'api'].map((victim): Strike => ({ victim, frozenMs }))
  const some = shuffled([...killed, ...frozen])
  while (some.length < most) some.push(...shuffled(killed))
  return some.slice(0, most).map((one) => {
    const other = killed[dice(killed.length)]!
    return dice(4) === 0 && other.victim !== one.victim ? [one, other] : [one]
  })
}

function shuffled<T>(list: T[]): T[] {
  return list
    .map((one) => ({ one, at: dice(2 ** 31) }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one)
}

/** Whole numbers below what is asked for, the same ones for the same seed (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const dataDir = join(tmpdir(), `kith-chaos-${randomBytes(6).toString('hex')}`, 'data')
const startServer = (port: number) => startCluster({ dataDir, port, settings: throwawaySettings })
let cluster: Cluster = await startServer(0)
await migrate(cluster.url)
const owner = connect(cluster.url, { max: 2, name: 'test owner' })

const port = await findFreePort(0)
const env = {
  DATABASE_URL: cluster.url,
  PORT: String(port),
  WORKER_DEAD_AFTER_S: String(WORKER_DEAD_AFTER_S),
  LOG_LEVEL: 'warn',
}
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
  // It happens when it is sent first, not when it is let in.
  const timestamp = new Date().toISOString()
  const body = JSON.stringify({ batch: batch.map((event) => ({ ...event, timestamp })) })
  const headers = { 'content-type': 'application/json', authorization: `Basic ${btoa('shop-write:')}` }
  while (!(await isWell(fetch(`${api}/v1/batch`, { method: 'POST', headers, body })))) await sleep(50)
}

type Told = { cursor: string; kind: string; key: string; profileId: string; transitionId: string; gap: unknown }

/** As a subscriber does: again from its cursor whenever the stream ends. */
function follow(): { told: Told[]; stop(): Promise<void> } {
  const told: Told[] = []
  let [stopped, cursor] = [false, '0']
  let current: { stop(): Promise<void> } | undefined
  const query = `subscription ($after: String) {
    feed(after: $after, kinds: [SEGMENT_ENTERED, SEGMENT_LEFT]) { cursor kind key profileId transitionId gap { missed } }
  }`
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

async function strike({ victim, frozenMs }: Strike): Promise<void> {
  if (victim === 'postgres') {
    await cluster.stop('immediate')
    cluster = await startServer(cluster.port)
  } else if (frozenMs) {
    const { child } = running.get(victim)!
    child.kill('SIGSTOP')
    await sleep(frozenMs)
    child.kill('SIGCONT')
  } else {
    await running.get(victim)!.kill()
    start(victim)
  }
}

it(`loses nothing and does nothing twice while everything is killed (CHAOS_SEED=${SEED})`, {
  timeout: 600_000,
}, async () => {
  onTestFailed(() => {
    for (const [place, process] of running) console.log(`${place}: ${process.output()}`)
    console.log(JSON.stringify(STRIKES))
  })
  const tenant = await createTenant()
  for (const place of PROCESSES) start(place)
  await until(() => isWell(fetch(`${api}/readyz`)), Boolean, { timeout: 60_000, every: 50 })
  for (const [key, rule] of SEGMENTS) {
    await owner`INSERT INTO segments (tenant_id, key, name, rule) VALUES (${tenant}, ${key}, ${key}, ${rule as never}::jsonb)`
  }
  const subscriber = follow()

  const ledger = CROWD.flatMap(({ user, event, people, each }) =>
    Array.from(
      { length: people * each },
      (_, n): Sent => ({
        messageId: randomUUID(),
        userId: `${user} ${n % people}`,
        type: 'track',
        event,
      }),
    ),
  )
  const mixed = shuffled(ledger)
  const batches = Array.from({ length: Math.ceil(mixed.length / BATCH) }, (_, n) =>
    mixed.slice(n * BATCH, (n + 1) * BATCH),
  )
  // Some are kept back for each strike that is to come.
  const keptBack = Math.floor(batches.length / (STRIKES.length + 1))
  let [struck, acknowledged] = [0, 0]
  const senders = Array.from({ length: 4 }, async () => {
    for (let batch = batches.pop(); batch; batch = batches.pop()) {
      await until(() => batches.length >= (STRIKES.length - struck) * keptBack, Boolean, { timeout: 120_000 })
      await send(batch)
      acknowledged += batch.length
    }
  })
  for (const together of STRIKES) {
    await sleep(100 + dice(300))
    await Promise.all(together.map(strike))
    const before = acknowledged
    struck++
    await until(() => acknowledged > before, Boolean, { timeout: 120_000 })
  }
  await Promise.all(senders)

  const waiting = async () => {
    const [row] = await owner`
SELECT (SELECT count(*)::int FROM graphile_worker.jobs) AS jobs, (SELECT count(*)::int FROM timers) AS timers,
  (SELECT count(DISTINCT profile_id)::int FROM transitions) AS moved`
    return row as { jobs: number; timers: number; moved: number }
  }
  await until(waiting, ({ jobs, timers, moved }) => jobs === 0 && timers === 0 && moved >= 5000, {
    timeout: 120_000,
    every: 100,
  })

  const stored = await owner`SELECT message_id AS id FROM events WHERE tenant_id = ${tenant}`
  expect(stored.length).toBe(ledger.length)
  expect(stored.map((row) => row.id).sort()).toEqual(ledger.map((event) => event.messageId).sort())
  const [profiles] = await owner`SELECT count(*)::int AS count FROM profiles WHERE merged_into IS NULL`
  expect(profiles!.count).toBe(CROWD.reduce((sum, { people }) => sum + people, 0))

  const moves = await owner<{ key: string; ways: string; people: number }[]>`
SELECT key, ways, count(*)::int AS people
FROM (
  SELECT s.key, t.profile_id, string_agg(replace(t.kind, 'segment_', ''), ' ' ORDER BY t.at, t.id) AS ways
  FROM transitions t JOIN segments s ON s.id = t.segment_id GROUP BY s.key, t.profile_id
) AS of_one
GROUP BY key, ways ORDER BY key, ways`
  const bought = moves.filter(({ key }) => key !== 'just looked')
  expect(bought).toEqual([
    { key: 'bought', ways: 'entered', people: 5000 },
    { key: 'bought all', ways: 'entered', people: 1000 },
  ])
  // What was let in later than it lasts moves nobody; whoever came has gone.
  const looked = moves.filter(({ key }) => key === 'just looked')
  expect(looked.length).toBeGreaterThan(0)
  expect(looked.map(({ ways }) => ways).filter((ways) => !/^(entered left ?)+$/.test(ways))).toEqual([])

  const feed = await owner<{ cursor: string; transitionId: string }[]>`
SELECT seq::text AS cursor, payload ->> 'transitionId' AS "transitionId" FROM feed
WHERE tenant_id = ${tenant} AND kind IN ('segment_entered', 'segment_left') ORDER BY seq`
  const [whole] = await owner`SELECT count(*)::int AS rows, max(seq)::int AS last FROM feed WHERE tenant_id = ${tenant}`
  expect(whole!.last).toBe(whole!.rows)
  const transitions = await owner`SELECT id FROM transitions WHERE kind IN ('segment_entered', 'segment_left')`
  expect(feed.map(({ transitionId }) => transitionId).sort()).toEqual(transitions.map(({ id }) => String(id)).sort())

  await until(
    () => subscriber.told.length,
    (count) => count >= feed.length,
    { timeout: 120_000, every: 50 },
  )
  await subscriber.stop()
  expect(subscriber.told.filter(({ gap }) => gap)).toEqual([])
  const told = subscriber.told.map(({ cursor, transitionId }) => ({ cursor, transitionId: bare(transitionId) }))
  expect(told).toEqual([...feed])
})

/** The id within a node's. */
const bare = (id: string) => id.slice(id.indexOf(':') + 1)
