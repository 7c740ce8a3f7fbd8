/**
 * Abuse at every door: each gets its documented answer, what fits beside it is stored, nothing that a key's owner sent is lost,
 * and memory stays flat. What is special to one door is tested beside it.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { beforeEach, expect, it, vi } from 'vitest'
import type { DoorName } from '../../test/doors.ts'

vi.hoisted(() => {
  process.env.SOURCE_HOSTS = 'localhost,127.0.0.1'
})

const { testDatabase } = await import('../../test/database.ts')
const { DOOR_NAMES, openDoors } = await import('../../test/doors.ts')
const { pull } = await import('../postgres-source/pull.ts')

const db = await testDatabase()
const shop = await db.createTenant('shop')
const other = await db.createTenant('other')
await db.owner`
INSERT INTO api_keys (tenant_id, name, hash, scopes, revoked_at)
VALUES (${shop}, 'gone', ${createHash('sha256').update('gone').digest('hex')}, '{write}', now())`
const { doors: DOORS, newPostgresSource, theirs } = await openDoors(db, shop)

beforeEach(async () => {
  for (const table of ['dead_letters', 'events', 'event_ids', 'ingest_counts'])
    await db.owner.unsafe(`DELETE FROM ${table}`)
})

const NAMES = DOOR_NAMES

let ids = 0
const event = (more: object = {}) =>
  JSON.stringify({ type: 'track', event: 'x', userId: 'ada', messageId: `m${ids++}`, ...more })
/** JSON that no object makes. */
const odd = (members: string) => `{"type":"track","event":"x","userId":"ada","messageId":"m${ids++}",${members}}`
const inYears = (years: number) => new Date(Date.now() + years * 365 * 864e5).toISOString()

type ByDoor = Partial<Record<DoorName, string>>
/**
 * `code` where one event is refused and those beside it are stored, `but` where that is another by some doors; `whole` where a
 * door refuses all that came with it.
 */
type Case = { what: string; event: string; code: string | null; but?: ByDoor; whole?: ByDoor }

/** A type of GraphQL, and JSON that no double can say, is refused before it is an event of anybody. */
const notOfItsType = { graphql: 'GRAPHQL_VALIDATION_FAILED' }
const CASES: Case[] = [
  { what: 'NUL in a value', event: odd('"properties":{"a":"\\u0000"}'), code: 'EVENT_BAD_TEXT' },
  { what: 'NUL in a key', event: odd('"properties":{"\\u0000":1}'), code: 'EVENT_BAD_TEXT' },
  { what: 'NUL in an id', event: odd('"anonymousId":"a\\u0000"'), code: 'EVENT_BAD_TEXT' },
  { what: 'half of a character', event: odd('"properties":{"a":"\\ud800"}'), code: 'EVENT_BAD_TEXT' },
  { what: 'half of a character in a key', event: odd('"properties":{"\\udc00":1}'), code: 'EVENT_BAD_TEXT' },
  {
    what: '1e400',
    event: odd('"properties":{"a":1e400}'),
    code: 'EVENT_BAD_NUMBER',
    but: { postgres: 'BODY_UNREADABLE' },
    whole: { ...notOfItsType, webhook: 'BODY_UNREADABLE' },
  },
  {
    what: 'a number of 400 digits',
    event: odd(`"properties":{"a":${'9'.repeat(400)}}`),
    code: 'EVENT_BAD_NUMBER',
    but: { postgres: 'BODY_UNREADABLE' },
    whole: { ...notOfItsType, webhook: 'BODY_UNREADABLE' },
  },
  { what: '70 levels', event: odd(`"properties":{"a":${'['.repeat(70)}${']'.repeat(70)}}`), code: 'EVENT_TOO_DEEP' },
  {
    what: 'a depth bomb',
    event: odd(`"properties":{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`),
    code: 'EVENT_TOO_DEEP',
    whole: notOfItsType,
  },
  {
    what: 'too many bytes',
    event: event({ properties: { a: 'x'.repeat(40_000) } }),
    code: 'EVENT_TOO_LARGE',
    but: { import: 'LINE_UNREADABLE' },
  },
  { what: 'properties that are a list', event: event({ properties: [1] }), code: 'EVENT_BAD_FIELD' },
  { what: 'traits that are text', event: event({ type: 'identify', traits: 'vip' }), code: 'EVENT_BAD_FIELD' },
  { what: 'context that is a number', event: event({ context: 7 }), code: 'EVENT_BAD_FIELD' },
  { what: 'a user that is an object', event: event({ userId: {} }), code: 'EVENT_BAD_FIELD', whole: notOfItsType },
  { what: 'a name that is a list', event: event({ event: ['x'] }), code: 'EVENT_BAD_FIELD', whole: notOfItsType },
  { what: 'a time that is an object', event: event({ timestamp: {} }), code: 'EVENT_BAD_FIELD', whole: notOfItsType },
  {
    what: 'no type',
    event: event({ type: undefined, event: undefined }),
    code: 'EVENT_TYPE_UNKNOWN',
    but: { graphql: 'EVENT_WITHOUT_NAME' },
  },
  { what: 'an unknown type', event: event({ type: '__proto__' }), code: 'EVENT_TYPE_UNKNOWN' },
  { what: 'no name', event: event({ event: ' ' }), code: 'EVENT_WITHOUT_NAME' },
  { what: 'nobody', event: event({ userId: null }), code: 'EVENT_WITHOUT_PERSON' },
  { what: 'an id of 600 characters', event: event({ userId: 'x'.repeat(600) }), code: 'EVENT_BAD_FIELD' },
  { what: 'a time that is none', event: event({ timestamp: 'yesterday' }), code: 'EVENT_BAD_TIME' },
  { what: 'a clock a year ahead', event: event({ timestamp: inYears(1) }), code: 'EVENT_BAD_TIME' },
  { what: 'a time of 1970', event: event({ timestamp: inYears(-50) }), code: 'EVENT_BAD_TIME' },
  { what: 'a clock a year behind', event: event({ timestamp: inYears(-1) }), code: null },
  { what: 'text instead of an event', event: '"track"', code: 'EVENT_NOT_AN_OBJECT', whole: notOfItsType },
  { what: 'a list instead of an event', event: '[1]', code: 'EVENT_NOT_AN_OBJECT', whole: notOfItsType },
  { what: 'a number instead of an event', event: '7', code: 'EVENT_NOT_AN_OBJECT', whole: notOfItsType },
]

