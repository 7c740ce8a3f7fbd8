/**
 * The worker job dashboard: the tenant's jobs, what an operator does to them, and the platform's relay, workers and cron.
 * All of it wants the scope admin. Jobs are the tenant's own; relay, workers and cron are shared by all tenants, and what is
 * told of them names none.
 */
import { type SQL, sql } from 'drizzle-orm'
import { bigint, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { config, MINUTE } from '../../config.ts'
import type { Transaction } from '../../db/client.ts'
import { instant } from '../../db/schema/columns.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { atTick } from '../live/at-tick.ts'
import { Clock, type Tick } from '../live/clock.ts'
import { seldom } from '../live/seldom.ts'
import { ROOT } from '../loaders/index.ts'
import { loadPages, type Relation } from '../loaders/pages.ts'
import { connectionField, listTypes } from '../noun/connection.ts'
import { columnFields, nodeOptions } from '../noun/fields.ts'
import { decodeNodeId, encodeNodeId, idError } from '../noun/id.ts'
import { mutation } from '../noun/mutation.ts'
import { noun } from '../noun/noun.ts'

/** Jobs of one mutation. */
const MOST_JOBS = 1000
/** Jobs of one mutation by a filter. */
const MOST_FILTERED = 5000
/** A board counts every two seconds. */
const MOST_COUNTED = 10_000

/** The view `jobs` (db/queue.sql). */
const jobs = pgTable('jobs', {
  id: bigint('id', { mode: 'bigint' }).notNull(),
  task: text('task').notNull(),
  queue: text('queue').notNull(),
  key: text('key'),
  state: text('state').notNull(),
  priority: integer('priority').notNull(),
  attempts: integer('attempts').notNull(),
  maxAttempts: integer('max_attempts').notNull(),
  error: text('error'),
  runAt: instant('run_at').notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
  startedAt: instant('started_at'),
  worker: text('worker'),
})

const JobState = builder.enumType('JobState', {
  description: 'Where a job stands.',
  values: {
    WAITING: { value: 'waiting', description: 'Runs as soon as a worker has time.' },
    RUNNING: { value: 'running' },
    RETRYING: { value: 'retrying', description: 'Has failed, and is tried again at runAt.' },
    SCHEDULED: { value: 'scheduled', description: 'Runs at runAt.' },
    FAILED: { value: 'failed', description: 'Has failed for good; it is kept until it is retried or discarded.' },
  },
})
type State = 'waiting' | 'running' | 'retrying' | 'scheduled' | 'failed'

/** The stages (db/queue.sql) are indexed: a few failed ones are found among a million. */
const isIn: Record<State, SQL> = {
  waiting: sql`(t.stage IN ('waiting', 'later') AND t.state = 'waiting')`,
  scheduled: sql`(t.stage = 'later' AND t.state = 'scheduled')`,
  running: sql`t.stage = 'running'`,
  retrying: sql`t.stage = 'retrying'`,
  failed: sql`t.stage = 'failed'`,
}

export const Job = noun('Job', jobs, {
  plural: 'jobs',
  order: { field: 'id', direction: 'DESC' },
  enums: { state: JobState },
  unlisted: ['state'],
})

const JobStateFilter = builder.inputType('JobStateFilter', {
  fields: (t) => ({ eq: t.field({ type: JobState }), in: t.field({ type: [JobState] }) }),
})
Job.filters.set('state', {
  type: JobStateFilter,
  description: 'Where the job stands.',
  toSql: ({ eq, in: list }: { eq?: State; in?: State[] }) => {
    const sets = [...(eq ? [[eq]] : []), ...(list ? [list] : [])]
    const anyOf = (states: State[]) =>
      states.length === 0
        ? sql`false`
        : sql`(${sql.join(
            states.map((state) => isIn[state]),
            sql` OR `,
          )})`
    return sets.length === 0 ? sql`true` : sql.join(sets.map(anyOf), sql` AND `)
  },
})

builder.node(Job.ref, {
  description: 'A piece of work for the workers.',
  ...nodeOptions(Job),
  authScopes: { operate: true },
  fields: (t) => ({
    ...columnFields(t, Job, {
      task: '"react", "backfill", "recompute", "reapply", "replay" or "pull".',
      queue: 'Jobs of one queue run one after the other.',
      key: '',
      state: '',
      priority: 'Lower runs first.',
      attempts: 'How often it was begun.',
      maxAttempts: 'After so many it stays, failed.',
      error: 'Of the last attempt, with the place in the code.',
      runAt: 'Not before this.',
      createdAt: '',
      updatedAt: '',
      startedAt: 'Since when it runs.',
      worker: 'Who runs it.',
    }),
    summary: t.field({
      type: 'JSON',
      description: 'What it is about: how many people or profiles and the first of them, or which definition.',
      resolve: ({ id }, _args, { loaders }) => loaders.of('job summary', loadSummaries).load(String(id)),
    }),
  }),
})

/** Read apart from the rows, which are found, sorted and counted without a look into their payloads. */
async function loadSummaries(sql: Transaction, ids: readonly string[]): Promise<unknown[]> {
  const rows = await sql<{ id: string; summary: unknown }[]>`
SELECT id, summary FROM jobs WHERE id = ANY (${[...ids]}::bigint[])`
  const byId = new Map(rows.map(({ id, summary }) => [id, summary]))
  return ids.map((id) => byId.get(id) ?? {})
}

type Count = { task: string; state: State; count: string; oldest: string; more: boolean }
const JobCount = builder.objectRef<Count>('JobCount').implement({
  description: 'How many jobs of a task are in a state.',
  fields: (t) => ({
    task: t.exposeString('task'),
    state: t.field({ type: JobState, resolve: ({ state }) => state }),
    count: t.int({
      description: 'Of a queue, the oldest 10,000 in a state are counted.',
      resolve: ({ count }) => Number(count),
    }),
    more: t.exposeBoolean('more', { description: 'Whether there may be more than were counted.' }),
    oldest: t.field({ type: 'DateTime', description: 'The earliest runAt of them.', resolve: ({ oldest }) => oldest }),
  }),
})

type Minutes = {
  at: string
  task: string
  done: string
  failed: string
  waited: number
  waitedMost: number
  ran: number
  ranMost: number
}
const JobStatistics = builder.objectRef<Minutes>('JobStatistics').implement({
  description: 'What the jobs of a task did within a stretch of time. Times in milliseconds.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', description: 'When the stretch begins.', resolve: ({ at }) => at }),
    task: t.exposeString('task'),
    done: t.int({ resolve: ({ done }) => Number(done) }),
    failed: t.int({ description: 'Attempts that failed.', resolve: ({ failed }) => Number(failed) }),
    waitedMs: t.exposeFloat('waited', { description: 'From when a job could run to when it did: the mean.' }),
    waitedMostMs: t.exposeFloat('waitedMost', {}),
    ranMs: t.exposeFloat('ran', { description: 'How long a job ran: the mean.' }),
    ranMostMs: t.exposeFloat('ranMost', {}),
  }),
})

