import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { config } from '../../config.ts'
import { testDatabase, until } from '../../test/database.ts'
import { codeOf, graphql, okOf } from '../../test/graphql.ts'
import { createIngestDoor } from '../ingest/door.ts'
import { createWriter } from '../ingest/writer.ts'
import { createServer } from '../server.ts'
import { schemes } from './verify.ts'

const db = await testDatabase()
const tenantId = await db.createTenant('shop')
const writer = createWriter(db.api, config)
const server = createServer({ config, sql: db.api, ingest: createIngestDoor({ sql: db.api, writer, config }) })
const api = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`
afterAll(() => server.stop())
const ask = graphql(db.api)('shop-admin')

const ok = okOf(ask)

const create = async (name: string, verify: string, mapping: string) => {
  const data = await ok(
    'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { path source { id } } } }',
    { input: { name, verify, mapping, secret: 'secret' } },
  )
  return data.createWebhook.webhook as { path: string; source: { id: string } }
}
const hmac = (...parts: string[]) => createHmac('sha256', 'secret').update(parts.join('')).digest('base64')

async function post(path: string, body: string, headers: Record<string, string>) {
  const response = await fetch(api + path, { method: 'POST', body, headers })
  return { status: response.status, ...((await response.json()) as any) }
}
const shopify = (path: string, body: object, delivery: string) => {
  const text = JSON.stringify(body)
  return post(path, text, { 'x-shopify-hmac-sha256': hmac(text), 'x-shopify-webhook-id': delivery })
}

const docs = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8')
const mappings = [...docs.matchAll(/```jsonata\n([\s\S]*?)```/g)].map((match) => match[1]!)

const orders = () => db.owner`
SELECT o.external_id, o.amount, o.status, c.email AS contact, (SELECT count(*)::int FROM order_items i WHERE i.order_id = o.id) AS items
FROM orders o LEFT JOIN contacts c ON c.id = o.contact_id WHERE o.tenant_id = ${tenantId} ORDER BY 1`
const events = () =>
  db.owner`SELECT name, message_id, properties FROM events WHERE tenant_id = ${tenantId} AND name <> 'page' ORDER BY id`

const order = (more: object = {}) => ({
  id: 1001,
  name: '#1001',
  email: 'jon@example.com',
  created_at: '2026-11-20T10:00:00-05:00',
  currency: 'USD',
  total_price: '403.00',
  financial_status: 'pending',
  customer: { id: 7, first_name: 'Jon', last_name: null },
  line_items: [{ sku: 'IPOD', title: 'iPod', quantity: 2, price: '201.50' }],
  ...more,
})

it('writes the state and the event of one payload together, and an old state never over a newer one', async () => {
  const { path } = await create('shopify', 'shopify', mappings[2]!)
  expect(await shopify(path, order(), 'd1')).toEqual({
    status: 200,
    success: true,
    stored: 1,
    deduplicated: 0,
    records: 2,
  })
  expect(await orders()).toEqual([
    { external_id: '1001', amount: '403.0000', status: 'pending', contact: 'jon@example.com', items: 1 },
  ])
  expect(await shopify(path, order({ financial_status: 'paid' }), 'd2')).toMatchObject({
    stored: 0,
    deduplicated: 1,
    records: 2,
  })
  expect(await shopify(path, order(), 'd1')).toMatchObject({ stored: 0, deduplicated: 1, records: 0 })
  expect(await orders()).toMatchObject([{ status: 'paid' }])
  expect(await events()).toMatchObject([{ name: 'Order Completed', message_id: 'shopify-order-1001' }])
  const { ingestCounts } = await ok('{ ingestCounts { door accepted stored deduplicated dead records } }')
  expect(ingestCounts).toEqual([{ door: 'webhook', accepted: 3, stored: 1, deduplicated: 2, dead: 0, records: 4 }])
})

it('takes concurrent deliveries of one call once', async () => {
  const { path } = await create(
    'twice',
    'shopify',
    '{"records": {"object": "lead", "externalId": body.id, "score": body.score}}',
  )
  const answers = await Promise.all(Array.from({ length: 8 }, () => shopify(path, { id: 'l1', score: 5 }, 'same')))
  expect(answers.map(({ records }) => records).sort()).toEqual([0, 0, 0, 0, 0, 0, 0, 1])
})

it('writes nothing where a part is refused, keeps the call whole, and replays it once when the mapping is mended', async () => {
  const mapping = (amount: string) => `{
    "records": [
      {"object": "account", "externalId": body.company, "name": body.company},
      {"object": "order", "externalId": body.id, "amount": ${amount}, "currency": "EUR", "placedAt": "2026-11-24T10:00:00Z", "account": body.company}
    ],
    "events": {"type": "track", "event": "Ordered", "userId": body.user}
  }`
  const { path, source } = await create('broken', 'shopify', mapping('body.amount'))
  const send = (body: object, delivery: string) => shopify(path, body, delivery)
  expect(await send({ id: 'b1', company: 'acme', amount: 'many', user: 'ada' }, 'b1')).toMatchObject({
    status: 200,
    stored: 0,
    dead: [{ code: 'RECORD_INVALID', reason: expect.stringMatching(/^records\.1\.amount: /) }],
  })
  expect(await send({ id: 'b2', company: 'acme', amount: '5' }, 'b2')).toMatchObject({
    dead: [{ code: 'EVENT_WITHOUT_PERSON', reason: expect.stringMatching(/^events\.0: /) }],
  })
  expect(await db.owner`SELECT FROM accounts WHERE tenant_id = ${tenantId}`).toHaveLength(0)
  expect((await events()).filter(({ name }) => name === 'Ordered')).toEqual([])

  await ok('mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { mapping } } }', {
    input: { source: source.id, mapping: mapping('"12.50"') },
  })
  const replay = 'mutation { replayDeadLetters(input: {which: {}}) { replayed stored records refused } }'
  expect((await ok(replay)).replayDeadLetters).toEqual({ replayed: 1, stored: 1, records: 2, refused: 1 })
  expect((await ok(replay)).replayDeadLetters).toEqual({ replayed: 0, stored: 0, records: 0, refused: 1 })
  expect((await orders()).find(({ external_id }) => external_id === 'b1')).toMatchObject({ amount: '12.5000' })
  // Called again after that: known.
  expect(await send({ id: 'b1', company: 'acme', amount: 'x', user: 'ada' }, 'b1')).toMatchObject({
    stored: 0,
    deduplicated: 1,
    records: 0,
  })
})

it('replays every event of a call that nothing names', async () => {
  const mapping = (id: string) =>
    `{"records": {"object": "lead", "externalId": ${id}}, "events": body.pages.{"type": "page", "userId": "eve", "name": $}}`
  const { path, source } = await create('nameless', 'hmac', mapping('null'))
  const body = JSON.stringify({ pages: ['one', 'two', 'three'] })
  const call = { 'x-signature': createHmac('sha256', 'secret').update(body).digest('hex') }
  expect(await post(path, body, call)).toMatchObject({ stored: 0, dead: [{ code: 'RECORD_INVALID' }] })
  await ok('mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { mapping } } }', {
    input: { source: source.id, mapping: mapping('"l-1"') },
  })
  const replay = `mutation ($source: ID!) { replayDeadLetters(input: {which: {source: $source}}) { replayed stored records } }`
  const { replayDeadLetters } = await ok(replay, { source: source.id })
  expect(replayDeadLetters).toEqual({ replayed: 1, stored: 3, records: 1 })
})

it.each([
  ['{"records": 5}', 'RECORD_INVALID', 'records.0: Expected an object.'],
  [
    '{"records": {"object": "toString", "externalId": "x"}}',
    'RECORD_INVALID',
    /records\.0\.object: Expected one of account, /,
  ],
  ['{"records": {"object": "lead", "externalId": null}}', 'RECORD_INVALID', /externalId/],
  ['{"records": {"object": "lead", "externalId": "x", "tenantId": "y"}}', 'RECORD_INVALID', /tenantId/],
  [
    '{"records": {"object": "order", "externalId": "x", "account": "nobody"}}',
    'RECORD_INVALID',
    /records\.0\.account: Expected the externalId/,
  ],
  ['{"records": {"object": "lead", "externalId": "x", "score": 1e300}}', 'RECORD_INVALID', /score/],
  ['{"records": [1..501].{"object": "lead", "externalId": $string($)}}', 'RECORD_INVALID', /at most 500/],
])('refuses %s with %s', async (mapping, code, reason) => {
  const { path } = await create(`bad ${mapping}`, 'shopify', mapping)
  const answer = await shopify(path, {}, crypto.randomUUID())
  expect(answer).toMatchObject({ status: 200, stored: 0, dead: [{ code }] })
  expect(answer.dead[0].reason).toMatch(reason)
})

it('names no record of another tenant', async () => {
  const other = await db.createTenant('other')
  await db.owner`INSERT INTO accounts (tenant_id, external_id, name) VALUES (${other}, 'theirs', 'Theirs')`
  const { path } = await create(
    'nosy',
    'shopify',
    '{"records": {"object": "contact", "externalId": "n", "account": "theirs"}}',
  )
  expect(await shopify(path, {}, 'n')).toMatchObject({ dead: [{ code: 'RECORD_INVALID' }] })
})

it('takes what HubSpot signs by its version 3, and not what is old, tampered with or meant for another address', async () => {
  const { path } = await create('hubspot', 'hubspot', mappings.find((mapping) => mapping.includes('contact.deletion'))!)
  const changes = (attemptNumber: number) =>
    JSON.stringify(
      [
        {
          eventId: 1,
          subscriptionType: 'contact.propertyChange',
          objectId: 51,
          propertyName: 'email',
          propertyValue: 'h@example.com',
          occurredAt: Date.now(),
          attemptNumber,
        },
        {
          eventId: 2,
          subscriptionType: 'contact.propertyChange',
          objectId: 51,
          propertyName: 'lifecyclestage',
          propertyValue: 'customer',
          occurredAt: 1795500000000,
          attemptNumber,
        },
        {
          eventId: 3,
          subscriptionType: 'contact.propertyChange',
          objectId: 51,
          propertyName: 'shoe_size',
          propertyValue: '44',
          occurredAt: 1795500000000,
          attemptNumber,
        },
      ].map((change, n) => (n === 0 ? { ...change, occurredAt: 1795500000000 } : change)),
    )
  const send = (body: string, { at = Date.now(), uri = `https://kith.example${path}`, signed = body } = {}) =>
    post(path, body, {
      'x-forwarded-host': 'kith.example',
      'x-hubspot-request-timestamp': String(at),
      'x-hubspot-signature-v3': hmac('POST', uri, signed, String(at)),
    })
  expect(await send(changes(0))).toMatchObject({ status: 200, stored: 1, records: 3 })
  expect(await send(changes(1))).toMatchObject({ status: 200, stored: 0, deduplicated: 1, records: 0 })
  for (const wrong of [{ at: Date.now() - 301_000 }, { uri: `https://other.example${path}` }, { signed: '[]' }]) {
    expect((await send(changes(0), wrong)).error?.code).toBe('SIGNATURE_WRONG')
  }
  const contact = () =>
    db.owner`SELECT email, stage, custom FROM contacts WHERE tenant_id = ${tenantId} AND external_id = '51'`
  expect(await contact()).toEqual([{ email: 'h@example.com', stage: 'customer', custom: { shoe_size: '44' } }])
  const deletion = (attemptNumber: number) =>
    JSON.stringify([
      { eventId: 9, subscriptionType: 'contact.deletion', objectId: 51, changeFlag: 'DELETED', attemptNumber },
    ])
  expect(await send(deletion(0))).toMatchObject({ status: 200, stored: 0, records: 1 })
  expect(await contact()).toEqual([])
  expect(await send(deletion(1))).toMatchObject({ status: 200, records: 0 })
})

