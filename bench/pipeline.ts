import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { BenchDatabase } from './lib/bench.ts'
import { definePart } from './lib/part.ts'
import { openShop, type Shop, visitLines } from './lib/shop.ts'

/** Events of one commit, and how many may be on their way before the next: the lag cannot grow. */
const COMMIT = 500
const MOST_WAITING = 2000

/**
 * The same visits of the same shop, into the same indexed hypertable with the same past: by one `psql \copy` where nothing
 * reacts, and in small commits where each is resolved, evaluated for twenty segments and told before many more come.
 */
const BOUND =
  "a tenant's reactions run one after the other: of 76 ms of processor time for 500 events, Postgres has 59 (29 of them evaluate twenty segments, about 9 are the COPY) and the worker 14, and no more than two of these are under way at once"

export const part = definePart({
  about: 'How many events a second pass identity and twenty segments, without a growing lag',
  figures: {
    'pipeline.over_copy': {
      goal: 0.15,
      better: 'higher',
      unit: 'ratio',
      against: '`psql \\copy` of the same events into the same hypertable, with nothing that reacts',
    },
    'pipeline.events_per_s': {
      goal: null,
      better: 'higher',
      unit: 'events/s',
      against: `at most ${MOST_WAITING} under way`,
    },
  },
  async run(bench) {
    const people = bench.size(20_000, 2000)
    const events = bench.size(60_000, 6000)
    const silent = await bench.database()
    const shop = { silent: await openShop(silent, 'shop', people, 20), alive: {} as Shop }
    const alive = await bench.database()
    shop.alive = await openShop(alive, 'shop', people, 20)
    for (const name of ['relay', 'worker'] as const) await bench.start(name, alive)
    bench.progress('the first recompute')
    await bench.until(() => isQuiet(alive), 'the first recompute', 900_000)
    for (const db of [silent, alive]) await db.owner`VACUUM ANALYZE`

    const folder = mkdtempSync(join(tmpdir(), 'kith-bench-'))
    bench.atEnd(async () => rmSync(folder, { recursive: true }))
    const file = join(folder, 'visits.tsv')
    let round = 0
    const columns = 'events (tenant_id, name, user_id, message_id, properties)'
    const lines = (shop: Shop) => visitLines(shop, { events, newcomerEvery: COMMIT, round })
    const before = (db: BenchDatabase) => async () => {
      await db.owner`DELETE FROM events WHERE message_id IS NOT NULL`
      await db.owner`VACUUM events`
      await db.owner`CHECKPOINT`
    }
    const answer = (db: BenchDatabase) => async () => {
      const [row] = await db.owner`SELECT count(*)::int AS events, count(DISTINCT user_id)::int AS people FROM events`
      return { ...row }
    }
    const { aSpeed, a } = await bench.alternated(
      {
        name: 'pipeline',
        before: () => {
          round++
          return before(alive)()
        },
        async run() {
          const [all, already] = [lines(shop.alive), await told(alive)]
          for (let n = 0; n < events; n += COMMIT) {
            const copy = await alive.owner`COPY ${alive.owner.unsafe(columns)} FROM STDIN`.writable()
            await new Promise((done, failed) =>
              copy
                .on('finish', done)
                .on('error', failed)
                .end(`${all.slice(n, n + COMMIT).join('\n')}\n`),
            )
            while (n + COMMIT - ((await told(alive)) - already) * COMMIT > MOST_WAITING) await sleep(4)
          }
          while ((await told(alive)) - already < events / COMMIT) await sleep(4)
        },
        answer: answer(alive),
      },
      {
        name: 'copy',
        before: async () => {
          await before(silent)()
          writeFileSync(file, `${lines(shop.silent).join('\n')}\n`)
        },
        run: () =>
          promisify(execFile)(join(bench.bin, 'psql'), [
            '-X',
            '-q',
            '-v',
            'ON_ERROR_STOP=1',
            '-d',
            silent.ownerUrl,
            '-c',
            `\\copy ${columns} FROM '${file}'`,
          ]),
        answer: answer(silent),
      },
      { rounds: bench.quick ? 1 : 3 },
    )
    return {
      'pipeline.over_copy': { value: aSpeed, rows: events, bound: BOUND },
      'pipeline.events_per_s': { value: events / (a / 1000), rows: events },
    }
  },
})

/** How many newcomers have been told of: one ends each commit, and a tenant's reactions come in order. */
async function told(db: BenchDatabase): Promise<number> {
  const [row] = await db.owner<[{ told: number }]>`
SELECT count(*)::int AS told FROM members m JOIN segments s ON s.tenant_id = m.tenant_id AND s.id = m.segment_id WHERE s.key = 'probed'`
  return row.told
}

async function isQuiet(db: BenchDatabase): Promise<boolean> {
  const [row] = await db.owner<[{ quiet: boolean }]>`
SELECT EXISTS (SELECT FROM ops.relays WHERE leader IS NOT NULL) AND NOT EXISTS (SELECT FROM graphile_worker.jobs) AS quiet`
  return row.quiet
}
