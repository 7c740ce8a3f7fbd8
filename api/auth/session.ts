/**
 * The session of somebody who has signed in: a random token in a cookie that no script can read and that no other site's
 * request carries. It counts only beside the header `kith-session`, which a page of another origin cannot send without being
 * asked first, and is never allowed to (cors.ts); so a request that a foreign page provokes is nobody's. A WebSocket, which takes
 * no header from a page, is believed by its origin (live/websocket.ts).
 */
import type { IncomingMessage } from 'node:http'
import { config } from '../../config.ts'
import type { Client } from '../../db/client.ts'
import { sessionOf } from '../../db/sql/users.ts'
import { authenticate, lookUpOnce } from './authenticate.ts'
import { keyOf } from './credentials.ts'
import { isDemoAccount, isLoopback } from './demo.ts'
import { permissionsOfRole, type Role } from './permissions.ts'
import type { Viewer } from './viewer.ts'

export const SESSION_COOKIE = 'kith_session'
export const SESSION_HEADER = 'kith-session'

type Headers = { get(name: string): string | null }

/** By the key, if there is one, and by the session otherwise. */
export function viewerOf(
  sql: Client,
  headers: Headers,
  options?: Parameters<typeof authenticate>[2],
): Promise<Viewer | null> {
  const authorization = headers.get('authorization')
  if (authorization !== null) return authenticate(sql, keyOf(authorization), options)
  const token = sessionToken(headers)
  return token ? viewerOfSession(sql, token) : Promise.resolve(null)
}

/** Whether no page of another origin can have sent it. */
export function isFromOwnPage(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site')
  return headers.get(SESSION_HEADER) !== null && (site === null || site === 'same-origin')
}

/** The token of the cookie; null where it does not count. */
export function sessionToken(headers: Headers): string | null {
  return isFromOwnPage(headers) ? cookieOf(headers, SESSION_COOKIE) : null
}

/** A session that was ended, or a role that was changed, is noticed within two seconds. */
export function viewerOfSession(sql: Client, token: string): Promise<Viewer | null> {
  return lookUpOnce(sql, 'session', token, async (hash) => {
    const row = await sessionOf(sql, hash)
    if (!row || (isDemoAccount(row.email) && !isLoopback(config.HOST))) return null
    const role = row.role as Role
    return {
      tenantId: row.tenant_id,
      keyId: row.user_id,
      sourceId: null,
      permissions: permissionsOfRole(role),
      user: { id: row.user_id, email: row.email, role, sessionId: row.session_id },
    }
  })
}

export function headersOf({ headers }: IncomingMessage): Headers {
  return {
    get(name) {
      const value = headers[name.toLowerCase()]
      return value === undefined ? null : String(value)
    },
  }
}

export function cookieOf(headers: Headers, name: string): string | null {
  for (const pair of (headers.get('cookie') ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim() || null
  }
  return null
}

export type CookieOptions = { maxAgeS: number; path?: string; sameSite?: 'Strict' | 'Lax' }

/** Secure wherever the browser speaks TLS, to us or to what stands before us. */
export function cookie(request: IncomingMessage, name: string, value: string, options: CookieOptions): string {
  const { maxAgeS, path = '/', sameSite = 'Strict' } = options
  const secure =
    request.headers['x-forwarded-proto'] === 'https' || config.PUBLIC_URL?.startsWith('https:') ? '; Secure' : ''
  return `${name}=${value}; Path=${path}; Max-Age=${maxAgeS}; HttpOnly; SameSite=${sameSite}${secure}`
}
