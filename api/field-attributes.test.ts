import { afterAll, beforeAll, expect, it } from 'vitest'
import { inTenant } from '../db/client.ts'
import { MOST_INDEXED } from '../engine/model/indexes.ts'
import { testDatabase, until } from '../test/database.ts'
import { codeOf as code, graphql, okOf } from '../test/graphql.ts'
import { startJobs } from '../test/platform.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
const theirs = await db.createTenant('theirs')
const ask = graphql(db.api)('ours-admin')
const jobs = startJobs(db)
beforeAll(() => jobs.ready)
afterAll(() => jobs.stop())

const ok = okOf(ask)

const CREATE = 'mutation ($input: CreateFieldInput!) { createField(input: $input) { field { id index { state } } } }'
const make = (input: object) => ok(CREATE, { input }).then((data) => data.createField.field)
const indexOf = async (id: string) =>
  (
    await ok(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Field { index { state progress error } violations { count ids } } } }',
      { ids: [id] },
    )
  ).nodes[0]
const built = (id: string, state = 'READY') =>
  until(
    () => indexOf(id),
    (field) => field.index.state === state,
    { timeout: 30_000 },
  )
const indexes = async () =>
  (await db.owner`SELECT indexdef FROM pg_indexes WHERE indexname ~ '^field_[0-9a-f]{32}$' ORDER BY 1`).map(
    (row) => row.indexdef as string,
  )

await ok(`mutation { createObject(input: {key: "policy", plural: "policies", name: "Policy"}) { object { id } } }`)
await db.owner`
INSERT INTO orders (tenant_id, external_id, amount, currency, placed_at, custom)
SELECT t, n, 1, 'EUR', now(), jsonb_build_object('weight', n % 1000, 'code', 'c' || n, 'dueOn', '2026-01-' || lpad((n % 28 + 1)::text, 2, '0'))
FROM generate_series(1, 3000) AS n, unnest(ARRAY[${ours}, ${theirs}]::uuid[]) AS t`
await db.owner`
INSERT INTO records (tenant_id, object, external_id, custom)
SELECT ${ours}, 'policy', n, jsonb_build_object('premium', n) FROM generate_series(1, 3000) AS n`
await db.owner`ANALYZE orders, records`

/** As the API runs it: with its role, and each parameter known when it is planned. */
async function planOf(query: string): Promise<string> {
  const options = db.api.options as { debug?: unknown }
  const seen: { text: string; parameters: unknown[] }[] = []
  options.debug = (_connection: number, text: string, parameters: unknown[]) => seen.push({ text, parameters })
  await ok(query).finally(() => {
    options.debug = undefined
  })
  const { text, parameters } = seen.find((one) => one.text.includes('LATERAL'))!
  const rows = await inTenant(db.api, ours, (sql) =>
    sql.unsafe(`EXPLAIN ${text}`, parameters as never[], { prepare: false }),
  )
  return rows.map((row) => row['QUERY PLAN'] as string).join('\n')
}

it('builds indexes in the background, which filters and orders use, and drops them with their fields', async () => {
  const weight = await make({ object: 'ORDER', key: 'weight', type: 'NUMBER', indexed: true })
  expect(weight.index.state).toBe('WAITING')
  const dueOn = await make({ object: 'ORDER', key: 'dueOn', type: 'DATE', indexed: true })
  const premium = await make({ object: 'POLICY', key: 'premium', type: 'NUMBER', indexed: true })
  for (const { id } of [weight, dueOn, premium]) await built(id)
  await db.owner`ANALYZE orders, records`
  const name = (id: string) => `field_${id.split(':')[1]!.replaceAll('-', '')}`

  expect(await planOf('{ orders(filter: {fields: {weight: {eq: "7"}}}) { nodes { id } } }')).toContain(name(weight.id))
  expect(await planOf('{ orders(filter: {fields: {weight: {gte: "995", lt: "998"}}}) { nodes { id } } }')).toContain(
    name(weight.id),
  )
  expect(
    await planOf('{ orders(first: 5, orderBy: [{field: fields_weight, direction: DESC}]) { nodes { id } } }'),
  ).toContain(name(weight.id))
  expect(await planOf('{ orders(first: 5, orderBy: [{field: fields_dueOn}]) { nodes { id } } }')).toContain(
    name(dueOn.id),
  )
  expect(await planOf('{ policies(filter: {fields: {premium: {in: ["5", "9"]}}}) { nodes { id } } }')).toContain(
    name(premium.id),
  )
  const { orders, policies } = await ok(
    `{ orders(filter: {fields: {weight: {eq: "7"}}}) { totalCount } policies(filter: {not: {fields: {premium: {gt: "10"}}}}) { totalCount } }`,
  )
  expect({ orders, policies }).toEqual({ orders: { totalCount: 3 }, policies: { totalCount: 10 } })

  expect(await indexes()).toHaveLength(3)
  await ok('mutation ($id: ID!) { deleteField(input: {id: $id}) { deletedId } }', { id: weight.id })
  await ok('mutation ($id: ID!) { updateField(input: {id: $id, indexed: false}) { field { index { state } } } }', {
    id: dueOn.id,
  })
  await until(async () => (await indexes()).length === 1, Boolean, { timeout: 30_000 })
})

