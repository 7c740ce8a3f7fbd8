import type { WebhookRow } from '../../db/sql/webhook-of.ts'
import { KithError } from '../../errors.ts'
import { type Delivery, named } from '../ingest/together.ts'
import { runMapping } from './mapping.ts'
import { routed } from './router.ts'
import { type Headers, schemes } from './verify.ts'

type Mapped = Pick<WebhookRow, 'tenant_id' | 'verify' | 'mapping' | 'source_id'>

/**
 * What a webhook's mapping makes of a call: events, each with a message id that is the same when the call is repeated, and
 * records. Throws BODY_UNREADABLE or MAPPING_FAILED.
 */
export async function deliveryOf(
  { tenant_id: tenantId, verify, mapping, source_id: sourceId }: Mapped,
  headers: Headers,
  text: string,
): Promise<Delivery> {
  const body = parseJson(text)
  const { events, records } = routed(await runMapping(tenantId, mapping, { body, headers }))
  const deliveryId = schemes[verify].deliveryId(headers, body)
  if (deliveryId === null) return { key: null, events, records }
  const key = `${sourceId}:${deliveryId}`
  return { key, events: named(events, key), records }
}

/** What may be a number that no double holds: JSON.parse would round it, or make infinity of it, and the mapping's process null. */
const MAYBE_INEXACT = /\d{16}|\d[eE]\+?\d{3}/

/** What a mapping reads. An integer beyond 2^53 is its digits, as text: rounded, the ids of two would be one. Throws BODY_UNREADABLE. */
export function parseJson(text: string): unknown {
  try {
    return MAYBE_INEXACT.test(text) ? JSON.parse(text, exact) : JSON.parse(text)
  } catch (error) {
    throw new KithError('BODY_UNREADABLE', `Expected JSON. ${(error as Error).message}`)
  }
}

function exact(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  if (!Number.isFinite(value)) throw new RangeError('Found a number beyond 1.8e308.')
  const said = context!.source!
  return /^-?\d+$/.test(said) ? said : value
}
