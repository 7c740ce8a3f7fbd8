import { buildClientSchema, getIntrospectionQuery } from 'graphql'
import { expect, it } from 'vitest'
import { testDatabase } from '../test/database.ts'
import { codeOf, graphql } from '../test/graphql.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
const theirs = await db.createTenant('theirs')
const as = graphql(db.api)
const ask = as('ours-admin')

for (const tenant of [ours, theirs]) {
  await db.owner`INSERT INTO contacts (tenant_id, email, external_id) VALUES (${tenant}, 'ada@example.com', 'c-1')`
  await db.owner`INSERT INTO orders (tenant_id, email, amount, currency, placed_at) VALUES (${tenant}, 'a@example.com', 1, 'EUR', now())`
}

const UNSPEAKABLE = ["'; DROP TABLE contacts; --", '"', "\\'", '$1', '%', '\u202e', '\ud83d\ude00', 'x'.repeat(100_000)]

it.each(UNSPEAKABLE.map((text) => [text.slice(0, 30), text] as const))(
  'takes %j for text, wherever text may be',
  async (_, text) => {
    const filters = ['eq', 'ne', 'contains', 'startsWith', 'endsWith', 'gt'].map((operator) => ({
      email: { [operator]: text },
    }))
    const query = 'query ($filter: ContactFilter) { contacts(filter: $filter) { totalCount } }'
    for (const filter of [
      ...filters,
      { email: { in: [text] } },
      { custom: [{ path: text.slice(0, 100), eq: text }] },
    ]) {
      const { errors, data } = await ask(query, { filter })
      expect(errors).toBeUndefined()
      expect(data.contacts.totalCount).toBeTypeOf('number')
    }
    const create =
      'mutation ($input: CreateContactInput!) { createContact(input: $input) { contact { title custom } } }'
    const { data, errors } = await ask(create, { input: { title: text, custom: { [text.slice(0, 100)]: text } } })
    expect(errors).toBeUndefined()
    expect(data.createContact.contact).toEqual({ title: text, custom: { [text.slice(0, 100)]: text } })
    expect(
      (await ask('query ($key: String) { contact(externalId: $key) { id } }', { key: text })).data.contact,
    ).toBeNull()
  },
)

it('refuses what Postgres cannot keep', async () => {
  const create = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { contact { id } } }'
  for (const input of [
    { title: 'a\0b' },
    { custom: { a: '\0' } },
    { custom: { a: '\ud800' } },
    { custom: 'text' },
    { custom: [1] },
  ]) {
    expect(codeOf(await ask(create, { input })), JSON.stringify(input)).toBe('INPUT_INVALID')
  }
  const filter = 'query ($filter: ContactFilter) { contacts(filter: $filter) { totalCount } }'
  expect(codeOf(await ask(filter, { filter: { email: { eq: 'a\0b' } } }))).toBe('INPUT_INVALID')
  expect(codeOf(await ask(filter, { filter: { custom: [{ path: 'a\0', eq: 1 }] } }))).toBe('INPUT_INVALID')
})

