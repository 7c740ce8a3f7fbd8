import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { createdAt, id, instant, type Json, type JsonObject, tenantId, updatedAt } from './columns.ts'

const definition = () => ({
  tenantId: tenantId(),
  id: id(),
  key: text('key').notNull(),
  name: text('name').notNull(),
  description: text('description'),
  /** Whom it is about: 'person' or 'account'. Never changes. */
  subject: text('subject').notNull().default('person'),
  /** 'active', 'paused' or 'archived'. */
  status: text('status').notNull().default('active'),
  /** Grows with every change of the rule. */
  version: integer('version').notNull().default(1),
  /** The version whose backfill is complete; the segment's answer is whole when the two are equal. */
  backfilledVersion: integer('backfilled_version').notNull().default(0),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
})

/** A named value the platform computes for a profile or an account. `rule` is {cases: [{when, value}], otherwise}: first match wins. */
export const labels = pgTable('labels', { ...definition(), rule: jsonb('rule').$type<Json>().notNull() }, (t) => [
  primaryKey({ columns: [t.tenantId, t.id] }),
  unique().on(t.tenantId, t.key),
])

export const labelValues = pgTable(
  'label_values',
  {
    tenantId: tenantId(),
    labelId: uuid('label_id').notNull(),
    profileId: uuid('profile_id').notNull(),
    value: jsonb('value').$type<Json>().notNull(),
    since: instant('since').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.labelId, t.profileId] }),
    index('label_values_by_profile').on(t.tenantId, t.profileId),
  ],
)

/** What labelValues are to people. */
export const accountLabelValues = pgTable(
  'account_label_values',
  {
    tenantId: tenantId(),
    labelId: uuid('label_id').notNull(),
    accountId: uuid('account_id').notNull(),
    value: jsonb('value').$type<Json>().notNull(),
    since: instant('since').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.labelId, t.accountId] }),
    index('account_label_values_by_account').on(t.tenantId, t.accountId),
  ],
)

/** A rule, and the set of profiles (members) or of accounts (segmentAccounts) that satisfy it now. */
export const segments = pgTable('segments', { ...definition(), rule: jsonb('rule').$type<Json>().notNull() }, (t) => [
  primaryKey({ columns: [t.tenantId, t.id] }),
  unique().on(t.tenantId, t.key),
])

export const members = pgTable(
  'members',
  {
    tenantId: tenantId(),
    segmentId: uuid('segment_id').notNull(),
    profileId: uuid('profile_id').notNull(),
    since: instant('since').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.segmentId, t.profileId] }),
    index('members_by_profile').on(t.tenantId, t.profileId),
  ],
)

/** What a label's or segment's rule said in each of its versions, and since when. */
export const definitionVersions = pgTable(
  'definition_versions',
  {
    tenantId: tenantId(),
    kind: text('kind').notNull(),
    definitionId: uuid('definition_id').notNull(),
    version: integer('version').notNull(),
    rule: jsonb('rule').$type<Json>().notNull(),
    status: text('status').notNull(),
    at: instant('at').notNull().default(sql`clock_timestamp()`),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.kind, t.definitionId, t.version] })],
)

/** What members are to people. */
export const segmentAccounts = pgTable(
  'segment_accounts',
  {
    tenantId: tenantId(),
    segmentId: uuid('segment_id').notNull(),
    accountId: uuid('account_id').notNull(),
    since: instant('since').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.segmentId, t.accountId] }),
    index('segment_accounts_by_account').on(t.tenantId, t.accountId),
  ],
)

const aboutOne = (name: string, { profileId, accountId }: { profileId: AnyPgColumn; accountId: AnyPgColumn }) =>
  check(name, sql`num_nonnulls(${profileId}, ${accountId}) = 1`)