it('unescapes of an address what HubSpot unescapes before it signs', () => {
  const at = String(Date.now())
  const signature = hmac('POST', "https://kith.example/v1/x?q=a:b/c@d!'(e)%20f", '{}', at)
  const call = {
    headers: { 'x-hubspot-request-timestamp': at, 'x-hubspot-signature-v3': signature },
    body: Buffer.from('{}'),
    now: Number(at),
    uris: ['https://kith.example/v1/x?q=a%3Ab%2Fc%40d%21%27%28e%29%20f'],
  }
  expect(schemes.hubspot.isGenuine({ secret: 'secret' } as never, call)).toBe(true)
})

it('previews records without writing them, and shows what became of the latest calls', async () => {
  const before = await db.owner`SELECT count(*) FROM leads WHERE tenant_id = ${tenantId}`
  const { previewWebhook } = await ok(
    'mutation ($input: PreviewWebhookInput!) { previewWebhook(input: $input) { events records problems { part index code } } }',
    {
      input: {
        mapping: '{"records": body.leads.{"object": "lead", "externalId": id, "score": score}, "events": []}',
        body: { leads: [{ id: 'p1', score: 1 }, { id: 'p2', score: 'x' }, { id: 'p3' }] },
      },
    },
  )
  expect(previewWebhook.records).toHaveLength(3)
  expect(previewWebhook.problems).toEqual([{ part: 'records', index: 1, code: 'RECORD_INVALID' }])
  expect(await db.owner`SELECT count(*) FROM leads WHERE tenant_id = ${tenantId}`).toEqual(before)

  const webhooks = await until(
    () =>
      ok('{ webhooks { source { name } deliveries { stored records dead code deadLetter { reason } } } }').then(
        (data) => data.webhooks as any[],
      ),
    (found) => found.find(({ source }) => source.name === 'hubspot').deliveries.length >= 3,
  )
  const codes = webhooks.find(({ source }) => source.name === 'hubspot').deliveries.map(({ code }: any) => code)
  expect(codes).toEqual(expect.arrayContaining([null, 'SIGNATURE_WRONG']))
  expect(webhooks.find(({ source }) => source.name === 'nosy').deliveries).toMatchObject([
    { dead: 1, code: 'RECORD_INVALID', deadLetter: { reason: expect.stringContaining('records.0.account') } },
  ])
  expect(codeOf(await graphql(db.api)('shop-read')('{ webhooks { deliveries { code } } }'))).toBe('SCOPE_MISSING')
})

