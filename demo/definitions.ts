/** What the demo's tenant wants to know about its people. demo.test.ts proves that the engine takes every rule. */
import type { Property } from '../engine/model/property.ts'

export type DemoSegment = { key: string; name: string; description: string; rule: unknown }
export type DemoLabel = DemoSegment

const INTENT = ['Pricing Viewed', 'Checkout Started']

export const SEGMENTS: readonly DemoSegment[] = [
  {
    key: 'looking_at_prices',
    name: 'Looking at prices',
    description: 'Viewed the prices in the last 30 seconds. In within milliseconds, and out by itself.',
    rule: { event: { name: 'Pricing Viewed', within: 'PT30S' } },
  },
  {
    key: 'hesitating',
    name: 'Hesitating',
    description: 'Put something in the cart and did not go on to the checkout within 30 seconds.',
    rule: {
      all: [
        {
          followedBy: {
            first: { name: 'Product Added' },
            then: { name: ['Checkout Started', 'Order Completed'] },
            within: 'PT30S',
            absent: true,
          },
        },
        { event: { name: 'Product Added', within: 'PT5M' } },
      ],
    },
  },
  {
    key: 'high_intent_unresolved',
    name: 'High intent, unresolved',
    description: 'Looked at prices or began a checkout today, and 10 minutes later had not ordered.',
    rule: {
      all: [
        {
          followedBy: { first: { name: INTENT }, then: { name: 'Order Completed' }, within: 'PT10M', absent: true },
        },
        { event: { name: INTENT, within: 'P1D' } },
      ],
    },
  },
  {
    key: 'cart_abandoned',
    name: 'Cart abandoned',
    description: 'A cart of the last week that was not ordered within an hour. Each cart counts by itself.',
    rule: {
      all: [
        {
          followedBy: {
            first: { name: 'Product Added' },
            then: { name: 'Order Completed' },
            within: 'PT1H',
            absent: true,
            by: 'cartId',
          },
        },
        { event: { name: 'Product Added', within: 'P7D' } },
      ],
    },
  },
  {
    key: 'vip',
    name: 'VIP',
    description: 'Ordered for 1,000 or more in the last year.',
    rule: {
      record: {
        kind: 'order',
        where: { path: 'status', notIn: ['cancelled', 'returned'] },
        within: 'P365D',
        aggregate: { sum: 'amount', gte: 1000 },
      },
    },
  },
  {
    key: 'newsletter',
    name: 'Newsletter',
    description: 'Agreed to the newsletter by e-mail.',
    rule: { consent: { purpose: 'newsletter', channel: 'email', is: 'granted' } },
  },
  {
    key: 'vip_without_newsletter',
    name: 'VIP without newsletter',
    description: 'Worth a letter on paper. Made of two other segments.',
    rule: { all: [{ segment: { key: 'vip' } }, { not: { segment: { key: 'newsletter' } } }] },
  },
  {
    key: 'lapsing',
    name: 'Lapsing',
    description: 'Ordered at least twice, but not in the last 60 days.',
    rule: {
      all: [
        { record: { kind: 'order', count: { gte: 2 } } },
        { record: { kind: 'order', within: 'P60D', count: { eq: 0 } } },
      ],
    },
  },
  {
    key: 'gift_shoppers',
    name: 'Gift shoppers',
    description: 'Looked at three or more gifts in two weeks.',
    rule: {
      event: { name: 'Product Viewed', where: { path: 'category', eq: 'gifts' }, within: 'P14D', count: { gte: 3 } },
    },
  },
  {
    key: 'renewal_due',
    name: 'Renewal due',
    description: 'Signs for a wholesale contract that ends within 30 days.',
    rule: {
      record: {
        kind: 'contract',
        where: [
          { path: 'status', eq: 'active' },
          { path: 'endsAt', withinNext: 'P30D' },
        ],
      },
    },
  },
]

const orders = (count: Record<string, number>, within?: string) => ({
  record: { kind: 'order', count, ...(within && { within }) },
})

export const LABELS: readonly DemoLabel[] = [
  {
    key: 'lifecycle',
    name: 'Lifecycle',
    description: 'Where a person stands with the shop.',
    rule: {
      cases: [
        { when: orders({ eq: 0 }), value: 'visitor' },
        { when: { all: [orders({ eq: 1 }), orders({ gte: 1 }, 'P30D')] }, value: 'new' },
        { when: orders({ gte: 1 }, 'P60D'), value: 'active' },
        { when: orders({ gte: 1 }, 'P180D'), value: 'lapsing' },
      ],
      otherwise: 'lost',
    },
  },
  {
    key: 'value',
    name: 'Value',
    description: 'By what the person ordered in the last year.',
    rule: {
      cases: [
        { when: spent(1000), value: 'gold' },
        { when: spent(250), value: 'silver' },
        { when: spent(0.01), value: 'bronze' },
      ],
    },
  },
  {
    key: 'favourite_category',
    name: 'Favourite category',
    description: 'Of the products viewed most in 90 days.',
    rule: { compute: { of: 'mostFrequent', path: 'category', event: { name: 'Product Viewed' }, within: 'P90D' } },
  },
]

function spent(amount: number): unknown {
  return { record: { kind: 'order', within: 'P365D', aggregate: { sum: 'amount', gte: amount } } }
}

const PRODUCT: Property[] = [
  { key: 'sku', type: 'text', required: true },
  { key: 'category', type: 'text' },
  { key: 'price', type: 'number', required: true },
  { key: 'quantity', type: 'number' },
]

/** What the shop's visitors do (demo/visit.ts). Lenient: whoever plays with the demo sends what they like, and sees it counted. */
export const BEHAVIORS: readonly { name: string; description: string; properties: Property[] }[] = [
  {
    name: 'Pricing Viewed',
    description: 'Looked at the prices of a subscription.',
    properties: [{ key: 'plan', type: 'choice', choices: ['monthly', 'fortnightly', 'office'] }],
  },
  {
    name: 'Product Viewed',
    description: 'Looked at a product.',
    properties: [{ key: 'name', type: 'text' }, ...PRODUCT],
  },
  {
    name: 'Product Added',
    description: 'Put a product in the cart.',
    properties: [{ key: 'cartId', type: 'text', required: true }, { key: 'name', type: 'text' }, ...PRODUCT],
  },
  {
    name: 'Checkout Started',
    description: 'Began to pay.',
    properties: [
      { key: 'cartId', type: 'text', required: true },
      { key: 'value', type: 'number' },
      { key: 'currency', type: 'text' },
    ],
  },
  {
    name: 'Order Completed',
    description: 'Bought what lay in the cart.',
    properties: [
      { key: 'orderId', type: 'text', required: true },
      { key: 'cartId', type: 'text' },
      { key: 'total', type: 'number', required: true },
      { key: 'currency', type: 'text' },
      { key: 'products', type: 'list', items: { type: 'object', properties: PRODUCT } },
    ],
  },
]
