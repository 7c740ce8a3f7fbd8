import { expect, it, onTestFinished } from 'vitest'
import { connect } from '../../db/client.ts'
import { testDatabase } from '../../test/database.ts'
import { graphql } from '../../test/graphql.ts'

const db = await testDatabase()
const tenant = await db.createTenant('pages')

const [profile] = await db.owner`
INSERT INTO profiles (tenant_id, first_seen, last_seen) VALUES (${tenant}, now(), now()) RETURNING id`
await db.owner`
INSERT INTO identifiers (tenant_id, id, type, value, profile_id, first_seen)
VALUES (${tenant}, identifier_id('user_id', 'ada'), 'user_id', 'ada', ${profile!.id}, now())`
await db.owner`
INSERT INTO events (tenant_id, name, user_id, occurred_at)
SELECT ${tenant}, 'event ' || n, 'ada', now() - n * interval '5 days' FROM generate_series(1, 30) AS n`
await db.owner`
INSERT INTO orders (tenant_id, user_id, number, amount, currency, placed_at)
SELECT ${tenant}, 'ada', n, n, 'EUR', now() - n * interval '1 day' FROM generate_series(1, 8) AS n`

it('reads the lists of a person by plans that were made once, whoever the person is', async () => {
  const sql = connect(db.apiUrl, { max: 1 })
  onTestFinished(() => sql.end())
  const ask = graphql(sql)('pages-read')
  const query = `query ($id: ID!) { profile(id: $id) {
    events(first: 5) { nodes { name } } orders(first: 5) { nodes { number } } identifiers(first: 5) { nodes { value } } } }`
  const first = await ask(query, { id: profile!.id })
  for (let n = 0; n < 9; n++) expect(await ask(query, { id: profile!.id })).toEqual(first)
  const plans = await sql`
SELECT substring(statement FROM 'FROM "(profiles|listed_events|orders|identifiers)" t') AS read, generic_plans > 0 AS once
FROM pg_prepared_statements WHERE statement ~ 'FROM "(profiles|listed_events|orders|identifiers)" t' ORDER BY 1`
  // Five times Postgres plans for the values, before it compares.
  expect([...plans]).toEqual(
    ['identifiers', 'listed_events', 'orders', 'profiles'].map((read) => ({ read, once: true })),
  )
})

it('gives pages of any size, the usual ones and others, forwards and backwards', async () => {
  const ask = graphql(db.api)('pages-read')
  for (const size of [0, 1, 2, 4, 5, 7, 10]) {
    const { data }: any = await ask(
      `query ($id: ID!, $size: Int!) { profile(id: $id) {
        latest: orders(first: $size) { nodes { number } edges { cursor } pageInfo { hasNextPage } }
        first: orders(last: $size) { nodes { number } pageInfo { hasPreviousPage } } } }`,
      { id: profile!.id, size },
    )
    const all = ['1', '2', '3', '4', '5', '6', '7', '8']
    const { latest, first } = data.profile
    expect(latest.nodes.map((order: any) => order.number)).toEqual(all.slice(0, size))
    expect(first.nodes.map((order: any) => order.number)).toEqual(size === 0 ? [] : all.slice(-size))
    expect(latest.pageInfo.hasNextPage).toBe(size < 8)
    expect(first.pageInfo.hasPreviousPage).toBe(size < 8)
    expect(new Set(latest.edges.map(({ cursor }: any) => cursor)).size).toBe(Math.min(size, 8))
  }
})
