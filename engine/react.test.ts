import { beforeEach, describe, expect, it } from 'vitest'
import { inTenant } from '../db/client.ts'
import { testDatabase, until } from '../test/database.ts'
import { backfill } from './backfill.ts'
import { explainIdentity, identifierId, saveIdentifierType } from './identity/index.ts'
import { advance, begin } from './progress.ts'
import { type Change, react } from './react.ts'
import { recompute } from './recompute.ts'

const db = await testDatabase()
let tenants = 0
let tenant: string

beforeEach(async () => {
  tenant = await db.createTenant(`tenant-${++tenants}`)
})

const inOurs = <T>(work: Parameters<typeof inTenant<T>>[2]) => inTenant(db.worker, tenant, work)

const person = (ids: Record<string, string>): Change => ({ tenant, people: [{ ids }] })
const ada = () => person({ user_id: 'ada' })

async function createSegment(key: string, rule: object): Promise<string> {
  const [row] = await inOurs(
    (sql) =>
      sql`INSERT INTO segments (key, name, rule) VALUES (${key}, ${key}, ${sql.json(rule as never)}) RETURNING id`,
  )
  return row!.id as string
}

async function createLabel(key: string, rule: object): Promise<string> {
  const [row] = await inOurs(
    (sql) => sql`INSERT INTO labels (key, name, rule) VALUES (${key}, ${key}, ${sql.json(rule as never)}) RETURNING id`,
  )
  return row!.id as string
}

async function track(
  name: string,
  { userId = 'ada' as string | null, anonymousId = null as string | null, ago = '0 s' } = {},
): Promise<void> {
  await inOurs(
    (sql) => sql`
INSERT INTO events (name, user_id, anonymous_id, occurred_at) VALUES (${name}, ${userId}, ${anonymousId}, clock_timestamp() - ${ago}::interval)`,
  )
}

type Item = { seq: string; kind: string; profile_id: string; payload: Record<string, unknown> }

const feed = async () => [
  ...(await inOurs((sql) => sql<Item[]>`SELECT seq, kind, profile_id, payload FROM feed ORDER BY seq`)),
]
const told = async () =>
  (await feed()).map(({ kind, payload: { key, cause, change } }) =>
    [kind, key ?? change, cause].filter(Boolean).join(' '),
  )
const members = async (key: string) => [
  ...(await inOurs(
    (sql) => sql<{ profile_id: string; since: string }[]>`
SELECT profile_id, m.since FROM members m JOIN segments s ON s.id = segment_id WHERE key = ${key}`,
  )),
]
const timers = async () => [
  ...(await inOurs(
    (sql) =>
      sql<
        { profile_id: string; due_at: string }[]
      >`SELECT profile_id, due_at FROM timers WHERE tenant_id = kith_tenant()`,
  )),
]
const profileOf = async (userId: string) => {
  const [row] = await inOurs(
    (sql) => sql`SELECT profile_id FROM identifiers WHERE type = 'user_id' AND value = ${userId}`,
  )
  return row!.profile_id as string
}

const setTraits = async (userId: string, traits: object) => {
  const id = await profileOf(userId)
  await inOurs((sql) => sql`UPDATE profiles SET traits = ${sql.json(traits as never)} WHERE id = ${id}`)
}

const viewed = (count = 1, within = 'P7D') => ({ event: { name: 'Viewed', within, count: { gte: count } } })

