import { boolean, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core'
import { createdAt, id, tenantId, updatedAt } from './columns.ts'

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
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] }), unique().on(t.tenantId, t.object, t.key)],
)
