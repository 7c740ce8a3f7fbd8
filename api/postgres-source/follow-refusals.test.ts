/** What another database may have wrong: each has its code, and what it says to run there helps. */
import { afterAll, expect, it, vi } from 'vitest'

vi.hoisted(() => {
  process.env.SOURCE_HOSTS = 'localhost,127.0.0.1'
})

const { inTenant } = await import('../../db/client.ts')
const { claimSources } = await import('../../db/sql/followed-sources.ts')
const { otherDatabase, testDatabase, until: soon } = await import('../../test/database.ts')
const { codeOf, graphql } = await import('../../test/graphql.ts')
const { follow } = await import('./follow.ts')
const { explained } = await import('./remedies.ts')
const { dropOwedSlot } = await import('./slot.ts')
const { parseTables } = await import('./tables.ts')

/** A slot is made once every transaction of the server has ended that is open by then, of other tests too. */
const until: typeof soon = (read, holds) => soon(read, holds, { timeout: 80_000 })

const db = await testDatabase()
const tenantId = await db.createTenant('shop')
const ask = graphql(db.api)('shop-admin')

const { name, url, theirs, drop } = await otherDatabase()
const role = name.replace('other', 'reader')
await db.owner.unsafe(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`)
url.username = role
url.password = 'secret'
await theirs.unsafe(`
CREATE TABLE people (id int, mail text);
CREATE VIEW seen AS SELECT * FROM people;
INSERT INTO people VALUES (1, 'a'), (1, 'a'), (2, 'b')`)
const slots = () => theirs`SELECT FROM pg_replication_slots WHERE database = ${name}`

afterAll(async () => {
  await db.owner`DELETE FROM postgres_sources`
  await until(async () => {
    await db.owner`UPDATE ops.owed_slots SET next_at = now()`
    await dropOwedSlot(db.worker)
    return (await slots()).length === 0
  })
  await drop()
  await db.owner.unsafe(`DROP ROLE ${role}`)
})

const MAPPING = '{"type": "track", "event": op, "userId": row.mail}'
const place = (table: string) => ({ url: url.href, mode: 'REPLICATION', tables: [table], mapping: MAPPING })
const create = (input: object) =>
  ask(
    'mutation ($input: CreatePostgresSourceInput!) { createPostgresSource(input: $input) { postgresSource { source { id } } } }',
    { input },
  )
const preview = async (table: string) => {
  const answer = await ask(
    'mutation ($input: PreviewPostgresSourceInput!) { previewPostgresSource(input: $input) { rows { row table events } } }',
    { input: place(table) },
  )
  return codeOf(answer) ?? answer.data.previewPostgresSource.rows
}

/** Followed until something is wrong, or until all that was there is taken; resolves to what the source says then. */
async function attempt(until_: (told: any) => boolean = () => false) {
  await db.owner`UPDATE postgres_sources SET next_at = now()`
  const [held] = await claimSources(db.worker, 1)
  const stopping = new AbortController()
  const done = follow(db.worker, held!, stopping.signal)
  let isOver = false
  void done.then(() => (isOver = true))
  await until(async () => isOver || until_(await told()))
  stopping.abort()
  await done
  return told()
}
const told = async () => {
  const { data } = await ask('{ postgresSources { rows stored error errorCode errorSql failures position } }')
  return data.postgresSources[0]
}

it('names what is missing, one after the other, and goes on when it has been run there', async () => {
  expect(await preview('people')).toBe('SOURCE_NOT_PERMITTED')
  expect(codeOf(await create({ name: 'CRM', ...place('people') }))).toBeUndefined()
  const asked = []
  for (;;) {
    const { errorCode, errorSql, error } = await attempt(({ rows }) => rows === 3)
    if (error === null) break
    asked.push(errorCode)
    expect(JSON.stringify(error)).not.toContain('secret')
    await theirs.unsafe(errorSql)
  }
  expect(asked).toEqual([
    'SOURCE_NOT_PERMITTED', // to read the table
    'SOURCE_IDENTITY_MISSING',
    'SOURCE_PUBLICATION_MISSING',
    'SOURCE_NOT_PERMITTED', // to read the log
  ])
  expect(await told()).toMatchObject({ rows: 3, stored: 3, failures: 0 }) // rows that are alike are as many events
  expect(await preview('people')).toHaveLength(3)

  await theirs.unsafe(
    `ALTER PUBLICATION ${(await theirs`SELECT pubname FROM pg_publication`)[0]!.pubname} SET (publish = 'insert')`,
  )
  const narrow = await attempt()
  expect(narrow.errorCode).toBe('SOURCE_PUBLICATION_MISSING')
  await theirs.unsafe(narrow.errorSql)
  await theirs`ALTER TABLE people RENAME TO persons`
  expect(await attempt()).toMatchObject({ errorCode: 'SOURCE_TABLE_MISSING', rows: 3 })
  await theirs`ALTER TABLE persons RENAME TO people`
  await theirs`INSERT INTO people VALUES (4, 'd')`
  expect(await attempt(({ rows }) => rows === 4)).toMatchObject({ error: null, failures: 0, stored: 4 })
}, 240_000)

it('previews what is wrong before anything is made', async () => {
  expect(await preview('nothing')).toBe('SOURCE_TABLE_MISSING')
  expect(await preview('seen')).toBe('SOURCE_TABLE_MISSING')
  await theirs.unsafe(`CREATE SCHEMA hidden; CREATE TABLE hidden.t (id int PRIMARY KEY)`)
  expect(await preview('hidden.t')).toBe('SOURCE_NOT_PERMITTED')
  await theirs.unsafe(
    `CREATE TABLE own (id int PRIMARY KEY); ALTER TABLE own ENABLE ROW LEVEL SECURITY; GRANT SELECT ON own TO ${role}`,
  )
  expect(await preview('own')).toBe('SOURCE_NOT_PERMITTED')
  await theirs.unsafe(`
CREATE TABLE parts (id int, mail text) PARTITION BY LIST (id); CREATE TABLE part PARTITION OF parts FOR VALUES IN (1); GRANT SELECT ON parts TO ${role}`)
  expect(await preview('parts')).toBe('SOURCE_IDENTITY_MISSING')
  await theirs.unsafe(`ALTER TABLE part REPLICA IDENTITY FULL; INSERT INTO parts VALUES (1, 'x')`)
  expect(await preview('parts')).toMatchObject([
    { row: { id: 1 }, table: '"public"."parts"', events: [{ event: 'snapshot', userId: 'x' }] },
  ])
})

it('takes the place that its mode wants, and no other', async () => {
  const polling = { name: 'x', url: url.href, mapping: MAPPING, table: 't', cursor: 'c', id: 'id' }
  for (const wrong of [
    { ...polling, tables: ['t'] },
    { ...polling, mode: 'REPLICATION' },
    { ...polling, id: undefined },
    { name: 'x', ...place('t'), tables: [] },
    { name: 'x', ...place('t'), tables: ['a', 'public.a'] },
    { name: 'x', ...place('a.b.c') },
    { name: 'x', ...place('"a') },
    { name: 'x', ...place('') },
    { name: 'x', ...place('t'), table: 't' },
  ])
    expect(codeOf(await create(wrong)), JSON.stringify(wrong)).toBe('INPUT_INVALID')
  expect(codeOf(await create({ name: 'x', ...place('t'), url: 'postgres://10.0.0.1/x' }))).toBe('SOURCE_HOST_REFUSED')
  expect(parseTables(['a', 's.t', '"x.y"."q""z"', 'Odd name'])).toEqual([
    { schema: 'public', table: 'a' },
    { schema: 's', table: 't' },
    { schema: 'x.y', table: 'q"z' },
    { schema: 'public', table: 'Odd name' },
  ])
})

it('knows what Postgres says of slots', () => {
  const code = (code: string, message: string) =>
    (explained(Object.assign(new Error(message), { code }), '"r"') as { code: string }).code
  expect(code('53400', 'all replication slots are in use')).toBe('SOURCE_SLOTS_FULL')
  expect(code('53300', 'number of requested standby connections exceeds max_wal_senders (currently 1)')).toBe(
    'SOURCE_SLOTS_FULL',
  )
  expect(code('55006', 'replication slot "x" is active for PID 1')).toBe('SOURCE_SLOT_TAKEN')
  expect(code('42704', 'replication slot "x" does not exist')).toBe('SOURCE_SLOT_LOST')
  expect(code('42704', 'publication "x" does not exist')).toBe('SOURCE_PUBLICATION_MISSING')
  expect(code('55000', 'cannot read from logical replication slot "x"')).toBe('SOURCE_SLOT_LOST')
  expect(code('57P01', 'terminating connection')).toBe('57P01')
})

it('is held by one at a time, and by another when that one is silent', async () => {
  await db.owner`UPDATE postgres_sources SET next_at = now(), holder = NULL, held_until = NULL`
  const [one, two] = await Promise.all([claimSources(db.worker, 9), claimSources(db.worker, 9)])
  expect(one.length + two.length).toBe(1)
  expect(await claimSources(db.worker, 9)).toEqual([])
  await db.owner`UPDATE postgres_sources SET held_until = now() - interval '1 second'`
  const [held] = await claimSources(db.worker, 9)
  expect(held!.holder).not.toBe((one[0] ?? two[0])!.holder)
  await inTenant(db.api, tenantId, (sql) => sql`UPDATE postgres_sources SET holder = NULL, held_until = NULL`)
})
