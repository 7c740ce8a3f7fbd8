/** Whether a call comes from who holds the secret. Every comparison takes the same time, right or wrong. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { SECOND } from '../../config.ts'
import type { WebhookRow } from '../../db/sql/webhook-of.ts'

/** So old may a signed instant be, and so far ahead: a call that somebody has recorded is worth nothing later. */
const TOLERANCE_S = 300

export type Headers = Record<string, string>

/** `uris`: what the caller may have called us, as far as we can know behind a proxy. */
export type Call = { headers: Headers; body: Buffer; now: number; uris: string[] }

type Scheme = {
  isGenuine(webhook: WebhookRow, call: Call): boolean
  /** What stays the same when the caller tries again; null when only the body can tell. */
  deliveryId(headers: Headers, body: unknown): string | null
}

const hmac = (secret: string | Buffer, ...parts: (string | Buffer)[]): Buffer => {
  const hash = createHmac('sha256', secret)
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function isEqual(expected: Buffer, given: string, encoding: 'hex' | 'base64'): boolean {
  const bytes = Buffer.from(given, encoding)
  return bytes.length === expected.length && timingSafeEqual(bytes, expected)
}

const isFresh = (seconds: string | undefined, now: number) =>
  /^\d{1,12}$/.test(seconds ?? '') && Math.abs(now / SECOND - Number(seconds)) <= TOLERANCE_S

/** These, and no others, are signed unescaped. */
const unescapedUri = (uri: string) =>
  uri.replace(/%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi, (escape) => decodeURIComponent(escape))

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null)

export const schemes: Record<WebhookRow['verify'], Scheme> = {
  // https://shopify.dev/docs/apps/build/webhooks/subscribe/https
  shopify: {
    isGenuine: ({ secret }, { headers, body }) =>
      isEqual(hmac(secret, body), headers['x-shopify-hmac-sha256'] ?? '', 'base64'),
    deliveryId: (headers) => text(headers['x-shopify-webhook-id']),
  },
  // https://docs.stripe.com/webhooks#verify-manually. While a secret is being changed there are several v1.
  stripe: {
    isGenuine({ secret }, { headers, body, now }) {
      const pairs = (headers['stripe-signature'] ?? '')
        .split(',')
        .map((pair) => pair.trim().split('=', 2) as [string, string])
      const at = pairs.find(([name]) => name === 't')?.[1]
      if (!isFresh(at, now)) return false
      const expected = hmac(secret, `${at}.`, body)
      return pairs.some(([name, value]) => name === 'v1' && isEqual(expected, value ?? '', 'hex'))
    },
    deliveryId: (_headers, body) => text((body as { id?: unknown } | null)?.id),
  },
  // https://developers.hubspot.com/docs/api/webhooks/validating-requests, version 3. The instant is in milliseconds.
  hubspot: {
    isGenuine({ secret }, { headers, body, now, uris }) {
      const at = headers['x-hubspot-request-timestamp'] ?? ''
      if (!/^\d{1,15}$/.test(at) || Math.abs(now - Number(at)) > TOLERANCE_S * SECOND) return false
      const given = headers['x-hubspot-signature-v3'] ?? ''
      return uris.some((uri) => isEqual(hmac(secret, 'POST', unescapedUri(uri), body, at), given, 'base64'))
    },
    // Nothing names a delivery but its events, which are as they were but for the count of attempts.
    deliveryId: (_headers, body) =>
      Array.isArray(body) && body.length > 0
        ? createHash('sha256')
            .update(JSON.stringify(body, (key, value: unknown) => (key === 'attemptNumber' ? undefined : value)))
            .digest('hex')
        : null,
  },
  // https://www.standardwebhooks.com
  standard: {
    isGenuine({ secret }, { headers, body, now }) {
      const { 'webhook-id': id = '', 'webhook-timestamp': at = '', 'webhook-signature': signatures = '' } = headers
      if (!isFresh(at, now)) return false
      const expected = hmac(Buffer.from(secret.replace(/^whsec_/, ''), 'base64'), `${id}.${at}.`, body)
      return signatures.split(' ').some((one) => one.startsWith('v1,') && isEqual(expected, one.slice(3), 'base64'))
    },
    deliveryId: (headers) => text(headers['webhook-id']),
  },
  // GitHub and many others: the HMAC of the body in a header, in hexadecimal or base64, often after "sha256=".
  hmac: {
    isGenuine({ secret, header }, { headers, body }) {
      const given = (headers[(header ?? 'x-signature').toLowerCase()] ?? '').replace(/^sha256=/, '')
      return isEqual(hmac(secret, body), given, /^[0-9a-f]{64}$/i.test(given) ? 'hex' : 'base64')
    },
    deliveryId: (headers) =>
      text(headers['x-github-delivery']) ?? text(headers['x-webhook-id']) ?? text(headers['x-request-id']),
  },
}
