import { expect, it, vi } from 'vitest'

vi.hoisted(() => {
  process.env.SOURCE_HOSTS = '127.0.0.1'
})

const { testDatabase } = await import('../../test/database.ts')
const { graphql } = await import('../../test/graphql.ts')

const db = await testDatabase()
await db.createTenant('shop')
const ask = graphql(db.api)('shop-admin')

const HALF = 'x\ud800'
const url = 'postgres://a:b@127.0.0.1:1/x'

it.each([
  ['createSource', 'name', { name: HALF }],
  ['createSource', 'kind', { name: 'x', kind: HALF }],
  ['updateSource', 'name', { id: '00000000-0000-7000-8000-000000000001', name: HALF }],
  ['updateGate', 'internalUsers', { internalUsers: ['ada', HALF] }],
  ['updateGate', 'internalUsers', { internalUsers: ['a\0'] }],
  ['createWebhook', 'name', { name: HALF, verify: 'hmac', secret: 'x', mapping: 'null' }],
  ['createPostgresSource', 'name', { name: HALF, url, table: 't', cursor: 'c', id: 'i', mapping: 'null' }],
  ['createPostgresSource', 'tables', { name: 'x', url, mode: 'REPLICATION', tables: [HALF], mapping: 'null' }],
])('%s refuses half of a character in %s, which Postgres would keep as another', async (name, member, input) => {
  const pascal = `${name[0]!.toUpperCase()}${name.slice(1)}`
  const { errors } = await ask(`mutation ($input: ${pascal}Input!) { ${name}(input: $input) { __typename } }`, {
    input,
  })
  expect(errors![0]).toMatchObject({
    extensions: { code: 'INPUT_INVALID' },
    message: expect.stringContaining(`${member}: `),
  })
})