const documented = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')

it.each(NAMES.flatMap((door) => CASES.map((one) => [door, one.what, one] as const)))(
  'gives its documented answer by %s to %s',
  async (door, _what, { event: bad, but, whole, ...usual }) => {
    const code = but?.[door] ?? usual.code
    const outcome = await DOORS[door].send([event(), bad, event()])
    const ofAll = whole?.[door]
    if (ofAll && door === 'graphql') expect(outcome).toMatchObject({ status: 400, codes: [ofAll] })
    else if (ofAll) expect(outcome).toEqual({ status: 200, stored: 0, codes: [ofAll] })
    else expect(outcome).toEqual({ status: 200, stored: code ? 2 : 3, codes: code ? [code] : [] })
    for (const said of outcome.codes) expect(documented).toContain(`\`${said}\``)
    await expectLedger()
    // What a key's owner sent is kept as a dead letter, unless the request was refused before it was events, or it is a line of a file.
    const letters = await db.owner`SELECT FROM dead_letters WHERE tenant_id = ${shop}`
    const isLetter = !(ofAll && door === 'graphql') && code !== 'LINE_UNREADABLE'
    expect(letters).toHaveLength(isLetter ? outcome.codes.length : 0)
  },
)

/** What is counted is what is there. */
async function expectLedger() {
  const [row] = await db.owner`
SELECT coalesce(sum(accepted), 0)::int AS accepted, coalesce(sum(stored), 0)::int AS stored,
  coalesce(sum(deduplicated), 0)::int AS deduplicated, coalesce(sum(dead), 0)::int AS dead,
  (SELECT count(*)::int FROM events) AS events, (SELECT count(*)::int FROM dead_letters) AS letters FROM ingest_counts`
  expect(row!.accepted).toBe(row!.stored + row!.deduplicated + row!.dead)
  expect([row!.stored, row!.dead]).toEqual([row!.events, row!.letters])
}

it.each(NAMES)('stores nothing of another tenant, whatever an event by %s says', async (door) => {
  const claim = { tenantId: other, tenant_id: other, sourceId: other, context: { tenant_id: other } }
  const sent = door === 'graphql' ? event({ context: claim.context, properties: claim }) : event(claim)
  expect(await DOORS[door].send([sent])).toEqual({ status: 200, stored: 1, codes: [] })
  const rows = await db.owner`SELECT DISTINCT tenant_id FROM events`
  expect(rows).toEqual([{ tenant_id: shop }])
})

const KEYED = NAMES.filter((name) => name !== 'postgres' && name !== 'webhook')

it.each(NAMES.filter((name) => name !== 'graphql'))(
  'keeps all digits of an id that is a number, by %s',
  async (door) => {
    const like = (id: string) => `{"type":"track","event":"x","userId":${id},"messageId":"of ${id}"}`
    const large = ['12345678901234567890', '12345678901234567891', '9007199254740993']
    expect(await DOORS[door].send(large.map(like))).toEqual({ status: 200, stored: 3, codes: [] })
    const rows = await db.owner`SELECT DISTINCT user_id FROM events ORDER BY 1`
    expect(rows.map(({ user_id }) => user_id)).toEqual(large.toSorted())
  },
)

