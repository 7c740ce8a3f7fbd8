import { expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { testDatabase } from '../../test/database.ts'
import { type Definition, parseAccountRule, parseLabelRule, parseRule, type Subject } from './index.ts'
import { type ExplainedNode, explain } from './explain.ts'
import { compile } from './compile.ts'
import { toIso } from './testing/calendar.ts'
import { Dice } from './testing/dice.ts'
import { randomDefinitions } from './testing/random-rule.ts'
import { randomTime, randomWorld, storeWorld } from './testing/random-world.ts'

const AT = '2026-03-10T12:00:00.000000Z'
const db = await testDatabase()
const tenant = await db.createTenant('explained')
const ada = crypto.randomUUID()
await inTenant(db.owner, tenant, async (sql) => {
  await sql`INSERT INTO profiles (id, traits, first_seen, last_seen) VALUES (${ada}, '{"plan": {"name": "pro"}}', '2026-01-01', ${AT})`
  await sql`INSERT INTO identifiers (id, type, value, profile_id, first_seen) VALUES (identifier_id('user_id', 'ada'), 'user_id', 'ada', ${ada}, ${AT})`
  await sql`INSERT INTO events (name, user_id, occurred_at, properties)
SELECT 'viewed', 'ada', timestamptz '2026-03-10 12:00Z' - n * interval '1 hour', jsonb_build_object('n', n) FROM generate_series(1, 14) n`
  await sql`INSERT INTO orders (user_id, amount, currency, placed_at) VALUES ('ada', 40, 'EUR', '2026-03-01'), ('ada', 60, 'EUR', '2026-03-02')`
})
const moment = { id: ada, at: AT, timezone: 'UTC' }
const segment = (key: string, rule: unknown): Definition => ({
  id: crypto.randomUUID(),
  kind: 'segment',
  key,
  rule: parseRule(rule),
})

const rich = segment('rich', { record: { kind: 'order', aggregate: { sum: 'amount', gte: 90 } } })
const stage: Definition = {
  id: crypto.randomUUID(),
  kind: 'label',
  key: 'stage',
  rule: parseLabelRule({ cases: [{ when: { segment: { key: 'rich' } }, value: 'gold' }], otherwise: 'none' }),
}
const keen = segment('keen', {
  all: [
    { field: { path: 'plan.name', eq: 'pro' } },
    { event: { name: 'viewed', within: 'P1D', count: { gte: 20 } } },
    { not: { segment: { key: 'rich' } } },
    { label: { key: 'stage', eq: 'gold' } },
  ],
})

it('gives each node its answer, what it compared, and the rows that prove it', async () => {
  const found = (await inTenant(db.api, tenant, (sql) => explain(sql, keen, [rich, stage, keen], moment)))!
  expect(found).toMatchObject({ value: false, until: null, id: ada })
  const [all] = found.nodes as [ExplainedNode]
  expect(all).toMatchObject({ node: 'all', path: ['all'], holds: false })
  const [field, event, not, label] = all.children as [ExplainedNode, ExplainedNode, ExplainedNode, ExplainedNode]
  expect(field).toMatchObject({ path: ['all', 0, 'field'], holds: true, found: 'pro', evidence: [] })
  expect(event).toMatchObject({ path: ['all', 1, 'event'], holds: false, found: 14 })
  expect(event.evidence).toHaveLength(10)
  expect(event.evidence[0]).toMatchObject({
    kind: 'event',
    at: '2026-03-10T11:00:00Z',
    data: { name: 'viewed', properties: { n: 1 } },
  })
  expect(not).toMatchObject({ holds: false })
  const sum = not.children[0]!.children[0]!
  expect(sum).toMatchObject({ path: ['all', 2, 'not', 'segment', 'record'], holds: true, found: 100 })
  expect(sum.evidence.map(({ kind, data }) => [kind, data.amount])).toEqual([
    ['order', 60],
    ['order', 40],
  ])
  expect(label).toMatchObject({ holds: true, found: 'gold' })
})

it('explains a label by its cases, and a computed one by its rows', async () => {
  const found = (await inTenant(db.api, tenant, (sql) => explain(sql, stage, [rich, stage], moment)))!
  expect(found.value).toBe('gold')
  expect(found.nodes[0]).toMatchObject({ path: ['cases', 0, 'when', 'segment'], holds: true })
  const spent: Definition = {
    ...stage,
    key: 'spent',
    rule: parseLabelRule({ compute: { of: 'sum', path: 'amount', record: { kind: 'order' } } }),
  }
  const sum = (await inTenant(db.api, tenant, (sql) => explain(sql, spent, [], moment)))!
  expect(sum.value).toBe(100)
  expect(sum.nodes[0]!.evidence).toHaveLength(2)
})

it('says of an account what it compared, and which of its people are meant', async () => {
  const acme = crypto.randomUUID()
  await inTenant(db.owner, tenant, async (sql) => {
    const [contact] = await sql<{ id: string }[]>`
WITH account AS (INSERT INTO accounts (id, name, employees, custom) VALUES (${acme}, 'Acme', 70, '{"tier": "a"}') RETURNING id)
INSERT INTO contacts (account_id, user_id) SELECT id, 'ada' FROM account RETURNING id`
    await sql`
INSERT INTO identifiers (id, type, value, profile_id, first_seen)
VALUES (identifier_id('contact', ${contact!.id}), 'contact', ${contact!.id}, ${ada}, ${AT})`
  })
  const rule = parseAccountRule({
    all: [
      { field: { path: 'employees', gte: 50 } },
      { field: { path: 'custom.tier', eq: 'a' } },
      { people: { rule: { segment: { key: 'rich' } } } },
      { event: { name: 'viewed', within: 'P1D' } },
      { not: { children: { rule: { all: [] } } } },
    ],
  })
  const big: Definition = { id: crypto.randomUUID(), kind: 'segment', key: 'big', subject: 'account', rule }
  const found = (await inTenant(db.api, tenant, (sql) => explain(sql, big, [rich, big], { ...moment, id: acme })))!
  expect(found).toMatchObject({ value: true, subject: 'account', id: acme })
  const [employees, tier, people, event] = found.nodes[0]!.children as ExplainedNode[]
  expect(employees).toMatchObject({ found: 70, holds: true })
  expect(tier).toMatchObject({ found: 'a', holds: true })
  expect(people).toMatchObject({ found: 1, holds: true, evidence: [{ kind: 'person', id: ada }] })
  expect(event).toMatchObject({ found: 14, holds: true, until: '2026-03-11T11:00:00Z' })
  expect(event!.evidence).toHaveLength(10)
})

it('says nothing of whom it does not know', async () => {
  const nobody = { ...moment, id: crypto.randomUUID() }
  expect(await inTenant(db.api, tenant, (sql) => explain(sql, keen, [], nobody))).toBeNull()
})

it('agrees with the evaluation, whatever the rule', async () => {
  const dice = new Dice(4)
  const world = randomWorld(dice, 12)
  const other = await db.createTenant('random')
  await inTenant(db.owner, other, (sql) => storeWorld(sql, world))
  await inTenant(db.owner, other, async (sql) => {
    for (let n = 0; n < 12; n++) {
      const definitions = randomDefinitions(dice, 12)
      const at = toIso(randomTime(dice))
      const asked = { person: dice.pick(world.profiles).id, account: dice.pick(world.accounts).id }
      const evaluate = (subject: Subject) => {
        const { text, parameters } = compile(definitions, subject)
        return sql.unsafe(text, [[asked[subject]], at, 'Europe/Berlin', ...parameters] as never[])
      }
      const rows = [...(await evaluate('person')), ...(await evaluate('account'))]
      for (const definition of definitions) {
        const moment = { id: asked[definition.subject ?? 'person'], at, timezone: 'Europe/Berlin' }
        const { value } = rows.find((row) => row.definition_id === definition.id)!
        const found = (await explain(sql, definition, definitions, moment))!
        expect(found.value).toEqual(value)
        if (definition.kind === 'segment') expect(found.nodes[0]!.holds).toBe(value)
        for (const node of found.nodes) checkLogic(node)
      }
    }
  })
})

/** What the children say must be what the node says; of several accounts each child may mean another. */
function checkLogic({ node, holds, children, path }: ExplainedNode): void {
  const held = children.map((child) => child.holds)
  const ofAccounts = path.includes('account') && node !== 'account'
  if (node === 'all' && ofAccounts) expect(!holds || held.every(Boolean)).toBe(true)
  else if (node === 'all') expect(holds).toBe(held.every(Boolean))
  if (node === 'any') expect(holds).toBe(held.some(Boolean))
  if (node === 'not' && !ofAccounts) expect(held).toEqual([!holds])
  if ((node === 'segment' || node === 'account') && children.length > 0) expect(held).toEqual([holds])
  for (const child of children) checkLogic(child)
}
