/** What happens to input that is wrong: each gets its documented answer, and nothing that a key's owner sent is lost. */
import { createHash } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { once } from 'node:events'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { parseConfig } from '../../config.ts'
import { testDatabase } from '../../test/database.ts'
import { createServer } from '../server.ts'
import { createIngestDoor } from './door.ts'
import { createWriter } from './writer.ts'

const db = await testDatabase()
const shop = await db.createTenant('shop')
const other = await db.createTenant('other')
const config = parseConfig({})
const writer = createWriter(db.api, config)
const server = createServer({ config, sql: db.api, ingest: createIngestDoor({ sql: db.api, writer, config }) })
const host = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`
afterAll(() => server.stop())

beforeEach(async () => {
  await db.owner`DELETE FROM dead_letters`
  await db.owner`DELETE FROM events`
  await db.owner`DELETE FROM event_ids`
})

const basic = (key: string) => ({ authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` })

async function post(path: string, body: unknown, headers: Record<string, string> = basic('shop-write')) {
  const response = await fetch(`${host}${path}`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer }
}
type Answer = {
  success?: boolean
  stored?: number
  deduplicated?: number
  dead?: { index: number; code: string; reason: string; messageId: string | null; deadLetterId: string }[]
  error?: { code: string; message: string; details?: Record<string, unknown> }
}

const names = async (tenantId = shop) =>
  (await db.owner`SELECT name FROM events WHERE tenant_id = ${tenantId} ORDER BY id`).map((row) => row.name as string)
const letters = async (tenantId = shop) =>
  db.owner<{ id: string; payload: string; code: string; reason: string; message_id: string | null; door: string }[]>`
SELECT id, payload, code, reason, message_id, door FROM dead_letters WHERE tenant_id = ${tenantId} ORDER BY id`

const track = (more: object = {}) => ({ type: 'track', event: 'x', userId: 'ada', ...more })

it.each([
  ['track', 'track'],
  ['t', 'track'],
  ['identify', 'identify'],
  ['i', 'identify'],
  ['page', 'page'],
  ['p', 'page'],
  ['screen', 'screen'],
  ['s', 'screen'],
  ['group', 'group'],
  ['g', 'group'],
  ['alias', 'alias'],
  ['a', 'alias'],
])('POST /v1/%s, with and without a slash, is a call of type %s', async (path, type) => {
  const event = { userId: 'ada', event: 'x', groupId: 'acme', previousId: 'anon' }
  expect((await post(`/v1/${path}`, event)).body).toEqual({ success: true, stored: 1, deduplicated: 0 })
  expect((await post(`/v1/${path}/?query=1`, event)).status).toBe(200)
  const rows = await db.owner`SELECT type FROM events`
  expect(rows.map((row) => row.type)).toEqual([type, type])
})

it.each(['batch', 'b', 'import'])('POST /v1/%s takes many', async (path) => {
  const { body } = await post(`/v1/${path}`, { batch: [track(), track({ type: 'page' })] })
  expect(body).toEqual({ success: true, stored: 2, deduplicated: 0 })
})

it('takes the key from the body too, where a browser can set no header', async () => {
  expect((await post('/v1/t', track({ writeKey: 'shop-write' }), {})).status).toBe(200)
  expect((await post('/v1/b', { batch: [track()], writeKey: 'shop-write' }, {})).status).toBe(200)
  expect((await post('/v1/b', { batch: [track()], writeKey: 'shop-wrong' }, {})).status).toBe(401)
})

it('stores a message id once, however it comes again', async () => {
  const event = track({ messageId: 'm-1' })
  const { body } = await post('/v1/batch', { batch: [event, event, track({ messageId: 'm-2' })] })
  expect(body).toEqual({ success: true, stored: 2, deduplicated: 1 })
  expect((await post('/v1/track', event)).body).toEqual({ success: true, stored: 0, deduplicated: 1 })
  const many = await Promise.all(
    Array.from({ length: 40 }, (_, n) => post('/v1/track', track({ messageId: `n-${n % 4}` }))),
  )
  const sum = (key: 'stored' | 'deduplicated') => many.reduce((total, { body }) => total + body[key]!, 0)
  expect([sum('stored'), sum('deduplicated')]).toEqual([4, 36])
  expect(await names()).toHaveLength(6)
})

