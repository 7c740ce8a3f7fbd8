import type { WebhookRow } from '../../db/sql/webhook-of.ts'
import { KithError } from '../../errors.ts'
import { type Delivery, named } from '../ingest/together.ts'
import { runMapping } from './mapping.ts'
import { routed } from './router.ts'
import { type Headers, schemes } from './verify.ts'

/**
 * What a webhook's mapping makes of a call: events, each with a message id that is the same when the call is repeated, and
 * records. Throws BODY_UNREADABLE or MAPPING_FAILED.
 */
export async function deliveryOf(
  { verify, mapping, source_id: sourceId }: Pick<WebhookRow, 'verify' | 'mapping' | 'source_id'>,
  headers: Headers,
  text: string,
): Promise<Delivery> {
  const body = parseJson(text)
  const { events, records } = routed(await runMapping(mapping, { body, headers }))
  const deliveryId = schemes[verify].deliveryId(headers, body)
  if (deliveryId === null) return { key: null, events, records }
  const key = `${sourceId}:${deliveryId}`
  return { key, events: named(events, key), records }
}

/** Throws BODY_UNREADABLE. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new KithError('BODY_UNREADABLE', `Expected JSON. ${(error as Error).message}`)
  }
}
