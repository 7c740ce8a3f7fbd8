import { expect, it } from 'vitest'
import { inTenant } from '../db/client.ts'
import { testDatabase } from './database.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
const theirs = await db.createTenant('theirs')

const tables = await db.owner<{ name: string; key: string; forced: boolean; policies: string[]; read: boolean }[]>`
SELECT c.relname AS name,
  CASE c.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END AS key,
  c.relrowsecurity AND c.relforcerowsecurity AS forced,
  array(SELECT pol.polname::text FROM pg_policy pol WHERE pol.polrelid = c.oid) AS policies,
  c.relname = 'events' OR has_table_privilege('kith_api', c.oid, 'SELECT') AS read
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
ORDER BY c.relname`

it('finds the tables it is about', () => {
  expect(tables.map((table) => table.name)).toEqual(expect.arrayContaining(['events', 'contacts', 'feed', 'api_keys']))
})

it.each(tables)('$name forces row level security on its tenant', ({ forced, policies }) => {
  expect(forced).toBe(true)
  expect(policies).toContain('tenant')
})

it.each(tables)('$name begins its primary key with the tenant', async ({ name, key }) => {
  const columns = await db.owner<{ column: string }[]>`
SELECT a.attname AS column FROM pg_index i
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE i.indrelid = ${name}::regclass AND (i.indisprimary OR NOT EXISTS (SELECT FROM pg_index p WHERE p.indrelid = i.indrelid AND p.indisprimary))`
  expect(columns.length).toBeGreaterThan(0)
  for (const row of columns) expect(row.column).toBe(key)
})

it("the API's role reads every table but what only the worker is to see", () => {
  expect(tables.filter(({ read }) => !read).map(({ name }) => name)).toEqual(['postgres_source_rows'])
})

it.each(tables.filter(({ read }) => read))(
  "the API's role reads no row of another tenant in $name, and none without a tenant",
  async ({ name, key }) => {
    const source = name === 'events' ? 'tenant_events' : name
    const foreign = (sql: typeof db.api) => sql`SELECT 1 FROM ${sql(source)} WHERE ${sql(key)} = ${theirs}`
    expect(await inTenant(db.api, ours, (sql) => foreign(sql as never))).toHaveLength(0)
    expect(await foreign(db.api)).toHaveLength(0)
  },
)

it("the API's role sees its own tenant, so that the tests above mean something", async () => {
  for (const tenant of [ours, theirs]) {
    await inTenant(db.api, tenant, (sql) => sql`INSERT INTO tenant_events (name, user_id) VALUES ('seen', 'ada')`)
    await inTenant(db.api, tenant, (sql) => sql`INSERT INTO contacts (email) VALUES ('ada@example.com')`)
  }
  const seen = await inTenant(
    db.api,
    ours,
    (sql) => sql`SELECT tenant_id FROM tenant_events UNION ALL SELECT tenant_id FROM contacts`,
  )
  expect(seen.map((row) => row.tenant_id)).toEqual([ours, ours])
})

it("the API's role writes no row for another tenant", async () => {
  const writes = [
    (sql: typeof db.api) => sql`INSERT INTO contacts (tenant_id, email) VALUES (${theirs}, 'eve@example.com')`,
    (sql: typeof db.api) => sql`INSERT INTO tenant_events (tenant_id, name, user_id) VALUES (${theirs}, 'x', 'eve')`,
    (sql: typeof db.api) => sql`UPDATE contacts SET tenant_id = ${theirs}`,
  ]
  for (const write of writes) {
    await expect(inTenant(db.api, ours, (sql) => write(sql as never))).rejects.toThrow(
      /row-level security|check option/,
    )
  }
})

it("the API's role can name neither the hypertable, nor a chunk, nor a graph, nor the log's messages", async () => {
  await db.owner`INSERT INTO events (tenant_id, name, user_id) VALUES (${theirs}, 'secret', 'ada')`
  const [chunk] =
    await db.owner`SELECT format('%I.%I', chunk_schema, chunk_name) AS name FROM timescaledb_information.chunks`
  const graph = `kith_${theirs.replaceAll('-', '')}`
  for (const target of ['events', chunk?.name as string, `${graph}."Profile"`]) {
    await expect(inTenant(db.api, ours, (sql) => sql.unsafe(`SELECT * FROM ${target}`))).rejects.toThrow(
      'permission denied',
    )
  }
  await expect(db.api`SELECT pg_logical_emit_message(true, 'kith', '{}')`).rejects.toThrow('permission denied')
})
