import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { testDatabase } from '../../test/database.ts'
import { react } from '../react.ts'
import { mergeStatements, type Statement } from './statement.ts'

const db = await testDatabase()
const at = (n: number) => `2026-01-0${n}T00:00:00.000000Z`
const said = (v: unknown, n: number): Statement => ({ v, at: at(n), by: `e${n}` })
const all = (statements: Statement[]) => statements.reduce(mergeStatements)

it('keeps since when a value has been said, until something else is', () => {
  expect(all([said('pro', 1), said('pro', 2), said('pro', 3)])).toEqual({ ...said('pro', 3), since: at(1) })
  expect(all([said('pro', 1), said('free', 2), said('pro', 3)])).toEqual({ ...said('pro', 3), other: at(2) })
  expect(all([said('pro', 3), said('free', 2), said('pro', 1)])).toEqual({ ...said('pro', 3), other: at(2) })
  expect(all([said('pro', 1), said('pro', 3), said('free', 2)])).toEqual({ ...said('pro', 3), other: at(2) })
  expect(all([said('free', 1), said('pro', 2), said('pro', 3)])).toEqual({
    ...said('pro', 3),
    since: at(2),
    other: at(1),
  })
})

const statements = fc
  .uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 })
  .chain((times) => fc.tuple(...times.map((n) => fc.constantFrom('a', 'b', null, [1]).map((v) => said(v, n)))))

it('says the same in SQL, in whatever order, and twice as once', async () => {
  const cases = fc.sample(statements, 200)
  const rows = await db.owner<{ folded: Statement; again: Statement }[]>`
SELECT f.folded, merge_trait(f.folded, f.folded) AS again
FROM jsonb_array_elements(${cases as never}::jsonb) WITH ORDINALITY AS c (list, n)
CROSS JOIN LATERAL (SELECT fold_trait(s ORDER BY k) AS folded FROM jsonb_array_elements(list) WITH ORDINALITY AS s (s, k)) AS f ORDER BY n`
  rows.forEach(({ folded, again }, n) => {
    expect(folded).toEqual(all(cases[n]!))
    expect(again).toEqual(folded)
    const newest = [...cases[n]!].sort((a, b) => (a.at < b.at ? 1 : -1))
    const run = newest.slice(0, newest.findIndex(({ v }) => JSON.stringify(v) !== JSON.stringify(newest[0]!.v)) >>> 0)
    // In order of time it is exact; late news can only make it later.
    expect(all([...newest].reverse()).since ?? newest[0]!.at).toBe(run.at(-1)!.at)
    expect((folded.since ?? folded.at) >= run.at(-1)!.at).toBe(true)
  })
})

it('lets `held` go on when the same is said again, through a merge too', async () => {
  const tenant = await db.createTenant('held')
  const ours = <T>(work: Parameters<typeof inTenant<T>>[2]) => inTenant(db.worker, tenant, work)
  await ours(
    (sql) => sql`
INSERT INTO segments (key, name, rule)
VALUES ('long-pro', 'x', '{"held": {"rule": {"field": {"path": "plan", "eq": "pro"}}, "for": "P5D"}}')`,
  )
  const identify = async (ids: Record<string, string>, plan: string, days: number) => {
    const [event] = await ours(
      (sql) => sql<{ id: string; occurred_at: string }[]>`
INSERT INTO events (type, name, user_id, anonymous_id, traits, occurred_at)
VALUES ('identify', 'identify', ${ids.user_id ?? null}, ${ids.anonymous_id ?? null}, ${sql.json({ plan })}, now() - ${days} * interval '1 day')
RETURNING id, occurred_at`,
    )
    const { id, occurred_at: at } = event!
    await react(db.worker, tenant, [{ tenant, people: [{ ids, from: at, to: at, refs: [[at, id]] }] }])
  }
  const size = async () => (await ours((sql) => sql`SELECT FROM members`)).length
  await identify({ user_id: 'ada' }, 'pro', 9)
  expect(await size()).toBe(1)
  await identify({ user_id: 'ada' }, 'pro', 1)
  expect(await size()).toBe(1)
  await identify({ anonymous_id: 'a1' }, 'pro', 3)
  await identify({ user_id: 'ada', anonymous_id: 'a1' }, 'pro', 0)
  expect(await size()).toBe(1)
  await identify({ user_id: 'ada' }, 'free', 2)
  expect(await size()).toBe(0)
})
