/**
 * graphql-ws on /graphql: operations over one WebSocket, through the same yoga, limits and masking as over HTTP. The key
 * comes as a header of the upgrade or, since browsers cannot set one, in the payload of connection_init; a session by its cookie.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ExecutionArgs } from 'graphql'
import type { YogaServerInstance } from 'graphql-yoga'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { config, SECOND } from '../../config.ts'
import type { Client } from '../../db/client.ts'
import { keyOf } from '../auth/credentials.ts'
import { keepDemoHere } from '../auth/demo.ts'
import { SESSION_HEADER, viewerOf } from '../auth/session.ts'
import { chooseSchema } from '../tenant-schema.ts'

const KEEP_ALIVE_MS = 12 * SECOND
/** A message holds one operation. */
const MOST_BYTES = 256 * 1024

export type WebSocketDoor = {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  stop(): Promise<void>
}

// biome-ignore lint: the context's type is yoga's affair
export function webSocketDoor(sql: Client, yoga: YogaServerInstance<any, any>): WebSocketDoor {
  const server = new WebSocketServer({ noServer: true, maxPayload: MOST_BYTES })
  const disposable = useServer(
    {
      execute: (args) => (args as Enveloped).rootValue.execute(args),
      subscribe: (args) => (args as Enveloped).rootValue.subscribe(args),
      // Refused here the socket is closed with 4403, before it can ask for anything.
      onConnect: async ({ connectionParams, extra }) => {
        const { headers } = asRequest(extra.request, connectionParams)
        keepDemoHere(keyOf(headers.get('authorization') ?? ''), extra.request.headers)
        return (await viewerOf(sql, headers)) !== null
      },
      onSubscribe: async ({ connectionParams, extra }, _id, payload) => {
        const request = asRequest(extra.request, connectionParams)
        await chooseSchema(sql, request)
        const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
          request,
          params: payload,
          req: extra.request,
        } as never)
        const document = parse(payload.query)
        const errors = validate(schema, document)
        if (errors.length > 0) return errors
        return {
          schema,
          operationName: payload.operationName,
          document,
          variableValues: payload.variables,
          contextValue: await contextFactory(),
          rootValue: { execute, subscribe },
        } as never
      },
    },
    server,
    KEEP_ALIVE_MS,
  )
  let stopped: Promise<void> | undefined
  return {
    upgrade: (request, socket, head) =>
      server.handleUpgrade(request, socket, head, (webSocket) => server.emit('connection', webSocket, request)),
    stop: async () => (stopped ??= Promise.resolve(disposable.dispose())),
  }
}

type Enveloped = ExecutionArgs & {
  rootValue: { execute: (args: ExecutionArgs) => never; subscribe: (args: ExecutionArgs) => never }
}

/**
 * What the context asks of a request: the key, of `{"authorization": "Bearer <key>"}` or the header; or else the session, whose
 * cookie counts where a page of our own opened the socket (browsers say which, and let nobody else say it).
 */
function asRequest({ url, headers }: IncomingMessage, params: Record<string, unknown> | undefined): Request {
  const named = params?.authorization ?? params?.Authorization
  const authorization = typeof named === 'string' ? named : headers.authorization
  const session = { cookie: headers.cookie ?? '', [SESSION_HEADER]: '1' }
  const shown = authorization !== undefined ? { authorization } : isOwnOrigin(headers) ? session : {}
  return new Request(`http://localhost${url ?? '/graphql'}`, { headers: shown as Record<string, string> })
}

function isOwnOrigin({ origin, host }: IncomingHttpHeaders): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false
  const own = config.PUBLIC_URL ? new URL(config.PUBLIC_URL).host : host
  return new URL(origin).host === own
}
