import { expect, it } from 'vitest'
import { parseConfig } from '../../config.ts'
import { inTenant } from '../../db/client.ts'
import { discardLetters, groupLetters } from '../../db/sql/dead-letters.ts'
import { readIngestCounts } from '../../db/sql/ingest-counts.ts'
import { testDatabase } from '../../test/database.ts'
import { permissionsOfScopes } from '../auth/permissions.ts'
import type { Viewer } from '../auth/viewer.ts'
import { readBatch, readSingle } from './envelope.ts'
import { importEvents } from '../imports/events.ts'
import { mendDeadLetter, replayDeadLetters } from './replay.ts'
import { createWriter } from './writer.ts'

const db = await testDatabase()
const writer = createWriter(db.api, parseConfig({}))

let tenants = 0
async function newViewer(): Promise<Viewer> {
  const tenantId = await db.createTenant(`tenant-${++tenants}`)
  const [source] = await db.owner`INSERT INTO sources (tenant_id, name) VALUES (${tenantId}, 'web') RETURNING id`
  return { tenantId, keyId: tenantId, sourceId: source!.id as string, permissions: permissionsOfScopes(['admin']) }
}
const events = ({ tenantId }: Viewer) => db.owner`SELECT * FROM events WHERE tenant_id = ${tenantId} ORDER BY id`
const letters = ({ tenantId }: Viewer) => db.owner`SELECT * FROM dead_letters WHERE tenant_id = ${tenantId} ORDER BY id`
const counts = (viewer: Viewer) => inTenant(db.api, viewer.tenantId, (sql) => readIngestCounts(sql, null, null))
const send = (viewer: Viewer, ...sent: unknown[]) => writer.write(viewer, 'http', sent)

