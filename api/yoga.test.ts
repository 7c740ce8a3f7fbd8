import { expect, it } from 'vitest'
import { testDatabase } from '../test/database.ts'
import { graphql } from '../test/graphql.ts'
import { LIMITS } from './yoga.ts'

const db = await testDatabase()
await db.createTenant('ours')
const ask = graphql(db.api)('ours-read')
const code = async (query: string) => (await ask(query)).errors?.[0]?.extensions.code

it.each([
  ['QUERY_TOO_LONG', `{ ${'__typename '.repeat(LIMITS.tokens)} }`],
  ['QUERY_TOO_DEEP', `{ ${'a { '.repeat(LIMITS.depth + 1)} b ${'} '.repeat(LIMITS.depth + 1)} }`],
  [
    'QUERY_TOO_MANY_ALIASES',
    `{ ${Array.from({ length: LIMITS.aliases + 1 }, (_, i) => `a${i}: profiles { totalCount }`).join(' ')} }`,
  ],
  ['QUERY_TOO_MANY_DIRECTIVES', `{ __typename ${'@skip(if: false) '.repeat(LIMITS.directives + 1)} }`],
  ['GRAPHQL_PARSE_FAILED', '{ profiles { '],
  ['GRAPHQL_VALIDATION_FAILED', '{ nothing }'],
])('answers %s', async (expected, query) => {
  const { errors, data, status } = await ask(query)
  expect(errors?.[0]?.extensions.code).toBe(expected)
  expect(status).toBe(400)
  expect(data).toBeUndefined()
})

it('refuses variables of another type as a whole, and of a field that fails on its way only that', async () => {
  const query = 'query ($n: Int, $key: ID!) { profiles(first: $n) { totalCount } contact(id: $key) { id } }'
  const { errors, data, status } = await ask(query, { n: 'x', key: 'Contact:1' })
  expect([status, data, errors![0]!.extensions.code]).toEqual([400, undefined, 'GRAPHQL_VALIDATION_FAILED'])
  const answered = await ask(query, { n: 1, key: 'nobody' })
  expect([answered.status, answered.data.contact]).toEqual([200, null])
})

it('refuses what would read too much before it reads anything', async () => {
  const list = (inner: string) => `profiles(first: 500) { nodes { ${inner} } }`
  expect(await code(`{ ${list('id traits')} }`)).toBeUndefined()
  const wide = Array.from({ length: 60 }, (_, i) => `a${i}: traits b${i % 30}: lastSeen`)
    .slice(0, 50)
    .join(' ')
  expect(await code(`{ ${list(wide)} }`)).toBe('QUERY_TOO_COMPLEX')
})

it('tells nothing of an unforeseen error', async () => {
  await db.owner`ALTER TABLE profiles RENAME COLUMN traits TO secret_column`
  const { errors, status } = await ask('{ profiles { nodes { id } } }')
  await db.owner`ALTER TABLE profiles RENAME COLUMN secret_column TO traits`
  expect(JSON.stringify(errors)).not.toMatch(/traits|secret|SELECT/)
  expect(errors?.[0]?.extensions).toEqual({ code: 'INTERNAL', requestId: expect.any(String) })
  expect(status).toBe(500)
})

it('takes one operation a request', async () => {
  const response = await ask(JSON.stringify([{ query: '{ __typename }' }]))
  expect(response.errors).toHaveLength(1)
})
