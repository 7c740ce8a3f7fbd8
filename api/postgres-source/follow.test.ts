import { afterAll, afterEach, expect, it, vi } from 'vitest'

vi.hoisted(() => {
  process.env.SOURCE_HOSTS = 'localhost,127.0.0.1'
})

const { follower } = await import('../../bin/lib/engine.ts')
const { runFollowers } = await import('../../jobs/followers.ts')
const { otherDatabase, testDatabase, until: soon } = await import('../../test/database.ts')
const { graphql } = await import('../../test/graphql.ts')
const { parseJson } = await import('../webhooks/delivery.ts')
const { replayDeadLetters } = await import('../ingest/replay.ts')

/** A slot is made once every transaction of the server has ended that is open by then, of other tests too. */
const until: typeof soon = (read, holds) => soon(read, holds, { timeout: 80_000 })

const db = await testDatabase()
const tenantId = await db.createTenant('shop')
const ask = graphql(db.api)('shop-admin')

// Another database, of somebody else.
const { name, url, theirs, drop } = await otherDatabase(3)
await theirs`CREATE EXTENSION age` // the test server loads it, and its hook on DROP wants its schema
const slots = () =>
  theirs<{ slot_name: string; active_pid: number | null }[]>`
SELECT slot_name, active_pid FROM pg_replication_slots WHERE database = ${name}`
const dropSlots = () =>
  until(async () => {
    await theirs`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = ${name} AND NOT active`.catch(
      () => {},
    )
    return (await slots()).length === 0
  })

let stops: (() => Promise<void>)[] = []
/** As a worker does it, in this process. */
function start(): () => Promise<void> {
  const stopping = new AbortController()
  const done = runFollowers({ url: db.workerUrl, signal: stopping.signal, follower })
  const stop = async () => {
    stopping.abort()
    await done
  }
  stops.push(stop)
  return stop
}

afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()))
  stops = []
  await db.owner`UPDATE postgres_sources SET status = 'paused' WHERE mode = 'replication'`
  await db.owner`DELETE FROM ops.owed_slots`
  await dropSlots()
})
afterAll(async () => {
  await drop()
}, 240_000)

const FIELDS = `source { id name } mode tables status position rows stored records dead error errorCode errorSql failures
  lagBytes keptBytes changedAt warnings { code message sql }`
const MAPPING = `{
  "records": {"object": "lead", "externalId": table & "-" & row.id, "delete": op = "delete",
    "email": row.mail, "custom": op = "delete" ? null : {"note": row.note, "op": op}},
  "events": {"type": "track", "event": op, "userId": table & "-" & row.id, "properties": $merge([row, {"old": old, "unchanged": unchanged}])}
}`
const create = async (name: string, tables: string[], more: object = {}): Promise<string> => {
  const answer = await ask(
    'mutation ($input: CreatePostgresSourceInput!) { createPostgresSource(input: $input) { postgresSource { source { id } } } }',
    { input: { name, url: url.href, mode: 'REPLICATION', tables, mapping: MAPPING, ...more } },
  )
  expect(answer.errors, JSON.stringify(answer.errors)).toBeUndefined()
  return answer.data.createPostgresSource.postgresSource.source.id.replace('Source:', '')
}
const update = (source: string, more: object) =>
  ask(
    'mutation ($input: UpdatePostgresSourceInput!) { updatePostgresSource(input: $input) { postgresSource { status } } }',
    { input: { source, ...more } },
  )
const state = async (id: string) => {
  const { data } = await ask(`{ postgresSources { ${FIELDS} } }`)
  return data.postgresSources.find(({ source }: any) => source.id === `Source:${id}`)
}
/** Its changes are taken: a row that is written now has come. */
const eventsOf = (source: string) =>
  db.owner<{ op: string; user: string; properties: any }[]>`
SELECT name AS op, user_id AS user, properties FROM events WHERE tenant_id = ${tenantId} AND source_id = ${source}
ORDER BY received_at, id`
const count = async (source: string) => (await eventsOf(source)).length
const counted = (source: string, events: number) =>
  until(
    () => count(source),
    (n) => n >= events,
  )
