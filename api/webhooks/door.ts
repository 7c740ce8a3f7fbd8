/** POST /v1/webhooks/<source id>: a third party tells what happened, in its own words. */
import type { IncomingMessage } from 'node:http'
import type { Config } from '../../config.ts'
import type { Client } from '../../db/client.ts'
import { type WebhookRow, webhookOf } from '../../db/sql/webhook-of.ts'
import { KithError } from '../../errors.ts'
import { permissionsOfScopes } from '../auth/permissions.ts'
import type { Viewer } from '../auth/viewer.ts'
import { readBody, textOf, unreadBody } from '../ingest/body.ts'
import { Refusal, type RefusalCode } from '../ingest/refusal.ts'
import type { Outcome, Writer } from '../ingest/writer.ts'
import { isUuid } from '../noun/id.ts'
import { deliveryOf } from './delivery.ts'
import { refuseWhenMapping } from './mapping.ts'
import { noteDelivery } from './note.ts'
import { type Headers, schemes } from './verify.ts'

/** What proves who calls is not the mapping's business. */
const SECRET_HEADERS = /^(authorization|cookie|.*signature.*|.*hmac.*)$/

export type WebhookOutcome = Outcome & { records?: number }

/** The source in the path; null for other paths. */
export function webhookSource(url = ''): string | null {
  const [, id] = /^\/+v1\/+webhooks\/+([^/?]+)\/*(?:\?|$)/.exec(url) ?? []
  return id ?? null
}

/**
 * Resolves when the events and records that the mapping made are committed. What cannot be read or mapped, or gives one event
 * that is refused, is kept as it came, to be mapped anew when somebody has mended the mapping, and answered with 200 none the less: calling again would not make it better, and many callers give up on who
 * refuses.
 */
export async function takeWebhook(
  { sql, writer, config }: { sql: Client; writer: Writer; config: Pick<Config, 'MAX_BODY_BYTES'> },
  request: IncomingMessage,
  sourceId: string,
): Promise<WebhookOutcome> {
  const webhook = isUuid(sourceId) ? await webhookOf(sql, sourceId) : undefined
  const body = webhook ? await readBody(request, config.MAX_BODY_BYTES) : Buffer.alloc(0)
  const headers = headersOf(request)
  // A source that does not exist is told nothing else than a wrong signature.
  const call = { headers, body, now: Date.now(), uris: urisOf(request) }
  if (!webhook || !schemes[webhook.verify].isGenuine(webhook, call)) {
    if (webhook) noteDelivery(sql, webhook, { code: 'SIGNATURE_WRONG' })
    throw new KithError('SIGNATURE_WRONG', 'Expected a signature made with the secret of this webhook.', {
      status: 401,
    })
  }
  refuseWhenMapping(webhook.tenant_id)
  const outcome = await take(writer, webhook, headers, body)
  noteDelivery(sql, webhook, { ...outcome, ...outcome.dead[0], dead: outcome.dead.length })
  return outcome
}

async function take(writer: Writer, webhook: WebhookRow, headers: Headers, body: Buffer): Promise<WebhookOutcome> {
  const viewer = viewerOf(webhook)
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET_HEADERS.test(name)))
  try {
    const delivery = await deliveryOf(webhook, kept, textOf(body))
    if (delivery.records.length === 0) {
      const { events } = delivery
      return await (events.length === 1
        ? writer.writeOne(viewer, 'webhook', events[0])
        : writer.write(viewer, 'webhook', events))
    }
    return { ...(await writer.writeTogether(viewer, 'webhook', delivery)), dead: [] }
  } catch (error) {
    if (!isAboutThePayload(error)) throw error
    const letter = { code: error.code as RefusalCode, reason: error.message }
    const payload = unreadBody(error) ?? body.toString('utf8')
    const of = error instanceof Refusal ? error : undefined
    const deadLetterId = await writer.bury(viewer, 'webhook', payload, letter.code, letter.reason, 'webhook', kept, of)
    return {
      stored: 0,
      deduplicated: 0,
      discarded: 0,
      unconsented: 0,
      dead: [{ index: 0, messageId: null, ...letter, deadLetterId }],
    }
  }
}

function isAboutThePayload(error: unknown): error is KithError | Refusal {
  if (error instanceof Refusal) return true
  return error instanceof KithError && (error.code === 'BODY_UNREADABLE' || error.code === 'MAPPING_FAILED')
}

function viewerOf({ tenant_id: tenantId, source_id: sourceId, tenant_rate: tenant }: WebhookRow): Viewer {
  return {
    tenantId,
    keyId: sourceId,
    sourceId,
    permissions: permissionsOfScopes(['write']),
    limits: { tenant, key: null },
  }
}

function headersOf({ headers }: IncomingMessage): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

/**
 * What is signed begins with whatever the caller calls us; behind a proxy only its headers tell. Who could forge those gains
 * nothing without the secret, and the path is ours.
 */
function urisOf({ headers, url }: IncomingMessage): string[] {
  const first = (name: string) =>
    String(headers[name] ?? '')
      .split(',')[0]!
      .trim()
  const host = first('x-forwarded-host') || first('host')
  return [...new Set([first('x-forwarded-proto'), 'https', 'http'])].map((scheme) => `${scheme}://${host}${url}`)
}
