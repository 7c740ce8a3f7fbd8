/** What became of a call, beside the answer: told to who sets the webhook up. Never a reason to fail the call. */
import { SECOND } from '../../config.ts'
import { type Client, inTenant } from '../../db/client.ts'
import type { WebhookRow } from '../../db/sql/webhook-of.ts'
import { insertDelivery, type NewDelivery } from '../../db/sql/webhooks.ts'
import { log } from '../../log.ts'

/** Anybody can call with a wrong signature; one a second says it all. */
const UNSIGNED_EVERY_MS = SECOND
const MOST_REMEMBERED = 10_000
const lastUnsigned = new Map<string, number>()

export function noteDelivery(sql: Client, { tenant_id, source_id }: WebhookRow, delivery: NewDelivery): void {
  if (delivery.code === 'SIGNATURE_WRONG' && !isDue(source_id)) return
  inTenant(sql, tenant_id, (sql) => insertDelivery(sql, source_id, delivery)).catch((error: Error) =>
    log.warn('delivery not noted', { source: source_id, error: error.message }),
  )
}

function isDue(sourceId: string): boolean {
  const now = performance.now()
  const last = lastUnsigned.get(sourceId)
  if (last !== undefined && now - last < UNSIGNED_EVERY_MS) return false
  if (lastUnsigned.size >= MOST_REMEMBERED) lastUnsigned.clear()
  lastUnsigned.set(sourceId, now)
  return true
}
