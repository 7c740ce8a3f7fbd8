/** One event, followed from the request that brought it to the subscription that tells of it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { connect, inTenant } from '../../db/client.ts'
import { currentTrace, flushTraces, inTrace, startSpan, startTrace, traceTo, within } from '../../trace.ts'
import { testDatabase, until } from '../database.ts'
import { startPlatform } from '../platform.ts'
import { subscribe } from '../subscribe.ts'

type Told = {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  links: { traceId: string; spanId: string }[]
  attributes: { key: string; value: { intValue?: string; stringValue?: string } }[]
  status: { code?: number }
  startTimeUnixNano: string
  endTimeUnixNano: string
}

/** What an OpenTelemetry collector takes, as far as we speak to it. */
const spans: Told[] = []
const headers: Record<string, unknown>[] = []
const collector = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  headers.push({ url: request.url, type: request.headers['content-type'], key: request.headers['x-key'] })
  for (const { scopeSpans } of JSON.parse(body).resourceSpans)
    for (const scope of scopeSpans) spans.push(...scope.spans)
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
})
await new Promise<void>((done) => collector.listen(0, '127.0.0.1', done))
const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`
afterAll(() => new Promise((done) => collector.close(done)))
afterEach(() => traceTo())

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = `00-${TRACE}-b7ad6b7169203331-01`
const OTHER = '00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01'

describe('a span', () => {
  it('is the child of one, and begins a trace of its own that points to several', async () => {
    traceTo({ endpoint: `${endpoint}/`, headers: 'x-key=secret' })
    spans.length = headers.length = 0
    startSpan('child', { links: [CALLER, CALLER] })!.end({ 'kith.events': 2 })
    startSpan('batch', { links: [CALLER, OTHER], kind: 'consumer' })!.end({}, new TypeError('Ada'))
    expect(startSpan('nobody', { links: [] })).toBeUndefined()
    expect(startSpan('nonsense', { links: ['x'], parent: 'y' })).toBeUndefined()
    await flushTraces()
    const [child, batch] = spans
    expect(child).toMatchObject({ name: 'child', traceId: TRACE, parentSpanId: 'b7ad6b7169203331', kind: 1, links: [] })
    expect(child!.attributes).toEqual([{ key: 'kith.events', value: { intValue: '2' } }])
    expect(batch).toMatchObject({ kind: 5, status: { code: 2 } })
    expect(batch!.parentSpanId).toBeUndefined()
    expect(batch!.links.map(({ spanId }) => spanId)).toEqual(['b7ad6b7169203331', 'c7ad6b7169203331'])
    expect(new Set([TRACE, batch!.traceId, batch!.links[1]!.traceId]).size).toBe(3)
    expect(JSON.stringify(spans)).not.toContain('Ada')
    expect(headers).toEqual([{ url: '/v1/traces', type: 'application/json', key: 'secret' }])
  })

  it('is there when the caller samples, or chance does, and never when traces are off', () => {
    traceTo({ endpoint, ratio: 0 })
    expect(startTrace('a', undefined, {})).toBeUndefined()
    expect(startTrace('a', CALLER, {})!.context).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`))
    traceTo({ endpoint, ratio: 1 })
    expect(startTrace('a', CALLER.replace(/01$/, '00'), {})).toBeUndefined()
    for (const wrong of [undefined, 'x', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, `${CALLER}0`])
      expect(startTrace('a', wrong, {})!.context).not.toContain(TRACE)
    const span = startTrace('a', undefined, {})!
    expect(inTrace(span, currentTrace)).toBe(span.context)
    traceTo()
    expect(startTrace('a', CALLER, {})).toBeUndefined()
    expect(startSpan('a', { links: [CALLER] })).toBeUndefined()
    expect(inTrace(span, currentTrace)).toBeUndefined()
  })

  it('costs nobody anything when the collector is away', async () => {
    traceTo({ endpoint: 'http://127.0.0.1:1' })
    expect(await within(startSpan('a', { links: [CALLER] }), async () => 'done')).toBe('done')
    await flushTraces()
  })
})

