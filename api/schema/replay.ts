/** Stored events of a range of time, run through identity, labels and segments again. */
import { sql } from 'drizzle-orm'
import { perClient } from '../../db/client.ts'
import { replays } from '../../db/schema/event.ts'
import { cancelReplay, insertReplay } from '../../db/sql/replays.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { progressOf, ProgressWatch } from '../live/progress.ts'
import { connectionField } from '../noun/connection.ts'
import { byId, columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { uuidOf } from '../noun/id.ts'
import { mutation } from '../noun/mutation.ts'
import { noun } from '../noun/noun.ts'
import { missing } from '../noun/record.ts'
import { run } from '../noun/run.ts'
import type { Row } from '../noun/write.ts'
import { Job } from './job.ts'
import { Source } from './source.ts'

const MOST_NAMES = 100

const ReplayState = builder.enumType('ReplayState', {
  values: {
    WAITING: { value: 'waiting', description: 'For the jobs before it in the slow queue of the tenant.' },
    RUNNING: { value: 'running' },
    DONE: { value: 'done' },
    CANCELLED: { value: 'cancelled', description: 'What it had done until then stays.' },
  } as const,
})

export const Replay = noun('Replay', replays, {
  plural: 'replays',
  hidden: ['position'],
  unlisted: ['requestedBy', 'jobId'],
})

builder.node(Replay.ref, {
  description: 'Stored events of a range of time, run through identity, labels and segments again.',
  ...nodeOptions(Replay),
  fields: (t) => ({
    ...columnFields(t, Replay, {
      names: 'Of the events; null for all.',
      createdAt: '',
      startedAt: '',
      updatedAt: '',
      cancelledAt: '',
      finishedAt: '',
    }),
    from: t.field({ type: 'DateTime', resolve: ({ fromAt }) => fromAt }),
    before: t.field({
      type: 'DateTime',
      description: 'The range ends before this.',
      resolve: ({ beforeAt }) => beforeAt,
    }),
    source: rowField(t, Source, 'Of the events; null for all.', 'sourceId'),
    state: t.field({
      type: ReplayState,
      resolve: ({ finishedAt, cancelledAt, startedAt }) =>
        finishedAt ? 'done' : cancelledAt ? 'cancelled' : startedAt ? 'running' : 'waiting',
    }),
    done: t.float({
      description: 'Of `total`; it goes over the range twice: who is who, then what is true of them.',
      resolve: ({ done }) => Number(done),
    }),
    total: t.float({
      nullable: true,
      description: 'As of its start; null before.',
      resolve: ({ total }) => (total === null ? null : Number(total)),
    }),
    events: t.float({ description: 'That were run again.', resolve: ({ events }) => Number(events) }),
    transitions: t.float({
      description: 'What came out otherwise than it was; only these are told to subscribers.',
      resolve: ({ transitions }) => Number(transitions),
    }),
    job: rowField(t, Job, 'Gone when it is done.', ({ jobId }) => (jobId === null ? null : String(jobId))),
  }),
})

builder.queryFields((t) => ({
  replay: byId(t, Replay, 'A replay of stored events by id.'),
  replays: connectionField(t, { noun: Replay, name: 'all' }, 'Replays of stored events; latest first.'),
}))

export const replayWatch = perClient(
  (client) =>
    new ProgressWatch<Row>(client, {
      async read(tx, ids) {
        const rows = await run<Row>(
          tx,
          sql`SELECT ${Replay.select} FROM ${sql.identifier(Replay.from)} AS t WHERE t.id = ANY (${sql.param(ids)}::uuid[])`,
        )
        return new Map(rows.map((row) => [row.id as string, row]))
      },
      isWalking: ({ finishedAt, cancelledAt }) => !finishedAt && !cancelledAt,
    }),
)

builder.subscriptionField('replayProgress', (t) =>
  t.field({
    type: Replay.ref,
    description:
      'How far a replay is: its state now, and each change of it. There is no cursor: after a break the first message says all.',
    args: { id: t.arg.id({ required: true }) },
    complexity: { field: 1, multiplier: 1 },
    subscribe: async (_root, { id }, { sql, viewer, loaders }: Context) => {
      const uuid = uuidOf('Replay', id)
      if (!(await loaders.row(Replay, uuid))) missing('Replay', id)
      return replayWatch(sql).follow(viewer.tenantId, uuid)
    },
    resolve: (told) => progressOf(told) as never,
  }),
)

const payload = (t: any) => ({ replay: rowField(t, Replay, 'As it is now.', ({ id }: any) => id) })

type Range = { from: string; before: string; source?: string | null; names?: string[] | null }

mutation<Range>('replayEvents', {
  description:
    'Runs the stored events of a range of time through identity, labels and segments again: after a changed policy or rule, or a bug. A job does it, in pieces. What is as it was is told to nobody; `replay` shows how far it is.',
  scope: 'repair',
  input: (t) => ({
    from: t.field({ type: 'DateTime', required: true, description: 'By the time that the events happened.' }),
    before: t.field({ type: 'DateTime', required: true }),
    source: t.id({ description: 'Only events of this source.' }),
    names: t.stringList({ description: 'Only events of these names.' }),
  }),
  payload,
  resolve: async ({ from, before, source, names }, { tenant, viewer }) => {
    if (Date.parse(from) >= Date.parse(before))
      throw new KithError('INPUT_INVALID', 'Expected from to be before before.')
    if (names && (names.length === 0 || names.length > MOST_NAMES)) {
      throw new KithError('INPUT_INVALID', `Expected 1 to ${MOST_NAMES} names; leave them out for all.`)
    }
    const sourceId = source ? uuidOf('Source', source) : null
    return {
      id: await tenant((sql) =>
        insertReplay(sql, { from, before, sourceId, names: names ?? null, requestedBy: viewer.keyId }),
      ),
    }
  },
})

mutation<{ id: string }>('cancelReplay', {
  description: 'Ends a replay after the piece that runs; what it has done stays. Nothing happens to one that is over.',
  scope: 'repair',
  input: (t) => ({ id: t.id({ required: true }) }),
  payload,
  resolve: async (input, { tenant }) => {
    const id = uuidOf('Replay', input.id)
    const found = await tenant(async (sql) => {
      await cancelReplay(sql, id)
      return sql`SELECT FROM replays WHERE id = ${id}`
    })
    if (found.length === 0) missing('Replay', input.id)
    return { id }
  },
})
