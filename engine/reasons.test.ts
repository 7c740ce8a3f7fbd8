import { expect, it } from 'vitest'
import { inTenant, type Transaction } from '../db/client.ts'
import { testDatabase, until } from '../test/database.ts'
import { graphql } from '../test/graphql.ts'
import { backfill } from './backfill.ts'
import { eraseProfile, mergeProfiles, undoMerge } from './identity/index.ts'
import { react } from './react.ts'
import { reasonsOf } from './reasons.ts'

const db = await testDatabase()
const tenant = await db.createTenant('shop')
const ask = graphql(db.api)('shop-admin')

const SEGMENTS = {
  keen: {
    all: [{ field: { path: 'plan', eq: 'pro' } }, { event: { name: 'Viewed', within: 'P7D', count: { gte: 3 } } }],
  },
  lately: { event: { name: 'Viewed', within: 'PT1H' } },
  abandoned: {
    followedBy: { first: { name: 'Added' }, then: { name: 'Ordered' }, within: 'PT10M', absent: true },
  },
  keener: { all: [{ segment: { key: 'keen' } }, { not: { event: { name: 'Ordered' } } }] },
  buyer: { record: { kind: 'order', count: { gte: 1 } } },
}
const LABEL = {
  cases: [
    { when: { event: { name: 'Ordered', count: { gte: 2 } } }, value: 'gold' },
    { when: { event: { name: 'Ordered' } }, value: 'silver' },
  ],
}
const ids = new Map<string, string>()
for (const [key, rule] of Object.entries(SEGMENTS)) {
  const [row] = await db.owner`
INSERT INTO segments (tenant_id, key, name, rule) VALUES (${tenant}, ${key}, ${key}, ${db.owner.json(rule as never)}) RETURNING id`
  ids.set(key, row!.id as string)
}
for (const key of ['tier', 'rank']) {
  const [label] = await db.owner`
INSERT INTO labels (tenant_id, key, name, rule) VALUES (${tenant}, ${key}, ${key}, ${db.owner.json(LABEL as never)}) RETURNING id`
  ids.set(key, label!.id as string)
}

type Said = { name: string; ago?: string; traits?: object }

/** Events of one user, received in this order, and the reaction to them. */
async function say(user: string, ...said: Said[]): Promise<string[]> {
  const events: string[] = []
  for (const { name, ago = '0 s', traits = {} } of said) {
    const [row] = await db.owner`
INSERT INTO events (tenant_id, type, name, user_id, occurred_at, received_at, traits)
VALUES (${tenant}, 'track', ${name}, ${user}, clock_timestamp() - ${ago}::interval, clock_timestamp(), ${db.owner.json(traits as never)})
RETURNING id, occurred_at`
    events.push(row!.id as string)
    const refs = [[row!.occurred_at, row!.id]]
    await react(db.worker, tenant, [
      { tenant, people: [{ ids: { user_id: user }, from: row!.occurred_at, to: row!.occurred_at, refs }] } as never,
    ])
  }
  return events
}

async function profileOf(user: string): Promise<string> {
  const [row] = await db.owner`SELECT profile_id AS id FROM identifiers WHERE tenant_id = ${tenant} AND value = ${user}`
  return row!.id as string
}

const told = (id: string) => inTenant(db.api, tenant, (sql) => reasonsOf(sql, id))

/** Reasons of which nothing is missing. */
async function wholly(id: string) {
  const { reasons, missing } = (await told(id))!
  expect(missing).toBeNull()
  return reasons
}

/** The reasons of the latest transition of a user and definition. */
async function why(user: string, key: string) {
  const [row] = await db.owner`
SELECT id, kind, cause FROM transitions
WHERE tenant_id = ${tenant} AND profile_id = ${await profileOf(user)} AND coalesce(segment_id, label_id) = ${ids.get(key)!}
ORDER BY at DESC LIMIT 1`
  expect(row, `a transition of ${user} and ${key}`).toBeDefined()
  const id = row!.id as string
  return { id, kind: row!.kind as string, cause: row!.cause as string, reasons: await wholly(id) }
}

