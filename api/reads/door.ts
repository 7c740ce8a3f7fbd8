/** Answers what it can of the requests to /graphql before yoga sees them, whose way to a resolver costs 0.2 ms. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Client } from '../../db/client.ts'
import { headersOf, viewerOf } from '../auth/session.ts'
import { schemaOf } from '../tenant-schema.ts'
import { type Asked, readsOf } from './reads.ts'

/** Queries are short; what is longer sends data. */
const LONGEST_BODY = 64 * 1024

/**
 * Whether the request has been answered, or has gone away. If not, its body has been read and lies in `request.body`, where yoga
 * looks for it.
 */
export async function answerRead(sql: Client, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const type = contentTypeOf(request)
  if (!type) return false
  const body = await bodyOf(request)
  if (!body) return true
  const asked = askedIn(request, body)
  if (!asked) return false
  const answer = await answerOf(sql, request, asked)
  if (answer === null) return false
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'content-length': Buffer.byteLength(answer) })
  response.end(answer)
  return true
}

async function answerOf(sql: Client, request: IncomingMessage, asked: Asked): Promise<Buffer | string | null> {
  try {
    const viewer = await viewerOf(sql, headersOf(request))
    return viewer && (await readsOf(sql).answer(await schemaOf(sql, viewer.tenantId), viewer, asked))
  } catch {
    return null // yoga says why
  }
}

/** What the answer will be called, as yoga chooses it; undefined of a request that is none of ours. */
function contentTypeOf({ method, url, headers }: IncomingMessage): string | undefined {
  const { accept = '*/*', 'content-type': type = '', 'content-length': length } = headers
  if (method !== 'POST' || url !== '/graphql' || headers['content-encoding'] !== undefined) return undefined
  if (!/^application\/json *(;|$)/.test(type) || !(Number(length) <= LONGEST_BODY)) return undefined
  for (const each of accept.split(',')) {
    const [name] = each.trim().split(';')
    if (name === 'application/json' || name === '*/*') return 'application/json'
    if (name === 'application/graphql-response+json') return name
  }
  return undefined
}

/** Undefined when the client has gone. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer)
  } catch {
    return undefined
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
}

/** Leaves the body to yoga as it was understood, or as it came. */
function askedIn(request: IncomingMessage & { body?: unknown }, body: Buffer): Asked | undefined {
  let said: unknown
  try {
    said = JSON.parse(body.toString())
  } catch {
    said = undefined
  }
  const isObject = typeof said === 'object' && said !== null && !Array.isArray(said) && Object.keys(said).length > 0
  // Not as a Buffer: its keys would be counted.
  request.body = isObject
    ? said
    : { bytes: body, [Symbol.asyncIterator]: () => Readable.from([body])[Symbol.asyncIterator]() }
  return isAsked(said) ? said : undefined
}

function isAsked(said: unknown): said is Asked {
  if (typeof said !== 'object' || said === null) return false
  const { query, operationName, variables, ...more } = said as Record<string, unknown>
  const isName = operationName == null || (typeof operationName === 'string' && /^\w+$/.test(operationName))
  const areVariables = variables == null || (typeof variables === 'object' && !Array.isArray(variables))
  return typeof query === 'string' && isName && areVariables && Object.keys(more).length === 0
}
