import { expect, it } from 'vitest'
import { react } from '../../engine/react.ts'
import { backfill } from '../../engine/backfill.ts'
import { testDatabase } from '../../test/database.ts'
import { codeOf as code, graphql, okOf } from '../../test/graphql.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
await db.createTenant('theirs')
const as = graphql(db.api)
const ask = as('ours-admin')

const ok = okOf(ask)

// Twenty people: n views of the pricing page each, and a plan for every second one.
await db.owner`
INSERT INTO events (tenant_id, type, name, user_id, traits)
SELECT ${ours}, 'identify', 'identify', 'u' || n, jsonb_build_object('n', n, 'plan', CASE WHEN n % 2 = 0 THEN 'pro' ELSE 'free' END)
FROM generate_series(1, 20) AS n`
await db.owner`
INSERT INTO events (tenant_id, name, user_id) SELECT ${ours}, 'Pricing Viewed', 'u' || n
FROM generate_series(1, 20) AS n, generate_series(1, 20) AS k WHERE k <= n`
const refs = await db.owner<{ user_id: string; occurred_at: string; id: string }[]>`
SELECT user_id, occurred_at, id FROM events WHERE tenant_id = ${ours} AND type = 'identify'`
const people = refs.map(({ user_id, occurred_at, id }) => ({
  ids: { user_id },
  from: occurred_at,
  to: occurred_at,
  refs: [[occurred_at, id]] as [string, string][],
}))
await react(db.worker, ours, [{ tenant: ours, people } as never])

const viewed = (count: number) => ({ event: { name: 'Pricing Viewed', within: 'P7D', count: { gte: count } } })
const PREVIEW = `query ($rule: JSON!, $segmentId: ID, $at: DateTime, $exact: Boolean, $name: Int) {
  previewSegment(rule: $rule, segmentId: $segmentId, at: $at, exact: $exact, name: $name) {
    people evaluated exact margin matching { count profiles { traits } } entering { count profiles { traits } } leaving { count profiles { traits } } } }`
const preview = async (variables: object) => (await ok(PREVIEW, variables as never)).previewSegment
const numbers = (group: { profiles: { traits: { n: number } }[] }) =>
  group.profiles.map(({ traits }) => traits.n).sort((a, b) => a - b)

it('previews a rule that is not saved: how many, and who', async () => {
  const result = await preview({ rule: viewed(18) })
  expect(result).toMatchObject({
    people: 20,
    evaluated: 20,
    exact: true,
    margin: 0,
    matching: { count: 3 },
    entering: { count: 3 },
    leaving: { count: 0 },
  })
  expect(numbers(result.matching)).toEqual([18, 19, 20])
  expect((await preview({ rule: viewed(1), name: 2 })).matching.profiles).toHaveLength(2)
  expect((await preview({ rule: viewed(1), at: '2020-01-01T00:00:00Z' })).matching.count).toBe(0)
  expect(code(await ask(PREVIEW, { rule: { nonsense: 1 } }))).toBe('RULE_INVALID')
  expect(code(await ask(PREVIEW, { rule: { segment: { key: 'nobody-made-this' } } }))).toBe('RULE_INVALID')
  expect(code(await ask(PREVIEW, { rule: viewed(1), name: 1000 }))).toBe('PAGE_TOO_LARGE')
})

it('previews a change of a segment as a difference, and writes nothing', async () => {
  const { createSegment } = await ok(
    'mutation ($rule: JSON!) { createSegment(input: {key: "hot", name: "Hot", rule: $rule}) { segment { id } } }',
    { rule: viewed(15) },
  )
  const { id } = createSegment.segment
  await backfill(db.worker, ours, 'segment', id.split(':')[1])
  const segment = (await ok('{ segment(key: "hot") { size complete backfill { done total finishedAt } } }')).segment
  expect(segment).toEqual({
    size: 6,
    complete: true,
    backfill: { done: 20, total: 20, finishedAt: expect.any(String) },
  })

  const narrower = { all: [viewed(13), { field: { path: 'plan', eq: 'pro' } }] }
  const change = await preview({ rule: narrower, segmentId: id })
  expect(numbers(change.matching)).toEqual([14, 16, 18, 20])
  expect(numbers(change.entering)).toEqual([14])
  expect(numbers(change.leaving)).toEqual([15, 17, 19])
  expect((await ok('{ segment(key: "hot") { size version } }')).segment).toEqual({ size: 6, version: 1 })

  // What was previewed is what comes.
  await ok('mutation ($input: UpdateSegmentInput!) { updateSegment(input: $input) { segment { version } } }', {
    input: { id, rule: narrower },
  })
  await backfill(db.worker, ours, 'segment', id.split(':')[1])
  const after = (await ok('{ segment(key: "hot") { size members { nodes { profile { traits } } } } }')).segment
  expect(after.members.nodes.map((node: any) => node.profile.traits.n).sort()).toEqual([14, 16, 18, 20])
  const again = await preview({ rule: narrower, segmentId: id })
  expect(again).toMatchObject({ entering: { count: 0 }, leaving: { count: 0 } })
  expect((await as('theirs-admin')(PREVIEW, { rule: narrower, segmentId: id })).errors?.[0]?.extensions.code).toBe(
    'NOT_FOUND',
  )
})