it('stores a mended letter as it would have been stored at its arrival, once', async () => {
  const viewer = await newViewer()
  const body = '{"userId": "ada", "properties": {"n": 1}, "context": {"ip": "::1"}}'
  const { dead } = await writer.writeEnvelope(viewer, 'http', readSingle(body), 'track')
  await db.owner`UPDATE dead_letters SET received_at = '2026-11-01T10:00:00Z' WHERE tenant_id = ${viewer.tenantId}`
  const id = dead[0]!.deadLetterId

  expect(await mendDeadLetter(db.api, viewer.tenantId, id, '{"userId": "ada"}')).toMatchObject({
    code: 'EVENT_WITHOUT_NAME',
  })
  expect(await mendDeadLetter(db.api, viewer.tenantId, id, 'no JSON')).toMatchObject({ code: 'BODY_UNREADABLE' })
  expect(await mendDeadLetter(db.api, viewer.tenantId, id, body.replace('{', '{"event": "Mended", '))).toBeNull()
  expect(await replayDeadLetters(db.api, viewer.tenantId, { ids: [id] })).toEqual({
    replayed: 1,
    stored: 1,
    deduplicated: 0,
    records: 0,
    discarded: 0,
    refused: 0,
  })
  expect(await events(viewer)).toMatchObject([
    {
      type: 'track',
      name: 'Mended',
      user_id: 'ada',
      occurred_at: '2026-11-01T10:00:00Z',
      message_id: id,
      source_id: viewer.sourceId,
      context: { ip: '::1' },
    },
  ])
  expect(await letters(viewer)).toMatchObject([{ payload: body, replayed_at: expect.any(String) }])
  // It waits no longer, so nothing happens to it again.
  expect(await replayDeadLetters(db.api, viewer.tenantId, {})).toEqual({
    replayed: 0,
    stored: 0,
    deduplicated: 0,
    records: 0,
    discarded: 0,
    refused: 0,
  })
  await expect(mendDeadLetter(db.api, viewer.tenantId, id, '{}')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

it('remembers what a batch said beside its events', async () => {
  const viewer = await newViewer()
  const sentAt = new Date(Date.now() + 3_600_000).toISOString()
  const body = `{"batch":[{"type":"track","userId":"ada","timestamp":"${sentAt}"}],"sentAt":"${sentAt}","context":{"app":"till"}}`
  const { dead } = await writer.writeEnvelope(viewer, 'http', readBatch(body, 10))
  await mendDeadLetter(
    db.api,
    viewer.tenantId,
    dead[0]!.deadLetterId,
    `{"type":"track","event":"x","userId":"ada","timestamp":"${sentAt}"}`,
  )
  await replayDeadLetters(db.api, viewer.tenantId, {})
  const [event] = await events(viewer)
  expect(event).toMatchObject({ context: { app: 'till' } })
  expect(Math.abs(Date.parse(event!.occurred_at as string) - Date.now())).toBeLessThan(60_000)
})

it('stores the events of a body that could not be read, once somebody has mended it', async () => {
  const viewer = await newViewer()
  const id = await writer.bury(viewer, 'http', '{"batch": [', 'BODY_UNREADABLE', 'Expected JSON.', 'batch')
  const mended =
    '{"batch": [{"type": "page", "userId": "a"}, {"type": "page"}, {"type": "page", "userId": "b", "messageId": "m"}, {"type": "page", "userId": "b", "messageId": "m"}]}'
  await mendDeadLetter(db.api, viewer.tenantId, id, mended)
  expect(await replayDeadLetters(db.api, viewer.tenantId, {})).toEqual({
    replayed: 1,
    stored: 2,
    deduplicated: 1,
    records: 0,
    discarded: 0,
    refused: 1,
  })
  expect((await letters(viewer)).map((letter) => letter.code)).toEqual(['BODY_UNREADABLE', 'EVENT_WITHOUT_PERSON'])
})

it('stores an imported line once, however often its file came and its letters are replayed', async () => {
  const viewer = await newViewer()
  const lines = [{ number: 2, raw: '{"type": "page"}' }]
  const file = { name: 'file', ofPeople: false, texts: new Map() }
  for (let n = 0; n < 2; n++) await importEvents(writer, viewer, file)(lines)
  for (const { id } of await letters(viewer))
    await mendDeadLetter(db.api, viewer.tenantId, id as string, '{"type": "page", "userId": "ada"}')
  expect(await replayDeadLetters(db.api, viewer.tenantId, {})).toMatchObject({
    replayed: 2,
    stored: 1,
    deduplicated: 1,
  })
  expect(await events(viewer)).toMatchObject([{ message_id: 'file:2' }])
})

it('leaves waiting what is refused again, and says how often', async () => {
  const viewer = await newViewer()
  await send(viewer, { type: 'track', userId: 'ada' }, { type: 'nonsense', userId: 'ada' })
  expect(await replayDeadLetters(db.api, viewer.tenantId, { code: 'EVENT_WITHOUT_NAME' })).toMatchObject({
    replayed: 0,
    refused: 1,
  })
  expect(await letters(viewer)).toMatchObject([
    { attempts: 2, replayed_at: null },
    { attempts: 1, replayed_at: null },
  ])
})

it('takes those that were asked for, by code, source, time and id', async () => {
  const [viewer, other] = [await newViewer(), await newViewer()]
  await send(viewer, { type: 'track', userId: 'ada' }, { type: 'nonsense' }, 'text')
  await send(other, 'text')
  const discard = (which: object) => inTenant(db.api, viewer.tenantId, (sql) => discardLetters(sql, which))
  const [foreign] = await letters(other)
  expect(await discard({ ids: [foreign!.id] })).toBe(0)
  expect(await discard({ sourceId: other.sourceId })).toBe(0)
  expect(await discard({ receivedBefore: '2020-01-01T00:00:00Z' })).toBe(0)
  expect(
    await discard({ code: 'EVENT_NOT_AN_OBJECT', sourceId: viewer.sourceId, receivedFrom: '2020-01-01T00:00:00Z' }),
  ).toBe(1)
  const groups = await inTenant(db.api, viewer.tenantId, (sql) => groupLetters(sql))
  expect(groups).toMatchObject([
    { code: 'EVENT_TYPE_UNKNOWN', count: 1 },
    { code: 'EVENT_WITHOUT_NAME', count: 1, reason: expect.stringContaining('Expected event') },
  ])
})

it('replays a letter once, however many ask for it at once', async () => {
  const viewer = await newViewer()
  await send(viewer, ...Array.from({ length: 450 }, (_, n) => ({ type: 'track', userId: `u${n}` })))
  await db.owner`UPDATE dead_letters SET mended = replace(payload, '"track"', '"page"') WHERE tenant_id = ${viewer.tenantId}`
  const results = await Promise.all(Array.from({ length: 4 }, () => replayDeadLetters(db.api, viewer.tenantId, {})))
  expect(results.reduce((sum, { stored }) => sum + stored, 0)).toBe(450)
  expect(await events(viewer)).toHaveLength(450)
})

it('finds among many the one that Postgres refuses, and replays the others', async () => {
  const viewer = await newViewer()
  await send(viewer, ...Array.from({ length: 5 }, (_, n) => ({ type: 'track', userId: `u${n}` })))
  await db.owner`UPDATE dead_letters SET mended = replace(payload, '"track"', '"page"') WHERE tenant_id = ${viewer.tenantId}`
  await db.owner.unsafe(`
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.user_id = 'u2' THEN RAISE EXCEPTION 'not u2'; END IF; RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse()`)
  try {
    expect(await replayDeadLetters(db.api, viewer.tenantId, {})).toEqual({
      replayed: 4,
      stored: 4,
      deduplicated: 0,
      records: 0,
      discarded: 0,
      refused: 1,
    })
  } finally {
    await db.owner.unsafe('DROP TRIGGER refuse ON events; DROP FUNCTION refuse()')
  }
  const waiting = (await letters(viewer)).filter((letter) => letter.replayed_at === null)
  expect(waiting).toMatchObject([{ code: 'EVENT_REFUSED', reason: 'Postgres refused it: not u2' }])
})

it('counts what became of every event, per source and door', async () => {
  const viewer = await newViewer()
  const good = { type: 'page', userId: 'ada', messageId: 'm' }
  await send(viewer, good, good, { type: 'page', userId: 'bob' }, { type: 'track', userId: 'ada' })
  await send(viewer, good)
  await writer.write({ ...viewer, sourceId: null }, 'graphql', [good, 'text'])
  await db.owner`UPDATE dead_letters SET mended = replace(payload, '"track"', '"page"') WHERE tenant_id = ${viewer.tenantId} AND code = 'EVENT_WITHOUT_NAME'`
  await replayDeadLetters(db.api, viewer.tenantId, {})
  const none = { discarded: 0, unconsented: 0 }
  expect(await counts(viewer)).toEqual([
    { source_id: viewer.sourceId, door: 'http', accepted: 5, stored: 2, deduplicated: 2, dead: 1, records: 0, ...none },
    { source_id: null, door: 'graphql', accepted: 2, stored: 0, deduplicated: 1, dead: 1, records: 0, ...none },
    {
      source_id: viewer.sourceId,
      door: 'replay',
      accepted: 1,
      stored: 1,
      deduplicated: 0,
      dead: 0,
      records: 0,
      ...none,
    },
  ])
  expect(await events(viewer)).toHaveLength(3)
})
