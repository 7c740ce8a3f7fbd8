/** A named value the platform computes for a profile or an account. */
import { sql } from 'drizzle-orm'
import { labels, labelValues } from '../../db/schema/segment.ts'
import { builder } from '../builder.ts'
import type { Relation } from '../loaders/pages.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { join, jsonFilter, jsonSql } from '../noun/filter.ts'
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
import { labelRuleForms } from './rule.ts'

export const Label = noun('Label', labels, {
  plural: 'labels',
  enums: { status: DefinitionStatus, subject: DefinitionSubject },
})

/** The value of a label for a profile. */
export const LabelValue = noun('LabelValue', labelValues, {
  plural: 'values',
  key: ['labelId', 'profileId'],
  order: { field: 'since', direction: 'DESC' },
})

const AS_OF = 'The instant, by what was known and said then.'

type Owner = 'label_id' | 'profile_id'

const valuesNow = (owner: Owner): Relation => ({
  noun: LabelValue,
  name: `of ${owner}`,
  where: (key) => sql`t.${sql.identifier(owner)} = ${key}`,
})

/** The latest change of each label for each person until then says what the value was. */
const valuesAsOf = (owner: Owner, asOf: string): Relation => ({
  noun: LabelValue,
  name: `of ${owner} as of ${asOf}`,
  from: (key) => sql`(
    SELECT label_id, profile_id, to_value AS value, at AS since FROM (
      SELECT DISTINCT ON (label_id, profile_id) label_id, profile_id, to_value, at FROM transitions
      WHERE ${sql.identifier(owner)} = ${key} AND label_id IS NOT NULL AND profile_id IS NOT NULL AND at <= ${asOf}::timestamptz
      ORDER BY label_id, profile_id, at DESC, id DESC
    ) AS latest WHERE coalesce(jsonb_typeof(to_value), 'null') <> 'null')`,
})

builder.node(Label.ref, {
  description: 'A named value the platform computes for a person or an account.',
  ...nodeOptions(Label),
  fields: (t) => ({
    ...definitionFields(t, Label),
    values: connectionField<{ asOf?: string | null }>(
      t,
      valuesNow('label_id'),
      'Of a label of people: whom it has a value for, or had at an instant; the latest change first.',
      {
        parent: ({ id }) => id,
        args: { asOf: t.arg({ type: 'DateTime', description: AS_OF }) },
        relation: ({ asOf }) => (asOf ? valuesAsOf('label_id', asOf) : valuesNow('label_id')),
      },
    ),
    backfill: t.field({
      type: Backfill,
      nullable: true,
      description: 'The walk over everybody that the present rule takes, or took last.',
      resolve: ({ id }, _args, { loaders }) => backfillOf(loaders, 'label', id),
    }),
  }),
})

builder.node(LabelValue.ref, {
  description: 'The value of a label for a person.',
  ...nodeOptions(LabelValue),
  fields: (t) => ({
    ...columnFields(t, LabelValue, { value: '', since: 'When it took this value.' }),
    label: rowField(t, Label, 'The label.', ({ labelId }) => labelId),
    profile: rowField(t, Profile, 'The person.', ({ profileId }) => profileId),
  }),
})

builder.objectFields(Profile.ref, (t) => ({
  labels: connectionField<{ asOf?: string | null }>(
    t,
    valuesNow('profile_id'),
    'The labels that have a value for the person, or had at an instant.',
    {
      parent: ({ id }) => id,
      args: { asOf: t.arg({ type: 'DateTime', description: AS_OF }) },
      relation: ({ asOf }) => (asOf ? valuesAsOf('profile_id', asOf) : valuesNow('profile_id')),
    },
  ),
  label: t.field({
    type: 'JSON',
    nullable: true,
    description: 'The value of the label with this key.',
    args: { key: t.arg.string({ required: true }) },
    resolve: ({ id }, { key }, { loaders }) =>
      loaders
        .of<string, unknown>(`label ${key}`, async (tx, ids) => {
          const rows = await run<{ id: string; value: unknown }>(
            tx,
            sql`
SELECT v.profile_id AS id, v.value FROM labels l JOIN label_values v ON v.label_id = l.id
WHERE l.key = ${key} AND v.profile_id = ANY(${sql.param([...ids])}::uuid[])`,
            true,
          )
          const values = new Map(rows.map(({ id, value }) => [id, value]))
          return ids.map((id) => values.get(id) ?? null)
        })
        .load(id),
  }),
}))

builder.queryFields((t) => ({
  label: definitionQuery(t, Label, 'A label by id or by key.'),
  labels: connectionField(t, { noun: Label, name: 'all' }, 'Labels.'),
}))

definitionMutations(Label, labelRuleForms)

Profile.filters.set('label', {
  description: 'The value of the label whose key is `path`.',
  type: [jsonFilter()],
  toSql: (conditions: { path: string }[], row) =>
    join(
      conditions.map(({ path, ...rest }) => {
        const value = sql`(SELECT jsonb_build_object('v', v.value) FROM labels l JOIN label_values v ON v.label_id = l.id
          WHERE l.key = ${path} AND v.profile_id = ${row}.id)`
        return jsonSql(value, { path: 'v', ...rest })
      }),
      'AND',
    ),
})
