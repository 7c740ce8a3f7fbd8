import { boolean, index, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { sql } from 'drizzle-orm'
import {
  createdAt,
  custom,
  externalId,
  id,
  instant,
  person,
  nobody,
  personIdentifierId,
  tenantId,
  updatedAt,
} from './columns.ts'

/** A kind of record of the tenant's own; `fields.object` and `records.object` name it by its key. */
export const objects = pgTable(
  'objects',
  {
    tenantId: tenantId(),
    id: id(),
    /** camelCase; never changes. */
    key: text('key').notNull(),
    /** The name of lists of it. */
    plural: text('plural').notNull(),
    name: text('name').notNull(),
    description: text('description'),
    /** Whether its records are about people. */
    person: boolean('person').notNull().default(true),
    /** Whether its records are about accounts. */
    account: boolean('account').notNull().default(false),
    /** The key of another object, whose records its own belong to. */
    parent: text('parent'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique().on(t.tenantId, t.key),
    unique().on(t.tenantId, t.plural),
  ],
)

/** Records of all of the tenant's own objects. */
export const records = pgTable(
  'records',
  {
    tenantId: tenantId(),
    id: id(),
    /** Unique per object. */
    externalId: externalId(),
    object: text('object').notNull(),
    accountId: uuid('account_id'),
    ...person(),
    nobody: nobody(),
    identifierId: personIdentifierId(),
    parentId: uuid('parent_id'),
    /** When it happened or began: what the windows of rules and the timeline look at. */
    occurredAt: instant('occurred_at').notNull().default(sql`now()`),
    custom: custom(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique().on(t.tenantId, t.object, t.externalId),
    index('records_by_identifier').on(t.tenantId, t.identifierId, t.object),
    index('records_by_account').on(t.tenantId, t.accountId, t.object),
    index('records_by_object').on(t.tenantId, t.object, t.id),
    index('records_by_parent').on(t.tenantId, t.parentId).where(sql`parent_id is not null`),
    index('records_by_contact').on(t.tenantId, t.contactId).where(sql`contact_id is not null`),
  ],
)
