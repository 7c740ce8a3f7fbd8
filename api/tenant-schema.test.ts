import { buildClientSchema, getIntrospectionQuery, printSchema } from 'graphql'
import { expect, it } from 'vitest'
import { testDatabase } from '../test/database.ts'
import { codeOf as code, graphql, okOf } from '../test/graphql.ts'
import { schema as base } from './schema/index.ts'
import { tenantSchema } from './tenant-schema.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
await db.createTenant('theirs')
const as = graphql(db.api)
const ask = as('ours-admin')

const ok = okOf(ask)

const CREATE =
  'mutation ($input: CreateFieldInput!) { createField(input: $input) { field { id key type required violations { count ids } } } }'
const ORDER = { amount: '1', currency: 'EUR', placedAt: '2026-01-01T00:00:00Z' }
const FIELDS = [
  { object: 'ORDER', key: 'warehouse', type: 'TEXT', description: 'Where it is "packed".', required: true },
  { object: 'ORDER', key: 'weight', type: 'NUMBER' },
  { object: 'ORDER', key: 'gift', type: 'BOOLEAN' },
  { object: 'ORDER', key: 'dueOn', type: 'DATE' },
  { object: 'ORDER', key: 'packedAt', type: 'INSTANT' },
  { object: 'ORDER', key: 'carrier', type: 'CHOICE', choices: ['dhl', 'ups'] },
  { object: 'PROFILE', key: 'plan', type: 'CHOICE', choices: ['free', 'pro'] },
]

it('says before a field is made which stored rows would not fit it', async () => {
  await db.owner`
INSERT INTO orders (tenant_id, external_id, amount, currency, placed_at, custom)
SELECT ${ours}, 'old-' || n, 1, 'EUR', now(), c::jsonb
FROM unnest(ARRAY['{"warehouse": "A", "weight": "heavy"}', '{"weight": 2}', '{"dueOn": "2026-02-30", "carrier": "pigeon", "warehouse": "B"}']) WITH ORDINALITY AS t (c, n)`
  const count = async (field: object) =>
    (await ok('query ($field: FieldDraft!) { previewField(field: $field) { count ids } }', { field })).previewField
      .count
  expect(await count({ object: 'ORDER', key: 'warehouse', type: 'TEXT' })).toBe(0)
  expect(await count({ object: 'ORDER', key: 'warehouse', type: 'TEXT', required: true })).toBe(1)
  expect(await count({ object: 'ORDER', key: 'weight', type: 'NUMBER' })).toBe(1)
  expect(await count({ object: 'ORDER', key: 'dueOn', type: 'DATE' })).toBe(1)
  expect(await count({ object: 'ORDER', key: 'carrier', type: 'CHOICE', choices: ['dhl'] })).toBe(1)
  expect(await count({ object: 'PROFILE', key: 'plan', type: 'BOOLEAN' })).toBe(0)
})

it('has fields in the schema from the moment they are defined, for their tenant only', async () => {
  for (const input of FIELDS) await ok(CREATE, { input })
  const mine = printSchema(buildClientSchema(await ok(getIntrospectionQuery())))
  expect(mine).toContain('carrier: OrderFieldCarrier')
  expect(mine).toContain('"""Where it is "packed"."""')
  expect(mine).toContain('fields: OrderFieldsFilter')
  expect(mine).toContain('fields_weight')
  const other = buildClientSchema(await ok(getIntrospectionQuery(), {}, as('theirs-admin')))
  expect(printSchema(other)).toBe(
    printSchema(buildClientSchema(await ok(getIntrospectionQuery(), {}, as('theirs-read')))),
  )
  expect(other.getType('OrderFields')).toBeUndefined()
})

