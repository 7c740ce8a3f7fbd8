/**
 * One subscriber's place in the feed, as an async iterable of messages. It reads back from its cursor by itself, a page at a
 * time and only as fast as it is read, until it has caught up. From then on the hub hands it items; one that
 * does not keep up is cut with a reason and the cursor to resume from, so that it holds neither memory nor anybody else.
 */
import type { FeedItem, FeedPage } from '../../engine/feed/read.ts'
import { encodeFeedCursor } from '../../engine/feed/cursor.ts'
import { KithError } from '../../errors.ts'
import type { Batch } from './batch.ts'

/** Items between a cursor and what is still kept: they existed, and can no longer be told. */
export type Gap = { from: bigint; to: bigint }

export type Message =
  | { item: FeedItem; batch: Batch; seq: bigint }
  | { gap: Gap; seq: bigint }
  /** The last message: why it ends, with the cursor to resume from in its details. */
  | { end: KithError }

export type Filter = (item: FeedItem) => boolean

/** What a subscriber needs of its tenant's hub. */
export type Hub = {
  readonly lastSeq: bigint
  read(after: bigint): Promise<{ page: FeedPage; batch: Batch; whole: boolean }>
  /** From here on the subscriber is offered every item, in order; it passes over what it does not want yet. */
  attach(subscriber: Subscriber): void
  leave(subscriber: Subscriber): void
}

const DONE = { value: undefined, done: true } as const

export class Subscriber implements AsyncIterableIterator<Message> {
  readonly #hub: Hub
  readonly #filter: Filter
  readonly #limit: number
  #state: 'behind' | 'live' | 'ended' = 'behind'
  #queue: Message[] = []
  /** The newest seq that was looked at, whether or not it passed the filter. */
  #seen: bigint
  /** The newest seq that was taken out of the queue. */
  #told: bigint
  #wake: (() => void) | null = null
  readonly #over = Promise.withResolvers<void>()

  /** Without `after` it begins where the hub is. */
  constructor(hub: Hub, after: bigint | undefined, filter: Filter, limit: number) {
    this.#hub = hub
    this.#filter = filter
    this.#limit = limit
    this.#seen = after ?? hub.lastSeq
    this.#told = this.#seen
    if (after === undefined) this.#state = 'live'
    hub.attach(this)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Not for two callers at once: GraphQL asks for the next message when it is done with the one before. */
  async next(): Promise<IteratorResult<Message, undefined>> {
    for (;;) {
      const message = this.#queue.shift()
      if (message) {
        if ('seq' in message) this.#told = message.seq
        return { value: message, done: false }
      }
      if (this.#state === 'ended') {
        this.#over.resolve()
        return DONE
      }
      if (this.#state === 'behind') await this.#catchUp()
      else {
        this.#told = this.#seen
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    }
  }

  async return(): Promise<IteratorResult<Message, undefined>> {
    this.#queue = []
    this.#finish()
    this.#over.resolve()
    return DONE
  }

  /** Resolves when the reader has taken the last message, or gone. */
  get over(): Promise<void> {
    return this.#over.promise
  }

  /** From the hub, in order of seq. What it has read by itself already is passed over. */
  offer(item: FeedItem, batch: Batch): void {
    if (this.#state !== 'live' || item.seq <= this.#seen) return
    this.#seen = item.seq
    if (!this.#filter(item)) return
    if (this.#queue.length >= this.#limit) this.#cut()
    else this.#queue.push({ item, batch, seq: item.seq })
    this.#wake?.()
  }

  /** From the hub, when it has itself come too late for what was pruned. */
  offerGap(gap: Gap): void {
    if (this.#state !== 'live' || gap.to <= this.#seen) return
    this.#queue.push({ gap: { from: this.#seen + 1n, to: gap.to }, seq: gap.to })
    this.#seen = gap.to
    this.#wake?.()
  }

  /** What still waits is dropped: the cursor is before it. */
  end(code: string, reason: string): void {
    if (this.#state === 'ended') return
    const seq = this.#queue.length > 0 ? this.#told : this.#seen
    this.#queue = [{ end: ending(code, reason, seq) }]
    this.#finish()
  }

  #cut(): void {
    this.end(
      'SUBSCRIBER_TOO_SLOW',
      `${this.#limit} messages were waiting to be read. Subscribe again with \`after\` set to the cursor.`,
    )
  }

  async #catchUp(): Promise<void> {
    try {
      const { page, batch, whole } = await this.#hub.read(this.#seen)
      if (this.#state !== 'behind') return
      if (this.#seen > page.lastSeq) {
        const message =
          'The cursor is ahead of the feed: it is not of this tenant, or the database was restored from a backup.'
        return this.end('CURSOR_INVALID', message)
      }
      if (page.firstSeq > this.#seen + 1n) {
        const gap = { from: this.#seen + 1n, to: page.firstSeq - 1n }
        this.#queue.push({ gap, seq: gap.to })
        this.#seen = gap.to
      }
      for (const item of page.items) if (this.#filter(item)) this.#queue.push({ item, batch, seq: item.seq })
      this.#seen = page.items.at(-1)?.seq ?? this.#seen
      if (whole && this.#seen >= this.#hub.lastSeq) this.#state = 'live'
    } catch (error) {
      if (this.#state === 'ended') return
      const cause = error instanceof KithError ? error : undefined
      this.end(
        cause?.code ?? 'DATABASE_UNAVAILABLE',
        cause?.message ?? 'The feed could not be read. Subscribe again with `after` set to the cursor.',
      )
    }
  }

  #finish(): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#hub.leave(this)
    this.#wake?.()
  }
}

function ending(code: string, reason: string, seq: bigint): KithError {
  return new KithError(code, reason, { status: 503, details: { cursor: encodeFeedCursor(seq) } })
}
