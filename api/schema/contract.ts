/** What was agreed, from when to when. */
import { contracts } from '../../db/schema/crm.ts'
import { aboutAccount, aboutPerson, record } from '../noun/record.ts'
import { Account } from './account.ts'
import { Contact } from './contact.ts'
import { Profile } from './profile.ts'

export const Contract = record('Contract', contracts, {
  plural: 'contracts',
  description: 'What was agreed, from when to when.',
  columns: {
    name: '',
    status: 'Such as "draft", "active", "ended".',
    amount: '',
    currency: 'ISO 4217, such as "EUR".',
    startsAt: '',
    endsAt: '',
  },
})

aboutAccount(Contract, Account)
aboutPerson(Contract, Profile, Contact)
