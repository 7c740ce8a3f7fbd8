import type { ServerResponse } from 'node:http'
import { SECOND } from '../config.ts'
import { KithError } from '../errors.ts'
import { log } from '../log.ts'

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

/**
 * {"error": {"code", "message", "details"?, "requestId"}}. What is no KithError is a defect, logged, and told as INTERNAL
 * without its text.
 */
export function sendError(response: ServerResponse, error: unknown): void
export function sendError(response: ServerResponse, status: number, code: string, message: string): void
export function sendError(response: ServerResponse, first: unknown, code?: string, message?: string): void {
  if (hasLeft(response, first)) return
  const error = code === undefined ? publicError(first) : new KithError(code, message!, { status: first as number })
  const requestId = String(response.getHeader('x-request-id') ?? '')
  if (error.code === 'DATABASE_UNAVAILABLE') tellUnavailable(requestId, asError(error.cause))
  else if (error.status >= 500)
    log.error('request failed', { code: error.code, requestId, cause: asError(error.cause) })
  if (response.headersSent) {
    response.destroy()
    return
  }
  // Where a key was expected: a browser asks its user for one then, which would stand before our own page for signing in.
  if (error.code === 'KEY_UNKNOWN') response.setHeader('www-authenticate', 'Basic realm="kith"')
  if (error.status === 503 || error.status === 429) {
    response.setHeader('retry-after', String(error.details.retryAfterS ?? 1))
  }
  const details = Object.keys(error.details).length > 0 ? error.details : undefined
  sendJson(response, error.status, { error: { code: error.code, message: error.message, details, requestId } })
}

/** In the middle of what they were sending: there is nobody to answer, and nothing is broken. */
function hasLeft(response: ServerResponse, error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return code === 'ERR_STREAM_PREMATURE_CLOSE' && (response.destroyed || Boolean(response.socket?.destroyed))
}

let unanswered = 0

/** While Postgres is away every request fails, and for the same reason: one line a second tells how many, and of the first. */
function tellUnavailable(requestId: string, cause: Error | undefined): void {
  unanswered++
  if (unanswered > 1) return
  setTimeout(() => {
    log.warn('requests failed: Postgres cannot answer', { requests: unanswered, requestId, cause: cause?.message })
    unanswered = 0
  }, 1 * SECOND).unref()
}

function publicError(error: unknown): KithError {
  if (error instanceof KithError) return error
  if (isPassing(error)) {
    return new KithError('DATABASE_UNAVAILABLE', 'Postgres cannot do this at the moment; try again.', {
      status: 503,
      cause: error,
    })
  }
  return new KithError('INTERNAL', 'Something went wrong on our side; the log has it under this request id.', {
    status: 500,
    cause: error,
  })
}

/**
 * What will be over when somebody tries again: a lost connection (08, 57P), a full server (53), a statement or lock that took
 * too long (57014, 55P03), a transaction that gave way (40), a standby that is becoming the primary (25006), and what the
 * socket says.
 */
function isPassing(error: unknown): boolean {
  const code = String((error as { code?: unknown } | null)?.code ?? '')
  return /^(08...|53...|57...|40...|55P03|25006|CONNECT.*|ECONN.*|EPIPE|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH)$/.test(code)
}

function asError(cause: unknown): Error | undefined {
  return cause instanceof Error ? cause : undefined
}
