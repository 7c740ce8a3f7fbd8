import { sql } from 'drizzle-orm'
import {
  check,
  doublePrecision,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { createdAt, id, instant, tenantId, updatedAt } from './columns.ts'

/** One customer of the platform; every other row belongs to one. */
export const tenants = pgTable('tenants', {
  id: uuid('id').primaryKey().default(sql`uuidv7()`),
  slug: text('slug').notNull().unique(),
  name: text('name').notNull(),
  /** IANA name; calendar windows of rules are cut in it. */
  timezone: text('timezone').notNull().default('UTC'),
  /** How many events a second it may send; null: INGEST_RATE. The operator's to set. */
  eventsPerSecond: integer('events_per_second'),
  createdAt: createdAt(),
})

/** Where data comes from: an SDK, a server, a third-party system, a file. */
export const sources = pgTable(
  'sources',
  {
    tenantId: tenantId(),
    id: id(),
    name: text('name').notNull(),
    kind: text('kind').notNull().default('http'),
    createdAt: createdAt(),
    /** What its events are for: those of people who refused it, on the channel if one is said, are not stored. */
    purpose: text('purpose'),
    channel: text('channel'),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] }), unique().on(t.tenantId, t.name)],
)

/** A key to a door. The key itself is shown once and never stored: only its SHA-256. */
export const apiKeys = pgTable(
  'api_keys',
  {
    tenantId: tenantId(),
    id: id(),
    /** What events sent with this key are attributed to. */
    sourceId: uuid('source_id'),
    name: text('name').notNull(),
    /** SHA-256 of the key, lower-case hex. */
    hash: text('hash').notNull().unique(),
    /** Any of write (send events), read (query and subscribe), admin (everything in the tenant). */
    scopes: text('scopes').array().notNull(),
    createdAt: createdAt(),
    revokedAt: instant('revoked_at'),
    /** How many events a second may be sent with it; null for no limit but the tenant's. */
    eventsPerSecond: integer('events_per_second'),
    /** To the minute; null: never. */
    lastUsedAt: instant('last_used_at'),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
)

/**
 * What is left of the limits on events, shared by all API processes (api/ingest/rate.ts). `subject` is the tenant or the key.
 */
export const rateBuckets = pgTable(
  'rate_buckets',
  {
    tenantId: tenantId(),
    subject: uuid('subject').notNull(),
    tokens: doublePrecision('tokens').notNull(),
    /** What the last taker was given. */
    granted: doublePrecision('granted').notNull(),
    at: instant('at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.subject] })],
)

/** A source that calls us: POST /v1/webhooks/<source id>. */
export const webhooks = pgTable(
  'webhooks',
  {
    tenantId: tenantId(),
    sourceId: uuid('source_id').notNull().unique(),
    /** How a call proves itself: 'shopify', 'stripe', 'hubspot', 'standard' (Standard Webhooks) or 'hmac' in `header`. */
    verify: text('verify').notNull(),
    header: text('header'),
    /** Never told again. */
    secret: text('secret').notNull(),
    /** JSONata: what comes -> an event, or a list of them, or nothing. */
    mapping: text('mapping').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.sourceId] }),
    foreignKey({ columns: [t.tenantId, t.sourceId], foreignColumns: [sources.tenantId, sources.id] }).onDelete(
      'cascade',
    ),
    check('webhooks_verify_check', sql`verify IN ('shopify', 'stripe', 'hubspot', 'standard', 'hmac')`),
    check('webhooks_secret_check', sql`secret <> ''`),
  ],
)

/** What became of a call of a webhook, for who sets one up; without its payload. Pruned after a week. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    tenantId: tenantId(),
    id: id(),
    sourceId: uuid('source_id').notNull(),
    at: instant('at').notNull().default(sql`now()`),
    stored: integer('stored').notNull().default(0),
    deduplicated: integer('deduplicated').notNull().default(0),
    /** Records written. */
    records: integer('records').notNull().default(0),
    dead: integer('dead').notNull().default(0),
    /** Why it was refused, or what was refused of it first. */
    code: text('code'),
    deadLetterId: uuid('dead_letter_id'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('webhook_deliveries_by_source').on(t.tenantId, t.sourceId, t.id),
    foreignKey({ columns: [t.tenantId, t.sourceId], foreignColumns: [webhooks.tenantId, webhooks.sourceId] }).onDelete(
      'cascade',
    ),
  ],
)
