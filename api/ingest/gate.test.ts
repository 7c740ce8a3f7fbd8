/** What the tenant's own definitions do to events, at every door; and that each event is accounted for. */
import { randomInt } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { parseConfig } from '../../config.ts'
import { inTenant } from '../../db/client.ts'
import { seeded } from '../../demo/random.ts'
import { testDatabase } from '../../test/database.ts'
import { codeOf, graphql, okOf } from '../../test/graphql.ts'
import { authenticate } from '../auth/authenticate.ts'
import { createServer } from '../server.ts'
import { createIngestDoor } from './door.ts'
import { mendDeadLetter, replayDeadLetters } from './replay.ts'
import { writerOf } from './writer.ts'

const SEED = Number(process.env.GATE_SEED ?? Date.now() % 1_000_000)
const db = await testDatabase()
const shop = await db.createTenant('shop')
const other = await db.createTenant('other')
const config = parseConfig({ TRUSTED_PROXIES: '1' })
const server = createServer({
  config,
  sql: db.api,
  ingest: createIngestDoor({ sql: db.api, writer: writerOf(db.api), config }),
})
const host = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`
afterAll(() => server.stop())
const as = graphql(db.api)
const ask = as('shop-admin')

const ok = okOf(ask)

beforeEach(async () => {
  await db.owner`DELETE FROM behaviors`
  await db.owner`DELETE FROM behavior_counts`
  await db.owner`DELETE FROM consents`
  await db.owner`DELETE FROM dead_letters`
  await db.owner`DELETE FROM events`
  await db.owner`DELETE FROM event_ids`
  await db.owner`DELETE FROM ingest_counts`
  await updateGate({
    unknownEvents: 'ALLOW',
    bots: 'KEEP',
    internal: 'KEEP',
    internalNetworks: [],
    internalUsers: [],
    internalDomains: [],
    personalData: [],
    eventsPerSecond: null,
  })
})

const updateGate = (input: object) =>
  ok('mutation ($i: UpdateGateInput!) { updateGate(input: $i) { gate { bots } } }', { i: input })
const define = (input: object) =>
  ok('mutation ($i: CreateBehaviorInput!) { createBehavior(input: $i) { behavior { id name } } }', { i: input })

const ORDER = {
  name: 'Order Completed',
  properties: [
    { key: 'total', type: 'NUMBER', required: true },
    { key: 'currency', type: 'CHOICE', choices: ['EUR', 'US dollar'] },
    { key: 'placed', type: 'INSTANT' },
    {
      key: 'products',
      type: 'LIST',
      items: { type: 'OBJECT', properties: [{ key: 'sku', type: 'TEXT', required: true }] },
    },
  ],
  identifiers: ['user_id'],
}
const order = (properties: object, more: object = {}) => ({
  type: 'track',
  event: 'Order Completed',
  userId: 'ada',
  properties,
  ...more,
})
const RIGHT = order({ total: 12.5, currency: 'EUR', products: [{ sku: 'a' }], more: 1 })
const WRONG = order(
  { total: '12', currency: 'GBP', products: [{ sku: 'a' }, { sku: null }, {}] },
  { userId: undefined, anonymousId: 'x' },
)
const VIOLATIONS = [
  { code: 'IDENTIFIER', path: 'user_id' },
  { code: 'TYPE', path: 'properties.total' },
  { code: 'CHOICE', path: 'properties.currency' },
  { code: 'REQUIRED', path: 'properties.products.1.sku' },
  { code: 'REQUIRED', path: 'properties.products.2.sku' },
]

type Answer = {
  stored: number
  deduplicated?: number
  discarded?: number
  unconsented?: number
  dead?: { code: string; reason: string }[]
}
async function post(path: string, body: string | Uint8Array, headers: Record<string, string> = {}, key = 'shop-write') {
  const response = await fetch(`${host}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
    body: body as string,
  })
  return response
}
const batch = async (events: object[], headers: Record<string, string> = {}, key = 'shop-write') =>
  (await (await post('/v1/batch', JSON.stringify({ batch: events }), headers, key)).json()) as Answer

