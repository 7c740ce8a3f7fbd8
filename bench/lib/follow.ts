/**
 * A process that holds many connections of one kind or another and tells when each frame arrived, whoever sends it: frames are
 * counted in the bytes as they come, so that no kind costs its readers more than another. Messages: FollowOrder in; 'open', then
 * Arrivals.
 */
import { connect } from 'node:net'

export type FollowOrder = {
  kind: string
  port: number
  connections: number
  /** What is said first, and what the first bytes of the answer hold if it is accepted. */
  hello: string
  accepted: string
  /** What each frame holds once, and nothing else does. */
  mark: string
}
/** Milliseconds since the epoch at which the n-th frame arrived, per connection. */
export type Arrivals = { kind: string; frame: number; at: number[] }

const AT_ONCE = 100

process.on('message', (order: FollowOrder) => void follow(order))

async function follow({ kind, port, connections, hello, accepted, mark }: FollowOrder): Promise<void> {
  const arrivals: number[][] = []
  const note = (frame: number) => {
    const at = (arrivals[frame] ??= [])
    at.push(performance.timeOrigin + performance.now())
    if (at.length === connections) process.send!({ kind, frame, at } satisfies Arrivals)
  }
  const open = () =>
    new Promise<void>((done, failed) => {
      const countFrames = counter(mark)
      let frames = 0
      let isOpen = false
      const socket = connect(port, '127.0.0.1', () => socket.write(hello))
      socket.on('error', failed).on('close', () => failed(new Error(`${kind} has closed a connection.`)))
      socket.on('data', (chunk) => {
        if (!isOpen && !chunk.includes(accepted)) failed(new Error(`${kind} answers ${chunk}`))
        if (!isOpen) done()
        isOpen = true
        for (let n = countFrames(chunk); n > 0; n--) note(frames++)
      })
    })
  for (let n = 0; n < connections; n += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, connections - n) }, open))
  process.send!('open')
}

/** How often the mark is in what has come since the last call, also where the network has cut it in two. */
function counter(mark: string): (chunk: Buffer) => number {
  const bytes = Buffer.from(mark)
  let rest = Buffer.alloc(0)
  return (chunk) => {
    const text = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    let count = 0
    let end = 0
    for (let i = text.indexOf(bytes); i !== -1; i = text.indexOf(bytes, end)) {
      count++
      end = i + bytes.length
    }
    rest = startOf(bytes, text.subarray(end))
    return count
  }
}

/** The end of the text that may be the beginning of the mark. */
function startOf(mark: Buffer, text: Buffer): Buffer<ArrayBuffer> {
  for (let n = Math.min(mark.length - 1, text.length); n > 0; n--)
    if (text.subarray(text.length - n).equals(mark.subarray(0, n))) return Buffer.from(text.subarray(text.length - n))
  return Buffer.alloc(0)
}