it('says who was in a segment at an instant', async () => {
  const members = async (asOf: string | null) => {
    const { segment } = await ok(
      'query ($asOf: DateTime) { segment(key: "hot") { members(asOf: $asOf, first: 50) { totalCount nodes { since profile { traits } } } } }',
      { asOf },
    )
    expect(segment.members.nodes).toHaveLength(segment.members.totalCount)
    return segment.members.nodes.map((node: any) => node.profile.traits.n).sort((a: number, b: number) => a - b)
  }
  const [{ first, second }] = (await db.owner`
SELECT min(at) AS first, max(at) AS second FROM transitions WHERE tenant_id = ${ours} AND segment_id IS NOT NULL`) as never as [
    { first: string; second: string },
  ]
  expect(await members(first)).toEqual([15, 16, 17, 18, 19, 20])
  expect(await members(second)).toEqual([14, 16, 18, 20])
  expect(await members(null)).toEqual([14, 16, 18, 20])
  expect(await members('2020-01-01T00:00:00Z')).toEqual([])

  const page = `query ($after: String, $asOf: DateTime) { segment(key: "hot") { members(asOf: $asOf, first: 4, after: $after, orderBy: [{field: profileId}]) {
    nodes { profile { traits } } pageInfo { endCursor hasNextPage } } } }`
  const one = (await ok(page, { asOf: first })).segment.members
  const two = (await ok(page, { asOf: first, after: one.pageInfo.endCursor })).segment.members
  expect([...one.nodes, ...two.nodes].map((node: any) => node.profile.traits.n).sort()).toEqual([
    15, 16, 17, 18, 19, 20,
  ])
  expect(two.pageInfo.hasNextPage).toBe(false)
})

it('compares segments pair by pair', async () => {
  for (const [key, rule] of [
    ['pro', { field: { path: 'plan', eq: 'pro' } }],
    ['nobody', { any: [] }],
  ] as const) {
    const { createSegment } = await ok(
      'mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }',
      { input: { key, name: key, rule } },
    )
    await backfill(db.worker, ours, 'segment', createSegment.segment.id.split(':')[1])
  }
  const { segmentOverlap } = await ok(
    '{ segmentOverlap(keys: ["hot", "pro", "nobody"]) { a { key } b { key } both onlyA onlyB either similarity } }',
  )
  expect(segmentOverlap).toEqual([
    { a: { key: 'hot' }, b: { key: 'pro' }, both: 4, onlyA: 0, onlyB: 6, either: 10, similarity: 0.4 },
    { a: { key: 'hot' }, b: { key: 'nobody' }, both: 0, onlyA: 4, onlyB: 0, either: 4, similarity: 0 },
    { a: { key: 'pro' }, b: { key: 'nobody' }, both: 0, onlyA: 10, onlyB: 0, either: 10, similarity: 0 },
  ])
  expect(code(await ask('{ segmentOverlap(keys: ["hot", "hot"]) { both } }'))).toBe('INPUT_INVALID')
  expect(code(await ask('{ segmentOverlap(keys: ["hot", "lost"]) { both } }'))).toBe('NOT_FOUND')
})

