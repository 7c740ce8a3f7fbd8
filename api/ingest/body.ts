/** A request's body, never larger in memory than allowed, also while it is being inflated. */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { KithError } from '../../errors.ts'
import { bodyTooLarge } from '../limit-body.ts'

const INFLATE = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as Record<string, (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>

/** Throws BODY_TOO_LARGE (413), BODY_ENCODING_UNKNOWN (415), BODY_UNREADABLE (400, for broken gzip), or BODY_CUT_OFF. */
export async function readBody(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  const decode = INFLATE[encoding]
  if (!decode && encoding !== 'identity') {
    throw new KithError('BODY_ENCODING_UNKNOWN', `Expected content-encoding gzip, deflate or br; found ${encoding}.`, {
      status: 415,
    })
  }
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) throw bodyTooLarge(mostBytes)
  const body = await collect(request, mostBytes)
  if (!decode) return body
  try {
    return await decode(body, { maxOutputLength: mostBytes })
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw bodyTooLarge(mostBytes)
    throw new KithError('BODY_UNREADABLE', `Expected a body in ${encoding}; ${(error as Error).message}.`, {
      cause: body,
    })
  }
}

/** Throws BODY_UNREADABLE: what is no UTF-8 would be stored with other characters than somebody sent. */
export function textOf(body: Buffer): string {
  if (!isUtf8(body)) throw new KithError('BODY_UNREADABLE', 'Expected UTF-8.', { cause: body })
  const text = body.toString('utf8')
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

/** The body that such an error is about, as text that a dead letter can keep; null where it is about something else. */
export function unreadBody(error: unknown): string | null {
  if (!(error instanceof KithError) || !Buffer.isBuffer(error.cause)) return null
  return `data:application/octet-stream;base64,${error.cause.toString('base64')}`
}

function collect(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > mostBytes) reject(bodyTooLarge(mostBytes))
      else chunks.push(chunk)
    })
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)))
    request.on('close', () =>
      reject(new KithError('BODY_CUT_OFF', 'Expected the whole body; the connection ended before it.')),
    )
  })
}

const DRAIN_MS = 2000

/**
 * For a request that is answered before its body has come: lets the client finish sending for a moment, since many read
 * no answer before, and ends the connection.
 */
export function abandonBody(request: IncomingMessage): void {
  if (request.complete) return
  request.removeAllListeners('data')
  request.resume()
  const { socket } = request
  // Once it is complete the connection may serve another request already.
  setTimeout(() => request.complete || socket.destroy(), DRAIN_MS).unref()
}
