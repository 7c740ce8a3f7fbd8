/**
 * Ticks, for those who watch what has no feed of its own. All watchers of a process are handed the same ticks, so that what
 * they asked alike is worked out once for all of them (together.ts); and who is not ready for the next one misses it.
 */
import { SECOND } from '../../config.ts'
import { perClient } from '../../db/client.ts'
import { KithError } from '../../errors.ts'

const PERIOD_MS = 2 * SECOND
/** Between two ticks at least, however much is told to hurry. */
const SOONEST_MS = 0.25 * SECOND

export type Tick = { at: string }
export type TickMessage = { item: Tick } | { end: KithError }

const DONE = { value: undefined, done: true } as const

export class Clock {
  readonly #watches = new Set<Watch>()
  readonly #periodMs: number
  #message: { item: Tick } | undefined
  #since = 0
  #stopped = false

  /** The one of the process that has this client. */
  static readonly of = perClient(() => new Clock())

  constructor(periodMs = PERIOD_MS) {
    this.#periodMs = periodMs
  }

  /** Begins with a tick at once. */
  watch(): Watch {
    if (this.#stopped)
      throw new KithError('SERVER_STOPPING', 'This server is stopping; subscribe at another.', { status: 503 })
    const watch: Watch = new Watch(
      () => this.#tick(),
      () => this.#watches.delete(watch),
    )
    this.#watches.add(watch)
    return watch
  }

  /** Somebody has changed what is watched: the next tick comes at once. */
  hurry(): void {
    if (!this.#message) return
    const soonest = Math.max(performance.now(), this.#since + Math.min(SOONEST_MS, this.#periodMs))
    this.#since = Math.min(this.#since, soonest - this.#periodMs)
    for (const watch of this.#watches) watch.look()
  }

  stop(): void {
    this.#stopped = true
    const end = new KithError('SERVER_STOPPING', 'This server is stopping. Subscribe again.', { status: 503 })
    for (const watch of this.#watches) watch.end(end)
  }

  /** The tick of now, which the first who asks makes for all, and how long it is that. */
  #tick(): { message: { item: Tick }; left: number } {
    const now = performance.now()
    if (!this.#message || now - this.#since >= this.#periodMs) {
      this.#message = { item: { at: new Date().toISOString() } }
      this.#since = now
    }
    return { message: this.#message, left: this.#since + this.#periodMs - now }
  }
}

export class Watch implements AsyncIterableIterator<TickMessage> {
  readonly #tick: () => { message: { item: Tick }; left: number }
  readonly #leave: () => void
  #seen: { item: Tick } | undefined
  #last: { end: KithError } | undefined
  #over = false
  #wake: () => void = () => {}

  constructor(tick: () => { message: { item: Tick }; left: number }, leave: () => void) {
    this.#tick = tick
    this.#leave = leave
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<TickMessage, undefined>> {
    for (;;) {
      const last = this.#last
      this.#last = undefined
      if (last) return { value: last, done: false }
      if (this.#over) return DONE
      const { message, left } = this.#tick()
      if (message !== this.#seen) return { value: (this.#seen = message), done: false }
      await this.#sleep(left)
    }
  }

  async return(): Promise<IteratorResult<TickMessage, undefined>> {
    this.#close()
    return DONE
  }

  /** Whether the next tick is there already. */
  look(): void {
    this.#wake()
  }

  end(error: KithError): void {
    this.#last = { end: error }
    this.#close()
  }

  #close(): void {
    this.#over = true
    this.#leave()
    this.#wake()
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
