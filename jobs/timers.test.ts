import { expect, it } from 'vitest'
import { fireTimers, TIMERS } from '../db/sql/fire-timers.ts'
import { testDatabase, until } from '../test/database.ts'
import { recordFired } from '../test/fired.ts'
import { runTimers } from './timers.ts'

const db = await testDatabase()
const tenant = await db.createTenant('shop')
const other = await db.createTenant('bank')

const jobs = () => db.worker<{ tenant: string; profiles: string[] }[]>`
SELECT payload -> 0 ->> 'tenant' AS tenant,
  array(SELECT json_array_elements_text(change -> 'profiles') FROM json_array_elements(payload) AS change) AS profiles
FROM graphile_worker._private_jobs WHERE payload -> 0 ->> 'cause' = 'timer'
ORDER BY id`
const clear = () => db.worker`DELETE FROM graphile_worker._private_jobs`

async function withLoops<T>(count: number, work: () => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const loops = Array.from({ length: count }, () => runTimers({ url: db.workerUrl, signal: stop.signal }))
  try {
    return await work()
  } finally {
    stop.abort()
    await Promise.all(loops)
  }
}

it('fires each timer once, and none early, with several loops at work', async () => {
  await recordFired(db.owner)
  await withLoops(3, async () => {
    const timers = await db.owner<{ id: string; due: string }[]>`
INSERT INTO timers (tenant_id, profile_id, due_at)
SELECT CASE n % 2 WHEN 0 THEN ${tenant}::uuid ELSE ${other}::uuid END, gen_random_uuid(), clock_timestamp() + n * interval '2 ms' FROM generate_series(1, 1000) AS n
RETURNING profile_id AS id, due_at AS due`
    const fired = await until(jobs, (list) => list.flatMap((job) => job.profiles).length >= 1000)
    expect(fired.flatMap((job) => job.profiles)).toHaveLength(1000)
    expect(new Set(fired.flatMap((job) => job.profiles)).size).toBe(1000)
    const at = new Map(
      (await db.owner<{ id: string; at: string }[]>`SELECT id, at FROM fired`).map((row) => [row.id, row.at]),
    )
    const late = timers.map(({ id, due }) => Date.parse(at.get(id)!) - Date.parse(due))
    expect(Math.min(...late)).toBeGreaterThanOrEqual(-1)
  })
  await clear()
})

it('sees a timer that is set while it sleeps for a later one', async () => {
  await db.owner`INSERT INTO timers (tenant_id, profile_id, due_at) VALUES (${tenant}, gen_random_uuid(), now() + interval '1 hour')`
  await withLoops(1, async () => {
    await db.owner`INSERT INTO timers (tenant_id, profile_id, due_at) VALUES (${tenant}, gen_random_uuid(), clock_timestamp())`
    await until(jobs, (list) => list.length === 1)
  })
  await db.owner`TRUNCATE timers`
  await clear()
})

it('drains 100,000 due timers in jobs of up to 500 profiles of one tenant, even when the statistics call the table empty', async () => {
  await db.owner`INSERT INTO timers (tenant_id, profile_id, due_at) VALUES (${tenant}, gen_random_uuid(), now())`
  await db.owner`DELETE FROM timers`
  await db.owner`ANALYZE timers`
  await db.owner`
INSERT INTO timers (tenant_id, profile_id, due_at)
SELECT CASE n % 2 WHEN 0 THEN ${tenant}::uuid ELSE ${other}::uuid END, gen_random_uuid(), now() FROM generate_series(1, 100000) AS n`
  await withLoops(2, async () => {
    const empty = async () => (await db.owner`SELECT FROM timers LIMIT 1`).length === 0
    await until(empty, Boolean, { timeout: 60_000, every: 50 })
    await until(jobs, (list) => list.flatMap((job) => job.profiles).length === 100_000)
  })
  const all = await jobs()
  expect(new Set(all.flatMap((job) => job.profiles)).size).toBe(100_000)
  expect(Math.max(...all.map((job) => job.profiles.length))).toBe(500)
  expect(all.length).toBeLessThan(300)
  await clear()
})

it('leaves a timer alone that a reaction is about to move', async () => {
  const [timer] =
    await db.owner`INSERT INTO timers (tenant_id, profile_id, due_at) VALUES (${tenant}, gen_random_uuid(), now()) RETURNING profile_id`
  await db.owner.begin(async (sql) => {
    await sql`UPDATE timers SET due_at = now() + interval '1 hour' WHERE profile_id = ${timer!.profile_id}`
    expect(await fireTimers(db.worker, TIMERS[0], 100, 10)).toMatchObject({ subjects: 0 })
  })
  const { subjects, nextInMs } = await fireTimers(db.worker, TIMERS[0], 100, 10)
  expect(subjects).toBe(0)
  expect(nextInMs).toBeGreaterThan(3_590_000)
})

it('joins the job that still waits untried while there is room, unless it was put off, so that a busy tenant has few', async () => {
  const fire = async (count: number) => {
    await db.owner`
INSERT INTO timers (tenant_id, profile_id, due_at) SELECT ${tenant}, gen_random_uuid(), now() FROM generate_series(1, ${count}::int)`
    await fireTimers(db.worker, TIMERS[0], 100, 10)
    return (await jobs()).map(({ profiles }) => profiles.length)
  }
  expect(await fire(1)).toEqual([1])
  expect(await fire(3)).toEqual([4])
  expect(await fire(12)).toEqual([4, 10, 2])
  expect(await fire(8)).toEqual([4, 10, 10])
  expect(await fire(1)).toEqual([4, 10, 10, 1])
  await db.worker`UPDATE graphile_worker._private_jobs SET locked_at = now()`
  expect(await fire(2)).toEqual([4, 10, 10, 1, 2])
  await db.worker`UPDATE graphile_worker._private_jobs SET locked_at = NULL, attempts = 1`
  expect(await fire(2)).toEqual([4, 10, 10, 1, 2, 2])
  await db.worker`UPDATE graphile_worker._private_jobs SET attempts = 0, run_at = now() + interval '1 hour'`
  expect(await fire(2)).toEqual([4, 10, 10, 1, 2, 2, 2])
  await clear()
})
