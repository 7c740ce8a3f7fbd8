import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseConfig } from '../../config.ts'
import { connect } from '../../db/client.ts'
import { testDatabase, until } from '../../test/database.ts'
import { permissionsOfScopes } from '../auth/permissions.ts'
import type { Viewer } from '../auth/viewer.ts'
import { createWriter } from './writer.ts'

const db = await testDatabase()
const config = parseConfig({})

let tenants = 0
async function newViewer(): Promise<Viewer> {
  const tenantId = await db.createTenant(`tenant-${++tenants}`)
  return { tenantId, keyId: tenantId, sourceId: null, permissions: permissionsOfScopes(['write']) }
}

const countOf = async (table: 'events' | 'dead_letters', { tenantId }: Viewer) =>
  Number((await db.owner`SELECT count(*) FROM ${db.owner(table)} WHERE tenant_id = ${tenantId}`)[0]!.count)

const track = (messageId: string, more: object = {}) => ({
  type: 'track',
  event: 'x',
  userId: 'ada',
  messageId,
  ...more,
})

it('accounts for every event that is sent: stored, deduplicated or dead, whatever comes and however often', async () => {
  const good = fc.record({
    type: fc.constantFrom('track', 'page', 'identify', 'screen'),
    event: fc.string({ minLength: 1, maxLength: 20 }).map((text) => `e${text.toWellFormed()}`),
    userId: fc.integer({ min: 1, max: 5 }).map(String),
    messageId: fc.integer({ min: 1, max: 60 }).map((n) => `id-${n}`),
    properties: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue(), { maxKeys: 3 }),
  })
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.record({ type: fc.string(), userId: fc.jsonValue(), event: fc.jsonValue() }),
  )
  const request = fc.array(fc.oneof({ arbitrary: good, weight: 4 }, { arbitrary: anything, weight: 1 }), {
    maxLength: 30,
  })
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 8 }), async (requests) => {
      const viewer = await newViewer()
      const writer = createWriter(db.api, { ...config, INGEST_BATCH: 25 })
      const outcomes = await Promise.all(requests.map((events) => writer.write(viewer, 'http', events)))

      let [stored, dead] = [0, 0]
      for (const [at, outcome] of outcomes.entries()) {
        expect(outcome.stored + outcome.deduplicated + outcome.dead.length).toBe(requests[at]!.length)
        stored += outcome.stored
        dead += outcome.dead.length
      }
      expect([await countOf('events', viewer), await countOf('dead_letters', viewer)]).toEqual([stored, dead])
      const ids = await db.owner`SELECT message_id FROM events WHERE tenant_id = ${viewer.tenantId}`
      expect(new Set(ids.map((row) => row.message_id)).size).toBe(stored)

      // Sent again, as a client does that got no answer: nothing is stored twice.
      const again = await Promise.all(requests.map((events) => writer.write(viewer, 'http', events.filter(hasOwnId))))
      expect(again.reduce((sum, outcome) => sum + outcome.stored, 0)).toBe(0)
    }),
    { numRuns: 25 },
  )
})

function hasOwnId(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'messageId' in event
}

it('lets requests that come together share a commit', async () => {
  const viewer = await newViewer()
  const writer = createWriter(db.api, { ...config, INGEST_WINDOW_MS: 20 })
  await Promise.all(Array.from({ length: 100 }, (_, n) => writer.write(viewer, 'http', [track(`m${n}`)])))
  const [row] =
    await db.owner`SELECT count(DISTINCT xmin::text)::int AS commits FROM events WHERE tenant_id = ${viewer.tenantId}`
  expect(row!.commits).toBe(1)
})

it('keeps the order in which events of one instant came', async () => {
  const viewer = await newViewer()
  const at = new Date().toISOString()
  await createWriter(db.api, config).write(
    viewer,
    'http',
    Array.from({ length: 3000 }, (_, n) => track(`m${n}`, { timestamp: at })),
  )
  const rows =
    await db.owner`SELECT message_id FROM events WHERE tenant_id = ${viewer.tenantId} ORDER BY occurred_at, id`
  expect(rows.map((row) => row.message_id)).toEqual(rows.map((_, n) => `m${n}`))
})

