import { expect, it } from 'vitest'
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
