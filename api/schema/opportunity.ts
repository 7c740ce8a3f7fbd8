/** A sale that may come about. */
import { opportunities } from '../../db/schema/crm.ts'
import { aboutAccount, aboutPerson, record } from '../noun/record.ts'
import { Account } from './account.ts'
import { Contact } from './contact.ts'
import { Profile } from './profile.ts'

export const Opportunity = record('Opportunity', opportunities, {
  plural: 'opportunities',
  description: 'A sale that may come about.',
  columns: {
    name: '',
    stage: 'Where it stands, in the words of your pipeline.',
    amount: 'What it is worth.',
    currency: 'ISO 4217, such as "EUR".',
    closeDate: 'The day it is expected to close.',
    owner: 'Who looks after it.',
  },
})

aboutAccount(Opportunity, Account)
aboutPerson(Opportunity, Profile, Contact)
