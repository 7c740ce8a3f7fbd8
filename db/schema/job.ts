import { doublePrecision, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant, tenantId } from './columns.ts'

/** What the jobs of a tenant did, by the minute they ended in. */
export const jobMinutes = pgTable(
  'job_minutes',
  {
    tenantId: tenantId(),
    task: text('task').notNull(),
    minute: instant('minute').notNull(),
    done: integer('done').notNull().default(0),
    failed: integer('failed').notNull().default(0),
    /** From when they could have run to when they did: the sum, and the longest. */
    waitedMs: doublePrecision('waited_ms').notNull().default(0),
    waitedMostMs: doublePrecision('waited_most_ms').notNull().default(0),
    ranMs: doublePrecision('ran_ms').notNull().default(0),
    ranMostMs: doublePrecision('ran_most_ms').notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.task, t.minute] })],
)
