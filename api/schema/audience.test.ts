import { beforeAll, describe, expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { backfill } from '../../engine/backfill.ts'
import { eraseProfile } from '../../engine/identity/index.ts'
import { react } from '../../engine/react.ts'
import { Dice } from '../../engine/rules/testing/dice.ts'
import { refreshAudience } from '../../engine/segments/audience-bits.ts'
import { testDatabase } from '../../test/database.ts'
import { codeOf, graphql, okOf } from '../../test/graphql.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
const theirs = await db.createTenant('theirs')
const ask = graphql(db.api)('ours-admin')

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000)
const dice = new Dice(SEED)

type Where = { segment: string } | { and: Where[] } | { or: Where[] } | { not: Where }
const KEYS = ['even', 'third', 'fifth']
const DIVISORS = [2, 3, 5]

const ok = okOf(ask)
const audience = async (where: Where, fields: string) =>
  (await ok(`query ($where: AudienceInput!) { audience(where: $where) { ${fields} } }`, { where })).audience

/** Says that a user has this trait n, from now on. */
async function say(users: Record<string, number>, others: Record<string, string> = {}): Promise<void> {
  const rows = await db.owner<{ user_id: string; anonymous_id: string | null; occurred_at: string; id: string }[]>`
INSERT INTO events (tenant_id, type, name, user_id, anonymous_id, traits)
SELECT ${ours}, 'identify', 'identify', key, ${db.owner.json(others)}::jsonb ->> key, jsonb_build_object('n', value)
FROM jsonb_each(${db.owner.json(users)}::jsonb)
RETURNING user_id, anonymous_id, occurred_at, id`
  const people = rows.map(({ user_id, anonymous_id, occurred_at, id }) => ({
    ids: { user_id, ...(anonymous_id && { anonymous_id }) },
    from: occurred_at,
    to: occurred_at,
    refs: [[occurred_at, id]] as [string, string][],
  }))
  await react(db.worker, ours, [{ tenant: ours, people } as never])
}

/** By the definition: each living person, and each segment's members. */
async function expected(where: Where): Promise<string[]> {
  const [profiles, rows] = [
    await db.owner<
      { id: string }[]
    >`SELECT id FROM profiles WHERE tenant_id = ${ours} AND merged_into IS NULL ORDER BY id`,
    await db.owner<{ key: string; id: string }[]>`
SELECT s.key, m.profile_id AS id FROM members m JOIN segments s ON s.tenant_id = m.tenant_id AND s.id = m.segment_id WHERE m.tenant_id = ${ours}`,
  ]
  const members = new Map(KEYS.map((key) => [key, new Set(rows.filter((row) => row.key === key).map(({ id }) => id))]))
  const holds = (where: Where, id: string): boolean => {
    if ('segment' in where) return members.get(where.segment)!.has(id)
    if ('not' in where) return !holds(where.not, id)
    return 'and' in where ? where.and.every((part) => holds(part, id)) : where.or.some((part) => holds(part, id))
  }
  return profiles.map(({ id }) => id).filter((id) => holds(where, id))
}

function anyWhere(depth = 3): Where {
  if (depth === 0 || dice.chance(0.3)) return { segment: dice.pick(KEYS) }
  if (dice.chance(0.3)) return { not: anyWhere(depth - 1) }
  const parts = Array.from({ length: dice.below(4) }, () => anyWhere(depth - 1))
  return dice.chance(0.5) ? { and: parts } : { or: parts }
}

async function expectExact(where: Where): Promise<void> {
  const ids = await expected(where)
  const found = await audience(
    where,
    'count people members(first: 500) { totalCount nodes { id } } sample(size: 100) { id } overlap { segment { key } size both } regions { segments { key } count }',
  )
  const note = `seed ${SEED}: ${JSON.stringify(where)}`
  expect(found.count, note).toBe(ids.length)
  expect(found.people, note).toBe((await expected({ and: [] })).length)
  const named = (nodes: { id: string }[]) => nodes.map(({ id }) => id.split(':')[1]).sort()
  expect(named(found.members.nodes), note).toEqual(ids)
  expect(found.members.totalCount, note).toBe(ids.length)
  expect(named(found.sample), note).toEqual(ids)
  for (const { segment, size, both } of found.overlap) {
    const own: Where = { segment: segment.key }
    expect([size, both], note).toEqual([(await expected(own)).length, (await expected({ and: [own, where] })).length])
  }
  expect(
    found.regions.reduce((sum: number, { count }: { count: number }) => sum + count, 0),
    note,
  ).toBe(ids.length)
}

