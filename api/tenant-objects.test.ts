import { buildClientSchema, getIntrospectionQuery, printSchema } from 'graphql'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testDatabase, until } from '../test/database.ts'
import { codeOf as code, graphql, okOf } from '../test/graphql.ts'
import { startJobs } from '../test/platform.ts'

const db = await testDatabase()
await db.createTenant('ours')
await db.createTenant('theirs')
const as = graphql(db.api)
const ask = as('ours-admin')
const jobs = startJobs(db)
beforeAll(() => jobs.ready)
afterAll(() => jobs.stop())

const ok = okOf(ask)

const CREATE =
  'mutation ($input: CreateObjectInput!) { createObject(input: $input) { object { id key plural person account parent } } }'
const POLICY = {
  key: 'policy',
  plural: 'policies',
  name: 'Insurance policy',
  account: true,
  fields: [
    { key: 'premium', type: 'NUMBER', required: true },
    { key: 'cover', type: 'CHOICE', choices: ['basic', 'full'] },
    { key: 'endsOn', type: 'DATE' },
  ],
}

it('makes a type, lists and mutations of an object, for its tenant only', async () => {
  const { createObject } = await ok(CREATE, { input: POLICY })
  expect(createObject.object).toMatchObject({ key: 'policy', person: true, account: true, parent: null })
  await ok(CREATE, {
    input: {
      key: 'claim',
      plural: 'claims',
      name: 'Claim',
      parent: 'policy',
      fields: [{ key: 'amount', type: 'NUMBER' }],
    },
  })
  const printed = printSchema(buildClientSchema(await ok(getIntrospectionQuery())))
  for (const part of [
    'type Policy implements Node {',
    'cover: PolicyFieldCover',
    'claims(filter: ClaimFilter',
    'upsertPolicies(input: UpsertPoliciesInput!): UpsertPoliciesPayload!',
    'fields_premium',
  ])
    expect(printed).toContain(part)
  const theirs = buildClientSchema(await ok(getIntrospectionQuery(), {}, as('theirs-admin')))
  expect(theirs.getType('Policy')).toBeUndefined()
})

it('writes, reads, filters, orders and pages records by typed fields', async () => {
  const { upsertAccount } = await ok(
    'mutation { upsertAccount(input: {externalId: "acme", name: "Acme"}) { account { id } } }',
  )
  const upserted = await ok(
    `mutation ($policies: [UpsertPolicyInput!]!) {
      upsertPolicies(input: {policies: $policies}) { created policies { id externalId custom fields { premium cover endsOn } } } }`,
    {
      policies: [
        {
          externalId: 'p-1',
          email: 'ada@example.com',
          occurredAt: '2026-01-01T00:00:00Z',
          fields: { premium: 120, cover: 'full', endsOn: '2027-01-01' },
        },
        { externalId: 'p-2', accountId: upsertAccount.account.id, fields: { premium: 30 }, custom: { note: 'x' } },
        { externalId: 'p-3', userId: 'bob', fields: { premium: 60, cover: 'basic' } },
      ],
    },
  )
  expect(upserted.upsertPolicies.created).toBe(3)
  const [first, second] = upserted.upsertPolicies.policies
  expect(first).toMatchObject({
    id: expect.stringMatching(/^Policy:/),
    externalId: 'p-1',
    fields: { premium: 120, cover: 'full', endsOn: '2027-01-01' },
  })
  expect(second.custom).toEqual({ premium: 30, note: 'x' })

  const list = async (args: string) =>
    (await ok(`{ policies(${args}) { totalCount nodes { externalId } } }`)).policies.nodes.map((n: any) => n.externalId)
  expect(await list('orderBy: [{field: fields_premium, direction: DESC}]')).toEqual(['p-1', 'p-3', 'p-2'])
  expect(await list('filter: {fields: {premium: {gte: 60}, cover: {eq: full}}}')).toEqual(['p-1'])
  expect(await list('filter: {userId: {eq: "bob"}}')).toEqual(['p-3'])
  const page = (
    await ok(
      '{ policies(first: 2, orderBy: [{field: externalId}]) { pageInfo { endCursor hasNextPage } edges { node { externalId } } } }',
    )
  ).policies
  expect(page.edges.map((edge: any) => edge.node.externalId)).toEqual(['p-1', 'p-2'])
  expect(await list(`after: ${JSON.stringify(page.pageInfo.endCursor)}, orderBy: [{field: externalId}]`)).toEqual([
    'p-3',
  ])

  const { account } = await ok(
    '{ account(externalId: "acme") { policies { nodes { externalId account { name } } } records { nodes { object } } } }',
  )
  expect(account).toEqual({
    policies: { nodes: [{ externalId: 'p-2', account: { name: 'Acme' } }] },
    records: { nodes: [{ object: 'policy' }] },
  })
  const { policy } = await ok('{ policy(externalId: "p-1") { id } }')
  expect(
    await ok('query ($id: ID!) { node(id: $id) { __typename id } policy(id: $id) { externalId } }', policy),
  ).toEqual({
    node: { __typename: 'Policy', id: policy.id },
    policy: { externalId: 'p-1' },
  })
  const { nodes } = await ok('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }', {
    ids: [upsertAccount.account.id, policy.id, 'Policy:00000000-0000-0000-0000-000000000000'],
  })
  expect(nodes).toEqual([{ __typename: 'Account' }, { __typename: 'Policy' }, null])
})

