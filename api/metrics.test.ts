import { readFileSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { connect } from '../db/client.ts'
import { testDatabase } from '../test/database.ts'
import { createMetrics, type MetricsOptions } from './metrics.ts'
import { createServer, type Server } from './server.ts'

const db = await testDatabase()
const tenant = await db.createTenant('shop')
const config = { RELAY_SLOT: 'kith', WORKER_DEAD_AFTER_S: 10, MAX_BODY_BYTES: 10_000 }
const servers: Server[] = []
afterAll(() => Promise.all(servers.map((server) => server.stop())))

async function serve(options: Partial<MetricsOptions> = {}): Promise<string> {
  const sql = options.sql ?? db.api
  const metrics = createMetrics({ sql, open: true, deadAfterSeconds: 10, ...options })
  const server = createServer({ config, sql, metrics })
  servers.push(server)
  return `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`
}

const scrape = async (url: string, headers = {}) => (await fetch(`${url}/metrics`, { headers })).text()

it('tells of relay, workers, jobs and timers in numbers', async () => {
  await db.owner`INSERT INTO ops.relays (slot, lost) VALUES ('kith', 2)`
  await db.owner`INSERT INTO ops.workers (id, host, pid) VALUES ('pool-1', 'h', 1)`
  await db.owner`INSERT INTO timers (tenant_id, profile_id, due_at) VALUES (${tenant}, gen_random_uuid(), now())`
  await db.owner`
INSERT INTO job_minutes (tenant_id, task, minute, done, failed, waited_ms, waited_most_ms, ran_ms, ran_most_ms)
VALUES (${tenant}, 'react', date_trunc('minute', now()) - interval '1 minute', 8, 2, 100, 50, 1000, 500)`
  await db.worker`SELECT graphile_worker.add_job('react', '[]', ${`react:${tenant}`})`
  await db.worker`SELECT graphile_worker.add_job('pull', '{}', run_at => now() - interval '5 minutes')`
  await db.worker`SELECT graphile_worker.add_job('prune', '{}', run_at => now() + interval '5 minutes')`
  const text = await scrape(await serve())
  for (const line of [
    'kith_postgres_up 1',
    'kith_workers 1',
    'kith_relay_active{slot="kith"} 0',
    'kith_relay_slots_lost{slot="kith"} 2',
    'kith_jobs{task="react",state="waiting"} 1',
    'kith_jobs_done_last_minute{task="react"} 8',
    'kith_jobs_failed_last_minute{task="react"} 2',
    'kith_job_run_seconds_mean{task="react"} 0.1',
    'kith_job_wait_seconds_most{task="react"} 0.05',
    'kith_timers_due 1',
  ])
    expect(text).toContain(`${line}\n`)
  expect(Number(/^kith_job_waits_seconds\{task="pull"\} (\S+)$/m.exec(text)?.[1])).toBeCloseTo(300, -2)
  expect(text).toMatch(/^kith_job_waits_seconds\{task="react"\} /m)
  expect(text).not.toMatch(/^kith_job_waits_seconds\{task="prune"\} /m)
  expect(text).not.toContain(tenant)
})

it('counts the requests by route, and nothing that a caller could invent', async () => {
  const url = await serve()
  for (const path of ['/healthz', '/constructor', '/made-up-by-somebody']) await fetch(url + path)
  const text = await scrape(url)
  expect(text).toContain('kith_http_requests_total{route="healthz",method="GET",status="200"} 1')
  expect(text).toContain('kith_http_requests_total{route="other",method="GET",status="404"} 2')
  expect(text).not.toContain('made-up')
})

it('asks for the token where there is one, and is not there where the API is open to others without one', async () => {
  const guarded = await serve({ token: 'sixteen characters', open: false })
  expect((await fetch(`${guarded}/metrics`)).status).toBe(401)
  expect((await fetch(`${guarded}/metrics`, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401)
  const token = 'sixteen-characters'
  expect(await scrape(await serve({ token, open: false }), { authorization: `Bearer ${token}` })).toContain(
    'kith_workers',
  )
  expect((await fetch(`${await serve({ open: false })}/metrics`)).status).toBe(404)
})

it('answers while Postgres is away', async () => {
  const nowhere = connect('postgres://kith_api@127.0.0.1:1/none', { max: 1 })
  const text = await scrape(await serve({ sql: nowhere }))
  expect(text).toContain('kith_postgres_up 0\n')
  expect(text).not.toMatch(/^kith_relay_active\{/m)
  await nowhere.end({ timeout: 0 })
})

it('is listed in docs/metrics.md, each and no other', async () => {
  const page = readFileSync(new URL('../docs/metrics.md', import.meta.url), 'utf8')
  const listed = [...page.matchAll(/^\| `(kith_\w+)` \|/gm)].map(([, name]) => name)
  const served = [...(await scrape(await serve())).matchAll(/^# TYPE (kith_\w+) /gm)].map(([, name]) => name)
  expect(listed.toSorted()).toEqual(served.toSorted())
})