/** Sends events by each door and says what became of them. */
const DOORS: Record<string, (events: object[]) => Promise<{ stored: number; dead: number; kept: number }>> = {
  async http(events) {
    const { stored, dead = [], discarded = 0, unconsented = 0 } = await batch(events)
    return { stored, dead: dead.length, kept: discarded + unconsented }
  },
  async graphql(events) {
    const { sendEvents } = await ok(
      'mutation ($e: [EventInput!]!) { sendEvents(input: {events: $e}) { stored discarded unconsented dead { code } } }',
      { e: events },
    )
    const { stored, dead, discarded, unconsented } = sendEvents
    return { stored, dead: dead.length, kept: discarded + unconsented }
  },
  async import(events) {
    const lines = gzipSync(events.map((event) => JSON.stringify(event)).join('\n'))
    const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' }
    const text = await (await post('/v1/imports/events', lines, headers)).text()
    const { done } = JSON.parse(text.trim().split('\n').at(-1)!)
    return { stored: done.stored, dead: done.refused, kept: done.discarded ?? 0 }
  },
  async webhook(events) {
    const [{ id }] = await db.owner<[{ id: string }]>`
INSERT INTO sources (tenant_id, name, kind) VALUES (${shop}, ${`hook ${randomInt(1e9)}`}, 'webhook') RETURNING id`
    await db.owner`
INSERT INTO webhooks (tenant_id, source_id, verify, secret, mapping) VALUES (${shop}, ${id}, 'hmac', 's', 'body.events')`
    const body = JSON.stringify({ events })
    const { createHmac } = await import('node:crypto')
    const signature = createHmac('sha256', 's').update(body).digest('hex')
    const response = await post(`/v1/webhooks/${id}`, body, { 'x-signature': signature })
    const { stored, dead = [], discarded = 0, unconsented = 0 } = (await response.json()) as Answer
    return { stored, dead: dead.length, kept: discarded + unconsented }
  },
}

const counts = async (days = 1) =>
  (await ok(`{ behaviorCounts(days: ${days}) { name outcome path count } }`)).behaviorCounts.map(
    ({ name, outcome, path, count }: any) => `${name}|${outcome}|${path}=${count}`,
  ) as string[]

const ledger = async () => {
  const [row] = await db.owner`
SELECT sum(accepted)::int AS accepted, sum(stored)::int AS stored, sum(deduplicated)::int AS deduplicated, sum(dead)::int AS dead,
  sum(discarded)::int AS discarded, sum(unconsented)::int AS unconsented FROM ingest_counts WHERE tenant_id = ${shop}`
  return row!
}

it.each(Object.keys(DOORS))(
  'refuses what is not as a strict behavior says, with code and path, by %s',
  async (door) => {
    await define({ ...ORDER, mode: 'STRICT' })
    expect(await DOORS[door]!([RIGHT, WRONG])).toEqual({ stored: 1, dead: 1, kept: 0 })
    const { deadLetters } = await ok(
      '{ deadLetters { nodes { code reason violations { code path expected found } } } }',
    )
    expect(deadLetters.nodes).toHaveLength(1)
    expect(deadLetters.nodes[0].code).toBe('EVENT_NOT_AS_DEFINED')
    expect(deadLetters.nodes[0].violations).toMatchObject(VIOLATIONS)
    expect(JSON.stringify(deadLetters.nodes[0].violations)).not.toContain('GBP')
    expect(await counts()).toEqual(
      expect.arrayContaining([
        'Order Completed|REFUSED|=1',
        'Order Completed|STORED|=1',
        'Order Completed|REQUIRED|properties.products.*.sku=1',
      ]),
    )
  },
)

it.each(Object.keys(DOORS))('stores what is not as a lenient behavior says, and counts it, by %s', async (door) => {
  await define(ORDER)
  expect(await DOORS[door]!([RIGHT, WRONG])).toEqual({ stored: 2, dead: 0, kept: 0 })
  expect(await counts()).toEqual(
    expect.arrayContaining([
      'Order Completed|STORED|=2',
      'Order Completed|VIOLATING|=1',
      'Order Completed|TYPE|properties.total=1',
      'Order Completed|CHOICE|properties.currency=1',
      'Order Completed|IDENTIFIER|user_id=1',
    ]),
  )
})

it('counts a violation once, however often the event is sent', async () => {
  await define(ORDER)
  const event = { ...WRONG, messageId: 'm1' }
  for (let n = 0; n < 3; n++) await batch([event, event])
  expect(await counts()).toEqual(expect.arrayContaining(['Order Completed|STORED|=1', 'Order Completed|VIOLATING|=1']))
  expect(await ledger()).toMatchObject({ accepted: 6, stored: 1, deduplicated: 5 })
})

it('knows a behavior however its name is spelled in Unicode', async () => {
  await define({
    name: 'Caf\u00e9 Visited',
    mode: 'STRICT',
    properties: [{ key: 'n', type: 'NUMBER', required: true }],
  })
  expect((await batch([{ type: 'track', event: 'Cafe\u0301 Visited', userId: 'ada' }])).dead).toHaveLength(1)
})

it('looks at nothing when a behavior is off', async () => {
  await define({ ...ORDER, mode: 'OFF' })
  expect(await batch([WRONG])).toMatchObject({ stored: 1 })
  expect(await counts()).toEqual(['Order Completed|STORED|=1'])
})

it('checks the traits of an identify call', async () => {
  await define({ name: 'identify', mode: 'STRICT', properties: [{ key: 'age', type: 'NUMBER' }] })
  const { dead } = await batch([
    { type: 'identify', userId: 'ada', traits: { age: 36 } },
    { type: 'identify', userId: 'ada', traits: { age: 'old' } },
  ])
  expect(dead).toMatchObject([{ code: 'EVENT_NOT_AS_DEFINED', reason: 'Expected a number at traits.age; found text.' }])
})

