import { createHash } from 'node:crypto'

/**
 * Whether a person is within a sample of so many in a hundred: the same answer for the same identifier, in every process and
 * for every behavior, so that a funnel over two sampled behaviors sees the same people; and whoever is in a sample is in each
 * larger one.
 */
export function isSampled(tenantId: string, person: string, percent: number): boolean {
  if (percent >= 100) return true
  const hash = createHash('sha256').update(`${tenantId} ${person}`).digest()
  return hash.readUInt32BE(0) / 2 ** 32 < percent / 100
}
