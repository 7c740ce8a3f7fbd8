/**
 * GraphQL subscriptions over server-sent events, read with fetch because EventSource cannot carry a key. Lost connections
 * are opened again with a growing pause; `resume` lets the caller continue from the last cursor it saw.
 */
import { useEffect, useRef, useState } from 'react'
import type { Document } from './document.ts'
import { type Answer, ApiError, send, unwrap } from './request.ts'

export type LiveState = 'connecting' | 'live' | 'lost'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000

type LiveOptions<Result, Variables> = {
  onData(data: Result): void
  /** Variables for the next connection: those to resume with. */
  variables(): Variables
  onState?(state: LiveState, error?: ApiError): void
}

/** Runs until the returned function is called. */
export function subscribe<Result, Variables>(
  document: Document<Result, Variables>,
  { onData, variables, onState }: LiveOptions<Result, Variables>,
): () => void {
  const stop = new AbortController()
  void (async () => {
    let pause = FIRST_PAUSE_MS
    while (!stop.signal.aborted) {
      onState?.('connecting')
      try {
        const response = await send(document, variables(), 'text/event-stream', { signal: stop.signal })
        if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body) {
          unwrap((await response.json().catch(() => null)) as Answer | null, response.status)
          throw new ApiError('UNREACHABLE', 'Kith did not open the subscription.')
        }
        onState?.('live')
        for await (const message of events(response.body)) {
          if (message.event === 'complete') break
          if (message.event !== 'next') continue
          onData(unwrap(JSON.parse(message.data) as Answer, response.status) as Result)
          pause = FIRST_PAUSE_MS
        }
      } catch (error) {
        if (stop.signal.aborted) return
        onState?.('lost', error instanceof ApiError ? error : undefined)
      }
      await wait(pause, stop.signal)
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    }
  })()
  return () => stop.abort()
}

/** One subscription for as long as the component is shown. A change of `key` starts it anew. */
export function useSubscription<Result, Variables>(
  document: Document<Result, Variables>,
  key: string,
  options: LiveOptions<Result, Variables>,
): LiveState {
  const [state, setState] = useState<LiveState>('connecting')
  const latest = useRef(options)
  useEffect(() => void (latest.current = options))
  useEffect(
    () =>
      subscribe(document, {
        onData: (data) => latest.current.onData(data),
        variables: () => latest.current.variables(),
        onState(next, error) {
          setState(next)
          latest.current.onState?.(next, error)
        },
      }),
    [document, key],
  )
  return state
}

export type ServerSentEvent = { event: string; data: string }

/** The messages of a stream of server-sent events. https://html.spec.whatwg.org/multipage/server-sent-events.html */
export async function* events(stream: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const reader = stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let rest = ''
  let event = 'message'
  let data: string[] = []
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/)
      rest = lines.pop()!
      for (const line of lines) {
        if (line === '') {
          if (data.length > 0 || event !== 'message') yield { event, data: data.join('\n') }
          event = 'message'
          data = []
        } else if (line.startsWith('event:')) event = line.slice(6).trim()
        else if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5))
      }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), done()), { once: true })
  })
}
