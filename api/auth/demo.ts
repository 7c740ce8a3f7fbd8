/**
 * The demo's keys are public, so where they work they must open nothing to others: neither on an address that others reach, nor
 * to a page of theirs that the browser of this machine happens to show, which may send requests to localhost like any other.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { KithError } from '../../errors.ts'

/** Everybody can read these in our README. */
const DEMO_KEYS = new Set(['demo-write', 'demo-read', 'demo-admin'])

export function isDemoKey(key: string): boolean {
  return DEMO_KEYS.has(key)
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** Throws DEMO_ELSEWHERE for a demo key that comes from a page of elsewhere, or for a host by a name that is not loopback's. */
export function keepDemoHere(key: string, { origin, host }: IncomingHttpHeaders): void {
  if (!isDemoKey(key)) return
  const named = [origin, host === undefined ? undefined : `http://${host}`].filter((url) => url !== undefined)
  if (named.every((url) => URL.canParse(url) && isLoopback(new URL(url).hostname))) return
  throw new KithError(
    'DEMO_ELSEWHERE',
    `Expected a demo key to come from this machine; found a page of ${origin ?? host}. Its keys are public: use a tenant of your own (npm run tenant).`,
    { status: 403 },
  )
}
