/** A process that holds many subscriptions and tells when each frame arrived. Messages: FollowOrder in; 'open', then Arrivals. */
import { request } from 'node:http'

export type FollowOrder = { port: number; key: string; query: string; connections: number }
/** Milliseconds since the epoch at which the n-th frame arrived, per connection. */
export type Arrivals = { frame: number; at: number[] }

process.on('message', (order: FollowOrder) => void follow(order))

async function follow({ port, key, query, connections }: FollowOrder): Promise<void> {
  const body = JSON.stringify({ query })
  const headers = {
    'content-type': 'application/json',
    accept: 'text/event-stream',
    authorization: `Bearer ${key}`,
    'content-length': Buffer.byteLength(body),
  }
  const arrivals: number[][] = []
  const note = (frame: number) => {
    const at = (arrivals[frame] ??= [])
    at.push(performance.timeOrigin + performance.now())
    if (at.length === connections) process.send!({ frame, at } satisfies Arrivals)
  }
  const open = () =>
    new Promise<void>((done, failed) => {
      const asking = request(
        { port, host: '127.0.0.1', path: '/graphql', method: 'POST', headers, agent: false },
        (response) => {
          if (response.statusCode !== 200) failed(new Error(`The API answers ${response.statusCode}.`))
          let frames = 0
          response.on('data', (chunk: Buffer) => {
            for (let i = chunk.indexOf('event: next'); i !== -1; i = chunk.indexOf('event: next', i + 1)) note(frames++)
          })
          done()
        },
      )
      asking.on('error', failed).end(body)
    })
  for (let n = 0; n < connections; n += 100)
    await Promise.all(Array.from({ length: Math.min(100, connections - n) }, open))
  process.send!('open')
}
