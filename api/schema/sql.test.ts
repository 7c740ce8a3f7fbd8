import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BOX_LIMITS, runInBox } from '../../db/sql-box.ts'
import { dropSqlRole } from '../../db/sql-roles.ts'
import { testDatabase, until } from '../../test/database.ts'
import { codeOf, graphql } from '../../test/graphql.ts'

const db = await testDatabase()
const tenants = { ours: await db.createTenant('ours'), theirs: await db.createTenant('theirs') }
const { ours, theirs } = tenants
const as = graphql(db.api)

beforeAll(async () => {
  for (const [slug, tenant] of Object.entries(tenants))
    await db.owner`
INSERT INTO profiles (tenant_id, traits, first_seen, last_seen)
SELECT ${tenant}, jsonb_build_object('name', ${slug}::text, 'n', n), now(), now() FROM generate_series(1, 3) AS n`
})
afterAll(async () => {
  // Roles belong to the server, which other test files use too.
  for (const { role } of await db.owner`SELECT role FROM ops.sql_roles`) await dropSqlRole(db.owner, role as string)
})

const ask = (query: string, more: { parameters?: unknown[]; first?: number; key?: string } = {}) => {
  const { key = 'ours-read', ...rest } = more
  return as(key)(
    `query ($query: String!, $parameters: [JSON], $first: Int) {
      sql(query: $query, parameters: $parameters, first: $first) { columns { name type } rows rowCount more ms }
    }`,
    { query, ...rest },
  )
}
const rowsOf = async (query: string, more?: Parameters<typeof ask>[1]) => {
  const { data, errors } = await ask(query, more)
  expect(errors).toBeUndefined()
  return data.sql.rows
}

describe('a query', () => {
  it('is answered with columns, types and values', async () => {
    const { data } = await ask(`
      SELECT 1 AS n, 1 AS n, true AS b, null AS nothing, 9007199254740993 AS big, 1.50::numeric(6,2) AS amount, 'NaN'::float8 AS nan,
        '{"a": [1]}'::jsonb AS j, ARRAY['x', NULL] AS list, timestamptz '2026-01-02 03:04Z' AS at, 'é'::text AS t; -- the end`)
    const { columns, rows, rowCount, more, ms } = data.sql
    expect(rows).toEqual([
      [1, 1, true, null, '9007199254740993', '1.50', 'NaN', { a: [1] }, '{x,NULL}', '2026-01-02 03:04:00+00', 'é'],
    ])
    expect(columns.map(({ type }: { type: string }) => type)).toEqual([
      ...['integer', 'integer', 'boolean', 'text', 'bigint', 'numeric(6,2)', 'double precision', 'jsonb', 'text[]'],
      ...['timestamp with time zone', 'text'],
    ])
    expect(columns[1].name).toBe('n')
    expect([rowCount, more, ms > 0]).toEqual([1, false, true])
  })

  it('takes parameters, and never reads them as SQL', async () => {
    const parameters = [5, true, "'; DROP TABLE profiles; --", { a: 1 }, ['x', 'y'], null]
    expect(
      await rowsOf('SELECT $1::int + 1, $2::bool, $3::text, $4::jsonb, $5::text[], $6::text', { parameters }),
    ).toEqual([[6, true, "'; DROP TABLE profiles; --", { a: 1 }, '{x,y}', null]])
  })

  it.each([
    ['TABLE segments', 0],
    ['VALUES (1), (2)', 2],
    ["WITH p AS (SELECT * FROM profiles WHERE traits ->> 'name' = 'ours') SELECT id FROM p", 3],
    ['(SELECT 1 UNION ALL SELECT 2)', 2],
    ['-- a remark\nSELECT 1', 1],
    ['/* a remark */ SELECT 1 ;', 1],
    ['SELECT FROM profiles', 3],
  ])('%s is one too', async (query, count) => {
    expect((await ask(query)).data.sql.rowCount).toBe(count)
  })

  it('ends after as many rows as were asked for, and says that there are more', async () => {
    const { data } = await ask('SELECT generate_series(1, 1000000000)', { first: 2 })
    expect(data.sql).toMatchObject({ rows: [[1], [2]], more: true })
    expect((await ask('SELECT 1', { first: 1 })).data.sql.more).toBe(false)
    expect((await ask('SELECT 1', { first: 0 })).data.sql).toMatchObject({ rows: [], more: true })
  })

  it('that is wrong is told as Postgres tells it, with the place in its text', async () => {
    const { errors } = await ask('SELECT nonsense FROM profiles')
    expect(errors![0]).toMatchObject({
      message: 'column "nonsense" does not exist',
      extensions: { code: 'SQL_FAILED', details: { sqlstate: '42703', position: 8 } },
    })
  })

  it('is refused to who may not read', async () => {
    expect(codeOf(await ask('SELECT 1', { key: 'ours-write' }))).toBe('SCOPE_MISSING')
  })
})

