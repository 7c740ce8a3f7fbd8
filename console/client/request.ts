import type { Document } from './document.ts'
import { credentials, signedOut, untilSessionEnds } from './session.ts'

/** What the API refused, or that it could not be reached (code UNREACHABLE). `code` is one of docs/errors.md. */
export class ApiError extends Error {
  readonly code: string
  readonly details: Record<string, unknown>

  constructor(code: string, message: string, details: Record<string, unknown> = {}) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.details = details
  }
}

/** An address that holds no id at all is one of nothing, as an id that nobody has is. */
export function namesNothing(error: Error | undefined): boolean {
  return error instanceof ApiError && error.code === 'ID_INVALID'
}

export type Answer = { data?: unknown; errors?: { message: string; extensions?: Record<string, unknown> }[] }

export async function request<Result, Variables>(
  document: Document<Result, Variables>,
  variables: Variables,
  options: { key?: string; signal?: AbortSignal } = {},
): Promise<Result> {
  const response = await send(document, variables, 'application/json', options)
  const answer: Answer | null = await response.json().catch(() => null)
  return unwrap(answer, response.status, options.key) as Result
}

export async function send<Result, Variables>(
  document: Document<Result, Variables>,
  variables: Variables,
  accept: string,
  { key, signal: given }: { key?: string; signal?: AbortSignal },
): Promise<Response> {
  const signals = [given, key === undefined ? untilSessionEnds() : undefined].filter((signal) => signal !== undefined)
  const signal = AbortSignal.any(signals)
  try {
    return await fetch('/graphql', {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json', ...credentials(key) },
      body: JSON.stringify({ query: document.text, operationName: document.name, variables }),
      signal,
    })
  } catch (error) {
    if (given?.aborted) throw error
    if (signal.aborted) throw new ApiError('KEY_UNKNOWN', 'Whoever asked this has left since.')
    throw new ApiError('UNREACHABLE', 'Kith does not answer. The console tries again by itself.')
  }
}

export function unwrap(answer: Answer | null, status: number, key?: string): unknown {
  const error = answer?.errors?.[0]
  if (error) {
    const { code = 'INTERNAL', ...details } = error.extensions ?? {}
    // A key or session that was ended while the console was open: back to the door. A key being tried signs nobody out.
    if (code === 'KEY_UNKNOWN' && key === undefined) signedOut()
    throw new ApiError(String(code), error.message, details)
  }
  if (answer?.data) return answer.data
  throw new ApiError('UNREACHABLE', `Kith answered with HTTP ${status}.`)
}
