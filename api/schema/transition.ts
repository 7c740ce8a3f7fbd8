/** A profile or account entered or left a segment, or a label changed, at a time, because of something. */
import { type SQL, sql } from 'drizzle-orm'
import { transitions } from '../../db/schema/segment.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { noun } from '../noun/noun.ts'
import { Account } from './account.ts'
import { Label } from './label.ts'
import { Profile } from './profile.ts'
import { reasonsFields } from './reason.ts'
import { Segment } from './segment.ts'

export const TransitionKind = builder.enumType('TransitionKind', {
  values: {
    SEGMENT_ENTERED: { value: 'segment_entered' },
    SEGMENT_LEFT: { value: 'segment_left' },
    LABEL_CHANGED: { value: 'label_changed' },
  },
})

export const Transition = noun('Transition', transitions, {
  plural: 'transitions',
  order: { field: 'at', direction: 'DESC' },
  enums: { kind: TransitionKind },
})

builder.node(Transition.ref, {
  description:
    'A person or an account entered or left a segment, or a label of theirs changed, at a time, because of something.',
  ...nodeOptions(Transition),
  fields: (t) => ({
    ...columnFields(t, Transition, {
      at: '',
      kind: '',
      fromValue: "The label's value before.",
      toValue: "The label's value after.",
      cause: '"change", "timer", "backfill", "merge", "archived" or "erased".',
    }),
    profile: rowField(t, Profile, 'The person, when it is about one.', 'profileId'),
    account: rowField(t, Account, 'The account, when it is about one.', 'accountId'),
    segment: rowField(t, Segment, 'The segment, when it is one.', 'segmentId'),
    label: rowField(t, Label, 'The label, when it is one.', 'labelId'),
    ...reasonsFields(t, ({ id }: { id: string }) => id),
  }),
})

for (const [parent, column] of [
  [Profile, 'profile_id'],
  [Account, 'account_id'],
  [Segment, 'segment_id'],
  [Label, 'label_id'],
] as const) {
  builder.objectFields(parent.ref as typeof Profile.ref, (t) => ({
    transitions: connectionField(
      t,
      {
        noun: Transition,
        name: `of ${column}`,
        where: (key: SQL) => sql`t.${sql.identifier(column)} = ${key}`,
      },
      'The history: who entered, who left, what changed; latest first.',
      'id',
    ),
  }))
}

builder.queryFields((t) => ({
  transitions: connectionField(t, { noun: Transition, name: 'all' }, 'What changed for whom; latest first.'),
}))