type WorkerRow = { id: string; host: string; pid: number; startedAt: string; seenAt: string; alive: boolean }
const Worker = builder.objectRef<WorkerRow>('Worker').implement({
  description: 'A process that runs jobs.',
  fields: (t) => ({
    id: t.exposeString('id', { description: 'As in `Job.worker`.' }),
    host: t.exposeString('host'),
    pid: t.exposeInt('pid'),
    startedAt: t.field({ type: 'DateTime', resolve: ({ startedAt }) => startedAt }),
    seenAt: t.field({ type: 'DateTime', description: 'Its last sign of life.', resolve: ({ seenAt }) => seenAt }),
    alive: t.exposeBoolean('alive', { description: 'False: its jobs are about to be given to others.' }),
  }),
})

type RelayRow = {
  slot: string
  leader: string | null
  checkpoint: string
  seenAt: string
  lost: number
  active: boolean
  walStatus: string
  lagBytes: string | null
  lagSeconds: number
}
const Relay = builder.objectRef<RelayRow>('Relay').implement({
  description: 'What reads the write-ahead log and turns commits into jobs.',
  fields: (t) => ({
    slot: t.exposeString('slot', { description: 'Its replication slot.' }),
    leader: t.exposeString('leader', { nullable: true, description: 'The process that reads: host:pid:turn.' }),
    active: t.exposeBoolean('active', { description: 'Whether somebody reads.' }),
    seenAt: t.field({
      type: 'DateTime',
      description: "The leader's last sign of life.",
      resolve: ({ seenAt }) => seenAt,
    }),
    checkpoint: t.exposeString('checkpoint', {
      description: 'The place in the log of the last commit that became a job.',
    }),
    walStatus: t.exposeString('walStatus', {
      description: '"reserved" is well; "unreserved" is the last call; "lost" is lost.',
    }),
    lagBytes: t.field({
      type: 'BigInt',
      nullable: true,
      description: 'Log that Postgres keeps because it is not yet read; null without a slot.',
      resolve: ({ lagBytes }) => lagBytes,
    }),
    lagSeconds: t.exposeFloat('lagSeconds', {
      description: 'How long a commit waits to be read; while nobody reads, for how long nobody has.',
    }),
    lost: t.exposeInt('lost', { description: 'How often the slot was lost and everything recomputed.' }),
  }),
})