it.each([
  ['{ node(id: "") { id } }', 'ID_INVALID'],
  ['{ node(id: "Contact") { id } }', 'ID_INVALID'],
  ['{ contact(id: "no uuid") { id } }', 'ID_INVALID'],
  ['{ contact(id: "Order:0199ad3c-0000-7000-8000-000000000000") { id } }', 'ID_INVALID'],
  ['{ contacts(filter: {id: {eq: "1 OR 1=1"}}) { totalCount } }', 'ID_INVALID'],
  ['{ contact { id } }', 'INPUT_INVALID'],
  ['{ contacts(first: 501) { totalCount } }', 'PAGE_TOO_LARGE'],
  ['{ contacts(first: -1) { totalCount } }', 'INPUT_INVALID'],
  ['{ contacts(first: 1, last: 1) { totalCount } }', 'INPUT_INVALID'],
  ['{ contacts(first: 99999999999) { totalCount } }', 'GRAPHQL_VALIDATION_FAILED'],
  ['{ contacts(after: "x") { nodes { id } } }', 'CURSOR_INVALID'],
  ['{ contacts(after: "") { nodes { id } } }', undefined],
  [`{ contacts(after: "${cursor(['-id'])}") { nodes { id } } }`, 'CURSOR_INVALID'],
  [`{ contacts(after: "${cursor(['-id', 'no uuid'])}") { nodes { id } } }`, 'CURSOR_INVALID'],
  [`{ contacts(after: "${cursor(['-id', { $ne: 1 }])}") { nodes { id } } }`, 'CURSOR_INVALID'],
  [`{ contacts(after: "${cursor(['-createdAt,-id', 'x', 'y'])}") { nodes { id } } }`, 'CURSOR_INVALID'],
  [`{ contacts(after: "${cursor({})}") { nodes { id } } }`, 'CURSOR_INVALID'],
  ['{ contacts(filter: {email: {eq: null}}) { totalCount } }', 'FILTER_INVALID'],
  ['{ contacts(filter: {email: null}) { totalCount } }', 'FILTER_INVALID'],
  [`{ contacts(filter: {email: {in: [${'"a",'.repeat(1001)}]}}) { totalCount } }`, 'FILTER_INVALID'],
  [`{ contacts(filter: {or: [${'{email: {eq: "a"}},'.repeat(201)}]}) { totalCount } }`, 'FILTER_INVALID'],
  ['{ contacts(filter: {createdAt: {gt: "yesterday"}}) { totalCount } }', 'GRAPHQL_VALIDATION_FAILED'],
  ['{ contacts(filter: {createdAt: {gt: "2026-13-45T00:00:00Z"}}) { totalCount } }', 'GRAPHQL_VALIDATION_FAILED'],
  ['{ orders(filter: {amount: {gt: "1e400"}}) { totalCount } }', 'GRAPHQL_VALIDATION_FAILED'],
  ['{ orders(filter: {amount: {gt: "NaN"}}) { totalCount } }', 'GRAPHQL_VALIDATION_FAILED'],
  ['{ contacts(orderBy: [{field: nothing}]) { totalCount } }', 'GRAPHQL_VALIDATION_FAILED'],
  [`{ contacts(orderBy: [${'{field: id},'.repeat(5)}]) { nodes { id } } }`, 'INPUT_INVALID'],
  [`{ nodes(ids: [${'"Contact:0199ad3c-0000-7000-8000-000000000000",'.repeat(501)}]) { id } }`, 'PAGE_TOO_LARGE'],
  ['{ contacts(filter: {custom: [{path: "a", contains: "x", gt: 5}]}) { totalCount } }', undefined],
  ['{ contacts(filter: {custom: [{path: "", eq: 1}, {path: "....", exists: false}]}) { totalCount } }', undefined],
  ['{ contacts(first: 0) { nodes { id } pageInfo { hasNextPage } } }', undefined],
])('answers %s', async (query, code) => {
  expect(codeOf(await ask(query)), query).toBe(code)
})

it('refuses a filter nested without end, in no time', async () => {
  const filter = (depth: number): object => (depth === 0 ? { email: { eq: 'a' } } : { not: filter(depth - 1) })
  const query = 'query ($filter: ContactFilter) { contacts(filter: $filter) { totalCount } }'
  expect(codeOf(await ask(query, { filter: filter(50) }))).toBeUndefined()
  const started = performance.now()
  expect(codeOf(await ask(query, { filter: filter(2000) }))).toBe('FILTER_INVALID')
  expect(performance.now() - started).toBeLessThan(20_000)
})

it('refuses duplicates, fragments and cycles that blow up, in no time', async () => {
  const bombs = [
    `{ ${'contacts { totalCount } '.repeat(900)} }`,
    `{ ...a } fragment a on Query { ...b ...b } fragment b on Query { ...c ...c } fragment c on Query { ...a }`,
    `query { ${Array.from({ length: 60 }, (_, i) => `a${i}: contacts(first: 500) { nodes { account { contacts(first: 500) { nodes { id } } } } }`).join(' ')} }`,
    `{ ${Array.from({ length: 30 }, (_, i) => `...f${i}`).join(' ')} }
     ${Array.from({ length: 30 }, (_, i) => `fragment f${i} on Query { contacts { nodes { id ${i < 29 ? `account { contacts { nodes { id } } }` : ''} } } ...f${Math.min(i + 1, 29)} }`).join('\n')}`,
  ]
  for (const bomb of bombs) {
    const started = performance.now()
    await ask(bomb)
    expect(performance.now() - started, bomb.slice(0, 80)).toBeLessThan(20_000)
  }
  expect(codeOf(await ask(bombs[2] as string))).toBe('QUERY_TOO_COMPLEX')
})