it('asks every identify call for the required fields of people, and every group call for those of accounts', async () => {
  const make = (input: object) =>
    ok('mutation ($i: CreateFieldInput!) { createField(input: $i) { field { id } } }', { i: input }).then(
      (data) => data.createField.field.id as string,
    )
  const ids = [
    await make({ object: 'PROFILE', key: 'plan', type: 'CHOICE', choices: ['free', 'pro'], required: true }),
    await make({ object: 'PROFILE', key: 'age', type: 'NUMBER' }),
    await make({ object: 'ACCOUNT', key: 'size', type: 'NUMBER', required: true }),
  ]
  const sent = await batch([
    { type: 'identify', userId: 'a', traits: { plan: 'pro', age: 'old' } },
    { type: 'identify', userId: 'a', traits: { age: 5 } },
    { type: 'identify', userId: 'a', traits: { plan: 'gold' } },
    { type: 'group', userId: 'a', groupId: 'g', traits: { size: 5 } },
    { type: 'group', userId: 'a', groupId: 'g', traits: { size: '5' } },
    { type: 'track', event: 'x', userId: 'a' },
  ])
  expect(sent.dead).toMatchObject([
    { index: 1, code: 'EVENT_NOT_AS_DEFINED', reason: 'Expected one of free, pro at traits.plan; found nothing.' },
    { index: 2, code: 'EVENT_NOT_AS_DEFINED' },
    { index: 4, code: 'EVENT_NOT_AS_DEFINED' },
  ])
  for (const id of ids) await ok('mutation ($id: ID!) { deleteField(input: {id: $id}) { deletedId } }', { id })
})

it('asks for required fields where nothing else is defined', async () => {
  await db.createTenant('plain')
  const input = { object: 'PROFILE', key: 'plan', type: 'TEXT', required: true }
  await ok(
    'mutation ($i: CreateFieldInput!) { createField(input: $i) { field { id } } }',
    { i: input },
    as('plain-admin'),
  )
  const { dead, stored } = await batch(
    [
      { type: 'identify', userId: 'a', traits: {} },
      { type: 'identify', userId: 'a', traits: { plan: 'pro' } },
    ],
    {},
    'plain-write',
  )
  expect(stored).toBe(1)
  expect(dead).toMatchObject([
    { index: 0, code: 'EVENT_NOT_AS_DEFINED', reason: 'Expected text at traits.plan; found nothing.' },
  ])
})

it('stores an imported file once, though personal data is taken out of it', async () => {
  await updateGate({ personalData: [{ path: 'traits.ssn', action: 'DROP' }] })
  const file = 'type,userId,traits.ssn\nidentify,ada,1\nidentify,bob,2\n'
  const send = async () => {
    const response = await post('/v1/imports/events?name=people', file, { 'content-type': 'text/csv' })
    return JSON.parse((await response.text()).trim().split('\n').at(-1)!).done
  }
  expect(await send()).toMatchObject({ stored: 2, known: 0 })
  expect(await send()).toMatchObject({ stored: 0, known: 2 })
  expect(await db.owner`SELECT message_id, traits FROM events ORDER BY id`).toMatchObject([
    { message_id: 'people:2', traits: {} },
    { message_id: 'people:3', traits: {} },
  ])
})

it("takes personal data out of what somebody types for a body, and for another database's row", async () => {
  await updateGate({ personalData: [{ path: 'traits.email', action: 'DROP' }] })
  const viewer = (await authenticate(db.api, 'shop-write'))!
  for (const type of ['batch', 'webhook', 'row']) {
    const headers = { key: 'x' }
    const id = await writerOf(db.api).bury(viewer, 'http', '{}', 'MAPPING_FAILED', 'Expected more.', type, headers)
    await mendDeadLetter(db.api, shop, id, '{"a": {"email": "ada@example.com", "b": 1}}')
    const [letter] = await db.owner`SELECT mended FROM dead_letters WHERE id = ${id}`
    expect(JSON.parse(letter!.mended as string), type).toEqual({ a: { b: 1 } })
  }
})

it('replays a dead letter by the behavior as it is by then', async () => {
  await define({ ...ORDER, mode: 'STRICT' })
  await batch([WRONG])
  expect(await replayDeadLetters(db.api, shop, {})).toMatchObject({ replayed: 0, refused: 1 })
  const { behaviors } = await ok('{ behaviors { nodes { id } } }')
  await ok('mutation ($i: UpdateBehaviorInput!) { updateBehavior(input: $i) { behavior { mode } } }', {
    i: { id: behaviors.nodes[0].id, mode: 'LENIENT' },
  })
  expect(await replayDeadLetters(db.api, shop, {})).toMatchObject({ replayed: 1, stored: 1, refused: 0 })
  expect(await counts()).toEqual(expect.arrayContaining(['Order Completed|VIOLATING|=1']))
})