const leads = async (prefix: string) => {
  const rows = await db.owner<{ id: string; email: string; custom: any }[]>`
SELECT external_id AS id, email, custom FROM leads WHERE tenant_id = ${tenantId} AND external_id LIKE ${`${prefix}-%`} ORDER BY external_id`
  return rows
}

it('takes the rows that are there, then each insert, update and delete, in order and once', async () => {
  await theirs.unsafe(`
CREATE TABLE customers (id int PRIMARY KEY, mail text, note text);
INSERT INTO customers SELECT n, n || '@example.com', 'before' FROM generate_series(1, 3) AS n`)
  const id = await create('first', ['customers'])
  start()
  await counted(id, 3)
  await theirs`UPDATE customers SET mail = 'new@example.com', note = 'after' WHERE id = 1`
  await theirs`DELETE FROM customers WHERE id = 2`
  await theirs`INSERT INTO customers VALUES (4, '4@example.com', 'new')`
  await theirs`UPDATE customers SET id = 5 WHERE id = 3`
  await counted(id, 7)
  const events = await eventsOf(id)
  expect(events.map(({ op, user }) => `${op} ${user}`)).toEqual([
    'snapshot customers-1',
    'snapshot customers-2',
    'snapshot customers-3',
    'update customers-1',
    'delete customers-2',
    'insert customers-4',
    'update customers-5',
  ])
  expect(events.at(-1)!.properties.old).toEqual({ id: 3 })
  expect(await leads('customers')).toMatchObject([
    { id: 'customers-1', email: 'new@example.com', custom: { note: 'after', op: 'update' } },
    { id: 'customers-3' }, // its mapping did not ask for the old key
    { id: 'customers-4' },
    { id: 'customers-5' },
  ])
  const told = await until(
    () => state(id),
    ({ lagBytes }) => lagBytes !== null,
  )
  expect(told).toMatchObject({ mode: 'REPLICATION', tables: ['customers'], rows: 7, stored: 7, dead: 0, error: null })
  expect(Date.now() - Date.parse(told.changedAt)).toBeLessThan(60_000)
  expect(told.keptBytes).toBeGreaterThanOrEqual(told.lagBytes)
}, 240_000)

