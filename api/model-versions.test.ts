import { expect, it } from 'vitest'
import { inTenant } from '../db/client.ts'
import { testDatabase } from '../test/database.ts'
import { codeOf as code, graphql, okOf } from '../test/graphql.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
await db.createTenant('theirs')
const as = graphql(db.api)
const ask = as('ours-admin')

const ok = okOf(ask)

const versions = async (key = ask) =>
  (await ok('{ modelVersions { nodes { number actor changes { part key before after } } } }', {}, key)).modelVersions
    .nodes
const restore = (number: number) =>
  ask('mutation ($n: Int!) { restoreModel(input: {number: $n}) { changes { part key } } }', { n: number })
const model = () =>
  inTenant(db.owner, ours, (sql) => sql`SELECT ops.model_of(${ours}) AS model`).then((rows) => rows[0]!.model)

it('makes a numbered version of every change, one for all of a transaction, whoever made it', async () => {
  expect(await versions()).toEqual([])
  await ok(
    `mutation { createObject(input: {key: "course", plural: "courses", name: "Course", person: false, account: true, fields: [{key: "title", type: TEXT}]}) { object { id } } }`,
  )
  await ok('mutation { createField(input: {object: ORDER, key: "weight", type: NUMBER}) { field { id } } }')
  await ok(
    'mutation { createBehavior(input: {name: "Signed Up", properties: [{key: "plan", type: TEXT}]}) { behavior { id } } }',
  )
  await db.owner`UPDATE fields SET required = true WHERE tenant_id = ${ours} AND key = 'weight'`
  const [fourth, third, second, first, ...none] = await versions()
  expect(none).toEqual([])
  expect(first).toMatchObject({
    number: 1,
    changes: [
      { part: 'FIELD', key: 'course.title', before: null, after: { type: 'text', object: 'course' } },
      { part: 'OBJECT', key: 'course', before: null, after: { plural: 'courses' } },
    ],
  })
  expect(second.changes).toMatchObject([{ part: 'FIELD', key: 'order.weight' }])
  expect(third.changes).toMatchObject([{ part: 'BEHAVIOR', key: 'Signed Up' }])
  expect(fourth).toMatchObject({
    number: 4,
    actor: { kind: 'sql' },
    changes: [{ key: 'order.weight', before: { required: false }, after: { required: true } }],
  })
  await db.owner`UPDATE fields SET required = true, index_error = 'x' WHERE tenant_id = ${ours} AND key = 'weight'`
  expect(await versions()).toHaveLength(4)
  expect(await versions(as('theirs-admin'))).toEqual([])
})

it('says what turns one version into another, and which stored rows would not fit then', async () => {
  await db.owner`
INSERT INTO orders (tenant_id, external_id, amount, currency, placed_at, custom)
SELECT ${ours}, n, 1, 'EUR', now(), c::jsonb FROM unnest(ARRAY['{"weight": 1}', '{"weight": "heavy"}', '{}']) WITH ORDINALITY AS t (c, n)`
  const diff = async (from: number | null, to: number | null) =>
    (
      await ok(
        'query ($from: Int, $to: Int) { modelDiff(from: $from, to: $to) { part key before after violations { count } } }',
        { from, to },
      )
    ).modelDiff
  expect((await diff(0, 1)).map(({ key }: any) => key)).toEqual(['course.title', 'course'])
  expect(await diff(null, 2)).toMatchObject([
    { part: 'BEHAVIOR', key: 'Signed Up', after: null, violations: null },
    {
      part: 'FIELD',
      key: 'order.weight',
      before: { required: true },
      after: { required: false },
      violations: { count: 1 },
    },
  ])
  expect(await diff(2, null)).toMatchObject([{}, { key: 'order.weight', violations: { count: 2 } }])
  expect(code(await ask('{ modelDiff(from: 99) { key } }'))).toBe('NOT_FOUND')
})

it('restores a version, as a new one, and there and back again', async () => {
  const fourth = await model()
  expect((await restore(1)).data.restoreModel.changes).toHaveLength(2)
  expect(await model()).toMatchObject({ fields: { 'course.title': {} }, behaviors: {} })
  expect(code(await ask('{ orders { nodes { fields { weight } } } }'))).toBe('GRAPHQL_VALIDATION_FAILED')
  expect((await versions())[0].number).toBe(5)
  await restore(4)
  expect(await model()).toEqual(fourth)
  expect((await ok('{ orders(filter: {fields: {weight: {eq: "1"}}}) { totalCount } }')).orders.totalCount).toBe(1)
  expect((await restore(4)).data.restoreModel.changes).toEqual([])
  expect(await versions()).toHaveLength(6)
})

it('does not take an object away that is needed, nor does half of a restore', async () => {
  await ok(
    'mutation { createObject(input: {key: "seat", plural: "seats", name: "Seat", parent: "course"}) { object { id } } }',
  )
  await ok('mutation { createField(input: {object: ORDER, key: "later", type: TEXT}) { field { id } } }')
  await ok('mutation { createSeat(input: {externalId: "s"}) { seat { id } } }')
  const before = await model()
  expect(code(await restore(4))).toBe('OBJECT_IN_USE')
  expect(await model()).toEqual(before)
  await db.owner`DELETE FROM records`
  expect((await restore(4)).errors).toBeUndefined()
  // Parents before their children, and away in the other order.
  await db.owner`DELETE FROM fields WHERE tenant_id = ${ours}`
  await db.owner`DELETE FROM objects WHERE tenant_id = ${ours}`
  const numbers = (await versions()).map(({ number }: any) => number)
  const withSeat = (await ok('{ modelVersions { nodes { number model } } }')).modelVersions.nodes.find(
    ({ model }: any) => model.objects.seat && model.fields['order.later'],
  )
  expect((await restore(withSeat.number)).errors).toBeUndefined()
  expect(await model()).toEqual(before)
  expect((await versions())[0].number).toBe(numbers[0] + 1)
})

it('lets nobody restore who may not, nor what there never was', async () => {
  expect(code(await restore(99))).toBe('NOT_FOUND')
  expect(code(await as('ours-read')('mutation { restoreModel(input: {number: 1}) { changes { key } } }'))).toBe(
    'SCOPE_MISSING',
  )
  expect(code(await as('theirs-admin')('mutation { restoreModel(input: {number: 1}) { changes { key } } }'))).toBe(
    'NOT_FOUND',
  )
})