it('counts unknown events by name, or refuses them, as the tenant says', async () => {
  await define(ORDER)
  const unknown = { type: 'track', event: 'Typo', userId: 'ada' }
  await updateGate({ unknownEvents: 'COUNT' })
  expect(await batch([unknown, { type: 'page', userId: 'ada' }])).toMatchObject({ stored: 2 })
  expect(await counts()).toEqual(['Typo|UNKNOWN|=1'])
  await updateGate({ unknownEvents: 'REFUSE' })
  expect((await batch([unknown, { type: 'page', userId: 'ada' }])).dead).toMatchObject([{ code: 'EVENT_UNKNOWN' }])
})

it('samples by person: always the same people, whatever the process, and the rest is counted', async () => {
  await define({ name: 'Scrolled', samplePercent: 30 })
  const events = (round: number) =>
    Array.from({ length: 200 }, (_, n) => ({
      type: 'track',
      event: 'Scrolled',
      userId: `u${n}`,
      messageId: `${round} ${n}`,
    }))
  const first = await batch(events(1))
  expect(await batch(events(2))).toMatchObject({ stored: first.stored, discarded: first.discarded })
  expect(first.stored + first.discarded!).toBe(200)
  expect(first.stored).toBeGreaterThan(20)
  expect(first.stored).toBeLessThan(110)
  const people = await db.owner`SELECT user_id, count(*)::int AS n FROM events GROUP BY 1`
  expect(new Set(people.map(({ n }) => n))).toEqual(new Set([2]))
  expect(await counts()).toContain(`Scrolled|SAMPLED_OUT|=${2 * first.discarded!}`)
})

it('samples whoever signs up as before', async () => {
  await define({ name: 'Scrolled', samplePercent: 30 })
  const events = (more: (n: number) => object) =>
    Array.from({ length: 100 }, (_, n) => ({ type: 'track', event: 'Scrolled', anonymousId: `a${n}`, ...more(n) }))
  const before = await batch(events(() => ({})))
  await batch(events((n) => ({ userId: `u${n}` })))
  const devices =
    await db.owner`SELECT anonymous_id, count(*)::int AS n, count(user_id)::int AS known FROM events GROUP BY 1`
  expect(devices).toHaveLength(before.stored)
  expect(before.stored).toBeGreaterThan(5)
  expect(new Set(devices.map(({ n, known }) => `${n} ${known}`))).toEqual(new Set(['2 1']))
})

const BOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36'
const seen = (more: object) => ({ type: 'track', event: 'Seen', userId: 'ada', ...more })

it('drops or marks machines, by what an event or its browser says, and never a server', async () => {
  await updateGate({ bots: 'DROP' })
  const said = [seen({ context: { userAgent: BOT } }), seen({ context: { userAgent: BROWSER } })]
  expect(await batch(said)).toEqual({ success: true, stored: 1, deduplicated: 0, discarded: 1 })
  expect(await batch([seen({})], { 'user-agent': BOT })).toMatchObject({ stored: 1 })
  expect(await batch([seen({})], { 'user-agent': BOT, origin: 'https://shop.example' })).toMatchObject({
    stored: 0,
    discarded: 1,
  })
  await updateGate({ bots: 'MARK' })
  await batch([seen({ properties: { $traffic: 'human' }, messageId: 'marked', context: { userAgent: BOT } })])
  const [{ properties }] = await db.owner<[any]>`SELECT properties FROM events WHERE message_id = 'marked'`
  expect(properties).toEqual({ $traffic: 'bot' })
  expect(await counts()).toEqual(['|BOT|=2', '|MARKED_BOT|=1'])
})

it('knows its own people by address, id and domain', async () => {
  await updateGate({
    internal: 'DROP',
    internalNetworks: ['192.0.2.0/24', '2001:db8::/32', '198.51.100.7'],
    internalUsers: ['tester'],
    internalDomains: ['Shop.Example'],
  })
  const inside = [
    { context: { ip: '192.0.2.9' } },
    { context: { ip: '2001:db8::1' } },
    { context: { ip: '::ffff:192.0.2.1' } },
    { context: { ip: '198.51.100.7' } },
    { userId: 'tester' },
    { userId: 'eve@shop.example' },
    { context: { traits: { email: 'Eve@SHOP.example' } } },
  ]
  const outside = [
    { context: { ip: '192.0.3.9' } },
    { context: { ip: 'no address' } },
    { context: { ip: 7 } },
    { userId: 'tester2' },
    { context: { traits: { email: 'eve@notshop.example' } } },
    { context: { traits: { email: 'eve@shop.example.org' } } },
  ]
  expect(await batch([...inside, ...outside].map(seen))).toMatchObject({
    stored: outside.length,
    discarded: inside.length,
  })
  const origin = { origin: 'https://shop.example' }
  expect(await batch([seen({})], { ...origin, 'x-forwarded-for': '203.0.113.5, 192.0.2.1' })).toMatchObject({
    discarded: 1,
  })
  // Only what our own proxy has added is believed.
  expect(await batch([seen({})], { ...origin, 'x-forwarded-for': '192.0.2.1, 203.0.113.5' })).toMatchObject({
    stored: 1,
  })
  expect(await batch([seen({})], { 'x-forwarded-for': '192.0.2.1' })).toMatchObject({ stored: 1 })
})