type CronRow = { task: string; knownSince: string; lastExecution: string | null }
const CronEntry = builder.objectRef<CronRow>('CronEntry').implement({
  description: 'What runs by the clock.',
  fields: (t) => ({
    task: t.exposeString('task'),
    knownSince: t.field({ type: 'DateTime', resolve: ({ knownSince }) => knownSince }),
    lastExecution: t.field({ type: 'DateTime', nullable: true, resolve: ({ lastExecution }) => lastExecution }),
  }),
})

type TimerRow = { waiting: string; due: string; nextAt: string | null }
const Timers = builder.objectRef<TimerRow>('Timers').implement({
  description: 'The instants at which people may enter or leave by the mere passing of time.',
  fields: (t) => ({
    waiting: t.int({
      resolve: ({ waiting }) => Number(waiting),
      description: 'Of people 10,000 are counted, and as many of accounts.',
    }),
    due: t.int({ resolve: ({ due }) => Number(due), description: 'Of these, those whose time has come.' }),
    nextAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ nextAt }) => nextAt }),
  }),
})

/** Their index is by time only: among a million earlier ones of others, ours take 0.3 s to find. */
const readTimers = seldom(async (sql) => {
  const [row] = await sql<[TimerRow]>`
SELECT count(*) AS waiting, count(*) FILTER (WHERE due_at <= now()) AS due, min(due_at) AS "nextAt"
FROM (
  (SELECT due_at FROM timers ORDER BY due_at LIMIT ${MOST_COUNTED})
  UNION ALL (SELECT due_at FROM account_timers ORDER BY due_at LIMIT ${MOST_COUNTED})
) AS timers`
  return row
})

/** Whoever watches the workers need not see anybody's data. */
const operators = { authScopes: { operate: true }, skipTypeScopes: true } as const
const HOUR = 60 * MINUTE

type Stretches = { since?: string; until?: string; minutes?: number; task?: string }

const allJobs: Relation = {
  noun: Job,
  name: 'all',
  ranges: { from: sql`job_ranges i`, link: sql`t.queue_id = i.queue_id AND t.stage = i.stage` },
  countTo: MOST_COUNTED,
}

