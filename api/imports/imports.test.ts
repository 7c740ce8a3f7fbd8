import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, it } from 'vitest'
import { config } from '../../config.ts'
import { testDatabase, until } from '../../test/database.ts'
import { createIngestDoor } from '../ingest/door.ts'
import { mendDeadLetter, replayDeadLetters } from '../ingest/replay.ts'
import { createWriter } from '../ingest/writer.ts'
import { createServer } from '../server.ts'
import { readLines } from './read.ts'

const db = await testDatabase()
const tenantId = await db.createTenant('shop')
const writer = createWriter(db.api, config)
const server = createServer({ config, sql: db.api, ingest: createIngestDoor({ sql: db.api, writer, config }) })
const api = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`
afterAll(() => server.stop())

type Report = { status: number; lines: any[]; done?: any; error?: any; refused: any[] }

async function send(
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  key = 'shop-admin',
): Promise<Report> {
  const authorization = `Basic ${Buffer.from(`${key}:`).toString('base64')}`
  const response = await fetch(`${api}/v1/imports/${path}`, {
    method: 'PUT', // as `curl -T` does; the console's upload is a POST
    body: body as string,
    headers: { authorization, 'content-type': 'text/csv', ...headers },
  })
  const lines = (await response.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const refused = lines.filter((line) => 'line' in line)
  return { status: response.status, lines, done: lines.at(-1).done, error: lines.at(-1).error, refused }
}

it('imports events from CSV, reports the lines that do not fit, and changes nothing when it comes again', async () => {
  const file = `\ufeffevent,userId,timestamp,email,properties.total,properties.zip,note,traits.vip
