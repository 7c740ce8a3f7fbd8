import { buildClientSchema, buildSchema, getIntrospectionQuery, printSchema } from 'graphql'
import { expect, it } from 'vitest'
import { testDatabase } from '../test/database.ts'
import { codeOf, graphql, okOf } from '../test/graphql.ts'
import { schema as base } from './schema/index.ts'
import { tenantSchema } from './tenant-schema.ts'

const db = await testDatabase()
await db.createTenant('ours')
await db.createTenant('theirs')
const as = graphql(db.api)
const ask = as('ours-admin')

const ok = okOf(ask)

const define = (input: object) =>
  ok('mutation ($i: CreateBehaviorInput!) { createBehavior(input: $i) { behavior { id } } }', { i: input })

const ORDER = {
  name: 'Order Completed',
  description: 'Somebody "bought".',
  properties: [
    { key: 'total', type: 'NUMBER', required: true },
    { key: 'currency', type: 'CHOICE', choices: ['EUR', 'USD'] },
    { key: 'state', type: 'CHOICE', choices: ['in the post', 'there'] },
    { key: 'placed at', type: 'INSTANT' },
    {
      key: 'address',
      type: 'OBJECT',
      properties: [
        { key: 'city', type: 'TEXT' },
        { key: 'since', type: 'DATE' },
      ],
    },
    {
      key: 'products',
      type: 'LIST',
      items: {
        type: 'OBJECT',
        properties: [
          { key: 'sku', type: 'TEXT', required: true },
          { key: 'kind', type: 'CHOICE', choices: ['a', 'b'] },
        ],
      },
    },
    { key: 'tags', type: 'LIST', items: { type: 'TEXT' } },
    { key: 'anything', type: 'OBJECT' },
  ],
}

it('has the types of its behaviors in its schema from the moment they are defined, for their tenant only', async () => {
  await define(ORDER)
  await define({ name: 'Nothing Said', mode: 'STRICT' })
  await define({ name: 'identify', properties: [{ key: 'vip', type: 'BOOLEAN' }] })
  const mine = printSchema(buildClientSchema(await ok(getIntrospectionQuery())))
  expect(mine).toContain('union BehaviorEvent = NothingSaidEvent | OrderCompletedEvent | IdentifyEvent')
  expect(mine).toContain('products: [OrderCompletedEventProducts]')
  expect(mine).toContain('"""Somebody "bought"."""')
  expect(() => buildSchema(mine)).not.toThrow()
  const theirs = buildClientSchema(await ok(getIntrospectionQuery(), {}, as('theirs-read')))
  expect(theirs.getType('BehaviorEvent')).toBeUndefined()
})

const TYPED = `... on OrderCompletedEvent { behaviorName total currency state placedAt address { city since }
  products { sku kind } tags anything }`
const order = {
  total: 12.5,
  currency: 'EUR',
  state: 'in the post',
  placedAt: '2026-11-24T12:00:00+01:00',
  address: { city: 'Ulm', since: '2026-01-02' },
  products: [{ sku: 'a', kind: 'b' }, { sku: 'c' }],
  tags: ['x', 'y'],
  anything: { at: ['all'] },
}

it('sends and reads events by their types', async () => {
  const { sendEvents } = await ok(
    'mutation ($e: [EventInput!]!) { sendEvents(input: {events: $e}) { stored dead { reason } } }',
    {
      e: [
        { userId: 'ada', messageId: 'typed', behavior: { orderCompleted: order } },
        {
          userId: 'ada',
          event: 'Order Completed',
          properties: { total: 'no number', currency: 'GBP', address: 'x', products: ['y', null], tags: 3 },
        },
        { userId: 'ada', behavior: { identify: { vip: true } } },
        { userId: 'ada', behavior: { nothingSaid: {} } },
        { userId: 'ada', event: 'Undefined' },
      ],
    },
  )
  expect(sendEvents).toEqual({ stored: 5, dead: [] })
  const { events } =
    await ok(`{ events(orderBy: [{field: receivedAt, direction: ASC}]) { nodes { name messageId properties traits
    behavior { __typename ${TYPED} ... on IdentifyEvent { vip } } } } }`)
  const byName = (name: string) => events.nodes.filter((event: any) => event.name === name)
  const typed = byName('Order Completed').find((event: any) => event.messageId === 'typed')
  const { placedAt, ...rest } = order
  expect(typed.properties).toEqual({ ...rest, 'placed at': placedAt })
  expect(typed.behavior).toEqual({
    __typename: 'OrderCompletedEvent',
    behaviorName: 'Order Completed',
    ...order,
    products: [
      { sku: 'a', kind: 'b' },
      { sku: 'c', kind: null },
    ],
  })
  const wrong = byName('Order Completed').find((event: any) => event.messageId !== 'typed')
  expect(wrong.behavior).toMatchObject({
    total: null,
    currency: null,
    address: null,
    products: [null, null],
    tags: null,
  })
  expect(byName('identify')[0]).toMatchObject({ traits: { vip: true }, behavior: { vip: true } })
  expect(byName('Nothing Said')[0].behavior).toEqual({ __typename: 'NothingSaidEvent' })
  expect(byName('Undefined')[0].behavior).toBeNull()
})

