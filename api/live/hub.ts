/** One tenant's live end of the feed in this process: each item is read once, and handed to every subscriber. */
import { type Client, inTenant } from '../../db/client.ts'
import { type FeedPage, readFeed } from '../../engine/feed/read.ts'
import { log } from '../../log.ts'
import { startSpan, type TraceContext } from '../../trace.ts'
import { Batch } from './batch.ts'
import type { Subscriber, Hub } from './subscriber.ts'

/** Items in one read. */
const PAGE = 500
const RETRY_MS = 250

export class TenantHub implements Hub {
  readonly #sql: Client
  readonly #tenantId: string
  readonly #subscribers = new Set<Subscriber>()
  readonly #onEmpty: () => void
  #lastSeq = 0n
  #reading = false
  #stale = false
  /** Of what is to be told, where it is traced. */
  readonly #traces: TraceContext[] = []

  /** Resolves when it knows where the feed ends. */
  static async open(sql: Client, tenantId: string, onEmpty: () => void): Promise<TenantHub> {
    const hub = new TenantHub(sql, tenantId, onEmpty)
    const { page } = await hub.#readPage(0n, 0)
    hub.#lastSeq = page.lastSeq
    return hub
  }

  private constructor(sql: Client, tenantId: string, onEmpty: () => void) {
    this.#sql = sql
    this.#tenantId = tenantId
    this.#onEmpty = onEmpty
  }

  get lastSeq(): bigint {
    return this.#lastSeq
  }

  get size(): number {
    return this.#subscribers.size
  }

  attach(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber)
  }

  leave(subscriber: Subscriber): void {
    if (this.#subscribers.delete(subscriber) && this.#subscribers.size === 0) this.#onEmpty()
  }

  /** Resolves when every subscriber has taken the news. */
  async end(code: string, reason: string): Promise<void> {
    const subscribers = [...this.#subscribers]
    for (const subscriber of subscribers) subscriber.end(code, reason)
    await Promise.all(subscribers.map((subscriber) => subscriber.over))
  }

  async read(after: bigint) {
    const { page, batch } = await this.#readPage(after, PAGE)
    return { page, batch, whole: page.items.length < PAGE }
  }

  /** There may be something new. Any number of calls during one read make one more read. */
  async pump(trace?: TraceContext): Promise<void> {
    this.#stale = true
    if (trace) this.#traces.push(trace)
    if (this.#reading) return
    this.#reading = true
    try {
      while (this.#stale && this.#subscribers.size > 0) {
        this.#stale = false
        const span = startSpan('tell subscribers', { links: this.#traces.splice(0), kind: 'producer' })
        const { page, batch, whole } = await this.read(this.#lastSeq)
        this.#deliver(page, batch)
        span?.end({ 'kith.items': page.items.length, 'kith.subscribers': this.#subscribers.size })
        if (!whole) this.#stale = true
      }
    } catch (error) {
      log.warn('the feed could not be read', { tenant: this.#tenantId, error: error as Error })
      setTimeout(() => void this.pump(), RETRY_MS).unref()
    } finally {
      this.#reading = false
    }
  }

  #deliver(page: FeedPage, batch: Batch): void {
    const gap = page.firstSeq > this.#lastSeq + 1n ? { from: this.#lastSeq + 1n, to: page.firstSeq - 1n } : null
    for (const subscriber of this.#subscribers) {
      if (gap) subscriber.offerGap(gap)
      for (const item of page.items) subscriber.offer(item, batch)
    }
    this.#lastSeq = page.items.at(-1)?.seq ?? gap?.to ?? this.#lastSeq
  }

  async #readPage(after: bigint, limit: number): Promise<{ page: FeedPage; batch: Batch }> {
    const page = await inTenant(this.#sql, this.#tenantId, (sql) => readFeed(sql, after, limit))
    return { page, batch: new Batch((work) => inTenant(this.#sql, this.#tenantId, work)) }
  }
}
