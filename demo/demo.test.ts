import { expect, it } from 'vitest'
import { createIngestDoor } from '../api/ingest/door.ts'
import { writerOf } from '../api/ingest/writer.ts'
import { createServer } from '../api/server.ts'
import { graphqlDoor } from '../api/yoga.ts'
import { config } from '../config.ts'
import { inTenant } from '../db/client.ts'
import { silent } from '../db/server/progress.ts'
import { parseLabelRule, parseRule } from '../engine/rules/index.ts'
import { testDatabase, until } from '../test/database.ts'
import type { JsonObject } from '../db/schema/columns.ts'
import { checkProperties, readProperties, type Violation } from '../engine/model/property.ts'
import { BEHAVIORS, LABELS, SEGMENTS } from './definitions.ts'
import { history } from './history.ts'
import { seeded } from './random.ts'
import { ensureDemoTenant, seedDefinitions, seedHistory } from './seed.ts'
import { DEMO_KEYS } from './shop.ts'
import { simulate } from './simulator.ts'
import { visit } from './visit.ts'

const db = await testDatabase()
const now = new Date('2026-11-24T12:00:00Z')

it('has the same past in every run', () => {
  expect(history(now, { customers: 20 })).toEqual(history(now, { customers: 20 }))
})

it('tells of nothing that is yet to come', () => {
  const { events, orders } = history(now, { customers: 300 })
  expect(events.filter((event) => (event.occurred_at as string) > now.toISOString())).toEqual([])
  expect(orders.filter((order) => (order.placed_at as string) > now.toISOString())).toEqual([])
})

it('gives no two customers one phone or one address', () => {
  const { contacts } = history(now)
  for (const column of ['phone', 'email', 'user_id']) {
    const values = contacts.map((contact) => contact[column]).filter((value) => value !== null)
    expect(values.length).toBeGreaterThan(500)
    expect(new Set(values).size).toBe(values.length)
  }
})

it('buys what lies in the cart', () => {
  const steps = visit(seeded(1), 'buy', 'cart-1')
  const added = steps.filter((step) => step.name === 'Product Added').map((step) => step.properties.sku)
  const bought = steps.at(-1)!
  expect(bought.name).toBe('Order Completed')
  expect((bought.properties.products as { sku: string }[]).map(({ sku }) => sku)).toEqual(added)
})

it('does what its behaviors say', () => {
  const byName = new Map(BEHAVIORS.map((behavior) => [behavior.name, behavior]))
  const steps = Array.from({ length: 50 }, (_, n) => visit(seeded(n), 'buy', `cart-${n}`)).flat()
  for (const { type, name, properties } of steps) {
    const found: Violation[] = []
    const behavior = type === 'track' ? byName.get(name!)! : { properties: [] }
    checkProperties(readProperties(behavior.properties), properties as JsonObject, 'properties', found)
    expect(found, name).toEqual([])
  }
})

it('is made once: tenant, keys, past and definitions survive a second start', async () => {
  const tenant = await ensureDemoTenant(db.owner)
  expect(await ensureDemoTenant(db.owner)).toBe(tenant)
  expect(await seedHistory(db.owner, tenant, silent)).toBe(true)
  expect(await seedHistory(db.owner, tenant, silent)).toBe(false)
  expect(await seedDefinitions(db.owner, tenant)).toBe(SEGMENTS.length + LABELS.length)
  expect(await seedDefinitions(db.owner, tenant)).toBe(0)
  const [counts] = await inTenant(
    db.api,
    tenant,
    (sql) => sql`
SELECT (SELECT count(*) FROM contacts)::int AS contacts, (SELECT count(*) FROM tenant_events)::int AS events,
  (SELECT count(*) FROM segments)::int AS segments`,
  )
  expect(counts).toEqual({ contacts: expect.any(Number), events: expect.any(Number), segments: SEGMENTS.length })
  // How many exactly depends on the hour: the past ends now.
  expect(counts!.contacts).toBeGreaterThan(1_800)
  expect(counts!.events).toBeGreaterThan(20_000)
})

it('gives each key its scope, and the write key a source', async () => {
  for (const [scope, key] of Object.entries(DEMO_KEYS)) {
    const [found] = await db.api`SELECT scopes, source_id FROM authenticate(encode(sha256(${key}), 'hex'))`
    expect(found!.scopes).toEqual([scope])
    if (scope === 'write') expect(found!.source_id).not.toBeNull()
  }
})

it.each(SEGMENTS)('$key is a rule that the engine takes', ({ rule }) => {
  expect(parseRule(rule)).toEqual(rule)
})

it.each(LABELS)('$key is a label rule that the engine takes', ({ rule }) => {
  expect(parseLabelRule(rule)).toEqual(rule)
})

it('sends visitors to the public doors, and books what they order', async () => {
  const tenant = await ensureDemoTenant(db.owner)
  const writer = writerOf(db.api)
  const ingest = createIngestDoor({ sql: db.api, writer, config })
  const server = createServer({ config, sql: db.api, graphql: graphqlDoor(db.api), ingest })
  const port = await server.listen(0, '127.0.0.1')
  const stop = new AbortController()
  const visitors = simulate(`http://127.0.0.1:${port}`, stop.signal, { speed: 500 })
  const booked = await until(
    () =>
      inTenant(
        db.api,
        tenant,
        (sql) => sql`
SELECT o.amount::float AS amount, (SELECT sum(quantity * unit_price) FROM order_items i WHERE i.order_id = o.id)::float AS items
FROM orders o
JOIN tenant_events e ON e.name = 'Order Completed' AND e.properties ->> 'orderId' = o.external_id AND e.user_id = o.user_id`,
      ),
    (rows) => rows.length >= 3,
  )
  for (const { amount, items } of booked) expect(items).toBeCloseTo(amount as number)
  stop.abort()
  await visitors
  await server.stop()
  const [{ n }] = await inTenant(
    db.api,
    tenant,
    (sql) => sql<[{ n: number }]>`SELECT count(*)::int AS n FROM dead_letters`,
  )
  expect(n).toBe(0)
})
