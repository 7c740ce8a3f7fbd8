/**
 * Runs the jobs, with graphile-worker. A worker process works in rounds: in each its locks carry an id of their own, which
 * is also its row in ops.workers. Whatever makes it uncertain which jobs are ours (a lost connection: a job may have been
 * given to us in an answer that never came) ends the round; its id is dismissed, its jobs unlocked, and the next one begins.
 */
import { EventEmitter } from 'node:events'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CronItem,
  Logger,
  parseCronItems,
  type Runner,
  run,
  type WorkerEvents,
  type WorkerPool,
} from 'graphile-worker'
import pg from 'pg'
import { SECOND } from '../config.ts'
import { type Client, connect } from '../db/client.ts'
import { beatWorker, buryWorkers, dismissWorker, registerWorker } from '../db/sql/workers.ts'
import { log } from '../log.ts'
import type { Engine } from './engine.ts'
import { keepStatistics } from './statistics.ts'
import { tasks } from './tasks/index.ts'

export type WorkerOptions = {
  url: string
  signal: AbortSignal
  engine: Engine
  /** Jobs at a time. */
  concurrency?: number
  deadAfterSeconds?: number
}

const POLL_MS = 1000
const SLOWEST_BEAT_MS = 2000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 3000
const HEALTHY_AFTER_MS = 5000
const STOP_TIMEOUT_MS = 10_000

const CRON: CronItem[] = [
  { task: 'prune', match: '17 * * * *', options: { backfillPeriod: 0, maxAttempts: 3 } },
  // Which Postgres sources are due; each is a job of its own.
  { task: 'pulls', match: '* * * * *', options: { backfillPeriod: 0, maxAttempts: 1 } },
]

/** Runs until `signal`. Throws when jobs do not end in time after a round: only the end of the process makes sure then. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { url, signal, concurrency = 4 } = options
  const sql = connect(url, { max: concurrency + 1, name: 'kith worker' })
  // graphile-worker prints why one of its workers ended, with a stack and past its logger, which it tells the same next.
  console.trace = () => {}
  const former = new Set<string>() // ids of rounds that ended while Postgres was away
  let pause = FIRST_PAUSE_MS
  try {
    while (!signal.aborted) {
      try {
        for (const id of former) await dismissWorker(sql, id).then(() => former.delete(id))
        const began = Date.now()
        const reason = await round(sql, options, former)
        pause = Date.now() - began > HEALTHY_AFTER_MS ? FIRST_PAUSE_MS : Math.min(pause * 2, LONGEST_PAUSE_MS)
        if (!signal.aborted) log.warn('worker begins anew', { reason, pause })
      } catch (error) {
        if (error instanceof StuckError) throw error
        log.warn('worker interrupted', { pause, error: (error as Error).message })
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
      }
      await sleep(pause, undefined, { signal }).catch(() => {})
    }
  } finally {
    await sql.end({ timeout: 1 })
  }
}

class StuckError extends Error {}

/** One round; resolves with the reason of its end. */
async function round(sql: Client, options: WorkerOptions, former: Set<string>): Promise<string> {
  const { url, signal, engine, concurrency = 4, deadAfterSeconds = 10 } = options
  const { promise: over, resolve: end } = Promise.withResolvers<string>()
  let isOver = false
  void over.then(() => (isOver = true))
  const stop = () => end('stopped')
  signal.addEventListener('abort', stop, { once: true })

  const events = new EventEmitter() as WorkerEvents
  let pool: WorkerPool | undefined
  const nudge = () => {
    if (!pool || signal.aborted) return
    try {
      pool.nudge(1)
    } catch (error) {
      end((error as Error).message) // one of its workers has ended, and so must this round
    }
  }
  events.on('pool:create', ({ workerPool }) => (pool = workerPool))
  fetchAgainAfterCollisions(events, nudge)
  const statistics = keepStatistics(events, sql)
  events.on('job:failed', ({ job, error }) =>
    log.error('job failed for good; it stays in the queue with its error', {
      job: job.id,
      task: job.task_identifier,
      attempts: job.attempts,
      error: error as Error,
    }),
  )
  for (const event of ['worker:getJob:error', 'pool:listen:error', 'pool:fatalError'] as const)
    events.on(event, ({ error }) => end((error as Error).message))

  const pgPool = new pg.Pool({
    connectionString: url,
    max: concurrency + 3, // and one each to listen, for cron, and to spare
    application_name: 'kith worker queue',
    // What a crash of Postgres takes back here is that a job was begun or done: it is done again, which changes nothing.
    options: '-c synchronous_commit=off',
    Client: clientThatTells(nudge),
  })
  const lost = (error: Error) => end(error.message)
  pgPool.on('error', lost).on('connect', (client) => void client.on('error', lost))

  let runner: Runner | undefined
  let beating: NodeJS.Timeout | undefined
  try {
    runner = await run({
      pgPool,
      taskList: tasks(engine, sql),
      parsedCronItems: parseCronItems(CRON),
      concurrency,
      pollInterval: POLL_MS,
      noHandleSignals: true,
      events,
      logger: loggerUntil(() => isOver),
      preset: {
        // Batched, an error of theirs ends the pool; otherwise it would end the process.
        worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 },
        plugins: [beforeTheFirstJob(() => registerWorker(sql, { id: pool!.id, host: hostname(), pid: process.pid }))],
      },
    })
    runner.promise.then(
      () => end('ended by itself'),
      (error: Error) => end(error.message),
    )
    const id = pool!.id
    const beat = async () => {
      const reason = await beatWorker(sql, id)
      if (reason) end(reason)
      const dead = await buryWorkers(sql, deadAfterSeconds)
      if (dead.length === 0) return
      log.warn('dead workers buried, their jobs are free again', { workers: dead.join() })
      pool?.nudge(concurrency)
    }
    const interval = Math.min(SLOWEST_BEAT_MS, (deadAfterSeconds * SECOND) / 4)
    beating = setInterval(() => void beat().catch((error: Error) => end(error.message)), interval)
    if (signal.aborted) stop()
    log.info('worker works', { id, concurrency })
    return await over
  } finally {
    clearInterval(beating)
    signal.removeEventListener('abort', stop)
    if (runner) await stopInTime(runner)
    await pgPool.end().catch(() => {})
    await statistics.stop()
    if (pool) await dismissWorker(sql, pool.id).catch(() => former.add(pool!.id))
  }
}

