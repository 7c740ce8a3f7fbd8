/** One person, as the identity service sees them today. */
import { profiles } from '../../db/schema/profile.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { byId, columnFields, nodeOptions } from '../noun/fields.ts'
import { noun } from '../noun/noun.ts'

export const Profile = noun('Profile', profiles, {
  plural: 'profiles',
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
  }),
})

builder.queryFields((t) => ({
  profile: byId(t, Profile, 'A person by id.'),
  profiles: connectionField(t, { noun: Profile, name: 'all' }, 'People.'),
}))