describe('a reaction', () => {
  it('lets a person enter once, whatever is repeated', async () => {
    await createSegment('viewers', viewed())
    await react(db.worker, tenant, [ada()])
    expect(await told()).toEqual(['profile_changed created'])
    await track('Viewed')
    const first = await react(db.worker, tenant, [ada()])
    const again = await react(db.worker, tenant, [ada(), ada()])
    expect(first).toMatchObject({ profiles: 1, transitions: 1, lastSeq: '2' })
    expect(again).toMatchObject({ transitions: 0, lastSeq: null })
    expect(await told()).toEqual(['profile_changed created', 'segment_entered viewers change'])
    expect(await members('viewers')).toHaveLength(1)
  })

  it('sets a timer at the instant of the next flip, and lets the person leave when it fires', async () => {
    await createSegment('viewers', viewed())
    await track('Viewed', { ago: '6 days 23:59:59.5' })
    await react(db.worker, tenant, [ada()])
    const [timer] = await timers()
    const [{ due }] = (await inOurs((sql) => sql`SELECT occurred_at + '7 days'::interval AS due FROM events`)) as [
      { due: string },
    ]
    expect(timer!.due_at).toBe(due)
    await inOurs((sql) => sql`SELECT pg_sleep_until(${due}::timestamptz)`)
    await react(db.worker, tenant, [{ tenant, profiles: [timer!.profile_id], cause: 'timer' }])
    expect(await told()).toEqual([
      'profile_changed created',
      'segment_entered viewers change',
      'segment_left viewers timer',
    ])
    expect(await timers()).toEqual([])
    expect(await members('viewers')).toEqual([])
  })

  it('tells of a label before the segments, with both values', async () => {
    await createLabel('plan', { cases: [{ when: { field: { path: 'plan', eq: 'pro' } }, value: 'paying' }] })
    await createSegment('pros', { label: { key: 'plan', eq: 'paying' } })
    await react(db.worker, tenant, [ada()])
    await setTraits('ada', { plan: 'pro' })
    await react(db.worker, tenant, [ada()])
    await setTraits('ada', {})
    await react(db.worker, tenant, [ada()])
    const changes = (await feed())
      .filter((item) => item.kind === 'label_changed')
      .map(({ payload: { from, to } }) => [from, to])
    expect(changes).toEqual([
      [null, 'paying'],
      ['paying', null],
    ])
    expect(await told()).toEqual([
      'profile_changed created',
      'label_changed plan change',
      'segment_entered pros change',
      'label_changed plan change',
      'segment_left pros change',
    ])
  })
})

