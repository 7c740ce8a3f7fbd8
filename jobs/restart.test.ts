// What happens to Postgres itself: on a server of its own, which may be stopped.

import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Client, connect } from '../db/client.ts'
import { migrate } from '../db/migrate.ts'
import { roleUrl } from '../db/roles.ts'
import { type Cluster, startCluster, stopCluster } from '../db/server/cluster.ts'
import { until } from '../test/database.ts'
import { throwawaySettings } from '../test/postgres.ts'
import type { Engine } from './engine.ts'
import { runRelay } from './relay/relay.ts'
import { runTimers } from './timers.ts'
import { runWorker } from './worker.ts'

const options = {
  dataDir: join(tmpdir(), `kith-restart-${randomBytes(6).toString('hex')}`, 'data'),
  settings: { ...throwawaySettings, max_wal_size: '64MB', min_wal_size: '32MB', max_slot_wal_keep_size: '16MB' },
}
let cluster: Cluster
let owner: Client
let tenant: string
const stop = new AbortController()
let stopped: Promise<unknown> = Promise.resolve()

beforeAll(async () => {
  cluster = await startCluster({ ...options, port: 0 })
  await migrate(cluster.url)
  owner = connect(cluster.url, { max: 4, name: 'test owner' })
  tenant = (await owner`INSERT INTO tenants (slug, name) VALUES ('shop', 'shop') RETURNING id`)[0]!.id as string
  await owner`CREATE TABLE reacted (user_id text)`
  await owner`GRANT INSERT ON reacted TO kith_worker`
})

afterAll(async () => {
  stop.abort()
  await stopped
  await owner.end({ timeout: 1 })
  await stopCluster(cluster.dataDir, 'immediate')
  rmSync(dirname(options.dataDir), { recursive: true, force: true })
})

/** Remembers whom it was called for, in the transaction that an engine would have. */
const engine: Engine = {
  async react(sql, _tenant, changes) {
    const users = changes.flatMap((change) =>
      'people' in change ? change.people.map((person) => person.ids.user_id!) : [],
    )
    await sql`INSERT INTO reacted SELECT unnest(${users}::text[])`
  },
  backfill: async () => {},
  recompute: async () => {},
  refreshAudience: async () => {},
  keepIndex: async () => {},
  reapply: async () => {},
  replay: async () => {},
  pull: async () => {},
  withoutErased: async (_sql, _tenant, changes) => [...changes],
}

const waiting = async () => (await owner`SELECT FROM graphile_worker.jobs`).length
const relay = async () => (await owner`SELECT leader, lost FROM ops.relays`)[0]

it('reacts to nothing that others cannot see yet, though the log has it', async () => {
  const url = roleUrl(cluster.url, 'kith_worker')
  // A standby that never answers keeps a transaction at that point; ours do not wait for it.
  await owner`ALTER ROLE kith_worker SET synchronous_commit = local`
  await owner`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`
  await owner`SELECT pg_reload_conf()`
  const over = new AbortController()
  const ran = Promise.all([
    runRelay({ url, slot: 'kith', signal: over.signal }),
    runWorker({ url, signal: over.signal, engine, deadAfterSeconds: 60 }),
  ])
  await until(relay, (row) => Boolean(row?.leader))
  await until(waiting, (count) => count === 0) // the recompute of a first start
  const slow = connect(cluster.url, { max: 1, connection: { synchronous_commit: 'on' } })
  const written = slow`INSERT INTO events (tenant_id, name, user_id) VALUES (${tenant}, 'seen', 'unseen')`.execute()
  const awaiting = () =>
    owner`SELECT FROM pg_stat_activity WHERE application_name = 'kith relay' AND wait_event = 'PgSleep'`
  await until(awaiting, (rows) => rows.length === 1)
  const seen = () => owner`SELECT FROM events WHERE user_id = 'unseen'`
  const reacted = () => owner`SELECT FROM reacted WHERE user_id = 'unseen'`
  expect(await seen()).toHaveLength(0)
  expect(await waiting()).toBe(0)
  expect(await reacted()).toHaveLength(0)

  await owner`ALTER SYSTEM RESET synchronous_standby_names`
  await owner`SELECT pg_reload_conf()`
  await written
  await until(reacted, (rows) => rows.length === 1)
  over.abort()
  await ran
  await slow.end()
  await owner`ALTER ROLE kith_worker RESET synchronous_commit`
  await owner`TRUNCATE reacted`
})

it('carries on by itself after Postgres was stopped like in a crash, and loses nothing that was committed', async () => {
  const url = roleUrl(cluster.url, 'kith_worker')
  const { signal } = stop
  const printed = vi.spyOn(console, 'trace')
  stopped = Promise.all([
    runRelay({ url, slot: 'kith', signal }),
    runWorker({ url, signal, engine, deadAfterSeconds: 60 }),
    runTimers({ url, signal }),
  ])
  await until(relay, (row) => Boolean(row?.leader))
  const committed: string[] = []
  let sending = true
  const sender = (async () => {
    for (let n = 0; sending; n++) {
      await owner`INSERT INTO events (tenant_id, name, user_id) VALUES (${tenant}, 'seen', ${`user ${n}`})`.then(
        () => committed.push(`user ${n}`),
        () => new Promise((resolve) => setTimeout(resolve, 50)),
      )
    }
  })()
  for (let crash = 0; crash < 2; crash++) {
    const before = committed.length
    await until(() => committed.length > before + 100)
    await cluster.stop('immediate')
    cluster = await startCluster({ ...options, port: cluster.port })
  }
  const before = committed.length
  await until(() => committed.length > before + 100, Boolean, { timeout: 60_000 })
  sending = false
  await sender
  const users = async () => new Set((await owner`SELECT user_id FROM reacted`).map((row) => row.user_id as string))
  const missing = async () => committed.filter((user) => !seen.has(user))
  let seen = await users()
  await until(
    async () => ((seen = await users()), (await missing()).length),
    (count) => count === 0,
    { timeout: 60_000, every: 100 },
  )
  await until(waiting, (count) => count === 0, { timeout: 60_000 })
  expect(await relay()).toMatchObject({ lost: 0 })
  expect(printed).not.toHaveBeenCalled()
}, 90_000)

it('says so when the slot was lost, and recomputes', async () => {
  stop.abort()
  await stopped
  await until(
    () => owner`SELECT FROM pg_replication_slots WHERE active`,
    (rows) => rows.length === 0,
  )
  const lost = async () => (await owner`SELECT wal_status FROM pg_replication_slots`)[0]?.wal_status === 'lost'
  await owner`CREATE TABLE filler (t text)`
  while (!(await lost())) {
    await owner`INSERT INTO filler SELECT repeat(md5(n::text), 200) FROM generate_series(1, 4000) AS n`
    await owner`SELECT pg_switch_wal()`
    await owner`CHECKPOINT`
  }
  const second = new AbortController()
  const running = runRelay({ url: roleUrl(cluster.url, 'kith_worker'), slot: 'kith', signal: second.signal })
  await until(relay, (row) => row!.lost === 1 && Boolean(row!.leader))
  expect(await owner`SELECT task_identifier FROM graphile_worker.jobs`).toEqual([{ task_identifier: 'recompute' }])
  await owner`INSERT INTO events (tenant_id, name, user_id) VALUES (${tenant}, 'seen', 'ada')`
  await until(waiting, (count) => count === 2)
  second.abort()
  await running
}, 60_000)