it('gives values of every type as polling does, and leaves out what an update did not tell', async () => {
  await theirs.unsafe(`
CREATE TYPE mood AS ENUM ('sad', 'so, so', 'ha"ppy');
CREATE TYPE place AS (street text, "no" int);
CREATE DOMAIN score AS numeric(6, 2) CHECK (VALUE >= 0);
CREATE TABLE types (
  id bigint PRIMARY KEY, "Odd ""name" text, flag bool, small int2, big int8, f4 float4, f8 float8, n numeric, s score, c char(4), v varchar(9),
  at timestamptz, local timestamp, day date, hour time, span interval, doc json, docb jsonb, bytes bytea, uid uuid, tags text[], grid int[][],
  m mood, moods mood[], p place, places place[], r int4range, ip inet, bits bit(3), x xml, nothing text, twice int GENERATED ALWAYS AS (small * 2) STORED)`)
  const id = await create('types', ['types'], {
    mapping: '{"type": "track", "event": op, "userId": "u", "properties": {"row": row, "unchanged": unchanged}}',
  })
  start()
  await until(
    () => state(id),
    ({ position }) => position?.row === undefined && position !== null,
  )
  const long = 'lo"ng\\ ' + Array.from({ length: 800 }, () => Math.random().toString(36)).join('')
  await theirs`
INSERT INTO types VALUES (9007199254740993, ${long}, true, 7, 42, 1.1, 'NaN', 1e20, 5.5, 'ab', 'é\n"', '2026-11-25 13:00:00.123456+02', '2026-01-01 00:00',
  '2026-02-28', '12:00', '1 mon -2 days 03:00', '{"a":  1}', '{"b": [1, null]}', '\\xdead', '0190f2a4-0000-7000-8000-000000000001',
  ARRAY['a', 'b,"c', NULL, ''], '{{1,2},{3,4}}', 'ha"ppy', ARRAY['sad', 'so, so']::mood[], ROW('Main, "st"', 3), ARRAY[ROW('x', NULL)]::place[],
  '[1,5)', '10.0.0.1/24', '101', '<a/>', NULL)`
  await theirs`INSERT INTO types (id) VALUES (1)`
  await counted(id, 2)
  const polled = await theirs<{ json: string }[]>`SELECT to_json(t)::text AS json FROM types t ORDER BY id DESC`
  const expected = polled.map(({ json }) => {
    const { twice: _twice, ...row } = parseJson(json) as any
    return { row }
  })
  expect((await eventsOf(id)).map(({ properties }) => properties.row)).toEqual(expected.map(({ row }) => row))

  await theirs`UPDATE types SET flag = false WHERE flag`
  await counted(id, 3)
  const [, , untold] = await eventsOf(id)
  expect(untold!.properties.unchanged).toEqual(['Odd "name'])
  const { [`Odd "name`]: _long, ...rest } = expected[0]!.row
  expect(untold!.properties.row).toEqual({ ...rest, flag: false })
  const { warnings } = await state(id)
  expect(warnings).toMatchObject([
    { code: 'SOURCE_COLUMN_UNTOLD', sql: expect.stringContaining('REPLICA IDENTITY FULL') },
  ])
  await theirs.unsafe(warnings[0].sql)
  await theirs`UPDATE types SET flag = true WHERE NOT flag`
  await theirs`DELETE FROM types WHERE id = 1`
  await counted(id, 5)
  const all = (await eventsOf(id)).slice(3)
  expect(all[0]!.properties).toEqual({ row: expected[0]!.row })
  expect(all[1]!.properties.row).toEqual(expected[1]!.row)
}, 240_000)

it('keeps what does not fit as dead letters and goes on, TRUNCATE and all, and takes it when the mapping is mended', async () => {
  await theirs.unsafe(`CREATE TYPE kind AS ENUM ('a', 'b'); CREATE TABLE odd (id int PRIMARY KEY, amount text, k kind)`)
  const mapping = (score: string) => `{"records": {"object": "lead", "externalId": "odd-" & row.id, "score": ${score}}}`
  const id = await create('odd', ['public.odd'], { mapping: mapping('$number(row.amount)') })
  start()
  await until(
    () => state(id),
    ({ position }) => position !== null,
  )
  await theirs`INSERT INTO odd VALUES (1, '1'), (2, 'two'), (3, '3')`
  await until(
    () => state(id),
    ({ rows }) => rows === 3,
  )
  // While nobody looks a label is renamed: what was written with the old one cannot be read any more.
  await Promise.all(stops.map((stop) => stop()))
  await theirs`INSERT INTO odd VALUES (4, '4', 'a'), (5, '5', 'b')`
  await theirs`ALTER TYPE kind RENAME VALUE 'a' TO 'z'`
  await theirs`TRUNCATE odd`
  await theirs`INSERT INTO odd VALUES (6, '6')`
  start()
  await until(
    () => state(id),
    ({ rows }) => rows === 7,
  )
  expect(await state(id)).toMatchObject({ records: 4, dead: 3, error: null })
  const letters =
    await db.owner`SELECT code, payload FROM dead_letters WHERE tenant_id = ${tenantId} AND source_id = ${id} ORDER BY id`
  expect(letters.map(({ code }) => code)).toEqual(['MAPPING_FAILED', 'ROW_UNREADABLE', 'ROWS_TRUNCATED'])
  await update(id, { mapping: mapping('row.amount = "two" ? 2 : $number(row.amount)') })
  expect(await replayDeadLetters(db.api, tenantId, {})).toMatchObject({ records: 2, refused: 1 })
  expect((await leads('odd')).map(({ id }) => id)).toEqual(['odd-1', 'odd-2', 'odd-3', 'odd-4', 'odd-5', 'odd-6'])
  // Changed while it is followed: what comes next is mapped so.
  await theirs`INSERT INTO odd VALUES (7, 'two')`
  await until(
    () => state(id),
    ({ rows }) => rows === 8,
  )
  expect(await state(id)).toMatchObject({ dead: 3, records: 5 })
}, 240_000)