it('reads, writes, filters and orders by typed fields', async () => {
  const create =
    'mutation ($input: UpsertOrderInput!) { upsertOrder(input: $input) { order { custom fields { warehouse weight gift dueOn packedAt carrier } } } }'
  const fields = {
    warehouse: 'B',
    weight: 2.5,
    gift: true,
    dueOn: '2026-12-24',
    packedAt: '2026-11-24T12:00:00+01:00',
    carrier: 'ups',
  }
  const { upsertOrder } = await ok(create, { input: { ...ORDER, externalId: 'o-1', fields } })
  expect(upsertOrder.order).toEqual({ fields, custom: fields })
  for (const [n, weight] of [10, 9, 100, null].entries()) {
    await ok(create, {
      input: { ...ORDER, externalId: `w-${n}`, fields: { warehouse: 'C', ...(weight !== null && { weight }) } },
    })
  }
  const list = async (args: string) =>
    (await ok(`{ orders(${args}) { nodes { externalId } } }`)).orders.nodes.map((node: any) => node.externalId)
  expect(await list('filter: {fields: {carrier: {eq: ups}, gift: {eq: true}, dueOn: {gt: "2026-12-01"}}}')).toEqual([
    'o-1',
  ])
  expect(await list('filter: {fields: {packedAt: {eq: "2026-11-24T11:00:00Z"}}}')).toEqual(['o-1'])
  expect(
    await list(
      'filter: {or: [{fields: {weight: {gte: 100}}}, {fields: {weight: {in: [9]}}}]}, orderBy: [{field: fields_weight}]',
    ),
  ).toEqual(['w-1', 'w-2'])
  expect(await list('filter: {not: {fields: {weight: {isNull: false}}}, externalId: {startsWith: "w-"}}')).toEqual([
    'w-3',
  ])

  const pages: string[] = []
  let after: string | null = null
  for (let page = 0; page < 10; page++) {
    const { orders }: any = await ok(
      'query ($after: String) { orders(first: 2, after: $after, orderBy: [{field: fields_weight, direction: DESC}]) { nodes { externalId } pageInfo { endCursor hasNextPage } } }',
      { after },
    )
    pages.push(...orders.nodes.map((node: any) => node.externalId))
    if (!orders.pageInfo.hasNextPage) break
    after = orders.pageInfo.endCursor
  }
  expect(pages).toHaveLength(8)
  expect(pages.slice(3)).toEqual(['w-2', 'w-0', 'w-1', 'o-1', 'old-2'])
})

it('has choices that can be no names as text, checked and asked for all the same', async () => {
  const input = { object: 'LEAD', key: 'size', type: 'CHOICE', choices: ['1-10 people', '11+', 'null'] }
  await ok(CREATE, { input })
  const create = 'mutation ($input: CreateLeadInput!) { createLead(input: $input) { lead { fields { size } } } }'
  const lead = (size: string) => ({ input: { externalId: size, email: 'size@example.com', fields: { size } } })
  expect((await ok(create, lead('1-10 people'))).createLead.lead.fields.size).toBe('1-10 people')
  expect((await ask(create, lead('12'))).errors).toMatchObject([
    { message: 'Expected one of 1-10 people, 11+, null in the field "size".', extensions: { code: 'FIELD_INVALID' } },
  ])
  const found = await ok('{ leads(filter: {fields: {size: {in: ["1-10 people", "11+"]}}}) { nodes { externalId } } }')
  expect(found.leads.nodes).toEqual([{ externalId: '1-10 people' }])
  expect(code(await ask(CREATE, { input: { ...input, key: 'other', choices: [' '] } }))).toBe('INPUT_INVALID')
})

it('gives null for a stored value that does not fit, and keeps it', async () => {
  const { order } = await ok('{ order(externalId: "old-3") { custom fields { dueOn carrier warehouse } } }')
  expect(order).toEqual({
    custom: { dueOn: '2026-02-30', carrier: 'pigeon', warehouse: 'B' },
    fields: { dueOn: '2026-02-30', carrier: null, warehouse: 'B' },
  })
})

