/**
 * The demo's keys are public, so where they work they must open nothing to others: neither on an address that others reach, nor
 * to a page of theirs that the browser of this machine happens to show, which may send requests to localhost like any other.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { KithError } from '../../errors.ts'
import { ROLES } from './permissions.ts'

/** Everybody can read these in our README. */
const DEMO_KEYS = new Set(['demo-write', 'demo-read', 'demo-admin'])

/** One person per role; everybody can read their passwords here and on the page for signing in. */
export const DEMO_ACCOUNTS = ROLES.map((role) => ({
  role,
  email: `${role}@demo.example`,
  name: `Demo ${role}`,
  password: `demo-${role}`,
}))

export function isDemoAccount(email: string): boolean {
  return DEMO_ACCOUNTS.some((account) => account.email === email)
}

export function isDemoKey(key: string): boolean {
  return DEMO_KEYS.has(key)
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** Throws DEMO_ELSEWHERE for a demo key that comes from a page of elsewhere, or for a host by a name that is not loopback's. */
export function keepDemoHere(key: string, headers: IncomingHttpHeaders): void {
  if (isDemoKey(key)) refuseElsewhere(headers)
}

/** Whether the request comes from this machine, by a name of its own, and from no page of elsewhere. */
export function isFromHere({ origin, host }: IncomingHttpHeaders): boolean {
  const named = [origin, host === undefined ? undefined : `http://${host}`].filter((url) => url !== undefined)
  return named.every((url) => URL.canParse(url) && isLoopback(new URL(url).hostname))
}

/** Throws DEMO_ELSEWHERE. */
export function refuseElsewhere(headers: IncomingHttpHeaders): void {
  const { origin, host } = headers
  if (isFromHere(headers)) return
  throw new KithError(
    'DEMO_ELSEWHERE',
    `Expected the demo to be used from this machine; found a page of ${origin ?? host}. Its keys and passwords are public: use a tenant of your own (npm run tenant).`,
    { status: 403 },
  )
}