const deny = (input: object) =>
  ok('mutation ($i: SetConsentInput!) { setConsent(input: $i) { consent { id } } }', {
    i: { purpose: 'marketing', channel: 'email', state: 'DENIED', ...input },
  })

it('stores no event whose purpose its person refused, under any of their identifiers', async () => {
  await define({ name: 'Ad Seen', purpose: 'marketing' })
  await define({ name: 'Push Seen', purpose: 'marketing', channel: 'push' })
  await deny({ email: 'ada@example.com' })
  // Identity has found that the user id and the address are one person.
  const [{ id: profile }] = await db.owner<[{ id: string }]>`
INSERT INTO profiles (tenant_id, first_seen, last_seen) VALUES (${shop}, now(), now()) RETURNING id`
  for (const [type, value] of [
    ['user_id', 'ada'],
    ['email', 'ada@example.com'],
  ] as const)
    await db.owner`
INSERT INTO identifiers (tenant_id, id, type, value, profile_id, first_seen)
VALUES (${shop}, identifier_id(${type}, ${value}), ${type}, ${value}, ${profile}, now())`
  const ad = (more: object) => ({ type: 'track', event: 'Ad Seen', ...more })
  const answer = await batch([
    ad({ userId: 'ada', messageId: 'a' }),
    ad({ anonymousId: 'x', context: { traits: { email: 'ADA@example.com' } } }),
    ad({ userId: 'bob' }),
    ad({ userId: 'bob', context: { consent: { categoryPreferences: { marketing: false, other: true } } } }),
    { type: 'track', event: 'Push Seen', userId: 'ada' },
    { type: 'track', event: 'Order Completed', userId: 'ada' },
  ])
  expect(answer).toEqual({ success: true, stored: 3, deduplicated: 0, unconsented: 3 })
  expect(await counts()).toContain('Ad Seen|UNCONSENTED|=3')
  // Another tenant's person of the same name has refused nothing.
  await db.owner`INSERT INTO behaviors (tenant_id, name, purpose) VALUES (${other}, 'Ad Seen', 'marketing')`
  expect(await batch([ad({ userId: 'ada' })], {}, 'other-write')).toMatchObject({ stored: 1 })
  // Whoever changes their mind is heard.
  await db.owner`UPDATE consents SET state = 'granted'`
  expect(await batch([ad({ userId: 'ada', messageId: 'a' })])).toMatchObject({ stored: 1 })
})

it('keeps nothing of an event that refuses its own purpose, be it as defined or not', async () => {
  await define({ ...ORDER, mode: 'STRICT', purpose: 'marketing' })
  await updateGate({ bots: 'MARK' })
  const context = { consent: { categoryPreferences: { marketing: false } }, userAgent: BOT }
  expect(
    await batch([
      { ...RIGHT, context },
      { ...WRONG, context },
    ]),
  ).toMatchObject({ stored: 0, unconsented: 2 })
  expect(await db.owner`SELECT FROM dead_letters`).toHaveLength(0)
  expect(await counts()).toEqual(['Order Completed|UNCONSENTED|=2'])
})

it('goes by the purpose of a source too', async () => {
  const { createSource } = await ok('mutation { createSource(input: {name: "ads"}) { source { id } } }')
  const { id } = createSource.source
  await ok('mutation ($id: ID!) { updateSource(input: {id: $id, purpose: "ads"}) { source { purpose channel } } }', {
    id,
  })
  const { createApiKey } = await ok(
    'mutation ($id: ID!) { createApiKey(input: {name: "ads", scopes: [write], source: $id}) { key } }',
    { id },
  )
  await deny({ userId: 'ada', purpose: 'ads' })
  const answer = await batch([seen({}), seen({ userId: 'bob' })], {}, createApiKey.key)
  expect(answer).toMatchObject({ stored: 1, unconsented: 1 })
})

const SECRETS = ['4111-1111-1111-1111', 'ada.secret@example.com', '203.0.113.77', 'born 1815', 'SSN-123']
const PERSONAL = [
  { path: 'properties.card.number', action: 'MASK' },
  { path: 'traits.email', action: 'HASH' },
  { path: 'context.ip', action: 'DROP' },
  { path: 'properties.notes', action: 'DROP' },
  { path: 'traits.*.ssn', action: 'HASH' },
]
const personal = (more: object = {}) => ({
  type: 'identify',
  userId: 'ada',
  messageId: `p${randomInt(1e9)}`,
  properties: {
    card: [{ number: SECRETS[0] }],
    notes: ['a', { deep: SECRETS[3] }],
    n: 12345678901234567890n.toString(),
  },
  traits: { email: SECRETS[1], papers: { ssn: SECRETS[4] }, plan: 'pro' },
  context: { ip: SECRETS[2], traits: { email: SECRETS[1]!.toUpperCase() }, locale: 'de' },
  ...more,
})
const everything = async () =>
  JSON.stringify([
    await db.owner`SELECT * FROM events`,
    await db.owner`SELECT payload, mended, reason, envelope, violations FROM dead_letters`,
  ])