it("leaves one tenant's message ids to it", async () => {
  await post('/v1/track', track({ messageId: 'm' }))
  expect((await post('/v1/track', track({ messageId: 'm' }), basic('other-write'))).body.stored).toBe(1)
  expect([(await names()).length, (await names(other)).length]).toEqual([1, 1])
})

const bad: [what: string, code: string, event: string][] = [
  ['NUL in a value', 'EVENT_BAD_TEXT', '{"type":"track","event":"x","userId":"ada","properties":{"a":"\\u0000"}}'],
  ['NUL in a key', 'EVENT_BAD_TEXT', '{"type":"track","event":"x","userId":"ada","properties":{"\\u0000":1}}'],
  ['a lone surrogate', 'EVENT_BAD_TEXT', '{"type":"track","event":"x","userId":"\\ud800"}'],
  ['our separators in an id', 'EVENT_BAD_TEXT', '{"type":"track","event":"x","userId":"a\\u001eb"}'],
  ['1e400', 'EVENT_BAD_NUMBER', '{"type":"track","event":"x","userId":"ada","properties":{"a":1e400}}'],
  ['1e-99999', 'EVENT_BAD_NUMBER', '{"type":"track","event":"x","userId":"ada","properties":{"a":1e-99999}}'],
  [
    'a depth bomb',
    'EVENT_TOO_DEEP',
    `{"type":"track","event":"x","userId":"ada","properties":{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`,
  ],
  [
    'an event too large',
    'EVENT_TOO_LARGE',
    `{"type":"track","event":"x","userId":"ada","properties":{"a":"${'x'.repeat(40_000)}"}}`,
  ],
  [
    'an event too large in UTF-8',
    'EVENT_TOO_LARGE',
    `{"type":"track","event":"x","userId":"ada","properties":{"a":"${'€'.repeat(12_000)}"}}`,
  ],
  ['text', 'EVENT_NOT_AN_OBJECT', '"track"'],
  ['a list', 'EVENT_NOT_AN_OBJECT', '[]'],
  ['null', 'EVENT_NOT_AN_OBJECT', 'null'],
  ['no type', 'EVENT_TYPE_UNKNOWN', '{"userId":"ada"}'],
  ['an unknown type', 'EVENT_TYPE_UNKNOWN', '{"type":"toString","userId":"ada"}'],
  ['a type that is no text', 'EVENT_BAD_FIELD', '{"type":["track"],"event":"x","userId":"ada"}'],
  ['no name', 'EVENT_WITHOUT_NAME', '{"type":"track","userId":"ada"}'],
  ['an empty name', 'EVENT_WITHOUT_NAME', '{"type":"track","event":" ","userId":"ada"}'],
  ['a name that is an object', 'EVENT_BAD_FIELD', '{"type":"track","event":{},"userId":"ada"}'],
  ['nobody', 'EVENT_WITHOUT_PERSON', '{"type":"track","event":"x"}'],
  ['an empty user', 'EVENT_WITHOUT_PERSON', '{"type":"track","event":"x","userId":"","anonymousId":null}'],
  ['a user that is an object', 'EVENT_BAD_FIELD', '{"type":"track","event":"x","userId":{"id":1}}'],
  ['a user that is a fraction', 'EVENT_BAD_FIELD', '{"type":"track","event":"x","userId":1.5}'],
  ['a user id too long', 'EVENT_BAD_FIELD', `{"type":"track","event":"x","userId":"${'x'.repeat(600)}"}`],
  ['properties that are a list', 'EVENT_BAD_FIELD', '{"type":"track","event":"x","userId":"ada","properties":[1]}'],
  ['traits that are text', 'EVENT_BAD_FIELD', '{"type":"identify","userId":"ada","traits":"vip"}'],
  ['context that is a number', 'EVENT_BAD_FIELD', '{"type":"track","event":"x","userId":"ada","context":7}'],
  [
    'a message id too long',
    'EVENT_BAD_FIELD',
    `{"type":"track","event":"x","userId":"ada","messageId":"${'x'.repeat(300)}"}`,
  ],
  ['a time that is none', 'EVENT_BAD_TIME', '{"type":"track","event":"x","userId":"ada","timestamp":"yesterday"}'],
  [
    'the 30th of February',
    'EVENT_BAD_TIME',
    '{"type":"track","event":"x","userId":"ada","timestamp":"2026-02-30T00:00:00Z"}',
  ],
  ['a time that is a list', 'EVENT_BAD_FIELD', '{"type":"track","event":"x","userId":"ada","timestamp":[2026]}'],
  [
    'a clock a year ahead',
    'EVENT_BAD_TIME',
    `{"type":"track","event":"x","userId":"ada","timestamp":"${new Date(Date.now() + 366 * 864e5).toISOString()}"}`,
  ],
  [
    'a time before our own',
    'EVENT_BAD_TIME',
    '{"type":"track","event":"x","userId":"ada","timestamp":"1970-01-01T00:00:00Z"}',
  ],
]

