/** The GraphQL door: authentication, limits, masking of errors, GraphiQL. Works in process, by `yoga.fetch(request)`. */
import { setImmediate } from 'node:timers/promises'
import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases'
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth'
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives'
import { execute, getOperationAST, GraphQLError, parse } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Client } from '../db/client.ts'
import { viewerOf } from './auth/session.ts'
import { requireKey } from './auth/viewer.ts'
import { type Context, createContext } from './context.ts'
import { maskError, requestIds } from './errors.ts'
import { graphiql } from './graphiql.ts'
import { AccessWatch } from './live/access.ts'
import { Clock } from './live/clock.ts'
import { Live } from './live/live.ts'
import { useTogether } from './live/plugin.ts'
import { webSocketDoor } from './live/websocket.ts'
import { answerRead } from './reads/door.ts'
import { type Asked, readsOf } from './reads/reads.ts'
import { backfillWatch } from './schema/backfill-progress.ts'
import { schema } from './schema/index.ts'
import { replayWatch } from './schema/replay.ts'
import type { Door } from './server.ts'
import { useTenantSchema } from './tenant-schema.ts'

/** Of one operation's text, checked before anything is read. What it may read is limited by complexity (builder.ts). */
export const LIMITS = { tokens: 4000, depth: 16, aliases: 100, directives: 50 }

const CODES = {
  tokens: 'QUERY_TOO_LONG',
  depth: 'QUERY_TOO_DEEP',
  aliases: 'QUERY_TOO_MANY_ALIASES',
  directives: 'QUERY_TOO_MANY_DIRECTIVES',
}

export function createGraphQL(sql: Client) {
  return createYoga<Record<string, unknown>, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    batching: false,
    logging: false,
    context: async ({ request }) => {
      const viewer = await viewerOf(sql, request.headers)
      requireKey(viewer)
      return createContext(sql, viewer)
    },
    maskedErrors: { maskError },
    graphiql: false,
    plugins: [
      graphiql(sql),
      useTenantSchema(sql),
      useTogether(),
      mutateByGraphql(),
      rememberReads(sql),
      refuseByStatus(),
      ...limits(),
    ],
  })
}

/** Behind /graphql of the HTTP server. */
export function graphqlDoor(sql: Client): Door {
  const yoga = createGraphQL(sql)
  const webSockets = webSocketDoor(sql, yoga)
  return {
    handle: (request, response) =>
      requestIds.run(String(response.getHeader('x-request-id')), async () => {
        if (!(await answerRead(sql, request, response))) await yoga(request, response)
      }),
    upgrade: webSockets.upgrade,
    async stop() {
      AccessWatch.of(sql).stop()
      backfillWatch(sql).stop()
      replayWatch(sql).stop()
      Clock.of(sql).stop()
      await Live.of(sql).stop()
      await setImmediate() // what was said last is on the wire
      await webSockets.stop()
      await yoga.dispose()
    },
  }
}

/** graphql-js itself: yoga's executor copies the variables before it reads them, 2.7 µs for each event that is sent, and not 1.3. */
function mutateByGraphql(): Plugin {
  return {
    onExecute({ args, setExecuteFn }) {
      if (getOperationAST(args.document, args.operationName)?.operation === 'mutation') setExecuteFn(execute)
    },
  }
}

/** Where nothing was done at all: yoga says 200 to who accepts application/json, of some errors. */
function refuseByStatus(): Plugin {
  return {
    onResultProcess({ result }) {
      if (Array.isArray(result) || !('errors' in result) || result.data !== undefined) return
      for (const { path, extensions } of result.errors ?? []) {
        const { http } = extensions as { http?: { status?: number } }
        if (!path) extensions.http = { status: Math.max(400, http?.status ?? 0) }
      }
    },
  }
}

/** What has come this far is valid and within the limits. */
function rememberReads(sql: Client): Plugin {
  const reads = readsOf(sql)
  return {
    onExecute({ args: { schema, document, contextValue } }) {
      const { params } = contextValue as { params?: Partial<Asked> }
      if (params?.query) reads.remember(schema, document, params as Asked)
    },
  }
}

/** Before validation, which is quadratic in duplicate fields: 2,000 of them took it 12 s. */
function limitTokens(): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn((source, options) => {
        try {
          return parse(source as string, { ...options, maxTokens: LIMITS.tokens })
        } catch (error) {
          throw String(error).includes(`more than ${LIMITS.tokens} tokens`) ? tooMuch('tokens') : error
        }
      })
    },
  }
}

function limits(): Plugin[] {
  const options = (what: keyof typeof LIMITS) => ({
    n: LIMITS[what],
    onReject: [
      () => {
        throw tooMuch(what)
      },
    ],
  })
  return [
    limitTokens(),
    maxDepthPlugin({ ...options('depth'), flattenFragments: true }) as Plugin,
    maxAliasesPlugin(options('aliases')) as Plugin,
    maxDirectivesPlugin(options('directives')) as Plugin,
  ]
}

function tooMuch(what: keyof typeof LIMITS): GraphQLError {
  const message = `Expected an operation of at most ${LIMITS[what]} ${what === 'depth' ? 'levels' : what}.`
  return new GraphQLError(message, { extensions: { code: CODES[what], http: { status: 400 } } })
}