/** A profile or account entered or left a segment, or a label changed, at a time, because of something. Append-only history. */
export const transitions = pgTable(
  'transitions',
  {
    tenantId: tenantId(),
    id: id(),
    at: instant('at').notNull(),
    /** 'segment_entered', 'segment_left' or 'label_changed'. */
    kind: text('kind').notNull(),
    /** Whom it is about: one of the two. */
    profileId: uuid('profile_id'),
    accountId: uuid('account_id'),
    segmentId: uuid('segment_id'),
    labelId: uuid('label_id'),
    fromValue: jsonb('from_value').$type<Json>(),
    toValue: jsonb('to_value').$type<Json>(),
    /** 'change', 'timer', 'backfill', 'merge' or 'archived'. */
    cause: text('cause').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('transitions_by_profile').on(t.tenantId, t.profileId, t.at),
    index('transitions_by_segment').on(t.tenantId, t.segmentId, t.at),
    index('transitions_by_label').on(t.tenantId, t.labelId, t.at).where(sql`label_id is not null`),
    index('transitions_by_time').on(t.tenantId, t.at, t.id),
    index('transitions_by_account').on(t.tenantId, t.accountId, t.at).where(sql`account_id is not null`),
    aboutOne('transitions_subject_check', t),
  ],
)

/** The ordered, replayable log per tenant. `seq` has no holes and grows in commit order, so that a cursor skips nothing. */
export const feed = pgTable(
  'feed',
  {
    tenantId: tenantId(),
    seq: bigint('seq', { mode: 'bigint' }).notNull(),
    at: instant('at').notNull(),
    /** A transition's kind, or 'profile_changed'. */
    kind: text('kind').notNull(),
    /** Whom it is about: one of the two. */
    profileId: uuid('profile_id'),
    accountId: uuid('account_id'),
    /** The segment or label, for transitions. */
    definitionId: uuid('definition_id'),
    payload: jsonb('payload').$type<JsonObject>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.seq] }), aboutOne('feed_subject_check', t)],
)

/** Where a tenant's feed ends, and where what is kept of it begins. Locking this row is what makes one writer at a time. */
export const feedHeads = pgTable('feed_heads', {
  tenantId: tenantId().primaryKey(),
  lastSeq: bigint('last_seq', { mode: 'bigint' }).notNull().default(sql`0`),
  /** The oldest seq still kept; a cursor before first_seq - 1 has a gap. */
  firstSeq: bigint('first_seq', { mode: 'bigint' }).notNull().default(sql`1`),
})

/** The instant at which a profile's labels or segments can change without any new event. */
export const timers = pgTable(
  'timers',
  {
    tenantId: tenantId(),
    profileId: uuid('profile_id').notNull(),
    dueAt: instant('due_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.profileId] }), index('timers_by_due').on(t.dueAt)],
)

/** The same of accounts. */
export const accountTimers = pgTable(
  'account_timers',
  {
    tenantId: tenantId(),
    accountId: uuid('account_id').notNull(),
    dueAt: instant('due_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.accountId] }), index('account_timers_by_due').on(t.dueAt)],
)

/** How far a long walk over a tenant's people has come, so that it resumes after a crash and its progress can be seen. */
export const backfills = pgTable(
  'backfills',
  {
    tenantId: tenantId(),
    /** 'segment', 'label', or 'recompute' (with the tenant's id as definition_id). */
    kind: text('kind').notNull(),
    definitionId: uuid('definition_id').notNull(),
    /** The definition's version that is being filled in; another one starts from the beginning. */
    version: integer('version').notNull(),
    /** What the next chunk comes after; null at the beginning. */
    position: jsonb('position').$type<Json>(),
    done: bigint('done', { mode: 'bigint' }).notNull().default(sql`0`),
    /** An estimate, made at the start. */
    total: bigint('total', { mode: 'bigint' }).notNull().default(sql`0`),
    startedAt: instant('started_at').notNull().default(sql`now()`),
    updatedAt: updatedAt(),
    finishedAt: instant('finished_at'),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.kind, t.definitionId] })],
)