it('lets its slot go when it is paused, begins anew when it goes on, and leaves nothing there when it is deleted', async () => {
  await theirs.unsafe(`CREATE SCHEMA sales; CREATE TABLE sales."my.orders" (id int PRIMARY KEY, mail text, note text);
INSERT INTO sales."my.orders" VALUES (1, 'a', 'x'), (2, 'b', 'x')`)
  const id = await create('orders', ['sales."my.orders"'])
  start()
  await counted(id, 2)
  const [before] = await slots()
  await update(id, { status: 'PAUSED' })
  await until(slots, (list) => list.length === 0)
  expect(await state(id)).toMatchObject({ status: 'PAUSED', position: null, lagBytes: null })
  await theirs`UPDATE sales."my.orders" SET note = 'y' WHERE id = 2`
  await theirs`INSERT INTO sales."my.orders" VALUES (3, 'c', 'x')`
  await update(id, { status: 'ACTIVE' })
  await until(
    () => state(id),
    ({ rows }) => rows === 5,
  )
  // The first is as it was, and is no news.
  expect((await eventsOf(id)).map(({ user }) => user)).toEqual([1, 2, 2, 3].map((n) => `my.orders-${n}`))
  const [after] = await until(slots, (list) => list.length === 1)
  expect(after!.slot_name).not.toBe(before!.slot_name)
  await update(id, { restart: true })
  await until(
    () => state(id),
    ({ rows }) => rows === 8,
  )
  await until(slots, (list) => list.length === 1 && list[0]!.slot_name !== after!.slot_name)

  const { data } = await ask(
    'mutation ($input: DeletePostgresSourceInput!) { deletePostgresSource(input: $input) { source } }',
    {
      input: { source: id },
    },
  )
  expect(data.deletePostgresSource.source).toBe(id)
  await until(slots, (list) => list.length === 0)
  await until(
    async () =>
      (await theirs`SELECT FROM pg_publication WHERE pubname = ${`kith_${id.replaceAll('-', '')}`}`).length === 0,
  )
  expect(await db.owner`SELECT FROM postgres_source_rows`).toHaveLength(0)
  expect(await create('orders', ['sales."my.orders"'])).toBe(id)
}, 240_000)

it('says what is lost when its slot is, and begins anew when asked', async () => {
  await theirs.unsafe('CREATE TABLE lost (id int PRIMARY KEY, mail text, note text); INSERT INTO lost VALUES (1)')
  const id = await create('lost', ['lost'])
  const stop = start()
  await counted(id, 1)
  await until(
    () => state(id),
    ({ position }) => position?.row === undefined,
  )
  await stop()
  await dropSlots()
  await theirs`INSERT INTO lost VALUES (2)`
  start()
  const told = await until(
    () => state(id),
    ({ errorCode }) => errorCode !== null,
  )
  expect(told).toMatchObject({ errorCode: 'SOURCE_SLOT_LOST', failures: 1, error: expect.stringContaining('restart') })
  await update(id, { restart: true })
  await counted(id, 2)
  expect(
    await until(
      () => state(id),
      ({ error }) => error === null,
    ),
  ).toMatchObject({ errorCode: null, failures: 0 })
}, 240_000)

it('reads nothing behind a gap: when somebody else has read from its slot, or our database is an older copy', async () => {
  await theirs.unsafe('CREATE TABLE gap (id int PRIMARY KEY, mail text, note text)')
  const id = await create('gap', ['gap'])
  const stop = start()
  await until(
    () => state(id),
    ({ position }) => position !== null && position.row === undefined,
  )
  await stop()
  await theirs`INSERT INTO gap VALUES (1)`
  await theirs`SELECT pg_replication_slot_advance(slot_name, pg_current_wal_lsn()) FROM pg_replication_slots WHERE database = ${name}`
  start()
  const told = await until(
    () => state(id),
    ({ errorCode }) => errorCode !== null,
  )
  expect(told.errorCode).toBe('SOURCE_SLOT_LOST')
}, 240_000)

