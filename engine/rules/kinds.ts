/** The kinds of CRM records that rules know. */
import type { RecordKind } from './types.ts'

type Kind = {
  table: string
  /** What `within` and `between` look at unless told otherwise. */
  time: string
  /** Fields that are columns; everything else is the tenant's own and lies in `custom`. */
  columns: string[]
  /** Whether records of this kind can be an account's. */
  ofAccounts: boolean
}

/** What records of every kind have. */
export const COMMON = ['externalId', 'createdAt', 'updatedAt']

export const KINDS: Record<RecordKind, Kind> = {
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

export const ACCOUNT_COLUMNS = ['name', 'domain', 'industry', 'employees', 'owner', ...COMMON]