/** What the dashboard shows: asked once as queries, or followed as the fields of a JobBoard. */
const board = (t: any) => ({
  jobs: connectionField(t, allJobs, 'The jobs of this tenant, newest first. At most 10,000 are counted.', operators),
  jobCounts: t.field({
    type: [JobCount],
    ...operators,
    description: 'How many jobs there are by task and state.',
    resolve: (_root: unknown, _args: unknown, { tenant }: Context) =>
      tenant(
        (sql) => sql<Count[]>`
SELECT task, state, sum(count) AS count, min(oldest) AS oldest, bool_or(more) AS more
FROM ops.job_counts() GROUP BY task, state ORDER BY task, state`,
      ),
  }),
  jobStatistics: t.field({
    type: [JobStatistics],
    ...operators,
    description: 'What the jobs did over time, by task; at most 1,000 stretches.',
    args: {
      since: t.arg({ type: 'DateTime', description: 'An hour ago when left out.' }),
      until: t.arg({ type: 'DateTime', description: 'Now when left out.' }),
      minutes: t.arg.int({ defaultValue: 1, description: 'Length of a stretch.' }),
      task: t.arg.string(),
    },
    resolve: (_root: unknown, { since, until, minutes, task }: Stretches, { tenant }: Context) => {
      if (!minutes || minutes < 1)
        throw new KithError('INPUT_INVALID', `Expected minutes of 1 or more, got ${minutes}.`)
      const from = since ?? new Date(Date.now() - HOUR).toISOString()
      return tenant(
        (sql) => sql<Minutes[]>`
SELECT date_bin(make_interval(mins => ${minutes}), minute, '2000-01-01 00:00Z') AS at, task, sum(done) AS done, sum(failed) AS failed,
  sum(waited_ms) / sum(done + failed) AS waited, max(waited_most_ms) AS "waitedMost",
  sum(ran_ms) / sum(done + failed) AS ran, max(ran_most_ms) AS "ranMost"
FROM job_minutes
WHERE minute >= ${from} AND minute < coalesce(${until ?? null}::timestamptz, now()) AND task = coalesce(${task ?? null}, task)
GROUP BY 1, 2 ORDER BY 1 DESC, 2 LIMIT 1000`,
      )
    },
  }),
  timers: t.field({
    type: Timers,
    ...operators,
    description:
      'Who may enter or leave by the mere passing of time, people and accounts; read anew as often as that takes a fiftieth of the time at most.',
    resolve: (_root: unknown, _args: unknown, context: Context) => readTimers(context),
  }),
  workers: t.field({
    type: [Worker],
    ...operators,
    description: 'The processes that run jobs, for all tenants.',
    resolve: (_root: unknown, _args: unknown, { sql }: Context) => sql<WorkerRow[]>`
SELECT id, host, pid, started_at AS "startedAt", seen_at AS "seenAt",
  seen_at > now() - make_interval(secs => ${config.WORKER_DEAD_AFTER_S}) AS alive
FROM ops.workers ORDER BY started_at`,
  }),
  relays: t.field({
    type: [Relay],
    ...operators,
    description: 'The relays, for all tenants: one unless several Kiths share a database.',
    resolve: (_root: unknown, _args: unknown, { sql }: Context) => sql<RelayRow[]>`
SELECT slot, leader, checkpoint, seen_at AS "seenAt", lost, active, wal_status AS "walStatus", lag_bytes AS "lagBytes",
  lag_seconds AS "lagSeconds"
FROM ops.relay_status() ORDER BY slot`,
  }),
  cron: t.field({
    type: [CronEntry],
    ...operators,
    description: 'What runs by the clock, for all tenants.',
    resolve: (_root: unknown, _args: unknown, { sql }: Context) => sql<CronRow[]>`
SELECT task, known_since AS "knownSince", last_execution AS "lastExecution" FROM ops.cron() ORDER BY task`,
  }),
})

builder.queryFields(board)

const JobBoard = builder.objectRef<Tick>('JobBoard').implement({
  description: 'What the dashboard of the workers shows, at an instant.',
  fields: (t) => ({ at: t.field({ type: 'DateTime', resolve: ({ at }) => at }), ...board(t) }),
})

builder.subscriptionFields((t) => ({
  jobBoard: t.field({
    type: JobBoard,
    ...operators,
    description:
      'Jobs, throughput, timers, workers and relays, anew every two seconds and when somebody retries, discards or puts off jobs; what many ask alike is read once for all of them.',
    subscribe: (_root, _args, { sql }) => Clock.of(sql).watch(),
    resolve: atTick,
  }),
}))

/** Which jobs: `ids`, or a stretch of those that a filter lists. */
type Choice = { ids?: string[] | null; filter?: Record<string, unknown> | null; after?: string | null }
type Done = { ids: string[]; endCursor: string | null }

