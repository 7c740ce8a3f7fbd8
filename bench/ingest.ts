import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { execFile } from 'node:child_process'
import type { Bench, BenchDatabase } from './lib/bench.ts'
import type { LoadOrder } from './lib/ingest-load.ts'
import { definePart } from './lib/part.ts'
import { asCopy, NAMES, smallEvent } from './lib/small-events.ts'

const PER_REQUEST = 1000
const CONNECTIONS = 4
const against = '`psql \\copy` of the same events into the same hypertable, indexes and triggers, without deduplication'

const GRAPHQL_BOUND =
  'of 34 µs of processor time an event Postgres has 20 (of a COPY 10) and the API 14, where the other door needs 6.5: parsing, ' +
  'coercing and writing an event as JSON again take 2.5 of the difference; collecting garbage takes 3.7 of the 14'

/** Through the door, each batch acknowledged after its commit, each message id remembered; and one COPY of it all. */
export const part = definePart({
  about: 'Small events through the doors, durable and deduplicated, and by COPY',
  figures: {
    'ingest.http_over_copy': { goal: 0.5, better: 'higher', unit: 'ratio', against },
    'ingest.graphql_over_copy': { goal: 0.5, better: 'higher', unit: 'ratio', against },
    'ingest.gate_share': {
      goal: 0.25,
      better: 'lower',
      unit: 'share of the time',
      against:
        'the same events to a tenant without a gate; with one each is checked against a strict behavior and personal data',
    },
    'ingest.http_events_per_s': {
      goal: null,
      better: 'higher',
      unit: 'events/s',
      against: `requests of ${PER_REQUEST} events`,
    },
    'ingest.graphql_events_per_s': {
      goal: null,
      better: 'higher',
      unit: 'events/s',
      against: `requests of ${PER_REQUEST} events`,
    },
  },
  async run(bench) {
    const db = await bench.database()
    const tenantId = await db.createTenant('shop')
    const api = await bench.start('api', db)
    const events = bench.size(1_000_000, 20_000)
    const copy = copySide(bench, db, tenantId, events)
    const http = await loadSide(bench, db, { door: 'http', port: api.port, key: 'shop-write', events })
    const overHttp = await bench.alternated(http, copy, { rounds: bench.quick ? 2 : 3 })
    const gated = await loadSide(bench, db, { door: 'http', port: api.port, key: 'gated-write', events })
    await closeGate(db, await db.createTenant('gated'))
    const overOpen = await bench.alternated(gated, http, { rounds: bench.quick ? 2 : 3 })
    const graphql = await loadSide(bench, db, { door: 'graphql', port: api.port, key: 'shop-write', events })
    const overGraphql = await bench.alternated(graphql, copy, { rounds: bench.quick ? 2 : 3 })
    const perSecond = (ms: number) => Math.round((events / ms) * 1000)
    return {
      'ingest.http_over_copy': { value: overHttp.aSpeed, rows: events },
      'ingest.graphql_over_copy': { value: overGraphql.aSpeed, rows: events, bound: GRAPHQL_BOUND },
      'ingest.gate_share': { value: 1 - overOpen.aSpeed, rows: events },
      'ingest.http_events_per_s': { value: perSecond(overHttp.a), rows: events },
      'ingest.graphql_events_per_s': { value: perSecond(overGraphql.a), rows: events },
    }
  },
})

/** Every kind of event is a strict behavior, bots and internal traffic are looked for, and there is personal data to hash. */
async function closeGate({ owner }: BenchDatabase, tenantId: string): Promise<void> {
  const properties = [
    { key: 'path', type: 'text', required: true },
    { key: 'price', type: 'number', required: true },
    { key: 'currency', type: 'choice', choices: ['EUR', 'USD'] },
  ]
  await owner`
INSERT INTO behaviors (tenant_id, name, mode, properties, identifiers)
SELECT ${tenantId}, name, 'strict', ${JSON.stringify(properties)}::jsonb, '{user_id}' FROM unnest(${[...NAMES]}::text[]) AS name`
  await owner`
INSERT INTO gate_settings (tenant_id, bots, internal, internal_users, unknown_events, personal_data, hash_key)
VALUES (${tenantId}, 'mark', 'mark', '{somebody}', 'refuse', '[{"path": "traits.email", "action": "hash"}]', 'key')`
}

const empty = (db: BenchDatabase) => async () => {
  await db.owner`TRUNCATE events, event_ids`
  await db.owner`CHECKPOINT`
}

/** What is there afterwards, whichever way it came: how many, and which. */
const answer = (db: BenchDatabase) => async () => {
  const [row] = await db.owner`
SELECT count(*)::int AS events, count(DISTINCT message_id)::int AS ids, sum(hashtext(message_id || name || user_id || occurred_at || properties))::text AS sum
FROM events`
  return { ...row }
}

function copySide(bench: Bench, db: BenchDatabase, tenantId: string, events: number) {
  const folder = mkdtempSync(join(tmpdir(), 'kith-bench-'))
  bench.atEnd(async () => rmSync(folder, { recursive: true }))
  const file = join(folder, 'events.tsv')
  const lines = Array.from({ length: events }, (_, n) => asCopy(smallEvent(n, events), tenantId))
  writeFileSync(file, `${lines.join('\n')}\n`)
  const command = `\\copy events (tenant_id, name, user_id, message_id, occurred_at, properties) FROM '${file}'`
  return {
    name: 'copy',
    before: empty(db),
    run: () =>
      promisify(execFile)(join(bench.bin, 'psql'), [
        '-X',
        '-q',
        '-v',
        'ON_ERROR_STOP=1',
        '-d',
        db.ownerUrl,
        '-c',
        command,
      ]),
    answer: answer(db),
  }
}

async function loadSide(bench: Bench, db: BenchDatabase, order: Omit<LoadOrder, 'perRequest' | 'connections'>) {
  const child = fork(join(import.meta.dirname, 'lib/ingest-load.ts'))
  bench.atEnd(async () => child.kill())
  child.send({ ...order, perRequest: PER_REQUEST, connections: CONNECTIONS } satisfies LoadOrder)
  await once(child, 'message')
  return {
    name: order.door,
    before: empty(db),
    async run() {
      child.send('go')
      const ended = once(child, 'exit').then(() => Promise.reject(new Error('The load has ended early.')))
      const [{ stored }] = await Promise.race([once(child, 'message'), ended])
      if (stored !== order.events) throw new Error(`Expected ${order.events} events stored; found ${stored}.`)
    },
    answer: answer(db),
  }
}
