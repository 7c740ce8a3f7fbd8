import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../db/server/run.ts'
import { parseLsn } from '../db/wal/lsn.ts'
import { createSlot } from '../db/wal/slot.ts'
import { runRelay } from '../jobs/relay/relay.ts'
import { definePart } from './lib/part.ts'

/**
 * The same backlog of commits, read from a slot by the relay, which turns it into committed jobs, and by pg_recvlogical,
 * which writes it to a file. Both start as processes do in production: from nothing, with the backlog waiting.
 */
const BOUND =
  'two cores: for 300,000 people decoding takes 0.44 s of processor time, for pg_recvlogical as well; the relay takes 0.31 more, and Postgres 0.28 to check and store the jobs'

export const part = definePart({
  about: 'How fast the relay turns a backlog of commits into jobs',
  figures: {
    'relay.over_pg_recvlogical': {
      goal: 0.8,
      better: 'higher',
      unit: 'ratio',
      against: 'pg_recvlogical writing the same changes to a file',
    },
    'relay.people_per_s': { goal: null, better: 'higher', unit: 'people/s', against: 'commits of 1,000 events each' },
  },
  async run(bench) {
    const db = await bench.database()
    const tenant = await db.createTenant('shop')
    const commits = bench.size(300, 20)
    const people = commits * 1000
    const file = join(bench.cluster.dataDir, '../recvlogical.out')
    let lastCommitAfter = ''
    let end = ''

    const backlog = async (slot: 'relay' | 'recv') => {
      await db.worker`DELETE FROM graphile_worker._private_jobs`
      await db.owner`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()`
      await db.owner`TRUNCATE events`
      await db.owner`VACUUM`
      await createSlot(db.worker, slot)
      // Known already: the first start of a relay recomputes, which is not what is measured.
      await db.owner`INSERT INTO ops.relays (slot) VALUES (${slot}) ON CONFLICT (slot) DO UPDATE SET lsn = '0/0', message_lsn = '0/0'`
      for (let n = 0; n < commits; n++)
        await db.owner`
INSERT INTO events (tenant_id, name, user_id, properties)
SELECT ${tenant}, 'Page Viewed', 'person ' || n, '{"path": "/pricing"}' FROM generate_series(${n * 1000 + 1}::int, ${(n + 1) * 1000}::int) AS n`
      lastCommitAfter = await lsn()
      await db.owner`INSERT INTO events (tenant_id, name, user_id) VALUES (${tenant}, 'Page Viewed', 'the last')`
      end = await lsn()
      await db.owner`CHECKPOINT`
      rmSync(file, { force: true })
    }
    const lsn = async () => (await db.owner`SELECT pg_current_wal_insert_lsn() AS lsn`)[0]!.lsn as string

    let stopRelay = async () => {}
    const relayed = async () => {
      const stop = new AbortController()
      const running = runRelay({ url: db.workerUrl, slot: 'relay', signal: stop.signal })
      stopRelay = () => {
        stop.abort()
        return running
      }
      const enqueued = async () => {
        const [row] = await db.owner<[{ lsn: string }]>`SELECT lsn FROM ops.relays WHERE slot = 'relay'`
        return parseLsn(row.lsn) > parseLsn(lastCommitAfter)
      }
      await bench.until(enqueued, 'the relay')
    }
    const received = async () => {
      const [host, port] = [new URL(db.ownerUrl).hostname, new URL(db.ownerUrl).port]
      const options = ['proto_version=1', 'publication_names=kith', 'messages=true'].flatMap((option) => ['-o', option])
      const to = ['-h', host, '-p', port, '-U', 'kith', '-d', new URL(db.ownerUrl).pathname.slice(1)]
      await run(
        join(bench.bin, 'pg_recvlogical'),
        [...to, '--slot', 'recv', '--start', '--endpos', end, '--no-loop', ...options, '-f', file],
        { env: { ...process.env, PGPASSWORD: decodeURIComponent(new URL(db.ownerUrl).password) } },
      )
    }

    const { aSpeed, a } = await bench.alternated(
      {
        name: 'relay',
        before: () => backlog('relay'),
        run: relayed,
        async answer() {
          await stopRelay()
          const [row] = await db.worker<[{ people: number }]>`
SELECT sum(json_array_length(change -> 'people'))::int AS people
FROM graphile_worker._private_jobs, json_array_elements(CASE json_typeof(payload) WHEN 'array' THEN payload ELSE '[]' END) AS change`
          return row.people
        },
      },
      {
        name: 'pg_recvlogical',
        before: () => backlog('recv'),
        run: received,
        answer: async () => readFileSync(file, 'utf8').split('"user_id"').length - 1,
      },
      { rounds: bench.quick ? 2 : 5 },
    )
    return {
      'relay.over_pg_recvlogical': { value: aSpeed, rows: people, bound: BOUND },
      'relay.people_per_s': { value: people / (a / 1000), rows: people },
    }
  },
})
