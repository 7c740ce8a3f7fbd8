/** A person who may become a customer. */
import { type SQL, sql } from 'drizzle-orm'
import { leads } from '../../db/schema/crm.ts'
import { identifierId } from '../../engine/identity/index.ts'
import { builder } from '../builder.ts'
import { namedBy, profileByIdentifier } from '../loaders/lookups.ts'
import { connectionField } from '../noun/connection.ts'
import { rowField } from '../noun/fields.ts'
import { record } from '../noun/record.ts'
import { Contact } from './contact.ts'
import { Profile } from './profile.ts'

export const Lead = record('Lead', leads, {
  plural: 'leads',
  description: 'A person who may become a customer.',
  columns: {
    userId: '',
    email: '',
    phone: '',
    firstName: '',
    lastName: '',
    company: '',
    status: 'Such as "new", "working", "qualified", "lost".',
    origin: 'Where they came from.',
    score: '',
    owner: 'Who looks after them.',
    convertedContactId: 'The contact that the lead has become.',
  },
  references: { convertedContactId: 'Contact' },
})

builder.objectFields(Lead.ref, (t) => ({
  convertedContact: rowField(t, Contact, 'The contact that the lead has become.', 'convertedContactId'),
  profile: t.field({
    type: Profile.ref,
    nullable: true,
    description: 'The person, once the identity service has seen them.',
    resolve: ({ id }, _args, { loaders }) => profileByIdentifier(loaders, Profile, identifierId('lead', id)),
  }),
}))

builder.objectFields(Profile.ref, (t) => ({
  leads: connectionField(
    t,
    { noun: Lead, name: 'of profile', where: (key: SQL) => sql`t.id IN (${namedBy('lead', key)})` },
    'The CRM leads that are this person.',
    'id',
  ),
}))
