/**
 * What a caller of the GraphQL API is told when something goes wrong: a stable `extensions.code` (docs/errors.md), and for
 * a defect nothing but the id under which the log keeps it.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { GraphQLError } from 'graphql'
import { KithError } from '../errors.ts'
import { log } from '../log.ts'

/** The id that the server gave to the request being answered; a request made in process has none. */
export const requestIds = new AsyncLocalStorage<string>()

type Answer = { code: string; message: string; status: number }

/** SQLSTATE, or its class of two characters -> what the caller did or should do. The rest are defects. */
const SQLSTATE: Record<string, Answer> = {
  '23505': { code: 'CONFLICT', message: 'A record with the same key exists.', status: 409 },
  '23503': { code: 'REFERENCE_NOT_FOUND', message: 'The input refers to a record that does not exist.', status: 409 },
  '23502': { code: 'INPUT_INVALID', message: 'A required value is missing.', status: 400 },
  '23514': { code: 'INPUT_INVALID', message: 'A value is outside what the column allows.', status: 400 },
  KP001: {
    code: 'PURPOSE_NOT_OFFERED',
    message: 'Expected a purpose of consent that is not retired, on one of its channels.',
    status: 409,
  },
  '22': { code: 'INPUT_INVALID', message: 'A value does not fit the type of its column.', status: 400 },
  '54000': {
    code: 'INPUT_INVALID',
    message:
      'A text is longer than an index takes; expected ids, e-mail addresses and domains of at most 512 characters.',
    status: 400,
  },
  '40': { code: 'RETRY', message: 'The transaction met another one; send it again.', status: 409 },
  '57014': {
    code: 'TIMEOUT',
    message: 'The query took too long; ask for less, or filter on an indexed field.',
    status: 504,
  },
  '53': {
    code: 'DATABASE_UNAVAILABLE',
    message: 'The database is out of resources; try again in a moment.',
    status: 503,
  },
  '57P': { code: 'DATABASE_UNAVAILABLE', message: 'The database is restarting; try again in a moment.', status: 503 },
  '08': {
    code: 'DATABASE_UNAVAILABLE',
    message: 'The database cannot be reached; try again in a moment.',
    status: 503,
  },
}

/** The unique index of a field of the tenant's own. */
const FIELD_INDEX = /^field_[0-9a-f]{32}$/

const constraintOf = (error: unknown) => String((error as { constraint_name?: unknown }).constraint_name)

function notUnique(cause: unknown): KithError {
  const message = 'Expected a value that no other record has: a field of yours is unique.'
  return new KithError('FIELD_INVALID', message, { status: 409, details: { constraint: constraintOf(cause) }, cause })
}

/** Whoever sees no such segment in a list may not think of the archived ones. */
function keptKey(constraint = ''): string | null {
  const [, one] = /^(segment|label)s_tenant_id_key_unique$/.exec(constraint) ?? []
  return one ? `There is a ${one} with this key, maybe an archived one: resume that, or choose another key.` : null
}

/** What postgres.js and the socket under it say when there is no server to talk to. */
const UNREACHABLE = /^(CONNECT_TIMEOUT|CONNECTION_(CLOSED|ENDED|DESTROYED)|ECONNREFUSED|ECONNRESET|EPIPE|ENOENT)$/

/** The error itself if it is one for the caller, the caller's form of a database error, or null for a defect. */
export function toKithError(error: unknown): KithError | null {
  if (error instanceof KithError) return error
  const code = (error as { code?: unknown } | null)?.code
  if (typeof code !== 'string') return null
  if (code === '23505' && FIELD_INDEX.test(constraintOf(error))) return notUnique(error)
  const answer = SQLSTATE[code] ?? SQLSTATE[code.slice(0, 3)] ?? SQLSTATE[code.slice(0, 2)]
  const found = answer ?? (UNREACHABLE.test(code) ? SQLSTATE['08'] : undefined)
  if (!found) return null
  const { constraint_name: constraint, column_name: column } = error as Record<string, string | undefined>
  const message = keptKey(constraint) ?? found.message
  const details = { ...(constraint && { constraint }), ...(column && { column }) }
  return new KithError(found.code, message, { status: found.status, details, cause: error })
}

/** For yoga's `maskedErrors`: never lets the text of an unforeseen error out. */
export function maskError(error: unknown): GraphQLError {
  // What does not fit a scalar or a @oneOf input is a GraphQLError within a GraphQLError.
  let original: unknown = error
  while (original instanceof GraphQLError) original = original.originalError
  if (error instanceof GraphQLError && !original) return withCode(error)
  const known = toKithError(original)
  const place = error instanceof GraphQLError ? { nodes: error.nodes, path: error.path } : {}
  if (known) {
    const { code, details, status } = known
    const extensions = {
      code,
      ...(Object.keys(details).length > 0 && { details }),
      http: { status: httpStatus(status) },
    }
    return new GraphQLError(known.message, { ...place, extensions })
  }
  const requestId = requestIds.getStore() ?? randomUUID()
  log.error('request failed', { requestId, error: original instanceof Error ? original : new Error(String(original)) })
  return new GraphQLError(`Something went wrong on our side. Mention request ${requestId} when you report it.`, {
    ...place,
    extensions: { code: 'INTERNAL', requestId, http: { status: 500 } },
  })
}

/** GraphQL over HTTP: a well-formed request that got data answers 200; only refusals of the whole request do not. */
function httpStatus(status: number): number {
  return status === 401 || status === 403 || status === 429 || status >= 500 ? status : 200
}

/** Errors of graphql-js itself: syntax, validation, coercion of variables. */
function withCode(error: GraphQLError): GraphQLError {
  if (error.extensions.code) return error
  const syntax = error.message.startsWith('Syntax Error')
  const extensions = { ...error.extensions, code: syntax ? 'GRAPHQL_PARSE_FAILED' : 'GRAPHQL_VALIDATION_FAILED' }
  const { message, nodes, source, positions, path } = error
  return new GraphQLError(message, { nodes, source, positions, path, extensions })
}