it('updates, refuses and deletes records as it does those of every tenant', async () => {
  const { policy } = await ok('{ policy(externalId: "p-3") { id } }')
  const update =
    'mutation ($input: UpdatePolicyInput!) { updatePolicy(input: $input) { policy { fields { premium cover } } } }'
  expect((await ok(update, { input: { id: policy.id, fields: { cover: null } } })).updatePolicy.policy.fields).toEqual({
    premium: 60,
    cover: null,
  })
  expect(code(await ask(update, { input: { id: policy.id, fields: { premium: null } } }))).toBe('FIELD_INVALID')
  const create = 'mutation ($input: CreatePolicyInput!) { createPolicy(input: $input) { policy { id } } }'
  expect(code(await ask(create, { input: { externalId: 'p-9' } }))).toBe('FIELD_INVALID')
  expect(code(await ask(create, { input: { externalId: 'p-1', fields: { premium: 1 } } }))).toBe('CONFLICT')
  expect(code(await as('ours-read')(create, { input: { fields: { premium: 1 } } }))).toBe('SCOPE_MISSING')
  expect(code(await as('ours-write')('{ policies { totalCount } }'))).toBe('SCOPE_MISSING')
  expect(
    code(await ask('{ policies(first: 500) { nodes { profile { policies(first: 500) { nodes { id } } } } } }')),
  ).toBe('QUERY_TOO_COMPLEX')
  const upsert =
    'mutation ($input: UpsertClaimInput!) { upsertClaim(input: $input) { created claim { parent { externalId claims { nodes { externalId } } } } } }'
  const made = await ok(upsert, { input: { externalId: 'c-1', parentId: policy.id, fields: { amount: 10 } } })
  expect(made.upsertClaim).toEqual({
    created: true,
    claim: { parent: { externalId: 'p-3', claims: { nodes: [{ externalId: 'c-1' }] } } },
  })
  const claim = (await ok('{ claim(externalId: "c-1") { id } }')).claim
  expect(code(await ask(upsert, { input: { externalId: 'c-2', parentId: claim.id } }))).toBe('ID_INVALID')
  expect(code(await ask(upsert, { input: { externalId: 'c-2', parentId: claim.id.split(':')[1] } }))).toBe(
    'REFERENCE_NOT_FOUND',
  )
  // The same external id in another object is another record; and no object's mutations reach another's.
  await ok(create, { input: { externalId: 'c-1', fields: { premium: 1 } } })
  const remove = (id: string) => ask('mutation ($id: ID!) { deletePolicy(input: {id: $id}) { deletedId } }', { id })
  expect(code(await remove(claim.id.split(':')[1]))).toBe('NOT_FOUND')
  const other = (await ok('{ policy(externalId: "c-1") { id } }')).policy
  expect((await remove(other.id)).data.deletePolicy.deletedId).toBe(other.id)
  expect(await ok('{ claim(externalId: "c-1") { id } policy(externalId: "c-1") { id } }')).toEqual({
    claim,
    policy: null,
  })
})

it('lets rules ask for its records, the moment they are written, and says whom they are about', async () => {
  const segment = 'mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }'
  const rule = {
    record: { kind: 'policy', where: [{ path: 'cover', eq: 'full' }], aggregate: { sum: 'premium', gte: 100 } },
  }
  await ok(segment, { input: { key: 'insured', name: 'Insured', rule } })
  await ok(segment, {
    input: {
      key: 'colleagues',
      name: 'At an insured account',
      tree: { account: { record: { kind: 'POLICY', count: { gte: 1 } } } },
    },
  })
  const wrong = await ask(segment, { input: { key: 'x', name: 'x', rule: { all: [{ record: { kind: 'boat' } }] } } })
  expect(wrong.errors![0]!.extensions).toMatchObject({
    code: 'RULE_INVALID',
    details: { path: ['all', 0, 'record', 'kind'] },
  })

  const members = async (key: string) =>
    (await ok(`{ segment(key: "${key}") { members { nodes { profile { policies { nodes { externalId } } } } } } }`))
      .segment.members.nodes
  expect(
    await until(
      () => members('insured'),
      (nodes) => nodes.length === 1,
    ),
  ).toEqual([{ profile: { policies: { nodes: [{ externalId: 'p-1' }] } } }])
  await ok(
    'mutation { upsertPolicy(input: {externalId: "p-4", userId: "bob", fields: {premium: 500, cover: full}}) { created } }',
  )
  await until(
    () => members('insured'),
    (nodes) => nodes.length === 2,
  )
  const { profileByIdentifier: bob } = await ok(
    '{ profileByIdentifier(type: "user_id", value: "bob") { id records(first: 9) { nodes { object externalId } } } }',
  )
  expect(bob.records.nodes).toContainEqual({ object: 'policy', externalId: 'p-4' })
  const { explainSegment } = await ok(
    'query ($id: ID!) { explainSegment(key: "insured", profileId: $id) { value nodes { evidence { kind data } } } }',
    { id: bob.id },
  )
  expect(explainSegment.value).toBe(true)
  expect(explainSegment.nodes[0].evidence[0]).toMatchObject({ kind: 'policy', data: { external_id: 'p-4' } })

  const { policy } = await ok('{ policy(externalId: "p-4") { id } }')
  await ok('mutation ($id: ID!) { deletePolicy(input: {id: $id}) { deletedId } }', { id: policy.id })
  await until(
    () => members('insured'),
    (nodes) => nodes.length === 1,
  )
})

