/** What was done with or for a person: a call, an email, a meeting, a note, a task. */
import { activities } from '../../db/schema/crm.ts'
import { aboutAccount, aboutPerson, record } from '../noun/record.ts'
import { Account } from './account.ts'
import { Contact } from './contact.ts'
import { Profile } from './profile.ts'

export const Activity = record('Activity', activities, {
  plural: 'activities',
  description: 'What was done with or for a person: a call, an email, a meeting, a note, a task.',
  columns: {
    kind: '"call", "email", "meeting", "note", "task" or your own.',
    subject: '',
    body: '',
    owner: 'Who did it.',
    occurredAt: '',
  },
  order: { field: 'occurredAt', direction: 'DESC' },
})

aboutAccount(Activity, Account)
aboutPerson(Activity, Profile, Contact)
