import { beforeAll, describe, expect, it } from 'vitest'
import { inTenant } from '../db/client.ts'
import { testDatabase } from '../test/database.ts'
import { react } from './react.ts'
import { reasonsOf, type Trigger } from './reasons.ts'

const db = await testDatabase()
const tenant = await db.createTenant('shop')
const sql = db.owner

/** Events of a user, and the reaction to them. */
async function say(
  user: string,
  said: { name: string; ago?: string; traits?: object; properties?: object; email?: string },
) {
  const { name, ago = '0 s', traits, properties = {}, email } = said
  const [row] = await sql`
INSERT INTO events (tenant_id, type, name, user_id, occurred_at, received_at, traits, properties, identifiers)
VALUES (${tenant}, ${traits ? 'identify' : 'track'}, ${name}, ${user}, clock_timestamp() - ${ago}::interval, clock_timestamp(), ${traits ? sql.json(traits as never) : null},
  ${sql.json(properties as never)}, ${email ? sql.json({ email }) : null})
RETURNING id, occurred_at`
  const { id, occurred_at } = row!
  const ids = { user_id: user, ...(email && { email }) }
  await react(db.worker, tenant, [
    { tenant, people: [{ ids, from: occurred_at, to: occurred_at, refs: [[occurred_at, id]] }] } as never,
  ])
}

const reactTo = (ids: Record<string, string>) => react(db.worker, tenant, [{ tenant, people: [{ ids }] } as never])
const reactOf = (...accounts: string[]) => react(db.worker, tenant, [{ tenant, accounts } as never])

const order = (user: string) => sql`
INSERT INTO orders (tenant_id, user_id, amount, currency, placed_at) VALUES (${tenant}, ${user}, 5, 'EUR', now())`
const noOrder = (user: string) => sql`DELETE FROM orders WHERE tenant_id = ${tenant} AND user_id = ${user}`
const after = (change: (user: string) => PromiseLike<unknown>) => async (user: string) => {
  await change(user)
  await reactTo({ user_id: user })
}

type Case = {
  rule: object
  /** Makes the rule true of somebody of whom it was not, and false again. */
  enter(who: string): Promise<unknown>
  leave?(who: string): Promise<unknown>
  /** What turned it, on the way in and on the way out. */
  turned: Trigger[]
  /** The node that is told, where it is not the rule's own. */
  told?: string
}

const A = { name: 'A' }
const PEOPLE: Record<string, Case> = {
  field: {
    rule: { field: { path: 'plan', eq: 'pro' } },
    enter: (user) => say(user, { name: 'identify', traits: { plan: 'pro' } }),
    leave: (user) => say(user, { name: 'identify', traits: { plan: 'free' } }),
    turned: ['event', 'event'],
  },
  identifier: {
    rule: { identifier: { type: 'email', endsWith: '@example.org' } },
    enter: (user) => say(user, { name: 'B', email: `${user}@example.org` }),
    turned: ['event'],
  },
  label: {
    rule: { label: { key: 'orders', gte: 1 } },
    enter: after(order),
    leave: after(noOrder),
    turned: ['state', 'state'],
  },
  segment: {
    rule: { segment: { key: 'is_record' } },
    enter: after(order),
    leave: after(noOrder),
    turned: ['state', 'state'],
    told: 'record',
  },
  held: {
    rule: { held: { rule: { field: { path: 'stage', eq: 'trial' } }, for: 'PT1H' } },
    enter: (user) => say(user, { name: 'identify', ago: '2 hours', traits: { stage: 'trial' } }),
    leave: (user) => say(user, { name: 'identify', traits: { stage: 'paid' } }),
    turned: ['event', 'event'],
    told: 'field',
  },
  event: { rule: { event: A }, enter: (user) => say(user, A), turned: ['event'] },
  sequence: {
    rule: { sequence: { steps: [{ name: 'Hello' }, A] } },
    enter: (user) => say(user, A),
    turned: ['event'],
  },
  followedBy: {
    rule: { followedBy: { first: { name: 'Hello' }, then: A, within: 'PT1H' } },
    enter: (user) => say(user, A),
    turned: ['event'],
  },
  firstEvent: {
    rule: { firstEvent: { name: 'A', is: { path: 'n', eq: 1 } } },
    enter: (user) => say(user, { name: 'A', properties: { n: 1 } }),
    turned: ['event'],
  },
  lastEvent: {
    rule: { lastEvent: { name: 'A', is: { path: 'n', eq: 1 } } },
    enter: (user) => say(user, { name: 'A', properties: { n: 1 } }),
    leave: (user) => say(user, { name: 'A', properties: { n: 2 } }),
    turned: ['event', 'event'],
  },
  record: {
    rule: { record: { kind: 'order' } },
    enter: after(order),
    leave: after(noOrder),
    turned: ['state', 'state'],
  },
  consent: {
    rule: { consent: { purpose: 'news', channel: 'email' } },
    enter: after(
      (user) => sql`
INSERT INTO consents (tenant_id, user_id, purpose, channel, state) VALUES (${tenant}, ${user}, 'news', 'email', 'granted')`,
    ),
    leave: after((user) => sql`UPDATE consents SET state = 'denied' WHERE tenant_id = ${tenant} AND user_id = ${user}`),
    turned: ['state', 'state'],
  },
  list: {
    rule: { list: { key: 'vips' } },
    enter: after(
      (user) => sql`
INSERT INTO list_members (tenant_id, list_id, type, value) SELECT tenant_id, id, 'user_id', ${user} FROM lists WHERE tenant_id = ${tenant}`,
    ),
    leave: after((user) => sql`DELETE FROM list_members WHERE tenant_id = ${tenant} AND value = ${user}`),
    turned: ['state', 'state'],
  },
  account: {
    rule: { account: { field: { path: 'industry', eq: 'Tools' } } },
    enter: async (user) => {
      const account = await accountOf(user)
      await sql`UPDATE accounts SET industry = 'Tools' WHERE id = ${account}`
      await reactTo({ user_id: user })
    },
    leave: async (user) => {
      await sql`UPDATE accounts SET industry = 'Food' WHERE id = ${await accountOf(user)}`
      await reactTo({ user_id: user })
    },
    turned: ['state', 'state'],
    told: 'field',
  },
}

