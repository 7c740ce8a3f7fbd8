/** What the platform keeps about itself: no tenant's data, so no tenant_id. */
import { sql } from 'drizzle-orm'
import { boolean, customType, integer, pgSchema, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

const lsn = customType<{ data: string }>({ dataType: () => 'pg_lsn' })

export const ops = pgSchema('ops')

/** How far each relay slot has been turned into jobs; written in the transaction of the enqueue. */
export const relays = ops.table('relays', {
  slot: text('slot').primaryKey(),
  /** The transaction (its commit record) of the last message that became a job ... */
  lsn: lsn('lsn').notNull().default('0/0'),
  /** ... and that message: a big transaction is enqueued piece by piece. */
  messageLsn: lsn('message_lsn').notNull().default('0/0'),
  /** Renewed every second by the leader. */
  updatedAt: instant('updated_at').notNull().default(sql`now()`),
  /** The process that leads. An enqueue in another's name moves nothing. */
  leader: text('leader'),
  /** How often a lost slot forced a recompute. */
  lost: integer('lost').notNull().default(0),
  /** The slot is being made anew, and the recompute of what it may have missed is not yet enqueued. */
  recomputeDue: boolean('recompute_due').notNull().default(false),
})

/** Worker processes and their heartbeats: the jobs of a silent one are unlocked. */
export const workers = ops.table('workers', {
  id: text('id').primaryKey(),
  host: text('host').notNull(),
  pid: integer('pid').notNull(),
  startedAt: instant('started_at').notNull().default(sql`now()`),
  seenAt: instant('seen_at').notNull().default(sql`now()`),
})

/** Slots in other databases that nobody reads any more: the worker drops them where they are, however long that takes. */
export const owedSlots = ops.table('owed_slots', {
  slot: text('slot').primaryKey(),
  tenantId: uuid('tenant_id').notNull(),
  sourceId: uuid('source_id').notNull(),
  urlSecret: text('url_secret').notNull(),
  /** To be dropped with it. */
  publication: text('publication'),
  failures: integer('failures').notNull().default(0),
  error: text('error'),
  nextAt: instant('next_at').notNull().default(sql`now()`),
  createdAt: instant('created_at').notNull().default(sql`now()`),
})

/** Login roles for analysts, each bound to one tenant; what the views of the schema `analytics` go by (docs/sql.md). */
export const sqlRoles = ops.table('sql_roles', {
  role: text('role').primaryKey(),
  tenantId: uuid('tenant_id').notNull(),
  createdAt: instant('created_at').notNull().default(sql`now()`),
  /** Whether it sees what the tenant's model says is personal. */
  personal: boolean('personal').notNull().default(true),
})
