import { expect, it } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { codeOf, graphql, okOf } from '../../test/graphql.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
await db.createTenant('theirs')
const as = graphql(db.api)
const admin = as('ours-admin')
const ok = okOf(admin)

const UPDATE = 'mutation ($input: UpdateTenantInput!) { updateTenant(input: $input) { tenant { slug name timezone } } }'
const update = (input: object, ask = admin) => ask(UPDATE, { input })
const TENANT = '{ viewer { tenant { slug name timezone } } }'

it('changes what is given: the name, the time zone in its usual spelling, and that of no other tenant', async () => {
  const { data } = await update({ name: ' Our shop ' })
  expect(data.updateTenant.tenant).toEqual({ slug: 'ours', name: 'Our shop', timezone: 'UTC' })
  await update({ timezone: 'europe/berlin' })
  const tenant = { slug: 'ours', name: 'Our shop', timezone: 'Europe/Berlin' }
  expect((await update({ name: null })).data.updateTenant.tenant).toEqual(tenant)
  expect((await ok(TENANT)).viewer.tenant).toEqual(tenant)
  const others = await as('theirs-admin')(TENANT)
  expect(others.data.viewer.tenant).toEqual({ slug: 'theirs', name: 'theirs', timezone: 'UTC' })
})

it('evaluates what is active anew in another time zone, and nothing for another name', async () => {
  const create =
    'mutation ($key: String!) { createSegment(input: {key: $key, name: $key, rule: {all: []}}) { segment { id } } }'
  await ok(create, { key: 'active' })
  const paused = await ok(create, { key: 'paused' })
  await ok('mutation ($id: ID!) { pauseSegment(input: {id: $id}) { segment { id } } }', {
    id: paused.createSegment.segment.id,
  })
  const versions = async () => {
    const { segments } = await ok('{ segments(orderBy: [{field: key}]) { nodes { key version } } }')
    return Object.fromEntries(segments.nodes.map(({ key, version }: any) => [key, version]))
  }
  const before = await versions()
  await update({ name: 'Another name', timezone: 'Europe/Berlin' })
  expect(await versions()).toEqual(before)
  await update({ timezone: 'Asia/Tokyo' })
  expect(await versions()).toEqual({ ...before, active: before.active + 1 })
})

it('refuses what is no time zone, and says which may be meant', async () => {
  const refused = async (timezone: string) => (await update({ name: 'Never', timezone })).errors?.[0]
  const misspelt = await refused('Europe/Berln')
  expect(misspelt?.extensions).toMatchObject({ code: 'TIMEZONE_UNKNOWN', details: { suggestion: 'Europe/Berlin' } })
  expect(misspelt?.message).toBe(
    'Expected the name of a time zone, such as Europe/Berlin or UTC; got "Europe/Berln". Did you mean Europe/Berlin?',
  )
  for (const text of ['+03:00', '', 'Mars', 'localtime', '../../etc/passwd', 'x'.repeat(10_000)])
    expect([text, (await refused(text))?.extensions]).toEqual([
      text,
      expect.objectContaining({ code: 'TIMEZONE_UNKNOWN' }),
    ])
  for (const name of ['', '  ', 'a\0b']) expect(codeOf(await update({ name }))).toBe('INPUT_INVALID')
  expect(codeOf(await update({ timezone: 'UTC\0' }))).toBe('INPUT_INVALID')
  expect((await ok(TENANT)).viewer.tenant.name).toBe('Another name')
})

it('takes every time zone that it lists', async () => {
  const { timezones } = await ok('{ timezones }')
  expect(timezones).toContain('America/New_York')
  await ok('{ timezones }', {}, as('ours-read'))
  for (const timezone of [timezones[0], timezones.at(-1)])
    expect((await update({ timezone })).data.updateTenant.tenant.timezone).toBe(timezone)
})

it('is for who may do everything, and in the audit log with what was before', async () => {
  for (const key of ['ours-read', 'ours-write'])
    expect(codeOf(await update({ name: 'Theirs' }, as(key)))).toBe('SCOPE_MISSING')
  await update({ name: 'First', timezone: 'Asia/Tokyo' })
  await update({ name: 'Second', timezone: 'UTC' })
  const { auditLog } = await ok(
    '{ auditLog(first: 1, filter: {object: {eq: "tenants"}}) { nodes { action before after key { name } } } }',
  )
  expect(auditLog.nodes).toEqual([
    {
      action: 'updated',
      before: { name: 'First', timezone: 'Asia/Tokyo' },
      after: { name: 'Second', timezone: 'UTC' },
      key: { name: 'admin' },
    },
  ])
  await expect(db.api`UPDATE tenants SET slug = 'mine' WHERE id = ${ours}`).rejects.toThrow('permission denied')
})