it('refuses a rule that refers to what is not there, or to itself by a detour, also when two are saved at once', async () => {
  const create = 'mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }'
  const update = 'mutation ($input: UpdateSegmentInput!) { updateSegment(input: $input) { segment { id } } }'
  const lost = await ask(create, { input: { key: 'x', name: 'x', rule: { all: [{ segment: { key: 'lost' } }] } } })
  expect(lost.errors?.[0]?.extensions).toMatchObject({
    code: 'RULE_INVALID',
    details: { path: expect.arrayContaining(['all', 0]) },
  })
  const ids: Record<string, string> = {}
  for (const [key, rule] of [
    ['a', { all: [] }],
    ['b', { segment: { key: 'a' } }],
    ['c', { all: [] }],
    ['d', { all: [] }],
  ] as const) {
    ids[key] = (await ok(create, { input: { key, name: key, rule } })).createSegment.segment.id
  }
  expect(code(await ask(update, { input: { id: ids.a, rule: { not: { segment: { key: 'b' } } } } }))).toBe('RULE_CYCLE')
  const answers = await Promise.all([
    ask(update, { input: { id: ids.c, rule: { segment: { key: 'd' } } } }),
    ask(update, { input: { id: ids.d, rule: { segment: { key: 'c' } } } }),
  ])
  expect(answers.map(code).sort()).toEqual(['RULE_CYCLE', undefined])
})

it('explains why a person is in a segment, or is not, by the tree and the rows that prove it', async () => {
  const query = `query ($n: String!) { profileByIdentifier(type: "user_id", value: $n) { id } }`
  const profileId = async (n: number) => (await ok(query, { n: `u${n}` })).profileByIdentifier.id
  const why = async (n: number, more = '') =>
    (
      await ok(
        `query ($id: ID!) { explainSegment(key: "hot", profileId: $id) { value until profile { traits }
          nodes { depth path node holds found evidence { kind at data } } ${more} } }`,
        { id: await profileId(n) },
      )
    ).explainSegment
  const inside = await why(16, 'sql plan')
  expect(inside).toMatchObject({ value: true, until: expect.any(String), profile: { traits: { n: 16 } } })
  expect(inside.nodes.map(({ depth, path, holds, found }: any) => [depth, path.join('.'), holds, found])).toEqual([
    [0, 'all', true, null],
    [1, 'all.0.event', true, 16],
    [1, 'all.1.field', true, 'pro'],
  ])
  expect(inside.nodes[1].evidence[0]).toMatchObject({ kind: 'event', data: { name: 'Pricing Viewed' } })
  expect(inside.sql).toContain('$1')
  expect(inside.plan).toContain('Execution Time')
  const outside = await why(15)
  expect(outside.value).toBe(false)
  expect(outside.nodes.map(({ holds }: any) => holds)).toEqual([false, true, false])

  const nobody = 'Profile:0199ad3c-0000-7000-8000-000000000000'
  const ask1 = 'query ($id: ID!, $key: String) { explainSegment(key: $key, profileId: $id) { value } }'
  expect((await ok(ask1, { id: nobody, key: 'hot' })).explainSegment).toBeNull()
  expect(code(await ask(ask1, { id: nobody, key: 'lost' }))).toBe('NOT_FOUND')
  expect((await as('theirs-read')(ask1, { id: await profileId(16), key: 'hot' })).errors?.[0]?.extensions.code).toBe(
    'NOT_FOUND',
  )
})

it('says what was true of a person at an instant: segments and labels', async () => {
  const { profileByIdentifier } = await ok('{ profileByIdentifier(type: "user_id", value: "u15") { id } }')
  const profile = profileByIdentifier.id.split(':')[1]
  const { createLabel } = await ok(
    'mutation ($rule: JSON!) { createLabel(input: {key: "heat", name: "Heat", rule: $rule}) { label { id } } }',
    { rule: { cases: [{ when: viewed(100), value: 'hot' }] } },
  )
  const label = createLabel.label.id.split(':')[1]
  await db.owner`
INSERT INTO transitions (tenant_id, at, kind, profile_id, label_id, from_value, to_value, cause) VALUES
  (${ours}, '2026-01-01T00:00:00Z', 'label_changed', ${profile}, ${label}, NULL, '"warm"', 'change'),
  (${ours}, '2026-02-01T00:00:00Z', 'label_changed', ${profile}, ${label}, '"warm"', '"hot"', 'change'),
  (${ours}, '2026-03-01T00:00:00Z', 'label_changed', ${profile}, ${label}, '"hot"', NULL, 'timer')`
  const then = async (asOf: string) => {
    const { profile: person, label: heat } = await ok(
      `query ($id: ID!, $asOf: DateTime) {
        profile(id: $id) { labels(asOf: $asOf) { totalCount nodes { value since label { key } } } segments(asOf: $asOf) { nodes { segment { key } } } }
        label(key: "heat") { values(asOf: $asOf) { nodes { value profile { id } } } } }`,
      { id: profileByIdentifier.id, asOf },
    )
    expect(heat.values.nodes.map((node: any) => node.value)).toEqual(person.labels.nodes.map((node: any) => node.value))
    return [
      person.labels.nodes.map((node: any) => node.value),
      person.segments.nodes.map((node: any) => node.segment.key),
    ]
  }
  expect(await then('2025-12-31T00:00:00Z')).toEqual([[], []])
  expect(await then('2026-01-15T00:00:00Z')).toEqual([['warm'], []])
  expect(await then('2026-02-01T00:00:00Z')).toEqual([['hot'], []])
  expect(await then('2026-03-01T00:00:00Z')).toEqual([[], []])
  // Fifteen was hot before the rule was narrowed, and is so no more.
  const [{ first }] = (await db.owner`
SELECT min(t.at) AS first FROM transitions t JOIN segments s ON s.id = t.segment_id AND s.key = 'hot' WHERE t.tenant_id = ${ours}`) as never as [
    { first: string },
  ]
  expect((await then(first))[1]).toEqual(['hot'])
  expect(
    (await ok('query ($id: ID!) { profile(id: $id) { inSegment(key: "hot") } }', { id: profileByIdentifier.id }))
      .profile.inSegment,
  ).toBe(false)
})

