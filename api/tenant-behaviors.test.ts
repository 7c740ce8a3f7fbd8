import { buildClientSchema, buildSchema, getIntrospectionQuery, printSchema } from 'graphql'
import { expect, it } from 'vitest'
import { testDatabase } from '../test/database.ts'
import { codeOf, graphql, okOf } from '../test/graphql.ts'
import { identityOf, seen } from '../test/identity.ts'
import { schema as base } from './schema/index.ts'
import { tenantSchema } from './tenant-schema.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
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

const PRICED = {
  name: 'Item Priced',
  properties: [
    { key: 'price', type: 'NUMBER' },
    { key: 'at', type: 'INSTANT' },
    { key: 'sold', type: 'BOOLEAN' },
    { key: 'size', type: 'CHOICE', choices: ['s', 'm'] },
    { key: 'box', type: 'OBJECT', properties: [{ key: 'on day', type: 'DATE' }] },
    { key: 'box_onDay', type: 'TEXT' },
    { key: 'tags', type: 'LIST', items: { type: 'TEXT' } },
  ],
}
const PRICES = [9.5, 10, '7', null, -3, 1e15, 10, 0.1, undefined]

/** The message ids of all pages of two, by one order, forwards and backwards. */
async function paged(order: object[], filter: object, list = 'events', ask = ok) {
  const page = `query ($f: EventFilter, $o: [EventOrder!], $after: String, $before: String, $first: Int, $last: Int) { PATH }`
  const connection =
    'events(filter: $f, orderBy: $o, first: $first, after: $after, last: $last, before: $before) { edges { cursor node { messageId } } }'
  const path = list === 'events' ? connection : `profileByIdentifier(type: "user_id", value: "eve") { ${connection} }`
  const read = async (more: object) => {
    const data = await ask(page.replace('PATH', path), { f: filter, o: order, ...more })
    return (data.events ?? data.profileByIdentifier.events).edges
  }
  const forwards: any[] = []
  for (let page = await read({ first: 2 }); page.length > 0; page = await read({ first: 2, after: page.at(-1).cursor }))
    forwards.push(...page)
  const backwards: any[] = []
  for (let page = await read({ last: 2 }); page.length > 0; page = await read({ last: 2, before: page[0].cursor }))
    backwards.unshift(...page)
  const ids = (edges: any[]) => edges.map(({ node }) => node.messageId as string)
  expect(ids(backwards)).toEqual(ids(forwards))
  return ids(forwards)
}

it('orders by typed properties, page by page, of all in a range of time and of a person', async () => {
  await define(PRICED)
  const events = PRICES.map((price, n) => ({
    userId: 'eve',
    messageId: `p${n}`,
    event: 'Item Priced',
    timestamp: new Date(Date.now() - n * 1000).toISOString(),
    properties: {
      price,
      at: n === 0 ? 'soon' : new Date(1e12 + ((n * 7) % 5) * 1000).toISOString(),
      sold: n % 2 === 0,
      size: n < 4 ? 's' : 'm',
      box: { 'on day': `2026-01-0${9 - n}` },
      box_onDay: `${n}`,
    },
  }))
  await ok('mutation ($e: [EventInput!]!) { sendEvents(input: {events: $e}) { stored } }', { e: events })
  await identityOf(db).see(ours, [seen({ user_id: 'eve' })])
  const range = {
    behavior: { itemPriced: {} },
    occurredAt: { gte: new Date(Date.now() - 30 * 864e5).toISOString() },
  }
  const by = (field: string, direction = 'ASC') => [{ field: `itemPriced_${field}`, direction }]
  const time = { field: 'occurredAt', direction: 'DESC' }
  // Text, null and nothing are no numbers: missing, and so the largest.
  const ascending = ['p4', 'p7', 'p0', 'p1', 'p6', 'p5', 'p2', 'p3', 'p8']
  expect(await paged([...by('price'), time], range)).toEqual(ascending)
  expect(await paged([...by('price', 'DESC'), time], range)).toEqual([
    ...['p2', 'p3', 'p8', 'p5', 'p1', 'p6', 'p0', 'p7', 'p4'],
  ])
  expect(await paged([...by('price'), time], { behavior: { itemPriced: {} } }, 'of a person')).toEqual(ascending)
  expect(await paged(by('box_onDay'), range)).toEqual(['p8', 'p7', 'p6', 'p5', 'p4', 'p3', 'p2', 'p1', 'p0'])
  const texts = (await ok('{ __type(name: "EventOrderField") { enumValues { name } } }')).__type.enumValues
    .map(({ name }: any) => name)
    .filter((name: string) => name.startsWith('itemPriced_'))
  expect(texts).toEqual([
    'itemPriced_price',
    'itemPriced_at',
    'itemPriced_sold',
    'itemPriced_size',
    'itemPriced_box_onDay',
    expect.stringMatching(/^itemPriced_box_onDay_[0-9a-f]{6}$/),
  ])
  expect(await paged([{ field: texts.at(-1), direction: 'DESC' }], range)).toEqual(
    PRICES.map((_, n) => `p${PRICES.length - 1 - n}`),
  )
  const sizes = await paged([...by('size'), ...by('sold', 'DESC'), ...by('at'), time], range)
  expect(sizes).toEqual(['p4', 'p6', 'p8', 'p5', 'p7', 'p2', 'p0', 'p3', 'p1'].toSorted(bySize))
})

