/** The Segment-compatible API: POST /v1/track, identify, page, screen, group, alias, batch, and the SDKs' short names. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Config } from '../../config.ts'
import type { Client } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { authenticate } from '../auth/authenticate.ts'
import { keyOf } from '../auth/credentials.ts'
import { headersOf, viewerOf as viewerOfRequest } from '../auth/session.ts'
import { requireScope, type Viewer } from '../auth/viewer.ts'
import { sendError, sendJson } from '../respond.ts'
import type { Door } from '../server.ts'
import { importKind, takeImport } from '../imports/door.ts'
import { takeWebhook, webhookSource } from '../webhooks/door.ts'
import { abandonBody, readBody, textOf, unreadBody } from './body.ts'
import { clientOf } from './client.ts'
import { type Envelope, readBatch, readSingle } from './envelope.ts'
import type { EventType } from './normalise.ts'
import type { RefusalCode } from './refusal.ts'
import { sdkSettings, settingsKey } from './sdk-settings.ts'
import type { Outcome, Writer } from './writer.ts'

/** What a body is: one event, of this type, or many. */
export type Kind = EventType | 'batch'

/** Path below /v1 -> what its body is. */
const PATHS: Record<string, Kind | 'metrics' | undefined> = {
  track: 'track',
  t: 'track',
  identify: 'identify',
  i: 'identify',
  page: 'page',
  p: 'page',
  screen: 'screen',
  s: 'screen',
  group: 'group',
  g: 'group',
  alias: 'alias',
  a: 'alias',
  batch: 'batch',
  b: 'batch',
  import: 'batch',
  m: 'metrics',
}

/** Of a body that brings its key itself, and so is read for whoever sends it: more than browsers send, and no burden. */
const MOST_UNKNOWN_BYTES = 512 * 1024

export type DoorOptions = {
  sql: Client
  writer: Writer
  config: Pick<Config, 'HOST' | 'TRUSTED_PROXIES' | 'MAX_BODY_BYTES' | 'MAX_BATCH_EVENTS' | 'MAX_EVENT_BYTES'>
}

export function createIngestDoor({ sql, writer, config }: DoorOptions): Door {
  const viewerOf = (key: string) => authenticate(sql, key, { host: config.HOST })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const settingsFor = settingsKey(request)
    if (settingsFor !== null) {
      requireScope(await viewerOf(settingsFor), 'write')
      response.setHeader('cache-control', 'public, max-age=300')
      return sendJson(response, 200, sdkSettings(request, settingsFor))
    }
    const webhook = webhookSource(request.url)
    if (webhook !== null) {
      requireMethod(request, 'POST')
      return sendJson(response, 200, answer(await takeWebhook({ sql, writer, config }, request, webhook)))
    }
    const imported = importKind(request.url)
    if (imported !== null) {
      requireMethod(request, 'POST', 'PUT')
      const viewer = await viewerOfRequest(sql, headersOf(request), { host: config.HOST })
      return takeImport({ sql, writer, config }, viewer, imported, request, response)
    }
    const kind = kindOf(request)
    // How the browser SDK itself is doing: nothing about anybody's customers, so nothing that is kept.
    if (kind === 'metrics') return sendJson(response, 200, { success: true })
    const key = keyOf(request.headers.authorization)
    // A key that is no good costs its owner no upload, and us no memory.
    let viewer: Viewer | null = null
    if (key !== '') requireScope((viewer = await viewerOf(key)), 'write')

    const text = await readText(kind, request, viewer)
    const envelope = await readEvents(kind, text, viewer)
    if (!viewer) requireScope((viewer = await viewerOf(envelope.writeKey ?? '')), 'write')
    const outcome = await writer.writeEnvelope(
      viewer,
      'http',
      envelope,
      kind === 'batch' ? undefined : kind,
      clientOf(request, config.TRUSTED_PROXIES),
    )
    if (kind !== 'batch' && outcome.dead[0]) throw refused(outcome.dead[0])
    sendJson(response, 200, answer(outcome))
  }

  async function readText(kind: Kind, request: IncomingMessage, viewer: Viewer | null): Promise<string> {
    try {
      const most = viewer ? config.MAX_BODY_BYTES : Math.min(config.MAX_BODY_BYTES, MOST_UNKNOWN_BYTES)
      return textOf(await readBody(request, most))
    } catch (error) {
      const unread = unreadBody(error)
      if (viewer && unread !== null) return keepAndThrow(viewer, kind, unread, error as KithError)
      throw error
    }
  }

  async function readEvents(kind: Kind, text: string, viewer: Viewer | null): Promise<Envelope> {
    try {
      return kind === 'batch' ? readBatch(text, config.MAX_BATCH_EVENTS) : readSingle(text)
    } catch (error) {
      if (viewer && error instanceof KithError && error.status === 400) return keepAndThrow(viewer, kind, text, error)
      throw error
    }
  }

  /** Nothing that somebody with a key sent is dropped, not even what we cannot read. */
  async function keepAndThrow(viewer: Viewer, kind: Kind, payload: string, error: KithError): Promise<never> {
    const deadLetterId = await writer.bury(viewer, 'http', payload, error.code as RefusalCode, error.message, kind)
    throw new KithError(error.code, error.message, {
      status: error.status,
      details: { ...error.details, deadLetterId },
    })
  }

  return {
    async handle(request, response) {
      try {
        await handle(request, response)
      } catch (error) {
        if (!request.complete) response.setHeader('connection', 'close')
        sendError(response, error)
        abandonBody(request)
      }
    },
    stop: () => writer.stop(),
  }
}

/** Throws NOT_FOUND or METHOD_NOT_ALLOWED. */
function kindOf(request: IncomingMessage): Kind | 'metrics' {
  const name = /^\/+v1\/+([a-z]+)\/*(?:\?|$)/.exec(request.url ?? '')?.[1] ?? ''
  const kind = Object.hasOwn(PATHS, name) ? PATHS[name] : undefined
  if (!kind) {
    throw new KithError('NOT_FOUND', 'Expected /v1/track, identify, page, screen, group, alias or batch.', {
      status: 404,
    })
  }
  requireMethod(request, 'POST')
  return kind
}

/** Throws METHOD_NOT_ALLOWED. */
function requireMethod({ method = '' }: IncomingMessage, ...allowed: string[]): void {
  if (allowed.includes(method)) return
  throw new KithError('METHOD_NOT_ALLOWED', `Expected ${allowed.join(' or ')}; found ${method}.`, { status: 405 })
}

function refused({ code, reason, deadLetterId, messageId }: Outcome['dead'][number]): KithError {
  return new KithError(code, `${reason} It is kept as a dead letter.`, { details: { deadLetterId, messageId } })
}

/** What the SDKs look for, and the ledger beside it. */
function answer({ stored, deduplicated, discarded, unconsented, dead, records }: Outcome & { records?: number }) {
  return {
    success: true,
    stored,
    deduplicated,
    ...(records !== undefined && { records }),
    ...(discarded > 0 && { discarded }),
    ...(unconsented > 0 && { unconsented }),
    ...(dead.length > 0 && { dead }),
  }
}
