/** A rule, and the set of profiles, or of accounts, that satisfy it now. */
import { sql } from 'drizzle-orm'
import { members, segments } from '../../db/schema/segment.ts'
import { builder } from '../builder.ts'
import type { Relation } from '../loaders/pages.ts'
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

const membersNow: Relation = {
  noun: SegmentMember,
  name: 'of segment',
  where: (key) => sql`t.segment_id = ${key}`,
}

/** The latest transition of each person until then says whether they were in it. */
const membersAsOf = (asOf: string): Relation => ({
  noun: SegmentMember,
  name: `of segment as of ${asOf}`,
  from: (key) => sql`(
    SELECT segment_id, profile_id, at AS since FROM (
      SELECT DISTINCT ON (profile_id) segment_id, profile_id, at, kind FROM transitions
      WHERE segment_id = ${key} AND profile_id IS NOT NULL AND at <= ${asOf}::timestamptz
      ORDER BY profile_id, at DESC, id DESC
    ) AS latest WHERE kind = 'segment_entered')`,
})

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
    members: connectionField<{ asOf?: string | null }>(
      t,
      membersNow,
      'Of a segment of people: who is in it now, or was at an instant; those who entered last first.',
      {
        parent: ({ id }) => id,
        args: { asOf: t.arg({ type: 'DateTime', description: 'The instant, by what was known and said then.' }) },
        relation: ({ asOf }) => (asOf ? membersAsOf(asOf) : membersNow),
      },
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
    segment: rowField(t, Segment, 'The segment.', ({ segmentId }) => segmentId),
    profile: rowField(t, Profile, 'The person.', ({ profileId }) => profileId),
  }),
})

const segmentsNow: Relation = {
  noun: SegmentMember,
  name: 'of profile',
  where: (key) => sql`t.profile_id = ${key}`,
}

const segmentsAsOf = (asOf: string): Relation => ({
  noun: SegmentMember,
  name: `of profile as of ${asOf}`,
  from: (key) => sql`(
    SELECT segment_id, profile_id, at AS since FROM (
      SELECT DISTINCT ON (segment_id) segment_id, profile_id, at, kind FROM transitions
      WHERE profile_id = ${key} AND segment_id IS NOT NULL AND at <= ${asOf}::timestamptz
      ORDER BY segment_id, at DESC, id DESC
    ) AS latest WHERE kind = 'segment_entered')`,
})

builder.objectFields(Profile.ref, (t) => ({
  segments: connectionField<{ asOf?: string | null }>(
    t,
    segmentsNow,
    'The segments that the person is in, or was in at an instant.',
    {
      parent: ({ id }) => id,
      args: { asOf: t.arg({ type: 'DateTime', description: 'The instant, by what was known and said then.' }) },
      relation: ({ asOf }) => (asOf ? segmentsAsOf(asOf) : segmentsNow),
    },
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

definitionMutations(Segment, ruleForms)

Profile.filters.set('inSegment', {
  description: 'In the segment with this key. With and, or and not: set algebra between segments.',
  type: 'String',
  toSql: (key: string, row) =>
    sql`EXISTS (SELECT FROM segments s JOIN members m ON m.segment_id = s.id WHERE s.key = ${key} AND m.profile_id = ${row}.id)`,
})
