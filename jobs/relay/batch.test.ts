import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WalMessage } from '../../db/wal/replication.ts'
import { testDatabase } from '../../test/database.ts'
import { traceTo } from '../../trace.ts'
import { backfillPayload, reactPayload } from '../tasks/payload.ts'
import { type OpenJobs, plan } from './batch.ts'

const db = await testDatabase()
const shop = '0199ad3c-0000-7000-8000-000000000001'
const bank = '0199ad3c-0000-7000-8000-000000000002'
let lsn = 0n

const message = (content: string): WalMessage => ({ commitLsn: ++lsn, messageLsn: lsn, xid: 1, content })
/** As Postgres writes it. */
async function people(tenant: string, ...users: string[]): Promise<WalMessage> {
  const list = users.map((user) => ({ ids: { user_id: user } }))
  const [row] =
    await db.owner`SELECT jsonb_build_object('tenant', ${tenant}::uuid, 'people', ${list as never}::jsonb)::text AS content`
  return message(row!.content as string)
}
const definition = (kind: string, id: string) => message(JSON.stringify({ tenant: shop, definition: { kind, id } }))
const many = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `user ${from + n}`)
const usersOf = (payload: string) =>
  reactPayload
    .parse(JSON.parse(payload))
    .flatMap((change) => ('people' in change ? change.people.map((person) => person.ids.user_id) : []))

it('makes one job of a tenant out of many messages, and none of two tenants', async () => {
  const { jobs } = plan(
    [await people(shop, 'ada', 'bob'), await people(bank, 'eve'), await people(shop, 'joe')],
    new Map(),
  )
  expect(jobs.map((job) => [job.queue, usersOf(job.payload)])).toEqual([
    [`react:${shop}`, ['ada', 'bob', 'joe']],
    [`react:${bank}`, ['eve']],
  ])
})

it('passes on what a person is called, whatever it looks like', async () => {
  const users = ['"ids": {', '{"people": [', '\\', '"], "tenant": "x"}', 'ж😀', `], "tenant": "${bank}"}`]
  const { jobs } = plan([await people(shop, ...users)], new Map())
  expect(jobs.map((job) => [job.queue, usersOf(job.payload)])).toEqual([[`react:${shop}`, users]])
})

it('begins another job where one would carry more than 500 people', async () => {
  const { jobs } = plan(
    [await people(shop, ...many(300)), await people(shop, ...many(300, 300)), await people(shop, ...many(100, 600))],
    new Map(),
  )
  expect(jobs.map((job) => usersOf(job.payload).length)).toEqual([300, 400])
  expect(new Set(jobs.map((job) => job.key)).size).toBe(2)
})

it('joins the job that still waits while there is room, and remembers which it is', async () => {
  const open: OpenJobs = new Map()
  const first = plan([await people(shop, ...many(300))], open)
  first.done(new Set([first.jobs[0]!.key!]))
  const second = plan([await people(shop, ...many(150))], open)
  expect(second.jobs[0]!.joins).toBe(first.jobs[0]!.key)
  second.done(new Set([first.jobs[0]!.key!]))
  expect(open.get(shop)).toEqual({ key: first.jobs[0]!.key, people: 450 })
  // It has begun to run, so that the third is a job of its own.
  const third = plan([await people(shop, ...many(20))], open)
  expect(third.jobs[0]!.joins).toBe(first.jobs[0]!.key)
  third.done(new Set([third.jobs[0]!.key!]))
  expect(open.get(shop)).toEqual({ key: third.jobs[0]!.key, people: 20 })
  const fourth = plan([await people(shop, ...many(490))], open)
  expect(fourth.jobs[0]!.joins).toBeUndefined()
})

describe('a trace', () => {
  beforeAll(() => traceTo({ endpoint: 'http://127.0.0.1:1' }))
  afterAll(() => traceTo())
  const context = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  /** Behind what its transaction has written. */
  async function traceOf(written?: WalMessage): Promise<WalMessage> {
    const [row] = await db.owner`
SELECT jsonb_build_object('tenant', ${shop}::uuid, 'people', '[]'::jsonb, 'trace', ${context}::text)::text AS content`
    const trace = message(row!.content as string)
    return written ? { ...trace, commitLsn: written.commitLsn } : trace
  }

  it('is passed on to the job of what it is behind, and to none where there is none', async () => {
    const [ada, saved] = [await people(shop, 'ada'), definition('segment', shop)]
    const messages = [ada, await traceOf(ada), await traceOf(), saved, await traceOf(saved), await people(bank, 'eve')]
    const { jobs, spans } = plan(messages, new Map())
    expect(spans.map((span) => span.context.includes(context.slice(0, 35)))).toEqual([true, true, false])
    const [ofAda, ofEve, backfill] = jobs.map(({ payload }) => JSON.parse(payload))
    expect(reactPayload.parse(ofAda).slice(1)).toEqual([{ tenant: shop, people: [], trace: context }])
    expect(backfillPayload.parse(backfill).trace).toBe(context)
    expect(JSON.stringify(ofEve)).not.toContain(context)
    expect(plan([await traceOf()], new Map())).toMatchObject({ jobs: [], spans: [] })
  })

  it('begins with the job of what nobody has traced', async () => {
    const { jobs, spans } = plan(
      [await people(shop, 'ada'), await people(shop, 'bob'), definition('label', shop)],
      new Map(),
    )
    const [react, backfill] = jobs.map(({ payload }) => JSON.parse(payload))
    expect(reactPayload.parse(react).at(-1)).toEqual({ tenant: shop, people: [], trace: spans[0]!.context })
    expect(backfillPayload.parse(backfill).trace).toBe(spans[1]!.context)
    traceTo()
    const quiet = plan([await people(shop, 'ada'), definition('label', shop)], new Map())
    expect(quiet.spans).toEqual([])
    expect(quiet.jobs.map(({ payload }) => payload).join()).not.toContain('trace')
  })
})

it('backfills a definition once, however often it changed', () => {
  const { jobs } = plan(
    [definition('segment', shop), definition('label', bank), definition('segment', shop)],
    new Map(),
  )
  expect(jobs.map((job) => job.key)).toEqual([`backfill:${shop}:segment:${shop}`, `backfill:${shop}:label:${bank}`])
})

it('skips a message that does not fit, and does not stop for it', async () => {
  const odd = ['', '{', '{"people": [], "tenant": "x"}', '{"tenant": "x"}', definition('table', shop).content]
  const { jobs } = plan([...odd.map(message), await people(shop, 'ada')], new Map())
  expect(jobs.map((job) => usersOf(job.payload))).toEqual([['ada']])
})
