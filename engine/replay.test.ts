import { expect, it } from 'vitest'
import { inTenant } from '../db/client.ts'
import { insertReplay } from '../db/sql/replays.ts'
import { testDatabase, until } from '../test/database.ts'
import { codeOf, graphql } from '../test/graphql.ts'
import { startJobs } from '../test/platform.ts'
import { backfill } from './backfill.ts'
import { saveIdentifierType } from './identity/index.ts'
import { react } from './react.ts'
import { replay } from './replay.ts'

const db = await testDatabase()
let tenants = 0

type Shop = { tenant: string; slug: string; segment: string }

/** A tenant whose segment `buyers` are those with an event Bought. */
async function newShop(): Promise<Shop> {
  const slug = `shop-${tenants++}`
  const tenant = await db.createTenant(slug)
  const rule = { event: { name: 'Bought' } }
  const [row] = await inTenant(
    db.worker,
    tenant,
    (sql) => sql<[{ id: string }]>`
INSERT INTO segments (key, name, rule) VALUES ('buyers', 'Buyers', ${sql.json(rule as never)}) RETURNING id`,
  )
  await backfill(db.worker, tenant, 'segment', row!.id)
  return { tenant, slug, segment: row!.id }
}

const at = (minute: number) => new Date(Date.UTC(2026, 10, 20, 10, minute)).toISOString()

/** Stores an event of each person a minute, and does not react. */
async function store({ tenant }: Shop, events: { name: string; user: string; anonymous?: string; minute: number }[]) {
  for (const { name, user, anonymous = null, minute } of events) {
    await inTenant(
      db.api,
      tenant,
      (sql) => sql`
INSERT INTO tenant_events (name, user_id, anonymous_id, occurred_at) VALUES (${name}, ${user}, ${anonymous}, ${at(minute)})`,
    )
  }
}

const reactTo = ({ tenant }: Shop, users: string[], minute: number) =>
  react(db.worker, tenant, [
    { tenant, people: users.map((user) => ({ ids: { user_id: user }, from: at(minute), to: at(minute) })) },
  ])

const request = ({ tenant }: Shop, more: { names?: string[]; from?: string; before?: string } = {}) =>
  inTenant(db.api, tenant, (sql) =>
    insertReplay(sql, {
      from: more.from ?? at(0),
      before: more.before ?? at(59),
      sourceId: null,
      names: more.names ?? null,
      requestedBy: crypto.randomUUID(),
    }),
  )

/** Everything that a replay must not change where there is nothing to change. */
async function stateOf({ tenant }: Shop) {
  const tables = ['identifiers', 'identity_links', 'profiles', 'members', 'transitions', 'feed', 'merges', 'timers']
  const rows = await Promise.all(
    tables.map(
      (table) =>
        db.owner`SELECT ${table} AS name, to_jsonb(t) AS row FROM ${db.owner(table)} t WHERE tenant_id = ${tenant} ORDER BY to_jsonb(t)::text`,
    ),
  )
  return rows.flat().map(({ name, row }) => ({ name: name as string, row: row as object }))
}

const users = Array.from({ length: 25 }, (_, n) => `u${n}`)

it('changes nothing and tells nobody where everything is as it was, however often', async () => {
  const shop = await newShop()
  await store(
    shop,
    users.map((user, n) => ({ name: n % 2 ? 'Bought' : 'Viewed', user, anonymous: `a${n % 5}`, minute: n })),
  )
  await replay(db.worker, shop.tenant, await request(shop), 4)
  const before = await stateOf(shop)
  expect(before.filter(({ name }) => name === 'members').length).toBeGreaterThan(0)
  expect(await replay(db.worker, shop.tenant, await request(shop), 7)).toEqual({ events: 25, transitions: 0 })
  expect(await stateOf(shop)).toEqual(before)
})

it('asks those too whose events are nobody’s by a changed policy', async () => {
  const shop = await newShop()
  await store(shop, [{ name: 'Bought', user: 'till', minute: 1 }])
  await reactTo(shop, ['till'], 1)
  const buyers = () => db.owner`SELECT profile_id FROM members WHERE tenant_id = ${shop.tenant}`
  expect(await buyers()).toHaveLength(1)
  await inTenant(db.api, shop.tenant, (sql) =>
    saveIdentifierType(sql, shop.tenant, { key: 'user_id', blocked: ['till'] }),
  )
  await replay(db.worker, shop.tenant, await request(shop))
  expect(await buyers()).toHaveLength(0)
})

