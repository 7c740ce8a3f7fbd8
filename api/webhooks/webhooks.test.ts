import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { config } from '../../config.ts'
import { testDatabase } from '../../test/database.ts'
import { codeOf, graphql, okOf } from '../../test/graphql.ts'
import { createIngestDoor } from '../ingest/door.ts'
import { createWriter } from '../ingest/writer.ts'
import { createServer } from '../server.ts'
import { runMapping } from './mapping.ts'

const db = await testDatabase()
const tenantId = await db.createTenant('shop')
await db.createTenant('other')
const writer = createWriter(db.api, config)
const server = createServer({ config, sql: db.api, ingest: createIngestDoor({ sql: db.api, writer, config }) })
const api = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`
afterAll(() => server.stop())
const ask = graphql(db.api)('shop-admin')

const ok = okOf(ask)

const create = (name: string, verify: string, mapping: string, secret = 'secret', header: string | null = null) =>
  ok(
    `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { path source { id name kind } } } }`,
    { input: { name, verify, mapping, secret, header } },
  ).then((data) => data.createWebhook.webhook as { path: string; source: { id: string } })

const call = async (path: string, body: string, headers: Record<string, string>) => {
  const response = await fetch(api + path, { method: 'POST', body, headers })
  return { status: response.status, ...((await response.json()) as any) }
}
const hmac = (secret: string | Buffer, text: string, encoding: 'hex' | 'base64') =>
  createHmac('sha256', secret).update(text).digest(encoding)
const events = () =>
  db.owner`SELECT name, user_id, identifiers, properties, occurred_at, message_id FROM events WHERE tenant_id = ${tenantId} ORDER BY id`
const letters = () =>
  db.owner`SELECT id, code, payload, door, envelope FROM dead_letters WHERE tenant_id = ${tenantId} AND replayed_at IS NULL ORDER BY id`

const docs = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8')
const [shopifyMapping, stripeMapping] = [...docs.matchAll(/```jsonata\n([\s\S]*?)```/g)].map((match) => match[1]!) as [
  string,
  string,
]

it('takes an order from Shopify by the mapping of our own manual, once however often it is delivered', async () => {
  const { path } = await create('shopify', 'shopify', shopifyMapping)
  const body = JSON.stringify({
    id: 820982911946154508n.toString(),
    email: 'jon@example.com',
    created_at: '2026-11-20T10:00:00-05:00',
    currency: 'USD',
    total_price: '403.00',
    customer: { id: 115310627314723950n.toString() },
    line_items: [
      { sku: 'IPOD2008', quantity: 1, price: '199.00' },
      { sku: 'IPOD-342', quantity: 2, price: '102.00' },
    ],
  })
  const headers = { 'x-shopify-hmac-sha256': hmac('secret', body, 'base64'), 'x-shopify-webhook-id': 'delivery-1' }
  expect(await call(path, body, headers)).toEqual({ status: 200, success: true, stored: 1, deduplicated: 0 })
  expect(await call(path, body, headers)).toEqual({ status: 200, success: true, stored: 0, deduplicated: 1 })
  expect((await call(path, `${body} `, headers)).error.code).toBe('SIGNATURE_WRONG')
  expect(await events()).toMatchObject([
    {
      name: 'Order Completed',
      user_id: '115310627314723950',
      identifiers: { email: 'jon@example.com' },
      occurred_at: '2026-11-20T15:00:00Z',
      properties: {
        total: 403,
        products: [
          { sku: 'IPOD2008', quantity: 1, price: 199 },
          { sku: 'IPOD-342', quantity: 2, price: 102 },
        ],
      },
    },
  ])
})

it('takes from Stripe what the mapping is about, passes over the rest, and nothing that is old', async () => {
  const { path } = await create('stripe', 'stripe', stripeMapping, 'whsec_1')
  const send = (event: object, at = Math.floor(Date.now() / 1000), secret = 'whsec_1') => {
    const body = JSON.stringify(event)
    return call(path, body, {
      'stripe-signature': `t=${at},v1=${'0'.repeat(64)},v1=${hmac(secret, `${at}.${body}`, 'hex')},v0=x`,
    })
  }
  const created = Math.floor(Date.now() / 1000) - 3600
  const paid = {
    id: 'evt_1',
    type: 'invoice.paid',
    created,
    data: { object: { customer: 'cus_1', amount_paid: 1250, currency: 'eur', customer_email: 'Ada@example.com' } },
  }
  expect(await send(paid)).toMatchObject({ stored: 1 })
  expect(await send(paid)).toMatchObject({ stored: 0, deduplicated: 1 })
  expect(await send({ id: 'evt_2', type: 'charge.updated', created })).toEqual({
    status: 200,
    success: true,
    stored: 0,
    deduplicated: 0,
  })
  expect((await send(paid, created)).error.code).toBe('SIGNATURE_WRONG')
  expect((await send(paid, undefined, 'whsec_2')).error.code).toBe('SIGNATURE_WRONG')
  expect((await events()).at(-1)).toMatchObject({
    name: 'Invoice Paid',
    user_id: 'cus_1',
    properties: { amount: 12.5, currency: 'EUR' },
    occurred_at: new Date(created * 1000).toISOString().replace('.000', ''),
  })
})

it('knows Standard Webhooks, and the HMAC in a header of one’s own', async () => {
  const mapping = `{"type": "track", "event": headers."x-topic", "userId": body.user}`
  const key = Buffer.from('a standard secret')
  const standard = await create('standard', 'standard', mapping, `whsec_${key.toString('base64')}`)
  const at = String(Math.floor(Date.now() / 1000))
  const body = '{"user": "ada"}'
  const signature = `v1,${hmac(key, `msg_1.${at}.${body}`, 'base64')}`
  const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': at, 'x-topic': 'Standard' }
  expect(await call(standard.path, body, { ...headers, 'webhook-signature': `v1,AAAA ${signature}` })).toMatchObject({
    stored: 1,
  })
  expect(
    (await call(standard.path, body, { ...headers, 'webhook-id': 'msg_2', 'webhook-signature': signature })).status,
  ).toBe(401)

  const own = await create('own', 'hmac', mapping, 's', 'X-Hub-Signature-256')
  for (const value of [`sha256=${hmac('s', body, 'hex')}`, hmac('s', body, 'base64')]) {
    expect(await call(own.path, body, { 'x-hub-signature-256': value, 'x-topic': 'Own' })).toMatchObject({ stored: 1 })
  }
})

it('tells a wrong signature and an unknown source alike', async () => {
  const { path } = await create('careful', 'hmac', 'body')
  const paths = [path, `/v1/webhooks/${crypto.randomUUID()}`, '/v1/webhooks/nonsense']
  const answers = await Promise.all(paths.map((one) => call(one, '{}', { 'x-signature': 'x', 'x-request-id': 'r' })))
  expect(answers[0]).toMatchObject({ status: 401, error: { code: 'SIGNATURE_WRONG' } })
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect((await fetch(api + path)).status).toBe(405)
})

it('keeps what it cannot read or map, and maps it again when the mapping is mended', async () => {
  const { path, source } = await create('broken', 'hmac', '$number(body.amount)')
  const send = (body: string) =>
    call(path, body, { 'x-signature': hmac('secret', body, 'hex'), 'x-topic': 'T', authorization: 'Bearer hidden' })
  const unmapped = '{"amount": "many", "user": "ada"}'
  expect(await send(unmapped)).toMatchObject({ status: 200, stored: 0, dead: [{ code: 'MAPPING_FAILED' }] })
  expect(await send('no JSON')).toMatchObject({ status: 200, dead: [{ code: 'BODY_UNREADABLE' }] })
  expect(await send('{"amount": "12"}')).toMatchObject({ status: 200, dead: [{ code: 'EVENT_NOT_AN_OBJECT' }] })
  expect(await letters()).toMatchObject([
    { code: 'MAPPING_FAILED', payload: unmapped, door: 'webhook', envelope: expect.stringContaining('"x-topic":"T"') },
    { code: 'BODY_UNREADABLE', payload: 'no JSON' },
    { code: 'EVENT_NOT_AN_OBJECT', payload: '{"amount": "12"}' },
  ])
  expect(JSON.stringify(await letters())).not.toMatch(/hidden|x-signature/)

  await ok(`mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { mapping } } }`, {
    input: { source: source.id, mapping: '{"type": "track", "event": headers."x-topic", "userId": body.user}' },
  })
  const replay = 'mutation { replayDeadLetters(input: {which: {code: "MAPPING_FAILED"}}) { replayed stored } }'
  expect(await ok(replay)).toEqual({ replayDeadLetters: { replayed: 1, stored: 1 } })
  expect((await events()).at(-1)).toMatchObject({ name: 'T', user_id: 'ada' })
})

it('keeps the call whose one event is refused, however often it is replayed before the mapping is mended', async () => {
  const mapping = (person: string) => `{"type": "track", "event": "Told", "userId": ${person}}`
  const { path, source } = await create('half', 'hmac', mapping('body.id'))
  const body = '{"name": "b", "n": 2}'
  const came = (await events()).length
  expect(await call(path, body, { 'x-signature': hmac('secret', body, 'hex') })).toMatchObject({
    status: 200,
    stored: 0,
    dead: [{ code: 'EVENT_WITHOUT_PERSON' }],
  })
  const waiting = async () => (await letters()).filter(({ payload }) => payload === body)
  expect(await waiting()).toHaveLength(1)

  const replay = () =>
    ok('mutation ($source: ID!) { replayDeadLetters(input: {which: {source: $source}}) { replayed stored refused } }', {
      source: source.id,
    })
  expect((await replay()).replayDeadLetters).toEqual({ replayed: 0, stored: 0, refused: 1 })
  expect(await waiting()).toHaveLength(1)
  await ok(`mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { mapping } } }`, {
    input: { source: source.id, mapping: mapping('body.name') },
  })
  expect((await replay()).replayDeadLetters).toEqual({ replayed: 1, stored: 1, refused: 0 })
  expect((await events()).length).toBe(came + 1)
  expect(await waiting()).toEqual([])
})

it('previews a mapping, and stores nothing', async () => {
  const before = (await events()).length
  const preview = (mapping: string) =>
    ask(
      'mutation ($input: PreviewWebhookInput!) { previewWebhook(input: $input) { events problems { index code } } }',
      {
        input: { mapping, body: { users: ['ada', null] } },
      },
    )
  expect((await preview('body.users.{"type": "page", "userId": $}')).data.previewWebhook).toEqual({
    events: [
      { type: 'page', userId: 'ada' },
      { type: 'page', userId: null },
    ],
    problems: [{ index: 1, code: 'EVENT_WITHOUT_PERSON' }],
  })
  expect(codeOf(await preview('{"type": '))).toBe('MAPPING_FAILED')
  expect(await events()).toHaveLength(before)
  expect(
    codeOf(
      await ask(
        'mutation { createWebhook(input: {name: "x", verify: hmac, secret: "s", mapping: "{("}) { webhook { path } } }',
      ),
    ),
  ).toBe('MAPPING_FAILED')
})

it('ends a mapping that does not end by itself, and goes on with the next', async () => {
  const input = { body: 'a'.repeat(40), headers: {} }
  for (const endless of [
    '($f := function($n) { $f($n + 1) }; $f(0))',
    '$match(body, /^(a+)+b$/)',
    '[1..10000000].("x" & $)',
  ]) {
    await expect(runMapping(tenantId, endless, input)).rejects.toMatchObject({ code: 'MAPPING_FAILED' })
  }
  expect(await runMapping(tenantId, '[process, constructor.constructor, $eval("process.env")]', input)).toEqual([])
  expect(await runMapping(tenantId, '{"n": $length(body)}', input)).toEqual([{ n: 40 }])
})

it('tells the secret to nobody, and of another tenant nothing', async () => {
  const { data } = await graphql(db.api)('other-admin')('{ webhooks { path } }')
  expect(data.webhooks).toEqual([])
  const own = await ok('{ webhooks { path verify header mapping updatedAt source { name } } }')
  expect(own.webhooks.length).toBeGreaterThan(3)
  expect(codeOf(await graphql(db.api)('shop-read')('{ webhooks { path } }'))).toBe('SCOPE_MISSING')
  expect(codeOf(await ask('{ __type(name: "Webhook") { name } webhooks { secret } }'))).toBe(
    'GRAPHQL_VALIDATION_FAILED',
  )
})