it('deletes what is deleted at the third party, once, and whatever kind of record it is', async () => {
  const { path } = await create('gone', 'shopify', mappings.find((mapping) => mapping.includes('"delete"'))!)
  expect(await shopify(path, order({ id: 2001, email: 'gone@example.com' }), 'g1')).toMatchObject({ records: 2 })
  expect(await orders()).toContainEqual(expect.objectContaining({ external_id: '2001' }))
  // As Shopify tells of orders/delete: the id, and nothing else.
  const text = JSON.stringify({ id: 2001 })
  const headers = { 'x-shopify-hmac-sha256': hmac(text), 'x-shopify-topic': 'orders/delete' }
  const remove = (id: string) => post(path, text, { ...headers, 'x-shopify-webhook-id': id })
  expect(await remove('g2')).toMatchObject({ status: 200, stored: 0, records: 1 })
  expect(await orders()).not.toContainEqual(expect.objectContaining({ external_id: '2001' }))
  expect(await remove('g3')).toMatchObject({ status: 200, records: 1 })
  // A delivery that comes again brings nothing back, and takes nothing away.
  expect(await shopify(path, order({ id: 2001 }), 'g1')).toMatchObject({ records: 0 })
  expect(await shopify(path, order({ id: 2001 }), 'g4')).toMatchObject({ records: 2 })
  expect(await remove('g2')).toMatchObject({ records: 0 })
  expect(await orders()).toContainEqual(expect.objectContaining({ external_id: '2001' }))

  const wrong = await create('gone wrong', 'shopify', '{"records": body}')
  for (const [n, [record, reason]] of (
    [
      [{ object: 'order', externalId: '2001', delete: 'yes' }, /^records\.delete|^records\.0\.delete/],
      [{ object: 'order', delete: true }, /externalId/],
      [{ object: 'boat', externalId: '1', delete: true }, /object/],
    ] as const
  ).entries()) {
    expect(await shopify(wrong.path, record, `w${n}`)).toMatchObject({
      dead: [{ code: 'RECORD_INVALID', reason: expect.stringMatching(reason) }],
    })
  }
  const { previewWebhook } = await ok(
    'mutation ($input: PreviewWebhookInput!) { previewWebhook(input: $input) { problems { code } } }',
    { input: { mapping: '{"records": body}', body: { object: 'order', externalId: '2001', delete: true } } },
  )
  expect(previewWebhook.problems).toEqual([])
  expect(await orders()).toContainEqual(expect.objectContaining({ external_id: '2001' }))
})