it('names the node that an event turned, and that event', async () => {
  const [, , , third] = await say(
    'ada',
    { name: 'identify', traits: { plan: 'pro' } },
    { name: 'Viewed' },
    { name: 'Viewed' },
    { name: 'Viewed' },
  )
  const { reasons, ...transition } = await why('ada', 'keen')
  expect(transition).toMatchObject({ kind: 'segment_entered', cause: 'change' })
  expect(reasons).toEqual([
    {
      path: ['all', 1, 'event'],
      node: 'event',
      rule: SEGMENTS.keen.all[1],
      trigger: 'event',
      held: false,
      holds: true,
      at: null,
      found: 3,
      evidence: [
        { kind: 'event', id: third, at: expect.any(String), data: expect.objectContaining({ name: 'Viewed' }) },
      ],
    },
  ])
  // What came later changes nothing of it.
  const [ordered] = await say('ada', { name: 'Viewed' }, { name: 'Ordered' }).then((all) => all.slice(1))
  expect((await why('ada', 'keen')).reasons).toEqual(reasons)
  // Through a segment that is referred to, and by a negation.
  expect(await why('ada', 'keener')).toMatchObject({
    kind: 'segment_left',
    reasons: [
      {
        path: ['all', '1', 'not', 'event'].map((step) => (step === '1' ? 1 : step)),
        trigger: 'event',
        held: false,
        holds: true,
        evidence: [{ id: ordered }],
      },
    ],
  })
})

it('knows of an event that came between the instant of the reaction and its reading', async () => {
  const [, second] = await say('eve', { name: 'identify', traits: { plan: 'pro' } }, { name: 'Ordered' })
  const { id } = await why('eve', 'tier')
  await db.owner`
UPDATE events e SET received_at = t.at + interval '1 microsecond' FROM transitions t
WHERE t.tenant_id = ${tenant} AND t.id = ${id} AND e.tenant_id = ${tenant} AND e.id = ${second!}`
  const { reasons } = await why('eve', 'tier')
  expect(reasons).toMatchObject([{ node: 'event', trigger: 'event', held: false, evidence: [{ id: second }] }])
})

it('follows a segment that the rule refers to', async () => {
  await say(
    'bea',
    { name: 'identify', traits: { plan: 'pro' } },
    { name: 'Viewed' },
    { name: 'Viewed' },
    { name: 'Viewed' },
  )
  const { reasons } = await why('bea', 'keener')
  expect(reasons).toMatchObject([{ path: ['all', 0, 'segment', 'all', 1, 'event'], trigger: 'event', found: 3 }])
})

it('names the trait that completed the rule', async () => {
  const [, , , identified] = await say(
    'cleo',
    { name: 'Viewed' },
    { name: 'Viewed' },
    { name: 'Viewed' },
    { name: 'identify', traits: { plan: 'pro' } },
  )
  expect((await why('cleo', 'keen')).reasons).toMatchObject([
    {
      path: ['all', 0, 'field'],
      trigger: 'event',
      held: false,
      holds: true,
      found: 'pro',
      evidence: [{ id: identified }],
    },
  ])
  // What the trait was then is told by what had been said by then.
  const entered = await why('cleo', 'keen')
  await say('cleo', { name: 'identify', traits: { plan: 'free' } })
  expect(await wholly(entered.id)).toEqual(entered.reasons)
  expect((await why('cleo', 'keen')).reasons).toMatchObject([
    { path: ['all', 0, 'field'], trigger: 'event', holds: false, found: 'free' },
  ])
})

it('names the instant at which time turned a node, however late the timer was, and the events that it is about', async () => {
  const [viewed] = await say('dora', { name: 'Viewed', ago: '59 minutes 55 s' })
  const [added] = await say('emil', { name: 'Added', ago: '9 minutes 55 s' })
  expect((await why('dora', 'lately')).kind).toBe('segment_entered')
  const due = await db.owner<{ dora: string; emil: string }[]>`
SELECT max(occurred_at + interval '1 hour') FILTER (WHERE id = ${viewed!}) AS dora,
  max(occurred_at + interval '10 minutes') FILTER (WHERE id = ${added!}) AS emil
FROM events`
  const { dora, emil } = due[0]!
  // More than the second by which the clock is first set back.
  const over = () =>
    db.owner`SELECT FROM tenants WHERE clock_timestamp() > greatest(${dora}::timestamptz, ${emil}) + interval '1.2 s'`
  await until(over, (rows) => rows.length > 0, { timeout: 30_000 })
  await react(db.worker, tenant, [
    { tenant, profiles: [await profileOf('dora'), await profileOf('emil')], cause: 'timer' },
  ])
  expect(await why('dora', 'lately')).toMatchObject({
    kind: 'segment_left',
    cause: 'timer',
    reasons: [{ path: ['event'], trigger: 'time', held: true, holds: false, at: dora, evidence: [{ id: viewed }] }],
  })
  expect(await why('emil', 'abandoned')).toMatchObject({
    kind: 'segment_entered',
    cause: 'timer',
    reasons: [{ path: ['followedBy'], trigger: 'time', held: false, holds: true, at: emil, evidence: [{ id: added }] }],
  })
})

