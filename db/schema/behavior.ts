import { sql } from 'drizzle-orm'
import {
  bigint,
  check,
  date,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
} from 'drizzle-orm/pg-core'
import { createdAt, id, instant, type Json, tenantId, updatedAt } from './columns.ts'

/** What the tenant says one kind of event is. */
export const behaviors = pgTable(
  'behaviors',
  {
    tenantId: tenantId(),
    id: id(),
    /** The event's name; for all but track calls the type, such as 'page'. */
    name: text('name').notNull(),
    description: text('description'),
    /** 'strict', 'lenient' or 'off'. */
    mode: text('mode').notNull().default('lenient'),
    /** What properties it has (engine/model/property.ts); of an identify or group call, which traits. */
    properties: jsonb('properties').$type<Json[]>().notNull().default([]),
    /** Types of identifiers that each event must name. */
    identifiers: text('identifiers').array().notNull().default([]),
    /** Of how many people in a hundred events are stored; null for all. */
    samplePercent: numeric('sample_percent', { precision: 6, scale: 3 }),
    /** How long events are kept; null for ever. */
    retentionDays: integer('retention_days'),
    /** What the events are for: those of people who refused it are not stored. */
    purpose: text('purpose'),
    /** The channel of the refusal that counts; null for any. */
    channel: text('channel'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique().on(t.tenantId, t.name),
    check('behaviors_mode_check', sql`mode IN ('strict', 'lenient', 'off')`),
    check('behaviors_sample_percent_check', sql`sample_percent BETWEEN 0 AND 100`),
    check('behaviors_retention_days_check', sql`retention_days > 0`),
  ],
)

/** What the gate did, by day; summed over `lane`. Written in the transaction that stores the events. */
export const behaviorCounts = pgTable(
  'behavior_counts',
  {
    tenantId: tenantId(),
    /** A behavior's, or of an event that has none; '' for the others. */
    name: text('name').notNull(),
    day: date('day').notNull().default(sql`(now() AT TIME ZONE 'UTC')::date`),
    /** See db/sql/count-behaviors.ts. */
    outcome: text('outcome').notNull(),
    /** Where a violation was, '*' for any place of a list. */
    path: text('path').notNull().default(''),
    lane: smallint('lane').notNull(),
    count: bigint('count', { mode: 'number' }).notNull(),
    lastAt: instant('last_at').notNull().default(sql`now()`),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.name, t.day, t.outcome, t.path, t.lane] })],
)

/** Up to when the events of a behavior have been removed that it keeps for so many days. */
export const retentionMarks = pgTable(
  'retention_marks',
  {
    tenantId: tenantId(),
    name: text('name').notNull(),
    days: integer('days').notNull(),
    until: instant('until').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.name] })],
)
