/** Signing in, joining by a link, changing tenants: what people do before, and beside, what they may. */
import { randomBytes } from 'node:crypto'
import { config } from '../../config.ts'
import { type Actor, type Client, inTenant, type Transaction } from '../../db/client.ts'
import { sha256 } from '../../db/secret.ts'
import {
  deleteSession,
  endSessionsOf,
  insertSession,
  insertUser,
  type InvitationRow,
  invitationOf,
  isKnownDevice,
  restoreAttempts,
  saveTeamMember,
  setPassword,
  takeAttempt,
  takeInvitation,
  tenantsOf,
  userByEmail,
} from '../../db/sql/users.ts'
import { KithError } from '../../errors.ts'
import { requestIds } from '../errors.ts'
import { isDemoAccount, isLoopback } from './demo.ts'
import { checkPassword, hashPassword, isPassword } from './password.ts'

const TOKEN_BYTES = 32
/** So many wrong passwords in a row, and then one in half a minute. */
const ATTEMPTS = { most: 10, everyS: 30 }
const LONGEST = { email: 254, name: 100, browser: 300 }

export type Session = { token: string; tenantId: string }

export const newToken = () => randomBytes(TOKEN_BYTES).toString('base64url')

/** As it is kept: without blanks around it, in lower case. Throws INPUT_INVALID. */
export function emailOf(given: string): string {
  const email = given.trim().toLowerCase()
  if (email.length <= LONGEST.email && /^[^\s@]+@[^\s@]+$/.test(email)) return email
  throw new KithError('INPUT_INVALID', 'Expected an e-mail address.')
}

export function nameOf(given: string | undefined, email: string): string {
  return (given ?? '').trim().slice(0, LONGEST.name) || email.split('@')[0]!
}

export type Credentials = { email: string; password: string }
/** The browser: what it calls itself, and the token it was given when somebody signed in with it. */
export type Browser = { name: string | null; device: string | null }

/**
 * Throws CREDENTIALS_WRONG, RATE_LIMITED or NOT_A_MEMBER. Attempts are counted per address; those from a browser that has signed
 * in with it before are counted by themselves, so that whoever tries a stranger's address cannot keep its owner out.
 */
export async function signIn(sql: Client, credentials: Credentials, browser: Browser): Promise<Session> {
  const email = emailOf(credentials.email)
  const userId = await provePassword(sql, { email, password: credentials.password }, browser.device)
  return startSession(sql, { id: userId, email }, browser)
}

async function provePassword(sql: Client, { email, password }: Credentials, device: string | null): Promise<string> {
  const byDevice = device ? sha256(`device ${email} ${device}`) : null
  const known = byDevice !== null && (await isKnownDevice(sql, byDevice))
  const subject = known ? byDevice : sha256(`email ${email}`)
  if (!(await takeAttempt(sql, subject, ATTEMPTS))) {
    throw new KithError('RATE_LIMITED', `Too many attempts; try again in ${ATTEMPTS.everyS} seconds.`, {
      status: 429,
      details: { retryAfterS: ATTEMPTS.everyS },
    })
  }
  const user = isDemoAccount(email) && !isLoopback(config.HOST) ? undefined : await userByEmail(sql, email)
  if (!(await isPassword(password, user?.password)) || !user) {
    throw new KithError('CREDENTIALS_WRONG', 'Expected the e-mail address and password of an account.', { status: 401 })
  }
  await restoreAttempts(sql, subject, { most: ATTEMPTS.most, device: known })
  if (byDevice && !known) await restoreAttempts(sql, byDevice, { most: ATTEMPTS.most, device: true })
  return user.id
}

type User = { id: string; email: string }

/** In the tenant asked for, or the first of theirs. */
export async function startSession(
  sql: Client,
  user: User,
  browser: Pick<Browser, 'name'>,
  wanted?: string,
): Promise<Session> {
  const tenants = await tenantsOf(sql, user.id)
  const tenant = wanted === undefined ? tenants[0] : tenants.find(({ tenant_id }) => tenant_id === wanted)
  if (!tenant) {
    throw new KithError('NOT_A_MEMBER', 'You belong to no such tenant; ask its owner to invite you.', { status: 403 })
  }
  const token = newToken()
  const session = {
    userId: user.id,
    hash: sha256(token),
    browser: browser.name?.slice(0, LONGEST.browser) ?? null,
    days: config.SESSION_DAYS,
  }
  await inTenant(sql, tenant.tenant_id, (tx) => insertSession(tx, session), actor(user))
  return { token, tenantId: tenant.tenant_id }
}

