/** A million small events, the same every time, in each form that a door takes. */

export type SmallEvent = { messageId: string; userId: string; event: string; timestamp: string; properties: string }

export const NAMES = ['Page Viewed', 'Product Viewed', 'Product Added', 'Checkout Started', 'Order Completed']
const START = Date.UTC(2026, 10, 17)
const SPAN_MS = 7 * 86_400_000

export function smallEvent(n: number, of: number): SmallEvent {
  return {
    messageId: `m-${(n * 2654435761) % 4294967296}-${n}`,
    userId: `user-${(n * 7919) % Math.max(10, of / 20)}`,
    event: NAMES[n % NAMES.length]!,
    timestamp: new Date(START + Math.floor((n / of) * SPAN_MS)).toISOString(),
    properties: `{"path":"/p/${n % 997}","price":${(n % 9000) / 100}}`,
  }
}

/** As Segment's SDKs write it. */
export function asJson(event: SmallEvent): string {
  const { messageId, userId, event: name, timestamp, properties } = event
  return `{"type":"track","event":"${name}","userId":"${userId}","messageId":"${messageId}","timestamp":"${timestamp}","properties":${properties}}`
}

/** A line of COPY (tenant_id, name, user_id, message_id, occurred_at, properties). Nothing in it needs escaping. */
export function asCopy(event: SmallEvent, tenantId: string): string {
  return [tenantId, event.event, event.userId, event.messageId, event.timestamp, event.properties].join('\t')
}
