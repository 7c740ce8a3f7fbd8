/** A shop to measure on: people with a past, and twenty segments and labels that a marketer would have. */
import type { BenchDatabase } from './bench.ts'

const event = (name: string, rest: object = {}) => ({ event: { name, ...rest } })
const placed = (rest: object) => event('Order Completed', rest)

/** Twenty rules over the same few kinds of events, windows of all sizes, and each other. */
export const SEGMENTS: Record<string, object> = {
  'looked-at-prices': event('Price Viewed', { within: 'P1D', count: { gte: 3 } }),
  hesitant: { all: [event('Price Viewed', { within: 'P7D' }), { not: placed({ within: 'P7D' }) }] },
  'cart-abandoned': {
    followedBy: { first: { name: 'Product Added' }, then: { name: 'Order Completed' }, within: 'PT1H', absent: true },
  },
  'active-today': event('Page Viewed', { within: 'P1D' }),
  'active-week': event('Page Viewed', { within: 'P7D', count: { gte: 3 } }),
  'active-month': event('Page Viewed', { within: 'P30D', count: { gte: 10 } }),
  dormant: { not: event('Page Viewed', { within: 'P30D' }) },
  'new-customer': placed({ count: { eq: 1 } }),
  repeat: placed({ count: { gte: 2 } }),
  'big-spender': placed({ within: 'P90D', aggregate: { sum: 'total', gte: 500 } }),
  'average-basket': placed({ within: 'P90D', aggregate: { avg: 'total', gte: 60 } }),
  searcher: event('Product Searched', { within: 'P7D', count: { gte: 2 } }),
  'shoe-lover': event('Product Viewed', {
    within: 'P30D',
    where: [{ path: 'category', eq: 'shoes' }],
    count: { gte: 2 },
  }),
  'one-product': event('Product Viewed', { within: 'P7D', by: 'sku', count: { gte: 3 } }),
  varied: event('Product Viewed', { within: 'P30D', aggregate: { distinct: 'category', gte: 3 } }),
  pro: { field: { path: 'plan', eq: 'pro' } },
  'pro-at-risk': { all: [{ segment: { key: 'pro' } }, { segment: { key: 'dormant' } }] },
  'from-campaign': event('Page Viewed', { within: 'P30D', where: [{ path: 'campaign', eq: 'autumn' }] }),
  vip: { all: [{ segment: { key: 'repeat' } }, { segment: { key: 'big-spender' } }] },
  probed: event('Probe'),
}

export type Shop = { tenant: string; people: number }

/** `people` with `each` events in the last sixty days, resolved and evaluated as by the first recompute. */
export async function openShop(db: BenchDatabase, slug: string, people: number, each: number): Promise<Shop> {
  const tenant = await db.createTenant(slug)
  for (const [key, rule] of Object.entries(SEGMENTS)) {
    await db.owner`INSERT INTO segments (tenant_id, key, name, rule) VALUES (${tenant}, ${key}, ${key}, ${db.owner.json(rule as never)})`
  }
  for (let from = 0; from < people; from += 2000) {
    await db.owner`
INSERT INTO events (tenant_id, name, user_id, occurred_at, properties)
SELECT ${tenant}, (ARRAY${db.owner.unsafe(EVENTS)})[1 + (random() * 8)::int % 8], 'person ' || person, now() - random() * interval '60 days',
  jsonb_build_object('category', (ARRAY['shoes', 'hats', 'coats', 'bags'])[1 + (random() * 4)::int % 4], 'sku', 'sku ' || (random() * 40)::int, 'total', (random() * 200)::int)
FROM generate_series(${from + 1}::int, least(${from + 2000}::int, ${people}::int)) AS person, generate_series(1, ${each}::int)`
  }
  await db.owner`ANALYZE`
  return { tenant, people }
}

/** As the visitors' SDKs would say them. */
const EVENTS = `['Page Viewed', 'Page Viewed', 'Page Viewed', 'Product Viewed', 'Product Viewed', 'Product Searched', 'Product Added', 'Order Completed']`

/** Writes `count` events of `people` of the shop, now, in one commit. */
export async function visit(db: BenchDatabase, { tenant, people }: Shop, count: number): Promise<void> {
  await db.owner`
INSERT INTO events (tenant_id, name, user_id, properties)
SELECT ${tenant}, (ARRAY${db.owner.unsafe(EVENTS)})[1 + (random() * 8)::int % 8], 'person ' || 1 + (random() * ${people - 1}::int)::int,
  jsonb_build_object('category', (ARRAY['shoes', 'hats', 'coats', 'bags'])[1 + (random() * 4)::int % 4], 'sku', 'sku ' || (random() * 40)::int, 'total', (random() * 200)::int)
FROM generate_series(1, ${count}::int)`
}

type VisitLines = { events: number; newcomerEvery: number; round: number }

/**
 * Lines of COPY (tenant_id, name, user_id, message_id, properties), the same for the same numbers: visits of the shop's
 * people, and at the end of so many somebody new, who enters `probed`.
 */
export function visitLines({ tenant, people }: Shop, { events, newcomerEvery, round }: VisitLines): string[] {
  const names = [
    'Page Viewed',
    'Page Viewed',
    'Page Viewed',
    'Product Viewed',
    'Product Viewed',
    'Product Searched',
    'Product Added',
    'Order Completed',
  ]
  const categories = ['shoes', 'hats', 'coats', 'bags']
  let seed = round
  const random = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  return Array.from({ length: events }, (_, n) => {
    const isNewcomer = (n + 1) % newcomerEvery === 0
    const who = isNewcomer ? `probe ${round} ${n}` : `person ${1 + random(people)}`
    const properties = { category: categories[random(4)], sku: `sku ${random(40)}`, total: random(200) }
    return [tenant, isNewcomer ? 'Probe' : names[random(8)], who, `${round} ${n}`, JSON.stringify(properties)].join(
      '\t',
    )
  })
}
