/** A rule, and the set of profiles, or of accounts, that satisfy it now. */
import { sql } from 'drizzle-orm'
import { members, segments } from '../../db/schema/segment.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { noun } from '../noun/noun.ts'
import { run } from '../noun/run.ts'
import {
  Backfill,
  backfillOf,
  DefinitionStatus,
  definitionFields,
  definitionMutations,
  definitionQuery,
  DefinitionSubject,
} from './definition.ts'
import { type Held, heldList, inSegmentField, inSegmentFilter } from './held.ts'
import { Profile } from './profile.ts'
import { ruleForms } from './rule.ts'

export const Segment = noun('Segment', segments, {
  plural: 'segments',
  enums: { status: DefinitionStatus, subject: DefinitionSubject },
})

/** A profile in a segment. */
export const SegmentMember = noun('SegmentMember', members, {
  plural: 'members',
  key: ['segmentId', 'profileId'],
  order: { field: 'since', direction: 'DESC' },
})

const held: Held = { noun: SegmentMember, definition: 'segment', subject: 'profile' }

builder.node(Segment.ref, {
  description: 'A rule, and the people, or the accounts, that satisfy it now.',
  ...nodeOptions(Segment),
  fields: (t) => ({
    ...definitionFields(t, Segment),
    size: t.int({
      description: 'How many people, or accounts, are in it.',
      complexity: 10,
      resolve: ({ id }, _args, { loaders }) =>
        loaders
          .of<string, number>('segment size', async (tx, ids) => {
            const rows = await run<{ id: string; size: string }>(
              tx,
              sql`
SELECT id, count(*) AS size FROM unnest(${sql.param([...ids])}::uuid[]) AS wanted (id)
CROSS JOIN LATERAL (
  SELECT FROM members WHERE segment_id = id UNION ALL SELECT FROM segment_accounts WHERE segment_id = id
) AS inside
GROUP BY id`,
              true,
            )
            const sizes = new Map(rows.map(({ id, size }) => [id, Number(size)]))
            return ids.map((id) => sizes.get(id) ?? 0)
          })
          .load(id),
    }),
    members: heldList(
      t,
      held,
      'segment',
      'Of a segment of people: who is in it now, or was at an instant; those who entered last first.',
    ),
    backfill: t.field({
      type: Backfill,
      nullable: true,
      description: 'The walk over everybody that the present rule takes, or took last.',
      resolve: ({ id }, _args, { loaders }) => backfillOf(loaders, 'segment', id),
    }),
  }),
})

builder.node(SegmentMember.ref, {
  description: 'A person in a segment.',
  ...nodeOptions(SegmentMember),
  fields: (t) => ({
    ...columnFields(t, SegmentMember, { since: 'When they entered.' }),
    segment: rowField(t, Segment, 'The segment.', 'segmentId'),
    profile: rowField(t, Profile, 'The person.', 'profileId'),
  }),
})

builder.objectFields(Profile.ref, (t) => ({
  segments: heldList(t, held, 'profile', 'The segments that the person is in, or was in at an instant.'),
  inSegment: inSegmentField(t, held, 'Whether the person is in the segment with this key.'),
}))

builder.queryFields((t) => ({
  segment: definitionQuery(t, Segment, 'A segment by id or by key.'),
  segments: connectionField(t, { noun: Segment, name: 'all' }, 'Segments.'),
}))

definitionMutations(Segment, ruleForms)

Profile.filters.set(
  'inSegment',
  inSegmentFilter(held, 'In the segment with this key. With and, or and not: set algebra between segments.'),
)