describe('what an event does not concern', () => {
  const seen = (...events: string[]): Change => ({ tenant, people: [{ ids: { user_id: 'ada' }, events }] })

  it('is not asked again, and a timer of it stays', async () => {
    await createSegment('viewers', viewed())
    await createSegment('buyers', { event: { name: 'Bought', within: 'P1D' } })
    await createSegment('viewing-buyers', { all: [{ segment: { key: 'viewers' } }, { segment: { key: 'buyers' } }] })
    await track('Bought')
    await react(db.worker, tenant, [seen('Bought')])
    const [timer] = await timers()
    await track('Viewed')
    await inOurs((sql) => sql`DELETE FROM events WHERE name = 'Bought'`) // nobody is told
    await react(db.worker, tenant, [seen('Viewed')])
    expect(await told()).toEqual([
      'profile_changed created',
      'segment_entered buyers change',
      'segment_entered viewers change',
    ])
    expect(await timers()).toEqual([timer])
    await react(db.worker, tenant, [{ tenant, profiles: [timer!.profile_id], cause: 'timer' }])
    expect((await told()).slice(3)).toEqual(['segment_left buyers timer'])
  })

  it('is asked when the names are unknown, and of everybody who is new', async () => {
    await createSegment('buyers', { event: { name: 'Bought' } })
    await track('Bought')
    await react(db.worker, tenant, [seen('Viewed')])
    expect(await members('buyers')).toHaveLength(1)
    const isAskedBy = async (...people: Change[]) => {
      await inOurs((sql) => sql`DELETE FROM members`)
      await react(db.worker, tenant, people)
      return (await members('buyers')).length > 0
    }
    expect(await isAskedBy(ada())).toBe(true)
    expect(await isAskedBy(seen('Viewed'), ada())).toBe(true)
    expect(await isAskedBy(seen())).toBe(true)
    expect(await isAskedBy(seen('Viewed', 'Bought'))).toBe(true)
    expect(await isAskedBy(seen('Viewed'), seen('Bought'))).toBe(true)
    expect(await isAskedBy(seen('Viewed'))).toBe(false)
    expect(await isAskedBy(seen('Viewed', 'Seen'))).toBe(false)
    expect(await isAskedBy(seen('Viewed'), seen('Seen'))).toBe(false)
  })

  it('is for how long something holds, of which an event that comes late may say that it began earlier', async () => {
    const held = (path: string) => ({ held: { rule: { field: { path, ne: 'pro' } }, for: 'P3D' } })
    await createSegment('never-said', held('stage'))
    await createSegment('said', held('plan'))
    const say = async (ago: string, traits: object | null) => {
      const [row] = await inOurs(
        (sql) => sql<{ id: string; at: string }[]>`
INSERT INTO events (name, user_id, traits, occurred_at)
VALUES ('Seen', 'ada', ${traits && sql.json(traits as never)}, clock_timestamp() - ${ago}::interval) RETURNING id, occurred_at AS at`,
      )
      const { id, at } = row!
      const refs: [string, string][] = traits ? [[at, id]] : []
      const people = [{ ids: { user_id: 'ada' }, from: at, to: at, refs, events: ['Seen'] }]
      await react(db.worker, tenant, [{ tenant, people }])
    }
    const counts = async () => [(await members('never-said')).length, (await members('said')).length]
    await say('1 hour', { plan: 'free' })
    expect(await counts()).toEqual([0, 0])
    await say('4 days', null)
    expect(await counts()).toEqual([1, 0])
    await say('3 days 1 hour', { plan: 'free' })
    expect(await counts()).toEqual([1, 1])
  })

  it('is asked of everybody whom an event names, where they must not be joined', async () => {
    await createSegment('viewers', viewed())
    await react(db.worker, tenant, [person({ user_id: 'ada', anonymous_id: 'a' })])
    await react(db.worker, tenant, [person({ user_id: 'bob', email: 'bob@x.de' })])
    // Its owner is what is weaker here: the visitor.
    await inOurs(
      (sql) => sql`
INSERT INTO events (name, anonymous_id, identifiers, occurred_at) VALUES ('Viewed', 'a', '{"email": "bob@x.de"}', now())`,
    )
    const both = { ids: { anonymous_id: 'a', email: 'bob@x.de' }, events: ['Viewed'] }
    await react(db.worker, tenant, [seen('Seen'), { tenant, people: [both] }])
    expect(await members('viewers')).toEqual([expect.objectContaining({ profile_id: await profileOf('ada') })])
  })

  it('is asked of whoever has lost other events by that, as what owned them is blocked', async () => {
    const at = new Date().toISOString()
    const happen = async (name: string, ids: { user_id?: string; anonymous_id: string }) => {
      await inOurs((sql) => sql`INSERT INTO events ${sql({ name, occurred_at: at, ...ids })}`)
      await react(db.worker, tenant, [{ tenant, people: [{ ids, from: at, to: at, events: [name] }] }])
    }
    await createSegment('buyers', { event: { name: 'Bought' } })
    await happen('Viewed', { user_id: 'ada', anonymous_id: 'kiosk' })
    await happen('Bought', { anonymous_id: 'kiosk' })
    expect(await members('buyers')).toHaveLength(1)
    await inOurs((sql) => saveIdentifierType(sql, tenant, { key: 'anonymous_id', blocked: ['kiosk'] }))
    await happen('Viewed', { user_id: 'ada', anonymous_id: 'kiosk' })
    expect(await members('buyers')).toHaveLength(0)
  })

  it('gives the same to many people with different events at once, and one notification', async () => {
    const heard: string[] = []
    const { unlisten } = await db.worker.listen('kith_feed', (payload) => heard.push(payload))
    const names = Array.from({ length: 12 }, (_, n) => `Event ${n}`)
    for (const name of names) await createSegment(name.toLowerCase().replace(' ', '-'), { event: { name } })
    const people = Array.from({ length: 60 }, (_, n) => ({ ids: { user_id: `u${n}` }, events: [names[n % 12]!] }))
    await react(db.worker, tenant, [{ tenant, people }])
    for (const { ids, events } of people) await track(events[0]!, { userId: ids.user_id })
    await react(db.worker, tenant, [{ tenant, people }])
    for (const name of names) expect(await members(name.toLowerCase().replace(' ', '-'))).toHaveLength(5)
    const last = (await feed()).at(-1)!.seq
    await until(() => heard.includes(`${tenant}:${last}`))
    expect(heard).toEqual([`${tenant}:60`, `${tenant}:120`])
    await unlisten()
  })
})

