/**
 * /metrics for Prometheus: this process, the requests it answered, and what the database knows of relay, workers, jobs and
 * timers (the same from every API process). docs/metrics.md lists them. No label names a tenant or a person.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Client } from '../db/client.ts'
import { type PlatformNumbers, readPlatformNumbers } from '../db/sql/platform-numbers.ts'
import { KithError } from '../errors.ts'
import { keyOf } from './auth/credentials.ts'

export type Metrics = {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** One request was answered. */
  observe(route: string, method: string, status: number, seconds: number): void
}

export type MetricsOptions = {
  sql: Client
  /** What a scraper must bear; undefined: whoever asks is answered. */
  token?: string | undefined
  /** Without a token: whether to answer at all. False where the API is open to others than this machine. */
  open: boolean
  deadAfterSeconds: number
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function createMetrics({ sql, token, open, deadAfterSeconds }: MetricsOptions): Metrics {
  const prometheus = new Registry()
  collectDefaultMetrics({ register: prometheus })
  const registers = [prometheus]
  const requests = new Counter({
    name: 'kith_http_requests_total',
    help: 'Requests answered.',
    labelNames: ['route', 'method', 'status'],
    registers,
  })
  const duration = new Histogram({
    name: 'kith_http_request_seconds',
    help: 'From the first byte of a request to the last of its answer.',
    labelNames: ['route'],
    buckets: SECONDS,
    registers,
  })
  const platform = platformGauges(prometheus)

  return {
    observe(route, method, status, seconds) {
      requests.inc({ route, method, status })
      duration.observe({ route }, seconds)
    },
    async handle(request, response) {
      if (!token && !open) throw new KithError('NOT_FOUND', 'Set METRICS_TOKEN to have metrics here.', { status: 404 })
      if (token && !isEqual(keyOf(request.headers.authorization), token)) {
        throw new KithError('KEY_UNKNOWN', 'Expected METRICS_TOKEN as bearer token.', { status: 401 })
      }
      platform(await readPlatformNumbers(sql, deadAfterSeconds).catch(() => undefined))
      response.writeHead(200, { 'content-type': prometheus.contentType }).end(await prometheus.metrics())
    },
  }
}

/** Undefined: Postgres is away, and nothing is known. */
function platformGauges(prometheus: Registry): (numbers: PlatformNumbers | undefined) => void {
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge<Label>({ name: `kith_${name}`, help, labelNames, registers: [prometheus] })
  const up = gauge('postgres_up', 'Whether Postgres answered this scrape.')
  const lagBytes = gauge('relay_lag_bytes', 'Write-ahead log that is not yet read.', 'slot')
  const lagSeconds = gauge('relay_lag_seconds', 'How long a commit waits to be read.', 'slot')
  const active = gauge('relay_active', 'Whether a relay reads from the slot.', 'slot')
  const lost = gauge('relay_slots_lost', 'How often the slot was lost and everything recomputed.', 'slot')
  const workers = gauge('workers', 'Worker processes that gave a sign of life.')
  const jobs = gauge('jobs', 'Jobs by task and state; waiting ones up to 10,000.', 'task', 'state')
  const done = gauge('jobs_done_last_minute', 'Jobs done within the last full minute.', 'task')
  const failed = gauge('jobs_failed_last_minute', 'Attempts that failed within the last full minute.', 'task')
  const ran = gauge('job_run_seconds_mean', 'How long a job ran, the mean of the last full minute.', 'task')
  const waited = gauge('job_wait_seconds_most', 'The longest wait of a job in the last full minute.', 'task')
  const oldest = gauge('job_waits_seconds', 'For how long a job could have run that still waits, the longest.', 'task')
  const timers = gauge('timers_due', 'Timers whose time has come and that have not fired, up to 10,000.')
  const followed = gauge('followed_sources', 'Postgres sources that follow a log, by state.', 'state')
  const theirLag = gauge('source_lag_bytes', 'The most log of another database that a source has not yet taken.')
  const theirLog = gauge('source_kept_bytes', 'The most log that another database keeps for a source.')
  const owed = gauge('source_slots_owed', 'Slots in other databases that are yet to be dropped.')
  const ofSources = [followed, theirLag, theirLog, owed]
  const all = [
    lagBytes,
    lagSeconds,
    active,
    lost,
    workers,
    jobs,
    done,
    failed,
    ran,
    waited,
    oldest,
    timers,
    ...ofSources,
  ]

  return (numbers) => {
    for (const one of all) one.reset()
    up.set(numbers ? 1 : 0)
    if (!numbers) return
    for (const relay of numbers.relays) {
      const { slot } = relay
      if (relay.lagBytes !== null) lagBytes.set({ slot }, relay.lagBytes)
      lagSeconds.set({ slot }, relay.lagSeconds)
      active.set({ slot }, relay.active ? 1 : 0)
      lost.set({ slot }, relay.lost)
    }
    workers.set(numbers.workers)
    timers.set(numbers.timersDue)
    followed.set({ state: 'following' }, numbers.followed.following)
    followed.set({ state: 'failing' }, numbers.followed.failing)
    theirLag.set(numbers.followed.lagBytes)
    theirLog.set(numbers.followed.keptBytes)
    owed.set(numbers.followed.owed)
    for (const { task, state, count, waitedS } of numbers.jobs) {
      jobs.set({ task, state }, count)
      if (waitedS !== null) oldest.set({ task }, waitedS)
    }
    for (const minute of numbers.lastMinute) {
      const { task } = minute
      done.set({ task }, minute.done)
      failed.set({ task }, minute.failed)
      ran.set({ task }, minute.ranMs / 1000)
      waited.set({ task }, minute.waitedMostMs / 1000)
    }
  }
}

/** In a time that tells nothing. */
function isEqual(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(a), hash(b))
}
