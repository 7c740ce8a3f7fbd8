/** The SDKs that people have in their programs today, unchanged, against a real server. */
import RudderAnalytics from '@rudderstack/rudder-sdk-node'
import { Analytics } from '@segment/analytics-node'
import { afterAll, expect, it } from 'vitest'
import { config } from '../../config.ts'
import { testDatabase } from '../../test/database.ts'
import { createServer } from '../server.ts'
import { createIngestDoor } from './door.ts'
import { createWriter } from './writer.ts'

const db = await testDatabase()
const segment = await db.createTenant('segment')
const rudder = await db.createTenant('rudder')
const writer = createWriter(db.api, config)
const server = createServer({ config, sql: db.api, ingest: createIngestDoor({ sql: db.api, writer, config }) })
const host = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`
afterAll(() => server.stop())

type Stored = Record<string, unknown>
const stored = (tenantId: string) => db.owner<Stored[]>`
SELECT type, name, user_id, anonymous_id, identifiers, properties, traits, context, occurred_at, message_id
FROM events WHERE tenant_id = ${tenantId} ORDER BY id`

const when = new Date('2026-11-20T10:11:12.345Z')

it('stores every kind of call of @segment/analytics-node once', async () => {
  const analytics = new Analytics({ writeKey: 'segment-write', host, maxRetries: 0 })
  const errors: unknown[] = []
  analytics.on('error', (error) => errors.push(error))
  analytics.track({
    userId: 'ada',
    event: 'Order Completed',
    properties: { total: 12.5, sku: ['a', 'b'] },
    timestamp: when,
  })
  analytics.identify({ userId: 'ada', traits: { email: ' Ada@Example.com', phone: '+49 (30) 123-45', plan: 'pro' } })
  analytics.page({ anonymousId: 'anon-1', category: 'Docs', name: 'Pricing', properties: { path: '/pricing' } })
  analytics.screen({ userId: 'ada', name: 'Cart' })
  analytics.group({ userId: 'ada', groupId: 'acme', traits: { name: 'Acme', email: 'office@acme.example' } })
  analytics.group({ groupId: 'acme', traits: { plan: 'gold' } } as never)
  analytics.alias({ userId: 'ada', previousId: 'anon-1' })
  analytics.track({
    anonymousId: 'anon-2',
    event: 'Größe gewählt 👟',
    context: { traits: { email: 'bob@example.com' }, ip: '1.2.3.4' },
  })
  await analytics.closeAndFlush()

  expect(errors).toEqual([])
  const rows = await stored(segment)
  expect(rows).toMatchObject([
    {
      type: 'track',
      name: 'Order Completed',
      user_id: 'ada',
      occurred_at: '2026-11-20T10:11:12.345Z',
      properties: { total: 12.5, sku: ['a', 'b'] },
      traits: null,
    },
    {
      type: 'identify',
      name: 'identify',
      identifiers: { email: 'ada@example.com', phone: '+493012345' },
      traits: { plan: 'pro' },
    },
    {
      type: 'page',
      name: 'page',
      user_id: null,
      anonymous_id: 'anon-1',
      properties: { path: '/pricing', name: 'Pricing', category: 'Docs' },
    },
    { type: 'screen', name: 'screen', properties: { name: 'Cart' } },
    {
      type: 'group',
      name: 'group',
      user_id: 'ada',
      identifiers: null,
      properties: { groupId: 'acme' },
      traits: { name: 'Acme' },
    },
    { type: 'group', user_id: null, anonymous_id: null, properties: { groupId: 'acme' }, traits: { plan: 'gold' } },
    { type: 'alias', user_id: 'ada', anonymous_id: 'anon-1', properties: { previousId: 'anon-1' } },
    {
      type: 'track',
      name: 'Größe gewählt 👟',
      anonymous_id: 'anon-2',
      identifiers: { email: 'bob@example.com' },
      context: { ip: '1.2.3.4' },
    },
  ])
  expect(rows).toHaveLength(8)
  expect(rows[0]!.context).toMatchObject({ library: { name: '@segment/analytics-node' } })
  expect(new Set(rows.map((row) => row.message_id)).size).toBe(8)
})

it.each([true, false])('stores every kind of call of @rudderstack/rudder-sdk-node once (gzip: %s)', async (gzip) => {
  const analytics = new RudderAnalytics('rudder-write', {
    dataPlaneUrl: host,
    flushAt: 100,
    gzip,
    retryCount: 0,
    logLevel: 'none',
  })
  ;(analytics as unknown as { flushed: boolean }).flushed = true // it sends its very first event alone, at once
  analytics.track({ userId: 'ada', event: 'Order Completed', properties: { total: 12.5 }, timestamp: when })
  analytics.identify({ userId: 'ada', traits: { email: 'ada@example.com', plan: 'pro' } })
  analytics.page({ anonymousId: 'anon-1', name: 'Pricing', properties: { path: '/pricing' } })
  analytics.screen({ userId: 'ada', name: 'Cart', properties: {} })
  analytics.group({ userId: 'ada', groupId: 'acme', traits: { name: 'Acme' } })
  analytics.alias({ userId: 'ada', previousId: 'anon-1' })
  await analytics.flush()

  const rows = (await stored(rudder)).slice(gzip ? 0 : 6)
  expect(rows).toMatchObject([
    {
      type: 'track',
      name: 'Order Completed',
      user_id: 'ada',
      occurred_at: '2026-11-20T10:11:12.345Z',
      properties: { total: 12.5 },
    },
    { type: 'identify', identifiers: { email: 'ada@example.com' }, traits: { plan: 'pro' } },
    { type: 'page', anonymous_id: 'anon-1', properties: { path: '/pricing', name: 'Pricing' } },
    { type: 'screen', properties: { name: 'Cart' } },
    { type: 'group', properties: { groupId: 'acme' }, traits: { name: 'Acme' } },
    { type: 'alias', user_id: 'ada', anonymous_id: 'anon-1' },
  ])
  expect(rows).toHaveLength(6)
})

it('tells the SDKs that a key is wrong', async () => {
  const analytics = new Analytics({ writeKey: 'segment-wrong', host, maxRetries: 0 })
  const error = new Promise((resolve) => analytics.on('error', resolve))
  analytics.track({ userId: 'eve', event: 'x' })
  await analytics.closeAndFlush()
  expect(await error).toMatchObject({ reason: expect.objectContaining({ message: '[401] Unauthorized' }) })
})