Order Completed,ada,2025-01-02T03:04:05Z,Ada@Example.com,12.50,01234,"two
lines, ""quoted""",
,bob,2025-01-02,,1,,,
Order Completed,,2025-01-02,,1,,,
Order Completed,bob,yesterday,,1,,,
Order Completed,bob
Order Completed,eve,,,true,,,`
  const first = await send('events?name=history', file)
  expect(first.done).toEqual({ name: 'history', lines: 6, stored: 2, known: 0, refused: 4 })
  expect(first.refused.map(({ line, code }) => [line, code])).toEqual([
    [4, 'EVENT_TYPE_UNKNOWN'],
    [5, 'EVENT_WITHOUT_PERSON'],
    [6, 'EVENT_BAD_TIME'],
    [7, 'LINE_UNREADABLE'],
  ])
  expect(first.refused[2]).toMatchObject({
    raw: 'Order Completed,bob,yesterday,,1,,,',
    deadLetterId: expect.any(String),
  })
  const rows =
    await db.owner`SELECT user_id, occurred_at, identifiers, properties, message_id FROM events WHERE tenant_id = ${tenantId} ORDER BY occurred_at`
  expect(rows).toMatchObject([
    {
      user_id: 'ada',
      occurred_at: '2025-01-02T03:04:05Z',
      identifiers: { email: 'ada@example.com' },
      properties: { total: 12.5, zip: '01234', note: 'two\nlines, "quoted"' },
      message_id: 'history:3',
    },
    { user_id: 'eve', properties: { total: true } },
  ])
  expect((await send('events?name=history', file)).done).toMatchObject({ stored: 0, known: 2, refused: 4 })
})

it('keeps the times of an archive: when a call was sent once says nothing of a clock now', async () => {
  const line = (messageId: string, more: object) =>
    JSON.stringify({
      type: 'page',
      messageId,
      timestamp: '2025-03-01T00:00:00.000Z',
      sentAt: '2025-03-01T00:00:01.000Z',
      ...more,
    })
  const headers = { 'content-type': 'application/x-ndjson' }
  const archive = [line('a-1', { userId: 'ada' }), line('a-2', { userId: {} })].join('\n')
  expect((await send('events?dryRun=1', archive, headers)).lines).toMatchObject([
    { would: { occurredAt: '2025-03-01T00:00:00.000Z' } },
    {},
    {},
  ])
  expect((await send('events', archive, headers)).done).toMatchObject({ stored: 1, refused: 1 })
  const [letter] = await db.owner`SELECT id FROM dead_letters WHERE tenant_id = ${tenantId} AND message_id = 'a-2'`
  await mendDeadLetter(db.api, tenantId, letter!.id, line('a-2', { userId: 'ada' }))
  expect(await replayDeadLetters(db.api, tenantId, { ids: [letter!.id] })).toMatchObject({ stored: 1 })
  const times =
    await db.owner`SELECT occurred_at FROM events WHERE tenant_id = ${tenantId} AND message_id IN ('a-1', 'a-2')`
  expect(times).toEqual([{ occurred_at: '2025-03-01T00:00:00Z' }, { occurred_at: '2025-03-01T00:00:00Z' }])
})

it('says by which methods a file may come', async () => {
  const response = await fetch(`${api}/v1/imports/events`)
  expect(response.status).toBe(405)
  expect(await response.json()).toMatchObject({
    error: { code: 'METHOD_NOT_ALLOWED', message: 'Expected POST or PUT; found GET.' },
  })
})

it('imports events from NDJSON, zipped, in pieces, with progress', async () => {
  const lines = Array.from({ length: 12_000 }, (_, n) => JSON.stringify({ type: 'page', userId: `u${n % 50}` }))
  lines[7] = '{"type": "page"'
  lines.splice(9, 0, '', '  ')
  lines.push(`"${'x'.repeat(70_000)}"`)
  const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' }
  const report = await send('events', gzipSync(lines.join('\r\n')), headers)
  expect(report.done).toMatchObject({ lines: 12_001, stored: 11_999, refused: 2 })
  expect(report.refused.map(({ line, code }) => [line, code])).toEqual([
    [8, 'LINE_UNREADABLE'],
    [12_003, 'LINE_UNREADABLE'],
  ])
  expect(report.lines.filter((line) => 'progress' in line)).toHaveLength(3)
})

it('imports records from CSV: creates, brings up to date, refers by external id, and leaves empty cells alone', async () => {
  expect((await send('accounts', 'externalId,name,employees\nacme,Acme,12\n')).done).toMatchObject({
    stored: 1,
    known: 0,
  })
  const contacts = `external_id,firstName,email,account,custom.score,custom.note
c-1,Ada,ada@example.com,acme,9.5,hello
c-2,Bob,bob@example.com,,,
c-2,Robert,,,,
c-3,Eve,,nowhere,,
,Nobody,,,,`
  const report = await send('contacts', contacts)
  expect(report.done).toMatchObject({ lines: 5, stored: 2, known: 1, refused: 2 })
  expect(report.refused.map(({ line, reason }) => [line, reason])).toEqual([
    [5, 'account: Expected the externalId of one of the accounts.'],
    [6, 'externalId: Expected a value.'],
  ])
  const rows = () => db.owner`
SELECT c.external_id, first_name, email, a.name AS account, c.custom FROM contacts c LEFT JOIN accounts a ON a.id = c.account_id
WHERE c.tenant_id = ${tenantId} ORDER BY 1`
  expect(await rows()).toEqual([
    {
      external_id: 'c-1',
      first_name: 'Ada',
      email: 'ada@example.com',
      account: 'Acme',
      custom: { score: 9.5, note: 'hello' },
    },
    { external_id: 'c-2', first_name: 'Robert', email: null, account: null, custom: {} },
  ])
  const later = await send('contacts', 'externalId,lastName,firstName,custom.score\nc-1,Byron,,10\n')
  expect(later.done).toMatchObject({ stored: 0, known: 1 })
  expect((await rows())[0]).toMatchObject({
    first_name: 'Ada',
    email: 'ada@example.com',
    custom: { score: 10, note: 'hello' },
  })
})

it('tells which value of which line does not fit its column, and imports the others', async () => {
  const file = `externalId,amount,currency,placedAt,status
o-1,12.50,EUR,2026-11-24T10:00:00Z,
o-2,many,EUR,2026-11-24,paid
o-3,1,EUR,someday,paid
o-4,,EUR,2026-11-24,paid
o-5,1,"E'; DROP TABLE orders; --",2026-11-24,a\\b`
  const report = await send('orders', file)
  expect(report.done).toMatchObject({ stored: 2, refused: 3 })
  expect(report.refused.map(({ line, reason }) => [line, reason])).toEqual([
    [3, 'amount: Expected a number such as 1234.5; found "many".'],
    [4, expect.stringContaining('placedAt: Expected an instant in ISO 8601')],
    [5, 'amount: Expected a value.'],
  ])
  const rows =
    await db.owner`SELECT external_id, amount, status, currency FROM orders WHERE tenant_id = ${tenantId} ORDER BY 1`
  expect(rows).toEqual([
    { external_id: 'o-1', amount: '12.5000', status: 'placed', currency: 'EUR' },
    { external_id: 'o-5', amount: '1.0000', status: 'a\\b', currency: "E'; DROP TABLE orders; --" },
  ])
})

it('imports records from NDJSON with nested custom fields', async () => {
  const body =
    '{"externalId": "l-1", "score": 7, "email": null, "custom": {"tags": ["a"], "n": "1"}}\n[1]\n{"externalId": "l-2", "nonsense": 1}'
  const report = await send('leads', body, { 'content-type': 'application/x-ndjson' })
  expect(report.done).toMatchObject({ stored: 1, refused: 2 })
  expect(report.refused[1]!.reason).toMatch(/^Expected one of externalId, .* or custom.<name>; found nonsense\.$/)
  const [lead] = await db.owner`SELECT score, custom FROM leads WHERE tenant_id = ${tenantId}`
  expect(lead).toEqual({ score: '7', custom: { tags: ['a'], n: '1' } })
})

it("imports records of a tenant's own object, and of a parent by its external id", async () => {
  await db.owner`
INSERT INTO objects (tenant_id, key, plural, name, person, parent) VALUES
  (${tenantId}, 'course', 'courses', 'Course', false, NULL), (${tenantId}, 'seat', 'seats', 'Seat', true, 'course')`
  const courses = await send(
    'courses',
    'externalId,custom.title,occurredAt\nk-1,Algebra,2026-01-02T03:04:05Z\nk-2,Logic,\n',
  )
  expect(courses.done).toMatchObject({ stored: 2, refused: 0 })
  const seats = await send(
    'seats',
    'externalId,email,parent,custom.grade\ns-1,ada@example.com,k-1,1.5\ns-2,bob@example.com,k-9,2\nk-1,eve@example.com,,3\n',
  )
  expect(seats.done).toMatchObject({ stored: 2, refused: 1 })
  expect(seats.refused[0]!.reason).toBe('parent: Expected the externalId of one of the course.')
  const rows = await db.owner`
SELECT r.external_id, r.email, p.custom ->> 'title' AS course, r.custom FROM records r LEFT JOIN records p ON p.id = r.parent_id
WHERE r.tenant_id = ${tenantId} AND r.object = 'seat' ORDER BY 1`
  expect(rows).toEqual([
    { external_id: 'k-1', email: 'eve@example.com', course: null, custom: { grade: 3 } },
    { external_id: 's-1', email: 'ada@example.com', course: 'Algebra', custom: { grade: 1.5 } },
  ])
  expect((await send('seats', 'externalId,custom.grade\ns-1,2\n')).done).toMatchObject({ stored: 0, known: 1 })
  expect((await send('courses', 'externalId,email\nk-1,a@example.com\n')).refused[0]!.reason).toMatch(
    /^Expected one of/,
  )
  const [course] =
    await db.owner`SELECT occurred_at FROM records WHERE tenant_id = ${tenantId} AND external_id = 'k-1' AND object = 'course'`
  expect(course).toEqual({ occurred_at: '2026-01-02T03:04:05Z' })
})

it('goes by the fields of the tenant: what fits, what must be there, defaults, and what no two records have', async () => {
  await db.owner`
INSERT INTO fields (tenant_id, object, key, type, required, choices, default_value, "unique") VALUES
  (${tenantId}, 'ticket', 'area', 'choice', true, '{shop,app}', NULL, false),
  (${tenantId}, 'ticket', 'number', 'number', false, NULL, NULL, true),
  (${tenantId}, 'ticket', 'level', 'number', false, NULL, '1', false)`
  const file = `externalId,subject,custom.area,custom.number
t-1,a,shop,1
t-2,b,,2
t-3,c,boat,3
t-4,d,app,1
t-5,e,app,5
`
  const report = await send('tickets', file)
  expect(report.done).toMatchObject({ stored: 2, refused: 3 })
  expect(report.refused.map(({ line, reason }) => [line, reason])).toEqual([
    [3, 'custom.area: Expected a value.'],
    [4, 'Expected one of shop, app in the field "area".'],
    [5, 'custom.number: Expected a value that no other record has.'],
  ])
  const later = await send('tickets', 'externalId,subject,custom.number\nt-1,a,1\nt-5,e,1\nt-1,a2,7\n')
  expect(later.done).toMatchObject({ known: 2, refused: 1 })
  const rows = await db.owner`SELECT external_id AS id, custom FROM tickets WHERE tenant_id = ${tenantId} ORDER BY 1`
  expect([...rows]).toEqual([
    { id: 't-1', custom: { area: 'shop', number: 7, level: 1 } },
    { id: 't-5', custom: { area: 'app', number: 5, level: 1 } },
  ])
})

it('says what is wrong with a file as a whole', async () => {
  expect((await send('events', 'a,a\n1,2')).error).toMatchObject({ code: 'FILE_UNREADABLE' })
  expect((await send('events', 'event,userId\n"x,ada\n')).error).toMatchObject({
    code: 'FILE_UNREADABLE',
    message: expect.stringContaining('Expected CSV'),
  })
  const status = async (...args: Parameters<typeof send>) => {
    const { status, lines } = await send(...args)
    return [status, lines[0].error.code]
  }
  expect(await status('nonsense', '')).toEqual([404, 'NOT_FOUND'])
  expect(await status('toString', '')).toEqual([404, 'NOT_FOUND'])
  expect(await status('events', '', { 'content-type': 'image/png' })).toEqual([400, 'INPUT_INVALID'])
  expect(await status('events', '', {}, 'shop-read')).toEqual([403, 'SCOPE_MISSING'])
  expect(await status('contacts', '', {}, 'shop-write')).toEqual([403, 'SCOPE_MISSING'])
  expect(await status('events', '', {}, 'nobody')).toEqual([401, 'KEY_UNKNOWN'])
})

it('takes a cell for text where the tenant says that it is text, whatever it looks like', async () => {
  await db.owner`
INSERT INTO fields (tenant_id, object, key, type) VALUES
  (${tenantId}, 'lead', 'zip', 'text'), (${tenantId}, 'profile', 'plan', 'choice'), (${tenantId}, 'profile', 'age', 'number')`
  await db.owner`UPDATE fields SET choices = '{1,2}' WHERE tenant_id = ${tenantId} AND object = 'profile' AND key = 'plan'`
  await db.owner`
INSERT INTO behaviors (tenant_id, name, mode, properties) VALUES (${tenantId}, 'Item Bought', 'strict',
  '[{"key": "sku", "type": "text"}, {"key": "quantity", "type": "number"}]')`
  await until(
    () => send('events?dryRun=1', 'event,userId,sku,quantity,other\nItem Bought,ada,71053,two,7\n'),
    ({ refused }) => refused.some(({ code }) => code === 'EVENT_NOT_AS_DEFINED'),
  )

  expect((await send('leads', 'externalId,email,custom.zip,custom.n\nz-1,z@example.com,10115,7\n')).done.stored).toBe(1)
  const [lead] = await db.owner`SELECT custom FROM leads WHERE tenant_id = ${tenantId} AND external_id = 'z-1'`
  expect(lead!.custom).toEqual({ zip: '10115', n: 7 })

  expect(
    (await send('events?name=typed', 'event,userId,sku,quantity,other\nItem Bought,ada,71053,2,7\n')).done,
  ).toMatchObject({
    stored: 1,
    refused: 0,
  })
  expect((await send('events?name=said', 'type,userId,traits.plan,traits.age\nidentify,ada,1,41\n')).done.stored).toBe(
    1,
  )
  const rows =
    await db.owner`SELECT properties, traits FROM events WHERE tenant_id = ${tenantId} AND message_id IN ('typed:2', 'said:2') ORDER BY name DESC`
  expect([...rows]).toEqual([
    { properties: {}, traits: { plan: '1', age: 41 } },
    { properties: { sku: '71053', quantity: 2, other: 7 }, traits: null },
  ])
})

it('imports people: a line is what somebody said of themselves, and their name a trait', async () => {
  const file = 'userId,email,name,traits.level,timestamp\np-1,P1@example.com,Ada,3,2026-01-02 03:04:05\n,,Nobody,1,\n'
  expect((await send('people?name=crowd&dryRun=1', file)).lines[0]).toMatchObject({
    would: { type: 'identify', userId: 'p-1', traits: { email: 'P1@example.com', name: 'Ada', level: 3 } },
  })
  const report = await send('people?name=crowd', file)
  expect(report.done).toMatchObject({ stored: 1, refused: 1 })
  expect(report.refused).toMatchObject([{ line: 3, code: 'EVENT_WITHOUT_PERSON' }])
  const lines = '{"userId": "p-2", "traits": {"name": "Bob"}}'
  expect((await send('people?name=more', lines, { 'content-type': 'application/x-ndjson' })).done.stored).toBe(1)
  const rows = await db.owner`
SELECT type, user_id, occurred_at, identifiers, traits FROM events
WHERE tenant_id = ${tenantId} AND user_id IN ('p-1', 'p-2') ORDER BY user_id`
  expect([...rows]).toMatchObject([
    {
      type: 'identify',
      occurred_at: '2026-01-02T03:04:05Z',
      identifiers: { email: 'p1@example.com' },
      traits: { email: 'P1@example.com', name: 'Ada', level: 3 },
    },
    { type: 'identify', user_id: 'p-2', traits: { name: 'Bob' } },
  ])
  expect(await send('people', file, {}, 'shop-read')).toMatchObject({ status: 403 })
})

it('refuses in records what only Postgres would take for a number or a time, and what no index takes', async () => {
  const long = Array.from({ length: 3000 }, (_, n) => n.toString(36)).join('')
  const cells = [
    ['12.5', '2026-03-29 02:30:00', 'EUR'],
    ['NaN', '2026-03-29', 'EUR'],
    ['0x1F', '2026-03-29', 'EUR'],
    ['1.234,50', '2026-03-29', 'EUR'],
    ['12', 'tomorrow', 'EUR'],
    ['12', 'infinity', 'EUR'],
    ['12', '29.03.2026', 'EUR'],
  ]
  const rows = cells.map((row, n) => `shape-${n},${row.map((cell) => JSON.stringify(cell)).join()},`)
  const report = await send(
    'orders',
    `externalId,amount,placedAt,currency,email\n${rows.join('\r\n')}\n${long},1,2026-01-01,EUR,\nlong,1,2026-01-01,EUR,${long}\n`,
  )
  expect(report.done).toMatchObject({ stored: 1, refused: 8 })
  expect(report.refused.map(({ reason }) => reason)).toEqual([
    'amount: Expected a number such as 1234.5; found "NaN".',
    'amount: Expected a number such as 1234.5; found "0x1F".',
    'amount: Expected a number such as 1234.5; found "1.234,50".',
    'placedAt: Expected an instant in ISO 8601, such as 2026-11-25T12:00:00Z; found "tomorrow".',
    'placedAt: Expected an instant in ISO 8601, such as 2026-11-25T12:00:00Z; found "infinity".',
    'placedAt: Expected an instant in ISO 8601, such as 2026-11-25T12:00:00Z; found "29.03.2026".',
    `externalId: Expected at most 512 characters; found ${long.length}.`,
    `email: Expected at most 512 characters; found ${long.length}.`,
  ])
  const [ours] = (await send('orders', 'externalId,amount,currency,nobody\nn,1,EUR,{}\n')).refused
  expect(ours.reason).toContain('found nobody')
  expect(ours.reason).not.toContain('email, nobody')
})

it('goes on with a large file of which some lines do not fit', async () => {
  const lines = Array.from({ length: 25_000 }, (_, n) => (n % 5 < 2 ? `page,,big-${n}` : `page,v${n % 50},big-${n}`))
  const report = await send('events?name=big', `type,userId,messageId\n${lines.join('\n')}\n`)
  expect(report.error).toBeUndefined()
  expect(report.done).toMatchObject({ lines: 25_000, stored: 15_000, refused: 10_000 })
}, 60_000)

it('gives a hopeless file up early, and goes on after an import that broke', async () => {
  const hopeless = `event\n${'x\n'.repeat(100_000)}`
  const report = await send('events', hopeless)
  expect(report.error).toMatchObject({ code: 'IMPORT_HOPELESS' })
  const [{ count }] = await db.owner<[{ count: number }]>`
SELECT count(*)::int AS count FROM dead_letters WHERE tenant_id = ${tenantId} AND payload LIKE '%"event":"x"%'`
  expect(count).toBeGreaterThan(10_000)
  expect(count).toBeLessThan(30_000)

  // Postgres goes away in the middle; the same file under the same name brings the rest, and nothing twice.
  const lines = Array.from({ length: 20_000 }, (_, n) => `page,u${n}`)
  const file = `type,userId\n${lines.join('\n')}\n`
  const killed = send('events?name=broken', file)
  for (let n = 0; n < 5; n++) {
    await db.owner`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'test api' AND datname = current_database()`
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const first = await killed.catch(() => null)
  const again = await until(
    () => send('events?name=broken', file).catch(() => null),
    (found) => found?.done !== undefined,
  )
  expect(again!.done.stored + again!.done.known).toBe(20_000)
  // Where the connection went before anything was read, the door said so.
  const told = first?.done ?? first?.error ?? { lines: 0 }
  expect('lines' in told || told.code === 'DATABASE_UNAVAILABLE').toBe(true)
  const [row] =
    await db.owner`SELECT count(*)::int AS rows FROM events WHERE tenant_id = ${tenantId} AND message_id LIKE 'broken:%'`
  expect(row).toEqual({ rows: 20_000 })
})

it('refuses lines of records that Postgres cannot keep as they are, and takes the others', async () => {
  const lines = [
    String.raw`{"externalId": "odd-1", "firstName": "a\ud800"}`,
    String.raw`{"externalId": "odd-2\u0000"}`,
    String.raw`{"externalId": "odd-3", "custom": {"n": [1e400]}}`,
    String.raw`{"externalId": "odd-4", "custom": {"\udfff": 1}}`,
    `{"externalId": "odd-5", "custom": {"a": ${'['.repeat(99)}${']'.repeat(99)}}}`,
    `{"externalId": "odd-6", "firstName": "Ok"}`,
  ]
  const json = await send('contacts', lines.join('\n'), { 'content-type': 'application/x-ndjson' })
  expect(json.refused.map(({ line, code }) => [line, code])).toEqual([1, 2, 3, 4, 5].map((n) => [n, 'LINE_REFUSED']))
  expect(json.done).toMatchObject({ stored: 1, refused: 5 })
  const csv = await send('contacts', 'externalId,firstName,custom.x\nodd-7,A\0B,1\nodd-8,Ok,\0\nodd-9,Ok,1\n')
  expect(csv.refused.map(({ line, code }) => [line, code])).toEqual([2, 3].map((n) => [n, 'LINE_REFUSED']))
  const rows = await db.owner`SELECT external_id FROM contacts WHERE external_id LIKE 'odd-%' ORDER BY 1`
  expect(rows.map((row) => row.external_id)).toEqual(['odd-6', 'odd-9'])
})

it('refuses a file in another encoding, and finds characters that lie across the pieces of a stream', async () => {
  const latin = await send('events?name=latin', Buffer.from('event,userId\nCaf\u00e9,ada\n', 'latin1'))
  expect(latin.error).toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining('UTF-8') })
  const options = { format: 'ndjson', delimiter: ',', longest: 1000, perPiece: 100 } as const
  const read = async (bytes: Buffer, size: number) => {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
      bytes.subarray(n * size, (n + 1) * size),
    )
    const lines = []
    for await (const piece of readLines(Readable.from(chunks), options)) lines.push(...piece.map(({ raw }) => raw))
    return lines
  }
  const lines = ['"\u00e9"', '"\u20ac"', '"\u{1f600}"', '"plain"']
  for (const size of [1, 2, 3, 5, 7]) expect(await read(Buffer.from(lines.join('\n')), size)).toEqual(lines)
  for (const cut of [1, 2, 3])
    await expect(read(Buffer.from('"\u{1f600}').subarray(0, 1 + cut), 2)).rejects.toThrow('UTF-8')
  await expect(read(Buffer.from([0x22, 0x80, 0x22]), 1)).rejects.toThrow('UTF-8')
})

it('holds a piece of a file in memory, however long the file and its lines are', async () => {
  const options = { format: 'ndjson', delimiter: ',', longest: 1000, perPiece: 100 } as const
  const endless = Readable.from(Array(2000).fill(Buffer.alloc(64 * 1024, 'x')))
  const before = process.memoryUsage().rss
  const pieces = []
  for await (const piece of readLines(endless, options)) pieces.push(piece)
  expect(pieces).toMatchObject([[{ number: 1, problem: 'Expected a line of at most 1000 characters.' }]])
  expect(process.memoryUsage().rss - before).toBeLessThan(60 * 1024 * 1024)
})

it('tries the first lines of a file, tells what would be written and what refused, and stores nothing', async () => {
  const counts = () => db.owner`
SELECT (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM leads) AS leads, (SELECT count(*) FROM dead_letters) AS dead`
  const before = await counts()
  const file = `type,userId,timestamp,properties.plan\npage,ada,2025-01-02T03:04:05Z,pro\npage,,,\n${'page,bob,,\n'.repeat(5000)}`
  const events = await send('events?name=tried&dryRun=3', file)
  expect(events.done).toEqual({ name: 'tried', dryRun: true, lines: 3, stored: 2, known: 0, refused: 1 })
  expect(events.refused.slice(0, 1)).toMatchObject([
    { line: 2, would: { name: 'page', userId: 'ada', properties: { plan: 'pro' } } },
  ])
  expect(events.lines.find((line) => line.code)).toMatchObject({ line: 3, code: 'EVENT_WITHOUT_PERSON' })
  expect(events.lines.find((line) => line.code)).not.toHaveProperty('deadLetterId')

  const twice = await send('events?dryRun=10', 'type,userId,messageId\npage,ada,m-1\npage,ada,m-1\npage,ada,m-2\n')
  expect(twice.done).toMatchObject({ stored: 2, known: 1 })

  const leads = await send('leads?dryRun=10', 'externalId,score,custom.x\nl-new,5,1\nl-bad,many,\nl-1,9,\n')
  expect(leads.done).toMatchObject({ dryRun: true, stored: 1, known: 1, refused: 1 })
  expect(leads.lines.filter((line) => line.would)).toEqual([
    { line: 2, would: { externalId: 'l-new', score: '5', custom: { x: 1 } } },
    { line: 4, would: { externalId: 'l-1', score: '9' } },
  ])
  const ndjson = await send('events?dryRun=1', '{"type": "page", "userId": "x"}\n'.repeat(100_000), {
    'content-type': 'application/x-ndjson',
  })
  expect(ndjson.done).toMatchObject({ lines: 1, stored: 1 })
  expect(await counts()).toEqual(before)
  expect((await send('events?dryRun=0', '')).lines[0].error.code).toBe('INPUT_INVALID')
})
