import type { Transaction } from '../../db/client.ts'

/**
 * One writer of a tenant's identity at a time, until its transaction ends: whatever interleaving is asked for, the result is
 * that of one after the other. The same lock as that of engine/react.ts, so that a caller who holds it already waits for
 * nobody. Resolves to the time after the lock was taken.
 */
export function lockIdentity(sql: Transaction, tenantId: string) {
  return sql<[{ now: string }]>`
SELECT clock_timestamp() AS now FROM pg_advisory_xact_lock(hashtextextended('kith react ' || ${tenantId}::text, 0))`
}
