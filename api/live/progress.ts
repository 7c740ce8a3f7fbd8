/**
 * How far backfills are, as they go on. A subscriber gets the present state first, and then each change of it: whoever was away
 * has missed nothing that still matters. Looked up for all subscribers of a tenant at once, a few times a second, and not at all
 * while nobody follows; one that reads slowly finds the latest state, and holds no queue.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, inTenant, perClient } from '../../db/client.ts'
import { type Progress, readProgress } from '../../engine/progress.ts'
import { KithError } from '../../errors.ts'
import { log } from '../../log.ts'

const WHILE_WALKING_MS = 200
/** A backfill begins some hundred milliseconds after its definition is saved. */
const WHILE_IDLE_MS = 1000

const DONE = { value: undefined, done: true } as const

/** The state of a backfill; or, last of all, why there will be no more. */
export type Told = { progress: Progress } | { end: KithError }

/** One subscriber. */
class Watcher implements AsyncIterableIterator<Told> {
  readonly id: string
  readonly #leave: (watcher: Watcher) => void
  #latest: Progress | undefined
  #told = ''
  #over = false
  #reason: KithError | undefined
  #wake: (() => void) | undefined

  constructor(id: string, leave: (watcher: Watcher) => void) {
    this.id = id
    this.#leave = leave
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** The state that there is now; undefined when the definition is gone, which ends it. */
  offer(progress: Progress | undefined): void {
    this.#latest = progress
    if (progress) this.#wake?.()
    else this.#close()
  }

  end(reason: KithError): void {
    this.#reason = reason
    this.#wake?.()
  }

  async next(): Promise<IteratorResult<Told>> {
    for (;;) {
      if (this.#over) return DONE
      if (this.#reason) {
        this.#over = true
        return { value: { end: this.#reason }, done: false }
      }
      const state = JSON.stringify(this.#latest)
      if (this.#latest && state !== this.#told) {
        this.#told = state
        return { value: { progress: this.#latest }, done: false }
      }
      await new Promise<void>((wake) => (this.#wake = wake))
    }
  }

  async return(): Promise<IteratorResult<Told>> {
    this.#close()
    return DONE
  }

  #close(): void {
    this.#over = true
    this.#leave(this)
    this.#wake?.()
  }
}

export class ProgressWatch {
  readonly #sql: Client
  readonly #watchers = new Map<string, Set<Watcher>>()
  readonly #stopping = new AbortController()

  /** The one of the process that has this client. */
  static readonly of = perClient((sql) => new ProgressWatch(sql))

  private constructor(sql: Client) {
    this.#sql = sql
  }

  /** How many tenants somebody follows. */
  get tenants(): number {
    return this.#watchers.size
  }

  follow(tenantId: string, definitionId: string): AsyncIterableIterator<Told> {
    if (this.#stopping.signal.aborted) throw stopping()
    const watcher = new Watcher(definitionId, (watcher) => {
      if (watchers.delete(watcher) && watchers.size === 0) this.#watchers.delete(tenantId)
    })
    const known = this.#watchers.get(tenantId)
    const watchers = known ?? new Set()
    watchers.add(watcher)
    this.#watchers.set(tenantId, watchers)
    if (!known) void this.#look(tenantId, watchers)
    return watcher
  }

  /** Ends every subscription with a reason. */
  stop(): void {
    this.#stopping.abort()
    for (const watchers of this.#watchers.values()) for (const watcher of watchers) watcher.end(stopping())
  }

  /** Until the last of them has left. */
  async #look(tenantId: string, watchers: Set<Watcher>): Promise<void> {
    const { signal } = this.#stopping
    while (watchers.size > 0 && !signal.aborted) {
      let walking = false
      try {
        const ids = [...new Set([...watchers].map(({ id }) => id))]
        const states = await inTenant(this.#sql, tenantId, (sql) => readProgress(sql, ids))
        for (const watcher of watchers) {
          // Who came while this was read is looked up next time.
          if (ids.includes(watcher.id)) watcher.offer(states.get(watcher.id))
        }
        walking = [...states.values()].some(({ complete }) => !complete)
      } catch (error) {
        log.warn('the progress of backfills could not be read', { tenant: tenantId, error: error as Error })
      }
      await sleep(walking ? WHILE_WALKING_MS : WHILE_IDLE_MS, undefined, { signal, ref: false }).catch(() => {})
    }
  }
}

const stopping = () =>
  new KithError('SERVER_STOPPING', 'This server is stopping; subscribe again, at any server.', { status: 503 })