it('tells how the size of a segment has changed, back from what it is now', async () => {
  const { createSegment } = await ok(
    'mutation ($rule: JSON!) { createSegment(input: {key: "grown", name: "Grown", rule: $rule}) { segment { id } } }',
    { rule: viewed(1000) },
  )
  const id = createSegment.segment.id.split(':')[1]
  const profiles = await db.owner<
    { id: string }[]
  >`SELECT id FROM profiles WHERE tenant_id = ${ours} ORDER BY id LIMIT 5`
  const move = (n: number, kind: string, days: number, cause = 'change') => db.owner`
INSERT INTO transitions (tenant_id, at, kind, profile_id, segment_id, cause)
VALUES (${ours}, now() - ${`${days} days`}::interval, ${kind}, ${profiles[n]!.id}, ${id}, ${cause})`
  for (const n of [0, 1, 2]) await move(n, 'segment_entered', 3.5)
  await move(0, 'segment_left', 2.5)
  await move(3, 'segment_entered', 1.5)
  await move(3, 'segment_left', 0.5, 'merge')
  await move(4, 'segment_entered', 0.5, 'merge')
  for (const n of [1, 2, 4]) {
    await db.owner`INSERT INTO members (tenant_id, segment_id, profile_id, since) VALUES (${ours}, ${id}, ${profiles[n]!.id}, now())`
  }
  const query =
    'query ($since: DateTime!, $points: Int) { segment(key: "grown") { sizes(since: $since, points: $points) { at size entered left } } }'
  const since = new Date(Date.now() - 4 * 24 * 60 * 60 * 1000).toISOString()
  const { sizes } = (await ok(query, { since, points: 4 })).segment
  expect(sizes.map(({ size, entered, left }: Record<string, number>) => [size, entered, left])).toEqual([
    [0, 0, 0],
    [3, 3, 0],
    [2, 0, 1],
    [3, 1, 0],
    [3, 0, 0],
  ])
  expect(Date.parse(sizes[0].at)).toBe(Date.parse(since))
  await db.owner`
WITH firm AS (INSERT INTO accounts (tenant_id, name) VALUES (${ours}, 'Firm') RETURNING id),
  firms AS (INSERT INTO segments (tenant_id, key, name, subject, rule) VALUES (${ours}, 'firms', 'Firms', 'account', '{"any": []}') RETURNING id),
  told AS (
    INSERT INTO transitions (tenant_id, at, kind, account_id, segment_id, cause)
    SELECT ${ours}, now() - interval '1 day', 'segment_entered', firm.id, firms.id, 'change' FROM firm, firms
  )
INSERT INTO segment_accounts (tenant_id, segment_id, account_id, since) SELECT ${ours}, firms.id, firm.id, now() FROM firm, firms`
  const firms = (await ok(query.replace('grown', 'firms'), { since, points: 2 })).segment.sizes
  expect(firms.map(({ size }: { size: number }) => size)).toEqual([0, 0, 1])
  expect(code(await ask(query, { since, points: 501 }))).toBe('INPUT_INVALID')
  expect(code(await ask(query, { since: '2999-01-01T00:00:00Z' }))).toBe('INPUT_INVALID')
})
