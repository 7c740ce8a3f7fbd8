import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { testDatabase } from '../test/database.ts'
import { type Client, connect, inTenant } from './client.ts'
import { createSqlRole, dropSqlRole } from './sql-roles.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
const theirs = await db.createTenant('theirs')

// Roles belong to the server, which other test files use too.
const suffix = randomBytes(4).toString('hex')
const roles = { ours: `analyst_ours_${suffix}`, theirs: `analyst_theirs_${suffix}` }
for (const [tenant, role] of Object.entries(roles))
  await createSqlRole(db.owner, { tenant, role, password: `p-${role}` })
const clients: Client[] = []
afterAll(async () => {
  await Promise.all(clients.map((sql) => sql.end({ timeout: 1 })))
  await dropSqlRole(db.owner, roles.theirs)
})

function as(role: string): Client {
  const url = new URL(db.ownerUrl)
  url.username = role
  url.password = `p-${role}`
  const sql = connect(url.href, { max: 1, name: 'test analyst' })
  clients.push(sql)
  return sql
}
const analyst = as(roles.ours)

for (const tenant of [ours, theirs]) {
  await db.owner`
WITH p AS (INSERT INTO profiles (tenant_id, traits, first_seen, last_seen) VALUES (${tenant}, '{"name": "Ada"}', '2026-01-01', now()) RETURNING id),
s AS (INSERT INTO segments (tenant_id, key, name, rule) VALUES (${tenant}, 'vip', 'VIP', '{"all": []}') RETURNING id),
l AS (INSERT INTO labels (tenant_id, key, name, rule) VALUES (${tenant}, 'tier', 'Tier', '{"cases": []}') RETURNING id),
m AS (INSERT INTO members (tenant_id, segment_id, profile_id, since) SELECT ${tenant}, s.id, p.id, now() FROM s, p),
v AS (INSERT INTO label_values (tenant_id, label_id, profile_id, value, since) SELECT ${tenant}, l.id, p.id, '"gold"', now() FROM l, p),
t AS (INSERT INTO transitions (tenant_id, at, kind, profile_id, segment_id, cause) SELECT ${tenant}, now(), 'segment_entered', p.id, s.id, 'change' FROM s, p)
INSERT INTO identifiers (tenant_id, id, type, value, profile_id, first_seen)
SELECT ${tenant}, identifier_id(type, value), type, value, p.id, now() FROM p, (VALUES ('user_id', 'ada'), ('email', 'ada@example.com')) AS i (type, value)`
  await db.owner`INSERT INTO events (tenant_id, name, user_id) VALUES (${tenant}, 'seen', 'ada')`
  await db.owner`INSERT INTO accounts (tenant_id, name) VALUES (${tenant}, 'Acme')`
  await db.owner`
WITH a AS (SELECT id FROM accounts WHERE tenant_id = ${tenant}),
s AS (INSERT INTO segments (tenant_id, key, name, subject, rule) VALUES (${tenant}, 'big', 'Big', 'account', '{"all": []}') RETURNING id),
l AS (INSERT INTO labels (tenant_id, key, name, subject, rule) VALUES (${tenant}, 'size', 'Size', 'account', '{"cases": []}') RETURNING id),
m AS (INSERT INTO segment_accounts (tenant_id, segment_id, account_id, since) SELECT ${tenant}, s.id, a.id, now() FROM s, a)
INSERT INTO account_label_values (tenant_id, label_id, account_id, value, since) SELECT ${tenant}, l.id, a.id, '"big"', now() FROM l, a`
  await db.owner`WITH a AS (SELECT id FROM accounts WHERE tenant_id = ${tenant})
INSERT INTO contacts (tenant_id, account_id, user_id) SELECT ${tenant}, id, 'ada' FROM a`
  await db.owner`
INSERT INTO identifiers (tenant_id, id, type, value, profile_id, first_seen)
SELECT ${tenant}, identifier_id('contact', c.id::text), 'contact', c.id, p.id, now() FROM contacts c, profiles p WHERE c.tenant_id = ${tenant} AND p.tenant_id = ${tenant}`
  await db.owner`INSERT INTO leads (tenant_id, email) VALUES (${tenant}, 'x@example.com')`
  await db.owner`WITH o AS (INSERT INTO orders (tenant_id, user_id, amount, currency, placed_at) VALUES (${tenant}, 'ada', 10, 'EUR', '2026-06-01') RETURNING id)
INSERT INTO order_items (tenant_id, order_id, sku, quantity, unit_price, currency) SELECT ${tenant}, id, 'a', 1, 10, 'EUR' FROM o`
  await db.owner`INSERT INTO objects (tenant_id, key, plural, name) VALUES (${tenant}, 'policy', 'policies', 'Policy')`
  for (const [table, columns, values] of [
    ['records', 'object', `'policy'`],
    ['opportunities', 'name, stage', `'deal', 'open'`],
    ['contracts', 'name', `'c'`],
    ['memberships', 'program', `'club'`],
    ['tickets', 'subject', `'help'`],
    ['activities', 'kind, occurred_at', `'call', now()`],
    ['consents', 'purpose, channel, state', `'news', 'email', 'granted'`],
  ])
    await db.owner.unsafe(`INSERT INTO ${table} (tenant_id, user_id, ${columns}) VALUES ($1, 'ada', ${values})`, [
      tenant,
    ])
}