it('fails the events of one tenant without failing those of another', async () => {
  const [sick, well] = [await newViewer(), await newViewer()]
  await db.owner.unsafe(`
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.tenant_id = '${sick.tenantId}' THEN RAISE EXCEPTION 'disk on fire' USING ERRCODE = '58030'; END IF; RETURN NEW;
END $$;
CREATE TRIGGER fail BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION fail()`)
  const writer = createWriter(db.api, config)
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) => writer.write(n % 2 ? sick : well, 'http', [track(`m${n}`)])),
  )
  await db.owner.unsafe('DROP TRIGGER fail ON events; DROP FUNCTION fail()')
  expect(results.map((result) => result.status)).toEqual(results.map((_, n) => (n % 2 ? 'rejected' : 'fulfilled')))
  // What was not acknowledged was not stored, and goes through when it is sent again.
  expect(await countOf('events', sick)).toBe(0)
  expect((await writer.write(sick, 'http', [track('m1')])).stored).toBe(1)
})

it('says it is busy instead of growing, to the tenant that floods it first, and recovers', async () => {
  const [flooding, quiet] = [await newViewer(), await newViewer()]
  const writer = createWriter(db.api, { ...config, INGEST_QUEUE_BYTES: 100_000 })
  const holder = connect(db.ownerUrl, { max: 1 })
  const release = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const lock = holder.begin(async (sql) => {
    await sql`LOCK TABLE event_ids`
    locked.resolve()
    await release.promise
  })
  await locked.promise
  const calls = []
  const batch = (n: number) => Array.from({ length: 10 }, (_, i) => track(`m${n}-${i}`))
  for (let n = 0; n < 40; n++) calls.push(writer.write(flooding, 'http', batch(n)).catch((error: Error) => error))
  const other = writer.write(quiet, 'http', batch(0))
  release.resolve()
  await lock
  await holder.end()
  const results = await Promise.all(calls)
  const busy = results.filter((result) => result instanceof Error)
  expect(busy.length).toBeGreaterThan(10)
  expect(busy[0]).toMatchObject({ code: 'INGEST_BUSY', status: 503 })
  expect((await other).stored).toBe(10)
  expect(await countOf('events', flooding)).toBe((40 - busy.length) * 10)
  expect((await writer.write(flooding, 'http', batch(99))).stored).toBe(10)
})

it('loses and doubles nothing when its connections break again and again', async () => {
  const viewer = await newViewer()
  const sql = connect(db.apiUrl, { max: 6, name: 'breaking api' })
  const writer = createWriter(sql, config)
  // Not without end: each time the driver waits a little longer before it connects again.
  const breaking = (async () => {
    for (let n = 0; n < 15; n++) {
      await db.owner`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'breaking api'`
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })()
  let failures = 0
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, async (_, n) => {
      const events = Array.from({ length: 50 }, (_, i) => track(`m${n}-${i}`))
      for (;;) {
        try {
          return await writer.write(viewer, 'http', events)
        } catch {
          failures++
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
      }
    }),
  )
  await breaking
  await sql.end({ timeout: 1 })
  expect(failures).toBeGreaterThan(0)
  expect(outcomes).toHaveLength(60)
  const [row] =
    await db.owner`SELECT count(*)::int AS rows, count(DISTINCT message_id)::int AS ids FROM events WHERE tenant_id = ${viewer.tenantId}`
  expect(row).toEqual({ rows: 3000, ids: 3000 })
})

it('commits what waits before it stops', async () => {
  const viewer = await newViewer()
  const writer = createWriter(db.api, { ...config, INGEST_WINDOW_MS: 60_000 })
  const call = writer.write(viewer, 'http', [track('m')])
  await until(() => writer.stop().then(() => true))
  expect((await call).stored).toBe(1)
})
