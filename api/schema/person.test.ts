import { expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { testDatabase } from '../../test/database.ts'
import { graphql, statementsOf } from '../../test/graphql.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
const theirs = await db.createTenant('theirs')
const as = graphql(db.api)
const ask = as('ours-read')

// Sixty people of two identifiers each, with events by both, and records of every kind by the user_id.
for (const tenant of [ours, theirs]) {
  await db.owner`
WITH people AS (
  INSERT INTO profiles (tenant_id, traits, first_seen, last_seen)
  SELECT ${tenant}, jsonb_build_object('n', n), '2026-01-01', timestamptz '2026-06-01' + n * interval '1 hour'
  FROM generate_series(1, 60) AS n RETURNING id, traits ->> 'n' AS n
)
INSERT INTO identifiers (tenant_id, id, type, value, profile_id, first_seen)
SELECT ${tenant}, identifier_id(type, value), type, value, id, '2026-01-01'
FROM people, LATERAL (VALUES ('user_id', 'u' || n), ('email', 'p' || n || '@example.com')) AS i (type, value)`
  await db.owner`
INSERT INTO events (tenant_id, name, user_id, identifiers, occurred_at, properties)
SELECT ${tenant}, 'seen', CASE WHEN e % 2 = 0 THEN 'u' || n END,
  CASE WHEN e % 2 = 1 THEN jsonb_build_object('email', 'p' || n || '@example.com') END,
  timestamptz '2026-05-01' + e * interval '1 day', jsonb_build_object('e', e, 'n', n)
FROM generate_series(1, 60) AS n, generate_series(1, 20) AS e`
  await db.owner`
INSERT INTO orders (tenant_id, user_id, amount, currency, placed_at)
SELECT ${tenant}, 'u' || n, n, 'EUR', timestamptz '2026-05-01' + o * interval '1 day'
FROM generate_series(1, 60) AS n, generate_series(1, 3) AS o`
  await db.owner`INSERT INTO order_items (tenant_id, order_id, sku, quantity, unit_price, currency)
SELECT tenant_id, id, 'sku-' || k, 1, 1, 'EUR' FROM orders, generate_series(1, 2) AS k WHERE tenant_id = ${tenant}`
  await db.owner`INSERT INTO tickets (tenant_id, email, subject) SELECT ${tenant}, ' P' || n || '@Example.com', 'help' FROM generate_series(1, 60) AS n`
  for (const [table, columns, values] of [
    ['opportunities', 'name, stage', `'deal', 'open'`],
    ['contracts', 'name', `'c'`],
    ['memberships', 'program', `'club'`],
    ['activities', 'kind, occurred_at', `'call', now()`],
    ['consents', 'purpose, channel, state', `'news', 'email', 'granted'`],
  ]) {
    await db.owner.unsafe(
      `INSERT INTO ${table} (tenant_id, user_id, ${columns}) SELECT $1, 'u' || n, ${values} FROM generate_series(1, 60) AS n`,
      [tenant],
    )
  }
  await db.owner`
WITH account AS (INSERT INTO accounts (tenant_id, name) VALUES (${tenant}, 'Acme') RETURNING id),
contact AS (INSERT INTO contacts (tenant_id, account_id, user_id) SELECT ${tenant}, id, 'u1' FROM account RETURNING id::text),
lead AS (INSERT INTO leads (tenant_id, user_id) VALUES (${tenant}, 'u1') RETURNING id::text)
INSERT INTO identifiers (tenant_id, id, type, value, profile_id, first_seen)
SELECT ${tenant}, identifier_id(c.type, c.value), c.type, c.value, i.profile_id, now()
FROM (SELECT 'contact' AS type, id AS value FROM contact UNION ALL SELECT 'lead', id FROM lead UNION ALL VALUES ('contact', 'no uuid')) AS c,
  identifiers i WHERE i.tenant_id = ${tenant} AND i.value = 'u1'`
  await db.owner`
WITH s AS (INSERT INTO segments (tenant_id, key, name, rule) VALUES (${tenant}, 'vip', 'VIP', '{"all": []}') RETURNING id),
l AS (INSERT INTO labels (tenant_id, key, name, rule) VALUES (${tenant}, 'tier', 'Tier', '{"cases": []}') RETURNING id),
p AS (SELECT id, (traits ->> 'n')::int AS n FROM profiles WHERE tenant_id = ${tenant}),
m AS (INSERT INTO members (tenant_id, segment_id, profile_id, since) SELECT ${tenant}, s.id, p.id, now() FROM s, p WHERE n <= 10),
v AS (INSERT INTO label_values (tenant_id, label_id, profile_id, value, since) SELECT ${tenant}, l.id, p.id, '"gold"', now() FROM l, p WHERE n <= 5),
t AS (INSERT INTO transitions (tenant_id, at, kind, profile_id, segment_id, cause)
  SELECT ${tenant}, '2026-06-01', 'segment_entered', p.id, s.id, 'change' FROM s, p WHERE n <= 10)
INSERT INTO profiles (tenant_id, traits, first_seen, last_seen, merged_into)
SELECT ${tenant}, '{"old": true}', '2026-01-01', '2026-01-02', id FROM p WHERE n = 1`
}

const EVERYTHING = `
  id traits firstSeen lastSeen
  identifiers { nodes { type value } }
  events(first: 5) { totalCount nodes { name occurredAt properties } }
  labels { nodes { value label { key } } }
  segments { nodes { since segment { key } } }
  tier: label(key: "tier") vip: inSegment(key: "vip")
  orders(first: 2) { totalCount nodes { amount placedAt items { nodes { sku } } } }
  opportunities { nodes { name } } contracts { nodes { name } } memberships { nodes { program } }
  tickets { nodes { subject } } activities { nodes { kind } } consents { nodes { purpose state } }
  contacts { nodes { userId account { name } } } leads { nodes { userId } } accounts { nodes { name } }
  transitions { nodes { kind at segment { key } } } mergedProfiles { nodes { traits } }`

it('gives everything about a person in one query, a statement for each list and level', async () => {
  const query = `{ profileByIdentifier(type: "email", value: "P1@example.com") { ${EVERYTHING} } }`
  await ask(query)
  const { result, statements, transactions } = await statementsOf(db.api, () => ask(query))
  expect(result.errors).toBeUndefined()
  const person = result.data.profileByIdentifier
  expect(person).toMatchObject({
    traits: { n: 1 },
    events: { totalCount: 20 },
    labels: { nodes: [{ value: 'gold', label: { key: 'tier' } }] },
    segments: { nodes: [{ segment: { key: 'vip' } }] },
    tier: 'gold',
    vip: true,
    orders: { totalCount: 3 },
    opportunities: { nodes: [{ name: 'deal' }] },
    tickets: { nodes: [{ subject: 'help' }] },
    consents: { nodes: [{ purpose: 'news', state: 'GRANTED' }] },
    contacts: { nodes: [{ userId: 'u1', account: { name: 'Acme' } }] },
    leads: { nodes: [{ userId: 'u1' }] },
    accounts: { nodes: [{ name: 'Acme' }] },
    transitions: { nodes: [{ kind: 'SEGMENT_ENTERED', segment: { key: 'vip' } }] },
    mergedProfiles: { nodes: [{ traits: { old: true } }] },
  })
  expect(person.identifiers.nodes).toHaveLength(5)
  expect(person.events.nodes.map((event: any) => event.properties.e)).toEqual([20, 19, 18, 17, 16])
  expect(person.orders.nodes[0].items.nodes).toHaveLength(2)
  // The person, 16 lists, 2 counts, 2 values by key; below them items, segments, labels and accounts.
  expect(statements).toHaveLength(25)
  expect(transactions).toBe(1)
})

it('reads the same for fifty people in as many statements as for one', async () => {
  const query = (first: number) => `{ profiles(first: ${first}) { nodes { ${EVERYTHING} } } }`
  const one = await statementsOf(db.api, () => ask(query(1)))
  const fifty = await statementsOf(db.api, () => ask(query(50)))
  expect(fifty.result.errors).toBeUndefined()
  expect(fifty.result.data.profiles.nodes).toHaveLength(50)
  for (const person of fifty.result.data.profiles.nodes) {
    expect(person.events.totalCount).toBe(20)
    expect(person.events.nodes.map((event: any) => [event.properties.e, String(event.properties.n)])).toEqual(
      [20, 19, 18, 17, 16].map((e) => [e, String(person.traits.n)]),
    )
    expect(person.orders.nodes).toHaveLength(2)
    expect(person.tickets.nodes).toHaveLength(1)
  }
  // The first of the list is in no segment, so that nothing below it is read.
  expect(fifty.statements.length - one.statements.length).toBeLessThanOrEqual(3)
  expect(fifty.statements.length).toBeLessThanOrEqual(25)
})

it('goes up again from records and events to people, also in one statement a level', async () => {
  const { result, statements } = await statementsOf(db.api, () =>
    ask(`{ events(first: 100) { nodes { profile { traits } } } tickets(first: 100) { nodes { profile { traits } } }
      segments { nodes { size members(first: 3) { totalCount nodes { profile { traits } } } transitions { totalCount } } } }`),
  )
  expect(result.errors).toBeUndefined()
  expect(result.data.events.nodes.every((event: any) => event.profile.traits.n)).toBe(true)
  expect(new Set(result.data.tickets.nodes.map((ticket: any) => ticket.profile.traits.n)).size).toBe(60)
  expect(result.data.segments.nodes).toEqual([
    { size: 10, members: { totalCount: 10, nodes: expect.any(Array) }, transitions: { totalCount: 10 } },
  ])
  expect(statements.length).toBeLessThanOrEqual(10)
})

it('pages through the events of one person by all of their identifiers', async () => {
  const seen: number[] = []
  let after: string | null = null
  for (let page = 0; page < 4; page++) {
    const { data }: any = await ask(
      `query ($after: String) { profileByIdentifier(type: "user_id", value: "u7") {
        events(first: 6, after: $after) { nodes { properties } pageInfo { endCursor hasNextPage } } } }`,
      { after },
    )
    const { nodes, pageInfo } = data.profileByIdentifier.events
    seen.push(...nodes.map((event: any) => event.properties.e))
    expect(pageInfo.hasNextPage).toBe(page < 3)
    after = pageInfo.endCursor
  }
  expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => 20 - i))
})

