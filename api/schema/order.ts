/** Something bought: a head with its items, written together. */
import { type SQL, sql } from 'drizzle-orm'
import type { Transaction } from '../../db/client.ts'
import { orderItems, orders } from '../../db/schema/crm.ts'
import { KithError } from '../../errors.ts'
import { uuidv7 } from '../../db/uuid.ts'
import { builder, MAX_PAGE } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { noun } from '../noun/noun.ts'
import { aboutAccount, aboutPerson, record } from '../noun/record.ts'
import { run } from '../noun/run.ts'
import { type Input, insertRows, type Row } from '../noun/write.ts'
import { Account } from './account.ts'
import { Contact } from './contact.ts'
import { Profile } from './profile.ts'

const OrderItem = noun('OrderItem', orderItems, { plural: 'items', order: { field: 'id', direction: 'ASC' } })

const OrderItemInput = builder.inputType('OrderItemInput', {
  fields: (t) => ({
    externalId: t.string(),
    sku: t.string({ required: true }),
    name: t.string(),
    quantity: t.field({ type: 'Decimal', required: true }),
    unitPrice: t.field({ type: 'Decimal', required: true }),
    currency: t.string({ description: "The order's when left out." }),
    custom: t.field({ type: 'JSON' }),
  }),
})

export const Order = record('Order', orders, {
  plural: 'orders',
  description: 'Something bought: a head with its items.',
  columns: {
    number: 'As the customer knows it.',
    status: 'Such as "placed", "paid", "shipped", "returned".',
    amount: 'What it costs in all.',
    currency: 'ISO 4217, such as "EUR".',
    placedAt: '',
  },
  order: { field: 'placedAt', direction: 'DESC' },
  inputs: (t) => ({
    items: t.field({ type: [OrderItemInput], description: 'All of its items; those there were before are replaced.' }),
  }),
  after: writeItems,
})

aboutAccount(Order, Account)
aboutPerson(Order, Profile, Contact)

builder.node(OrderItem.ref, {
  description: 'One line of an order.',
  ...nodeOptions(OrderItem),
  fields: (t) => ({
    ...columnFields(t, OrderItem, {
      externalId: '',
      sku: 'What was bought.',
      name: '',
      quantity: '',
      unitPrice: '',
      currency: 'ISO 4217, such as "EUR".',
      custom: 'Your own fields.',
      createdAt: '',
    }),
    order: rowField(t, Order, 'The order that it is part of.', 'orderId'),
  }),
})

builder.objectFields(Order.ref, (t) => ({
  items: connectionField(
    t,
    { noun: OrderItem, name: 'of order', where: (key: SQL) => sql`t.order_id = ${key}` },
    'What was bought.',
    'id',
  ),
}))

async function writeItems(tx: Transaction, order: Row, { items }: Input): Promise<void> {
  if (items == null) return
  const list = items as Input[]
  if (list.length > MAX_PAGE) {
    throw new KithError('PAGE_TOO_LARGE', `Expected at most ${MAX_PAGE} items in an order, got ${list.length}.`)
  }
  await run(tx, sql`DELETE FROM order_items WHERE order_id = ${order.id}::uuid`, true)
  const names = ['id', 'externalId', 'orderId', 'sku', 'name', 'quantity', 'unitPrice', 'currency', 'custom']
  const now = Date.now()
  // With ids of our own, which grow: the items keep the order in which they were given.
  const rows = list.map((item) => ({
    currency: order.currency,
    ...withoutNull(item),
    orderId: order.id,
    id: uuidv7(now),
  }))
  await insertRows(tx, { noun: OrderItem, references: {}, names }, rows)
}

function withoutNull(input: Input): Input {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))
}