describe('a merge', () => {
  const merged = () => person({ user_id: 'ada', anonymous_id: 'x' })

  it('moves the membership with its age, and says that nothing happened to the person', async () => {
    await createSegment('viewers', viewed())
    await track('Viewed', { userId: null, anonymousId: 'x' })
    await react(db.worker, tenant, [person({ anonymous_id: 'x' })])
    const [before] = await members('viewers')
    await react(db.worker, tenant, [ada()])
    await react(db.worker, tenant, [merged()])
    const [after, ...others] = await members('viewers')
    expect(others).toEqual([])
    expect(after!.since).toBe(before!.since)
    const told = (await feed())
      .slice(3)
      .filter(({ payload }) => payload.change !== 'updated')
      .map(({ kind, profile_id, payload: { cause, change } }) => [kind, profile_id, cause ?? change])
    const [loser, survivor] = before!.profile_id === after!.profile_id ? [] : [before!.profile_id, after!.profile_id]
    if (loser) {
      expect(told).toEqual([
        ['profile_changed', loser, 'merged'],
        ['segment_left', loser, 'merge'],
        ['segment_entered', survivor, 'merge'],
      ])
    } else {
      expect(told).toEqual([['profile_changed', expect.any(String), 'merged']])
    }
    expect(await timers()).toEqual([{ profile_id: after!.profile_id, due_at: expect.any(String) }])
  })

  it('adds up what both did', async () => {
    await createSegment('fans', viewed(2))
    await track('Viewed', { userId: null, anonymousId: 'x' })
    await track('Viewed')
    await react(db.worker, tenant, [person({ anonymous_id: 'x' }), ada()])
    expect(await members('fans')).toEqual([])
    await react(db.worker, tenant, [merged()])
    expect(await members('fans')).toHaveLength(1)
    expect((await told()).at(-1)).toBe('segment_entered fans change')
  })

  it('lets the person leave when what both did is too much', async () => {
    await createSegment('shy', { not: viewed(2) })
    await track('Viewed', { userId: null, anonymousId: 'x' })
    await track('Viewed')
    await react(db.worker, tenant, [person({ anonymous_id: 'x' }), ada()])
    expect(await members('shy')).toHaveLength(2)
    await react(db.worker, tenant, [merged()])
    expect(await members('shy')).toEqual([])
    expect((await told()).slice(4).sort()).toEqual([
      'profile_changed merged',
      'profile_changed updated',
      'segment_left shy change',
      'segment_left shy merge',
    ])
  })

  it('keeps the answer of a paused definition', async () => {
    const id = await createSegment('viewers', viewed())
    await track('Viewed', { userId: null, anonymousId: 'x' })
    await react(db.worker, tenant, [person({ anonymous_id: 'x' }), ada()])
    await inOurs((sql) => sql`UPDATE segments SET status = 'paused' WHERE id = ${id}`)
    await react(db.worker, tenant, [merged()])
    expect(await members('viewers')).toEqual([{ profile_id: await profileOf('ada'), since: expect.any(String) }])
  })

  it('asks at once by what is inherited: the answer of a paused definition, and since when it has been so', async () => {
    const viewers = await createSegment('viewers', viewed())
    const tier = await createLabel('tier', { cases: [{ when: viewed(), value: 'gold' }] })
    await track('Viewed', { userId: null, anonymousId: 'x' })
    await react(db.worker, tenant, [person({ anonymous_id: 'x' }), ada()])
    for (const [table, id] of [
      ['segments', viewers],
      ['labels', tier],
    ] as const)
      await inOurs((sql) => sql`UPDATE ${sql(table)} SET status = 'paused' WHERE id = ${id}`)
    await inOurs((sql) => sql`UPDATE members SET since = since - interval '5 days'`)
    await inOurs((sql) => sql`UPDATE label_values SET since = since - interval '5 days'`)
    await createSegment('others', { not: { segment: { key: 'viewers' } } })
    await createSegment('gold', { label: { key: 'tier', eq: 'gold' } })
    await createSegment('long', { held: { rule: { segment: { key: 'viewers' } }, for: 'P3D' } })
    await createSegment('long-gold', { held: { rule: { label: { key: 'tier', eq: 'gold' } }, for: 'P3D' } })
    await react(db.worker, tenant, [ada()])
    expect(await members('others')).toHaveLength(1)
    await react(db.worker, tenant, [merged()])
    const profile = expect.objectContaining({ profile_id: await profileOf('ada') })
    expect(await members('others')).toEqual([])
    for (const key of ['gold', 'long', 'long-gold']) expect(await members(key)).toEqual([profile])
  })
})

