/** What the platform keeps about itself: no tenant's data, so no tenant_id. */
import { sql } from 'drizzle-orm'
import { customType, integer, pgSchema, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

const lsn = customType<{ data: string }>({ dataType: () => 'pg_lsn' })

export const ops = pgSchema('ops')

/** How far each relay slot has been turned into jobs; written in the transaction of the enqueue. */
export const relays = ops.table('relays', {
  slot: text('slot').primaryKey(),
  lsn: lsn('lsn').notNull().default('0/0'),
  updatedAt: instant('updated_at').notNull().default(sql`now()`),
  /** The process that leads, for the dashboard. */
  leader: text('leader'),
  /** How often a lost slot forced a recompute. */
  lost: integer('lost').notNull().default(0),
})

/** Worker processes and their heartbeats: the jobs of a silent one are unlocked. */
export const workers = ops.table('workers', {
  id: text('id').primaryKey(),
  host: text('host').notNull(),
  pid: integer('pid').notNull(),
  startedAt: instant('started_at').notNull().default(sql`now()`),
  seenAt: instant('seen_at').notNull().default(sql`now()`),
})