it('filters people by segment, label, identifier, and their union, intersection and difference', async () => {
  const count = async (filter: string) => {
    const { data, errors } = await ask(`{ profiles(filter: ${filter}) { totalCount } }`)
    expect(errors).toBeUndefined()
    return data.profiles.totalCount
  }
  expect(await count('{}')).toBe(60)
  expect(await count('{inSegment: "vip"}')).toBe(10)
  expect(await count('{not: {inSegment: "vip"}}')).toBe(50)
  expect(await count('{label: [{path: "tier", eq: "gold"}]}')).toBe(5)
  expect(await count('{label: [{path: "tier", ne: "gold"}]}')).toBe(55)
  expect(await count('{and: [{inSegment: "vip"}, {not: {label: [{path: "tier", exists: true}]}}]}')).toBe(5)
  expect(await count('{or: [{inSegment: "vip"}, {identifier: {type: "user_id", in: ["u10", "u11", "u12"]}}]}')).toBe(12)
  expect(await count('{identifier: {startsWith: "p1@"}}')).toBe(1)
  expect(await count('{or: []}')).toBe(0)
})

it('reads the latest events from the newest chunk, and sorts no others', async () => {
  const plan = async (select: string) =>
    (await inTenant(db.api, ours, (sql) => sql.unsafe(`EXPLAIN ANALYZE ${select}`)))
      .map((row) => row['QUERY PLAN'])
      .join('\n')
  await db.owner`ANALYZE`
  const root = await plan('SELECT * FROM listed_events ORDER BY occurred_at DESC, id DESC LIMIT 5')
  expect(root).toMatch(/Order: .*occurred_at DESC/)
  expect(root).toContain('never executed')
  const foreign = await inTenant(db.api, ours, (sql) => sql`SELECT DISTINCT tenant_id FROM listed_events`)
  expect(foreign).toEqual([{ tenant_id: ours }])
  expect(await db.api`SELECT FROM listed_events`).toHaveLength(0)
})

it('reads an event again by its node id', async () => {
  const { data } = await ask('{ events(first: 2, filter: {name: {eq: "seen"}}) { nodes { id properties } } }')
  const [, event] = data.events.nodes
  expect(event.id).toMatch(/^Event:2026-.*Z~/)
  expect(
    (await ask('query ($id: ID!) { node(id: $id) { ... on Event { id properties } } }', { id: event.id })).data.node,
  ).toEqual(event)
  expect((await as('theirs-read')('query ($id: ID!) { node(id: $id) { id } }', { id: event.id })).data.node).toBeNull()
})