const views = await db.owner<{ name: string }[]>`
SELECT relname AS name FROM pg_class WHERE relnamespace = 'analytics'::regnamespace AND relkind = 'v' ORDER BY 1`

it('finds the views it is about', () => {
  expect(views.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['profile_360', 'events', 'segment_members', 'transitions', 'labels', 'orders']),
  )
})

it.each(views)(
  'analytics.$name shows an analyst the rows of one tenant, whatever the session says',
  async ({ name }) => {
    const mine = await analyst.unsafe(`SELECT count(*)::int AS n FROM analytics.${name}`)
    expect(mine[0]?.n).toBeGreaterThan(0)
    for (const tenant of [theirs, '', ours]) {
      const rows = await inTenant(analyst, tenant, (sql) =>
        sql.unsafe(`SELECT count(*)::int AS n FROM analytics.${name}`),
      )
      expect(rows[0]?.n).toBe(mine[0]?.n)
    }
    // The same rows are twice in the table: once for each tenant.
    const all = await Promise.all(
      [ours, theirs].map((tenant) =>
        inTenant(db.owner, tenant, (sql) => sql.unsafe(`SELECT * FROM analytics.${name}`)),
      ),
    )
    expect(all.map((rows) => rows.length)).toEqual([mine[0]?.n, mine[0]?.n])
  },
)

it('has a person in one row', async () => {
  const [row, ...more] = await analyst`SELECT * FROM profile_360`
  expect(more).toEqual([])
  expect(row).toMatchObject({
    traits: { name: 'Ada' },
    emails: ['ada@example.com'],
    user_ids: ['ada'],
    phones: null,
    labels: { tier: 'gold' },
    segments: ['vip'],
    orders: '1',
    revenue: { EUR: 10 },
    open_tickets: '1',
    account_ids: [expect.any(String)],
  })
  expect(await analyst`SELECT e.name, o.amount FROM events e JOIN orders o USING (profile_id)`).toEqual([
    { name: 'seen', amount: '10.0000' },
  ])
})

const sync = (tenant: string) =>
  inTenant(db.owner, tenant, async (sql) => {
    await sql`
SELECT ops.sync_graph(array(SELECT id FROM identifiers WHERE tenant_id = ${tenant}), array(SELECT id FROM profiles WHERE tenant_id = ${tenant}))`
    await sql`SELECT ops.sync_employment(array(SELECT id FROM profiles WHERE tenant_id = ${tenant}))`
  })
const graphOf = (tenant: string) => `kith_${tenant.replaceAll('-', '')}`

