/** That a person works at an account, in what role, since when, and how it is known. */
import { sql } from 'drizzle-orm'
import { pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from '../../db/schema/columns.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, rowField } from '../noun/fields.ts'
import { noun } from '../noun/noun.ts'
import { Account } from './account.ts'
import { Profile } from './profile.ts'

/** The view `employments` (migration 0012). */
const employments = pgTable('employments', {
  accountId: uuid('account_id').notNull(),
  profileId: uuid('profile_id').notNull(),
  source: text('source').notNull(),
  role: text('role'),
  since: instant('since').notNull(),
  lastSeen: instant('last_seen').notNull(),
})

const EmploymentSource = builder.enumType('EmploymentSource', {
  description: 'How it is known where somebody works.',
  values: {
    CONTACT: { value: 'contact', description: "A contact of theirs says so; the role is the contact's title." },
    GROUP: { value: 'group', description: 'A group call said so; the role is its trait.' },
    DOMAIN: { value: 'domain', description: "Their e-mail address has the account's domain." },
  } as const,
})

const Employment = noun('Employment', employments, {
  plural: 'employments',
  key: ['accountId', 'profileId', 'source'],
  order: { field: 'since', direction: 'DESC' },
  enums: { source: EmploymentSource },
})

// No node: it has no id of its own.
Employment.ref.implement({
  description: 'That a person works at an account: once for each way of knowing it.',
  fields: (t) => ({
    ...columnFields(t, Employment, {
      source: '',
      role: 'The one said last.',
      since: 'When it was first said.',
      lastSeen: "When it was last said: by a group call, by the contact's last change, by the address.",
    }),
    account: rowField(t, Account, 'The account.', 'accountId'),
    profile: rowField(t, Profile, 'The person.', 'profileId'),
  }),
})

builder.objectFields(Account.ref, (t) => ({
  employments: connectionField(
    t,
    { noun: Employment, name: 'of account', where: (key) => sql`t.account_id = ${key}` },
    'Who works there, in what role and since when.',
    'id',
  ),
}))

builder.objectFields(Profile.ref, (t) => ({
  employments: connectionField(
    t,
    { noun: Employment, name: 'of profile', where: (key) => sql`t.profile_id = ${key}` },
    'Where the person works, in what role and since when.',
    'id',
  ),
}))
