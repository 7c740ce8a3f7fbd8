import { expect, it } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { graphql } from '../../test/graphql.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
const theirs = await db.createTenant('theirs')
const as = graphql(db.api)
const ask = as('ours-read')

await db.owner`
INSERT INTO profiles (tenant_id, traits, first_seen, last_seen)
SELECT ${ours}, jsonb_build_object('name', 'person ' || n, 'age', n, 'plan', CASE WHEN n % 2 = 0 THEN 'pro' ELSE 'free' END),
  timestamptz '2026-01-01' + n / 3 * interval '1 hour', '2026-06-01'
FROM generate_series(1, 30) AS n`
const [foreign] = await db.owner`
INSERT INTO profiles (tenant_id, traits, first_seen, last_seen) VALUES (${theirs}, '{"name": "stranger"}', now(), now()) RETURNING id`

it('pages forward through every person once, also where the order has ties', async () => {
  const names: string[] = []
  let after: string | null = null
  for (let page = 0; page < 5; page++) {
    const { data }: any = await ask(
      `query ($after: String) { profiles(first: 7, after: $after, orderBy: [{field: firstSeen}]) {
        totalCount nodes { traits } pageInfo { hasNextPage endCursor } } }`,
      { after },
    )
    expect(data.profiles.totalCount).toBe(30)
    names.push(...data.profiles.nodes.map((node: any) => node.traits.name))
    expect(data.profiles.pageInfo.hasNextPage).toBe(page < 4)
    after = data.profiles.pageInfo.endCursor
  }
  expect(new Set(names).size).toBe(30)
})

it('pages backward into the same order', async () => {
  const list = '(orderBy: [{field: firstSeen, direction: DESC}, {field: id}]'
  const { data } = await ask(`{
    all: profiles${list}, first: 30) { edges { cursor node { id } } }
  }`)
  const all = data.all.edges
  const { data: back } = await ask(
    `query ($before: String) { profiles${list}, last: 4, before: $before) { nodes { id } pageInfo { hasPreviousPage hasNextPage } } }`,
    { before: all[10].cursor },
  )
  expect(back.profiles.nodes).toEqual(all.slice(6, 10).map((edge: any) => edge.node))
  expect(back.profiles.pageInfo).toEqual({ hasPreviousPage: true, hasNextPage: true })
})

it('filters by traits', async () => {
  const { data } = await ask(`{
    profiles(filter: {traits: [{path: "plan", eq: "pro"}, {path: "age", gt: 20}], not: {traits: [{path: "age", in: [22, 24]}]}}) {
      totalCount nodes { traits } } }`)
  expect(data.profiles.totalCount).toBe(3)
  expect(data.profiles.nodes.map((node: any) => node.traits.age).sort()).toEqual([26, 28, 30])
})

it('gives a person by node id, by bare UUID and by node(), and none of another tenant', async () => {
  const { data } = await ask('{ profiles(first: 1) { nodes { id } } }')
  const { id } = data.profiles.nodes[0]
  expect(id).toMatch(/^Profile:/)
  const query = 'query ($id: ID!) { profile(id: $id) { id } }'
  expect((await ask(query, { id })).data.profile).toEqual({ id })
  expect((await ask(query, { id: id.replace('Profile:', '') })).data.profile).toEqual({ id })
  expect((await ask('query ($id: ID!) { node(id: $id) { __typename id } }', { id })).data.node).toEqual({
    __typename: 'Profile',
    id,
  })
  expect((await ask(query, { id: foreign?.id })).data.profile).toBeNull()
  expect(
    (await ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [`Profile:${foreign?.id}`, id] })).data.nodes,
  ).toEqual([null, { id }])
})

it('asks for a key', async () => {
  const nobody = await as(null)('{ profiles { totalCount } }')
  expect(nobody.status).toBe(401)
  expect(nobody.errors?.[0]?.extensions.code).toBe('KEY_UNKNOWN')
  const stranger = await as('no-such-key')('{ profiles { totalCount } }')
  expect(stranger.status).toBe(401)
  const writer = await as('ours-write')('{ profiles { totalCount } }')
  expect(writer.errors?.[0]?.extensions.code).toBe('SCOPE_MISSING')
})
