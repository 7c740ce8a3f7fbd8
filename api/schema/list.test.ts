import { expect, it } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { codeOf as code, graphql, okOf } from '../../test/graphql.ts'

const db = await testDatabase()
await db.createTenant('ours')
await db.createTenant('theirs')
const as = graphql(db.api)
const ask = as('ours-admin')

const ok = okOf(ask)

const CREATE = `mutation ($key: String!) { createList(input: {key: $key, name: "List"}) { list { id key } } }`
const ADD = `mutation ($input: AddToListInput!) { addToList(input: $input) { count list { members { totalCount nodes { type value } } } } }`
const REMOVE = `mutation ($input: RemoveFromListInput!) { removeFromList(input: $input) { count list { members { totalCount } } } }`
const DELETE = 'mutation ($id: ID!) { deleteList(input: {id: $id}) { deletedId } }'

const { id } = (await ok(CREATE, { key: 'vip' })).createList.list as { id: string }
const ada = { type: 'email', value: ' Ada@Example.com ' }
const bob = { type: 'user_id', value: 'bob' }

it('takes people on and off, each once', async () => {
  const first = (await ok(ADD, { input: { id, members: [ada, bob, bob] } })).addToList
  expect(first.count).toBe(2)
  expect(first.list.members.nodes).toEqual([{ type: 'email', value: 'ada@example.com' }, bob])
  expect((await ok(ADD, { input: { id, members: [ada] } })).addToList.count).toBe(0)
  const last = (await ok(REMOVE, { input: { id, members: [{ type: 'email', value: 'ADA@example.com' }] } }))
    .removeFromList
  expect(last).toEqual({ count: 1, list: { members: { totalCount: 1 } } })
})

it('refuses what does not fit', async () => {
  expect(code(await ask(CREATE, { key: 'vip' }))).toBe('CONFLICT')
  expect(code(await ask(CREATE, { key: 'No Key' }))).toBe('INPUT_INVALID')
  expect(code(await ask(ADD, { input: { id, members: [{ type: 'email', value: ' ' }] } }))).toBe('INPUT_INVALID')
  const many = Array.from({ length: 5001 }, (_, n) => ({ type: 'user_id', value: `u${n}` }))
  expect(code(await ask(ADD, { input: { id, members: many } }))).toBe('PAGE_TOO_LARGE')
  expect(code(await as('theirs-admin')(ADD, { input: { id, members: [bob] } }))).toBe('NOT_FOUND')
})

it('takes a type of identifiers for what it is called here', async () => {
  const answer = await ask(ADD, { input: { id, members: [{ type: 'userId', value: 'bob' }] } })
  expect(answer.errors).toMatchObject([
    { message: expect.stringContaining('got "userId"'), extensions: { code: 'INPUT_INVALID' } },
  ])
})

it('is asked for by rules once it is there, and stays while they do', async () => {
  const rule = { any: [{ all: [] }, { list: { key: 'guests' } }] }
  const save = `mutation ($rule: JSON!) { createSegment(input: {key: "guests", name: "Guests", rule: $rule}) { segment { id } } }`
  const preview = 'query ($rule: JSON!) { previewSegment(rule: $rule) { matching { count } } }'
  for (const text of [save, preview]) {
    expect((await ask(text, { rule })).errors).toMatchObject([
      {
        message: 'There is no list with the key "guests"; make it first, by createList.',
        extensions: { code: 'RULE_INVALID', details: { path: ['any', 1, 'list', 'key'] } },
      },
    ])
  }
  const guests = (await ok(CREATE, { key: 'guests' })).createList.list.id as string
  const segment = (await ok(save, { rule })).createSegment.segment.id as string
  expect((await ask(DELETE, { id: guests })).errors).toMatchObject([
    { extensions: { code: 'LIST_IN_USE', details: { usedBy: ['segment guests'] } } },
  ])
  await ok('mutation ($id: ID!) { archiveSegment(input: {id: $id}) { segment { id } } }', { id: segment })
  await ok(DELETE, { id: guests })
})

it('is deleted with its members', async () => {
  const other = (await ok(CREATE, { key: 'other' })).createList.list.id as string
  await ok(ADD, { input: { id: other, members: [bob] } })
  await ok(DELETE, { id: other })
  expect((await ok('{ lists { nodes { key } } }')).lists.nodes).toEqual([{ key: 'vip' }])
  expect(code(await ask(DELETE, { id: other }))).toBe('NOT_FOUND')
})