it.each(Object.keys(DOORS))('keeps no personal data that is to be dropped, hashed or masked, by %s', async (door) => {
  await updateGate({ personalData: PERSONAL })
  const bad = personal({ timestamp: 'never' })
  expect(await DOORS[door]!([personal(), bad])).toEqual({ stored: 1, dead: 1, kept: 0 })
  const kept = await everything()
  for (const secret of SECRETS) expect(kept.toLowerCase()).not.toContain(secret.toLowerCase())
  const [{ properties, traits, context }] = await db.owner<[any]>`SELECT properties, traits, context FROM events`
  expect(properties.card[0].number).toBe(`${'*'.repeat(15)}1111`)
  expect(properties).not.toHaveProperty('notes')
  expect(traits.email).toMatch(/^hmac:[0-9a-f]{64}$/)
  expect(context.traits.email).toBe(traits.email)
  expect(context).not.toHaveProperty('ip')
  expect(traits.plan).toBe('pro')
})

it('keeps none of a body that cannot be read, nor of escaped keys, repeated keys, or a mended letter', async () => {
  await updateGate({ personalData: PERSONAL })
  await post('/v1/batch', `{"batch": [{"traits": {"email": "${SECRETS[1]}"}`)
  await post('/v1/batch', JSON.stringify({ events: [personal()] }))
  const escaped = JSON.stringify(personal())
    .replaceAll('"email"', '"e\\u006dail"')
    .replaceAll('"number"', '"\\u006eumber"')
  const repeated = escaped.replace('"traits":{', `"traits":{"email":"${SECRETS[1]}","email":"${SECRETS[1]}",`)
  await post('/v1/batch', `{"batch":[${escaped},${repeated}],"context":{"ip":"${SECRETS[2]}"}}`)
  const { deadLetters } = await ok('{ deadLetters { nodes { id code } } }')
  expect(deadLetters.nodes.map(({ code }: any) => code).toSorted()).toEqual(['BATCH_MISSING', 'BODY_UNREADABLE'])
  for (const { id } of deadLetters.nodes)
    await ok('mutation ($i: MendDeadLetterInput!) { mendDeadLetter(input: $i) { code } }', {
      i: { id, payload: JSON.stringify({ batch: [personal()] }) },
    })
  const kept = await everything()
  for (const secret of SECRETS) expect(kept.toLowerCase()).not.toContain(secret.toLowerCase())
  expect(await replayDeadLetters(db.api, shop, {})).toMatchObject({ replayed: 2, stored: 2 })
  const emails = await db.owner`SELECT DISTINCT traits ->> 'email' AS email FROM events`
  expect(emails).toHaveLength(1) // a hash is hashed no more
})

it("hashes with a key of the tenant's own, which nobody is told", async () => {
  await updateGate({ personalData: [{ path: 'userId', action: 'HASH' }] })
  await ok(
    'mutation { updateGate(input: {personalData: [{path: "userId", action: HASH}]}) { gate { bots } } }',
    {},
    as('other-admin'),
  )
  await batch([seen({ messageId: 'h' })])
  await batch([seen({ messageId: 'h' })], {}, 'other-write')
  const ids = await db.owner`SELECT user_id FROM events WHERE message_id = 'h'`
  expect(new Set(ids.map((row) => row.user_id)).size).toBe(2)
  await ok('mutation { updateGate(input: {personalData: []}) { gate { bots } } }', {}, as('other-admin'))
  const { data } = await ask('{ __type(name: "Gate") { fields { name } } }')
  expect(data.__type.fields.map(({ name }: any) => name)).not.toContain('hashKey')
})

it("holds the tenant's own limit over all of its keys, within the operator's", async () => {
  await updateGate({ eventsPerSecond: 1 })
  const many = Array.from({ length: 50 }, () => seen({}))
  expect((await post('/v1/batch', JSON.stringify({ batch: many }))).status).toBe(200)
  const second = await post('/v1/batch', JSON.stringify({ batch: many }))
  expect(second.status).toBe(429)
  expect(((await second.json()) as any).error.details.eventsPerSecond).toBe(1)
})

