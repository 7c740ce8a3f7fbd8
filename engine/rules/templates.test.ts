import { describe, expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { testDatabase } from '../../test/database.ts'
import { checkDefinition, compile, type Definition, parseLabelRule, parseRule } from './index.ts'
import { templates } from './templates.ts'

const db = await testDatabase()
const tenant = await db.createTenant('templates')

const AT = '2026-06-15T12:00:00Z'
const ago = (hours: number) => new Date(Date.parse(AT) - hours * 3_600_000).toISOString()
const DAY = 24

type Story = {
  name: string
  firstSeen?: number
  anonymous?: boolean
  /** [name, hours ago, properties] */
  events?: [string, number, object?][]
  orders?: [amount: number, daysAgo: number][]
  contracts?: { status: string; daysLeft: number; ofAccount?: boolean }[]
  tickets?: number
  membership?: { tier: string; daysLeft?: number }
  /** What the definitions of the template must say. */
  says: { [key: string]: unknown }
}

const stories: { [template: string]: Story[] } = {
  'high-intent-unresolved': [
    {
      name: 'comes back unknown',
      anonymous: true,
      events: [
        ['Pricing Viewed', 50],
        ['Checkout Started', 2],
      ],
      says: { 'high-intent-unresolved': true, 'pricing-without-form': false },
    },
    {
      name: 'comes back known',
      events: [
        ['Pricing Viewed', 50],
        ['Pricing Viewed', 2],
      ],
      says: { 'high-intent-unresolved': false, 'pricing-without-form': true },
    },
    {
      name: 'came once',
      anonymous: true,
      events: [['Pricing Viewed', 0.1]],
      says: { 'high-intent-unresolved': false, 'pricing-without-form': false },
    },
    {
      name: 'sent a form',
      anonymous: true,
      events: [
        ['Pricing Viewed', 2],
        ['Form Submitted', 1.95],
      ],
      says: { 'high-intent-unresolved': false, 'pricing-without-form': false },
    },
  ],
  'cart-abandoned': [
    { name: 'left the cart', events: [['Product Added', 2, { cart_id: 1 }]], says: { 'cart-abandoned': true } },
    { name: 'may still order', events: [['Product Added', 0.5, { cart_id: 1 }]], says: { 'cart-abandoned': false } },
    {
      name: 'ordered',
      events: [
        ['Product Added', 2, { cart_id: 1 }],
        ['Order Completed', 1.5, { cart_id: 1 }],
      ],
      says: { 'cart-abandoned': false },
    },
    {
      name: 'ordered another cart',
      events: [
        ['Product Added', 2, { cart_id: 1 }],
        ['Order Completed', 1.5, { cart_id: 2 }],
      ],
      says: { 'cart-abandoned': true },
    },
    { name: 'left it long ago', events: [['Product Added', 100, { cart_id: 1 }]], says: { 'cart-abandoned': false } },
  ],
  'churn-risk': [
    {
      name: 'has gone silent',
      events: [1, 2, 3, 4].map((n) => ['page', (30 + n) * DAY]),
      orders: [[10, 60]],
      tickets: 2,
      says: { 'churn-score': 80, 'churn-risk': true },
    },
    { name: 'was never a customer', tickets: 2, says: { 'churn-score': 60, 'churn-risk': false } },
    { name: 'is there', events: [['page', 1]], orders: [[10, 60]], says: { 'churn-score': 0, 'churn-risk': false } },
  ],
  rfm: [
    {
      name: 'champion',
      orders: [1, 50, 100, 200, 300].map((n) => [110, n]),
      says: { 'orders-per-year': 5, 'spend-per-year': 550, rfm: 'champion' },
    },
    {
      name: 'loyal',
      orders: [60, 100, 200].map((n) => [110, n]),
      says: { 'orders-per-year': 3, 'spend-per-year': 330, rfm: 'loyal' },
    },
    { name: 'promising', orders: [[5, 3]], says: { 'orders-per-year': 1, 'spend-per-year': 5, rfm: 'promising' } },
    { name: 'at risk', orders: [[5, 300]], says: { 'orders-per-year': 1, 'spend-per-year': 5, rfm: 'at-risk' } },
    { name: 'lost', orders: [[5, 400]], says: { 'orders-per-year': 0, 'spend-per-year': 0, rfm: 'lost' } },
    { name: 'no customer', says: { 'orders-per-year': 0, 'spend-per-year': 0, rfm: null } },
  ],
  lifecycle: [
    { name: 'new', firstSeen: 3, says: { lifecycle: 'new', new: true, active: false, dormant: false } },
    {
      name: 'active',
      events: [['screen', 29 * DAY]],
      says: { lifecycle: 'active', new: false, active: true, dormant: false },
    },
    {
      name: 'dormant',
      events: [['screen', 30 * DAY]],
      says: { lifecycle: 'dormant', new: false, active: false, dormant: true },
    },
  ],
  'contract-expiring': [
    { name: 'ends soon', contracts: [{ status: 'active', daysLeft: 10 }], says: { 'contract-expiring': true } },
    {
      name: 'ends soon, at work',
      contracts: [{ status: 'active', daysLeft: 10, ofAccount: true }],
      says: { 'contract-expiring': true },
    },
    {
      name: 'has another',
      contracts: [
        { status: 'active', daysLeft: 10 },
        { status: 'signed', daysLeft: 300 },
      ],
      says: { 'contract-expiring': false },
    },
    { name: 'ends later', contracts: [{ status: 'active', daysLeft: 40 }], says: { 'contract-expiring': false } },
    { name: 'has ended', contracts: [{ status: 'active', daysLeft: -1 }], says: { 'contract-expiring': false } },
  ],
  vip: [
    {
      name: 'spends',
      orders: [
        [600, 10],
        [400, 300],
      ],
      says: { vip: true },
    },
    {
      name: 'spent',
      orders: [
        [600, 10],
        [400, 400],
      ],
      says: { vip: false },
    },
    { name: 'is gold', membership: { tier: 'Gold' }, says: { vip: true } },
    { name: 'was gold', membership: { tier: 'gold', daysLeft: -1 }, says: { vip: false } },
  ],
}

let n = 0
/** Stores what the story tells, and resolves to the profile. */
async function tell(story: Story): Promise<string> {
  const id = crypto.randomUUID()
  const contact = crypto.randomUUID()
  const user = `u${n++}`
  const type = story.anonymous ? 'anonymous_id' : 'user_id'
  await inTenant(db.owner, tenant, async (sql) => {
    await sql`INSERT INTO profiles (id, first_seen, last_seen) VALUES (${id}, ${ago((story.firstSeen ?? 500) * DAY)}, ${AT})`
    await sql`
INSERT INTO identifiers (id, type, value, profile_id, first_seen)
SELECT identifier_id(t, v), t, v, ${id}, ${AT} FROM (VALUES (${type}::text, ${user}::text), ('contact', ${contact})) AS i (t, v)`
    for (const [name, hours, properties = {}] of story.events ?? []) {
      await sql`INSERT INTO events ${sql({ name, [type]: user, occurred_at: ago(hours), properties } as never)}`
    }
    for (const [amount, days] of story.orders ?? []) {
      await sql`INSERT INTO orders ${sql({ user_id: user, amount, currency: 'EUR', placed_at: ago(days * DAY) })}`
    }
    for (const { status, daysLeft, ofAccount } of story.contracts ?? []) {
      const account = crypto.randomUUID()
      await sql`INSERT INTO accounts (id, name) VALUES (${account}, 'Acme')`
      if (ofAccount) await sql`INSERT INTO contacts (id, account_id) VALUES (${contact}, ${account})`
      const owner = ofAccount ? { account_id: account } : { user_id: user }
      await sql`INSERT INTO contracts ${sql({ name: 'Support', status, ends_at: ago(-daysLeft * DAY), ...owner })}`
    }
    for (let k = 0; k < (story.tickets ?? 0); k++)
      await sql`INSERT INTO tickets (user_id, subject) VALUES (${user}, 'Help')`
    if (story.membership) {
      const { tier, daysLeft } = story.membership
      const ends = daysLeft === undefined ? null : ago(-daysLeft * DAY)
      await sql`INSERT INTO memberships ${sql({ user_id: user, program: 'club', tier, ends_at: ends })}`
    }
  })
  return id
}

describe.each(templates)('$name', (template) => {
  const definitions = template.definitions.map((one) => ({ ...one, id: crypto.randomUUID() })) as Definition[]

  it('is made of rules that can be saved one after the other', () => {
    for (const [k, definition] of definitions.entries()) {
      const { kind, rule } = definition
      expect(kind === 'label' ? parseLabelRule(rule) : parseRule(rule)).toEqual(rule)
      checkDefinition(definition, definitions.slice(0, k))
    }
  })

  it('says of each story what it should', async () => {
    const told = stories[template.key]!
    const profiles = await Promise.all(told.map(tell))
    const { text, parameters } = compile(definitions)
    const rows = await inTenant(db.api, tenant, (sql) =>
      sql.unsafe(text, [profiles, AT, 'UTC', ...parameters] as never[]),
    )
    for (const [k, { name, says }] of told.entries()) {
      const of = rows.filter((row) => row.profile_id === profiles[k])
      const found = Object.fromEntries(
        of.map((row) => [definitions.find(({ id }) => id === row.definition_id)!.key, row.value]),
      )
      expect({ name, ...found }).toEqual({ name, ...says })
    }
  })
})
