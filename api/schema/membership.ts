/** A person's part in a loyalty or subscription program. */
import { memberships } from '../../db/schema/crm.ts'
import { aboutPerson, record } from '../noun/record.ts'
import { Contact } from './contact.ts'
import { Profile } from './profile.ts'

export const Membership = record('Membership', memberships, {
  plural: 'memberships',
  description: "A person's part in a loyalty or subscription program.",
  columns: {
    program: '',
    tier: '',
    points: '',
    status: 'Such as "active", "paused", "ended".',
    startsAt: '',
    endsAt: '',
  },
})

aboutPerson(Membership, Profile, Contact)
