import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { subscribe } from '../test/subscribe.ts'
import type { Bench, BenchDatabase } from './lib/bench.ts'
import { cpuMs } from './lib/cpu.ts'
import type { Arrivals, FollowOrder } from './lib/follow.ts'
import { definePart } from './lib/part.ts'
import { command, startRedis } from './lib/redis.ts'
import { median, percentile } from './lib/statistics.ts'

const PROCESSES = 2
const QUERY = 'subscription { segmentEntered { cursor at profileId segmentKey } }'
const CHANNEL = 'feed'

/**
 * Ten thousand subscribers of one tenant on one API process, each told of every entry, over SSE; and as many of one Redis, each
 * told the same bytes. Both kinds are held by the same processes, which read them with the same code.
 */
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
    'fanout.over_redis': {
      goal: 0.5,
      better: 'higher',
      unit: 'ratio',
      against:
        'frames a second that PUBLISH of the same JSON delivers to as many subscribers of one Redis, in turns; an item from its commit on',
    },
  },
  async run(bench) {
    const db = await bench.database()
    const tenant = await db.createTenant('shop')
    const subscribers = bench.size(10_000, 500)
    const items = bench.size(20, 5)
    const api = await bench.start('api', db)
    const redis = await startRedis(bench)
    bench.say(`against Redis ${redis.version}`)
    const payload = await payloadOf(bench, db, api.port, tenant)
    const followers = startFollowers(bench)
    const orders: Omit<FollowOrder, 'connections'>[] = [
      { kind: 'api', port: api.port, hello: httpRequest('shop-read'), accepted: '200 OK', mark: 'event: next' },
      {
        kind: 'redis',
        port: redis.port,
        hello: String(command('SUBSCRIBE', CHANNEL)),
        accepted: 'subscribe',
        mark: '$7\r\nmessage\r\n',
      },
    ]
    for (const order of orders) {
      for (const follower of followers) {
        follower.send({ ...order, connections: subscribers / PROCESSES } satisfies FollowOrder)
        await heard(follower)
      }
      bench.progress(`${subscribers} subscribers of ${order.kind}`)
    }
    const latencies: number[] = []
    let cpu = 0
    const busy = { api: [] as number[], redis: [] as number[] }
    for (let n = -1; n < items; n++) {
      const before = cpuMs(api.child)
      const byApi = await tell(followers, () => enter(db, tenant))
      const used = cpuMs(api.child) - before
      await sleep(100)
      const byRedis = await tell(followers, async () => redis.send(command('PUBLISH', CHANNEL, payload)))
      await sleep(100)
      if (n < 0) continue
      cpu += used
      latencies.push(...byApi)
      busy.api.push(percentile(byApi, 1))
      busy.redis.push(percentile(byRedis, 1))
    }
    const sum = (numbers: number[]) => numbers.reduce((total, ms) => total + ms, 0)
    bench.say(`an item took ${median(busy.api).toFixed(0)} ms, and ${median(busy.redis).toFixed(0)} ms by Redis`)
    const rows = latencies.length
    return {
      'fanout.10k_p99_ms': { value: percentile(latencies, 0.99), rows },
      'fanout.cpu_us_per_frame': { value: (cpu * 1000) / rows, rows },
      'fanout.frames_per_s': { value: rows / (sum(busy.api) / 1000), rows },
      'fanout.over_redis': {
        value: median(busy.redis) / median(busy.api),
        rows,
        bound: "a write of the kernel for each frame: more than half of the API's time",
      },
    }
  },
})

function startFollowers(bench: Bench): ChildProcess[] {
  return Array.from({ length: PROCESSES }, () => {
    const follower = fork(join(import.meta.dirname, 'lib/follow.ts'))
    bench.atEnd(async () => void follower.kill())
    return follower
  })
}

async function heard(follower: ChildProcess): Promise<unknown> {
  const abort = new AbortController()
  const end = once(follower, 'exit', { signal: abort.signal }).then(([code]) => {
    throw new Error(`A process of subscribers has ended with ${code}.`)
  })
  try {
    return ((await Promise.race([once(follower, 'message', { signal: abort.signal }), end])) as unknown[])[0]
  } finally {
    end.catch(() => {})
    abort.abort()
  }
}

/** How many ms after `work` was done each subscriber had heard of it. */
async function tell(followers: ChildProcess[], work: () => Promise<unknown>): Promise<number[]> {
  const told = Promise.all(followers.map(heard))
  await work()
  const done = performance.timeOrigin + performance.now()
  return (await told).flatMap((message) => (message as Arrivals).at.map((at) => at - done))
}

function enter(db: BenchDatabase, tenant: string): Promise<unknown> {
  return db.owner`
WITH head AS (UPDATE feed_heads SET last_seq = last_seq + 1 WHERE tenant_id = ${tenant} RETURNING last_seq),
fed AS (
  INSERT INTO feed (tenant_id, seq, at, kind, profile_id, definition_id, payload)
  SELECT ${tenant}, last_seq, now(), 'segment_entered', uuidv7(), uuidv7(), '{"key": "vip", "cause": "change"}' FROM head
)
SELECT pg_notify('kith_feed', ${`${tenant}:`} || last_seq) FROM head`
}

/** What the API tells of an item, to be told by the other too. */
async function payloadOf(bench: Bench, db: BenchDatabase, port: number, tenant: string): Promise<string> {
  const probe = await subscribe(fetch, `http://127.0.0.1:${port}/graphql`, 'shop-read', QUERY)
  await enter(db, tenant)
  await bench.until(() => probe.frames.length === 1, 'a frame')
  await probe.stop()
  return JSON.stringify(probe.frames[0])
}

function httpRequest(key: string): string {
  const body = JSON.stringify({ query: QUERY })
  const headers = [
    'POST /graphql HTTP/1.1',
    'host: 127.0.0.1',
    'content-type: application/json',
    'accept: text/event-stream',
    `authorization: Bearer ${key}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  return `${headers.join('\r\n')}\r\n\r\n${body}`
}
