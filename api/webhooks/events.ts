import type { WebhookRow } from '../../db/sql/webhook-of.ts'
import { KithError } from '../../errors.ts'
import { runMapping } from './mapping.ts'
import { type Headers, schemes } from './verify.ts'

/**
 * The events that a webhook's mapping makes of a call, each with a message id that is the same when the call is repeated.
 * Throws BODY_UNREADABLE or MAPPING_FAILED.
 */
export async function eventsOf(
  { verify, mapping, source_id: sourceId }: Pick<WebhookRow, 'verify' | 'mapping' | 'source_id'>,
  headers: Headers,
  text: string,
): Promise<unknown[]> {
  const body = parse(text)
  const events = await runMapping(mapping, { body, headers })
  const deliveryId = schemes[verify].deliveryId(headers, body)
  if (deliveryId === null) return events
  return events.map((event, index) => {
    const isObject = typeof event === 'object' && event !== null && !Array.isArray(event)
    return isObject ? { messageId: `${sourceId}:${deliveryId}:${index}`, ...event } : event
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new KithError('BODY_UNREADABLE', `Expected JSON. ${(error as Error).message}`)
  }
}