const bitsAsOf = async () => {
  const [row] = await db.owner`
SELECT f.last_seq - h.seq AS behind FROM audience_heads h JOIN feed_heads f USING (tenant_id) WHERE tenant_id = ${ours}`
  return row && Number(row.behind)
}

beforeAll(async () => {
  for (const [n, key] of KEYS.entries()) {
    const multiples = Array.from({ length: 200 }, (_, k) => k).filter((k) => k % DIVISORS[n]! < 1)
    const { createSegment } = await ok(
      'mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }',
      { input: { key, name: key, rule: { field: { path: 'n', in: multiples } } } },
    )
    await backfill(db.worker, ours, 'segment', createSegment.segment.id.split(':')[1])
  }
  await say(Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`u${n}`, n])))
})

describe('an audience', () => {
  it('is counted from the members while there are no bits, and asks for them', async () => {
    await expectExact({ and: [{ segment: 'even' }, { not: { segment: 'third' } }] })
    const jobs = await db.owner`SELECT queue_name FROM graphile_worker.jobs WHERE task_identifier = 'audience'`
    expect(jobs.map(({ queue_name }) => queue_name)).toEqual([`audience:${ours}`])
    expect(await refreshAudience(db.worker, ours)).toBe(60)
    expect(await bitsAsOf()).toBe(0)
  })

  it('is counted from the bits as from the members, whatever it is', async () => {
    await expectExact({ and: [] })
    await expectExact({ or: [] })
    for (let n = 0; n < 12; n++) await expectExact(anyWhere())
  })

  it('is exact while people come, change, merge and go, before the bits are renewed and after', async () => {
    for (let round = 0; round < 4; round++) {
      const changes = Object.fromEntries(Array.from({ length: 6 }, () => [`u${dice.below(60)}`, dice.below(100)]))
      await say({ ...changes, [`new ${round}`]: dice.below(100) })
      // Two users in one browser are one person.
      await say({ [`a${round}`]: 30, [`b${round}`]: 31 })
      await say({ [`a${round}`]: 30 }, { [`a${round}`]: `browser ${round}` })
      const [someone] = await db.owner<{ id: string }[]>`
SELECT p.id FROM profiles p WHERE p.tenant_id = ${ours} AND merged_into IS NULL ORDER BY random() LIMIT 1`
      await inTenant(db.api, ours, (sql) => eraseProfile(sql, ours, { profileId: someone!.id }))
      await react(db.worker, ours, [{ tenant: ours, people: [{ ids: {} }] } as never])
      const ids = await db.owner<{ id: string }[]>`
SELECT id FROM profiles WHERE tenant_id = ${ours} AND merged_into IS NULL ORDER BY random() LIMIT 2`
      // By hand, and not announced yet.
      await ok(
        'mutation ($a: ID!, $b: ID!) { mergeProfiles(input: {profileIds: [$a], intoId: $b}) { profile { id } } }',
        {
          a: ids[0]!.id,
          b: ids[1]!.id,
        },
      )
      expect(await bitsAsOf()).toBeGreaterThan(0)
      for (let n = 0; n < 3; n++) await expectExact(anyWhere())
      await react(db.worker, ours, [{ tenant: ours, people: [{ ids: {} }] } as never])
      for (let n = 0; n < 3; n++) await expectExact(anyWhere())
      await refreshAudience(db.worker, ours)
      expect(await bitsAsOf()).toBe(0)
      for (let n = 0; n < 3; n++) await expectExact(anyWhere())
    }
  })

  it('is as its bits say, and not only as those whom it asks for', async () => {
    await refreshAudience(db.worker, ours)
    await db.owner`UPDATE audience_bits SET bits = bits # bits WHERE tenant_id = ${ours} AND segment_id <> '00000000-0000-0000-0000-000000000000'`
    expect((await audience({ segment: 'even' }, 'count')).count).toBe(0)
    await db.owner`DELETE FROM audience_heads WHERE tenant_id = ${ours}`
    await expectExact({ segment: 'even' })
    await refreshAudience(db.worker, ours)
    await expectExact({ segment: 'even' })
  })

  it('is not counted by bits that are behind what is kept of the feed', async () => {
    await say({ u1: 2, u2: 1 })
    await db.owner`UPDATE audience_bits SET bits = bits # bits WHERE tenant_id = ${ours}`
    await db.owner`DELETE FROM feed WHERE tenant_id = ${ours}`
    await db.owner`UPDATE feed_heads SET first_seq = last_seq + 1 WHERE tenant_id = ${ours}`
    await expectExact({ segment: 'even' })
    await refreshAudience(db.worker, ours)
    await expectExact({ segment: 'even' })
  })

  it('sees nothing of another tenant', async () => {
    const other = graphql(db.api)('theirs-read')
    expect(codeOf(await other('{ audience(where: {segment: "even"}) { count } }'))).toBe('NOT_FOUND')
    expect(
      (await other('{ audience(where: {and: []}) { count people sample { id } regions { count } } }')).data,
    ).toEqual({
      audience: { count: 0, people: 0, sample: [], regions: [] },
    })
    await refreshAudience(db.worker, theirs)
    expect((await other('{ audience(where: {not: {or: []}}) { count } }')).data).toEqual({ audience: { count: 0 } })
    await expectExact({ segment: 'even' })
  })

  it('refuses what is no audience, and says why', async () => {
    const where = (where: unknown) =>
      ask('query ($where: AudienceInput!) { audience(where: $where) { count } }', { where } as never)
    expect(codeOf(await where({ segment: 'no such' }))).toBe('NOT_FOUND')
    await db.owner`
INSERT INTO segments (tenant_id, key, name, subject, rule) VALUES (${ours}, 'firms', 'Firms', 'account', '{"any": []}')`
    expect(codeOf(await where({ or: [{ segment: 'even' }, { segment: 'firms' }] }))).toBe('INPUT_INVALID')
    expect(codeOf(await ask('{ audience(where: {segment: "firms"}, subject: PERSON) { count } }'))).toBe(
      'INPUT_INVALID',
    )
    expect(codeOf(await ask('{ audience(where: {segment: "even"}, subject: ACCOUNT) { count } }'))).toBe(
      'INPUT_INVALID',
    )
    expect(codeOf(await ask('{ segmentOverlap(keys: ["even", "firms"]) { both } }'))).toBe('INPUT_INVALID')
    expect(codeOf(await where({ or: Array.from({ length: 21 }, (_, n) => ({ segment: `s${n}` })) }))).toBe(
      'INPUT_INVALID',
    )
    expect(codeOf(await where({ or: Array.from({ length: 101 }, () => ({ segment: 'even' })) }))).toBe('INPUT_INVALID')
    let deep: unknown = { segment: 'even' }
    for (let n = 0; n < 21; n++) deep = { not: deep }
    expect(codeOf(await where(deep))).toBe('INPUT_INVALID')
    expect(codeOf(await where({}))).toBe('GRAPHQL_VALIDATION_FAILED')
    expect(codeOf(await where({ segment: 'even', not: { segment: 'even' } }))).toBe('GRAPHQL_VALIDATION_FAILED')
    expect(codeOf(await ask('{ audience(where: {segment: "even"}) { sample(size: 101) { id } } }'))).toBe(
      'PAGE_TOO_LARGE',
    )
    expect(codeOf(await graphql(db.api)('ours-write')('{ audience(where: {and: []}) { count } }'))).toBe(
      'SCOPE_MISSING',
    )
  })
})