it('lets itself be introspected with a key, and not without one', async () => {
  const { data } = await ask(getIntrospectionQuery())
  expect(buildClientSchema(data).getType('Profile')).toBeDefined()
  expect(codeOf(await as(null)(getIntrospectionQuery()))).toBe('KEY_UNKNOWN')
})

it('gives no row of another tenant for any id of theirs', async () => {
  const { data } = await as('theirs-admin')(
    '{ contacts { nodes { id } } orders { nodes { id } } apiKeys { nodes { id } } viewer { tenant { id } } }',
  )
  const ids = [...data.contacts.nodes, ...data.orders.nodes, ...data.apiKeys.nodes, data.viewer.tenant].map(
    ({ id }) => id,
  )
  expect(ids.length).toBeGreaterThanOrEqual(6)
  const { data: found } = await ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })
  expect(found.nodes).toEqual(ids.map(() => null))
})

it('neither links nor lists across tenants', async () => {
  const { data } = await as('theirs-admin')('{ contacts { nodes { id } } }')
  const [{ id }] = data.contacts.nodes
  const create =
    'mutation ($input: CreateTicketInput!) { createTicket(input: $input) { ticket { contact { email } } } }'
  expect(codeOf(await ask(create, { input: { subject: 'x', contactId: id } }))).toBe('REFERENCE_NOT_FOUND')
  expect(
    (await ask('query ($id: ID!) { contacts(filter: {id: {in: [$id]}}) { totalCount } }', { id })).data.contacts
      .totalCount,
  ).toBe(0)
})

/** What a forger would send. */
function cursor(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

it('fails the field whose statement failed, and runs those behind it again', async () => {
  const query = `query ($text: String, $id: ID!) {
    viewer { scopes }
    before: node(id: $id) { id }
    broken: contact(externalId: $text) { id }
    after: order(externalId: "none") { id }
  }`
  const id = (await ask('{ contacts(filter: {externalId: {eq: "c-1"}}) { nodes { id } } }')).data.contacts.nodes[0].id
  const { data, errors } = await ask(query, { text: 'a\0b', id })
  expect(errors).toMatchObject([{ path: ['broken'], extensions: { code: 'INPUT_INVALID' } }])
  expect(data).toMatchObject({ before: { id }, broken: null, after: null })
})

const nested = (depth: number): object => (depth === 0 ? {} : { a: nested(depth - 1) })

it.each([
  ['U+0000', { title: 'a\0b' }],
  ['half of a surrogate pair', { externalId: 'a\ud800' }],
  ['half of a surrogate pair in a key', { custom: { '\udfff': 1 } }],
  ['U+0000 deep within', { custom: { a: [{ b: '\0' }] } }],
  ['objects too deep', { custom: nested(65) }],
])('refuses a record with %s, and says why', async (_, input) => {
  for (const [mutation, more] of [
    ['createContact', {}],
    ['upsertContact', { externalId: 'odd' }],
  ] as const) {
    const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`
    const text = `mutation ($input: ${type}!) { ${mutation}(input: $input) { contact { id } } }`
    expect(codeOf(await ask(text, { input: { ...more, ...input } }))).toBe('INPUT_INVALID')
  }
})

it('refuses numbers that JSON cannot say, wherever JSON may be: they would be stored as null', async () => {
  const contact = await ask('mutation { upsertContact(input: {externalId: "huge", custom: {a: [1e400]}}) { created } }')
  expect(contact.errors![0]!.message).toContain('double')
  const event = await ask(
    'mutation { sendEvents(input: {events: [{userId: "ada", event: "x", properties: {a: -1e400}}]}) { stored } }',
  )
  expect(event.errors![0]!.message).toContain('double')
  const deep = await ask(
    'mutation ($custom: JSON) { upsertContact(input: {externalId: "deep", custom: $custom}) { created } }',
    { custom: nested(2000) },
  )
  expect(deep.errors![0]!.message).toContain('levels')
})
