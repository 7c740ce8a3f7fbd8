import { sql } from 'drizzle-orm'
import { integer, jsonb, pgTable, primaryKey } from 'drizzle-orm/pg-core'
import { instant, type Json, tenantId } from './columns.ts'

/** The tenant's objects, fields and behaviors as they were from some moment on. Written by triggers (migration 0046). */
export const modelVersions = pgTable(
  'model_versions',
  {
    tenantId: tenantId(),
    /** 1, 2, ...: the tenant's own. */
    number: integer('number').notNull(),
    at: instant('at').notNull().default(sql`clock_timestamp()`),
    /** Who changed it: {kind, id, name}; null where nobody said. */
    actor: jsonb('actor').$type<Json>(),
    /** [{part, key, before?, after?}, ...] */
    changes: jsonb('changes').$type<Json>().notNull(),
    /** All of it: {objects, fields, behaviors}, each by key. */
    model: jsonb('model').$type<Json>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.number] })],
)
