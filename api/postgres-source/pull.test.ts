import { afterAll, expect, it, vi } from 'vitest'

vi.hoisted(() => {
  process.env.SOURCE_HOSTS = 'localhost,127.0.0.1'
})

const { enqueuePulls } = await import('../../db/sql/postgres-sources.ts')
const { otherDatabase, testDatabase, until } = await import('../../test/database.ts')
const { codeOf, graphql } = await import('../../test/graphql.ts')
const { replayDeadLetters } = await import('../ingest/replay.ts')
const { pull } = await import('./pull.ts')
const { checkUrl } = await import('./remote.ts')

const db = await testDatabase()
const tenantId = await db.createTenant('shop')
await db.createTenant('other')
const ask = graphql(db.api)('shop-admin')

// Another database, of somebody else.
const { url, theirs, drop } = await otherDatabase(2)
await theirs.unsafe(`
CREATE TABLE customers (id int PRIMARY KEY, mail text, plan text, changed timestamptz NOT NULL DEFAULT now() - interval '1 hour');
CREATE TABLE "Odd table" ("The id" bigint PRIMARY KEY, n int)`)
afterAll(async () => {
  await drop()
})

const MAPPING = `{
  "records": {"object": "contact", "externalId": $string(row.id), "email": row.mail, "custom": {"plan": row.plan}},
  "events": row.plan = "pro" ? {"type": "track", "event": "Went pro", "userId": $string(row.id), "timestamp": row.changed}
}`
const PLACE = { url: url.href, table: 'customers', cursor: 'changed', id: 'id', mapping: MAPPING }

const FIELDS = 'source { id name kind } status position rows stored records dead error failures nextAt pulledAt'
const create = async (input: object): Promise<string> => {
  const answer = await ask(
    `mutation ($input: CreatePostgresSourceInput!) { createPostgresSource(input: $input) { postgresSource { ${FIELDS} } } }`,
    { input },
  )
  expect(answer.errors, JSON.stringify(answer.errors)).toBeUndefined()
  return answer.data.createPostgresSource.postgresSource.source.id.replace('Source:', '')
}
const update = (source: string, more: object) =>
  ask(
    'mutation ($input: UpdatePostgresSourceInput!) { updatePostgresSource(input: $input) { postgresSource { status } } }',
    {
      input: { source, ...more },
    },
  )
const state = async (id: string) => {
  const { data } = await ask(`{ postgresSources { ${FIELDS} } }`)
  return data.postgresSources.find(({ source }: any) => source.id === `Source:${id}`)
}
const contacts = () =>
  db.owner`SELECT external_id, email, custom FROM contacts WHERE tenant_id = ${tenantId} ORDER BY external_id::int`
const events = () => db.owner`SELECT name, user_id FROM events WHERE tenant_id = ${tenantId} ORDER BY user_id`

it('reads each row once, in batches, and again when it has changed', async () => {
  await theirs`INSERT INTO customers (id, mail, plan) SELECT n, n || '@example.com', CASE WHEN n % 2 = 0 THEN 'pro' ELSE 'free' END FROM generate_series(1, 7) AS n`
  const id = await create({ name: 'CRM', ...PLACE })
  expect(await pull(db.worker, tenantId, id, 3)).toEqual({ rows: 7, stored: 3, records: 7, dead: 0 })
  expect(await pull(db.worker, tenantId, id, 3)).toEqual({ rows: 0, stored: 0, records: 0, dead: 0 })
  expect(await contacts()).toHaveLength(7)
  expect((await events()).map(({ user_id }) => user_id)).toEqual(['2', '4', '6'])

  await theirs`UPDATE customers SET plan = 'pro', mail = 'new@example.com', changed = now() - interval '10 minutes' WHERE id = 3`
  expect(await pull(db.worker, tenantId, id)).toEqual({ rows: 1, stored: 1, records: 1, dead: 0 })
  expect((await contacts())[2]).toEqual({ external_id: '3', email: 'new@example.com', custom: { plan: 'pro' } })
  // What has just been committed may still be overtaken: it waits for the next round.
  await theirs`INSERT INTO customers (id, mail, plan, changed) VALUES (8, '8@example.com', 'free', now())`
  expect((await pull(db.worker, tenantId, id)).rows).toBe(0)
  expect(await state(id)).toMatchObject({
    source: { name: 'CRM', kind: 'postgres' },
    rows: 8,
    stored: 4,
    records: 8,
    error: null,
    position: { id: '3' },
  })
  const { data } = await ask('{ ingestCounts { door stored records } }')
  expect(data.ingestCounts).toEqual([{ door: 'postgres', stored: 4, records: 8 }])

  // From the beginning: records once more, events never twice. The row that changed is another one than it was.
  await update(id, { restart: true })
  expect(await pull(db.worker, tenantId, id)).toMatchObject({ rows: 7, stored: 0, records: 7 })
})