it.each([
  ['a behavior without a name', 'CreateBehavior', { name: ' ' }, 'BEHAVIOR_INVALID'],
  ['a name with a control character', 'CreateBehavior', { name: 'a\u0001' }, 'BEHAVIOR_INVALID'],
  [
    'a property with a dot',
    'CreateBehavior',
    { name: 'x', properties: [{ key: 'a.b', type: 'TEXT' }] },
    'BEHAVIOR_INVALID',
  ],
  [
    'a property twice',
    'CreateBehavior',
    {
      name: 'x',
      properties: [
        { key: 'a', type: 'TEXT' },
        { key: 'a', type: 'TEXT' },
      ],
    },
    'BEHAVIOR_INVALID',
  ],
  [
    'a choice without choices',
    'CreateBehavior',
    { name: 'x', properties: [{ key: 'a', type: 'CHOICE' }] },
    'BEHAVIOR_INVALID',
  ],
  [
    'too many properties',
    'CreateBehavior',
    { name: 'x', properties: Array.from({ length: 201 }, (_, n) => ({ key: `k${n}`, type: 'TEXT' })) },
    'BEHAVIOR_INVALID',
  ],
  [
    'lists without end',
    'CreateBehavior',
    { name: 'x', properties: [{ key: 'a', type: 'LIST', items: lists(30) }] },
    'BEHAVIOR_INVALID',
  ],
  ['a sample of 101 %', 'CreateBehavior', { name: 'x', samplePercent: 101 }, 'BEHAVIOR_INVALID'],
  ['a retention of identify calls', 'CreateBehavior', { name: 'identify', retentionDays: 3 }, 'BEHAVIOR_INVALID'],
  ['a retention of no days', 'CreateBehavior', { name: 'x', retentionDays: 0 }, 'BEHAVIOR_INVALID'],
  ['a network that is none', 'UpdateGate', { internalNetworks: ['10.0.0.0/33'] }, 'GATE_INVALID'],
  ['a domain that is none', 'UpdateGate', { internalDomains: ['a b'] }, 'GATE_INVALID'],
  [
    'a path that begins nowhere',
    'UpdateGate',
    { personalData: [{ path: 'messageId', action: 'DROP' }] },
    'GATE_INVALID',
  ],
  ['a path with a hole', 'UpdateGate', { personalData: [{ path: 'traits..x', action: 'DROP' }] }, 'GATE_INVALID'],
  [
    'a rule for all of the traits',
    'UpdateGate',
    { personalData: [{ path: 'traits', action: 'DROP' }] },
    'GATE_INVALID',
  ],
])('refuses %s, and says where', async (_, name, input, code) => {
  const field = name.charAt(0).toLowerCase() + name.slice(1)
  const answer = await ask(`mutation ($i: ${name}Input!) { ${field}(input: $i) { __typename } }`, { i: input })
  expect(codeOf(answer)).toBe(code)
  expect(answer.errors![0]!.extensions.details.path).toBeInstanceOf(Array)
})

function lists(depth: number): object {
  return depth === 0 ? { type: 'TEXT' } : { type: 'LIST', items: lists(depth - 1) }
}

it('lets only an admin define, and none of another tenant', async () => {
  const { createBehavior } = await define(ORDER)
  const { id } = createBehavior.behavior
  const change = 'mutation ($id: ID!) { updateBehavior(input: {id: $id, mode: OFF}) { behavior { id } } }'
  expect(codeOf(await as('shop-write')(change, { id }))).toBe('SCOPE_MISSING')
  expect(codeOf(await as('other-admin')(change, { id }))).toBe('NOT_FOUND')
  expect((await as('other-admin')('query ($id: ID!) { behavior(id: $id) { id } }', { id })).data.behavior).toBeNull()
  expect(codeOf(await ask('mutation { createBehavior(input: {name: "Order Completed"}) { behavior { id } } }'))).toBe(
    'CONFLICT',
  )
})

it('tells which stored events a draft would refuse, and suggests behaviors from them', async () => {
  const events = Array.from({ length: 40 }, (_, n) =>
    order({
      total: n < 3 ? `${n}` : n,
      currency: n % 2 ? 'EUR' : 'USD',
      at: '2026-01-02',
      items: [{ sku: 'a', n }],
      ...(n > 5 && { note: `n${n}` }),
    }),
  )
  await batch([...events, { type: 'identify', userId: 'ada', traits: { vip: true } }])
  const draft = {
    name: 'Order Completed',
    properties: [
      { key: 'total', type: 'NUMBER' },
      { key: 'note', type: 'TEXT', required: true },
    ],
  }
  const { previewBehavior } = await ok(
    `query ($b: BehaviorDraft!) { previewBehavior(behavior: $b) { examined complete violating violations { code path count found examples } } }`,
    { b: draft },
  )
  expect(previewBehavior).toMatchObject({
    examined: 40,
    complete: true,
    violating: 6,
    violations: [
      { code: 'REQUIRED', path: 'properties.note', count: 6 },
      { code: 'TYPE', path: 'properties.total', count: 3, found: 'text' },
    ],
  })
  const example = previewBehavior.violations[1].examples[0]
  const { node } = await ok('query ($id: ID!) { node(id: $id) { ... on Event { properties } } }', { id: example })
  expect(typeof node.properties.total).toBe('string')

  // History that was imported is older than a year or two.
  await batch([
    { type: 'track', event: 'Item Bought', userId: 'ada', timestamp: '2010-12-01T08:26:00Z', properties: { sku: 1 } },
  ])
  const OLD = `query ($b: BehaviorDraft!, $days: Int!) { previewBehavior(behavior: $b, days: $days) { examined violating } suggestBehaviors(days: $days) { name } }`
  const bought = { name: 'Item Bought', properties: [{ key: 'sku', type: 'TEXT' }] }
  const old = await ok(OLD, { b: bought, days: 7320 })
  expect(old.previewBehavior).toEqual({ examined: 1, violating: 1 })
  expect(old.suggestBehaviors.map(({ name }: any) => name)).toContain('Item Bought')
  expect(codeOf(await ask(OLD, { b: bought, days: 7321 }))).toBe('INPUT_INVALID')

  const { suggestBehaviors } = await ok(`{ suggestBehaviors { name count defined
    properties { key type required choices items { type properties { key type } } } } }`)
  expect(suggestBehaviors.map(({ name, count }: any) => [name, count])).toEqual([
    ['Order Completed', 40],
    ['identify', 1],
  ])
  const byKey = Object.fromEntries(suggestBehaviors[0].properties.map((property: any) => [property.key, property]))
  expect(byKey).toMatchObject({
    at: { type: 'DATE', required: true },
    currency: { type: 'CHOICE', choices: ['EUR', 'USD'] },
    note: { type: 'TEXT', required: false },
    items: {
      type: 'LIST',
      items: {
        type: 'OBJECT',
        properties: [
          { key: 'n', type: 'NUMBER' },
          { key: 'sku', type: 'TEXT' },
        ],
      },
    },
  })
  expect(byKey).not.toHaveProperty('total')
})