it.each(KEYED)('takes no wrong, revoked or unfit key by %s, and keeps nothing', async (door) => {
  for (const [key, code] of [
    ['nobody', 'KEY_UNKNOWN'],
    ['gone', 'KEY_UNKNOWN'],
    ['shop-read', 'SCOPE_MISSING'],
  ] as const) {
    const { status, codes } = await DOORS[door].send([event()], { key })
    expect([key, codes]).toEqual([key, [code]])
    if (door !== 'graphql' || code === 'KEY_UNKNOWN') expect(status).toBe(code === 'KEY_UNKNOWN' ? 401 : 403)
  }
  for (const table of ['events', 'dead_letters', 'ingest_counts'])
    expect(await db.owner`SELECT FROM ${db.owner(table)}`).toHaveLength(0)
})

it('takes no call of a webhook that another secret signed, nor for a source of another kind', async () => {
  expect(await DOORS.webhook.send([event()], { key: 'another' })).toEqual({
    status: 401,
    stored: undefined,
    codes: ['SIGNATURE_WRONG'],
  })
  expect(await db.owner`SELECT FROM events`).toHaveLength(0)
})

it('reads no source of another tenant', async () => {
  const id = await newPostgresSource('other', 'nothing')
  expect(await pull(db.worker, shop, id)).toEqual({ rows: 0, stored: 0, records: 0, dead: 0 })
})

const MB = 1024 * 1024

it('reads rows of another database a few megabytes at a time, and none beyond its size', async () => {
  await theirs.unsafe(`CREATE TABLE wide AS SELECT n AS id, repeat('x', CASE n WHEN 20 THEN 30e6 ELSE 2e6 END::int) AS pad,
    json_build_object('type', 'track', 'event', 'x', 'userId', 'u' || n) AS event FROM generate_series(1, 40) AS n`)
  const id = await newPostgresSource('shop', 'wide')
  const before = process.memoryUsage().rss
  let most = 0
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5)
  expect(await pull(db.worker, shop, id)).toEqual({ rows: 40, stored: 39, records: 0, dead: 1 })
  clearInterval(watch)
  expect((most - before) / MB).toBeLessThan(300)
  const letters = await db.owner`SELECT code, length(payload) AS length FROM dead_letters`
  expect(letters).toEqual([{ code: 'BODY_TOO_LARGE', length: 2000 }])
}, 120_000)

const bomb = gzipSync(Buffer.alloc(300 * MB, ' '))
const gzip = { 'content-encoding': 'gzip' }

it('keeps memory flat at every door, whatever comes', async () => {
  const many = Array(100_000).fill('{"userId":"a","type":"page"}')
  const large = Buffer.alloc(10 * MB, ' ')
  const before = process.memoryUsage().rss
  let most = 0
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5)
  const said: Record<string, unknown> = {}
  for (const door of ['http', 'browser', 'graphql', 'webhook'] as const) {
    said[`${door} 10 MB`] = await DOORS[door].raw!(large)
    said[`${door} gzip bomb`] = await DOORS[door].raw!(bomb, { headers: gzip })
    said[`${door} 100,000`] = await DOORS[door].send(many)
  }
  // A file is read as it comes, whatever its length.
  said['import 10 MB'] = await DOORS.import.raw!(large)
  said['import gzip bomb'] = await DOORS.import.raw!(bomb, { headers: gzip })
  said['import 10 MB in a line'] = await DOORS.import.raw!(`{"userId":"${'x'.repeat(10 * MB)}"}\n${event()}`)
  clearInterval(watch)
  const tooLarge = { status: 413, stored: undefined, codes: ['BODY_TOO_LARGE'] }
  expect(said).toEqual({
    'http 10 MB': tooLarge,
    'http gzip bomb': tooLarge,
    'http 100,000': { ...tooLarge, codes: ['BATCH_TOO_LARGE'] },
    'browser 10 MB': tooLarge,
    'browser gzip bomb': expect.objectContaining({ status: 400, codes: ['BODY_UNREADABLE'] }),
    'browser 100,000': tooLarge,
    'graphql 10 MB': { status: 413, codes: ['BODY_TOO_LARGE'] },
    'graphql gzip bomb': { status: 400, codes: ['BAD_REQUEST'] },
    'graphql 100,000': expect.objectContaining({ codes: ['BATCH_TOO_LARGE'] }),
    'webhook 10 MB': tooLarge,
    'webhook gzip bomb': tooLarge,
    'webhook 100,000': { status: 200, stored: 0, codes: ['MAPPING_FAILED'] },
    'import 10 MB': { status: 200, stored: 0, codes: [] },
    'import gzip bomb': { status: 200, stored: 0, codes: [] },
    'import 10 MB in a line': { status: 200, stored: 1, codes: ['LINE_UNREADABLE'] },
  })
  expect((most - before) / MB).toBeLessThan(300)
  expect(await db.owner`SELECT FROM events`).toHaveLength(1)
}, 120_000)
