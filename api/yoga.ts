/** The GraphQL door: authentication, limits, masking of errors, GraphiQL. Works in process, by `yoga.fetch(request)`. */
import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases'
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth'
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives'
import { GraphQLError, parse } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Client } from '../db/client.ts'
import { KithError } from '../errors.ts'
import { type Context, createContext, type Viewer } from './context.ts'
import { maskError } from './errors.ts'
import { schema } from './schema/index.ts'

export const LIMITS = { tokens: 4000, depth: 16, aliases: 100, directives: 50 }

export type YogaOptions = {
  sql: Client
  /** Who a key belongs to; null when to nobody. */
  authenticate: (sql: Client, key: string) => Promise<Viewer | null>
}

export function createGraphQL({ sql, authenticate }: YogaOptions) {
  return createYoga<Record<string, unknown>, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    batching: false,
    logging: false,
    context: async ({ request }) => {
      const key = bearer(request.headers.get('authorization'))
      const viewer = key ? await authenticate(sql, key) : null
      if (!viewer) throw unauthenticated(Boolean(key))
      return createContext(sql, viewer)
    },
    maskedErrors: { maskError },
    plugins: [limitTokens(LIMITS.tokens), ...limits()],
  })
}

/** `Authorization: Bearer <key>`. */
export function bearer(header: string | null | undefined): string | null {
  return /^Bearer +(\S+)$/i.exec(header?.trim() ?? '')?.[1] ?? null
}

function unauthenticated(hasKey: boolean): KithError {
  const message = hasKey
    ? 'The key is unknown or revoked.'
    : 'Expected a key: send the header "Authorization: Bearer <key>".'
  return new KithError('UNAUTHENTICATED', message, { status: 401 })
}

/** Before validation, which is quadratic in duplicate fields: 2,000 of them took it 12 s. */
function limitTokens(maxTokens: number): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn((source, options) => parse(source as string, { ...options, maxTokens }))
    },
  }
}

function limits(): Plugin[] {
  const refuse = (what: keyof typeof LIMITS) => (_context: unknown, error: GraphQLError) => {
    throw new GraphQLError(
      `Expected a query with at most ${LIMITS[what]} ${what}: ${error.message.replace('Syntax Error: ', '')}`,
      {
        extensions: { code: `QUERY_TOO_MANY_${what.toUpperCase()}` },
      },
    )
  }
  return [
    maxDepthPlugin({ n: LIMITS.depth, flattenFragments: true, onReject: [refuse('depth')] }),
    maxAliasesPlugin({ n: LIMITS.aliases, onReject: [refuse('aliases')] }),
    maxDirectivesPlugin({ n: LIMITS.directives, onReject: [refuse('directives')] }),
  ] as Plugin[]
}
