/** The main job: something is written by any door, and whoever follows a segment is told that somebody entered it. */
import { afterAll, expect, it } from 'vitest'
import { createGraphQL } from '../../api/yoga.ts'
import { inTenant } from '../../db/client.ts'
import { testDatabase, until } from '../database.ts'
import { startPlatform } from '../platform.ts'
import { subscribe } from '../subscribe.ts'

/** Generous: the suite runs beside others on slow machines. What it takes when it is alone is measured in bench/. */
const LIMIT_MS = 20_000

const db = await testDatabase()
const tenant = await db.createTenant('shop')
const platform = await startPlatform(db)
const yoga = createGraphQL(db.api)
afterAll(() => platform.stop())

const ask = async (key: string, query: string, variables?: object) => {
  const response = await yoga.fetch('http://kith/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = (await response.json()) as { data: any; errors?: unknown }
  expect(errors).toBeUndefined()
  return data
}

const created = await ask(
  'shop-admin',
  'mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }',
  {
    input: {
      key: 'hesitant',
      name: 'Looked at prices three times',
      rule: { event: { name: 'Price Viewed', within: 'P1D', count: { gte: 3 } } },
    },
  },
)
await until(async () => (await ask('shop-read', '{ segment(key: "hesitant") { complete } }')).segment.complete)

const entries = await subscribe(
  fetch,
  `${platform.url}/graphql`,
  'shop-read',
  'subscription { segmentEntered(segment: "hesitant") { cursor at cause transitionId profile { identifiers { nodes { type value } } } segment { id key } reasons { node trigger held holds found } } }',
)
afterAll(() => entries.stop())

const doors: Record<string, (userId: string) => Promise<unknown>> = {
  'the HTTP API': (userId) =>
    fetch(`${platform.url}/v1/track`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Basic ${btoa('shop-write:')}` },
      body: JSON.stringify({ userId, event: 'Price Viewed' }),
    }).then((response) => expect(response.status).toBe(200)),
  'a GraphQL mutation': (userId) =>
    ask('shop-write', 'mutation ($input: SendEventsInput!) { sendEvents(input: $input) { stored } }', {
      input: { events: [{ userId, event: 'Price Viewed' }] },
    }),
  'plain SQL': (userId) =>
    db.owner`INSERT INTO events (tenant_id, name, user_id) VALUES (${tenant}, 'Price Viewed', ${userId})`,
}

it.each(Object.keys(doors))('tells of an entry that %s caused, once, within moments', async (door) => {
  const userId = `by ${door}`
  const before = entries.frames.length
  for (const _ of [1, 2, 3]) await doors[door]!(userId)
  const [{ committed }] = (await db.owner`SELECT clock_timestamp() AS committed`) as [{ committed: string }]
  await until(() => entries.frames.length > before, Boolean, { timeout: LIMIT_MS })
  // A second one would be among what this person's next reaction finds.
  await doors[door]!(userId)
  await until(async () => (await jobs()) === 0)
  expect(entries.frames.length).toBe(before + 1)
  const { segmentEntered: told } = entries.frames.at(-1)!.data
  expect(told).toMatchObject({ cause: 'CHANGE', segment: { id: created.createSegment.segment.id, key: 'hesitant' } })
  expect(told.profile.identifiers.nodes).toEqual([{ type: 'user_id', value: userId }])
  expect(told.reasons).toEqual([{ node: 'event', trigger: 'EVENT', held: false, holds: true, found: 3 }])
  expect(Date.parse(told.at) - Date.parse(committed)).toBeLessThan(LIMIT_MS)
})

it('tells of an exit at the instant that it is due, with nobody doing anything', async () => {
  await ask(
    'shop-admin',
    'mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }',
    {
      input: { key: 'here-now', name: 'Here now', rule: { event: { name: 'Seen', within: 'PT1S' } } },
    },
  )
  const exits = await subscribe(
    fetch,
    `${platform.url}/graphql`,
    'shop-read',
    'subscription { segmentLeft(segment: "here-now") { at cause reasons { trigger at } } }',
  )
  await inTenant(db.worker, tenant, (sql) => sql`INSERT INTO events (name, user_id) VALUES ('Seen', 'grace')`)
  const [event] = await db.owner`SELECT occurred_at FROM events WHERE name = 'Seen'`
  await until(() => exits.frames.length === 1, Boolean, { timeout: LIMIT_MS })
  const { at, cause, reasons } = exits.frames[0]!.data.segmentLeft
  const lateness = Date.parse(at) - Date.parse(event!.occurred_at as string) - 1000
  expect(cause).toBe('TIMER')
  expect(reasons).toMatchObject([{ trigger: 'TIME' }])
  expect(Date.parse(reasons[0].at) - Date.parse(event!.occurred_at as string)).toBe(1000)
  expect(lateness).toBeGreaterThanOrEqual(0)
  expect(lateness).toBeLessThan(LIMIT_MS)
  await exits.stop()
})

it('tells which account entered when enough of its people did something, and left by itself', async () => {
  await ask(
    'shop-admin',
    'mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }',
    {
      input: {
        key: 'warm',
        name: 'Two colleagues looked',
        subject: 'ACCOUNT',
        rule: { people: { rule: { event: { name: 'Demo Seen', within: 'PT3S' } }, count: { gte: 2 } } },
      },
    },
  )
  const told = (field: string) =>
    subscribe(
      fetch,
      `${platform.url}/graphql`,
      'shop-read',
      `subscription { ${field}(segment: "warm") { cause profileId account { name } segment { key } } }`,
    )
  const [entered, left] = [await told('segmentEntered'), await told('segmentLeft')]
  await db.owner`
WITH account AS (INSERT INTO accounts (tenant_id, name) VALUES (${tenant}, 'Acme') RETURNING id)
INSERT INTO contacts (tenant_id, account_id, user_id) SELECT ${tenant}, id, 'colleague ' || n FROM account, generate_series(1, 2) AS n`
  for (const n of [1, 2]) await doors['plain SQL']!(`colleague ${n}`)
  await db.owner`
INSERT INTO events (tenant_id, name, user_id) SELECT ${tenant}, 'Demo Seen', 'colleague ' || n FROM generate_series(1, 2) AS n`
  await until(() => left.frames.length === 1, Boolean, { timeout: LIMIT_MS })
  const about = { profileId: null, account: { name: 'Acme' }, segment: { key: 'warm' } }
  expect(entered.frames.map(({ data }) => data.segmentEntered)).toEqual([{ cause: 'CHANGE', ...about }])
  expect(left.frames.map(({ data }) => data.segmentLeft)).toEqual([{ cause: 'TIMER', ...about }])
  await Promise.all([entered.stop(), left.stop()])
})

it('tells who left because of a TRUNCATE', async () => {
  await ask(
    'shop-admin',
    'mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }',
    { input: { key: 'buyers', name: 'Buyers', rule: { record: { kind: 'order' } } } },
  )
  const told = await subscribe(
    fetch,
    `${platform.url}/graphql`,
    'shop-read',
    'subscription { segmentLeft(segment: "buyers") { profile { id } } }',
  )
  await db.owner`INSERT INTO orders (tenant_id, number, email, amount, currency, status, placed_at)
VALUES (${tenant}, '1', 'ada@example.com', 10, 'EUR', 'paid', now())`
  const size = async () => (await ask('shop-read', '{ segment(key: "buyers") { size } }')).segment.size
  await until(size, (n) => n === 1, { timeout: LIMIT_MS })
  await db.owner`TRUNCATE orders, order_items`
  await until(() => told.frames.length === 1, Boolean, { timeout: LIMIT_MS })
  expect(await size()).toBe(0)
  await told.stop()
})

it('refuses, by SQL too, a time that no event can have', async () => {
  for (const at of ['infinity', '-infinity', '1969-12-31', '20000-01-01'])
    await expect(
      db.owner`INSERT INTO events (tenant_id, name, occurred_at) VALUES (${tenant}, 'X', ${at})`,
    ).rejects.toThrow(/events_occurred_at_check|out of range/)
})

const jobs = async () => (await db.owner`SELECT FROM graphile_worker.jobs`).length