it('sees one tenant only, whatever it sets', async () => {
  const names = `SELECT DISTINCT traits ->> 'name' FROM profiles`
  expect(await rowsOf(names)).toEqual([['ours']])
  expect(await rowsOf(names, { key: 'theirs-read' })).toEqual([['theirs']])
  const settings = ['kith.tenant_id', 'session_authorization', 'role', 'row_security', 'search_path', 'is_superuser']
  for (const setting of settings) {
    for (const value of [theirs, 'kith_api', 'kith_worker', 'off', 'public', 'on', 'none']) {
      const text = `
        SELECT query_to_xml('SELECT DISTINCT traits ->> ''name'' AS name FROM analytics.profiles', true, false, '')::text
        FROM (SELECT set_config('${setting}', '${value}', false)) AS s`
      const { data, errors } = await ask(text)
      if (errors) expect(codeOf({ errors } as never)).toBe('SQL_FAILED')
      else expect(data.sql.rows[0][0]).toContain('<name>ours</name>')
    }
  }
  expect(await rowsOf(names)).toEqual([['ours']])
})

describe('refuses', () => {
  const refused = [
    // Not one SELECT.
    'SELECT 1; SELECT 2',
    'SELECT 1; DROP TABLE profiles',
    "INSERT INTO profiles (traits) VALUES ('{}')",
    'WITH x AS (DELETE FROM segments RETURNING 1) SELECT * FROM x',
    'SELECT 1 INTO public.mine',
    'CREATE TABLE mine (id int)',
    'CREATE TEMP TABLE mine (id int)',
    'COPY profiles TO STDOUT',
    "COPY (SELECT 1) TO PROGRAM 'id'",
    'SET ROLE kith_api',
    'RESET ROLE',
    'SET SESSION AUTHORIZATION kith_worker',
    'BEGIN',
    'COMMIT',
    'ROLLBACK; SELECT 1',
    'DO $$ BEGIN PERFORM 1; END $$',
    'CALL something()',
    "NOTIFY kith_feed, 'x'",
    'LISTEN kith_feed',
    'LOCK TABLE profiles',
    'EXPLAIN ANALYZE SELECT 1',
    'FETCH ALL FROM box',
    'VACUUM',
    '',
    '-- nothing',
    // Out of the views.
    'SELECT * FROM public.profiles',
    'SELECT * FROM public.tenant_events',
    'SELECT * FROM public.api_keys',
    'SELECT * FROM ops.sql_roles',
    'SELECT * FROM graphile_worker._private_jobs',
    'SELECT * FROM pg_authid',
    'SELECT * FROM pg_shadow',
    'SELECT * FROM pg_statistic',
    "SELECT * FROM public.authenticate('x')",
    "SELECT ops.sql_box_role('x')",
    "SELECT ops.create_sql_role('x', gen_random_uuid(), 'x')",
    `SELECT * FROM kith_${theirs.replaceAll('-', '')}."Profile"`,
    // Functions that do something.
    'SELECT pg_advisory_lock(1)',
    'SELECT * FROM (VALUES (pg_try_advisory_xact_lock(1)), (true)) AS v',
    "SELECT query_to_xml('SELECT pg_advisory_lock(1)', true, false, '')",
    "SELECT pg_notify('kith_feed', 'x')",
    "SELECT query_to_xml('DELETE FROM analytics.segments', true, false, '')",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/passwd')",
    'SELECT lo_create(0)',
    "SELECT lo_from_bytea(0, 'x')",
    'SELECT pg_reload_conf()',
    'SELECT pg_switch_wal()',
    "SELECT pg_create_logical_replication_slot('x', 'pgoutput')",
    "SELECT pg_drop_replication_slot('kith')",
    "SELECT pg_logical_emit_message(true, 'kith', 'x')",
    'SELECT pg_stat_reset()',
    "SELECT set_config('transaction_read_only', 'off', false)",
    "SELECT set_config('log_statement', 'all', false)",
    "SELECT dblink('', 'SELECT 1')",
  ]
  it.each(refused)('%s', async (query) => {
    const before = await db.owner`SELECT (SELECT count(*) FROM profiles) AS p, (SELECT count(*) FROM segments) AS s`
    expect(codeOf(await ask(query))).toBe('SQL_FAILED')
    expect(await db.owner`SELECT (SELECT count(*) FROM profiles) AS p, (SELECT count(*) FROM segments) AS s`).toEqual(
      before,
    )
  })

  it.each([
    ['SELECT 1', { first: -1 }],
    ['SELECT 1', { first: 10_001 }],
    ['SELECT 1', { parameters: Array(101).fill(1) }],
    [`SELECT '${'x'.repeat(100_000)}'`, {}],
    ['SELECT 1\u0000; SELECT 2', {}],
  ])('%.20j with %.20j', async (query, more) => {
    expect(codeOf(await ask(query, more))).toBe('INPUT_INVALID')
  })
})