it("says in a webhook's dry run what the gate would do", async () => {
  await define({ ...ORDER, mode: 'STRICT' })
  await define({ name: 'Scrolled', samplePercent: 0 })
  const { previewWebhook } = await ok(
    'mutation ($i: PreviewWebhookInput!) { previewWebhook(input: $i) { problems { index code reason } } }',
    { i: { mapping: 'body', body: [RIGHT, WRONG, { event: 'Scrolled', userId: 'ada' }] } },
  )
  expect(previewWebhook.problems).toEqual([
    {
      index: 1,
      code: 'EVENT_NOT_AS_DEFINED',
      reason: 'Expected an identifier user_id at user_id; found none. And 4 more.',
    },
    { index: 2, code: 'EVENT_LEFT_OUT', reason: 'The gate leaves it out: sampled_out.' },
  ])
  expect(await counts()).toEqual([])
})

it(`accounts for every event of a random stream: accepted = stored + deduplicated + dead + discarded + unconsented (GATE_SEED=${SEED})`, async () => {
  await define({ ...ORDER, mode: 'STRICT', samplePercent: 60 })
  await define({ name: 'Ad Seen', purpose: 'marketing' })
  await updateGate({
    bots: 'DROP',
    internal: 'DROP',
    internalUsers: ['u3'],
    unknownEvents: 'REFUSE',
    personalData: PERSONAL,
  })
  await deny({ userId: 'u1' })
  const { between, pick } = seeded(SEED)
  let total = 0
  const next = () => {
    const messageId = `m${between(0, 149)}`
    total++
    return pick<object>([
      order({ total: pick<unknown>([1, 'x']) }, { userId: `u${between(0, 29)}`, messageId }),
      { type: 'track', event: 'Ad Seen', userId: `u${between(0, 3)}`, messageId },
      { type: 'track', event: 'Nobody Knows', userId: 'u9', messageId },
      { type: 'page', userId: 'u9', messageId, context: { userAgent: pick([BOT, BROWSER]) } },
      personal({ messageId, timestamp: pick<unknown>([undefined, 'never', '2026-11-01T00:00:00Z']) }),
      { type: 'nothing', messageId },
      { type: 'page', messageId, context: { consent: { categoryPreferences: 1 } } },
    ])
  }
  for (let round = 0; round < 20; round++) {
    const events = Array.from({ length: between(1, 30) }, next)
    await DOORS[pick(Object.keys(DOORS))]!(events)
  }
  const sums = await ledger()
  expect(sums.accepted).toBe(total)
  expect(sums.accepted).toBe(sums.stored + sums.deduplicated + sums.dead + sums.discarded + sums.unconsented)
  const stored = await db.owner`SELECT message_id FROM events WHERE tenant_id = ${shop}`
  const dead = await db.owner`SELECT message_id FROM dead_letters WHERE tenant_id = ${shop}`
  expect(stored).toHaveLength(sums.stored)
  expect(new Set(stored.map((row) => row.message_id)).size).toBe(sums.stored)
  expect(dead).toHaveLength(sums.dead)
  const counted = await inTenant(
    db.api,
    shop,
    (sql) => sql<{ outcome: string; n: number }[]>`
SELECT outcome, sum(count)::int AS n FROM behavior_counts GROUP BY outcome`,
  )
  const of = (...names: string[]) =>
    counted.filter(({ outcome }) => names.includes(outcome)).reduce((sum, { n }) => sum + n, 0)
  expect(of('bot', 'internal', 'sampled_out')).toBe(sums.discarded)
  expect(of('unconsented')).toBe(sums.unconsented)
})
