/** A person as a CRM knows them. */
import { type SQL, sql } from 'drizzle-orm'
import { contacts } from '../../db/schema/crm.ts'
import { identifierId } from '../../engine/identity/index.ts'
import { builder } from '../builder.ts'
import { namedBy, profileByIdentifier } from '../loaders/lookups.ts'
import { connectionField } from '../noun/connection.ts'
import { aboutAccount, record } from '../noun/record.ts'
import { Account } from './account.ts'
import { Profile } from './profile.ts'

export const Contact = record('Contact', contacts, {
  plural: 'contacts',
  description: 'A person as a CRM knows them.',
  columns: {
    userId: '',
    email: '',
    phone: '',
    firstName: '',
    lastName: '',
    title: 'What they do at the account.',
    stage: 'Where they stand, in the words of your pipeline.',
    owner: 'Who looks after them.',
  },
})

aboutAccount(Contact, Account)

builder.objectFields(Contact.ref, (t) => ({
  profile: t.field({
    type: Profile.ref,
    nullable: true,
    description: 'The person, once the identity service has seen them.',
    resolve: ({ id }, _args, { loaders }) => profileByIdentifier(loaders, Profile, identifierId('contact', id)),
  }),
}))

builder.objectFields(Profile.ref, (t) => ({
  contacts: connectionField(
    t,
    { noun: Contact, name: 'of profile', where: (key: SQL) => sql`t.id IN (${namedBy('contact', key)})` },
    'The CRM contacts that are this person.',
    'id',
  ),
}))
