/** Subscriptions in tests: over SSE through yoga.fetch or a server, as one key of one tenant. */
export type Frame = { data?: any; errors?: { message: string; extensions: Record<string, any> }[] }

export type Subscription = {
  /** Everything that has arrived so far, keep-alives aside. */
  frames: Frame[]
  /** Resolves when the server has ended the stream. */
  ended: Promise<void>
  stop(): Promise<void>
}

type Fetch = (url: string, init: RequestInit) => Response | Promise<Response>

/** Resolves when the server has accepted the subscription: what commits from now on is told. */
export async function subscribe(
  fetch: Fetch,
  url: string,
  key: string,
  query: string,
  { variables, onFrame }: { variables?: object; onFrame?: (frame: Frame) => void } = {},
): Promise<Subscription> {
  const abort = new AbortController()
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables }),
    signal: abort.signal,
  })
  const frames: Frame[] = []
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  const read = async () => {
    let text = ''
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      text += value
      const events = text.split('\n\n')
      text = events.pop()!
      for (const event of events) {
        const data = /^data: ?(.*)$/m.exec(event)?.[1]
        if (!data || !/^event: ?next/m.test(event)) continue
        const frame = JSON.parse(data) as Frame
        frames.push(frame)
        onFrame?.(frame)
      }
    }
  }
  const ended = read().catch(() => {})
  return {
    frames,
    ended,
    async stop() {
      // In process; it waits for a close that may be over. Over a network the stream is locked, and the signal ends it.
      void response.body!.cancel().catch(() => {})
      await reader.cancel().catch(() => {})
      abort.abort()
      await ended
    },
  }
}
