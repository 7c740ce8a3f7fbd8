import { sql } from 'drizzle-orm'
import { index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant, type JsonObject, person, personIdentifierId, tenantId, updatedAt } from './columns.ts'

/** One person, as the identity service sees them today. */
export const profiles = pgTable(
  'profiles',
  {
    tenantId: tenantId(),
    id: id(),
    /** What is known about the person: the newest value of each trait over all their identifiers. */
    traits: jsonb('traits').$type<JsonObject>().notNull().default({}),
    firstSeen: instant('first_seen').notNull(),
    lastSeen: instant('last_seen').notNull(),
    /** Set when this profile has become part of another. */
    mergedInto: uuid('merged_into'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('profiles_merged').on(t.tenantId, t.mergedInto).where(sql`merged_into is not null`),
  ],
)

/**
 * A (type, value) that names a person. `id` is identifier_id(type, value): a hash, so that an event row knows its owner
 * without a lookup. `profile_id` is the stored component id: the hot path walks no graph.
 */
export const identifiers = pgTable(
  'identifiers',
  {
    tenantId: tenantId(),
    id: uuid('id').notNull(),
    type: text('type').notNull(),
    value: text('value').notNull(),
    profileId: uuid('profile_id').notNull(),
    firstSeen: instant('first_seen').notNull(),
    /** Traits said of this identifier: {trait: {"v": value, "at": instant}}. A profile's traits fold over its identifiers. */
    traits: jsonb('traits').$type<Record<string, { v: unknown; at: string }>>().notNull().default({}),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('identifiers_by_profile').on(t.tenantId, t.profileId),
    index('identifiers_by_value').on(t.tenantId, t.value, t.type),
  ],
)

/** What a person allowed, per purpose and channel. */
export const consents = pgTable(
  'consents',
  {
    tenantId: tenantId(),
    id: id(),
    ...person(),
    identifierId: personIdentifierId(),
    purpose: text('purpose').notNull(),
    channel: text('channel').notNull(),
    /** 'granted' or 'denied'. */
    state: text('state').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] }), index('consents_by_identifier').on(t.tenantId, t.identifierId)],
)
