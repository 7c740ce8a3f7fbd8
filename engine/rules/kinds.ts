/** The kinds of CRM records that rules know. */
import type { RECORD_KINDS, RecordKind } from './types.ts'

type Kind = {
  table: string
  /** What `within` and `between` look at unless told otherwise. */
  time: string
  /** Fields that are columns; everything else is the tenant's own and lies in `custom`. */
  columns: string[]
  /** Whether records of this kind can be an account's. */
  ofAccounts: boolean
  /** The tenant's own object, whose records share a table with those of its others. */
  object?: string
}

/** What records of every kind have. */
export const COMMON = ['externalId', 'createdAt', 'updatedAt']

const KINDS: Record<(typeof RECORD_KINDS)[number], Kind> = {
  contact: {
    table: 'contacts',
    time: 'createdAt',
    columns: ['userId', 'email', 'phone', 'firstName', 'lastName', 'title', 'stage', 'owner'],
    ofAccounts: true,
  },
  lead: {
    table: 'leads',
    time: 'createdAt',
    columns: ['userId', 'email', 'phone', 'firstName', 'lastName', 'company', 'status', 'origin', 'score', 'owner'],
    ofAccounts: false,
  },
  opportunity: {
    table: 'opportunities',
    time: 'createdAt',
    columns: ['name', 'stage', 'amount', 'currency', 'closeDate', 'owner'],
    ofAccounts: true,
  },
  order: {
    table: 'orders',
    time: 'placedAt',
    columns: ['number', 'status', 'amount', 'currency', 'placedAt'],
    ofAccounts: true,
  },
  orderItem: {
    table: 'order_items',
    time: 'placedAt',
    columns: ['sku', 'name', 'quantity', 'unitPrice', 'currency', 'placedAt'],
    ofAccounts: true,
  },
  contract: {
    table: 'contracts',
    time: 'startsAt',
    columns: ['name', 'status', 'amount', 'currency', 'startsAt', 'endsAt'],
    ofAccounts: true,
  },
  membership: {
    table: 'memberships',
    time: 'startsAt',
    columns: ['program', 'tier', 'points', 'status', 'startsAt', 'endsAt'],
    ofAccounts: false,
  },
  ticket: {
    table: 'tickets',
    time: 'openedAt',
    columns: ['subject', 'status', 'priority', 'channel', 'openedAt', 'closedAt'],
    ofAccounts: true,
  },
  activity: {
    table: 'activities',
    time: 'occurredAt',
    columns: ['kind', 'subject', 'body', 'owner', 'occurredAt'],
    ofAccounts: true,
  },
}

/** One of ours, or the tenant's own object with that key. */
export function kindOf(kind: RecordKind): Kind {
  if (isOwn(kind)) {
    return {
      table: 'records',
      time: 'occurredAt',
      columns: ['userId', 'email', 'occurredAt'],
      ofAccounts: true,
      object: kind,
    }
  }
  return KINDS[kind as keyof typeof KINDS]
}

export const isOwn = (kind: RecordKind) => !Object.hasOwn(KINDS, kind)

const INSTANTS = [
  'createdAt',
  'updatedAt',
  'placedAt',
  'startsAt',
  'endsAt',
  'openedAt',
  'closedAt',
  'occurredAt',
  'firstSeen',
  'lastSeen',
]
const NUMBERS = ['amount', 'quantity', 'unitPrice', 'points', 'score', 'employees']

/** What a column holds, by its name in rules. */
export function typeOfColumn(name: string): 'instant' | 'date' | 'number' | 'text' {
  if (INSTANTS.includes(name)) return 'instant'
  return name === 'closeDate' ? 'date' : NUMBERS.includes(name) ? 'number' : 'text'
}

export const ACCOUNT_COLUMNS = ['name', 'domain', 'industry', 'employees', 'owner', ...COMMON]