it('names the record that came', async () => {
  await say('finn', { name: 'Viewed' })
  await db.owner`INSERT INTO orders (tenant_id, user_id, amount, currency, placed_at) VALUES (${tenant}, 'finn', 5, 'EUR', now())`
  await react(db.worker, tenant, [{ tenant, people: [{ ids: { user_id: 'finn' } }] } as never])
  expect((await why('finn', 'buyer')).reasons).toMatchObject([
    { node: 'record', trigger: 'state', held: false, holds: true, evidence: [{ kind: 'order', data: { amount: 5 } }] },
  ])
  // Also when it is another one since, and when it is gone; and that it went is a reason itself.
  const entered = await why('finn', 'buyer')
  await db.owner`UPDATE orders SET amount = 7, status = 'returned' WHERE tenant_id = ${tenant} AND user_id = 'finn'`
  const again = () => wholly(entered.id)
  expect(await again()).toMatchObject([{ found: 1, evidence: [{ kind: 'order', data: { amount: 5 } }] }])
  await db.owner`DELETE FROM orders WHERE tenant_id = ${tenant} AND user_id = 'finn'`
  await react(db.worker, tenant, [{ tenant, people: [{ ids: { user_id: 'finn' } }] } as never])
  expect(await again()).toEqual(entered.reasons)
  expect(await why('finn', 'buyer')).toMatchObject({
    kind: 'segment_left',
    reasons: [
      {
        ...{ node: 'record', trigger: 'state', held: true, holds: false, found: 0 },
        evidence: [{ kind: 'order', data: { amount: 7 } }],
      },
    ],
  })
})

it("tells the case of a label, and the rule of the transition's own time", async () => {
  await say('gwen', { name: 'Ordered' })
  const silver = await why('gwen', 'tier')
  expect(silver.reasons).toMatchObject([{ path: ['cases', 1, 'when', 'event'], trigger: 'event', holds: true }])
  const [, second] = await say('gwen', { name: 'Viewed' }, { name: 'Ordered' })
  expect((await why('gwen', 'tier')).reasons).toMatchObject([
    { path: ['cases', 0, 'when', 'event'], trigger: 'event', held: false, holds: true, evidence: [{ id: second }] },
  ])
  const other = { cases: [{ when: { event: { name: 'Viewed' } }, value: 'seen' }] }
  await db.owner`UPDATE labels SET rule = ${db.owner.json(other as never)} WHERE id = ${ids.get('tier')!}`
  await backfill(db.worker, tenant, 'label', ids.get('tier')!)
  expect(await why('gwen', 'tier')).toMatchObject({
    cause: 'backfill',
    reasons: [
      {
        path: ['cases', 0, 'when', 'event'],
        trigger: 'definition',
        held: null,
        holds: true,
        rule: other.cases[0]!.when,
      },
    ],
  })
  const again = await wholly(silver.id)
  expect(again).toEqual(silver.reasons)
})

it('is told of a profile that became part of another, and of both once they are parted again', async () => {
  const [, , , third] = await say(
    'hugo',
    { name: 'identify', traits: { plan: 'pro' } },
    { name: 'Viewed' },
    { name: 'Viewed' },
    { name: 'Viewed' },
  )
  const before = await why('hugo', 'keen')
  expect(before.reasons).toMatchObject([{ node: 'event', trigger: 'event', evidence: [{ id: third }] }])
  await say('ivo', { name: 'Ordered' })
  const alone = await why('ivo', 'rank')
  const [hugo, ivo] = [await profileOf('hugo'), await profileOf('ivo')]
  const decide = (work: (sql: Transaction) => Promise<unknown>) => inTenant(db.api, tenant, work)
  const reactTo = (...users: string[]) =>
    react(db.worker, tenant, [{ tenant, people: users.map((user) => ({ ids: { user_id: user } })) } as never])

  await decide((sql) => mergeProfiles(sql, tenant, { intoId: ivo, profileIds: [hugo] }))
  await reactTo('ivo')
  // Those of each from before, as they were; and that the one entered because of the other.
  expect(await wholly(before.id)).toEqual(before.reasons)
  expect(await wholly(alone.id)).toEqual(alone.reasons)
  const [left] = await db.owner`
SELECT id FROM transitions WHERE profile_id = ${hugo} AND segment_id = ${ids.get('keen')!} AND kind = 'segment_left'`
  expect(await told(left!.id as string)).toEqual({ reasons: [], missing: expect.stringContaining('one person') })
  // The label of both: an order of one and an order of the other.
  const [ordered] = await say('hugo', { name: 'Ordered' })
  const gold = await why('ivo', 'rank')
  expect(gold.reasons).toMatchObject([{ trigger: 'event', found: 2, evidence: [{ id: ordered }] }])

  const [merge] = await db.owner`SELECT id FROM merges WHERE profile_id = ${hugo} AND kind = 'merge'`
  await decide((sql) => undoMerge(sql, tenant, { mergeId: merge!.id as string }))
  await reactTo('ivo', 'hugo')
  for (const { id, reasons } of [before, alone, gold]) expect(await wholly(id)).toEqual(reasons)
  // What was true of both together is true of neither: the parting turned it.
  const parted = await why('ivo', 'rank')
  expect(parted.reasons).toMatchObject([
    { path: ['cases', 0, 'when', 'event'], trigger: 'identity', held: true, holds: false, found: 1 },
  ])
})