it('makes good what a bug had left out, and tells of that alone', async () => {
  const shop = await newShop()
  await store(
    shop,
    users.map((user, n) => ({ name: 'Bought', user, minute: n })),
  )
  await reactTo(shop, users.slice(0, 20), 1)
  // Nobody had been told of the last five; somebody has lost a row.
  await db.owner`DELETE FROM members WHERE tenant_id = ${shop.tenant} AND profile_id = (
    SELECT profile_id FROM identifiers WHERE tenant_id = ${shop.tenant} AND value = 'u3')`
  const [{ seq }] = await db.owner<[{ seq: string }]>`SELECT max(seq) AS seq FROM feed WHERE tenant_id = ${shop.tenant}`
  expect(await replay(db.worker, shop.tenant, await request(shop), 6)).toEqual({ events: 25, transitions: 6 })
  const told =
    await db.owner`SELECT kind, payload ->> 'cause' AS cause FROM feed WHERE tenant_id = ${shop.tenant} AND seq > ${seq} AND kind = 'segment_entered'`
  expect(told).toEqual(Array(6).fill({ kind: 'segment_entered', cause: 'change' }))
})

it('runs only the events of the range, the source and the names that are asked for', async () => {
  const shop = await newShop()
  await store(
    shop,
    users.map((user, n) => ({ name: n % 5 ? 'Viewed' : 'Bought', user, minute: n })),
  )
  const id = await request(shop, { names: ['Bought'], from: at(5), before: at(20) })
  expect(await replay(db.worker, shop.tenant, id, 3)).toEqual({ events: 3, transitions: 3 })
  const [row] = await db.owner`SELECT done::int, total::int, events::int, finished_at FROM replays WHERE id = ${id}`
  expect(row).toEqual({ done: 30, total: 30, events: 3, finished_at: expect.any(String) })
  const known = await db.owner`SELECT value FROM identifiers WHERE tenant_id = ${shop.tenant} ORDER BY 1`
  expect(known.map(({ value }) => value)).toEqual(['u10', 'u15', 'u5'])
})

it('goes on where it was, is shared by two at once, and stops when it is cancelled', async () => {
  const shop = await newShop()
  await store(
    shop,
    users.map((user, n) => ({ name: 'Bought', user, minute: n })),
  )
  const id = await request(shop)
  const both = await Promise.all([replay(db.worker, shop.tenant, id, 2), replay(db.worker, shop.tenant, id, 2)])
  expect(both[0].events + both[1].events).toBe(25)
  expect(both[0].transitions + both[1].transitions).toBe(25)
  expect(await replay(db.worker, shop.tenant, id)).toEqual({ events: 0, transitions: 0 })

  const other = await request(shop)
  const ask = graphql(db.api)(`${shop.slug}-admin`)
  const { data } = await ask('mutation ($id: ID!) { cancelReplay(input: {id: $id}) { replay { state } } }', {
    id: `Replay:${other}`,
  })
  expect(data.cancelReplay.replay.state).toBe('CANCELLED')
  expect(await replay(db.worker, shop.tenant, other)).toEqual({ events: 0, transitions: 0 })
})

it('is asked for, followed and refused by GraphQL, and done by a worker', async () => {
  const shop = await newShop()
  const [mine, other] = [graphql(db.api)(`${shop.slug}-admin`), graphql(db.api)(`${(await newShop()).slug}-admin`)]
  await store(shop, [{ name: 'Bought', user: 'ada', minute: 3 }])
  const mutation =
    'mutation ($input: ReplayEventsInput!) { replayEvents(input: $input) { replay { id state from before names job { task queue } } } }'
  const asked = await mine(mutation, { input: { from: at(0), before: at(10), names: ['Bought'] } })
  const { id, ...replay } = asked.data.replayEvents.replay
  expect(replay).toMatchObject({
    state: 'WAITING',
    names: ['Bought'],
    job: { task: 'replay', queue: `backfill:${shop.tenant}` },
  })
  expect((await other('query ($id: ID!) { replay(id: $id) { id } }', { id })).data.replay).toBeNull()
  expect(codeOf(await other('mutation ($id: ID!) { cancelReplay(input: {id: $id}) { replay { id } } }', { id }))).toBe(
    'NOT_FOUND',
  )
  expect(codeOf(await mine(mutation, { input: { from: at(10), before: at(10) } }))).toBe('INPUT_INVALID')
  expect(codeOf(await mine(mutation, { input: { from: at(0), before: at(10), names: [] } }))).toBe('INPUT_INVALID')
  expect(codeOf(await graphql(db.api)(`${shop.slug}-read`)(mutation, { input: { from: at(0), before: at(10) } }))).toBe(
    'SCOPE_MISSING',
  )

  const jobs = startJobs(db)
  try {
    // All of them: a worker is not to be stopped amid a walk.
    const waiting = () => db.owner`SELECT FROM graphile_worker.jobs`
    await jobs.ready
    await until(waiting, (rows) => rows.length === 0, { timeout: 60_000 })
    const { data } = await mine(
      'query ($id: ID!) { replay(id: $id) { state done total events transitions job { id } } }',
      { id },
    )
    expect(data.replay).toEqual({
      state: 'DONE',
      done: 2,
      total: 2,
      events: 1,
      transitions: expect.any(Number),
      job: null,
    })
  } finally {
    await jobs.stop()
  }
})