it.each(bad)('buries %s (%s) whole, and stores the rest of the batch', async (_, code, event) => {
  const { status, body } = await post(
    '/v1/batch',
    `{"batch":[${JSON.stringify(track({ event: 'before' }))},${event},${JSON.stringify(track({ event: 'after' }))}]}`,
  )
  expect(status).toBe(200)
  expect(body).toMatchObject({ success: true, stored: 2, deduplicated: 0, dead: [{ index: 1, code }] })
  expect(await names()).toEqual(['before', 'after'])
  const [letter, ...more] = await letters()
  expect(more).toEqual([])
  expect(letter).toMatchObject({
    id: body.dead![0]!.deadLetterId,
    payload: event,
    code,
    reason: body.dead![0]!.reason,
    door: 'http',
  })
})

it('answers 400 where the only event of a request is refused, and keeps it', async () => {
  const { status, body } = await post('/v1/track', { userId: 'ada', messageId: 'm-7' })
  expect(status).toBe(400)
  expect(body.error).toMatchObject({ code: 'EVENT_WITHOUT_NAME', details: { messageId: 'm-7' } })
  expect(await letters()).toMatchObject([
    { id: body.error!.details!.deadLetterId, message_id: 'm-7', code: 'EVENT_WITHOUT_NAME' },
  ])
})

it.each([
  ['nothing', ''],
  ['half of an object', '{"batch": [{"type": "track"'],
  ['no JSON', 'track me\u0000'],
  ['two values', '{} {}'],
  ['single quotes', "{'batch': []}"],
  ['a million brackets', '['.repeat(1e6)],
])('answers 400 to a body of %s, and keeps it', async (_, text) => {
  const { status, body } = await post('/v1/batch', text)
  expect(status).toBe(400)
  expect(body.error).toMatchObject({ code: 'BODY_UNREADABLE', message: expect.stringContaining('Expected') })
  expect(await letters()).toMatchObject([{ payload: text.replace('\u0000', '\ufffd'), code: 'BODY_UNREADABLE' }])
  expect(await names()).toEqual([])
})

it.each(['{}', '[]', '{"batch": {}}', '{"batch": null}', '{"batch":[],"batch":[]}', '5'])(
  'answers 400 to %s, which is no batch, and keeps it',
  async (text) => {
    const { status, body } = await post('/v1/batch', text)
    expect(status).toBe(400)
    expect(['BATCH_MISSING', 'BODY_UNREADABLE']).toContain(body.error!.code)
    expect(await letters()).toMatchObject([{ payload: text }])
  },
)

it('answers an empty batch with nothing done', async () => {
  expect((await post('/v1/batch', { batch: [] })).body).toEqual({ success: true, stored: 0, deduplicated: 0 })
})

it('inflates gzip, deflate and brotli, and refuses what it does not know or cannot read', async () => {
  const send = (body: Uint8Array, encoding: string) =>
    post('/v1/track', body, { ...basic('shop-write'), 'content-encoding': encoding })
  const json = Buffer.from(JSON.stringify(track()))
  expect((await send(gzipSync(json), 'gzip')).status).toBe(200)
  expect((await send(brotliCompressSync(json), 'br')).status).toBe(200)
  expect((await send(json, 'identity')).status).toBe(200)
  expect((await send(json, 'pied-piper')).body.error!.code).toBe('BODY_ENCODING_UNKNOWN')
  expect((await send(json, 'toString')).body.error!.code).toBe('BODY_ENCODING_UNKNOWN')
  expect((await send(json, 'gzip')).body.error!.code).toBe('BODY_UNREADABLE')
  expect(await letters()).toMatchObject([
    { payload: `data:application/octet-stream;base64,${json.toString('base64')}` },
  ])
})