const industry = async (account: string, industry: string) => {
  await sql`UPDATE accounts SET industry = ${industry} WHERE id = ${account}`
  await reactOf(account)
}
const tools = { field: { path: 'industry', eq: 'Tools' } }
const contract = async (account: string) => {
  await sql`INSERT INTO contracts (tenant_id, account_id, name, status) VALUES (${tenant}, ${account}, 'C', 'active')`
  await reactOf(account)
}
const noContract = async (account: string) => {
  await sql`DELETE FROM contracts WHERE account_id = ${account}`
  await reactOf(account)
}
/** Of a person of the account. */
const says = async (account: string, name: string, properties = {}) => {
  const [row] = await sql`SELECT user_id FROM contacts WHERE account_id = ${account}`
  await say(row!.user_id as string, { name, properties })
  await reactOf(account)
}
const ACCOUNTS: Record<string, Case> = {
  field: {
    rule: tools,
    enter: (account) => industry(account, 'Tools'),
    leave: (account) => industry(account, 'Food'),
    turned: ['state', 'state'],
  },
  record: { rule: { record: { kind: 'contract' } }, enter: contract, leave: noContract, turned: ['state', 'state'] },
  label: {
    rule: { label: { key: 'contracts', gte: 1 } },
    enter: contract,
    leave: noContract,
    turned: ['state', 'state'],
  },
  segment: {
    rule: { segment: { key: 'account_is_record' } },
    enter: contract,
    leave: noContract,
    turned: ['state', 'state'],
    told: 'record',
  },
  event: { rule: { event: A }, enter: (account) => says(account, 'A'), turned: ['event'] },
  lastEvent: {
    rule: { lastEvent: { name: 'A', is: { path: 'n', eq: 1 } } },
    enter: (account) => says(account, 'A', { n: 1 }),
    leave: (account) => says(account, 'A', { n: 2 }),
    turned: ['event', 'event'],
  },
  people: {
    rule: { people: { rule: { event: A } } },
    enter: (account) => says(account, 'A'),
    turned: ['event'],
  },
  parent: {
    rule: { parent: tools },
    enter: async (account) => {
      await industry(await parentOf(account), 'Tools')
      await reactOf(account)
    },
    leave: async (account) => {
      await industry(await parentOf(account), 'Food')
      await reactOf(account)
    },
    turned: ['state', 'state'],
  },
  children: {
    rule: { children: { rule: tools } },
    enter: async (account) => {
      await industry(await childOf(account), 'Tools')
      await reactOf(account)
    },
    leave: async (account) => {
      await industry(await childOf(account), 'Food')
      await reactOf(account)
    },
    turned: ['state', 'state'],
  },
}

async function accountOf(user: string): Promise<string> {
  const [row] = await sql`SELECT account_id FROM contacts WHERE tenant_id = ${tenant} AND user_id = ${user}`
  return row!.account_id as string
}
async function parentOf(account: string): Promise<string> {
  const [row] = await sql`SELECT parent_id FROM accounts WHERE id = ${account}`
  return row!.parent_id as string
}
async function childOf(account: string): Promise<string> {
  const [row] = await sql`SELECT id FROM accounts WHERE parent_id = ${account}`
  return row!.id as string
}

type Told = { id: string; key: string; kind: string; cause: string }

