import type { Transaction } from '../db/client.ts'

/**
 * One writer of computed state per tenant: whoever resolves, evaluates or merges takes this first, and it is held until
 * the transaction ends; whoever holds it already waits for nobody. Each statement that follows sees everything that earlier
 * holders committed. On the wire when this returns (a query of postgres.js otherwise waits until it is awaited), so that
 * what is asked next comes after it. Resolves to the time after the lock was taken.
 */
export function lockTenant(sql: Transaction, tenantId: string) {
  return sql<[{ now: string }]>`
SELECT clock_timestamp() AS now FROM pg_advisory_xact_lock(hashtextextended('kith react ' || ${tenantId}::text, 0))`.execute()
}
