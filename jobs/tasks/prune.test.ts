import { expect, it } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { prune } from './prune.ts'

const db = await testDatabase()
const tenants = [await db.createTenant('shop'), await db.createTenant('bank')] as const
const [shop, bank] = tenants

it('forgets message ids and the feed after their days, in batches, and says where the feed begins', async () => {
  for (const tenant of tenants) {
    await db.owner`
INSERT INTO event_ids (tenant_id, message_id, received_at)
SELECT ${tenant}, n::text, now() - n * interval '1 day' FROM generate_series(1, 40) AS n`
    await db.owner`
INSERT INTO feed (tenant_id, seq, at, kind, profile_id, payload)
SELECT ${tenant}, n, now() - (41 - n) * interval '1 day', 'profile_changed', gen_random_uuid(), '{}' FROM generate_series(1, 40) AS n`
    await db.owner`UPDATE feed_heads SET last_seq = 40 WHERE tenant_id = ${tenant}`
    await db.owner`
INSERT INTO job_minutes (tenant_id, task, minute) VALUES (${tenant}, 'react', now()), (${tenant}, 'react', now() - interval '15 days')`
  }
  await prune(db.worker, { eventDedupeDays: 30, feedDays: 7, batch: 4 })

  for (const tenant of tenants) {
    const [ids] = await db.owner`SELECT count(*)::int AS count FROM event_ids WHERE tenant_id = ${tenant}`
    expect(ids!.count).toBe(29)
    const [feed] =
      await db.owner`SELECT min(seq)::int AS first, count(*)::int AS count FROM feed WHERE tenant_id = ${tenant}`
    expect(feed).toEqual({ first: 35, count: 6 })
    const [head] =
      await db.owner`SELECT first_seq::int AS first, last_seq::int AS last FROM feed_heads WHERE tenant_id = ${tenant}`
    expect(head).toEqual({ first: 35, last: 40 })
    expect(await db.owner`SELECT FROM job_minutes WHERE tenant_id = ${tenant}`).toHaveLength(1)
  }
})

it('leaves the head of a feed alone that loses nothing', async () => {
  const before = await db.owner`SELECT * FROM feed_heads ORDER BY tenant_id`
  await prune(db.worker, { eventDedupeDays: 30, feedDays: 7 })
  expect(await db.owner`SELECT * FROM feed_heads ORDER BY tenant_id`).toEqual(before)
})

it('empties a feed that nobody has added to for long, and keeps its place', async () => {
  await db.owner`UPDATE feed SET at = now() - interval '1 year' WHERE tenant_id = ${bank}`
  await prune(db.worker, { feedDays: 7 })
  const [head] =
    await db.owner`SELECT first_seq::int AS first, last_seq::int AS last FROM feed_heads WHERE tenant_id = ${bank}`
  expect(head).toEqual({ first: 41, last: 40 })
  expect(await db.owner`SELECT FROM feed WHERE tenant_id = ${shop}`).toHaveLength(6)
})