describe('an event', async () => {
  const db = await testDatabase()
  const tenant = await db.createTenant('shop')
  const platform = await startPlatform(db)
  afterAll(() => platform.stop())
  await db.owner`
INSERT INTO segments (tenant_id, key, name, rule) VALUES (${tenant}, 'seen', 'Seen', '{"event": {"name": "Price Viewed"}}')`
  const told = await subscribe(
    fetch,
    `${platform.url}/graphql`,
    'shop-read',
    'subscription { segmentEntered { cursor } }',
  )
  afterAll(() => told.stop())
  const send = (userId: string, traceparent?: string) =>
    fetch(`${platform.url}/v1/track`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${btoa('shop-write:')}`,
        ...(traceparent && { traceparent }),
      },
      body: JSON.stringify({ userId, event: 'Price Viewed' }),
    }).then((response) => expect(response.status).toBe(200))

  it('is followed from its request through the log and the job to the subscription', async () => {
    traceTo({ endpoint })
    spans.length = 0
    await send('ada-lovelace', CALLER)
    await until(() => told.frames.length === 1)
    const of = (name: string) => spans.filter((span) => span.traceId === TRACE && span.name === name)
    const names = ['POST /v1', 'store events', 'enqueue', 'react', 'tell subscribers']
    await until(async () => {
      await flushTraces()
      return names.every((name) => of(name).length > 0)
    })
    const [request, store, enqueue, react, tell] = names.map((name) => of(name)[0]!)
    expect(request!.parentSpanId).toBe('b7ad6b7169203331')
    expect(store!.parentSpanId).toBe(request!.spanId)
    expect(enqueue!.parentSpanId).toBe(store!.spanId)
    expect(react!.parentSpanId).toBe(store!.spanId)
    expect(tell!.parentSpanId).toBe(react!.spanId)
    for (const span of [request, store, enqueue, react, tell])
      expect(BigInt(span!.endTimeUnixNano) >= BigInt(span!.startTimeUnixNano)).toBe(true)
    expect(tell!.attributes).toContainEqual({ key: 'kith.subscribers', value: { intValue: '1' } })
    expect(JSON.stringify(spans)).not.toMatch(new RegExp(`ada-lovelace|Price Viewed|shop|${tenant}`))
  })

  it('is followed from a mutation, and a changed record and a saved segment are as well', async () => {
    traceTo({ endpoint })
    const mutate = async (query: string, traceparent: string, key = 'shop-write') => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}`, traceparent }
      const response = await fetch(`${platform.url}/graphql`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ query: `mutation { ${query} }` }),
      })
      expect(await response.json()).not.toHaveProperty('errors')
    }
    const contact = 'upsertContacts(input: {contacts: [{externalId: "1", userId: "bob", title: "CTO"}]}) { created }'
    const segment =
      'createSegment(input: {key: "cto", name: "CTO", rule: {record: {kind: "contact"}}}) { segment { id } }'
    const track = 'sendEvents(input: {events: [{userId: "eve", event: "Price Viewed"}]}) { stored }'
    for (const [number, [query, key, then]] of (
      [
        [track, 'shop-write', 'react'],
        [contact, 'shop-admin', 'react'],
        [segment, 'shop-admin', 'backfill'],
      ] as const
    ).entries()) {
      const trace = `${number}bf7651916cd43dd8448eb211c80319c`
      spans.length = 0
      await mutate(query, `00-${trace}-b7ad6b7169203331-01`, key)
      await until(async () => {
        await flushTraces()
        const names = new Set(spans.filter(({ traceId }) => traceId === trace).map(({ name }) => name))
        return ['POST /graphql', 'enqueue', then, 'tell subscribers'].every((name) => names.has(name))
      })
    }
  })

  it('begins a trace where it comes by SQL, and so does a timer', async () => {
    traceTo({ endpoint })
    const roots = async (names: string[], hasCome: () => boolean = () => true) => {
      await until(async () => {
        await flushTraces()
        const root = spans.find((span) => span.name === names[0] && !span.parentSpanId && span.links.length === 0)
        const ofIt = spans.filter((span) => span.traceId === root?.traceId).map(({ name }) => name)
        return hasCome() && names.every((name) => ofIt.includes(name))
      })
    }
    spans.length = 0
    const before = told.frames.length
    await db.owner`INSERT INTO events (tenant_id, name, user_id) VALUES (${tenant}, 'Price Viewed', 'mary')`
    await roots(['enqueue', 'react', 'tell subscribers'], () => told.frames.length === before + 1)
    spans.length = 0
    await db.owner`
INSERT INTO timers (tenant_id, profile_id, due_at) SELECT tenant_id, id, now() FROM profiles WHERE tenant_id = ${tenant} LIMIT 1`
    await roots(['react'])
    expect(spans.filter(({ name }) => name === 'enqueue')).toEqual([])
  })

  it('comes as well, without a word of it, when traces are off', async () => {
    spans.length = 0
    const before = told.frames.length
    await send('grace', CALLER)
    await until(() => told.frames.length === before + 1)
    await flushTraces()
    expect(spans).toEqual([])
  })
})

it('is told of in the log by the API only, and only as a trace', async () => {
  const db = await testDatabase()
  const tenant = await db.createTenant('shop')
  for (const wrong of ['x', `${CALLER}"`, '{}', ''])
    await inTenant(db.api, tenant, (sql) => sql`SELECT ops.emit_trace(${wrong})`)
  await expect(inTenant(db.worker, tenant, (sql) => sql`SELECT ops.emit_trace(${CALLER})`)).rejects.toThrow(
    'permission',
  )
  const sql = connect(db.apiUrl, { max: 1, name: 'test api' })
  await sql`SELECT ops.emit_trace(${CALLER})` // of no tenant: says nothing
  await sql.end()
})