it('answers Cypher over the graph of one tenant, whatever the session says', async () => {
  await Promise.all([ours, theirs].map(sync))
  await db.owner`UPDATE accounts SET name = 'Theirs' WHERE tenant_id = ${theirs}`
  const query = `
    MATCH (:Identifier {value: 'ada@example.com'})-[:IDENTIFIES]->(p:Profile)<-[e:IDENTIFIES]-(i:Identifier)
    OPTIONAL MATCH (p)-[w:WORKS_AT]->(a:Account) WHERE w.source = "contact" AND NOT (a.name = 'merge $ // set (')
    RETURN {type: i.type, value: i.value, works: a.name, seen: e.count} ORDER BY i.type`
  for (const tenant of ['', theirs, ours]) {
    const rows = await inTenant(
      analyst,
      tenant,
      (sql) => sql`SELECT c ->> 'type' AS type, c ->> 'works' AS works FROM cypher(${query}) AS c`,
    )
    expect([...rows]).toEqual([
      { type: 'contact', works: 'Acme' },
      { type: 'user_id', works: 'Acme' },
    ])
  }
  const path = 'MATCH (a:Account)<-[*1..3]-(i:Identifier) WITH a, count(DISTINCT i.value) AS n RETURN [a.name, n]'
  expect(await analyst`SELECT c FROM cypher(${path}) AS c`).toEqual([{ c: ['Acme', 3] }])
  expect(await as(roles.theirs)`SELECT c FROM analytics.cypher(${path}) AS c`).toEqual([{ c: ['Theirs', 3] }])
  // The examples of docs/sql.md.
  const [, ...examples] = readFileSync(new URL('../docs/sql.md', import.meta.url), 'utf8').split('\n## ')
  const cypher = examples.find((part) => part.startsWith('Cypher'))!
  const [types, colleagues] = cypher.split('```')[1]!.replace('sql', '').trim().split(';\n')
  expect(await analyst.unsafe(types!)).toEqual([
    { type: 'contact', people: 1 },
    { type: 'email', people: 1 },
    { type: 'user_id', people: 1 },
  ])
  expect(await analyst.unsafe(colleagues!)).toEqual([])
  // Whoever passes row level security says the tenant first.
  expect(await inTenant(db.owner, theirs, (sql) => sql`SELECT c FROM analytics.cypher(${path}) AS c`)).toHaveLength(1)
  await expect(analyst`SELECT cypher('MATCH (p:Profile) RETURN p')`).rejects.toThrow('expected values, lists or maps')
})

it('lets Cypher write nothing, and look into nothing but the graph', async () => {
  const sql = as(roles.ours)
  await sql.unsafe('SET default_transaction_read_only = off')
  await sql.unsafe(`SET kith.tenant_id = '${theirs}'`)
  const nodes = () =>
    db.owner.unsafe(`SELECT ag_catalog.agtype_out(properties)::text FROM ${graphOf(ours)}._ag_label_vertex ORDER BY id`)
  const before = await nodes()
  const refused = [
    "CREATE (p:Profile {id: 'x'}) RETURN 1",
    "mERGE (p:Profile {id: 'x'}) RETURN 1",
    "MATCH (p:Profile) SET p.id = 'x' RETURN 1",
    'MATCH (p:Profile) DELETE p',
    'MATCH (p:Profile) DETACH DELETE p',
    'MATCH (p:Profile) REMOVE p.id RETURN 1',
    "MATCH (p:Profile) // '\nDELETE p // '",
    "MATCH (p:Profile) /* ' */ DELETE p /* ' */",
    String.raw`MATCH (p:Profile) WHERE p.id = 'a\'b' DELETE p RETURN ''`,
    `MATCH (p:Profile) WHERE p.id <> "'" DELETE p RETURN "'"`,
    "MATCH (`p'`:Profile) DELETE `p'` RETURN ''",
    `RETURN vle('${graphOf(theirs)}', null, null, null, 1, 2, 1, 1)`,
    `RETURN graph_stats('${graphOf(theirs)}')`,
    "RETURN pg_catalog.pg_read_file('/etc/passwd')",
    "RETURN pg_catalog . pg_read_file ('/etc/passwd')",
    'CALL pg_catalog.pg_sleep(1) YIELD x RETURN x',
    "RETURN load_labels_from_file('a', 'b', 'c')",
    'RETURN 1 $$) AS (a ag_catalog.agtype); SELECT 1',
  ]
  for (const query of refused)
    await expect(sql`SELECT analytics.cypher(${query})`, query).rejects.toThrow(/only reads|one of the functions/)
  const denied = [
    `SELECT * FROM ag_catalog.cypher('${graphOf(ours)}', $$MATCH (p) RETURN p$$) AS (p ag_catalog.agtype)`,
    `SELECT ag_catalog.load_labels_from_file('${graphOf(ours)}', 'Profile', '/etc/passwd')`,
    `SELECT * FROM ${graphOf(ours)}."Profile"`,
    `SELECT * FROM ${graphOf(theirs)}."Profile"`,
    'SET ROLE kith_graph',
    'CREATE FUNCTION analytics.mine() RETURNS int RETURN 1',
  ]
  for (const query of denied) await expect(sql.unsafe(query), query).rejects.toThrow('permission denied')
  expect(await nodes()).toEqual(before)
})