export async function endSession(sql: Client, tenantId: string, sessionId: string, user: User): Promise<void> {
  await inTenant(sql, tenantId, (tx) => deleteSession(tx, sessionId), actor(user))
}

/** For the one who takes the link. Throws LINK_EXPIRED. */
export async function readLink(sql: Client, token: string): Promise<InvitationRow> {
  const link = await invitationOf(sql, sha256(token))
  if (!link) throw linkExpired()
  return link
}

const linkExpired = () =>
  new KithError('LINK_EXPIRED', 'This link was used, withdrawn or too old; ask for a new one.', { status: 410 })

export type Taking = { token: string; password: string; name?: string }

/**
 * Joins a tenant, or sets a new password, by a one-time link. Whoever has an account proves it with its own password: a link
 * that another tenant's owner made must not open it. Throws LINK_EXPIRED, CREDENTIALS_WRONG, PASSWORD_WEAK or OIDC_ONLY.
 */
export async function takeLink(sql: Client, { token, password, name }: Taking, browser: Browser): Promise<Session> {
  const link = await readLink(sql, token)
  const { email, tenant_id: tenantId } = link
  const isNew = link.user_id === null
  if (link.purpose === 'join' && !isNew && !link.has_password) {
    throw new KithError(
      'OIDC_ONLY',
      'This account has no password; sign in by your identity provider, and you have joined.',
    )
  }
  let hash: string | undefined
  if (link.purpose === 'password' || isNew) {
    checkPassword(password, email)
    hash = await hashPassword(password)
  } else {
    await provePassword(sql, { email, password }, browser.device)
  }
  const userId = await inTenant(
    sql,
    tenantId,
    async (tx) => {
      if (!(await takeInvitation(tx, link.id))) return null
      if (link.purpose === 'password' && !(await isTheirsToOpen(tx, link))) throw linkExpired()
      const id = link.user_id ?? (await insertUser(tx, { email, password: hash }))
      if (id === null) throw new KithError('CONFLICT', 'This account has just been made; try again.', { status: 409 })
      if (link.purpose === 'join')
        await saveTeamMember(tx, { userId: id, email, name: nameOf(name, email), role: link.role! })
      else {
        await setPassword(tx, id, hash!)
        await endSessionsOf(tx, id)
      }
      return id
    },
    { kind: 'user', name: email, id: link.user_id ?? undefined, request: requestIds.getStore() },
  )
  if (userId === null) throw linkExpired()
  return startSession(sql, { id: userId, email }, browser, tenantId)
}

/** An account is its tenant's to open while it is of no other; whoever runs Kith, and so is nobody in a tenant, may open any. */
async function isTheirsToOpen(tx: Transaction, { id, tenant_id, user_id }: InvitationRow): Promise<boolean> {
  const [link] = await tx<{ invited_by: string | null }[]>`SELECT invited_by FROM invitations WHERE id = ${id}`
  if (link!.invited_by === null || user_id === null) return true
  const tenants = await tenantsOf(tx, user_id)
  return tenants.length === 1 && tenants[0]!.tenant_id === tenant_id
}

/** One's own password. Ends every session, also the one that asks; resolves to a new one. */
export async function changePassword(
  sql: Client,
  user: User & { tenantId: string },
  { current, next }: { current: string; next: string },
  browser: Browser,
): Promise<Session> {
  await provePassword(sql, { email: user.email, password: current }, browser.device)
  checkPassword(next, user.email)
  const hash = await hashPassword(next)
  await sql.begin(async (tx) => {
    await setPassword(tx as never, user.id, hash)
    await endSessionsOf(tx as never, user.id)
  })
  return startSession(sql, user, browser, user.tenantId)
}

export function actor(user: User): Actor {
  return { kind: 'user', id: user.id, name: user.email, request: requestIds.getStore() }
}
