import type { IncomingMessage } from 'node:http'
import { KithError } from '../errors.ts'

export function bodyTooLarge(mostBytes: number): KithError {
  const message = `Expected a body of at most ${mostBytes} bytes, inflated. Send several smaller ones.`
  return new KithError('BODY_TOO_LARGE', message, { status: 413, details: { mostBytes } })
}

/**
 * For a handler that reads the body itself. Throws BODY_TOO_LARGE when the length that is said is too large; a body that
 * says no length is cut off where it becomes so.
 */
export function limitBody(request: IncomingMessage, mostBytes: number): void {
  const said = request.headers['content-length']
  if (Number(said ?? 0) > mostBytes) throw bodyTooLarge(mostBytes)
  if (said !== undefined || request.headers['transfer-encoding'] === undefined) return
  let size = 0
  const push = request.push.bind(request) // what the parser calls with each piece
  request.push = (chunk, encoding) => {
    size += chunk?.length ?? 0
    if (size > mostBytes) request.destroy(bodyTooLarge(mostBytes))
    return size <= mostBytes && push(chunk, encoding)
  }
}
