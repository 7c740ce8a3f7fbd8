/**
 * Segments and labels of accounts: whatever is written, by whichever table, what the log tells of makes the reactions leave
 * behind what evaluating everything anew would say.
 */
import { afterAll, expect, it } from 'vitest'
import { inTenant, type Transaction } from '../db/client.ts'
import { testDatabase } from '../test/database.ts'
import { readMessages } from '../test/log.ts'
import { backfill } from './backfill.ts'
import { eraseProfile } from './identity/index.ts'
import { type Change, react } from './react.ts'
import { recompute } from './recompute.ts'
import { compile, type Definition, parseRuleOf, STORED, type Subject, SUBJECTS } from './rules/index.ts'
import { Dice } from './rules/testing/dice.ts'

const db = await testDatabase()
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const SLOT = `accounts_${process.pid}`
await db.owner`SELECT pg_create_logical_replication_slot(${SLOT}, 'pgoutput')`
afterAll(async () => {
  console.log(`seed of the streams: ${SEED}`)
  await db.owner`SELECT pg_drop_replication_slot(${SLOT})`
})

const signedIn = { event: { name: 'Signed In' } }
const RULES: [subject: Subject, kind: 'segment' | 'label', key: string, rule: object][] = [
  ['person', 'segment', 'viewer', { event: { name: 'Viewed' } }],
  ['account', 'segment', 'big', { field: { path: 'employees', gte: 50 } }],
  ['account', 'segment', 'active', { event: { name: 'Signed In', count: { gte: 2 } } }],
  ['account', 'segment', 'most', { people: { rule: signedIn, share: { gte: 0.5 } } }],
  ['account', 'segment', 'viewers', { people: { rule: { segment: { key: 'viewer' } }, count: { gte: 2 } } }],
  ['account', 'segment', 'spender', { record: { kind: 'order', aggregate: { sum: 'amount', gte: 100 } } }],
  ['account', 'segment', 'items', { record: { kind: 'orderItem' } }],
  ['account', 'segment', 'led', { parent: { segment: { key: 'big' } } }],
  ['account', 'segment', 'buying-group', { children: { rule: { record: { kind: 'order' } } } }],
  ['account', 'segment', 'grand', { parent: { parent: { segment: { key: 'active' } } } }],
  [
    'account',
    'segment',
    'none-active',
    { not: { any: [{ segment: { key: 'active' } }, { segment: { key: 'grand' } }] } },
  ],
  [
    'account',
    'label',
    'tier',
    {
      cases: [
        { when: { segment: { key: 'spender' } }, value: 'gold' },
        { when: { record: { kind: 'order' } }, value: 'silver' },
      ],
    },
  ],
  ['account', 'label', 'logins', { compute: { of: 'count', event: { name: 'Signed In' } } }],
  ['person', 'segment', 'at-big', { account: { segment: { key: 'big' } } }],
  ['person', 'segment', 'below-big', { account: { segment: { key: 'led' } } }],
  ['person', 'segment', 'above-active', { account: { children: { rule: { segment: { key: 'active' } } } } }],
  ['person', 'segment', 'at-gold', { account: { label: { key: 'tier', eq: 'gold' } } }],
]

/** What the log tells since the last time. */
async function told(tenant: string): Promise<Change[]> {
  const messages = await readMessages<Change | { tenant: string; definition: object }>(db.owner, SLOT)
  return messages.filter((message) => message.tenant === tenant && !('definition' in message)) as Change[]
}

