import { type AddressInfo, connect as connectTo, createServer, type Socket } from 'node:net'
import { afterAll, expect, it } from 'vitest'
import { testDatabase, until } from '../test/database.ts'
import { connect, inTenant } from './client.ts'

const db = await testDatabase()

// Vitest fails a run in which anything was thrown that nobody could catch: that is the assertion here.
it('survives connections that break at any moment, and goes on working on new ones', async () => {
  const tenant = await db.createTenant('shop')
  const sql = connect(db.apiUrl, { max: 6, name: 'breaking' })
  // Not without end: each time the driver waits a little longer before it connects again.
  let breaking = true
  const outcomes = { fulfilled: 0, rejected: 0 }
  const isEnough = () => Math.min(outcomes.fulfilled, outcomes.rejected) > 0
  const breaker = (async () => {
    for (let n = 0; n < 40 || (!isEnough() && n < 2000); n++) {
      await db.owner`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'breaking' ORDER BY random() LIMIT 2`
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 30))
    }
    breaking = false
  })()
  const worker = async () => {
    while (breaking) {
      const [outcome] = await Promise.allSettled([
        inTenant(sql, tenant, async (sql) => {
          await sql`SELECT 1`
          await sql`SELECT set_config('kith.x', ${'x'.repeat(Math.random() * 3000)}, true)`
          const [row] = await sql`SELECT ${tenant}::uuid = kith_tenant() AS mine, ${[tenant]}::uuid[] AS list`
          expect(row).toEqual({ mine: true, list: [tenant] })
        }),
      ])
      outcomes[outcome!.status]++
    }
  }
  await Promise.all(Array.from({ length: 12 }, worker))
  await breaker
  expect(isEnough()).toBe(true)
  // The last breaks may still be on their way; then each of the pool's connections works again.
  const all = () => Promise.all(Array.from({ length: 30 }, () => sql`SELECT pg_sleep(0.01)`))
  await until(() =>
    all().then(
      () => true,
      () => false,
    ),
  )
  await all()
  await sql.end({ timeout: 1 })
})

it('gives each query its own answer, whenever a connection is reset', async () => {
  const { hostname, port } = new URL(db.apiUrl)
  const through = new Set<Socket>()
  const proxy = createServer((near) => {
    const far = connectTo(Number(port), hostname)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on('error', () => {})
      socket.on('close', () => other.destroy())
      socket.pipe(other)
    }
    through.add(near)
    near.on('close', () => through.delete(near))
  })
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  afterAll(() => proxy.close())
  const url = new URL(db.apiUrl)
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const sql = connect(url.href, { max: 3, name: 'reset' })

  let asked = 0
  const ask = async (sql: typeof db.api | Parameters<Parameters<typeof db.api.begin>[1]>[0]) => {
    const n = ++asked
    const [row] = await sql`SELECT ${n}::int AS n, ${'x'.repeat(Math.random() * 2000)} AS x`
    expect(row!.n).toBe(n)
  }
  const outcomes = { fulfilled: 0, rejected: 0 }
  let resets = 0
  const worker = async () => {
    while (resets < 100) {
      const [outcome] = await Promise.allSettled([sql.begin((sql) => Promise.all([ask(sql), ask(sql), ask(sql)]))])
      outcomes[outcome!.status]++
      if (outcome!.status === 'rejected' && 'matcherResult' in (outcome as PromiseRejectedResult).reason)
        throw (outcome as PromiseRejectedResult).reason
      // Mostly in the middle of something, and not so often that nothing is ever done.
      if (outcomes.fulfilled > 0 && Math.random() < 0.5)
        setTimeout(
          () => [...through].slice(0, 1).forEach((socket) => (resets++, socket.resetAndDestroy())),
          Math.random() * 5,
        )
    }
  }
  await Promise.all(Array.from({ length: 6 }, worker))
  expect(outcomes.rejected).toBeGreaterThan(0)
  await until(() =>
    Promise.all([ask(sql), ask(sql), ask(sql)]).then(
      () => true,
      () => false,
    ),
  )
  await sql.end({ timeout: 1 })
})
