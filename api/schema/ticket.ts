/** A request for help. */
import { tickets } from '../../db/schema/crm.ts'
import { aboutAccount, aboutPerson, record } from '../noun/record.ts'
import { Account } from './account.ts'
import { Contact } from './contact.ts'
import { Profile } from './profile.ts'

export const Ticket = record('Ticket', tickets, {
  plural: 'tickets',
  description: 'A request for help.',
  columns: {
    subject: '',
    status: 'Such as "open", "pending", "closed".',
    priority: '',
    channel: 'Where it came in: "email", "chat", "phone".',
    openedAt: '',
    closedAt: '',
  },
})

aboutAccount(Ticket, Account)
aboutPerson(Ticket, Profile, Contact)
