import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { testDatabase, until } from '../../test/database.ts'
import { type KithProcess, startProcess } from '../../test/processes.ts'
import { runRelay } from './relay.ts'

const db = await testDatabase()
const tenant = await db.createTenant('shop')

let slot: string
let stops: (() => Promise<unknown>)[]

beforeEach(async () => {
  slot = `relay_${randomBytes(5).toString('hex')}`
  stops = []
  await db.worker`DELETE FROM graphile_worker._private_jobs`
})

afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()))
  await dropSlot()
})

/** Once whoever reads from it has noticed that it should not. */
const dropSlot = () =>
  until(async () => {
    await db.owner`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = ${slot} AND NOT active`
    return (await db.owner`SELECT FROM pg_replication_slots WHERE slot_name = ${slot}`).length === 0
  })

/** In this process; resolves when it has ended. */
function startRelay(name = 'test'): () => Promise<void> {
  const stop = new AbortController()
  const done = runRelay({ url: db.workerUrl, slot, signal: stop.signal, name })
  const end = () => {
    stop.abort()
    return done
  }
  stops.push(end)
  return end
}

function spawnRelay(): KithProcess {
  const relay = startProcess('bin/relay.ts', { WORKER_DATABASE_URL: db.workerUrl, RELAY_SLOT: slot })
  stops.push(relay.kill)
  return relay
}

type Relay = { leader: string; lost: number; updated_at: string; recompute_due: boolean }
const relayRow = async () => (await db.owner<Relay[]>`SELECT * FROM ops.relays WHERE slot = ${slot}`)[0]
const leads = (name: string) => until(relayRow, (row) => row?.leader?.startsWith(name) ?? false)
/** A process needs its time to start, on a busy machine. */
const newLeader = (before?: string) =>
  until(relayRow, (row) => Boolean(row?.leader) && row!.leader !== before, { timeout: 60_000 })

async function send(...users: string[]): Promise<void> {
  await db.owner`INSERT INTO events (tenant_id, name, user_id) SELECT ${tenant}, 'seen', unnest(${users}::text[])`
}

/** The people of all react jobs, by user_id, as often as they are enqueued. */
async function enqueued(): Promise<string[]> {
  const rows = await db.worker<{ user: string }[]>`
SELECT person -> 'ids' ->> 'user_id' AS user
FROM graphile_worker.jobs JOIN graphile_worker._private_jobs AS p USING (id),
  json_array_elements(p.payload) AS change, json_array_elements(change -> 'people') AS person
WHERE task_identifier = 'react'`
  return rows.map((row) => row.user).sort()
}

const jobs = (task: string) => db.worker<{ key: string; queue_name: string; revision: number }[]>`
SELECT key, queue_name, revision FROM graphile_worker.jobs WHERE task_identifier = ${task} ORDER BY id`
const confirmed = async () => {
  const [row] = await db.owner<{ behind: number }[]>`
SELECT (pg_current_wal_lsn() - confirmed_flush_lsn)::float8 AS behind FROM pg_replication_slots WHERE slot_name = ${slot}`
  return row!.behind
}

it('turns a commit into a job of its tenant', async () => {
  startRelay()
  await leads('test')
  await send('ada')
  await until(enqueued, (users) => users.length === 1)
  expect(await jobs('react')).toMatchObject([{ queue_name: `react:${tenant}` }])
})

it('joins people to the job that still waits, and begins another after 500', async () => {
  startRelay()
  await leads('test')
  const users = Array.from({ length: 520 }, (_, n) => `user ${n}`)
  for (let n = 0; n < 5; n++) await send(...users.slice(n * 100, n * 100 + 100))
  await until(enqueued, (all) => all.length === 500)
  expect(await jobs('react')).toHaveLength(1)
  await send(...users.slice(500))
  expect(await until(enqueued, (all) => all.length === 520)).toEqual(users.toSorted())
  expect(await jobs('react')).toHaveLength(2)
})

it('joins no job that runs or has failed, as those keep their right to be retried, and none that was put off', async () => {
  startRelay()
  await leads('test')
  await send('ada')
  await until(enqueued, (users) => users.length === 1)
  await db.worker`UPDATE graphile_worker._private_jobs SET locked_at = now(), locked_by = 'somebody', attempts = 1`
  await send('bob')
  await until(enqueued, (users) => users.length === 2)
  await db.worker`UPDATE graphile_worker._private_jobs SET attempts = 1 WHERE locked_at IS NULL`
  await send('eve')
  await until(enqueued, (users) => users.length === 3)
  await db.worker`UPDATE graphile_worker._private_jobs SET run_at = now() + interval '1 hour' WHERE attempts = 0`
  await send('kim')
  await until(enqueued, (users) => users.length === 4)
  const rows =
    await db.worker`SELECT attempts, max_attempts, key IS NOT NULL AS keyed FROM graphile_worker.jobs WHERE task_identifier = 'react' ORDER BY id`
  expect(rows.map((row) => row.attempts)).toEqual([1, 1, 0, 0])
  expect(rows.every((row) => row.keyed && row.max_attempts === 25)).toBe(true)
})

it('enqueues one backfill for a definition that changed several times', async () => {
  startRelay()
  await leads('test')
  await db.worker`DELETE FROM graphile_worker._private_jobs`
  await db.owner.begin(async (sql) => {
    const [segment] =
      await sql`INSERT INTO segments (tenant_id, key, name, rule) VALUES (${tenant}, ${slot}, 'x', '{"all": []}') RETURNING id`
    await sql`UPDATE segments SET rule = '{"any": []}' WHERE id = ${segment!.id}`
  })
  const [job] = await until(
    () => jobs('backfill'),
    (list) => list.length > 0,
  )
  expect(job!.key).toMatch(new RegExp(`^backfill:${tenant}:segment:`))
  expect(await jobs('backfill')).toHaveLength(1)
})