describe('a backfill', () => {
  const versions = () => inOurs((sql) => sql`SELECT version, backfilled_version FROM segments`)

  it('lets everybody in who belongs, in chunks, and says that it was a backfill', async () => {
    await react(db.worker, tenant, [
      { tenant, people: Array.from({ length: 1200 }, (_, n) => ({ ids: { user_id: `u${n}` } })) },
    ])
    await inOurs(
      (sql) =>
        sql`UPDATE profiles SET traits = '{"plan": "pro"}' WHERE id IN (SELECT profile_id FROM identifiers WHERE value LIKE '%7')`,
    )
    const id = await createSegment('pros', { field: { path: 'plan', eq: 'pro' } })
    const result = await backfill(db.worker, tenant, 'segment', id)
    expect(result).toEqual({ subjects: 1200, transitions: 120 })
    expect(await members('pros')).toHaveLength(120)
    expect([...new Set((await told()).slice(1200))]).toEqual(['segment_entered pros backfill'])
    expect(await versions()).toMatchObject([{ version: 1, backfilled_version: 1 }])
    const [walk] = await inOurs((sql) => sql`SELECT done, total, finished_at FROM backfills`)
    expect(walk).toMatchObject({ done: '1200', total: '1200', finished_at: expect.any(String) })
    expect(await backfill(db.worker, tenant, 'segment', id)).toEqual({ subjects: 0, transitions: 0 })
  })

  it('leaves alone whom a reaction has already let in', async () => {
    const id = await createSegment('viewers', viewed())
    await track('Viewed')
    await react(db.worker, tenant, [ada()])
    expect(await backfill(db.worker, tenant, 'segment', id)).toEqual({ subjects: 1, transitions: 0 })
  })

  it('shares the work of two runs at once', async () => {
    await react(db.worker, tenant, [
      { tenant, people: Array.from({ length: 1200 }, (_, n) => ({ ids: { user_id: `u${n}` } })) },
    ])
    const id = await createSegment('shy', { not: viewed() })
    const results = await Promise.all([1, 2].map(() => backfill(db.worker, tenant, 'segment', id)))
    expect(results.reduce((sum, { subjects }) => sum + subjects, 0)).toBeGreaterThanOrEqual(1200)
    expect(await members('shy')).toHaveLength(1200)
    expect(new Set(await told()).size).toBe(2)
  })

  it('follows references: a label that changes moves the segments that read it', async () => {
    const label = await createLabel('plan', {
      cases: [{ when: { field: { path: 'plan', eq: 'pro' } }, value: 'paying' }],
    })
    const segment = await createSegment('pros', { label: { key: 'plan', eq: 'paying' } })
    await react(db.worker, tenant, [ada()])
    await setTraits('ada', { plan: 'max' })
    await backfill(db.worker, tenant, 'segment', segment)
    await inOurs(
      (sql) =>
        sql`UPDATE labels SET rule = '{"cases": [{"when": {"field": {"path": "plan", "eq": "max"}}, "value": "paying"}]}' WHERE id = ${label}`,
    )
    await backfill(db.worker, tenant, 'label', label)
    expect(await told()).toEqual([
      'profile_changed created',
      'label_changed plan backfill',
      'segment_entered pros backfill',
    ])
  })

  it('lets everybody leave an archived segment, and says so', async () => {
    const id = await createSegment('viewers', viewed())
    await track('Viewed')
    await react(db.worker, tenant, [ada()])
    await backfill(db.worker, tenant, 'segment', id)
    await inOurs((sql) => sql`UPDATE segments SET status = 'archived' WHERE id = ${id}`)
    await backfill(db.worker, tenant, 'segment', id)
    expect(await members('viewers')).toEqual([])
    expect((await told()).at(-1)).toBe('segment_left viewers archived')
    expect(await versions()).toMatchObject([{ version: 2, backfilled_version: 2 }])
  })

  it('takes the value of an archived label from everybody, and says so', async () => {
    const id = await createLabel('visits', { compute: { of: 'count', event: { name: 'Viewed' } } })
    await track('Viewed')
    await react(db.worker, tenant, [ada()])
    await backfill(db.worker, tenant, 'label', id)
    await inOurs((sql) => sql`UPDATE labels SET status = 'archived' WHERE id = ${id}`)
    await backfill(db.worker, tenant, 'label', id)
    expect(await inOurs((sql) => sql`SELECT FROM label_values`)).toHaveLength(0)
    expect((await told()).at(-1)).toBe('label_changed visits archived')
  })

  it('leaves a paused segment as it is, and catches up when it is resumed', async () => {
    const id = await createSegment('viewers', viewed())
    await inOurs((sql) => sql`UPDATE segments SET status = 'paused' WHERE id = ${id}`)
    await track('Viewed')
    await react(db.worker, tenant, [ada()])
    await backfill(db.worker, tenant, 'segment', id)
    expect(await members('viewers')).toEqual([])
    await inOurs((sql) => sql`UPDATE segments SET status = 'active' WHERE id = ${id}`)
    await backfill(db.worker, tenant, 'segment', id)
    expect((await told()).at(-1)).toBe('segment_entered viewers backfill')
  })
})

