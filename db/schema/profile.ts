import { sql } from 'drizzle-orm'
import { boolean, index, integer, jsonb, pgTable, primaryKey, smallint, text, unique, uuid } from 'drizzle-orm/pg-core'
import {
  createdAt,
  id,
  instant,
  type JsonObject,
  nobody,
  person,
  personIdentifierId,
  tenantId,
  updatedAt,
} from './columns.ts'

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
    index('profiles_living').on(t.tenantId, t.id).where(sql`merged_into is null`),
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
    /**
     * Traits said of this identifier: {trait: {"v": value, "at": instant, "by": event id, 'contact' or 'lead', "since"?: since
     * when it has had the value, "other"?: when something else was last said}}. A profile's traits fold over its identifiers.
     */
    traits: jsonb('traits').$type<Record<string, { v: unknown; at: string; by: string }>>().notNull().default({}),
    createdAt: createdAt(),
    /** To the hour: moves when an hour or more has passed since. The profile's own last_seen is exact. */
    lastSeen: instant('last_seen').notNull().default(sql`now()`),
    /** Sightings an hour or more apart. */
    count: integer('count').notNull().default(1),
    /** Where it was seen first: a source's id, 'event', 'crm', 'alias' or 'manual'. */
    source: text('source').notNull().default('event'),
    /** Of the best evidence that it belongs to its profile; see identifier_types.weights. */
    weight: smallint('weight').notNull().default(1),
    /** Another spelling, or the former name, of that identifier: it counts against no limit. */
    aliasOf: uuid('alias_of'),
    /** Names more than one person: it joins nobody to anybody. */
    shared: boolean('shared').notNull().default(false),
    /** Sides in splits, '<split id>:0' or ':1': the two sides of a split never become one profile by evidence. */
    apart: text('apart').array(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('identifiers_by_profile').on(t.tenantId, t.profileId), // with the id in it: migration 0071
    index('identifiers_by_value').on(t.tenantId, t.value, t.type),
  ],
)

/** What a tenant says about a kind of identifier. A null column, and a kind without a row, is as engine/identity/policy.ts says. */
export const identifierTypes = pgTable(
  'identifier_types',
  {
    tenantId: tenantId(),
    key: text('key').notNull(),
    /** 'verbatim', 'lower', 'email' or 'phone'. */
    normaliser: text('normaliser'),
    /** ISO 3166 code that a phone without one is read with. */
    country: text('country'),
    /** Lower is stronger. */
    priority: integer('priority'),
    maxPerProfile: integer('max_per_profile'),
    /** Profiles that one value may keep from joining before it counts as shared. */
    peopleLimit: integer('people_limit'),
    shared: boolean('shared'),
    /** Values, or patterns with *, that name nobody. */
    blocked: text('blocked').array().notNull().default([]),
    /** By source ('event', 'crm' or a source's id); where evidence conflicts, the heavier keeps the identifier. */
    weights: jsonb('weights').$type<Record<string, number>>().notNull().default({}),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.key] })],
)

/** Who is at which account by a group call. By identifier, so that it follows its person through merges and splits. */
export const accountMembers = pgTable(
  'account_members',
  {
    tenantId: tenantId(),
    identifierId: uuid('identifier_id').notNull(),
    accountId: uuid('account_id').notNull(),
    role: text('role'),
    firstSeen: instant('first_seen').notNull(),
    lastSeen: instant('last_seen').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.identifierId, t.accountId] }),
    index('account_members_by_account').on(t.tenantId, t.accountId),
  ],
)

/** What group calls say of accounts, as identifiers.traits; accounts.custom has the newest values. */
export const accountTraits = pgTable(
  'account_traits',
  {
    tenantId: tenantId(),
    accountId: uuid('account_id').notNull(),
    traits: jsonb('traits').$type<Record<string, { v: unknown; at: string; by: string }>>().notNull().default({}),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.accountId] })],
)