it('filters by typed properties, in every branch and of a person', async () => {
  const found = async (filter: object) =>
    (await ok('query ($f: EventFilter) { events(filter: $f) { nodes { messageId name } } }', { f: filter })).events
      .nodes.length
  const by = (conditions: object) => ({ behavior: { orderCompleted: conditions } })
  expect(await found(by({}))).toBe(2)
  expect(await found(by({ total: { gt: '12' } }))).toBe(1)
  expect(await found(by({ total: { gt: '12.5' } }))).toBe(0)
  expect(
    await found(by({ currency: { eq: 'EUR' }, address: { city: { startsWith: 'U' }, since: { lt: '2026-02-01' } } })),
  ).toBe(1)
  expect(await found(by({ state: { eq: 'in the post' }, placedAt: { gte: '2026-11-24T11:00:00Z' } }))).toBe(1)
  expect(await found({ not: by({}) })).toBe(3)
  expect(await found({ or: [by({ total: { eq: '12.5' } }), { behavior: { identify: { vip: { eq: true } } } }] })).toBe(
    2,
  )
  expect(await found({ ...by({}), messageId: { eq: 'typed' }, and: [{ name: { ne: 'x' } }] })).toBe(1)
  expect(codeOf(await ask('{ events(filter: {behavior: null}) { totalCount } }'))).toBe('FILTER_INVALID')
  expect(codeOf(await ask('{ events(filter: {behavior: {orderCompleted: {total: null}}}) { totalCount } }'))).toBe(
    'FILTER_INVALID',
  )
})

it('refuses what the types refuse, and an event that is said twice', async () => {
  const send = async (event: object) =>
    codeOf(await ask('mutation ($e: [EventInput!]!) { sendEvents(input: {events: $e}) { stored } }', { e: [event] }))
  expect(await send({ userId: 'a', behavior: { orderCompleted: { total: 'x' } } })).toBe('GRAPHQL_VALIDATION_FAILED')
  expect(await send({ userId: 'a', behavior: { orderCompleted: {}, identify: {} } })).toBe('GRAPHQL_VALIDATION_FAILED')
  expect(await send({ userId: 'a', behavior: { nobodyKnows: {} } })).toBe('GRAPHQL_VALIDATION_FAILED')
  expect(await send({ userId: 'a', event: 'x', behavior: { orderCompleted: {} } })).toBe('INPUT_INVALID')
})

it('makes a schema of any names, and of no more than it can hold', () => {
  const behavior = (name: string, properties: any[] = []) => ({
    name,
    description: null,
    mode: 'strict' as const,
    properties,
  })
  const names = [
    'a b',
    'A B',
    'a-b',
    '买',
    'купить',
    '9 lives',
    '__typename',
    'Behavior',
    'Profile',
    'order',
    '"; }',
    'behavior event',
  ]
  const keys = [
    'a',
    'A',
    'a b',
    'aB',
    '买',
    '9',
    '__x',
    'behaviorName',
    'behavior name',
    '$traffic',
    'true',
    'any',
    '"\\',
  ]
  const properties = keys.map((key) => ({ key, type: 'text', required: true }))
  const nested = keys.map((key) => ({ key, type: 'object', properties }))
  const all = names.map((name, n) => behavior(name, n % 2 ? nested : properties))
  const printed = printSchema(tenantSchema({ fields: [], objects: [], behaviors: all }))
  expect(() => buildSchema(printed)).not.toThrow()
  expect(printed.match(/^type \w+Event {/gm)!.length).toBeGreaterThanOrEqual(names.length)
  const many = Array.from({ length: 100 }, (_, n) =>
    behavior(
      `b${n}`,
      Array.from({ length: 100 }, (_, k) => ({ key: `k${k}`, type: 'text' })),
    ),
  )
  const bounded = tenantSchema({ fields: [], objects: [], behaviors: many })
  expect(Object.keys(bounded.getTypeMap()).length).toBeLessThan(Object.keys(base.getTypeMap()).length + 200)
})