describe('a definition that', () => {
  it('is paused keeps its answer for those that refer to it too', async () => {
    const label = await createLabel('plan', { cases: [{ when: viewed(), value: 'viewer' }] })
    const segment = await createSegment('viewers', viewed())
    await createSegment('by-label', { label: { key: 'plan', eq: 'viewer' } })
    await createSegment('by-segment', { segment: { key: 'viewers' } })
    await track('Viewed')
    await react(db.worker, tenant, [ada()])
    await inOurs((sql) => sql`UPDATE segments SET status = 'paused' WHERE id = ${segment}`)
    await inOurs((sql) => sql`UPDATE labels SET status = 'paused' WHERE id = ${label}`)
    await track('Viewed', { userId: 'grace' })
    await inOurs((sql) => sql`DELETE FROM events WHERE user_id = 'ada'`)
    await react(db.worker, tenant, [ada(), person({ user_id: 'grace' })])
    for (const key of ['by-label', 'by-segment']) {
      expect((await members(key)).map((member) => member.profile_id)).toEqual([await profileOf('ada')])
    }
  })

  it('does not parse, or is part of a circle, harms no other', async () => {
    await createSegment('broken', { nonsense: true })
    await createSegment('a', { segment: { key: 'b' } })
    await createSegment('b', { segment: { key: 'a' } })
    await createSegment('viewers', viewed())
    await track('Viewed')
    await react(db.worker, tenant, [ada()])
    expect(await members('viewers')).toHaveLength(1)
  })
})

