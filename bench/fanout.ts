import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Arrivals, FollowOrder } from './lib/follow.ts'
import { cpuMs } from './lib/cpu.ts'
import { definePart } from './lib/part.ts'
import { percentile } from './lib/statistics.ts'

const PROCESSES = 2

/** Ten thousand subscribers of one tenant on one API process, each told of every entry, over SSE. */
export const part = definePart({
  about: 'How long it takes to tell ten thousand subscribers',
  figures: {
    'fanout.10k_p99_ms': {
      goal: 250,
      better: 'lower',
      unit: 'ms',
      against: 'commit of an item to its arrival at each of 10,000 subscribers of one API process',
    },
    'fanout.cpu_us_per_frame': {
      goal: null,
      better: 'lower',
      unit: 'µs',
      against: 'processor time of the API process; what the subscribers need for themselves is not in it',
    },
    'fanout.frames_per_s': { goal: null, better: 'higher', unit: 'frames/s', against: 'items one after the other' },
  },
  async run(bench) {
    const db = await bench.database()
    const tenant = await db.createTenant('shop')
    const subscribers = bench.size(10_000, 500)
    const items = bench.size(20, 5)
    const api = await bench.start('api', db)
    const query = 'subscription { segmentEntered { cursor at profileId segmentKey } }'
    const followers: ChildProcess[] = []
    for (let n = 0; n < PROCESSES; n++) {
      const follower = fork(join(import.meta.dirname, 'lib/follow.ts'))
      bench.atEnd(async () => void follower.kill())
      followers.push(follower)
      follower.send({
        port: api.port,
        key: 'shop-read',
        query,
        connections: subscribers / PROCESSES,
      } satisfies FollowOrder)
      await once(follower, 'message')
      bench.progress(`${(subscribers / PROCESSES) * (n + 1)} subscribers`)
    }
    const latencies: number[] = []
    let busy = 0
    let cpu = 0
    for (let n = -1; n < items; n++) {
      const told = Promise.all(followers.map((follower) => once(follower, 'message')))
      const before = cpuMs(api.child)
      await db.owner`
WITH head AS (UPDATE feed_heads SET last_seq = last_seq + 1 WHERE tenant_id = ${tenant} RETURNING last_seq),
fed AS (
  INSERT INTO feed (tenant_id, seq, at, kind, profile_id, definition_id, payload)
  SELECT ${tenant}, last_seq, now(), 'segment_entered', uuidv7(), uuidv7(), '{"key": "vip", "cause": "change"}' FROM head
)
SELECT pg_notify('kith_feed', ${`${tenant}:`} || last_seq) FROM head`
      const committed = performance.timeOrigin + performance.now()
      const arrived = (await told).flatMap(([message]) => (message as Arrivals).at)
      if (n >= 0) {
        latencies.push(...arrived.map((at) => at - committed))
        cpu += cpuMs(api.child) - before
        busy += arrived.reduce((latest, at) => Math.max(latest, at), 0) - committed
      }
      await sleep(100)
    }
    return {
      'fanout.10k_p99_ms': { value: percentile(latencies, 0.99), rows: latencies.length },
      'fanout.cpu_us_per_frame': { value: (cpu * 1000) / latencies.length, rows: latencies.length },
      'fanout.frames_per_s': { value: latencies.length / (busy / 1000), rows: latencies.length },
    }
  },
})