describe('an audience of accounts', () => {
  const FIELDS =
    'subject count people accounts(first: 100) { totalCount nodes { id } } sampleAccounts(size: 100) { id } members { totalCount } sample { id } overlap { segment { key } size both } regions { segments { key } count }'
  const about: Record<string, (n: number) => boolean> = {
    large: (n) => n >= 20,
    tools: (n) => n % 3 === 0,
    even_firm: (n) => n % 2 === 0,
  }
  const rules = {
    large: { field: { path: 'employees', gte: 20 } },
    tools: { field: { path: 'industry', eq: 'tools' } },
    even_firm: { field: { path: 'custom.even', eq: true } },
  }
  const firms = new Map<string, number>()

  /** The accounts with this number of employees are as `about` says of it. */
  async function found(numbers: number[]): Promise<void> {
    const rows = await db.owner<{ id: string; n: number }[]>`
INSERT INTO accounts (tenant_id, name, employees, industry, custom)
SELECT ${ours}, 'Firm ' || n, n, CASE WHEN n % 3 = 0 THEN 'tools' ELSE 'food' END, jsonb_build_object('even', n % 2 = 0)
FROM unnest(${numbers}::int[]) AS n RETURNING id, employees AS n`
    for (const { id, n } of rows) firms.set(id, n)
    await react(db.worker, ours, [{ tenant: ours, accounts: rows.map(({ id }) => id) } as never])
  }

  function holds(where: Where, n: number): boolean {
    if ('segment' in where) return about[where.segment]!(n)
    if ('not' in where) return !holds(where.not, n)
    return 'and' in where ? where.and.every((part) => holds(part, n)) : where.or.some((part) => holds(part, n))
  }
  const expected = (where: Where) => [...firms].filter(([, n]) => holds(where, n)).map(([id]) => id)

  async function expectFirms(where: Where): Promise<void> {
    const query = `query ($where: AudienceInput!) { audience(where: $where, subject: ACCOUNT) { ${FIELDS} } }`
    const { audience: said } = await ok(query, { where } as never)
    const note = `seed ${SEED}: ${JSON.stringify(where)}`
    const ids = expected(where).sort()
    const named = (nodes: { id: string }[]) => nodes.map(({ id }) => id.split(':')[1]).sort()
    expect(said, note).toMatchObject({ subject: 'ACCOUNT', count: ids.length, people: firms.size, sample: [] })
    expect(named(said.accounts.nodes), note).toEqual(ids)
    expect([said.accounts.totalCount, said.members.totalCount], note).toEqual([ids.length, 0])
    expect(named(said.sampleAccounts), note).toEqual(ids)
    for (const { segment, size, both } of said.overlap) {
      const own: Where = { segment: segment.key }
      expect([size, both], note).toEqual([expected(own).length, expected({ and: [own, where] }).length])
    }
    const inRegions = said.regions.reduce((sum: number, { count }: { count: number }) => sum + count, 0)
    expect(inRegions, note).toBe(ids.length)
  }

  function anyOf(depth = 3): Where {
    if (depth === 0 || dice.chance(0.3)) return { segment: dice.pick(Object.keys(about)) }
    if (dice.chance(0.3)) return { not: anyOf(depth - 1) }
    const parts = Array.from({ length: dice.below(4) }, () => anyOf(depth - 1))
    return dice.chance(0.5) ? { and: parts } : { or: parts }
  }

  it('is exact, whatever it is, while accounts come and go', async () => {
    for (const [key, rule] of Object.entries(rules)) {
      const { createSegment } = await ok(
        'mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }',
        { input: { key, name: key, subject: 'ACCOUNT', rule } } as never,
      )
      await backfill(db.worker, ours, 'segment', createSegment.segment.id.split(':')[1])
    }
    await found(Array.from({ length: 40 }, (_, n) => n))
    await expectFirms({ and: [] })
    await expectFirms({ or: [] })
    for (let n = 0; n < 8; n++) await expectFirms(anyOf())
    const [gone] = expected({ and: [{ segment: 'large' }, { segment: 'tools' }] })
    await db.owner`DELETE FROM accounts WHERE tenant_id = ${ours} AND id = ${gone!}`
    firms.delete(gone!)
    await expectFirms({ and: [{ segment: 'large' }, { segment: 'tools' }] })
    await react(db.worker, ours, [{ tenant: ours, accounts: [gone!] } as never])
    await found([41, 42])
    for (let n = 0; n < 8; n++) await expectFirms(anyOf())
    // What the feed tells of accounts does not disturb the bits of people.
    await expectExact({ segment: 'even' })
    await refreshAudience(db.worker, ours)
    await expectExact({ not: { segment: 'third' } })
  })

  it('tells what two segments of accounts have in common', async () => {
    const { segmentOverlap } = await ok(
      '{ segmentOverlap(keys: ["large", "tools"]) { both onlyA onlyB either similarity } }',
    )
    const [large, tools] = [expected({ segment: 'large' }).length, expected({ segment: 'tools' }).length]
    const both = expected({ and: [{ segment: 'large' }, { segment: 'tools' }] }).length
    const either = large + tools - both
    expect(segmentOverlap).toEqual([
      { both, onlyA: large - both, onlyB: tools - both, either, similarity: both / either },
    ])
  })
})
