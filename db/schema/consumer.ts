import { sql } from 'drizzle-orm'
import { bigint, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core'
import { createdAt, id, instant, tenantId } from './columns.ts'

/** A reader of the feed with a name, whose place is kept here: it reads on from what it has acknowledged, after any crash. */
export const consumers = pgTable(
  'consumers',
  {
    tenantId: tenantId(),
    id: id(),
    name: text('name').notNull(),
    /** The kinds of items it wants; null for all. */
    kinds: text('kinds').array(),
    /** The seq that it has acknowledged last. */
    acknowledged: bigint('acknowledged', { mode: 'bigint' }).notNull().default(sql`0`),
    acknowledgedAt: instant('acknowledged_at'),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] }), unique().on(t.tenantId, t.name)],
)