const choice = (t: any) => ({
  ids: t.idList({ description: `At most ${MOST_JOBS}. Or give a filter.` }),
  filter: t.field({
    type: listTypes(Job).filter,
    description: `All that it lists, newest first, ${MOST_FILTERED} at a time: go on with \`after\`.`,
  }),
  after: t.string({ description: 'The `endCursor` of the time before.' }),
})
const payload = (t: any) => ({
  ids: t.field({
    type: ['ID'],
    description: 'The jobs it was done to. One that runs, or is gone by now, is not among them.',
    resolve: ({ ids }: Done) => ids.map((id) => encodeNodeId('Job', id)),
  }),
  endCursor: t.exposeString('endCursor', {
    nullable: true,
    description: 'Given when the filter lists more: what to give as `after` to go on.',
  }),
})

function jobIds(ids: string[]): string[] {
  if (ids.length > MOST_JOBS)
    throw new KithError('INPUT_INVALID', `Expected at most ${MOST_JOBS} ids, got ${ids.length}.`)
  return ids.map((id) => {
    if (/^\d{1,18}$/.test(id)) return id
    const found = decodeNodeId(id)
    if (found.typename !== 'Job' || !/^\d{1,18}$/.test(found.id)) throw idError(id, 'Job')
    return found.id
  })
}

async function chosen(sql: Transaction, { ids, filter, after: cursor }: Choice): Promise<Done> {
  if (Boolean(ids) === Boolean(filter)) throw new KithError('INPUT_INVALID', 'Expected either ids or a filter.')
  if (ids) return { ids: jobIds(ids), endCursor: null }
  const [page] = await loadPages(sql, allJobs, { filter, cursor, limit: MOST_FILTERED, backward: false }, [ROOT])
  const { edges, more } = page!
  return { ids: edges.map(({ node }) => String(node.id)), endCursor: more ? edges.at(-1)!.cursor : null }
}

mutation<Choice>('retryJobs', {
  description: 'Runs jobs again at once, with all their attempts; failed ones too.',
  scope: 'operate',
  note: ['ids', 'filter'],
  input: choice,
  payload,
  resolve: act((sql, ids) => sql<Acted[]>`SELECT id FROM ops.retry_jobs(${ids}::bigint[]) AS id`),
})

mutation<Choice>('runJobsNow', {
  description: 'Runs jobs at once that wait for their time, without giving them new attempts.',
  scope: 'operate',
  note: ['ids', 'filter'],
  input: choice,
  payload,
  resolve: act((sql, ids) => sql<Acted[]>`SELECT id FROM ops.run_jobs_now(${ids}::bigint[]) AS id`),
})

mutation<Choice & { runAt: string }>('rescheduleJobs', {
  description: 'Runs jobs at another time.',
  scope: 'operate',
  note: ['ids', 'filter', 'runAt'],
  input: (t) => ({ ...choice(t), runAt: t.field({ type: 'DateTime', required: true }) }),
  payload,
  resolve: act(
    (sql, ids, { runAt }) => sql<Acted[]>`SELECT id FROM ops.reschedule_jobs(${ids}::bigint[], ${runAt}) AS id`,
  ),
})

mutation<Choice>('discardJobs', {
  description: 'Forgets jobs. What they were about stays as it is until something changes it again.',
  scope: 'operate',
  note: ['ids', 'filter'],
  input: choice,
  payload,
  resolve: act((sql, ids) => sql<Acted[]>`SELECT id FROM ops.discard_jobs(${ids}::bigint[]) AS id`),
})

type Acted = { id: string }
type Act<Input> = (sql: Transaction, ids: string[], input: Input) => Promise<Acted[]>

function act<Input extends Choice>(work: Act<Input>) {
  return async (input: Input, { sql, tenant }: Context): Promise<Done> => {
    const done = await tenant(async (tx) => {
      const { ids, endCursor } = await chosen(tx, input)
      const rows = await work(tx, ids, input)
      return { ids: rows.map(({ id }) => id), endCursor }
    })
    Clock.of(sql).hurry()
    return done
  }
}