it('refuses what is no UTF-8, keeps its bytes, and takes a mark of byte order for what it is', async () => {
  const latin = Buffer.from('{"userId":"ada","event":"Caf\u00e9"}', 'latin1')
  const { status, body } = await post('/v1/track', latin)
  expect([status, body.error!.code]).toEqual([400, 'BODY_UNREADABLE'])
  const [letter] = await letters()
  expect(Buffer.from(letter!.payload.split('base64,')[1]!, 'base64')).toEqual(latin)
  expect((await post('/v1/track', `\ufeff${JSON.stringify(track())}`)).status).toBe(200)
  expect(await names()).toEqual(['x'])
})

it('refuses a gzip bomb before it has unfolded', async () => {
  const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024, ' '))
  expect(bomb.length).toBeLessThan(config.MAX_BODY_BYTES)
  const before = process.memoryUsage().rss
  const answer = await post('/v1/batch', bomb, { ...basic('shop-write'), 'content-encoding': 'gzip' })
  expect([answer.status, answer.body.error!.code]).toEqual([413, 'BODY_TOO_LARGE'])
  expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024)
})

it('refuses a body of 10 MB, whether it says its length or not', async () => {
  const body = Buffer.alloc(10 * 1024 * 1024, ' ')
  const said = await post('/v1/batch', body)
  expect([said.status, said.body.error!.code]).toEqual([413, 'BODY_TOO_LARGE'])

  const call = httpRequest(`${host}/v1/batch`, { method: 'POST', headers: basic('shop-write') })
  const answered = once(call, 'response')
  for (let n = 0; n < 10; n++) call.write(body.subarray(0, 1024 * 1024))
  call.on('error', () => {})
  const [response] = await answered
  expect(response.statusCode).toBe(413)
  call.destroy()
})

it('reads less of who has not said a key yet', async () => {
  const large = `${' '.repeat(600 * 1024)}{"event": "x", "userId": "ada", "writeKey": "shop-write"}`
  expect((await post('/v1/track', large)).status).toBe(200)
  expect((await post('/v1/track', large, {})).body.error!.code).toBe('BODY_TOO_LARGE')
})

it('refuses a batch of 100,000 events and stores none of them', async () => {
  const { status, body } = await post(
    '/v1/batch',
    `{"batch":[${Array(100_000).fill('{"userId":"a","type":"page"}').join(',')}]}`,
  )
  expect([status, body.error!.code]).toEqual([413, 'BATCH_TOO_LARGE'])
  expect(await names()).toEqual([])
})

it('stores the largest batch that it takes', async () => {
  const batch = Array.from({ length: config.MAX_BATCH_EVENTS }, (_, n) => ({ userId: `u${n}`, type: 'page' }))
  expect((await post('/v1/batch', { batch })).body).toEqual({
    success: true,
    stored: config.MAX_BATCH_EVENTS,
    deduplicated: 0,
  })
})

it('keeps nothing of who has no key', async () => {
  const codes = []
  for (const headers of [
    {},
    basic('nobody'),
    basic(''),
    { authorization: 'Basic' },
    { authorization: 'Bearer a b' },
    basic('shop-read'),
  ]) {
    for (const body of [track(), 'no JSON'])
      codes.push((await post('/v1/track', body, headers as Record<string, string>)).body.error!.code)
  }
  expect(new Set(codes)).toEqual(new Set(['KEY_UNKNOWN', 'BODY_UNREADABLE', 'SCOPE_MISSING']))
  expect([await names(), await letters()]).toEqual([[], []])
})

it('refuses a key of another scope, and one that was revoked', async () => {
  expect((await post('/v1/track', track(), basic('shop-read'))).status).toBe(403)
  expect((await post('/v1/track', track(), basic('shop-admin'))).status).toBe(200)
  const hash = createHash('sha256').update('gone').digest('hex')
  await db.owner`INSERT INTO api_keys (tenant_id, name, hash, scopes, revoked_at) VALUES (${shop}, 'gone', ${hash}, '{write}', now())`
  expect((await post('/v1/track', track(), basic('gone'))).status).toBe(401)
})

it('does not let an event say whose tenant it is', async () => {
  await post('/v1/track', { ...track(), tenantId: other, tenant_id: other, context: { tenant_id: other } })
  expect([(await names()).length, (await names(other)).length]).toEqual([1, 0])
})

it('knows no other method and no other path', async () => {
  expect((await fetch(`${host}/v1/track`)).status).toBe(405)
  for (const path of ['/v1', '/v1/', '/v1/toString', '/v1/track/x', '/v1/__proto__', '/v1/TRACK']) {
    expect([path, (await post(path, track())).status]).toEqual([path, 404])
  }
})

