/** One person, as the identity service sees them today. */
import { type SQL, sql } from 'drizzle-orm'
import { profiles } from '../../db/schema/profile.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { byId, columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { noun } from '../noun/noun.ts'

export const Profile = noun('Profile', profiles, {
  plural: 'profiles',
  unlisted: ['mergedInto'],
})

builder.node(Profile.ref, {
  description: 'One person, as the identity service sees them today.',
  ...nodeOptions(Profile),
  fields: (t) => ({
    ...columnFields(t, Profile, {
      traits: 'What is known about the person: the newest value of each trait over all their identifiers.',
      firstSeen: 'The time of the first event or record.',
      lastSeen: 'The time of the latest event or record.',
      createdAt: '',
      updatedAt: '',
    }),
    mergedInto: rowField(t, Profile, 'The profile that this one has become part of.', 'mergedInto'),
    mergedProfiles: connectionField(
      t,
      { noun: Profile, name: 'merged into', where: (key: SQL) => sql`t.merged_into = ${key}` },
      'The profiles that have become part of this one.',
      'id',
    ),
  }),
})

builder.queryFields((t) => ({
  profile: byId(t, Profile, 'A person by id, also one that has become part of another.'),
  profiles: connectionField(t, { noun: Profile, name: 'all', where: () => sql`t.merged_into IS NULL` }, 'People.'),
}))
