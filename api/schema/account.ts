/** An enterprise; has people (B2B, B2B2C) and may have a parent. */
import { type SQL, sql } from 'drizzle-orm'
import { accounts } from '../../db/schema/crm.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { rowField } from '../noun/fields.ts'
import { record } from '../noun/record.ts'
import { Profile } from './profile.ts'

export const Account = record('Account', accounts, {
  plural: 'accounts',
  description: 'An enterprise; has people (B2B, B2B2C) and may have a parent.',
  columns: {
    name: '',
    domain: 'Such as "example.com".',
    industry: '',
    employees: 'How many work there.',
    parentId: 'The account that this one is part of.',
    owner: 'Who looks after it.',
  },
  references: { parentId: 'Account' },
})

builder.objectFields(Account.ref, (t) => ({
  parent: rowField(t, Account, 'The account that this one is part of.', 'parentId'),
  children: connectionField(
    t,
    { noun: Account, name: 'children', where: (key: SQL) => sql`t.parent_id = ${key}` },
    'The accounts that are part of this one.',
    'id',
  ),
  profiles: connectionField(
    t,
    {
      noun: Profile,
      name: 'of account',
      where: (key: SQL) => sql`t.id IN (SELECT w.profile_id FROM profile_accounts w WHERE w.account_id = ${key})`,
    },
    'Its people: by their contact, by a group call, or by the domain of their address.',
    'id',
  ),
}))

builder.objectFields(Profile.ref, (t) => ({
  accounts: connectionField(
    t,
    {
      noun: Account,
      name: 'of profile',
      where: (key: SQL) => sql`t.id IN (SELECT w.account_id FROM profile_accounts w WHERE w.profile_id = ${key})`,
    },
    'Where the person works: by their contact, by a group call, or by the domain of their address.',
    'id',
  ),
}))