it('corrects a clock that is wrong, by when the client sent the event and when it came', async () => {
  const wrong = Date.now() + 365 * 864e5
  const at = (ms: number) => new Date(ms).toISOString()
  await post('/v1/batch', { batch: [track({ timestamp: at(wrong - 60_000) })], sentAt: at(wrong) })
  await post('/v1/track', track({ timestamp: '2026-01-02T03:04:05.123456+02:00', sentAt: at(Date.now() - 1000) }))
  const [corrected, right] =
    await db.owner`SELECT occurred_at::text, extract(epoch FROM received_at - occurred_at)::float AS age FROM events ORDER BY id`
  expect(corrected!.age).toBeGreaterThan(59)
  expect(corrected!.age).toBeLessThan(65)
  expect(right!.occurred_at).toBe('2026-01-02 01:04:05.123456+00')
})

it('keeps the digits of a number, and every nested value, as they came', async () => {
  const properties = '{"id":12345678901234567890,"price":0.1234567890123456789,"nested":{"é\\n":[1,{"a":null}]}}'
  await post('/v1/track', `{"event":"x","userId":42,"properties":${properties}}`)
  const [row] = await db.owner`SELECT properties::text, user_id FROM events`
  expect(row).toEqual({
    properties: properties.replaceAll(/([:,])(?=["\d{[])/g, '$1 ').replace('"a":', '"a": '),
    user_id: '42',
  })
})

it('reads identifiers where the SDKs put them, and claims nothing that is ours to give', async () => {
  const externalIds = [
    { type: 'crm_id', id: 'c-1' },
    { type: 'email', id: ' ADA@example.com ' },
    { type: 'contact', id: 'x' },
    { type: 'user_id', id: 'root' },
    { type: '', id: 'x' },
    { type: 'bad type', id: 'x' },
    'no object',
    { id: 'x' },
    { type: 'n', id: {} },
  ]
  await post('/v1/identify', {
    anonymousId: 'a',
    context: { externalIds, traits: { phone: '0049 30/12.34' } },
    traits: { email: 'no email', x: 1 },
  })
  await post('/v1/track', { event: 'x', context: { traits: { email: 'only@example.com' } } })
  const rows = await db.owner`SELECT user_id, identifiers, traits FROM events ORDER BY id`
  expect(rows).toEqual([
    {
      user_id: null,
      identifiers: { crm_id: 'c-1', email: 'ada@example.com', phone: '+49301234' },
      traits: { phone: '0049 30/12.34', email: 'no email', x: 1 },
    },
    { user_id: null, identifiers: { email: 'only@example.com' }, traits: null },
  ])
})

it('finds the one event that Postgres refuses, buries it as it came, and stores the others', async () => {
  await db.owner.unsafe(`
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.name LIKE 'poison%' THEN RAISE EXCEPTION 'no poison here'; END IF; RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse()`)
  try {
    const batch = Array.from({ length: 20 }, (_, n) =>
      track({ event: n === 7 || n === 19 ? `poison ${n}` : `fine ${n}`, messageId: `m${n}` }),
    )
    const { body } = await post('/v1/batch', { batch: [...batch, { bad: true }] })
    expect(body).toMatchObject({
      stored: 18,
      deduplicated: 0,
      dead: expect.arrayContaining([
        expect.objectContaining({
          index: 7,
          code: 'EVENT_REFUSED',
          messageId: 'm7',
          reason: expect.stringContaining('no poison here'),
        }),
        expect.objectContaining({ index: 19, code: 'EVENT_REFUSED' }),
        expect.objectContaining({ index: 20, code: 'EVENT_TYPE_UNKNOWN' }),
      ]),
    })
    expect(await names()).toHaveLength(18)
    expect((await letters()).map((letter) => letter.payload).sort()).toEqual(
      [JSON.stringify(batch[19]), JSON.stringify(batch[7]), '{"bad":true}'].sort(),
    )
    // A refused event was not stored, so its id is free: mended, it goes through.
    expect((await post('/v1/batch', { batch: [track({ messageId: 'm7' })] })).body.stored).toBe(1)
  } finally {
    await db.owner.unsafe('DROP TRIGGER refuse ON events; DROP FUNCTION refuse()')
  }
})
