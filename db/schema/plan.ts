import { sql } from 'drizzle-orm'
import { jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { id, instant, type JsonObject, tenantId } from './columns.ts'

/** A plan that was applied, as the tenant was after it (api/plan). */
export const plans = pgTable(
  'plans',
  {
    tenantId: tenantId(),
    id: id(),
    appliedAt: instant('applied_at').notNull().default(sql`now()`),
    /** The key that asked for it. */
    appliedBy: uuid('applied_by'),
    revision: text('revision').notNull(),
    document: jsonb('document').$type<JsonObject>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
)