/** The transitions of somebody and of the two segments of a case, the latest first. */
const transitionsOf = (id: string, keys: string[]) => sql<Told[]>`
SELECT t.id, s.key, t.kind, t.cause FROM transitions t JOIN segments s ON s.id = t.segment_id
WHERE coalesce(t.profile_id, t.account_id) = ${id} AND s.key = ANY (${keys}) ORDER BY t.at DESC, s.key`

async function reasons(id: string) {
  const { reasons, missing } = (await inTenant(db.api, tenant, (tx) => reasonsOf(tx, id)))!
  expect(missing).toBeNull()
  return reasons
}

/** Turns a rule, and its negation, in and out: each time both say which node turned, by what, and go on saying so. */
async function expectTold(name: string, one: Case, who: string, id: string, prefix = ''): Promise<void> {
  const keys = [`${prefix}is_${name}`, `${prefix}not_${name}`]
  const steps = [one.enter, ...(one.leave ? [one.leave] : [])]
  const known = new Map<string, unknown>()
  for (const [n, step] of steps.entries()) {
    await step(who)
    const told = (await transitionsOf(id, keys)).slice(0, 2)
    expect(told.map(({ key, kind }) => [key, kind])).toEqual([
      [keys[0], n === 0 ? 'segment_entered' : 'segment_left'],
      [keys[1], n === 0 ? 'segment_left' : 'segment_entered'],
    ])
    for (const { id, key } of told) {
      const said = await reasons(id)
      expect(said, `${key}, ${n === 0 ? 'in' : 'out'}`).toMatchObject([
        { node: one.told ?? name, trigger: one.turned[n], held: n !== 0, holds: n === 0 },
      ])
      known.set(id, said)
    }
  }
  for (const [id, said] of known) expect(await reasons(id)).toEqual(said)
}

const accounts = new Map<string, string>()

beforeAll(async () => {
  await sql`INSERT INTO lists (tenant_id, key, name) VALUES (${tenant}, 'vips', 'VIPs')`
  await sql`
INSERT INTO labels (tenant_id, key, name, subject, rule) VALUES
(${tenant}, 'orders', 'Orders', 'person', '{"compute": {"of": "count", "record": {"kind": "order"}}}'),
(${tenant}, 'contracts', 'Contracts', 'account', '{"compute": {"of": "count", "record": {"kind": "contract"}}}')`
  for (const [subject, cases] of [
    ['person', PEOPLE],
    ['account', ACCOUNTS],
  ] as const) {
    for (const [name, { rule }] of Object.entries(cases)) {
      const prefix = subject === 'account' ? 'account_' : ''
      await sql`
INSERT INTO segments (tenant_id, key, name, subject, rule) VALUES
(${tenant}, ${`${prefix}is_${name}`}, 'In', ${subject}, ${sql.json(rule as never)}),
(${tenant}, ${`${prefix}not_${name}`}, 'Out', ${subject}, ${sql.json({ not: rule } as never)})`
    }
  }
  for (const name of Object.keys(ACCOUNTS)) {
    const make = async (name: string, parent: string | null) => {
      const [row] = await sql`
INSERT INTO accounts (tenant_id, name, industry, parent_id) VALUES (${tenant}, ${name}, 'Food', ${parent}) RETURNING id`
      return row!.id as string
    }
    const parent = await make(`${name} parent`, null)
    const account = await make(name, parent)
    const child = await make(`${name} child`, account)
    const [contact] = await sql`
INSERT INTO contacts (tenant_id, account_id, user_id) VALUES (${tenant}, ${account}, ${`at ${name}`}) RETURNING id`
    await reactTo({ user_id: `at ${name}`, contact: contact!.id as string })
    await reactOf(parent, account, child)
    accounts.set(name, account)
  }
})

describe('the reasons of a transition, both ways and for good, by the node that turned', () => {
  it.each(Object.entries(PEOPLE))('%s', async (name, one) => {
    const user = `${name}@shop`
    if (name === 'account') {
      const [row] = await sql`
WITH account AS (INSERT INTO accounts (tenant_id, name) VALUES (${tenant}, 'Firm') RETURNING tenant_id, id)
INSERT INTO contacts (tenant_id, account_id, user_id) SELECT tenant_id, id, ${user} FROM account RETURNING id`
      await reactTo({ user_id: user, contact: row!.id as string })
    }
    await say(user, { name: 'Hello', ago: '1 minute' })
    const [row] = await sql`SELECT profile_id AS id FROM identifiers WHERE tenant_id = ${tenant} AND value = ${user}`
    await expectTold(name, one, user, row!.id as string)
  })

  it.each(Object.entries(ACCOUNTS))('%s of an account', async (name, one) => {
    const account = accounts.get(name)!
    await expectTold(name, one, account, account, 'account_')
  })
})
