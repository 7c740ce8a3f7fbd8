/**
 * How many events a second a tenant and a key may send, over all API processes together. A process takes a tenth of a
 * second's worth from Postgres at a time and spends it by itself, so that few requests wait for that; a limit is kept to
 * within so much per process. Nobody without a limit comes here at all.
 */
import { type Client, inTenant } from '../../db/client.ts'
import { leaseTokens } from '../../db/sql/lease-tokens.ts'
import { KithError } from '../../errors.ts'
import type { Viewer } from '../auth/viewer.ts'

const LEASES_PER_SECOND = 10
const MOST_REMEMBERED = 10_000

/** What this process holds of one limit. `refill` is under way for everybody who waits. */
type Purse = { tokens: number; emptyUntil: number; refill: Promise<void> | null }

export type Limiter = {
  /**
   * Rejects with RATE_LIMITED (429) when the tenant, or the key, has sent too much lately. Null where there is no limit.
   * `own`: the limit that the tenant has set itself, within the operator's.
   */
  admit(viewer: Viewer, events: number, own?: number | null): Promise<void> | null
}

/** `usual`: the limit of a tenant that has none of its own; 0 for none. */
export function createLimiter(sql: Client, usual: number): Limiter {
  const purses = new Map<string, Purse>()

  async function refill(purse: Purse, tenantId: string, subject: string, rate: number, events: number): Promise<void> {
    const want = Math.max(events, Math.ceil(rate / LEASES_PER_SECOND))
    const granted = await inTenant(sql, tenantId, (sql) => leaseTokens(sql, subject, rate, want))
    purse.tokens += granted
    // Empty: the same question in the next tenth of a second would have the same answer.
    if (granted === 0) purse.emptyUntil = performance.now() + 1000 / LEASES_PER_SECOND
  }

  async function take(tenantId: string, subject: string, rate: number, events: number): Promise<boolean> {
    const purse = purses.get(subject) ?? { tokens: 0, emptyUntil: 0, refill: null }
    purses.delete(subject) // so that the map stays in the order of use
    purses.set(subject, purse)
    if (purses.size > MOST_REMEMBERED) purses.delete(purses.keys().next().value!)
    while (purse.tokens < events) {
      if (purse.emptyUntil > performance.now()) return false
      purse.refill ??= refill(purse, tenantId, subject, rate, events).finally(() => (purse.refill = null))
      await purse.refill
    }
    purse.tokens -= events
    return true
  }

  async function check(
    { tenantId, keyId }: Viewer,
    keyRate: number,
    tenantRate: number,
    events: number,
  ): Promise<void> {
    if (keyRate > 0 && !(await take(tenantId, keyId, keyRate, events))) throw limited('This key', keyRate)
    if (tenantRate > 0 && !(await take(tenantId, tenantId, tenantRate, events)))
      throw limited('This tenant', tenantRate)
  }

  return {
    admit(viewer, events, own = null) {
      const given = viewer.limits?.tenant ?? usual
      const tenantRate = own === null ? given : given === 0 ? own : Math.min(given, own)
      const keyRate = viewer.limits?.key ?? 0
      return tenantRate + keyRate === 0 ? null : check(viewer, keyRate, tenantRate, events)
    },
  }
}

function limited(who: string, rate: number): KithError {
  return new KithError(
    'RATE_LIMITED',
    `${who} may send ${rate} events a second; it has sent more. Send these again later.`,
    {
      status: 429,
      details: { eventsPerSecond: rate, retryAfterS: 1 },
    },
  )
}
