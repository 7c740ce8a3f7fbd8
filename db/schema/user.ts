import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  doublePrecision,
  foreignKey,
  index,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { createdAt, id, instant, tenantId } from './columns.ts'
import { ops } from './ops.ts'

/** Somebody who signs in: one account on the whole platform. What they are in a tenant is team_members. */
export const users = ops.table(
  'users',
  {
    id: uuid('id').primaryKey().default(sql`uuidv7()`),
    /** In lower case. */
    email: text('email').notNull().unique(),
    /** See api/auth/password.ts; null for who comes by an identity provider. */
    password: text('password'),
    oidcIssuer: text('oidc_issuer'),
    oidcSubject: text('oidc_subject'),
    createdAt: createdAt(),
  },
  (t) => [
    unique().on(t.oidcIssuer, t.oidcSubject),
    check('users_email_check', sql`email = lower(btrim(email)) AND email LIKE '%_@_%'`),
  ],
)

/** What is left of the attempts to sign in; `subject` is a hash of an address, or of an address and a browser. */
export const signInAttempts = ops.table('sign_in_attempts', {
  subject: text('subject').primaryKey(),
  tokens: doublePrecision('tokens').notNull(),
  at: instant('at').notNull().default(sql`now()`),
  /** A browser that has signed in before. */
  device: boolean('device').notNull().default(false),
})

export const teamMembers = pgTable(
  'team_members',
  {
    tenantId: tenantId(),
    userId: uuid('user_id').notNull(),
    email: text('email').notNull(),
    name: text('name').notNull(),
    role: text('role').notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.userId] }),
    index('team_members_by_user').on(t.userId),
    check('team_members_role_check', sql`role IN ('owner', 'marketer', 'analyst', 'operator', 'developer')`),
  ],
)

/** One-time links: to join, or for somebody who is there, to choose a new password. */
export const invitations = pgTable(
  'invitations',
  {
    tenantId: tenantId(),
    id: id(),
    purpose: text('purpose').notNull(),
    email: text('email').notNull(),
    role: text('role'),
    /** SHA-256 of the token in the link. */
    hash: text('hash').notNull().unique(),
    invitedBy: uuid('invited_by'),
    createdAt: createdAt(),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
)

export const sessions = pgTable(
  'sessions',
  {
    tenantId: tenantId(),
    id: id(),
    userId: uuid('user_id').notNull(),
    /** SHA-256 of the token in the cookie. */
    hash: text('hash').notNull().unique(),
    /** What it called itself. */
    browser: text('browser'),
    createdAt: createdAt(),
    seenAt: instant('seen_at').notNull().default(sql`now()`),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('sessions_by_user').on(t.tenantId, t.userId),
    foreignKey({
      columns: [t.tenantId, t.userId],
      foreignColumns: [teamMembers.tenantId, teamMembers.userId],
    }).onDelete('cascade'),
  ],
)
