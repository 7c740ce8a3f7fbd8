/** Accounts, sessions, links and attempts. Of tokens only the SHA-256 comes here. */
import type { Client, Transaction } from '../client.ts'

export type UserRow = { id: string; email: string; password: string | null; oidc_subject: string | null }
export type TenantOfUser = { tenant_id: string; slug: string; name: string; role: string }
export type SessionRow = { tenant_id: string; session_id: string; user_id: string; email: string; role: string }
export type InvitationRow = {
  tenant_id: string
  id: string
  tenant_name: string
  purpose: 'join' | 'password'
  email: string
  role: string | null
  user_id: string | null
  has_password: boolean
}

export async function userByEmail(sql: Client | Transaction, email: string): Promise<UserRow | undefined> {
  const [row] = await sql<UserRow[]>`SELECT id, email, password, oidc_subject FROM ops.users WHERE email = ${email}`
  return row
}

export async function userByOidc(sql: Client, issuer: string, subject: string): Promise<UserRow | undefined> {
  const [row] = await sql<UserRow[]>`
SELECT id, email, password, oidc_subject FROM ops.users WHERE oidc_issuer = ${issuer} AND oidc_subject = ${subject}`
  return row
}

/** Resolves to null when somebody has that address. */
export async function insertUser(
  sql: Client | Transaction,
  { email, password = null }: { email: string; password?: string | null },
): Promise<string | null> {
  const [row] = await sql<{ id: string }[]>`
INSERT INTO ops.users (email, password) VALUES (${email}, ${password}) ON CONFLICT (email) DO NOTHING RETURNING id`
  return row?.id ?? null
}

export function setPassword(sql: Client | Transaction, userId: string, password: string) {
  return sql`UPDATE ops.users SET password = ${password} WHERE id = ${userId}`
}

/**
 * From now on the identity provider says who this is. A password that was there before goes: nobody has vouched for whoever
 * chose it.
 */
export function linkOidc(sql: Client | Transaction, userId: string, issuer: string, subject: string) {
  return sql`
UPDATE ops.users SET oidc_issuer = ${issuer}, oidc_subject = ${subject}, password = NULL WHERE id = ${userId}`
}

export function endSessionsOf(sql: Client | Transaction, userId: string) {
  return sql`SELECT end_sessions_of(${userId})`
}

export function tenantsOf(sql: Client | Transaction, userId: string) {
  return sql<TenantOfUser[]>`SELECT tenant_id, slug, name, role FROM tenants_of(${userId})`
}

export async function sessionOf(sql: Client, hash: string): Promise<SessionRow | undefined> {
  const [row] = await sql<SessionRow[]>`SELECT tenant_id, session_id, user_id, email, role FROM session_of(${hash})`
  return row
}

export async function insertSession(
  sql: Transaction,
  session: { userId: string; hash: string; browser: string | null; days: number },
): Promise<string> {
  const [row] = await sql<[{ id: string }]>`
INSERT INTO sessions (user_id, hash, browser, expires_at)
VALUES (${session.userId}, ${session.hash}, ${session.browser}, now() + make_interval(days => ${session.days})) RETURNING id`
  return row.id
}

export function deleteSession(sql: Transaction, id: string) {
  return sql`DELETE FROM sessions WHERE id = ${id} RETURNING id`
}

export async function invitationOf(sql: Client, hash: string): Promise<InvitationRow | undefined> {
  const [row] = await sql<InvitationRow[]>`
SELECT tenant_id, id, tenant_name, purpose, email, role, user_id, has_password FROM invitation_of(${hash})`
  return row
}

export type NewInvitation = {
  purpose: 'join' | 'password'
  email: string
  role: string | null
  hash: string
  by: string | null
  hours: number
}

/** Of one purpose and address there is one link: an earlier one that is still open goes. */
export async function insertInvitation(sql: Transaction, invitation: NewInvitation): Promise<string> {
  const { purpose, email, role, hash, by, hours } = invitation
  await sql`DELETE FROM invitations WHERE purpose = ${purpose} AND email = ${email} AND used_at IS NULL`
  const [row] = await sql<[{ id: string }]>`
INSERT INTO invitations (purpose, email, role, hash, invited_by, expires_at)
VALUES (${purpose}, ${email}, ${role}, ${hash}, ${by}, now() + make_interval(hours => ${hours})) RETURNING id`
  return row.id
}

/** False when somebody was faster, or it is too late. */
export async function takeInvitation(sql: Transaction, id: string): Promise<boolean> {
  const taken = await sql`
UPDATE invitations SET used_at = now() WHERE id = ${id} AND used_at IS NULL AND expires_at > now() RETURNING id`
  return taken.length > 0
}

export function saveTeamMember(
  sql: Transaction,
  { userId, email, name, role }: { userId: string; email: string; name: string; role: string },
) {
  return sql`
INSERT INTO team_members (user_id, email, name, role) VALUES (${userId}, ${email}, ${name}, ${role})
ON CONFLICT (tenant_id, user_id) DO UPDATE SET role = EXCLUDED.role`
}

/** Takes one attempt; resolves to false when none is left. Atomic, however many ask at once. */
export async function takeAttempt(
  sql: Client,
  subject: string,
  { most, everyS }: { most: number; everyS: number },
): Promise<boolean> {
  const taken = await sql`
INSERT INTO ops.sign_in_attempts AS a (subject, tokens) VALUES (${subject}, ${most - 1})
ON CONFLICT (subject) DO UPDATE
SET tokens = least(${most}::float8, a.tokens + extract(epoch FROM now() - a.at) / ${everyS}::float8) - 1, at = now()
WHERE least(${most}::float8, a.tokens + extract(epoch FROM now() - a.at) / ${everyS}::float8) >= 1
RETURNING subject`
  return taken.length > 0
}

/** Whoever knew the password gets all attempts back; `device` remembers the browser. */
export function restoreAttempts(sql: Client, subject: string, { most, device }: { most: number; device: boolean }) {
  return sql`
INSERT INTO ops.sign_in_attempts (subject, tokens, device) VALUES (${subject}, ${most}, ${device})
ON CONFLICT (subject) DO UPDATE SET tokens = EXCLUDED.tokens, at = now()`
}

export async function isKnownDevice(sql: Client, subject: string): Promise<boolean> {
  return (await sql`SELECT FROM ops.sign_in_attempts WHERE subject = ${subject} AND device`).length > 0
}
