/** POST /v1/webhooks/<source id>: a third party tells what happened, in its own words. */
import type { IncomingMessage } from 'node:http'
import type { Config } from '../../config.ts'
import type { Client } from '../../db/client.ts'
import { type WebhookRow, webhookOf } from '../../db/sql/webhook-of.ts'
import { KithError } from '../../errors.ts'
import type { Viewer } from '../auth/viewer.ts'
import { readBody } from '../ingest/body.ts'
import type { RefusalCode } from '../ingest/refusal.ts'
import type { Outcome, Writer } from '../ingest/writer.ts'
import { eventsOf } from './events.ts'
import { type Headers, schemes } from './verify.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** What proves who calls is not the mapping's business. */
const SECRET_HEADERS = /^(authorization|cookie|.*signature.*|.*hmac.*)$/

/** The source in the path; null for other paths. */
export function webhookSource(url = ''): string | null {
  const [, id] = /^\/+v1\/+webhooks\/+([^/?]+)\/*(?:\?|$)/.exec(url) ?? []
  return id ?? null
}

/**
 * Resolves when the events that the mapping made are committed. What cannot be read or mapped is kept as a dead letter, and
 * answered with 200 none the less: calling again would not make it better, and many callers give up on who refuses.
 */
export async function takeWebhook(
  { sql, writer, config }: { sql: Client; writer: Writer; config: Pick<Config, 'MAX_BODY_BYTES'> },
  request: IncomingMessage,
  sourceId: string,
): Promise<Outcome> {
  const webhook = UUID.test(sourceId) ? await webhookOf(sql, sourceId) : undefined
  const bytes = webhook ? await readBody(request, config.MAX_BODY_BYTES) : Buffer.alloc(0)
  const headers = headersOf(request)
  // A source that does not exist is told nothing else than a wrong signature.
  if (!webhook || !schemes[webhook.verify].isGenuine(webhook, headers, bytes, Date.now())) {
    throw new KithError('SIGNATURE_WRONG', 'Expected a signature made with the secret of this webhook.', {
      status: 401,
    })
  }
  const viewer = viewerOf(webhook)
  const text = bytes.toString('utf8')
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET_HEADERS.test(name)))
  try {
    return await writer.write(viewer, 'webhook', await eventsOf(webhook, kept, text))
  } catch (error) {
    if (!isAboutThePayload(error)) throw error
    const letter = { code: error.code as RefusalCode, reason: error.message }
    const deadLetterId = await writer.bury(viewer, 'webhook', text, letter.code, letter.reason, 'webhook', kept)
    return { stored: 0, deduplicated: 0, dead: [{ index: 0, messageId: null, ...letter, deadLetterId }] }
  }
}

function isAboutThePayload(error: unknown): error is KithError {
  return error instanceof KithError && (error.code === 'BODY_UNREADABLE' || error.code === 'MAPPING_FAILED')
}

function viewerOf({ tenant_id: tenantId, source_id: sourceId, tenant_rate: tenant }: WebhookRow): Viewer {
  return { tenantId, keyId: sourceId, sourceId, scopes: new Set(['write']), limits: { tenant, key: null } }
}

function headersOf({ headers }: IncomingMessage): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}