it('ends no session but those of its own tenant', async () => {
  const others = await db.owner`SELECT pid FROM pg_stat_activity WHERE usename IN ('kith_api', 'kith_worker')`
  expect(others.length).toBeGreaterThan(0)
  for (const { pid } of others)
    expect(codeOf(await ask('SELECT pg_terminate_backend($1::int)', { parameters: [pid] }))).toBe('SQL_FAILED')
})

it('tells of the catalogue nothing that others wrote or keep', async () => {
  const activity = await rowsOf("SELECT query FROM pg_stat_activity WHERE usename <> session_user AND query <> ''")
  for (const [text] of activity) expect(text).toBe('<insufficient privilege>')
  expect(await rowsOf("SELECT * FROM pg_stats WHERE schemaname NOT IN ('pg_catalog', 'information_schema')")).toEqual(
    [],
  )
  expect(
    await rowsOf('SELECT 1 FROM pg_roles WHERE rolname LIKE $1', { parameters: [`%${theirs.replaceAll('-', '')}%`] }),
  ).toEqual([])
})

describe('limits', () => {
  const box = (text: string, limits: Partial<typeof BOX_LIMITS> = {}) =>
    runInBox(db.api, ours, { text, rows: 1000 }, { ...BOX_LIMITS, ...limits })

  it('ends what takes too long, also where it says that it may', async () => {
    const sleeps = ['SELECT pg_sleep(60)', "SELECT set_config('statement_timeout', '0', false), pg_sleep(60)"]
    for (const text of sleeps) await expect(box(text, { ms: 200 })).rejects.toMatchObject({ code: 'TIMEOUT' })
    await until(
      () => db.owner`SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND usename LIKE 'kith_sql_%'`,
      (rows) => rows.length === 0,
    )
  })

  it('cuts what brings too much', async () => {
    const bytes = 100_000
    const many = "SELECT repeat('x', 1000) FROM generate_series(1, 900)"
    await expect(box(many, { bytes })).rejects.toMatchObject({ code: 'SQL_TOO_LARGE', details: { bytes } })
    await expect(box("SELECT repeat('x', 50000000)", { bytes })).rejects.toMatchObject({ code: 'SQL_TOO_LARGE' })
    expect((await box("SELECT repeat('x', 50000)", { bytes })).rows).toHaveLength(1)
  })

  it('lets few run at a time, and leaves nothing behind', async () => {
    const limits = { ofTenant: 2, ofProcess: 3 }
    const slow = (tenant: string) =>
      runInBox(db.api, tenant, { text: 'SELECT pg_sleep(0.5)', rows: 1 }, { ...BOX_LIMITS, ...limits }).then(
        () => 'done',
        ({ code }) => code as string,
      )
    const codes = await Promise.all([slow(ours), slow(ours), slow(ours), slow(theirs), slow(theirs)])
    expect(codes).toEqual(['done', 'done', 'SQL_BUSY', 'done', 'SQL_BUSY'])
    expect((await box('SELECT 1')).rows).toEqual([[1]])
    await until(
      () => db.owner`SELECT FROM pg_stat_activity WHERE application_name = 'kith sql box'`,
      (rows) => rows.length === 0,
    )
  })
})

it('makes its role anew where somebody has dropped it', async () => {
  const [row] = await db.owner`SELECT role FROM ops.sql_roles WHERE tenant_id = ${ours}`
  await dropSqlRole(db.owner, row!.role as string)
  expect(await rowsOf('SELECT count(*)::int FROM profiles')).toEqual([[3]])
})

it('lists the views with their columns', async () => {
  const { data } = await as('ours-read')('{ sqlViews { name columns { name type } } }')
  const views = Object.fromEntries(
    data.sqlViews.map(({ name, columns }: { name: string; columns: object[] }) => [name, columns]),
  )
  expect(views.segment_members).toEqual([
    { name: 'segment', type: 'text' },
    { name: 'segment_id', type: 'uuid' },
    { name: 'profile_id', type: 'uuid' },
    { name: 'since', type: 'timestamp with time zone' },
  ])
  for (const name of Object.keys(views)) expect((await ask(`TABLE ${name}`)).errors).toBeUndefined()
})
