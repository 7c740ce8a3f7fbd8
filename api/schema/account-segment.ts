/** The accounts of a segment, and the segments of an account. */
import { segmentAccounts } from '../../db/schema/segment.ts'
import { builder } from '../builder.ts'
import { columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { noun } from '../noun/noun.ts'
import { Account } from './account.ts'
import { type Held, heldList, inSegmentField, inSegmentFilter } from './held.ts'
import { Segment } from './segment.ts'

/** An account in a segment. */
export const SegmentAccount = noun('SegmentAccount', segmentAccounts, {
  plural: 'accounts',
  key: ['segmentId', 'accountId'],
  order: { field: 'since', direction: 'DESC' },
})

builder.node(SegmentAccount.ref, {
  description: 'An account in a segment.',
  ...nodeOptions(SegmentAccount),
  fields: (t) => ({
    ...columnFields(t, SegmentAccount, { since: 'When it entered.' }),
    segment: rowField(t, Segment, 'The segment.', 'segmentId'),
    account: rowField(t, Account, 'The account.', 'accountId'),
  }),
})

const held: Held = { noun: SegmentAccount, definition: 'segment', subject: 'account' }

builder.objectFields(Segment.ref, (t) => ({
  accounts: heldList(
    t,
    held,
    'segment',
    'Of a segment of accounts: which are in it now, or were at an instant; those that entered last first.',
  ),
}))

builder.objectFields(Account.ref, (t) => ({
  segments: heldList(t, held, 'account', 'The segments that the account is in, or was in at an instant.'),
  inSegment: inSegmentField(t, held, 'Whether the account is in the segment with this key.'),
}))

Account.filters.set('inSegment', inSegmentFilter(held, 'In the segment of accounts with this key.'))
