import { expect, it } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { prune } from '../../jobs/tasks/prune.ts'
import { forgetValues } from './retention.ts'

const db = await testDatabase()
const tenant = await db.createTenant('ours')
const other = await db.createTenant('theirs')

for (const id of [tenant, other]) {
  await db.owner`
INSERT INTO fields (tenant_id, object, key, type, retention_days) VALUES
  (${tenant}, 'profile', 'plan', 'text', ${id === tenant ? 30 : null}), (${tenant}, 'order', 'note', 'text', ${id === tenant ? 30 : null})
ON CONFLICT DO NOTHING`
  await db.owner`
WITH p AS (INSERT INTO profiles (tenant_id, traits, first_seen, last_seen) VALUES (${id}, '{"plan": "pro", "name": "Ada"}', now(), now()) RETURNING id)
INSERT INTO identifiers (tenant_id, id, type, value, profile_id, first_seen, traits)
SELECT ${id}, identifier_id('user_id', 'ada'), 'user_id', 'ada', id, now(), jsonb_build_object(
  'plan', jsonb_build_object('v', 'pro', 'at', now() - interval '31 days'), 'name', jsonb_build_object('v', 'Ada', 'at', now() - interval '31 days'))
FROM p`
  await db.owner`INSERT INTO orders (tenant_id, external_id, amount, currency, placed_at, custom, updated_at)
SELECT ${id}, n, 1, 'EUR', now(), '{"note": "x", "other": 1}', now() - n * interval '20 days' FROM generate_series(1, 3) AS n`
}
await db.owner`
INSERT INTO segments (tenant_id, key, name, rule, backfilled_version) VALUES (${tenant}, 'pros', 'Pros', '{"field": {"path": "plan", "eq": "pro"}}', 1)`
await db.owner`
INSERT INTO members (tenant_id, segment_id, profile_id, since)
SELECT s.tenant_id, s.id, p.id, now() FROM segments s JOIN profiles p USING (tenant_id)`

it('forgets values after their days, theirs alone, and answers rules anew', async () => {
  const traits = (id: string) => db.owner`SELECT traits FROM profiles WHERE tenant_id = ${id}`
  const notes = (id: string) =>
    db.owner`SELECT external_id AS n, custom ? 'note' AS has, custom ? 'other' AS other FROM orders WHERE tenant_id = ${id} ORDER BY 1`
  await prune(db.worker)
  expect([...(await traits(tenant))]).toEqual([{ traits: { name: 'Ada' } }])
  expect([...(await notes(tenant))]).toEqual([
    { n: '1', has: true, other: true },
    { n: '2', has: false, other: true },
    { n: '3', has: false, other: true },
  ])
  expect(await db.owner`SELECT FROM members WHERE tenant_id = ${tenant}`).toHaveLength(0)
  expect([...(await traits(other))]).toEqual([{ traits: { plan: 'pro', name: 'Ada' } }])
  expect((await notes(other)).every(({ has }) => has)).toBe(true)
  expect(await forgetValues(db.worker, tenant)).toBe(0)
})