it('exports and erases records with the person whom they are about', async () => {
  const { profileByIdentifier: ada } = await ok(
    '{ profileByIdentifier(type: "email", value: "ada@example.com") { id } }',
  )
  await db.owner`
INSERT INTO fields (tenant_id, object, key, type, personal) SELECT id, 'policy', 'note', 'text', 'sensitive' FROM tenants WHERE slug = 'ours'`
  const { exportProfile } = await ok('query ($id: ID!) { exportProfile(profileId: $id) }', ada)
  expect(exportProfile.personalFields).toEqual([{ object: 'policy', key: 'note', class: 'sensitive' }])
  expect(exportProfile.records).toMatchObject([{ object: 'policy', external_id: 'p-1' }])
  await ok('mutation ($id: ID!) { eraseProfile(input: {profileId: $id}) { erasure { id } } }', ada)
  await until(async () => (await ok('{ policy(externalId: "p-1") { id } }')).policy === null)
})

it('forgets an object when nothing needs it any more', async () => {
  const { objects } = await ok('{ objects { nodes { id key records { totalCount } } } }')
  const { id } = objects.nodes.find(({ key }: any) => key === 'policy')
  const remove = (withRecords?: boolean) =>
    ask('mutation ($input: DeleteObjectInput!) { deleteObject(input: $input) { deletedId } }', {
      input: { id, withRecords },
    })
  const used = (await remove(true)).errors![0]!
  expect(used.extensions).toMatchObject({
    code: 'OBJECT_IN_USE',
    details: { usedBy: ['segment colleagues', 'segment insured'] },
  })
  expect(used.message).toContain('the object claim belongs to it')
  const claim = objects.nodes.find(({ key }: any) => key === 'claim').id
  await ok('mutation ($id: ID!) { deleteObject(input: {id: $id, withRecords: true}) { deletedId } }', { id: claim })
  for (const key of ['insured', 'colleagues']) {
    const { segment } = await ok(`{ segment(key: "${key}") { id } }`)
    await ok('mutation ($id: ID!) { archiveSegment(input: {id: $id}) { segment { id } } }', { id: segment.id })
  }
  expect(code(await remove())).toBe('OBJECT_IN_USE')
  expect((await remove(true)).errors).toBeUndefined()
  expect(code(await ask('{ policies { totalCount } }'))).toBe('GRAPHQL_VALIDATION_FAILED')
  expect(await ok('{ fields { totalCount } objects { totalCount } }')).toEqual({
    fields: { totalCount: 0 },
    objects: { totalCount: 0 },
  })
})

it('refuses objects that no schema or rule could name', async () => {
  for (const input of [
    { key: '', plural: 'xs', name: 'x' },
    { key: 'Boat', plural: 'boats', name: 'x' },
    { key: 'a b', plural: 'boats', name: 'x' },
    { key: 'boat', plural: 'boat', name: 'x' },
    { key: 'order', plural: 'otherOrders', name: 'x' },
    { key: 'subscription', plural: 'subscriptions', name: 'x' },
    { key: 'boat', plural: 'orders', name: 'x' },
    { key: 'boat', plural: 'boats', name: ' ' },
    { key: 'boat', plural: 'boats', name: 'x', person: false },
    { key: 'boat', plural: 'boats', name: 'x', parent: 'boat' },
  ])
    expect(code(await ask(CREATE, { input })), JSON.stringify(input)).toBe('INPUT_INVALID')
  expect(code(await ask(CREATE, { input: { key: 'boat', plural: 'boats', name: 'x', parent: 'none' } }))).toBe(
    'REFERENCE_NOT_FOUND',
  )
  expect(code(await as('ours-read')(CREATE, { input: POLICY }))).toBe('SCOPE_MISSING')
})