it('lets no worker call Cypher, which would write with the right to read alone', async () => {
  const query = `SELECT * FROM ag_catalog.cypher('${graphOf(ours)}', $$CREATE (p:Profile) RETURN 1$$) AS (p ag_catalog.agtype)`
  for (const sql of [db.worker, db.api]) await expect(sql.unsafe(query)).rejects.toThrow('permission denied')
})

it('lets an analyst read no table, write nothing, and become nobody else', async () => {
  const attempts = [
    'SELECT * FROM public.profiles',
    'SELECT * FROM public.events',
    'SELECT * FROM public.tenant_events',
    'SELECT * FROM ops.sql_roles',
    'SELECT * FROM public.api_keys',
    "SELECT * FROM public.authenticate('x')",
    'SET ROLE kith_api',
    'SET SESSION AUTHORIZATION kith_api',
    "INSERT INTO analytics.profiles (traits) VALUES ('{}')",
    'DELETE FROM analytics.segments',
    "SELECT ops.create_sql_role('x', gen_random_uuid(), 'x')",
    `INSERT INTO ops.sql_roles (role, tenant_id) VALUES ('x', '${theirs}')`,
    'CREATE TABLE public.mine (id int)',
    'CREATE VIEW analytics.mine AS SELECT 1',
  ]
  await expect(analyst.unsafe('CREATE TEMP TABLE t (id int)')).rejects.toThrow('read-only')
  // That is for their own good; what keeps them out is what they were granted.
  await analyst.unsafe('SET default_transaction_read_only = off')
  for (const attempt of attempts)
    await expect(analyst.unsafe(attempt), attempt).rejects.toThrow(/permission denied|must be|cannot (insert|delete)/)
})

it('leaks nothing through a function that looks at rows before they are filtered', async () => {
  const sql = as(roles.theirs)
  await sql.unsafe('SET default_transaction_read_only = off')
  await sql.unsafe(`CREATE FUNCTION pg_temp.spy(value text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN IF value NOT IN (SELECT id::text FROM analytics.segments) THEN RAISE EXCEPTION 'saw %', value; END IF; RETURN true; END $$`)
  expect(await sql`SELECT count(*)::int AS n FROM analytics.segments WHERE pg_temp.spy(id::text)`).toEqual([{ n: 2 }])
})