it('counts a row once when two read at the same time, and nothing of a batch that breaks', async () => {
  await theirs`INSERT INTO "Odd table" SELECT n, n FROM generate_series(1, 40) AS n`
  const mapping = '{"type": "track", "event": "Odd", "userId": "u" & row.n}'
  const id = await create({ name: 'odd', url: url.href, table: 'Odd table', cursor: 'The id', id: 'The id', mapping })
  await db.owner`ALTER TABLE postgres_sources ADD CONSTRAINT broken CHECK (rows < 20) NOT VALID`
  await expect(pull(db.worker, tenantId, id, 15)).rejects.toThrow('broken')
  expect(await db.owner`SELECT FROM events WHERE tenant_id = ${tenantId} AND name = 'Odd'`).toHaveLength(15)
  await db.owner`ALTER TABLE postgres_sources DROP CONSTRAINT broken`
  const both = await Promise.all([pull(db.worker, tenantId, id, 4), pull(db.worker, tenantId, id, 4)])
  while ((await pull(db.worker, tenantId, id, 4)).rows > 0);
  expect(both[0].stored + both[1].stored).toBeLessThanOrEqual(25)
  const [row] =
    await db.owner`SELECT count(*)::int AS n, count(DISTINCT user_id)::int AS users FROM events WHERE tenant_id = ${tenantId} AND name = 'Odd'`
  expect(row).toEqual({ n: 40, users: 40 })
  expect(await state(id)).toMatchObject({ rows: 40, stored: 40 })
})

it('keeps a row that does not fit as a dead letter, goes on, and takes it when the mapping is mended', async () => {
  await theirs.unsafe(
    `CREATE TABLE orders (id int PRIMARY KEY, amount text); INSERT INTO orders VALUES (1, '5'), (2, 'many'), (3, '7')`,
  )
  const mapping = (amount: string) =>
    `{"records": {"object": "order", "externalId": "pg-" & row.id, "amount": ${amount}, "currency": "EUR", "placedAt": "2026-11-24T10:00:00Z"}}`
  const id = await create({ name: 'orders', ...PLACE, table: 'orders', cursor: 'id', mapping: mapping('row.amount') })
  expect(await pull(db.worker, tenantId, id)).toEqual({ rows: 3, stored: 0, records: 2, dead: 1 })
  const { data } = await ask('{ deadLetters(filter: {door: {eq: "postgres"}}) { nodes { code reason payload } } }')
  expect(data.deadLetters.nodes).toMatchObject([{ code: 'RECORD_INVALID', payload: expect.stringContaining('many') }])
  await update(id, { mapping: mapping('row.amount = "many" ? "9" : row.amount') })
  expect(await replayDeadLetters(db.api, tenantId, {})).toMatchObject({ replayed: 1, records: 1, refused: 0 })
  const rows = await db.owner`SELECT amount FROM orders WHERE tenant_id = ${tenantId} ORDER BY external_id`
  expect(rows.map(({ amount }) => Number(amount))).toEqual([5, 9, 7])
})

