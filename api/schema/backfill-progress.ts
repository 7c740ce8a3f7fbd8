/** The subscription to how far the backfill of a segment or label is. */
import { perClient } from '../../db/client.ts'
import { type Progress, readProgress } from '../../engine/progress.ts'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { progressOf, ProgressWatch } from '../live/progress.ts'
import { decodeNodeId, idError, isUuid } from '../noun/id.ts'
import { missing } from '../noun/record.ts'
import { Label } from './label.ts'
import { Segment } from './segment.ts'

export const backfillWatch = perClient(
  (sql) => new ProgressWatch<Progress>(sql, { read: readProgress, isWalking: ({ complete }) => !complete }),
)

const BackfillProgress = builder.objectRef<Progress>('BackfillProgress').implement({
  description: 'How far the evaluation of everybody is, that a new or changed rule brings.',
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'The version of the rule that it is about.' }),
    complete: t.exposeBoolean('complete', { description: 'Whether it has been evaluated for everybody.' }),
    done: t.int({ description: 'How many people it has been through.', resolve: ({ done }) => Number(done) }),
    total: t.int({
      description: 'How many there are; while it runs, as of its start. 0 before it begins.',
      resolve: ({ total }) => Number(total),
    }),
    share: t.float({
      description: 'done / total, from 0 to 1.',
      resolve: ({ complete, done, total }) => {
        if (complete) return 1
        return Number(total) === 0 ? 0 : Math.min(Number(done) / Number(total), 1)
      },
    }),
    startedAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ startedAt }) => startedAt }),
    finishedAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ finishedAt }) => finishedAt }),
  }),
})

builder.subscriptionField('backfillProgress', (t) =>
  t.field({
    type: BackfillProgress,
    description:
      'How far the backfill of a segment or label is: its state now, and each change of it. Goes on when the rule changes again, so that there is no cursor: after a break the first message says all.',
    args: { id: t.arg.id({ required: true, description: 'The segment or label.' }) },
    complexity: { field: 1, multiplier: 1 },
    subscribe: async (_root, { id }, { sql, viewer, loaders }: Context) => {
      const { noun, uuid } = nounOf(id)
      if (!(await loaders.row(noun, uuid))) missing(noun.type, id)
      return backfillWatch(sql).follow(viewer.tenantId, uuid)
    },
    resolve: (told) => progressOf(told),
  }),
)

function nounOf(id: string) {
  const { typename, id: uuid } = decodeNodeId(id)
  const noun = [Segment, Label].find(({ type }) => type === typename)
  if (!noun || !isUuid(uuid)) throw idError(id, 'Segment')
  return { noun, uuid }
}
