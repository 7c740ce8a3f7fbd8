import { afterAll, beforeAll, expect, it } from 'vitest'
import { modelTemplates } from '../engine/model/templates.ts'
import { testDatabase, until } from '../test/database.ts'
import { codeOf as code, graphql } from '../test/graphql.ts'
import { startJobs } from '../test/platform.ts'

const db = await testDatabase()
const as = graphql(db.api)
const jobs = startJobs(db)
beforeAll(() => jobs.ready)
afterAll(() => jobs.stop())

async function ok(slug: string, query: string, variables?: Record<string, unknown>) {
  const { data, errors } = await as(`${slug}-admin`)(query, variables)
  expect(errors, JSON.stringify(errors)).toBeUndefined()
  return data
}
const INSTALL =
  'mutation ($key: String!) { installModelTemplate(input: {key: $key}) { created { kind key } kept { kind key } } }'

it.each(modelTemplates.map(({ key }) => [key]))('%s is installed whole, once, and as one version', async (key) => {
  await db.createTenant(key)
  const { modelTemplates } = await ok(key, '{ modelTemplates { key items { kind key } } }')
  const { items } = modelTemplates.find((one: any) => one.key === key)
  expect(new Set(items.map(({ kind }: any) => kind)).size).toBe(5)
  expect((await ok(key, INSTALL, { key })).installModelTemplate).toEqual({ created: items, kept: [] })
  expect((await ok(key, INSTALL, { key })).installModelTemplate).toEqual({ created: [], kept: items })
  expect((await ok(key, '{ modelVersions { totalCount } }')).modelVersions.totalCount).toBe(1)
  // Its labels and segments are answered for everybody, and its indexes are built.
  await until(
    async () => {
      const { segments, labels, fields } = await ok(
        key,
        '{ segments { nodes { complete } } labels { nodes { complete } } fields(first: 100) { nodes { index { state error } } } }',
      )
      const done = [...segments.nodes, ...labels.nodes].every(({ complete }: any) => complete)
      return done && fields.nodes.every(({ index }: any) => index === null || index.state === 'READY')
    },
    Boolean,
    { timeout: 30_000 },
  )
})

it('answers its rules over its own objects', async () => {
  await ok(
    'education',
    `mutation { upsertCourse(input: {externalId: "k", fields: {title: "Algebra"}}) { created }
      upsertEnrolment(input: {externalId: "e", userId: "ada"}) { enrolment { fields { status } } } }`,
  )
  const members = async () => (await ok('education', '{ segment(key: "falls-behind") { size } }')).segment.size
  await until(async () => (await members()) === 1)
  await ok(
    'education',
    'mutation { upsertEnrolment(input: {externalId: "e", fields: {status: completed}}) { created } }',
  )
  await until(async () => (await members()) === 0)
  const label = async () =>
    (
      await ok(
        'education',
        '{ profileByIdentifier(type: "user_id", value: "ada") { label(key: "courses-completed") } }',
      )
    ).profileByIdentifier.label
  await until(async () => (await label()) === 1)
})

it('keeps what is there under the same key, and makes nothing where the rest does not fit', async () => {
  await db.createTenant('mixed')
  await ok(
    'mixed',
    'mutation { createObject(input: {key: "course", plural: "curricula", name: "Course"}) { object { id } } }',
  )
  await ok('mixed', 'mutation { createField(input: {object: PROFILE, key: "role", type: TEXT}) { field { id } } }')
  const { installModelTemplate } = await ok('mixed', INSTALL, { key: 'education' })
  expect(installModelTemplate.kept).toEqual([
    { kind: 'object', key: 'course' },
    { kind: 'field', key: 'profile.role' },
  ])
  expect((await ok('mixed', '{ objects(filter: {key: {eq: "course"}}) { nodes { plural } } }')).objects.nodes).toEqual([
    { plural: 'curricula' },
  ])

  await db.createTenant('taken')
  await ok(
    'taken',
    'mutation { createObject(input: {key: "shop", plural: "storeVisits", name: "Shop"}) { object { id } } }',
  )
  expect(code(await as('taken-admin')(INSTALL, { key: 'retail' }))).toBe('INPUT_INVALID')
  expect(
    await ok(
      'taken',
      '{ fields { totalCount } behaviors { totalCount } segments { totalCount } objects { totalCount } }',
    ),
  ).toEqual({
    fields: { totalCount: 0 },
    behaviors: { totalCount: 0 },
    segments: { totalCount: 0 },
    objects: { totalCount: 1 },
  })
  expect(code(await as('mixed-read')(INSTALL, { key: 'retail' }))).toBe('SCOPE_MISSING')
  expect(code(await as('mixed-admin')(INSTALL, { key: 'none' }))).toBe('NOT_FOUND')
})