async function world(name: string) {
  const tenant = await db.createTenant(name)
  const ours = <T>(work: (sql: Transaction) => Promise<T>) => inTenant(db.owner, tenant, work)
  /** The owner sees every tenant. */
  const seen = <T>(work: (sql: Transaction) => Promise<T>) => inTenant(db.worker, tenant, work)
  const definitions: Definition[] = []
  return {
    tenant,
    ours,
    seen,
    /** React to what was written, as the jobs do it; what a reaction writes is told again. */
    async settle() {
      for (let changes = await told(tenant); changes.length > 0; changes = await told(tenant)) {
        await react(db.worker, tenant, changes)
      }
    },
    async define(subject: Subject, kind: 'segment' | 'label', key: string, rule: object): Promise<string> {
      const [row] = await ours(
        (sql) => sql<{ id: string }[]>`
INSERT INTO ${sql(`${kind}s`)} (key, name, subject, rule) VALUES (${key}, ${key}, ${subject}, ${sql.json(rule as never)}) RETURNING id`,
      )
      const { id } = row!
      definitions.push({ id, kind, key, subject, rule: parseRuleOf(kind, subject, rule) } as Definition)
      await backfill(db.worker, tenant, kind, id)
      return id
    },
    /** What is stored, and what the rules say of everybody. */
    async compare() {
      const { full, stored } = await seen(async (sql) => {
        const found: Record<'full' | 'stored', string[]> = { full: [], stored: [] }
        for (const subject of SUBJECTS) {
          const { id, members, values } = STORED[subject]
          const everybody = await sql.unsafe(
            subject === 'person' ? 'SELECT id FROM profiles WHERE merged_into IS NULL' : 'SELECT id FROM accounts',
          )
          const { text, parameters } = compile(definitions, subject)
          const [{ at }] = await sql<[{ at: string }]>`SELECT clock_timestamp() AS at`
          const asked = [everybody.map((row) => row.id), at, 'UTC', ...parameters]
          for (const row of await sql.unsafe(text, asked as never[])) {
            if (row.value === false || row.value === null || row.definition_id === null) continue
            found.full.push(
              `${keyOf(row.definition_id)} ${row[id]} ${row.value === true ? '' : JSON.stringify(row.value)}`,
            )
          }
          const rows = await sql.unsafe(`
SELECT segment_id AS definition_id, ${id} AS subject, '' AS value FROM ${members}
UNION ALL SELECT label_id, ${id}, value::text FROM ${values}`)
          for (const row of rows) found.stored.push(`${keyOf(row.definition_id)} ${row.subject} ${row.value}`)
        }
        return found
      })
      expect(stored.toSorted()).toEqual(full.toSorted())
    },
    /** The last entry of each in the feed says whether they are in: nothing happened without a word. */
    async compareHistory() {
      const { said, members } = await seen(async (sql) => ({
        said: await sql`
SELECT segment_id || ' ' || account_id AS who FROM (
  SELECT DISTINCT ON (segment_id, account_id) segment_id, account_id, kind FROM transitions
  WHERE account_id IS NOT NULL AND segment_id IS NOT NULL ORDER BY segment_id, account_id, at DESC, id DESC
) AS latest WHERE kind = 'segment_entered'`,
        members: await sql`SELECT segment_id || ' ' || account_id AS who FROM segment_accounts`,
      }))
      const names = (rows: Iterable<Record<string, unknown>>) => [...rows].map(({ who }) => who as string).toSorted()
      expect(names(said)).toEqual(names(members))
    },
  }

  function keyOf(id: string): string {
    return definitions.find((one) => one.id === id)!.key
  }
}