it.each([
  ['half of a surrogate pair', '{"object": "lead", "externalId": "a\\ud800"}', 'INPUT_INVALID'],
  ['U+0000', '{"object": "lead", "externalId": "a\\u0000"}', 'INPUT_INVALID'],
  ['U+0000 of what is gone', '{"object": "lead", "externalId": "a\\u0000", "delete": true}', 'RECORD_INVALID'],
  ['a number that no double holds', '{"object": "lead", "externalId": "a", "custom": {"n": 1e400}}', 'BODY_UNREADABLE'],
  [
    'a very long number',
    `{"object": "lead", "externalId": "a", "custom": {"n": ${'9'.repeat(400)}}}`,
    'BODY_UNREADABLE',
  ],
  [
    'objects too deep',
    `{"object": "lead", "externalId": "a", "custom": ${'{"a":'.repeat(99)}1${'}'.repeat(99)}}`,
    'INPUT_INVALID',
  ],
  ['a depth bomb', `${'['.repeat(200_000)}${']'.repeat(200_000)}`, 'MAPPING_FAILED'],
])('keeps a call with %s as a dead letter', async (what, text, code) => {
  const { path } = await create(`odd ${what}`, 'shopify', '{"records": body}')
  const answer = await post(path, text, { 'x-shopify-hmac-sha256': hmac(text), 'x-shopify-webhook-id': what })
  expect(answer).toMatchObject({ status: 200, dead: [{ code }] })
})