it('comes back when its connection is lost', async () => {
  await theirs.unsafe('CREATE TABLE shaky (id int PRIMARY KEY, mail text, note text)')
  const id = await create('shaky', ['shaky'])
  start()
  const active = () => until(slots, (list) => list.some(({ active_pid }) => active_pid !== null))
  for (let n = 1; n <= 3; n++) {
    await active()
    await theirs`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${name} AND application_name = 'kith source'`
    await theirs`INSERT INTO shaky VALUES (${n})`
  }
  await counted(id, 3)
  expect((await eventsOf(id)).map(({ user }) => user)).toEqual(['shaky-1', 'shaky-2', 'shaky-3'])
}, 240_000)

it('follows a changed table, and says which columns are no more', async () => {
  await theirs.unsafe('CREATE TABLE shape (id int PRIMARY KEY, mail text, note text)')
  const id = await create('shape', ['shape'])
  const stop = start()
  await until(
    () => state(id),
    ({ position }) => position !== null && position.row === undefined,
  )
  await theirs.unsafe(`INSERT INTO shape VALUES (1, 'a', 'n'); ALTER TABLE shape ADD COLUMN more jsonb, ALTER COLUMN id TYPE bigint;
INSERT INTO shape VALUES (2, 'b', 'n', '{"a": 1}'); ALTER TABLE shape DROP COLUMN note; INSERT INTO shape VALUES (3, 'c', '[]')`)
  await counted(id, 3)
  expect((await eventsOf(id)).map(({ properties: { old: _old, unchanged: _unchanged, ...row } }) => row)).toEqual([
    { id: 1, mail: 'a', note: 'n' },
    { id: 2, mail: 'b', note: 'n', more: { a: 1 } },
    { id: 3, mail: 'c', more: [] },
  ])
  await stop()
  start()
  const { warnings } = await until(
    () => state(id),
    (told) => told.warnings.length > 0,
  )
  expect(warnings).toMatchObject([{ code: 'SOURCE_COLUMN_GONE', message: expect.stringContaining('note') }])
}, 240_000)

it('does not read what sources have written, where it follows our own database', async () => {
  const mapping = `{"records": {"object": "lead", "externalId": row.external_id & "x", "email": row.email}}`
  const id = await create('ourselves', ['leads'], { url: db.ownerUrl, mapping })
  await db.owner`INSERT INTO leads (tenant_id, external_id, email) VALUES (${tenantId}, 'own-a', 'a@example.com')`
  const before = (await leads('own')).length
  const total = Number((await db.owner`SELECT count(*) FROM leads WHERE tenant_id = ${tenantId}`)[0]!.count)
  const stop = start()
  await until(
    () => state(id),
    ({ position }) => position !== null && position.row === undefined,
  )
  await db.owner`INSERT INTO leads (tenant_id, external_id, email) VALUES (${tenantId}, 'own-b', 'b@example.com')`
  await until(
    () => leads('own'),
    (list) => list.length >= before + 3,
  )
  const [{ lsn }] = (await db.owner`SELECT pg_current_wal_lsn() AS lsn`) as any
  await until(async () => {
    const [row] =
      await db.owner`SELECT (position->>'lsn')::pg_lsn >= ${lsn}::pg_lsn AS is_past FROM postgres_sources WHERE source_id = ${id}`
    return row!.is_past as boolean
  })
  expect((await leads('own')).map(({ id }) => id)).toEqual(['own-a', 'own-ax', 'own-b', 'own-bx'])
  expect(await state(id)).toMatchObject({ rows: total + 1 })
  await update(id, { status: 'PAUSED' })
  await until(
    async () =>
      (await db.owner`SELECT FROM ops.owed_slots`).length === 0 &&
      (await db.owner`SELECT FROM pg_replication_slots WHERE database = current_database()`).length === 0,
  )
  await stop()
}, 240_000)
