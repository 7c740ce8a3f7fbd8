import { setTimeout as sleep } from 'node:timers/promises'
import { subscribe } from '../test/subscribe.ts'
import type { Bench, BenchDatabase } from './lib/bench.ts'
import { definePart } from './lib/part.ts'
import { openShop, type Shop, visit } from './lib/shop.ts'
import { percentile } from './lib/statistics.ts'

/** A load that the machine cannot carry grows a backlog as long as it lasts; it has to be worked off too. */
const OVERLOAD_MS = 15_000

const against = (load: string) => `commit of an event to the subscription's frame; 20 segments, ${load}`

/**
 * One event of somebody new, written with psql's eyes: the time from the answer to its commit until the subscriber holds
 * the message that this person entered a segment. All of Kith runs: API, relay and worker, a process each.
 */
export const part = definePart({
  about: 'How long it takes from a commit to the message of a subscription',
  figures: {
    'latency.idle_p50_ms': { goal: 25, better: 'lower', unit: 'ms', against: against('nothing else going on') },
    'latency.idle_p99_ms': { goal: null, better: 'lower', unit: 'ms', against: against('nothing else going on') },
    'latency.500_p99_ms': { goal: null, better: 'lower', unit: 'ms', against: against('500 other events a second') },
    'latency.5k_p99_ms': { goal: 100, better: 'lower', unit: 'ms', against: against('5,000 other events a second') },
  },
  async run(bench) {
    const db = await bench.database()
    const shop = await openShop(db, 'shop', bench.size(10_000, 3000), 20)
    const api = await bench.start('api', db)
    await bench.start('relay', db)
    await bench.start('worker', db)
    bench.progress('the first recompute')
    await bench.until(() => isQuiet(db), 'the first recompute', 600_000)
    await db.owner`VACUUM ANALYZE`
    const probe = await startProbe(bench, db, shop, api.port)
    await probe(10) // plans, connections
    const idle = await probe(bench.size(300, 40))
    const at500 = await under(bench, db, shop, 500, () => probe(bench.size(300, 40)))
    const at5k = await under(bench, db, shop, 5000, () => probe(bench.size(300, 40), OVERLOAD_MS))
    return {
      'latency.idle_p50_ms': { value: percentile(idle, 0.5), rows: idle.length },
      'latency.idle_p99_ms': { value: percentile(idle, 0.99), rows: idle.length },
      'latency.500_p99_ms': { value: percentile(at500, 0.99), rows: at500.length },
      'latency.5k_p99_ms': { value: percentile(at5k, 0.99), rows: at5k.length },
    }
  },
})

async function isQuiet(db: BenchDatabase): Promise<boolean> {
  const [row] = await db.owner<[{ quiet: boolean }]>`
SELECT EXISTS (SELECT FROM ops.relays WHERE leader IS NOT NULL) AND NOT EXISTS (SELECT FROM graphile_worker.jobs) AS quiet`
  return row.quiet
}

/** Resolves to a function that sends so many probes, one after the other, and tells how long each took, in ms. */
async function startProbe(bench: Bench, db: BenchDatabase, { tenant }: Shop, port: number) {
  const arrived: number[] = []
  const subscription = await subscribe(
    fetch,
    `http://127.0.0.1:${port}/graphql`,
    'shop-read',
    'subscription { segmentEntered(segment: "probed") { cursor at profileId } }',
    { onFrame: () => arrived.push(performance.now()) },
  )
  bench.atEnd(() => subscription.stop())
  let sent = 0
  return async (count: number, atMostMs = Number.POSITIVE_INFINITY): Promise<number[]> => {
    const times: number[] = []
    const end = performance.now() + atMostMs
    for (let n = 0; n < count && performance.now() < end; n++) {
      sent++
      await db.owner`INSERT INTO events (tenant_id, name, user_id) VALUES (${tenant}, 'Probe', ${`probe ${sent}`})`
      const committed = performance.now()
      while (arrived.length < sent) {
        if (performance.now() - committed > 300_000)
          throw new Error(`Probe ${sent} has led to no message within 300 s.`)
        await sleep(1)
      }
      times.push(Math.max(0, arrived[sent - 1]! - committed))
      await sleep(20 + Math.random() * 20)
    }
    return times
  }
}

/** Does `work` while the shop's people make so many events a second, in commits of at most a hundred. */
async function under<T>(
  bench: Bench,
  db: BenchDatabase,
  shop: Shop,
  perSecond: number,
  work: () => Promise<T>,
): Promise<T> {
  const [size, every] = perSecond > 1000 ? [100, 100_000 / perSecond] : [perSecond / 50, 20]
  let stopped = false
  let written = 0
  const started = performance.now()
  const writing = (async () => {
    while (!stopped) {
      await visit(db, shop, size)
      written += size
      await sleep(Math.max(0, started + (written / size) * every - performance.now()))
    }
  })()
  try {
    await sleep(2000)
    return await work()
  } finally {
    stopped = true
    await writing
    bench.say(`${Math.round(written / ((performance.now() - started) / 1000))} events a second were written`)
    const drained = performance.now()
    await bench.until(() => isQuiet(db), 'the backlog', 900_000)
    bench.say(`the backlog took ${Math.round(performance.now() - drained)} ms`)
  }
}
