import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, jsonb, pgTable, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant, type Json, type JsonObject, nobody, tenantId, updatedAt } from './columns.ts'

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
    nobody: nobody(),
    /** The identifier that owns the event, strongest first; see personIdentifierId. */
    identifierId: uuid('identifier_id').generatedAlwaysAs(
      sql`CASE WHEN nobody IS NULL THEN coalesce(identifier_id('user_id', user_id), identifier_id('anonymous_id', anonymous_id), identifier_id('email', lower(btrim(identifiers ->> 'email'))), identifier_id('phone', identifiers ->> 'phone'), custom_identifier_id(identifiers)) ELSE event_owner(user_id, anonymous_id, identifiers, nobody) END`,
    ),
  },
  (t) => [
    index('events_by_identifier').on(t.tenantId, t.identifierId, t.occurredAt, t.name),
    index('events_by_time').on(t.tenantId, t.occurredAt, t.id),
    check(
      'events_occurred_at_check',
      sql`occurred_at >= '1970-01-01 00:00:00+00' AND occurred_at < '2100-01-01 00:00:00+00'`,
    ),
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
    /** What its request said beside it, as JSON text: {"type", "sentAt", "context"}. */
    envelope: text('envelope'),
    /** What is sent instead of `payload`, once somebody has mended it. */
    mended: text('mended'),
    /** How often it was refused. */
    attempts: integer('attempts').notNull().default(1),
    discardedAt: instant('discarded_at'),
    /** Where it is not as its behavior says: [{"code", "path", "expected", "found"}]. */
    violations: jsonb('violations').$type<Json[]>(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('dead_letters_waiting').on(t.tenantId, t.code, t.id).where(sql`replayed_at is null and discarded_at is null`),
  ],
)

/**
 * What became of the events that were accepted; summed over `lane`. Written in the transaction that stores them, and checked:
 * accepted = stored + deduplicated + dead + discarded + unconsented.
 */
export const ingestCounts = pgTable(
  'ingest_counts',
  {
    tenantId: tenantId(),
    /** All zeros for keys without a source. */
    sourceId: uuid('source_id').notNull().default('00000000-0000-0000-0000-000000000000'),
    /** 'http', 'graphql', or 'replay' for dead letters that were sent again. */
    door: text('door').notNull(),
    hour: instant('hour').notNull(),
    lane: smallint('lane').notNull(),
    accepted: bigint('accepted', { mode: 'number' }).notNull(),
    stored: bigint('stored', { mode: 'number' }).notNull(),
    deduplicated: bigint('deduplicated', { mode: 'number' }).notNull(),
    dead: bigint('dead', { mode: 'number' }).notNull(),
    /** Records that deliveries of webhooks wrote; beside the sum. */
    records: bigint('records', { mode: 'number' }).notNull().default(0),
    /** By the tenant's own filters and samples. */
    discarded: bigint('discarded', { mode: 'number' }).notNull().default(0),
    /** Of people who refused what the events are for. */
    unconsented: bigint('unconsented', { mode: 'number' }).notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.sourceId, t.door, t.hour, t.lane] }),
    check('ingest_counts_add_up', sql`accepted = stored + deduplicated + dead + discarded + unconsented`),
  ],
)

/** Stored events of [from, before) that are run through identity, labels and segments again (engine/replay.ts). */
export const replays = pgTable(
  'replays',
  {
    tenantId: tenantId(),
    id: id(),
    fromAt: instant('from_at').notNull(),
    beforeAt: instant('before_at').notNull(),
    /** Null: of every source. */
    sourceId: uuid('source_id'),
    /** Null: of every name. */
    names: text('names').array(),
    /** The key that asked for it. */
    requestedBy: uuid('requested_by'),
    jobId: bigint('job_id', { mode: 'bigint' }),
    /** What the next chunk comes after; null at the beginning. */
    position: jsonb('position').$type<JsonObject>(),
    /** Events of the range that were looked at, of `total`; each is, twice. */
    done: bigint('done', { mode: 'number' }).notNull().default(0),
    total: bigint('total', { mode: 'number' }),
    /** Events that were run again. */
    events: bigint('events', { mode: 'number' }).notNull().default(0),
    transitions: bigint('transitions', { mode: 'number' }).notNull().default(0),
    createdAt: createdAt(),
    startedAt: instant('started_at'),
    updatedAt: updatedAt(),
    cancelledAt: instant('cancelled_at'),
    finishedAt: instant('finished_at'),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] }), check('replays_range_check', sql`from_at < before_at`)],
)
