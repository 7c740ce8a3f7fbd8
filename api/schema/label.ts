/** A named value the platform computes for a profile or an account. */
import { labels, labelValues } from '../../db/schema/segment.ts'
import { labelType } from '../../engine/rules/index.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { noun } from '../noun/noun.ts'
import {
  Backfill,
  backfillOf,
  DefinitionStatus,
  definitionFields,
  definitionMutations,
  definitionQuery,
  DefinitionSubject,
} from './definition.ts'
import { FieldType } from './field.ts'
import { type Held, heldList, labelField, labelFilter } from './held.ts'
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

const held: Held = { noun: LabelValue, definition: 'label', subject: 'profile' }

builder.node(Label.ref, {
  description: 'A named value the platform computes for a person or an account.',
  ...nodeOptions(Label),
  fields: (t) => ({
    ...definitionFields(t, Label),
    type: t.field({
      type: FieldType,
      nullable: true,
      description: 'What its values are; null where that depends on what came, as of the first value of a property.',
      resolve: ({ rule }: any) => labelType(rule)?.type ?? null,
    }),
    choices: t.stringList({
      description:
        'The texts that it can be, where its cases name them; rules that compare it with others are refused.',
      resolve: ({ rule }: any) => labelType(rule)?.choices ?? [],
    }),
    values: heldList(
      t,
      held,
      'label',
      'Of a label of people: whom it has a value for, or had at an instant; the latest change first.',
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
    label: rowField(t, Label, 'The label.', 'labelId'),
    profile: rowField(t, Profile, 'The person.', 'profileId'),
  }),
})

builder.objectFields(Profile.ref, (t) => ({
  labels: heldList(t, held, 'profile', 'The labels that have a value for the person, or had at an instant.'),
  label: labelField(t, held, 'The value of the label with this key.'),
}))

builder.queryFields((t) => ({
  label: definitionQuery(t, Label, 'A label by id or by key.'),
  labels: connectionField(t, { noun: Label, name: 'all' }, 'Labels.'),
}))

definitionMutations(Label, labelRuleForms)

Profile.filters.set('label', labelFilter(held, 'The value of the label whose key is `path`.'))
