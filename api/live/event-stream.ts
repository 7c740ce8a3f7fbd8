/**
 * Server-sent events in the distinct connections mode of the GraphQL over SSE protocol: `next` with a result each, then
 * `complete`. A result that many are told is turned into bytes once.
 */
import { Readable } from 'node:stream'
import type { ExecutionResult, GraphQLError } from 'graphql'
import { SECOND } from '../../config.ts'

const KEEP_ALIVE_MS = 12 * SECOND
/** A comment: proxies and browsers see that something comes, from the very start. */
const KEEP_ALIVE = Buffer.from(':\n\n')
const COMPLETE = Buffer.from('event: complete\ndata:\n\n')

export const EVENT_STREAM_HEADERS = {
  'Content-Type': 'text/event-stream',
  Connection: 'keep-alive',
  'Cache-Control': 'no-cache',
  'Content-Encoding': 'none',
}

export class EventStream extends Readable {
  readonly #results: AsyncIterator<ExecutionResult>
  #asking = false

  constructor(results: AsyncIterator<ExecutionResult>) {
    super()
    this.#results = results
    this.push(KEEP_ALIVE)
    keepAlive(this)
  }

  override _read(): void {
    if (this.#asking) return
    this.#asking = true
    this.#results.next().then(
      ({ value, done }) => {
        this.#asking = false
        this.push(done ? COMPLETE : frameOf(value))
        if (!done) return
        open.delete(this) // nothing may follow the end
        this.push(null)
      },
      (error: Error) => this.destroy(error),
    )
  }

  override _destroy(cause: Error | null, destroyed: (error?: Error | null) => void): void {
    open.delete(this)
    void this.#results.return?.().catch(() => {}) // it is gone, whatever the source says to that
    destroyed(cause)
  }
}

const frames = new WeakMap<ExecutionResult, Buffer>()

function frameOf(result: ExecutionResult): Buffer {
  let frame = frames.get(result)
  if (!frame) frames.set(result, (frame = Buffer.from(`event: next\ndata: ${asJson(result)}\n\n`)))
  return frame
}

function asJson({ errors, ...result }: ExecutionResult): string {
  return JSON.stringify(errors ? { ...result, errors: errors.map(withoutInternals) } : result)
}

/** `http` is for the server that answers. */
function withoutInternals(error: GraphQLError): object {
  const { extensions: { http: _, ...extensions } = {}, ...rest } = error.toJSON()
  return { ...rest, extensions }
}

/** One clock for all: ten thousand of their own would ring one after the other. */
const open = new Set<EventStream>()
let clock: NodeJS.Timeout | undefined

function keepAlive(stream: EventStream): void {
  open.add(stream)
  clock ??= setInterval(() => {
    // One that does not read has enough to read.
    for (const stream of open) if (stream.readableLength === 0) stream.push(KEEP_ALIVE)
    if (open.size > 0) return
    clearInterval(clock)
    clock = undefined
  }, KEEP_ALIVE_MS).unref()
}
