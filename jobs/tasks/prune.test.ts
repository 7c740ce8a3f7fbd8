import { expect, it } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { backfill } from '../../engine/backfill.ts'
import { looking } from '../../engine/concerned.ts'
import { react } from '../../engine/react.ts'
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

it('removes the events of a behavior past its retention, in batches, and tells whose they were', async () => {
  const days = 10
  await db.owner`
INSERT INTO behaviors (tenant_id, name, retention_days) VALUES (${shop}, 'Seen', ${days}), (${shop}, 'Kept', NULL), (${bank}, 'Kept', 1)`
  await db.owner`
INSERT INTO events (tenant_id, name, user_id, occurred_at)
SELECT tenant, name, 'u' || n % 3, now() - n * interval '1 day'
FROM generate_series(1, 30) AS n, unnest(ARRAY['Seen', 'Kept']) AS name, unnest(${[...tenants]}::uuid[]) AS tenant
WHERE tenant = ${shop} OR name = 'Seen'`
  const [{ id: profile }] = await db.owner<[{ id: string }]>`
INSERT INTO profiles (tenant_id, first_seen, last_seen) VALUES (${shop}, now(), now()) RETURNING id`
  await db.owner`
INSERT INTO identifiers (tenant_id, id, type, value, profile_id, first_seen)
SELECT ${shop}, identifier_id('user_id', 'u' || n), 'user_id', 'u' || n, ${profile}, now() FROM generate_series(0, 2) AS n`

  const told = await messagesOf(() => prune(db.worker, { batch: 7 }))
  const left = await db.owner`
SELECT tenant_id AS tenant, name, count(*)::int AS n FROM events GROUP BY 1, 2 ORDER BY 1, 2`
  expect(left).toEqual(
    expect.arrayContaining([
      { tenant: shop, name: 'Seen', n: days - 1 },
      { tenant: shop, name: 'Kept', n: 30 },
      { tenant: bank, name: 'Seen', n: 30 },
    ]),
  )
  // One identifier of the person, and which rules need to look.
  expect(told.length).toBeGreaterThan(0)
  for (const { tenant, people } of told) {
    expect(tenant).toBe(shop)
    expect(people).toHaveLength(1)
    expect(people[0].events).toEqual(['Seen'])
    expect(people[0].ids.user_id).toMatch(/^u[012]$/)
  }
  expect(await messagesOf(() => prune(db.worker))).toEqual([])
})

it('removes more when the retention becomes shorter, and nothing when it goes', async () => {
  const left = async () => (await db.owner`SELECT FROM events WHERE tenant_id = ${shop} AND name = 'Seen'`).length
  await db.owner`UPDATE behaviors SET retention_days = 4 WHERE name = 'Seen'`
  await prune(db.worker)
  expect(await left()).toBe(3)
  await db.owner`UPDATE behaviors SET retention_days = NULL WHERE name = 'Seen'`
  await prune(db.worker)
  expect(await left()).toBe(3)
  expect(await db.owner`SELECT name FROM retention_marks WHERE tenant_id = ${shop}`).toEqual([])
})

it('lets whoever is in a segment by an event that is gone leave it', async () => {
  const club = await db.createTenant('club')
  await db.owner`
INSERT INTO events (tenant_id, name, user_id, occurred_at) VALUES (${club}, 'Joined', 'eve', now() - interval '20 days')`
  await react(db.worker, club, [{ tenant: club, people: [{ ids: { user_id: 'eve' } }] }])
  const [{ id }] = await db.owner<[{ id: string }]>`
INSERT INTO segments (tenant_id, key, name, rule) VALUES (${club}, 'joined', 'Joined', '{"event": {"name": "Joined"}}') RETURNING id`
  await backfill(db.worker, club, 'segment', id)
  const members = () => db.owner`SELECT FROM members WHERE tenant_id = ${club}`
  expect(await members()).toHaveLength(1)
  await db.owner`INSERT INTO behaviors (tenant_id, name, retention_days) VALUES (${club}, 'Joined', 10)`
  const told = await messagesOf(() => prune(db.worker))
  looking.fewest = 1
  await react(db.worker, club, told)
  expect(await members()).toHaveLength(0)
})

it('forgets buckets that are full by now, and old counts', async () => {
  await db.owner`
INSERT INTO rate_buckets (tenant_id, subject, tokens, granted, at)
VALUES (${shop}, gen_random_uuid(), 1, 1, now()), (${shop}, gen_random_uuid(), 1, 1, now() - interval '2 days')`
  await db.owner`
INSERT INTO ingest_counts (tenant_id, door, hour, lane, accepted, stored, deduplicated, dead)
VALUES (${shop}, 'http', now(), 1, 1, 1, 0, 0), (${shop}, 'http', now() - interval '9 days', 1, 1, 1, 0, 0)`
  await db.owner`
INSERT INTO behavior_counts (tenant_id, name, day, outcome, lane, count)
VALUES (${shop}, 'Seen', now(), 'stored', 1, 1), (${shop}, 'Seen', now() - interval '9 days', 'stored', 1, 1)`
  await prune(db.worker, { countDays: 7 })
  for (const table of ['rate_buckets', 'ingest_counts', 'behavior_counts'])
    expect(await db.owner`SELECT FROM ${db.owner(table)}`, table).toHaveLength(1)
})

/** The messages about people that `work` leaves in the log. */
async function messagesOf(work: () => Promise<void>): Promise<any[]> {
  const slot = `test_prune_${process.pid}`
  await db.owner`SELECT pg_create_logical_replication_slot(${slot}, 'test_decoding')`
  try {
    await work()
    const rows = await db.owner<{ data: string }[]>`SELECT data FROM pg_logical_slot_get_changes(${slot}, NULL, NULL)`
    return rows.flatMap(({ data }) => {
      const [, json] = /^message: transactional: 1 prefix: kith, sz: \d+ content:(.*)$/s.exec(data) ?? []
      return json ? [JSON.parse(json)] : []
    })
  } finally {
    await db.owner`SELECT pg_drop_replication_slot(${slot})`
  }
}