it("writes records of the tenant's own objects, and of a parent by its external id", async () => {
  await ok(
    `mutation { course: createObject(input: {key: "course", plural: "courses", name: "Course", person: false, account: true}) { object { id } }
      seat: createObject(input: {key: "seat", plural: "seats", name: "Seat", parent: "course", fields: [{key: "grade", type: NUMBER}]}) { object { id } } }`,
  )
  const { path } = await create(
    'school',
    'shopify',
    `{"records": [
      {"object": "course", "externalId": "k-1", "custom": {"title": body.title}},
      {"object": "seat", "externalId": "s-1", "parent": body.parent, "email": "ada@example.com", "custom": {"grade": body.grade}}
    ]}`,
  )
  expect(await shopify(path, { title: 'Algebra', parent: 'k-9', grade: 1 }, 'd-1')).toMatchObject({
    dead: [{ code: 'RECORD_INVALID', reason: 'records.1.parent: Expected the externalId of one of the course.' }],
  })
  expect(await shopify(path, { title: 'Algebra', parent: 'k-1', grade: 'good' }, 'd-2')).toMatchObject({
    dead: [
      { code: 'FIELD_INVALID', reason: expect.stringMatching(/^records\.1: Expected a value of the type number/) },
    ],
  })
  const long = Array.from({ length: 3000 }, (_, n) => n.toString(36)).join('')
  expect(await shopify(path, { title: 'Algebra', parent: long, grade: 1 }, 'd-long')).toMatchObject({
    dead: [{ code: 'RECORD_INVALID', reason: expect.stringMatching(/^records\.1\.parent: /) }],
  })
  expect((await ok('{ courses { totalCount } }')).courses.totalCount).toBe(0)
  expect(await shopify(path, { title: 'Algebra', parent: 'k-1', grade: 1 }, 'd-3')).not.toHaveProperty('dead')
  expect((await ok('{ seat(externalId: "s-1") { email fields { grade } parent { custom } } }')).seat).toEqual({
    email: 'ada@example.com',
    fields: { grade: 1 },
    parent: { custom: { title: 'Algebra' } },
  })
  const gone = await create(
    'school is out',
    'shopify',
    '{"records": {"object": body.object, "externalId": body.id, "delete": true}}',
  )
  // Another object's record of the same name stays.
  expect(await shopify(gone.path, { object: 'course', id: 's-1' }, 'd-4')).toMatchObject({ records: 1 })
  expect((await ok('{ seat(externalId: "s-1") { email } }')).seat).not.toBeNull()
  expect(await shopify(gone.path, { object: 'seat', id: 's-1' }, 'd-5')).toMatchObject({ records: 1 })
  expect((await ok('{ seat(externalId: "s-1") { email } }')).seat).toBeNull()
  const strange = await ask(
    'mutation { upsertRecord(input: {object: "seat", externalId: "x", accountId: "Account:0199ad3c-0000-7000-8000-000000000000"}) { created } }',
  )
  expect(codeOf(strange)).toBe('INPUT_INVALID')
  expect(codeOf(await ask('mutation { upsertRecord(input: {object: "boat", externalId: "x"}) { created } }'))).toBe(
    'NOT_FOUND',
  )
})