it('keeps a unique field unique, for SQL too, and says which rows are not', async () => {
  await db.owner`
INSERT INTO orders (tenant_id, external_id, amount, currency, placed_at, custom) VALUES (${ours}, 'twin', 1, 'EUR', now(), '{"code": "c1"}')`
  const draft = { object: 'ORDER', key: 'code', type: 'TEXT', unique: true }
  const preview = (
    await ok('query ($field: FieldDraft!) { previewField(field: $field) { count ids } }', { field: draft })
  ).previewField
  expect(preview.count).toBe(2)
  const field = await make(draft)
  const failed = await built(field.id, 'FAILED')
  expect(failed.index.error).toMatch(/could not create unique index/)
  expect(failed.violations).toEqual(preview)
  expect(await indexes()).toHaveLength(1)
  await db.owner`DELETE FROM orders WHERE external_id = 'twin'`
  // Asked for again, it is built again.
  for (const unique of [false, true])
    await ok('mutation ($input: UpdateFieldInput!) { updateField(input: $input) { field { id } } }', {
      input: { id: field.id, unique },
    })
  await built(field.id)
  const create = (code: string) =>
    ask('mutation ($input: CreateOrderInput!) { createOrder(input: $input) { order { id } } }', {
      input: { amount: '1', currency: 'EUR', placedAt: '2026-01-01T00:00:00Z', fields: { code } },
    })
  expect((await create('c2')).errors).toMatchObject([
    {
      message: 'Expected a value that no other record has in the field "code".',
      extensions: { code: 'FIELD_INVALID', details: { path: ['custom', 'code'] } },
    },
  ])
  expect((await create('new')).errors).toBeUndefined()
  await expect(
    db.owner`UPDATE orders SET custom = '{"code": "c2"}' WHERE tenant_id = ${ours} AND external_id = '3'`,
  ).rejects.toThrow(/unique/)
  await db.owner`UPDATE orders SET custom = '{"code": "c2"}' WHERE tenant_id = ${theirs} AND external_id = '3'`
  expect(code(await create('x'.repeat(501)))).toBe('FIELD_INVALID')
  await db.owner`UPDATE orders SET custom = jsonb_build_object('code', repeat('x', 5000)) WHERE tenant_id = ${ours} AND external_id = '3'`
  expect((await ok('{ order(externalId: "3") { fields { code } } }')).order.fields.code).toBeNull()
})

it('gives new records the defaults of what they leave out', async () => {
  await make({
    object: 'POLICY',
    key: 'cover',
    type: 'CHOICE',
    choices: ['basic', 'full'],
    default: 'basic',
    required: true,
  })
  await make({ object: 'POLICY', key: 'copies', type: 'NUMBER', default: 1 })
  const upsert = (externalId: string, fields: object) =>
    ok(
      'mutation ($input: UpsertPolicyInput!) { upsertPolicy(input: $input) { created policy { fields { cover copies } } } }',
      { input: { externalId, fields } },
    )
  expect((await upsert('new-1', {})).upsertPolicy).toEqual({
    created: true,
    policy: { fields: { cover: 'basic', copies: 1 } },
  })
  await upsert('new-1', { cover: 'full', copies: null })
  expect((await upsert('new-1', { premium: 3 })).upsertPolicy).toEqual({
    created: false,
    policy: { fields: { cover: 'full', copies: null } },
  })
  const made = await ok(
    'mutation { createPolicy(input: {fields: {copies: 2}}) { policy { fields { cover copies } } } }',
  )
  expect(made.createPolicy.policy.fields).toEqual({ cover: 'basic', copies: 2 })
})

it('refuses attributes that do not go together, and more indexes than a tenant may have', async () => {
  for (const input of [
    { object: 'PROFILE', key: 'a', type: 'TEXT', unique: true },
    { object: 'ACCOUNT', key: 'a', type: 'TEXT', unique: true },
    { object: 'PROFILE', key: 'a', type: 'TEXT', default: 'x' },
    { object: 'ORDER', key: 'a', type: 'NUMBER', default: 'x' },
    { object: 'ORDER', key: 'a', type: 'BOOLEAN', unique: true },
    { object: 'ORDER', key: 'a', type: 'TEXT', retentionDays: 0 },
    { object: 'ORDER', key: 'a', type: 'TEXT', retentionDays: 5, required: true },
  ])
    expect(code(await ask(CREATE, { input })), JSON.stringify(input)).toBe('INPUT_INVALID')
  await db.owner`
INSERT INTO fields (tenant_id, object, key, type, indexed) SELECT ${ours}, 'ticket', 'k' || n, 'text', true FROM generate_series(1, ${MOST_INDEXED}) AS n`
  expect(code(await ask(CREATE, { input: { object: 'ORDER', key: 'a', type: 'TEXT', indexed: true } }))).toBe(
    'INPUT_INVALID',
  )
})

it('says what it needs where the worker is not the owner of the tables', async () => {
  const { keepIndex } = await import('../engine/model/indexes.ts')
  const [field] = await db.owner`SELECT id FROM fields WHERE tenant_id = ${ours} AND key = 'code'`
  await keepIndex(db.worker, ours, field!.id as string)
  const [row] = await db.owner`SELECT index_state, index_error FROM fields WHERE id = ${field!.id}`
  expect(row).toMatchObject({ index_state: 'failed', index_error: expect.stringContaining('DATABASE_URL') })
})
