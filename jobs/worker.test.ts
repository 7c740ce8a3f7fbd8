import { afterEach, beforeEach, expect, it } from 'vitest'
import { buryWorkers } from '../db/sql/workers.ts'
import { testDatabase, until } from '../test/database.ts'
import { startProcess } from '../test/processes.ts'
import type { Engine } from './engine.ts'
import { runWorker } from './worker.ts'

const db = await testDatabase()
const tenant = await db.createTenant('shop')
const other = await db.createTenant('bank')

let stops: (() => Promise<unknown>)[]
beforeEach(async () => {
  stops = []
  await db.worker`DELETE FROM graphile_worker._private_jobs`
})
afterEach(() => Promise.all(stops.map((stop) => stop())))

function startWorker(engine: Partial<Engine>, options: { deadAfterSeconds?: number; concurrency?: number } = {}) {
  const stop = new AbortController()
  const nothing = async () => {}
  const withoutErased: Engine['withoutErased'] = async (_sql, _tenant, changes) => [...changes]
  const whole = {
    react: nothing,
    withoutErased,
    backfill: nothing,
    refreshAudience: nothing,
    keepIndex: nothing,
    recompute: nothing,
    reapply: nothing,
    replay: nothing,
    pull: nothing,
    ...engine,
  }
  const done = runWorker({ url: db.workerUrl, signal: stop.signal, engine: whole, ...options })
  const end = () => {
    stop.abort()
    return done
  }
  stops.push(end)
  return end
}

type React = Engine['react']
const names = (changes: Parameters<React>[2]) =>
  changes.flatMap((change) =>
    'people' in change
      ? change.people.map((person) => person.ids.user_id!)
      : 'profiles' in change
        ? change.profiles
        : change.accounts,
  )

async function add(users: string[], of = tenant, options: { maxAttempts?: number } = {}): Promise<void> {
  const payload = [{ tenant: of, people: users.map((user) => ({ ids: { user_id: user } })) }]
  await db.worker`
SELECT graphile_worker.add_job('react', ${payload as never}::json, ${`react:${of}`}, max_attempts => ${options.maxAttempts ?? 25})`
}

const waiting = async () => (await db.worker`SELECT id FROM graphile_worker.jobs`).length
const workers = () =>
  db.worker<{ id: string; seen_at: string }[]>`SELECT id, seen_at FROM ops.workers ORDER BY started_at`

it('runs the jobs of one tenant one after the other, without a pause, and of two at once', async () => {
  const running = new Set<string>()
  const together = new Set<string>()
  let done = 0
  startWorker({
    async react(_sql, of) {
      expect(running.has(of)).toBe(false)
      running.add(of)
      if (running.size > 1) together.add([...running].sort().join())
      await new Promise((resolve) => setTimeout(resolve, 20))
      running.delete(of)
      done++
    },
  })
  await until(workers, (rows) => rows.length === 1)
  const started = performance.now()
  for (let n = 0; n < 10; n++) await Promise.all([add([`a${n}`]), add([`b${n}`], other)])
  await until(() => done === 20)
  expect(performance.now() - started).toBeLessThan(9000) // at one a poll it would take ten seconds
  expect([...together]).toHaveLength(1)
  await until(waiting, (count) => count === 0)
})

it('does all of a batch but those who make it fail, and keeps only those with their error', async () => {
  const done: string[] = []
  startWorker({
    async react(_sql, _tenant, changes) {
      const users = names(changes)
      if (users.some((user) => user.startsWith('poison'))) throw new Error(`cannot digest ${users.length}`)
      done.push(...users)
    },
  })
  const users = Array.from({ length: 100 }, (_, n) => `user ${n}`)
  await add([...users.slice(0, 40), 'poison 1', ...users.slice(40), 'poison 2'])
  const [job] = await until(
    () => db.worker`
SELECT j.attempts, j.last_error, p.payload FROM graphile_worker.jobs j JOIN graphile_worker._private_jobs p USING (id) WHERE j.locked_at IS NULL AND j.attempts > 0`,
    (rows) => rows.length === 1,
  )
  expect(done.toSorted()).toEqual(users.toSorted())
  expect(names(job!.payload)).toEqual(['poison 1', 'poison 2'])
  expect(job!.last_error).toContain('cannot digest 1\n    at ')
  await add(['late'])
  await until(() => done.includes('late'))
})

it('gives up after the last attempt, and keeps job and error', async () => {
  startWorker({ react: () => Promise.reject(Object.assign(new Error('never'), { code: 'XX000' })) })
  await add(['ada'], tenant, { maxAttempts: 1 })
  const [job] = await until(
    () =>
      db.worker`SELECT attempts, max_attempts, last_error, locked_at FROM graphile_worker.jobs WHERE last_error IS NOT NULL`,
    (rows) => rows.length === 1,
  )
  expect(job).toMatchObject({ attempts: 1, max_attempts: 1, locked_at: null })
  expect(job!.last_error).toContain('never (XX000)')
})