it('names the merge that made a rule true', async () => {
  await say('juno', { name: 'Ordered' })
  await say('kira', { name: 'Ordered' })
  const [juno, kira] = [await profileOf('juno'), await profileOf('kira')]
  await inTenant(db.api, tenant, (sql) => mergeProfiles(sql, tenant, { intoId: juno, profileIds: [kira] }))
  await react(db.worker, tenant, [{ tenant, people: [{ ids: { user_id: 'juno' } }] } as never])
  expect((await why('juno', 'rank')).reasons).toMatchObject([
    { path: ['cases', 0, 'when', 'event'], trigger: 'identity', held: false, holds: true, found: 2 },
  ])
})

it('says what is not known any more, and the parts of the rule by what is left', async () => {
  await say('lena', { name: 'Viewed' })
  await db.owner`INSERT INTO orders (tenant_id, user_id, amount, currency, placed_at) VALUES (${tenant}, 'lena', 5, 'EUR', now())`
  await react(db.worker, tenant, [{ tenant, people: [{ ids: { user_id: 'lena' } }] } as never])
  const { id, reasons } = await why('lena', 'buyer')
  expect(reasons).toHaveLength(1)
  await db.owner`DELETE FROM orders WHERE tenant_id = ${tenant} AND user_id = 'lena'`
  // The log of that time is pruned.
  await db.owner.begin(async (sql) => {
    await sql`SELECT set_config('kith.audit_upkeep', 'on', true)`
    await sql`DELETE FROM audit_log WHERE tenant_id = ${tenant}`
  })
  expect(await told(id)).toEqual({
    missing: expect.stringMatching(/^The audit log is kept not of that time: what records, consents/),
    reasons: [
      expect.objectContaining({
        path: ['record'],
        trigger: 'unknown',
        held: null,
        holds: false,
        found: 0,
        evidence: [],
      }),
    ],
  })
  // Who is erased is not told of.
  await inTenant(db.api, tenant, async (sql) => eraseProfile(sql, tenant, { profileId: await profileOf('lena') }))
  await react(db.worker, tenant, [{ tenant, people: [{ ids: { user_id: 'lena' } }] } as never])
  expect(await told(id)).toEqual({ missing: 'The person has been erased since.', reasons: [] })
})

it('says that the definition was archived', async () => {
  await say('mona', { name: 'Viewed' })
  await db.owner`UPDATE segments SET status = 'archived' WHERE id = ${ids.get('lately')!}`
  await backfill(db.worker, tenant, 'segment', ids.get('lately')!)
  const [left] = await db.owner`
SELECT id FROM transitions WHERE profile_id = ${await profileOf('mona')} AND segment_id = ${ids.get('lately')!} ORDER BY at DESC LIMIT 1`
  expect(await told(left!.id as string)).toEqual({ reasons: [], missing: expect.stringContaining('archived') })
})

it('is told by the API with the transition, to the tenant alone', async () => {
  const { id } = await why('ada', 'keen')
  const query = `{ transitions(first: 1, filter: {id: {eq: "Transition:${id}"}}) { nodes { reasonsMissing reasons { path node trigger held holds at found evidence { kind id } } } } }`
  const { data } = await ask(query)
  expect(data.transitions.nodes[0].reasonsMissing).toBeNull()
  expect(data.transitions.nodes[0].reasons).toMatchObject([
    { path: ['all', '1', 'event'], node: 'event', trigger: 'EVENT', held: false, holds: true, found: 3 },
  ])
  await db.createTenant('bank')
  const bank = await db.owner`SELECT id FROM tenants WHERE slug = 'bank'`
  expect(await inTenant(db.api, bank[0]!.id as string, (sql) => reasonsOf(sql, id))).toBeNull()
})
