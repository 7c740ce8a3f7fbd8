/**
 * GraphQL subscriptions over server-sent events, read with fetch because EventSource cannot carry a key. Lost connections
 * are opened again with a growing pause; `resume` lets the caller continue from the last cursor it saw.
 */
import { useEffect, useRef, useState } from 'react'
import type { Document } from './document.ts'
import { events } from './events.ts'
import { type Answer, ApiError, send, unwrap } from './request.ts'

export type LiveState = 'connecting' | 'live' | 'lost'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000
const HIDDEN_FOR_MS = 10_000

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
      await visible(stop.signal)
      if (stop.signal.aborted) return
      const connection = connectionWhileVisible(stop.signal)
      onState?.('connecting')
      try {
        const response = await send(document, variables(), 'text/event-stream', { signal: connection.signal })
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
        if (!connection.signal.aborted) onState?.('lost', error instanceof ApiError ? error : undefined)
      } finally {
        connection.end()
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

const BURST_MS = 100

/** What has been told since the page was opened, the last first, at most so many; and how to tell more. A burst is one rendering. */
export function useTold<T>(most: number): [T[], (one: T) => void] {
  const [told, setTold] = useState<T[]>([])
  const waiting = useRef<T[]>([])
  useEffect(() => {
    const timer = setInterval(() => {
      if (waiting.current.length === 0) return
      const arrived = waiting.current.splice(0).reverse()
      setTold((shown) => [...arrived, ...shown].slice(0, most))
    }, BURST_MS)
    return () => clearInterval(timer)
  }, [most])
  return [told, (one) => void waiting.current.push(one)]
}

export type Live<Result> = { data?: Result; error?: ApiError; state: LiveState }

/**
 * For subscriptions that tell the whole anew each time: what was told last. They begin with it, and open themselves again.
 * Once they are asked otherwise, what was told before stays until there is an answer: nothing jumps.
 */
export function useLive<Result, Variables>(
  document: Document<Result, Variables>,
  variables: Variables,
  onLive: () => void = () => {},
): Live<Result> {
  const [data, setData] = useState<Result>()
  const [error, setError] = useState<ApiError>()
  const state = useSubscription(document, JSON.stringify(variables), {
    variables: () => variables,
    onData(told) {
      setData(told)
      setError(undefined)
    },
    onState(now, refused) {
      if (refused) setError(refused)
      if (now === 'live') onLive()
    },
  })
  return { data, error, state }
}

/**
 * A browser opens six connections to a server at most, over all of its tabs: one in the background gives its own back after
 * a while. Its subscription resumes where it was when the tab is looked at again.
 */
function connectionWhileVisible(stop: AbortSignal): { signal: AbortSignal; end(): void } {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const abort = () => controller.abort()
  const look = () => {
    clearTimeout(timer)
    if (globalThis.document.visibilityState === 'hidden') timer = setTimeout(abort, HIDDEN_FOR_MS)
  }
  stop.addEventListener('abort', abort)
  globalThis.document.addEventListener('visibilitychange', look)
  look()
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer)
      stop.removeEventListener('abort', abort)
      globalThis.document.removeEventListener('visibilitychange', look)
    },
  }
}

function visible(stop: AbortSignal): Promise<void> {
  if (globalThis.document.visibilityState === 'visible') return Promise.resolve()
  return new Promise((done) => {
    const look = () => {
      if (!stop.aborted && globalThis.document.visibilityState === 'hidden') return
      globalThis.document.removeEventListener('visibilitychange', look)
      stop.removeEventListener('abort', look)
      done()
    }
    globalThis.document.addEventListener('visibilitychange', look)
    stop.addEventListener('abort', look)
  })
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), done()), { once: true })
  })
}
