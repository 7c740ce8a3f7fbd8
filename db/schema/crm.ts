/** CRM records: transactional truth, kept by ordinary SQL. */
import { sql } from 'drizzle-orm'
import { date, index, integer, numeric, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import {
  createdAt,
  currency,
  custom,
  externalId,
  id,
  instant,
  money,
  nobody,
  person,
  personIdentifierId,
  tenantId,
  updatedAt,
} from './columns.ts'

const recordStart = () => ({ tenantId: tenantId(), id: id(), externalId: externalId() })
const recordEnd = () => ({ custom: custom(), createdAt: createdAt(), updatedAt: updatedAt() })
/** A record about a person. */
const personal = () => ({ ...person(), nobody: nobody(), identifierId: personIdentifierId() })

export const accounts = pgTable(
  'accounts',
  {
    ...recordStart(),
    name: text('name').notNull(),
    domain: text('domain'),
    industry: text('industry'),
    employees: integer('employees'),
    parentId: uuid('parent_id'),
    owner: text('owner'),
    ...recordEnd(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique().on(t.tenantId, t.externalId),
    index('accounts_by_domain').on(t.tenantId, t.domain),
    index('accounts_by_lower_domain').on(t.tenantId, sql`lower(domain)`).where(sql`domain IS NOT NULL`),
    index('accounts_by_parent').on(t.tenantId, t.parentId),
  ],
)

export const contacts = pgTable(
  'contacts',
  {
    ...recordStart(),
    accountId: uuid('account_id'),
    userId: text('user_id'),
    email: text('email'),
    phone: text('phone'),
    firstName: text('first_name'),
    lastName: text('last_name'),
    title: text('title'),
    stage: text('stage'),
    owner: text('owner'),
    ...recordEnd(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique().on(t.tenantId, t.externalId),
    index('contacts_by_account').on(t.tenantId, t.accountId),
    index('contacts_by_email').on(t.tenantId, t.email),
  ],
)

export const leads = pgTable(
  'leads',
  {
    ...recordStart(),
    userId: text('user_id'),
    email: text('email'),
    phone: text('phone'),
    firstName: text('first_name'),
    lastName: text('last_name'),
    company: text('company'),
    status: text('status').notNull().default('new'),
    origin: text('origin'),
    score: numeric('score'),
    owner: text('owner'),
    convertedContactId: uuid('converted_contact_id'),
    ...recordEnd(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique().on(t.tenantId, t.externalId),
    index('leads_by_email').on(t.tenantId, t.email),
  ],
)

export const opportunities = pgTable(
  'opportunities',
  {
    ...recordStart(),
    accountId: uuid('account_id'),
    ...personal(),
    name: text('name').notNull(),
    stage: text('stage').notNull(),
    amount: money('amount'),
    currency: currency(),
    closeDate: date('close_date'),
    owner: text('owner'),
    ...recordEnd(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique().on(t.tenantId, t.externalId),
    index('opportunities_by_account').on(t.tenantId, t.accountId),
    index('opportunities_by_identifier').on(t.tenantId, t.identifierId),
  ],
)

export const orders = pgTable(
  'orders',
  {
    ...recordStart(),
    accountId: uuid('account_id'),
    ...personal(),
    number: text('number'),
    status: text('status').notNull().default('placed'),
    amount: money('amount').notNull(),
    currency: currency().notNull(),
    placedAt: instant('placed_at').notNull(),
    ...recordEnd(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique().on(t.tenantId, t.externalId),
    index('orders_by_identifier').on(t.tenantId, t.identifierId, t.placedAt),
    index('orders_by_account').on(t.tenantId, t.accountId),
  ],
)

export const orderItems = pgTable(
  'order_items',
  {
    ...recordStart(),
    orderId: uuid('order_id').notNull(),
    sku: text('sku').notNull(),
    name: text('name'),
    quantity: numeric('quantity').notNull(),
    unitPrice: money('unit_price').notNull(),
    currency: currency().notNull(),
    ...recordEnd(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique().on(t.tenantId, t.externalId),
    index('order_items_by_order').on(t.tenantId, t.orderId),
  ],
)

export const contracts = pgTable(
  'contracts',
  {
    ...recordStart(),
    accountId: uuid('account_id'),
    ...personal(),
    name: text('name').notNull(),
    status: text('status').notNull().default('draft'),
    amount: money('amount'),
    currency: currency(),
    startsAt: instant('starts_at'),
    endsAt: instant('ends_at'),
    ...recordEnd(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique().on(t.tenantId, t.externalId),
    index('contracts_by_account').on(t.tenantId, t.accountId),
    index('contracts_by_identifier').on(t.tenantId, t.identifierId),
  ],
)

export const memberships = pgTable(
  'memberships',
  {
    ...recordStart(),
    ...personal(),
    program: text('program').notNull(),
    tier: text('tier'),
    points: numeric('points'),
    status: text('status').notNull().default('active'),
    startsAt: instant('starts_at'),
    endsAt: instant('ends_at'),
    ...recordEnd(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique().on(t.tenantId, t.externalId),
    index('memberships_by_identifier').on(t.tenantId, t.identifierId),
  ],
)

export const tickets = pgTable(
  'tickets',
  {
    ...recordStart(),
    accountId: uuid('account_id'),
    ...personal(),
    subject: text('subject').notNull(),
    status: text('status').notNull().default('open'),
    priority: text('priority'),
    channel: text('channel'),
    openedAt: instant('opened_at'),
    closedAt: instant('closed_at'),
    ...recordEnd(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique().on(t.tenantId, t.externalId),
    index('tickets_by_account').on(t.tenantId, t.accountId),
    index('tickets_by_identifier').on(t.tenantId, t.identifierId),
  ],
)

export const activities = pgTable(
  'activities',
  {
    ...recordStart(),
    accountId: uuid('account_id'),
    ...personal(),
    /** 'call', 'email', 'meeting', 'note', 'task' or the tenant's own. */
    kind: text('kind').notNull(),
    subject: text('subject'),
    body: text('body'),
    owner: text('owner'),
    occurredAt: instant('occurred_at').notNull(),
    ...recordEnd(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique().on(t.tenantId, t.externalId),
    index('activities_by_account').on(t.tenantId, t.accountId),
    index('activities_by_identifier').on(t.tenantId, t.identifierId, t.occurredAt),
  ],
)