it('refuses a write that does not fit, by either way, and names the field', async () => {
  const create = 'mutation ($input: CreateOrderInput!) { createOrder(input: $input) { order { id } } }'
  const refused = async (input: object) =>
    (await ask(create, { input: { ...ORDER, ...input } })).errors?.[0]?.extensions
  expect(await refused({ fields: { weight: 1 } })).toMatchObject({
    code: 'FIELD_INVALID',
    details: { path: ['custom', 'warehouse'] },
  })
  expect(await refused({ custom: { warehouse: 'A', weight: '1' } })).toMatchObject({
    code: 'FIELD_INVALID',
    details: { path: ['custom', 'weight'] },
  })
  expect(await refused({ custom: { warehouse: 'A', carrier: 'pigeon' } })).toMatchObject({ code: 'FIELD_INVALID' })
  expect(await refused({ fields: { warehouse: 'A', carrier: 'pigeon' } })).toMatchObject({
    code: 'GRAPHQL_VALIDATION_FAILED',
  })
  expect(await refused({ custom: { warehouse: 'A', anything: 'else' } })).toBeUndefined()
  const update =
    'mutation ($input: UpdateOrderInput!) { updateOrder(input: $input) { order { fields { weight warehouse } } } }'
  const { order } = await ok('{ order(externalId: "o-1") { id } }')
  expect((await ok(update, { input: { id: order.id, fields: { weight: null } } })).updateOrder.order.fields).toEqual({
    weight: null,
    warehouse: 'B',
  })
  expect(code(await ask(update, { input: { id: order.id, fields: { warehouse: null } } }))).toBe('FIELD_INVALID')
  const upsert = 'mutation ($input: UpsertOrdersInput!) { upsertOrders(input: $input) { created } }'
  expect(code(await ask(upsert, { input: { orders: [{ ...ORDER, externalId: 'n-1', fields: { weight: 3 } }] } }))).toBe(
    'FIELD_INVALID',
  )
  expect((await ok('{ order(externalId: "n-1") { id } }')).order).toBeNull()
})

it('types what is known of people, and finds them by it', async () => {
  await db.owner`
INSERT INTO profiles (tenant_id, traits, first_seen, last_seen)
SELECT ${ours}, jsonb_build_object('plan', plan), now(), now() FROM unnest(ARRAY['free', 'pro', 'gone']) AS plan`
  const { profiles } = await ok(
    '{ profiles(filter: {fields: {plan: {in: [pro]}}}) { totalCount nodes { fields { plan } } } }',
  )
  expect(profiles).toEqual({ totalCount: 1, nodes: [{ fields: { plan: 'pro' } }] })
  const all = await ok('{ profiles(orderBy: [{field: fields_plan}]) { nodes { fields { plan } } } }')
  expect(all.profiles.nodes.map((node: any) => node.fields.plan)).toEqual(['free', null, 'pro'])
})

it('changes with its fields, and forgets them', async () => {
  const { fields } = await ok('{ fields(filter: {key: {eq: "gift"}}) { nodes { id object type } } }')
  const [field] = fields.nodes
  await ok('mutation ($input: UpdateFieldInput!) { updateField(input: $input) { field { type } } }', {
    input: { id: field.id, type: 'TEXT' },
  })
  expect((await ok('{ order(externalId: "o-1") { fields { gift } } }')).order.fields.gift).toBeNull()
  await ok('mutation ($id: ID!) { deleteField(input: {id: $id}) { deletedId } }', { id: field.id })
  expect(code(await ask('{ order(externalId: "o-1") { fields { gift } } }'))).toBe('GRAPHQL_VALIDATION_FAILED')
  expect((await ok('{ order(externalId: "o-1") { custom } }')).order.custom.gift).toBe(true)
})

it('refuses fields that no schema can have', async () => {
  for (const input of [
    { object: 'ORDER', key: '', type: 'TEXT' },
    { object: 'ORDER', key: '__typename', type: 'TEXT' },
    { object: 'ORDER', key: 'a b', type: 'TEXT' },
    { object: 'ORDER', key: 'x', type: 'CHOICE' },
    { object: 'ORDER', key: 'x', type: 'CHOICE', choices: ['x'.repeat(201)] },
    { object: 'ORDER', key: 'x', type: 'CHOICE', choices: ['a', 'a'] },
    { object: 'ORDER', key: 'x', type: 'TEXT', choices: ['a'] },
  ]) {
    expect(code(await ask(CREATE, { input })), JSON.stringify(input)).toBe('INPUT_INVALID')
  }
  expect(code(await ask(CREATE, { input: FIELDS[0] }))).toBe('CONFLICT')
  expect(code(await as('ours-read')(CREATE, { input: FIELDS[0] }))).toBe('SCOPE_MISSING')
})

it('leaves the base schema as it is', () => {
  const before = printSchema(base)
  const field = {
    id: '',
    object: 'ticket',
    key: 'x',
    type: 'text',
    description: null,
    required: false,
    choices: null,
  } as const
  expect(printSchema(tenantSchema({ fields: [field], objects: [] }))).toContain('type TicketFields')
  expect(printSchema(base)).toBe(before)
})