it('parses what it is given, and refuses what is not a payload', async () => {
  let called = false
  startWorker({ react: async () => void (called = true) })
  await db.worker`SELECT graphile_worker.add_job('react', '[{"tenant": "x"}]', max_attempts => 1)`
  const [job] = await until(
    () => db.worker`SELECT last_error FROM graphile_worker.jobs WHERE last_error IS NOT NULL`,
    (rows) => rows.length === 1,
  )
  expect(job!.last_error).toContain('Invalid')
  expect(called).toBe(false)
})

it('passes backfill and recompute on to the engine', async () => {
  const calls: unknown[] = []
  startWorker({
    backfill: async (_sql, ...rest) => void calls.push(['backfill', ...rest]),
    recompute: async (_sql, ...rest) => void calls.push(['recompute', ...rest]),
  })
  await db.worker`SELECT graphile_worker.add_job('backfill', ${{ tenant, kind: 'segment', id: other } as never}::json)`
  await db.worker`SELECT graphile_worker.add_job('recompute', ${{ tenant, walk: 2 } as never}::json)`
  await until(() => calls.length === 2)
  expect(calls).toEqual(
    expect.arrayContaining([
      ['backfill', tenant, 'segment', other],
      ['recompute', tenant, 2],
    ]),
  )
})

it('takes over the jobs of a worker that was killed, its queue too', async () => {
  const victim = startProcess('test/slow-worker.ts', { URL: db.workerUrl })
  stops.push(victim.kill)
  await until(workers, (rows) => rows.length === 1)
  await add(['ada'])
  await until(
    () => db.worker`SELECT FROM graphile_worker.jobs WHERE locked_at IS NOT NULL`,
    (rows) => rows.length === 1,
  )
  await add(['bob'])
  await victim.kill()
  const done: string[] = []
  startWorker({ react: async (_sql, _tenant, changes) => void done.push(...names(changes)) }, { deadAfterSeconds: 1 })
  await until(() => done.length === 2)
  expect(done.toSorted()).toEqual(['ada', 'bob'])
  expect(await until(workers, (rows) => rows.length === 1)).toHaveLength(1)
})

it('shares the jobs with other workers, each job done once', async () => {
  const done: string[] = []
  const react: React = async (_sql, _tenant, changes) => void done.push(...names(changes))
  for (let n = 0; n < 3; n++) startWorker({ react })
  await until(workers, (rows) => rows.length === 3)
  const users = Array.from({ length: 60 }, (_, n) => `user ${n}`)
  await Promise.all(users.map((user, n) => add([user], n % 2 ? tenant : other)))
  await until(waiting, (count) => count === 0)
  expect(done.toSorted()).toEqual(users.toSorted())
})

it('finishes what it is doing when it is asked to stop, and leaves no trace', async () => {
  let finished = false
  const stop = startWorker({
    async react() {
      await new Promise((resolve) => setTimeout(resolve, 300))
      finished = true
    },
  })
  await until(workers, (rows) => rows.length === 1)
  await add(['ada'])
  await until(
    () => db.worker`SELECT FROM graphile_worker.jobs WHERE locked_at IS NOT NULL`,
    (rows) => rows.length === 1,
  )
  await stop()
  expect(finished).toBe(true)
  expect(await waiting()).toBe(0)
  expect(await workers()).toHaveLength(0)
})

it('begins anew when others have declared it dead', async () => {
  const done: string[] = []
  startWorker({ react: async (_sql, _tenant, changes) => void done.push(...names(changes)) })
  const [first] = await until(workers, (rows) => rows.length === 1)
  await db.worker`UPDATE ops.workers SET seen_at = now() - interval '1 hour'`
  expect(await buryWorkers(db.worker, 10)).toEqual([first!.id])
  const [second] = await until(workers, (rows) => rows.length === 1)
  expect(second!.id).not.toBe(first!.id)
  await add(['ada'])
  await until(() => done.length === 1)
})

it('frees the queue of a job that a worker thought dead has ended meanwhile', async () => {
  const done: string[] = []
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  startWorker(
    {
      async react(_sql, _tenant, changes) {
        done.push(...names(changes))
        if (names(changes).includes('ada')) await held
      },
    },
    { deadAfterSeconds: 1 },
  )
  await add(['ada'])
  await until(() => done.includes('ada'))
  // As graphile-worker completes the job of a worker that was frozen: by its id, and the queue only where it is its own.
  await db.worker`DELETE FROM graphile_worker._private_jobs WHERE locked_by IS NOT NULL`
  release()
  await add(['grace'])
  await until(() => done.includes('grace'))
  await until(waiting, (count) => count === 0)
  const [{ locked }] = await db.worker<[{ locked: number }]>`
SELECT count(*)::int AS locked FROM graphile_worker._private_job_queues WHERE locked_by IS NOT NULL`
  expect(locked).toBe(0)
})
