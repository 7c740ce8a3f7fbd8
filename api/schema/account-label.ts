/** The values of a label of accounts, and the labels of an account. */
import { accountLabelValues } from '../../db/schema/segment.ts'
import { builder } from '../builder.ts'
import { columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { noun } from '../noun/noun.ts'
import { Account } from './account.ts'
import { type Held, heldList, labelField, labelFilter } from './held.ts'
import { Label } from './label.ts'

/** The value of a label for an account. */
export const LabelAccount = noun('LabelAccount', accountLabelValues, {
  plural: 'accounts',
  key: ['labelId', 'accountId'],
  order: { field: 'since', direction: 'DESC' },
})

builder.node(LabelAccount.ref, {
  description: 'The value of a label for an account.',
  ...nodeOptions(LabelAccount),
  fields: (t) => ({
    ...columnFields(t, LabelAccount, { value: '', since: 'When it took this value.' }),
    label: rowField(t, Label, 'The label.', 'labelId'),
    account: rowField(t, Account, 'The account.', 'accountId'),
  }),
})

const held: Held = { noun: LabelAccount, definition: 'label', subject: 'account' }

builder.objectFields(Label.ref, (t) => ({
  accounts: heldList(
    t,
    held,
    'label',
    'Of a label of accounts: which have a value, or had at an instant; the latest change first.',
  ),
}))

builder.objectFields(Account.ref, (t) => ({
  labels: heldList(t, held, 'account', 'The labels that have a value for the account, or had at an instant.'),
  label: labelField(t, held, 'The value of the label of accounts with this key.'),
}))

Account.filters.set('label', labelFilter(held, 'The value of the label of accounts whose key is `path`.'))
