/** A rule, and the set of profiles that satisfy it now. */
import { type SQL, sql } from 'drizzle-orm'
import { members, segments } from '../../db/schema/segment.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { noun } from '../noun/noun.ts'
import { run } from '../noun/run.ts'
import { DefinitionStatus, definitionFields, definitionMutations, definitionQuery } from './definition.ts'
import { Profile } from './profile.ts'
import { parseRule } from '../../engine/rules/index.ts'

export const Segment = noun('Segment', segments, { plural: 'segments', enums: { status: DefinitionStatus } })

/** A profile in a segment. */
export const SegmentMember = noun('SegmentMember', members, {
  plural: 'members',
  key: ['segmentId', 'profileId'],
  order: { field: 'since', direction: 'DESC' },
})

builder.node(Segment.ref, {
  description: 'A rule, and the set of profiles that satisfy it now.',
  ...nodeOptions(Segment),
  fields: (t) => ({
    ...definitionFields(t, Segment),
    size: t.int({
      description: 'How many people are in it.',
      complexity: 10,
      resolve: ({ id }, _args, { loaders }) =>
        loaders
          .of<string, number>('segment size', async (tx, ids) => {
            const rows = await run<{ id: string; size: string }>(
              tx,
              sql`
SELECT segment_id AS id, count(*) AS size FROM members WHERE segment_id = ANY(${sql.param([...ids])}::uuid[]) GROUP BY segment_id`,
              true,
            )
            const sizes = new Map(rows.map(({ id, size }) => [id, Number(size)]))
            return ids.map((id) => sizes.get(id) ?? 0)
          })
          .load(id),
    }),
    members: connectionField(
      t,
      { noun: SegmentMember, name: 'of segment', where: (key: SQL) => sql`t.segment_id = ${key}` },
      'Who is in it now; those who entered last first.',
      ({ id }) => id,
    ),
  }),
})

builder.node(SegmentMember.ref, {
  description: 'A person in a segment.',
  ...nodeOptions(SegmentMember),
  fields: (t) => ({
    ...columnFields(t, SegmentMember, { since: 'When they entered.' }),
    segment: rowField(t, Segment, 'The segment.', ({ segmentId }) => segmentId),
    profile: rowField(t, Profile, 'The person.', ({ profileId }) => profileId),
  }),
})

builder.objectFields(Profile.ref, (t) => ({
  segments: connectionField(
    t,
    { noun: SegmentMember, name: 'of profile', where: (key: SQL) => sql`t.profile_id = ${key}` },
    'The segments that the person is in.',
    ({ id }) => id,
  ),
  inSegment: t.boolean({
    description: 'Whether the person is in the segment with this key.',
    args: { key: t.arg.string({ required: true }) },
    resolve: ({ id }, { key }, { loaders }) =>
      loaders
        .of<string, boolean>(`in segment ${key}`, async (tx, ids) => {
          const rows = await run<{ id: string }>(
            tx,
            sql`
SELECT m.profile_id AS id FROM segments s JOIN members m ON m.segment_id = s.id
WHERE s.key = ${key} AND m.profile_id = ANY(${sql.param([...ids])}::uuid[])`,
            true,
          )
          const inside = new Set(rows.map(({ id }) => id))
          return ids.map((id) => inside.has(id))
        })
        .load(id),
  }),
}))

builder.queryFields((t) => ({
  segment: definitionQuery(t, Segment, 'A segment by id or by key.'),
  segments: connectionField(t, { noun: Segment, name: 'all' }, 'Segments.'),
}))

definitionMutations(Segment, { parse: parseRule })

Profile.filters.set('inSegment', {
  description: 'In the segment with this key. With and, or and not: set algebra between segments.',
  type: 'String',
  toSql: (key: string, row) =>
    sql`EXISTS (SELECT FROM segments s JOIN members m ON m.segment_id = s.id WHERE s.key = ${key} AND m.profile_id = ${row}.id)`,
})