it.each([1, 2, 3])(
  'stream %i: accounts, relatives, contacts, records, events and merges, in any order',
  async (stream) => {
    const dice = new Dice(SEED + stream)
    const { tenant, ours, seen, settle, define, compare, compareHistory } = await world(`accounts-${stream}`)
    await told(tenant)
    const later = [...RULES]
    for (const rule of later.splice(0, 9)) await define(...rule)
    const accounts: string[] = []
    const contacts: string[] = []
    const orders: string[] = []
    const user = () => `u${dice.below(6)}`
    const some = (list: string[]) => (list.length > 0 && dice.chance(0.85) ? dice.pick(list) : null)
    const take = (list: string[]) => list.splice(dice.below(list.length), 1)[0] ?? null
    const writes: ((sql: Transaction) => Promise<unknown>)[] = [
      async (sql) => {
        const [row] = await sql`
INSERT INTO accounts (name, employees, parent_id, domain, external_id)
VALUES ('a', ${dice.below(100)}, ${some(accounts)}, ${dice.pick([null, 'acme.example'])}, ${`g${accounts.length}`})
ON CONFLICT DO NOTHING RETURNING id`
        if (row) accounts.push(row.id)
      },
      (sql) => sql`UPDATE accounts SET employees = ${dice.below(100)} WHERE id = ${some(accounts)}`,
      (sql) => {
        const [child, parent] = [some(accounts), some(accounts)]
        return sql`UPDATE accounts SET parent_id = ${parent} WHERE id = ${child} AND id <> ${parent}`
      },
      (sql) => sql`DELETE FROM accounts WHERE id = ${dice.chance(0.3) ? take(accounts) : null}`,
      async (sql) => {
        const email = dice.chance(0.3) ? `${user()}@acme.example` : null
        const [row] = await sql`
INSERT INTO contacts (account_id, user_id, email) VALUES ((SELECT id FROM accounts WHERE id = ${some(accounts)}), ${user()}, ${email}) RETURNING id`
        contacts.push(row!.id)
      },
      (sql) =>
        sql`UPDATE contacts SET account_id = (SELECT id FROM accounts WHERE id = ${some(accounts)}) WHERE id = ${some(contacts)}`,
      (sql) => sql`DELETE FROM contacts WHERE id = ${take(contacts)}`,
      async (sql) => {
        const [row] = await sql`
INSERT INTO orders (account_id, user_id, amount, currency, placed_at)
VALUES ((SELECT id FROM accounts WHERE id = ${some(accounts)}), ${user()}, ${dice.below(120)}, 'EUR', now()) RETURNING id`
        orders.push(row!.id)
      },
      (sql) =>
        sql`UPDATE orders SET account_id = (SELECT id FROM accounts WHERE id = ${some(accounts)}), amount = ${dice.below(120)} WHERE id = ${some(orders)}`,
      (sql) => sql`DELETE FROM orders WHERE id = ${take(orders)}`,
      (sql) => sql`
INSERT INTO order_items (order_id, sku, quantity, unit_price, currency)
SELECT id, 'x', 1, 1, 'EUR' FROM orders WHERE id = ${some(orders)}`,
      (sql) => sql`INSERT INTO events (name, user_id) VALUES (${dice.pick(['Signed In', 'Viewed'])}, ${user()})`,
      (sql) => sql`INSERT INTO events (name, user_id) VALUES (${dice.pick(['Signed In', 'Viewed'])}, ${user()})`,
      (sql) =>
        sql`INSERT INTO events (name, user_id, anonymous_id) VALUES ('Viewed', ${user()}, ${`n${dice.below(4)}`})`,
      (sql) => sql`
INSERT INTO events (type, name, user_id, context, traits)
VALUES ('group', 'group', ${user()}, ${sql.json({ groupId: `g${dice.below(6)}` })}, ${sql.json({ employees: dice.below(100) })})`,
    ]
    for (let step = 0; step < 60; step++) {
      for (let n = 1 + dice.below(3); n > 0; n--) await ours(dice.pick(writes))
      if (dice.chance(0.6)) {
        await settle()
        await compare()
      }
      if (step % 7 === 6 && later.length > 0) {
        await settle()
        await define(...later.shift()!)
      }
    }
    await settle()
    await compare()
    await compareHistory()

    const [member] = await seen(
      (sql) => sql<{ id: string }[]>`
SELECT profile_id AS id FROM profile_accounts ORDER BY account_id LIMIT 1`,
    )
    if (member) await inTenant(db.api, tenant, (sql) => eraseProfile(sql, tenant, { profileId: member.id }))
    await settle()
    await compare()

    // Nothing was told: what has been missed is found by walking through everything.
    await ours((sql) => sql`UPDATE accounts SET employees = 99 - employees WHERE tenant_id = ${tenant}`)
    await ours((sql) => sql`DELETE FROM accounts WHERE id = ${accounts[0] ?? null}`)
    await told(tenant)
    expect((await recompute(db.worker, tenant)).rows).toBeGreaterThan(0)
    await compare()
    await compareHistory()
  },
)

it('lets an account that was deleted leave, also where the segment is paused', async () => {
  const { tenant, ours, seen, settle, define } = await world('deleted')
  await told(tenant)
  const segment = await define('account', 'segment', 'all', { all: [] })
  await ours((sql) => sql`INSERT INTO accounts (name) VALUES ('Acme')`)
  await settle()
  await ours((sql) => sql`UPDATE segments SET status = 'paused' WHERE id = ${segment}`)
  await backfill(db.worker, tenant, 'segment', segment)
  await ours((sql) => sql`DELETE FROM accounts WHERE tenant_id = ${tenant}`)
  await settle()
  expect(await seen((sql) => sql`SELECT FROM segment_accounts`)).toHaveLength(0)
  const history = await seen((sql) => sql`SELECT kind, cause FROM transitions ORDER BY at, id`)
  expect(history.map(({ kind, cause }) => [kind, cause])).toEqual([
    ['segment_entered', 'change'],
    ['segment_left', 'change'],
  ])
})

