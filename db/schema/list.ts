import { sql } from 'drizzle-orm'
import { index, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, tenantId, updatedAt } from './columns.ts'

/** A manual or imported list of people. */
export const lists = pgTable(
  'lists',
  {
    tenantId: tenantId(),
    id: id(),
    key: text('key').notNull(),
    name: text('name').notNull(),
    description: text('description'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] }), unique().on(t.tenantId, t.key)],
)

/** Who is on a list, by an identifier: the list follows merges as records do. Deleted and inserted, never updated. */
export const listMembers = pgTable(
  'list_members',
  {
    tenantId: tenantId(),
    listId: uuid('list_id').notNull(),
    /** An identifier's type and value, such as 'email' and 'ada@example.com'. */
    type: text('type').notNull(),
    value: text('value').notNull(),
    identifierId: uuid('identifier_id').generatedAlwaysAs(
      sql`identifier_id(type, CASE WHEN type = 'email' THEN lower(btrim(value)) ELSE value END)`,
    ),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.listId, t.type, t.value] }),
    index('list_members_by_identifier').on(t.tenantId, t.identifierId),
  ],
)
