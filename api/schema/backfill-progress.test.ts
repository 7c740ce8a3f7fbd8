import { randomUUID } from 'node:crypto'
import { afterAll, expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { backfill } from '../../engine/backfill.ts'
import { testDatabase, until } from '../../test/database.ts'
import { type Subscription, subscribe } from '../../test/subscribe.ts'
import { createGraphQL } from '../yoga.ts'
import { backfillWatch } from './backfill-progress.ts'

const db = await testDatabase()
const tenant = await db.createTenant('ours')
await db.createTenant('theirs')
const yoga = createGraphQL(db.api)
const open: Subscription[] = []
afterAll(() => Promise.all(open.map((subscription) => subscription.stop())))

async function follow(id: string, key = 'ours-read'): Promise<Subscription> {
  const query = `subscription { backfillProgress(id: "${id}") { version complete done total share startedAt finishedAt } }`
  const subscription = await subscribe(yoga.fetch as never, 'http://kith/graphql', key, query)
  open.push(subscription)
  return subscription
}
const told = ({ frames }: Subscription) => frames.map(({ data }) => data.backfillProgress)
const code = ({ frames }: Subscription) => frames[0]?.errors?.[0]?.extensions.code

const PEOPLE = 1200
await db.owner`
INSERT INTO profiles (tenant_id, traits, first_seen, last_seen)
SELECT ${tenant}, jsonb_build_object('n', n), now(), now() FROM generate_series(1, ${PEOPLE}::int) AS n`
const [segment] = await db.owner<[{ id: string }]>`
INSERT INTO segments (tenant_id, key, name, rule) VALUES (${tenant}, 'odd', 'Odd', '{"field": {"path": "n", "lt": 100}}') RETURNING id`
const id = `Segment:${segment.id}`

it('tells the state first, then each change, whoever walks and whatever version', async () => {
  const first = await follow(id)
  await until(() => told(first).length > 0)
  expect(told(first)[0]).toEqual({
    version: 1,
    complete: false,
    done: 0,
    total: 0,
    share: 0,
    startedAt: null,
    finishedAt: null,
  })
  // As far as a walk came before its worker died; another goes on from there.
  const half = async () => {
    await inTenant(db.worker, tenant, async (sql) => {
      await sql`
INSERT INTO backfills (kind, definition_id, version, position, done, total)
SELECT 'segment', ${segment.id}, 1, jsonb_build_object('after', id), 600, ${PEOPLE} FROM profiles ORDER BY id OFFSET 599 LIMIT 1`
    })
  }
  await half()
  await until(() => told(first).at(-1).done === 600)
  expect(told(first).at(-1)).toMatchObject({
    total: PEOPLE,
    share: 0.5,
    complete: false,
    startedAt: expect.any(String),
  })

  const second = await follow(id)
  await until(() => told(second).length > 0)
  expect(told(second)[0]).toEqual(told(first).at(-1))
  await backfill(db.worker, tenant, 'segment', segment.id)
  await until(() => [first, second].every((one) => told(one).at(-1).complete))
  expect(told(second).at(-1)).toMatchObject({ done: PEOPLE, total: PEOPLE, share: 1, finishedAt: expect.any(String) })

  await db.owner`UPDATE segments SET rule = '{"field": {"path": "n", "lt": 50}}' WHERE id = ${segment.id}`
  await until(() => told(first).at(-1).version === 2)
  expect(told(first).at(-1)).toMatchObject({ complete: false, done: 0 })
  const shares = told(first)
    .filter(({ version }) => version === 1)
    .map(({ share }) => share)
  expect(shares).toEqual([...shares].sort())
})

it('ends when the definition is gone, and tells nobody else', async () => {
  const [label] = await db.owner`
INSERT INTO labels (tenant_id, key, name, rule) VALUES (${tenant}, 'size', 'Size', '{"cases": []}') RETURNING id`
  const ours = await follow(`Label:${label!.id}`)
  const theirs = await follow(`Label:${label!.id}`, 'theirs-read')
  await theirs.ended
  expect(code(theirs)).toBe('NOT_FOUND')
  await until(() => told(ours).length > 0)
  await db.owner`DELETE FROM labels WHERE id = ${label!.id as string}`
  await ours.ended
})

it.each([
  ['Segment:0199ad3c-0000-7000-8000-000000000000', 'ours-read', 'NOT_FOUND'],
  ['Order:0199ad3c-0000-7000-8000-000000000000', 'ours-read', 'ID_INVALID'],
  ['nonsense', 'ours-read', 'ID_INVALID'],
  [id, 'ours-write', 'SCOPE_MISSING'],
])('refuses %s to %s with %s', async (id, key, expected) => {
  const subscription = await follow(id, key)
  await subscription.ended
  expect(code(subscription)).toBe(expected)
})

it('looks no more for who was told that the definition is gone, and forgets nobody when they leave late', async () => {
  const watch = backfillWatch(db.api)
  await Promise.all(open.map((subscription) => subscription.stop()))
  await until(() => watch.tenants === 0)
  const gone = watch.follow(tenant, randomUUID())
  expect(await gone.next()).toEqual({ value: undefined, done: true })
  expect(watch.tenants).toBe(0)
  const other = watch.follow(tenant, segment.id)
  await gone.return!()
  expect(watch.tenants).toBe(1)
  await other.return!()
  expect(watch.tenants).toBe(0)
})

it('looks no more when nobody follows, and ends everybody with a reason when the server stops', async () => {
  const watch = backfillWatch(db.api)
  await Promise.all(open.map((subscription) => subscription.stop()))
  await until(() => watch.tenants === 0)
  const last = await follow(id)
  await until(() => told(last).length > 0)
  watch.stop()
  await last.ended
  expect(last.frames.at(-1)?.errors?.[0]?.extensions.code).toBe('SERVER_STOPPING')
  const late = await follow(id)
  await late.ended
  expect(code(late)).toBe('SERVER_STOPPING')
})
