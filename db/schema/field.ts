import { boolean, integer, jsonb, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core'
import { createdAt, id, type Json, tenantId, updatedAt } from './columns.ts'

/** A field of the tenant's own: what people's `traits` or records' `custom` hold under a key, typed. */
export const fields = pgTable(
  'fields',
  {
    tenantId: tenantId(),
    id: id(),
    /** 'profile' or a kind of record, such as 'order'. */
    object: text('object').notNull(),
    key: text('key').notNull(),
    /** 'text', 'number', 'boolean', 'date', 'instant' or 'choice'. */
    type: text('type').notNull(),
    description: text('description'),
    /** Of records: written through the API it may not be left out. */
    required: boolean('required').notNull().default(false),
    /** The values of a 'choice'. */
    choices: text('choices').array(),
    /** Of records: what a new one gets that has no value. */
    default: jsonb('default_value').$type<Json>(),
    /** Of records: no two have the same value. By a unique index, so that it holds for SQL too. */
    unique: boolean('unique').notNull().default(false),
    indexed: boolean('indexed').notNull().default(false),
    /** 'none', 'personal' or 'sensitive'. */
    personal: text('personal').notNull().default('none'),
    /** So long after it was said, or its record changed, a value is removed. */
    retentionDays: integer('retention_days'),
    /** 'waiting', 'building', 'ready' or 'failed'; null without an index. */
    indexState: text('index_state'),
    /** Percent. */
    indexProgress: integer('index_progress'),
    indexError: text('index_error'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] }), unique().on(t.tenantId, t.object, t.key)],
)