/** Two identifiers that came together in events or records: the evidence that makes them one person. a < b. */
export const identityLinks = pgTable(
  'identity_links',
  {
    tenantId: tenantId(),
    a: uuid('a').notNull(),
    b: uuid('b').notNull(),
    source: text('source').notNull(),
    firstSeen: instant('first_seen').notNull(),
    lastSeen: instant('last_seen').notNull(),
    count: integer('count').notNull().default(1),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.a, t.b, t.source] }), index('identity_links_by_b').on(t.tenantId, t.b)],
)

/** What became one person, or two again, when and why: enough to undo it. */
export const merges = pgTable(
  'merges',
  {
    tenantId: tenantId(),
    id: id(),
    at: instant('at').notNull().default(sql`clock_timestamp()`),
    /** As created_at of the identifiers that came in the same transaction. */
    transactionAt: instant('transaction_at').notNull().default(sql`now()`),
    /** 'merge': profile became part of into. 'split': it came out of into. 'move': identifiers went from it to into. */
    kind: text('kind').notNull().default('merge'),
    profileId: uuid('profile_id').notNull(),
    intoId: uuid('into_id').notNull(),
    /** 'evidence', 'alias', 'weight', 'manual' or 'undo'. */
    cause: text('cause').notNull(),
    /** {"identifiers": [a, b], "at": instant} for evidence: the two that came together, and when. */
    evidence: jsonb('evidence').$type<JsonObject>().notNull().default({}),
    /** Ids of the identifiers that moved. */
    identifiers: uuid('identifiers').array().notNull(),
    /** False until react has told the feed of it: what is done by hand is done outside of react. */
    announced: boolean('announced').notNull().default(true),
    undoneAt: instant('undone_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('merges_by_profile').on(t.tenantId, t.profileId),
    index('merges_by_into').on(t.tenantId, t.intoId),
    index('merges_unannounced').on(t.tenantId).where(sql`not announced`),
  ],
)

/** An identifier that would have joined two profiles that must stay apart, and why they must. */
export const identityConflicts = pgTable(
  'identity_conflicts',
  {
    tenantId: tenantId(),
    identifierId: uuid('identifier_id').notNull(),
    /** The profile that it did not join, and the one it stayed with. */
    profileId: uuid('profile_id').notNull(),
    keptBy: uuid('kept_by').notNull(),
    at: instant('at').notNull(),
    /** 'limit:<type>' or 'apart'. */
    reason: text('reason').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.identifierId, t.profileId] })],
)

/** Who was erased, without a word of whom: the proof that it was done. */
export const erasures = pgTable(
  'erasures',
  {
    tenantId: tenantId(),
    id: id(),
    /** Means nothing any more once it is done. */
    profileId: uuid('profile_id').notNull(),
    requestedAt: instant('requested_at').notNull().default(sql`now()`),
    /** The key that asked for it. */
    requestedBy: text('requested_by'),
    doneAt: instant('done_at'),
    /** Rows by table. */
    counts: jsonb('counts').$type<Record<string, number>>().notNull().default({}),
    /** SHA-256 over the hashes that are suppressed since, in order: who knows the identifiers can check it. */
    proof: text('proof'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('erasures_pending').on(t.tenantId).where(sql`done_at is null`),
  ],
)

/** Hashes of the identifiers of the erased, so that no replay and no late import brings them back. */
export const suppressions = pgTable(
  'suppressions',
  { tenantId: tenantId(), hash: text('hash').notNull(), erasureId: uuid('erasure_id').notNull() },
  (t) => [primaryKey({ columns: [t.tenantId, t.hash] })],
)

/** What people are asked for. */
export const consentPurposes = pgTable(
  'consent_purposes',
  {
    tenantId: tenantId(),
    key: text('key').notNull(),
    name: text('name').notNull(),
    description: text('description'),
    /** Empty for any. */
    channels: text('channels').array().notNull().default([]),
    retiredAt: instant('retired_at'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.key] })],
)

/** What a person allowed, per purpose and channel. */
export const consents = pgTable(
  'consents',
  {
    tenantId: tenantId(),
    id: id(),
    ...person(),
    nobody: nobody(),
    identifierId: personIdentifierId(),
    purpose: text('purpose').notNull(),
    channel: text('channel').notNull(),
    /** 'granted' or 'denied'. */
    state: text('state').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] }), unique().on(t.tenantId, t.identifierId, t.purpose, t.channel)],
)
