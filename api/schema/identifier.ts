/** A (type, value) that names a person: an email address, a user_id, an anonymous_id, a phone number, a CRM id. */
import { type SQL, sql } from 'drizzle-orm'
import { identifiers } from '../../db/schema/profile.ts'
import { defaultPolicy, nameIdentifiers, readPolicy } from '../../engine/identity/index.ts'
import { builder } from '../builder.ts'
import { profileByIdentifier } from '../loaders/lookups.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { join, scalarSql } from '../noun/filter.ts'
import { noun } from '../noun/noun.ts'
import { Profile } from './profile.ts'

export const Identifier = noun('Identifier', identifiers, {
  plural: 'identifiers',
  order: { field: 'firstSeen', direction: 'ASC' },
  hidden: ['traits'],
})

builder.node(Identifier.ref, {
  description:
    'A (type, value) that names a person: an email address, a user_id, an anonymous_id, a phone number, a CRM id.',
  ...nodeOptions(Identifier),
  fields: (t) => ({
    ...columnFields(t, Identifier, {
      type: 'Such as "email", "user_id", "anonymous_id", "phone".',
      value: '',
      firstSeen: '',
      createdAt: '',
    }),
    profile: rowField(t, Profile, 'The person that it names.', 'profileId'),
  }),
})

builder.objectFields(Profile.ref, (t) => ({
  identifiers: connectionField(
    t,
    { noun: Identifier, name: 'of profile', where: (key: SQL) => sql`t.profile_id = ${key}` },
    'What names this person.',
    'id',
  ),
}))

builder.queryFields((t) => ({
  identifiers: connectionField(t, { noun: Identifier, name: 'all' }, 'What names people.'),
  profileByIdentifier: t.field({
    type: Profile.ref,
    nullable: true,
    description:
      'The person that an identifier names today. Email addresses and phone numbers are found in any spelling.',
    args: { type: t.arg.string({ required: true }), value: t.arg.string({ required: true }) },
    resolve: async (_root, { type, value }, { tenant, viewer, loaders }) => {
      // How a value is read is the tenant's to say, but of most types nobody says anything.
      const builtIn = nameIdentifiers(defaultPolicy, { [type]: value })[0]
      const found = await profileByIdentifier(loaders, Profile, builtIn?.id ?? null)
      if (found) return found
      const policy = await tenant((tx) => readPolicy(tx, viewer.tenantId))
      const own = nameIdentifiers(policy, { [type]: value })[0]
      return own?.id === builtIn?.id ? null : profileByIdentifier(loaders, Profile, own?.id ?? null)
    },
  }),
}))

const TEXT = { type: 'String', cast: 'text' } as const

Profile.filters.set('identifier', {
  description: 'Any of their identifiers fits.',
  type: builder.inputType('ProfileIdentifierFilter', {
    fields: (t) => ({ type: t.string(), value: t.string(), startsWith: t.string(), in: t.stringList() }),
  }),
  toSql: (given: { type?: string; value?: string; startsWith?: string; in?: string[] }, row) => {
    const conditions = [
      sql`i.profile_id = ${row}.id`,
      ...(given.type ? [scalarSql(sql`i.type`, TEXT, { eq: given.type })] : []),
      scalarSql(sql`i.value`, TEXT, { eq: given.value, startsWith: given.startsWith, in: given.in }),
    ]
    return sql`EXISTS (SELECT FROM identifiers i WHERE ${join(conditions, 'AND')})`
  },
})
