/**
 * The HTTP server: health, the Segment-compatible doors below /v1, and GraphQL, which brings its own handler. It decides
 * what every request has in common (id, CORS, errors, a graceful end) and hands the rest on.
 */
import { randomUUID } from 'node:crypto'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Config, MINUTE, SECOND } from '../config.ts'
import type { Client } from '../db/client.ts'
import { inTrace, startTrace } from '../trace.ts'
import { keyOf } from './auth/credentials.ts'
import { keepDemoHere } from './auth/demo.ts'
import { allowOrigins } from './cors.ts'
import { limitBody } from './limit-body.ts'
import { importKind } from './imports/door.ts'
import type { Metrics } from './metrics.ts'
import { createReadiness } from './readiness.ts'
import { sendError, sendJson } from './respond.ts'
import { serveSnippet } from './snippet/index.ts'

/** Something that answers requests below a path of its own, and is told when the server ends. */
export type Door = {
  handle(request: IncomingMessage, response: ServerResponse): unknown
  /** A WebSocket asks to be let in; without this it is refused. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Ends what would otherwise never end, such as subscriptions, and finishes what was promised. */
  stop?(): Promise<void>
}

export type ServerOptions = {
  config: Pick<Config, 'WORKER_DEAD_AFTER_S' | 'RELAY_SLOT' | 'MAX_BODY_BYTES'>
  /** Role kith_api. */
  sql: Client
  /** Behind /graphql. */
  graphql?: Door
  /** Behind /auth: signing in. Not for pages of other origins. */
  auth?: Door
  /** Behind /v1. */
  ingest?: Door
  /** Behind /metrics, and told of every request. */
  metrics?: Metrics
  /** The console's pages, at every other path. Returns false for what is not one of them. */
  console?: (request: IncomingMessage, response: ServerResponse) => boolean
  /** How long a body may take to come, unless it is a file that is imported. */
  longestBodyMs?: number
}

export type Server = {
  /** Resolves to the port, which the system chooses when 0 was asked for. */
  listen(port: number, host: string): Promise<number>
  /** Takes no more connections, lets the doors end what they hold, and resolves when the last request is answered. */
  stop(): Promise<void>
}

/** A file that is imported takes as long as Postgres needs for it. What a slow client costs meanwhile is a socket. */
const LONGEST_UPLOAD_MS = 60 * MINUTE
/** Any other body. */
const LONGEST_BODY_MS = MINUTE

/** Longer than the minute that load balancers usually keep a connection: who closes first must be the one who sends. */
const KEEP_ALIVE_MS = 65 * SECOND

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

export function createServer(options: ServerOptions): Server {
  const { config, sql, graphql, auth, ingest, metrics, console: pages } = options
  const readiness = createReadiness(sql, config)
  let stopping = false

  const routes: Record<string, Handler> = {
    healthz: (_request, response) => sendJson(response, 200, { status: 'ok' }),
    readyz: async (_request, response) => {
      const missing = await readiness.missing()
      sendJson(response, missing.length === 0 ? 200 : 503, {
        status: missing.length === 0 ? 'ready' : 'waiting',
        missing,
      })
    },
  }
  if (!pages) routes[''] = (_request, response) => response.writeHead(302, { location: '/graphql' }).end()
  if (graphql) {
    routes.graphql = openly((request, response) => {
      limitBody(request, config.MAX_BODY_BYTES)
      return graphql.handle(request, response)
    })
  }
  if (auth) routes.auth = (request, response) => auth.handle(request, response)
  if (ingest) routes['kith.js'] = serveSnippet()
  if (metrics) routes.metrics = metrics.handle
  if (ingest) routes.v1 = openly((request, response) => ingest.handle(request, response))

  const server = createHttpServer(async (request, response) => {
    response.setHeader('x-request-id', requestId(request))
    // close() ends connections that are idle then; this one becomes idle later.
    response.once('close', () => stopping && setImmediate(() => server.closeIdleConnections()))
    const segment = firstSegment(request.url)
    const handler = Object.hasOwn(routes, segment) ? routes[segment] : undefined
    if (importKind(request.url) === null) endAfter(options.longestBodyMs ?? LONGEST_BODY_MS, request, response)
    if (metrics) observe(metrics, request, response, handler ? segment : 'other')
    try {
      if (!handler && pages?.(request, response)) return
      if (!handler) sendError(response, 404, 'NOT_FOUND', 'Expected /v1/..., /graphql, /healthz or /readyz.')
      else await traced(request, response, segment, () => handler(request, response))
    } catch (error) {
      sendError(response, error)
    }
  })
  server.requestTimeout = LONGEST_UPLOAD_MS
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.on('upgrade', (request, socket, head) => {
    if (firstSegment(request.url) === 'graphql' && graphql?.upgrade) graphql.upgrade(request, socket, head)
    else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, () => {
          server.off('error', reject)
          resolve((server.address() as AddressInfo).port)
        })
      }),
    async stop() {
      stopping = true
      const closed = new Promise((resolve) => server.close(resolve)) // idle connections too
      await Promise.all([graphql?.stop?.(), ingest?.stop?.()])
      await closed
    },
  }
}

/** Whoever sends a body drop by drop holds what was read of it. */
function endAfter(ms: number, request: IncomingMessage, response: ServerResponse): void {
  const timer = setTimeout(() => {
    if (request.complete || response.headersSent) return
    response.setHeader('connection', 'close')
    response.once('finish', () => request.destroy())
    sendError(response, 408, 'BODY_TOO_SLOW', `Expected the whole body within ${ms / SECOND} s.`)
  }, ms)
  timer.unref()
  request.once('close', () => clearTimeout(timer))
}

function observe(metrics: Metrics, request: IncomingMessage, response: ServerResponse, route: string): void {
  const started = performance.now()
  response.once('close', () =>
    metrics.observe(route, request.method ?? '', response.statusCode, (performance.now() - started) / 1000),
  )
}

/** `traceparent` says whose trace it is. The name and attributes are the route's alone: an address may name a person. */
async function traced(
  request: IncomingMessage,
  response: ServerResponse,
  route: string,
  handle: () => unknown,
): Promise<void> {
  const method = request.method ?? ''
  const attributes = { 'http.request.method': method, 'http.route': `/${route}` }
  const span = startTrace(`${method} /${route}`, request.headers.traceparent, attributes)
  if (!span) return void (await handle())
  response.once('close', () => span.end({ 'http.response.status_code': response.statusCode }))
  await inTrace(span, handle)
}

/** For doors that pages of any origin may use: they bring a key, and cannot bring a session (auth/session.ts). */
function openly(handler: Handler): Handler {
  return (request, response) => {
    allowOrigins(request, response)
    if (request.method === 'OPTIONS') return response.writeHead(204).end()
    keepDemoHere(keyOf(request.headers.authorization), request.headers)
    return handler(request, response)
  }
}

/** '/v1/track?x' -> 'v1'; '/' -> ''. */
function firstSegment(url = '/'): string {
  return /^\/+([^/?#]*)/.exec(url)?.[1] ?? '/'
}

function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && /^[\w.-]{1,128}$/.test(given) ? given : randomUUID()
}