it('says of what time did to an account that time did it, also where it was found by a person whose time had come', async () => {
  const { tenant, ours, seen, settle, define } = await world('by-time')
  await told(tenant)
  await define('person', 'segment', 'here', { event: { name: 'Seen', within: 'PT2S' } })
  const warm = await define('account', 'segment', 'warm', { people: { rule: { segment: { key: 'here' } } } })
  const [account] = await ours((sql) => sql<{ id: string }[]>`INSERT INTO accounts (name) VALUES ('Acme') RETURNING id`)
  await ours((sql) => sql`INSERT INTO contacts (account_id, user_id) VALUES (${account!.id}, 'ada')`)
  await settle()
  await ours(
    (sql) => sql`INSERT INTO events (name, user_id, occurred_at) VALUES ('Seen', 'ada', now() + interval '2 s')`,
  )
  await settle()
  const [ada] = await seen((sql) => sql<{ id: string }[]>`SELECT id FROM profiles WHERE tenant_id = kith_tenant()`)
  for (const later of [2.1, 2.1]) {
    await ours((sql) => sql`SELECT pg_sleep(${later})`)
    await react(db.worker, tenant, [{ tenant, profiles: [ada!.id], cause: 'timer' }])
  }
  const transitions = await seen(
    (sql) => sql`SELECT kind, cause FROM transitions WHERE segment_id = ${warm} ORDER BY at, id`,
  )
  expect(transitions.map(({ kind, cause }) => [kind, cause])).toEqual([
    ['segment_entered', 'timer'],
    ['segment_left', 'timer'],
  ])
})

it('lets an account leave at the instant that it is due, and everybody when the segment is archived', async () => {
  const { tenant, ours, seen, settle, define } = await world('timed')
  await told(tenant)
  const segment = await define('account', 'segment', 'here', { event: { name: 'Seen', within: 'PT0.2S' } })
  const all = await define('account', 'segment', 'all', { all: [] })
  const [account] = await ours((sql) => sql<{ id: string }[]>`INSERT INTO accounts (name) VALUES ('Acme') RETURNING id`)
  await ours((sql) => sql`INSERT INTO contacts (account_id, user_id) VALUES (${account!.id}, 'ada')`)
  await settle()
  await ours((sql) => sql`INSERT INTO events (name, user_id) VALUES ('Seen', 'ada')`)
  await settle()
  const due = () =>
    seen((sql) => sql<{ due_at: string }[]>`SELECT due_at FROM account_timers WHERE tenant_id = kith_tenant()`)
  const transitions = () =>
    seen(
      (sql) =>
        sql`SELECT kind, cause FROM transitions WHERE segment_id = ${segment} AND account_id = ${account!.id} ORDER BY at, id`,
    )
  const inside = await due()
  // A slow machine may find the window over already.
  if (inside.length > 0) {
    await ours(
      (sql) =>
        sql`SELECT pg_sleep(greatest(0, extract(epoch FROM ${inside[0]!.due_at}::timestamptz - clock_timestamp())))`,
    )
    await react(db.worker, tenant, [{ tenant, accounts: [account!.id], cause: 'timer' }])
    expect((await transitions()).map(({ kind, cause }) => [kind, cause])).toEqual([
      ['segment_entered', 'change'],
      ['segment_left', 'timer'],
    ])
  }
  expect(await due()).toHaveLength(0)
  await ours((sql) => sql`UPDATE segments SET status = 'archived' WHERE id = ${all}`)
  await backfill(db.worker, tenant, 'segment', all)
  expect(await seen((sql) => sql`SELECT FROM segment_accounts`)).toHaveLength(0)
  expect(
    await seen((sql) => sql`SELECT FROM transitions WHERE segment_id = ${all} AND cause = 'archived'`),
  ).toHaveLength(1)
})

it('takes its value from every account when a label of accounts is archived that nothing refers to', async () => {
  const { tenant, ours, seen, settle, define } = await world('archived')
  const label = await define('account', 'label', 'size', { cases: [{ when: { all: [] }, value: 'any' }] })
  await ours((sql) => sql`INSERT INTO accounts (name) VALUES ('Acme')`)
  await settle()
  const values = () => seen((sql) => sql`SELECT value FROM account_label_values WHERE label_id = ${label}`)
  expect([...(await values())]).toEqual([{ value: 'any' }])
  await ours((sql) => sql`UPDATE labels SET status = 'archived' WHERE id = ${label}`)
  await backfill(db.worker, tenant, 'label', label)
  expect([...(await values())]).toEqual([])
})