/** m before s, sold before not, then the instant (of p0 there is none), then the latest. */
function bySize(a: string, b: string): number {
  const key = (id: string) => {
    const n = Number(id.slice(1))
    return [n < 4 ? 1 : 0, n % 2, n === 0 ? 9 : (n * 7) % 5, n]
  }
  const [left, right] = [key(a), key(b)]
  const at = left.findIndex((value, i) => value !== right[i])
  return at < 0 ? 0 : left[at]! - right[at]!
}

it('refuses an order by a property of a list that is not of that behavior, or of all time', async () => {
  const code = async (filter: object | null, list = 'events') =>
    codeOf(
      await ask(
        `query ($f: EventFilter) { ${list === 'events' ? '' : 'profileByIdentifier(type: "user_id", value: "eve") {'}
         events(filter: $f, orderBy: [{field: itemPriced_price}]) { totalCount } ${list === 'events' ? '' : '}'} }`,
        { f: filter },
      ),
    )
  const ago = (days: number) => new Date(Date.now() - days * 864e5).toISOString()
  const behavior = { itemPriced: {} }
  const name = { eq: 'Item Priced' }
  expect(await code(null)).toBe('ORDER_UNBOUNDED')
  expect(await code({ occurredAt: { gte: ago(1) } })).toBe('ORDER_UNBOUNDED')
  expect(await code({ behavior })).toBe('ORDER_UNBOUNDED')
  expect(await code({ behavior: { orderCompleted: {} }, occurredAt: { gte: ago(1) } })).toBe('ORDER_UNBOUNDED')
  expect(await code({ behavior, occurredAt: { lt: ago(1) } })).toBe('ORDER_UNBOUNDED')
  expect(await code({ behavior, occurredAt: { gte: ago(40) } })).toBe('ORDER_UNBOUNDED')
  expect(await code({ behavior, or: [{ occurredAt: { gte: ago(1) } }] })).toBe('ORDER_UNBOUNDED')
  expect(await code({ behavior, not: { occurredAt: { gte: ago(1) } } })).toBe('ORDER_UNBOUNDED')
  expect(await code({ or: [{ behavior }, { userId: { eq: 'x' } }], occurredAt: { gte: ago(1) } })).toBe(
    'ORDER_UNBOUNDED',
  )
  expect(await code({ behavior, occurredAt: { gte: ago(400), lt: ago(380) } })).toBeUndefined()
  expect(
    await code({ name, and: [{ occurredAt: { gt: ago(31.5) } }, { occurredAt: { lte: ago(1) } }] }),
  ).toBeUndefined()
  expect(await code({ behavior, occurredAt: { eq: ago(400) } })).toBeUndefined()
  expect(await code({}, 'of a person')).toBe('ORDER_UNBOUNDED')
  expect(await code({ behavior }, 'of a person')).toBeUndefined()
})

it('does not take a cursor for that of another property', async () => {
  const list = (order: string, after: string | null) =>
    ask(
      `query ($f: EventFilter, $a: String) { events(filter: $f, orderBy: [{field: itemPriced_${order}}], first: 1, after: $a) {
        pageInfo { endCursor } } }`,
      {
        f: { behavior: { itemPriced: {} }, occurredAt: { gte: new Date(Date.now() - 864e5).toISOString() } },
        a: after,
      },
    )
  const { endCursor } = (await list('price', null)).data.events.pageInfo
  expect(codeOf(await list('price', endCursor))).toBeUndefined()
  expect(codeOf(await list('at', endCursor))).toBe('CURSOR_INVALID')
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