describe('a recompute', () => {
  it('finds the people and transitions that no message told of, and tells nothing twice', async () => {
    await createSegment('viewers', viewed())
    await track('Viewed')
    await track('Viewed', { userId: 'grace' })
    await inOurs((sql) => sql`INSERT INTO contacts (email) VALUES ('joan@example.com')`)
    await recompute(db.worker, tenant)
    expect((await told()).sort()).toEqual([
      ...Array(3).fill('profile_changed created'),
      ...Array(2).fill('segment_entered viewers change'),
    ])
    await recompute(db.worker, tenant)
    expect(await told()).toHaveLength(5)
  })

  it('takes from an event what its message would have said: the account of a bare group call, and the source', async () => {
    const [source] = await db.owner`INSERT INTO sources (tenant_id, name) VALUES (${tenant}, 'shop') RETURNING id`
    await db.owner`
INSERT INTO events (tenant_id, type, name, user_id, anonymous_id, properties, source_id)
VALUES (${tenant}, 'group', 'group', 'ada', 'tablet', '{"groupId": "guild"}', ${source!.id})`
    await recompute(db.worker, tenant)
    const accounts = await inOurs(
      (sql) => sql`SELECT external_id FROM profile_accounts JOIN accounts ON accounts.id = account_id`,
    )
    expect([...accounts]).toEqual([{ external_id: 'guild' }])
    const { path } = await inOurs((sql) =>
      explainIdentity(sql, tenant, identifierId('user_id', 'ada')!, identifierId('anonymous_id', 'tablet')!),
    )
    expect(path.flatMap((step) => step.said.map((one) => one.source))).toEqual([source!.id])
  })

  it('goes on where it was, but begins anew after another loss', async () => {
    await createSegment('viewers', viewed())
    await track('Viewed')
    const half = { stage: 'orders', after: null }
    await inOurs(async (sql) => {
      await begin(sql, 'recompute', tenant, 1)
      await advance(sql, 'recompute', tenant, half, 0)
    })
    await recompute(db.worker, tenant, 2)
    expect(await members('viewers')).toHaveLength(1)

    await track('Viewed', { userId: 'grace' })
    await inOurs(async (sql) => {
      await begin(sql, 'recompute', tenant, 2)
      await advance(sql, 'recompute', tenant, half, 0)
    })
    await recompute(db.worker, tenant, 2)
    expect(await members('viewers')).toHaveLength(1)
  })
})

describe('the feed', () => {
  it('has no hole and keeps the order of commits when many react at once', async () => {
    await createSegment('shy', { not: viewed() })
    await Promise.all(Array.from({ length: 24 }, (_, n) => react(db.worker, tenant, [person({ user_id: `u${n}` })])))
    // Told by Postgres: as text, an instant that ends in a zero less sorts after those that follow it.
    const rows = await inOurs(
      (sql) => sql`SELECT seq, at < lag(at) OVER (ORDER BY seq) AS earlier_than_the_one_before FROM feed ORDER BY seq`,
    )
    expect(rows.map((row) => Number(row.seq))).toEqual(Array.from({ length: 48 }, (_, n) => n + 1))
    expect(rows.filter((row) => row.earlier_than_the_one_before)).toEqual([])
  })

  it('sends one notification per transaction', async () => {
    const heard: string[] = []
    const { unlisten } = await db.worker.listen('kith_feed', (payload) => heard.push(payload))
    await createSegment('shy', { not: viewed() })
    await react(db.worker, tenant, [person({ user_id: 'a' }), person({ user_id: 'b' })])
    await until(() => heard.length > 0)
    expect(heard).toEqual([`${tenant}:4`])
    await unlisten()
  })
})