it('catches up with what was written before its first start, and calls nothing lost', async () => {
  startRelay()
  await leads('test')
  expect(await jobs('recompute')).toMatchObject([{ key: `recompute:${tenant}` }])
  expect(await relayRow()).toMatchObject({ lost: 0, recompute_due: false })
})

it('recomputes all tenants when its slot is gone', async () => {
  const stop = startRelay()
  await leads('test')
  await stop()
  await db.worker`DELETE FROM graphile_worker._private_jobs`
  await dropSlot()
  startRelay('second')
  await leads('second')
  expect(await jobs('recompute')).toHaveLength(1)
  expect([...(await db.worker`SELECT payload FROM graphile_worker._private_jobs`)]).toEqual([
    { payload: { tenant, walk: 2 } },
  ])
  expect(await relayRow()).toMatchObject({ lost: 1, recompute_due: false })
  await send('ada')
  await until(enqueued, (users) => users.length === 1)
})

it('pays the recompute that a relay owed when it died', async () => {
  await db.owner`INSERT INTO ops.relays (slot, recompute_due) VALUES (${slot}, true)`
  startRelay()
  await leads('test')
  expect(await jobs('recompute')).toHaveLength(1)
  expect(await relayRow()).toMatchObject({ lost: 0, recompute_due: false })
})

it('leaves the lead to one, and the others take over when it goes', async () => {
  const stops = ['one', 'two', 'three'].map(startRelay)
  const first = await newLeader()
  await send('ada')
  await until(enqueued, (users) => users.length === 1)
  expect(await relayRow()).toMatchObject({ lost: 0, leader: first!.leader })
  await stops[['one', 'two', 'three'].findIndex((name) => first!.leader.startsWith(name))]!()
  const second = await newLeader(first!.leader)
  expect(second!.leader.split(':')[0]).not.toBe(first!.leader.split(':')[0])
  await send('bob')
  expect(await until(enqueued, (users) => users.length === 2)).toEqual(['ada', 'bob'])
})

it('enqueues nothing in the name of a leader that has been replaced', async () => {
  startRelay()
  const row = await leads('test')
  await db.owner`UPDATE ops.relays SET leader = 'usurper' WHERE slot = ${slot}`
  await send('ada')
  await newLeader('usurper')
  expect(await until(enqueued, (users) => users.length === 1)).toEqual(['ada'])
  expect((await relayRow())!.leader).not.toBe(row!.leader)
})

it('makes every commit one enqueue, however often it is killed', async () => {
  const users: string[] = []
  const relays = [spawnRelay(), spawnRelay()]
  let leader = (await newLeader())!.leader
  let sending = true
  const sender = (async () => {
    for (let n = 0; sending; n++) {
      const batch = Array.from({ length: 1 + (n % 7) }, (_, i) => `user ${n}.${i}`)
      await send(...batch)
      users.push(...batch)
    }
  })()
  try {
    for (let kill = 0; kill < 4; kill++) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 100))
      const victim = relays.findIndex((relay) => relay.child.pid === Number(leader.split(':')[1]))
      await relays.splice(victim, 1, spawnRelay())[0]!.kill()
      leader = (await newLeader(leader))!.leader
    }
  } finally {
    sending = false
    await sender
  }
  await until(
    async () => (await enqueued()).length,
    (count) => count >= users.length,
    { timeout: 60_000, every: 100 },
  )
  await until(confirmed, (behind) => behind < 20_000)
  const all = await enqueued()
  expect(all.length).toBe(users.length)
  expect(all).toEqual(users.toSorted())
  // The other may still be starting, and know nothing of signals.
  expect(await relays.find((relay) => relay.child.pid === Number(leader.split(':')[1]))!.stop()).toBe(0)
}, 120_000)

it('lets an idle slot move on while others write', async () => {
  startRelay()
  await leads('test')
  await db.owner`CREATE TABLE IF NOT EXISTS unrelated (n int)`
  await db.owner`INSERT INTO unrelated SELECT generate_series(1, 100000)`
  await db.owner`DROP TABLE unrelated`
  await until(confirmed, (behind) => behind < 20_000)
})

it('keeps saying that it lives', async () => {
  startRelay()
  const row = await leads('test')
  await until(relayRow, (next) => next!.updated_at > row!.updated_at)
})

it('takes a COPY of 200,000 rows in jobs of 500 people', async () => {
  startRelay()
  await leads('test')
  const copy = await db.owner`COPY events (tenant_id, name, user_id) FROM STDIN`.writable()
  for (let n = 0; n < 200_000; n += 1000) {
    const rows = Array.from({ length: 1000 }, (_, i) => `${tenant}\tseen\tbulk ${n + i}\n`)
    if (!copy.write(rows.join(''))) await once(copy, 'drain')
  }
  copy.end()
  const count = async () => {
    const [row] = await db.worker<[{ people: number; jobs: number }]>`
SELECT count(*)::int AS jobs, coalesce(sum(json_array_length(payload -> 0 -> 'people')), 0)::int AS people
FROM graphile_worker._private_jobs WHERE key LIKE 'react:%'`
    return row
  }
  const { jobs } = await until(count, (row) => row.people >= 200_000, { timeout: 50_000, every: 50 })
  expect(jobs).toBe(400)
}, 60_000)