async function stopInTime(runner: Runner): Promise<void> {
  const stopped = runner.stop().catch(() => runner.promise.catch(() => {}))
  const late = sleep(STOP_TIMEOUT_MS, 'late', { ref: false })
  if ((await Promise.race([stopped, late])) === 'late') throw new StuckError('Jobs did not end in time.')
}

/**
 * A fetch locks every free queue for an instant, and another that meets it there finds nothing, though there may be jobs of
 * another tenant. So once those that overlapped are back, one more is sent.
 */
function fetchAgainAfterCollisions(events: WorkerEvents, nudge: () => void): void {
  let fetching = 0
  let collided = false
  const back = () => {
    fetching--
    if (fetching > 0 || !collided) return
    collided = false
    setImmediate(nudge)
  }
  events.on('worker:getJob:start', () => {
    fetching++
    if (fetching > 1) collided = true
  })
  events.on('worker:getJob:empty', back)
  events.on('worker:getJob:error', back)
  events.on('job:start', back)
}

/**
 * A queue is free again when the statement that completes its job has: the next of its jobs may be fetched. Nobody tells,
 * and the worker has asked too early: without this it would find the job at its next poll.
 */
function clientThatTells(queueFreed: () => void): typeof pg.Client {
  return class extends pg.Client {
    // biome-ignore lint: the overloads of pg
    override query(...args: any[]): any {
      const result = (super.query as (...args: unknown[]) => unknown).apply(this, args)
      if (/^(complete|fail)_job_q/.test(args[0]?.name ?? '')) (result as Promise<unknown>).then(queueFreed, () => {})
      return result
    }
  }
}

function beforeTheFirstJob(work: () => Promise<void>): GraphileConfig.Plugin {
  let once: Promise<void> | undefined // of the pool; the hook is called for each job that may run at a time
  return { name: 'KithWorkerPlugin', version: '0.0.0', worker: { hooks: { startWorker: () => (once ??= work()) } } }
}

/** What fails behind the end of a round does so because of it, and that has been told once. */
function loggerUntil(isOver: () => boolean): Logger {
  return new Logger(() => (level, message) => {
    if (level === 'error' && !isOver()) log.warn(message)
    else log.debug(message)
  })
}