it('tells what is wrong, waits longer each time, is paused, and tells nobody the password', async () => {
  const id = await create({ name: 'wrong', ...PLACE, table: 'nothing' })
  await pull(db.worker, tenantId, id)
  await pull(db.worker, tenantId, id)
  expect(await state(id)).toMatchObject({ failures: 2, error: expect.stringContaining('nothing') })
  const [row] =
    await db.owner`SELECT next_at > now() + interval '90 seconds' AS later FROM postgres_sources WHERE source_id = ${id}`
  expect(row).toEqual({ later: true })
  await update(id, { status: 'PAUSED', url: 'postgres://somebody:hidden@127.0.0.1:1/x' })
  expect(await pull(db.worker, tenantId, id)).toMatchObject({ rows: 0 })
  expect((await state(id)).failures).toBe(2)
  await update(id, { status: 'ACTIVE' })
  await pull(db.worker, tenantId, id)
  const told = await state(id)
  expect(told.failures).toBe(3)
  expect(JSON.stringify(told)).not.toContain('hidden')
})

it('previews rows, refuses hosts that the operator has not allowed, and is nobody else’s', async () => {
  const preview = (input: object) =>
    ask(
      'mutation ($input: PreviewPostgresSourceInput!) { previewPostgresSource(input: $input) { rows { row records problems { part code } } } }',
      { input },
    )
  const { data } = await preview({
    ...PLACE,
    table: 'orders',
    cursor: 'id',
    mapping: '{"records": {"object": "lead", "externalId": $string(row.id), "score": row.amount}}',
  })
  expect(data.previewPostgresSource.rows.map(({ problems }: any) => problems.length)).toEqual([0, 1, 0])
  // Of one that is there, with its URL that nobody tells: its own table, and no other.
  const [{ source }] =
    (await db.owner`SELECT id AS source FROM sources WHERE tenant_id = ${tenantId} AND name = 'orders'`) as any
  const again = await preview({ source, mapping: '{"records": {"object": "lead", "externalId": $string(row.id)}}' })
  expect(again.data.previewPostgresSource.rows).toHaveLength(3)
  expect((await preview({ source })).data.previewPostgresSource.rows[0].records[0]).toMatchObject({
    externalId: 'pg-1',
  })
  expect(codeOf(await preview({ source, table: 'customers' }))).toBe('INPUT_INVALID')
  expect(codeOf(await preview({ url: url.href }))).toBe('INPUT_INVALID')
  expect(codeOf(await preview({ ...PLACE, table: 'nothing' }))).toBe('SOURCE_UNREADABLE')
  expect(codeOf(await preview({ ...PLACE, url: 'postgres://a:b@10.0.0.1/x' }))).toBe('SOURCE_HOST_REFUSED')
  expect(codeOf(await preview({ ...PLACE, url: 'http://localhost/x' }))).toBe('INPUT_INVALID')
  expect(() => checkUrl('postgres://localhost/x', '')).toThrow('operator')
  expect(checkUrl('postgres://anywhere/x', '*').hostname).toBe('anywhere')
  for (const hosts of [
    'postgres://localhost,10.0.0.1/x',
    'postgres://localhost@10.0.0.1/x',
    'postgres:///x?host=10.0.0.1',
    'postgres://localhost/%zz',
  ]) {
    expect(() => checkUrl(hosts, 'localhost')).toThrow()
  }
  const theirPreview = await graphql(db.api)('other-admin')(
    'mutation ($input: PreviewPostgresSourceInput!) { previewPostgresSource(input: $input) { rows { row } } }',
    { input: { source } },
  )
  expect(codeOf(theirPreview)).toBe('NOT_FOUND')
  const { data: others } = await graphql(db.api)('other-admin')('{ postgresSources { status } }')
  expect(others.postgresSources).toEqual([])
})

it('is enqueued for the workers when its time has come', async () => {
  await db.owner`UPDATE postgres_sources SET next_at = now() + interval '1 hour'`
  expect(await enqueuePulls(db.worker)).toBe(0)
  await db.owner`UPDATE postgres_sources SET next_at = now() WHERE source_id = (SELECT id FROM sources WHERE name = 'CRM')`
  expect(await enqueuePulls(db.worker)).toBe(1)
  expect(await enqueuePulls(db.worker)).toBe(1)
  const jobs = await until(
    () =>
      db.owner`SELECT task_identifier FROM graphile_worker.jobs WHERE task_identifier = 'pull' AND key = 'pull:' || (SELECT source_id FROM postgres_sources ORDER BY next_at LIMIT 1)`,
  )
  expect(jobs).toHaveLength(1)
})
