import { expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { testDatabase } from '../../test/database.ts'
import { compile, parseRule } from './index.ts'

const db = await testDatabase()
const tenant = await db.createTenant('rules')
const AT = '2026-03-10T12:00:00.000000Z'
const ada = '00000000-0000-7000-8000-00000000000a'
const bob = '00000000-0000-7000-8000-00000000000b'

await inTenant(db.owner, tenant, async (sql) => {
  await sql`INSERT INTO profiles (id, traits, first_seen, last_seen) VALUES
(${ada}, '{"plan": "pro", "age": 36, "born": "1990-03-12", "tags": ["a", "b"]}', '2026-01-01', '2026-03-10'), (${bob}, '{}', '2026-01-01', '2026-03-10')`
  await sql`INSERT INTO identifiers (id, type, value, profile_id, first_seen)
SELECT identifier_id('user_id', v), 'user_id', v, p::uuid, '2026-01-01' FROM (VALUES ('ada', ${ada}), ('bob', ${bob})) x (v, p)`
  await sql`INSERT INTO events (name, user_id, occurred_at, properties) VALUES
('viewed', 'ada', '2026-03-08T12:00:00Z', '{"price": 5}'), ('viewed', 'ada', '2026-03-09T12:00:00Z', '{"price": 50}'), ('viewed', 'ada', '2026-03-12T12:00:00Z', '{}')`
})

async function answer(rules: unknown[], at = AT) {
  const definitions = rules.map((rule, n) => ({
    id: crypto.randomUUID(),
    kind: 'segment' as const,
    key: `s${n}`,
    rule: parseRule(rule),
  }))
  const { text, parameters } = compile(definitions)
  const results = []
  for (const role of [db.owner, db.worker, db.api]) {
    const rows = await inTenant(role, tenant, (sql) =>
      sql.unsafe(`WITH evaluated AS (${text}) SELECT * FROM evaluated`, [
        [ada, bob],
        at,
        'UTC',
        ...parameters,
      ] as never[]),
    )
    const of = (profile: string, id: string) => {
      const row = rows.find((row) => row.profile_id === profile && row.definition_id === id)!
      return [row.value, row.next_at]
    }
    results.push(definitions.map(({ id }) => [...of(ada, id), ...of(bob, id)]))
  }
  expect(results[1]).toEqual(results[0])
  expect(results[2]).toEqual(results[0])
  return results[0]
}

const yes = [true, null]
const no = [false, null]
const until = (value: boolean, at: string) => [value, `2026-${at}Z`]

// A rule, what it says of Ada and until when, and the same for Bob, of whom nothing is known.
const cases: [rule: unknown, ada: unknown[], bob: unknown[]][] = [
  [{ all: [] }, yes, yes],
  [{ any: [] }, no, no],
  [{ field: { path: 'plan', eq: 'pro' } }, yes, no],
  [{ not: { field: { path: 'plan', ignoreCase: true, in: ['PRO', 5] } } }, no, yes],
  [{ field: { path: 'age', gte: 36, lt: 37 } }, yes, no],
  [{ field: { path: 'born', anniversary: 'P2D' } }, until(true, '03-13T00:00:00'), no],
  [{ field: { path: 'tags', any: { eq: 'a' } } }, yes, no],
  [{ field: { path: 'firstSeen', withinLast: 'P90D' } }, until(true, '04-01T00:00:00'), until(true, '04-01T00:00:00')],
  [{ identifier: { type: 'user_id', startsWith: 'a' } }, yes, no],
  [{ identifier: { type: 'email', exists: false } }, yes, yes],
  [{ event: { name: 'viewed', within: 'P2D' } }, until(true, '03-11T12:00:00'), no],
  [{ event: { name: 'viewed', within: 'P3D', count: { gte: 2 } } }, until(true, '03-11T12:00:00'), no],
  [
    { event: { name: 'viewed', where: { path: 'price', gt: 10 }, within: { calendar: 'month' } } },
    until(true, '03-12T12:00:00'),
    no,
  ],
  [
    { event: { name: 'viewed', between: { from: '2026-03-09', to: '2026-03-20T00:00:00+01:00' }, count: { eq: 1 } } },
    until(true, '03-12T12:00:00'),
    no,
  ],
  [{ segment: { key: 's10' } }, until(true, '03-11T12:00:00'), no],
  [{ segment: { key: 'nobody defined this' } }, no, no],
]

it('answers for owner, worker and API alike, and says until when', async () => {
  const answers = await answer(cases.map(([rule]) => rule))
  for (const [n, [rule, ada, bob]] of cases.entries()) {
    expect({ rule, answer: answers![n] }).toEqual({ rule, answer: [...ada, ...bob] })
  }
})

it('takes any text for what it is', async () => {
  const evil = `a"'\\{},NULL; DROP TABLE profiles; -- $1`
  const answers = await answer([
    { field: { path: evil.replaceAll('.', ''), eq: evil } },
    { identifier: { type: evil, in: [evil, 'NULL'] } },
    { event: { name: [evil, 'x'], where: { path: evil, contains: evil }, by: evil } },
    { record: { kind: 'order', where: { path: evil, startsWith: evil }, on: evil, within: 'P1D' } },
    {
      any: [
        { consent: { purpose: evil, channel: evil } },
        { random: { percent: 0, salt: evil } },
        { list: { key: evil } },
      ],
    },
  ])
  expect(answers).toEqual(answers!.map(() => [...no, ...no]))
})

it('survives the longest durations and the strangest dates', async () => {
  await inTenant(db.owner, tenant, async (sql) => {
    await sql`UPDATE profiles SET traits = traits || '{"early": "0001-01-01", "late": "9999-12-31"}' WHERE id = ${ada}`
    await sql`INSERT INTO events (name, user_id, occurred_at, properties) VALUES
('odd', 'ada', '1970-01-01', '{"price": 1e300}'), ('odd', 'ada', '2099-12-31', '{}')`
  })
  const durations = ['P200Y', 'P73200D', 'PT0.000001S', 'P2400M73200D']
  const rules = durations.flatMap((duration) => [
    ...['early', 'late'].flatMap((path) => [
      { field: { path, withinLast: duration } },
      { field: { path, withinNext: duration } },
      { field: { path, anniversary: true } },
    ]),
    { event: { name: 'odd', within: duration, aggregate: { sum: 'price', gte: 1 } } },
    { event: { name: 'odd', within: { calendar: 'year', ago: 1000 } } },
    { sequence: { steps: [{ name: 'odd' }, { name: 'odd' }], within: duration } },
    { followedBy: { first: { name: 'odd' }, then: { name: 'x' }, within: duration, absent: true } },
    { lastEvent: { name: 'odd', age: { gte: duration } } },
  ])
  for (const at of [AT, '1971-01-01T00:00:00Z']) expect(await answer(rules, at)).toHaveLength(rules.length)
})
