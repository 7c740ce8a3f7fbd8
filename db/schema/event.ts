import { sql } from 'drizzle-orm'
import { index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { id, instant, type JsonObject, tenantId } from './columns.ts'

/**
 * Something that happened. Immutable. A hypertable on occurred_at (migration 0003).
 *
 * `name` is the event's name for `track`, and the type itself for the others ('page', 'screen', 'identify', 'group',
 * 'alias'), so that a rule names every kind of event in one way.
 */
export const events = pgTable(
  'events',
  {
    tenantId: tenantId(),
    id: id(),
    type: text('type').notNull().default('track'),
    name: text('name').notNull(),
    userId: text('user_id'),
    anonymousId: text('anonymous_id'),
    /** Further identifiers by type: {"email": "ada@example.com", "phone": "+4930..."}. */
    identifiers: jsonb('identifiers').$type<Record<string, string>>(),
    /** Event time, corrected for the client's clock. */
    occurredAt: instant('occurred_at').notNull().default(sql`now()`),
    receivedAt: instant('received_at').notNull().default(sql`now()`),
    messageId: text('message_id'),
    sourceId: uuid('source_id'),
    properties: jsonb('properties').$type<JsonObject>().notNull().default({}),
    /** What an identify (or group) call says about the person (or account). */
    traits: jsonb('traits').$type<JsonObject>(),
    context: jsonb('context').$type<JsonObject>(),
    /** The identifier that owns the event, strongest first; see personIdentifierId. */
    identifierId: uuid('identifier_id').generatedAlwaysAs(
      sql`coalesce(identifier_id('user_id', user_id), identifier_id('anonymous_id', anonymous_id), identifier_id('email', lower(btrim(identifiers ->> 'email'))), identifier_id('phone', identifiers ->> 'phone'), custom_identifier_id(identifiers))`,
    ),
  },
  (t) => [
    index('events_by_identifier').on(t.tenantId, t.identifierId, t.occurredAt),
    index('events_by_time').on(t.tenantId, t.occurredAt, t.id),
  ],
)

/** Message ids seen lately: what makes a retry count once. Pruned after EVENT_DEDUPE_DAYS. */
export const eventIds = pgTable(
  'event_ids',
  {
    tenantId: tenantId(),
    messageId: text('message_id').notNull(),
    receivedAt: instant('received_at').notNull().default(sql`now()`),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.messageId] }), index('event_ids_by_time').using('brin', t.receivedAt)],
)

/** A payload that was refused, kept whole with the reason, that can be mended and replayed. */
export const deadLetters = pgTable(
  'dead_letters',
  {
    tenantId: tenantId(),
    id: id(),
    sourceId: uuid('source_id'),
    receivedAt: instant('received_at').notNull().default(sql`now()`),
    /** 'http' or 'graphql'. */
    door: text('door').notNull(),
    messageId: text('message_id'),
    /** JSON as it came, as text: it may hold what jsonb refuses. */
    payload: text('payload').notNull(),
    /** Stable code, see docs/errors.md. */
    code: text('code').notNull(),
    reason: text('reason').notNull(),
    replayedAt: instant('replayed_at'),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
)