it('is refused for a name that is taken, a tenant that is not there, and a role that is not an analyst', async () => {
  const make = (tenant: string, role: string) => createSqlRole(db.owner, { tenant, role, password: 'x' })
  await expect(make('ours', roles.ours)).rejects.toMatchObject({ code: 'CONFLICT' })
  await expect(make('nobody', `analyst_${suffix}`)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  for (const role of ['kith_api', 'pg_x', 'a b', 'x"; DROP TABLE tenants', '']) {
    await expect(make('ours', role)).rejects.toMatchObject({ code: 'INPUT_INVALID' })
  }
  await expect(dropSqlRole(db.owner, 'kith_api')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

it('ends with its connections', async () => {
  const sql = as(roles.ours)
  expect(await sql`SELECT 1 AS one`).toEqual([{ one: 1 }])
  await dropSqlRole(db.owner, roles.ours)
  await expect(sql`SELECT 1`).rejects.toThrow()
})

it('shows the fields that the model says are personal to a role that was made for it, and to no other', async () => {
  const sees = `analyst_sees_${suffix}`
  await createSqlRole(db.owner, { tenant: 'ours', role: sees, password: `p-${sees}`, personal: true })
  const all = as(sees)
  const none = as(roles.theirs)
  for (const tenant of [ours, theirs]) {
    await db.owner`
INSERT INTO fields (tenant_id, object, key, type, personal) VALUES (${tenant}, 'profile', 'ssn', 'text', 'sensitive'),
  (${tenant}, 'profile', 'plan', 'text', 'none'), (${tenant}, 'order', 'note', 'text', 'personal'), (${tenant}, 'policy', 'note', 'text', 'personal')`
    await db.owner`INSERT INTO objects (tenant_id, key, plural, name) VALUES (${tenant}, 'boat', 'boats', 'Boat')`
    await db.owner`UPDATE profiles SET traits = '{"ssn": "1", "plan": "pro"}' WHERE tenant_id = ${tenant}`
    await db.owner`UPDATE orders SET custom = '{"note": "n", "gift": true}' WHERE tenant_id = ${tenant}`
    await db.owner`UPDATE records SET custom = '{"note": "n", "years": 2}' WHERE tenant_id = ${tenant}`
    await db.owner`INSERT INTO records (tenant_id, object, user_id, custom) VALUES (${tenant}, 'boat', 'ada', '{"note": "n"}')`
    await db.owner`
INSERT INTO events (tenant_id, type, name, user_id, traits, context)
VALUES (${tenant}, 'identify', 'identify', 'ada', '{"ssn": "1", "plan": "pro"}', '{"traits": {"ssn": "1"}, "ip": "192.0.2.1"}')`
  }
  const look = async (sql: Client) => ({
    profiles: (await sql`SELECT traits FROM profiles`).map(({ traits }) => traits),
    profile_360: (await sql`SELECT traits FROM profile_360`).map(({ traits }) => traits),
    orders: (await sql`SELECT custom FROM orders`).map(({ custom }) => custom),
    records: (await sql`SELECT custom FROM records ORDER BY object DESC`).map(({ custom }) => custom),
    events: (await sql`SELECT traits, context FROM events WHERE type = 'identify'`).map((row) => ({ ...row })),
    found: (await sql`SELECT FROM profiles WHERE traits ->> 'ssn' = '1'`).length,
  })
  expect(await look(all)).toEqual({
    profiles: [{ ssn: '1', plan: 'pro' }],
    profile_360: [{ ssn: '1', plan: 'pro' }],
    orders: [{ note: 'n', gift: true }],
    records: [{ note: 'n', years: 2 }, { note: 'n' }],
    events: [{ traits: { ssn: '1', plan: 'pro' }, context: { traits: { ssn: '1' }, ip: '192.0.2.1' } }],
    found: 1,
  })
  expect(await look(none)).toEqual({
    profiles: [{ plan: 'pro' }],
    profile_360: [{ plan: 'pro' }],
    orders: [{ gift: true }],
    records: [{ years: 2 }, { note: 'n' }],
    events: [{ traits: { plan: 'pro' }, context: { ip: '192.0.2.1' } }],
    found: 0,
  })
  // What the session says of itself changes nothing.
  await none`SELECT set_config('kith.tenant_id', ${ours}, false)`
  expect((await look(none)).found).toBe(0)
  await all.end()
  await dropSqlRole(db.owner, sees)
})
