/**
 * How far backfills and replays are, as they go on. A subscriber gets the present state first, and then each change of it: whoever was away
 * has missed nothing that still matters. Looked up for all subscribers of a tenant at once, a few times a second, and not at all
 * while nobody follows; one that reads slowly finds the latest state, and holds no queue.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, inTenant, type Transaction } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { log } from '../../log.ts'

const WHILE_WALKING_MS = 200
/** What is asked for begins some hundred milliseconds later. */
const WHILE_IDLE_MS = 1000

const DONE = { value: undefined, done: true } as const

/** A state; or, last of all, why there will be no more. */
export type Told<State> = { progress: State } | { end: KithError }

/** What is followed: how the states of some are read, and whether one is under way. */
export type Followed<State> = {
  read(sql: Transaction, ids: readonly string[]): Promise<Map<string, State>>
  isWalking(state: State): boolean
}

/** One subscriber. */
class Watcher<State> implements AsyncIterableIterator<Told<State>> {
  readonly id: string
  readonly #leave: (watcher: Watcher<State>) => void
  #latest: State | undefined
  #told = ''
  #over = false
  #reason: KithError | undefined
  #wake: (() => void) | undefined

  constructor(id: string, leave: (watcher: Watcher<State>) => void) {
    this.id = id
    this.#leave = leave
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** The state that there is now; undefined when there is no such thing any more, which ends it. */
  offer(progress: State | undefined): void {
    this.#latest = progress
    if (progress) this.#wake?.()
    else this.#close()
  }

  end(reason: KithError): void {
    this.#reason = reason
    this.#wake?.()
  }

  async next(): Promise<IteratorResult<Told<State>>> {
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

  async return(): Promise<IteratorResult<Told<State>>> {
    this.#close()
    return DONE
  }

  #close(): void {
    this.#over = true
    this.#leave(this)
    this.#wake?.()
  }
}

/** A process has one of each kind for its client (`perClient`). */
export class ProgressWatch<State> {
  readonly #sql: Client
  readonly #followed: Followed<State>
  readonly #watchers = new Map<string, Set<Watcher<State>>>()
  readonly #stopping = new AbortController()

  constructor(sql: Client, followed: Followed<State>) {
    this.#sql = sql
    this.#followed = followed
  }

  /** How many tenants somebody follows. */
  get tenants(): number {
    return this.#watchers.size
  }

  follow(tenantId: string, id: string): AsyncIterableIterator<Told<State>> {
    if (this.#stopping.signal.aborted) throw stopping()
    const watcher = new Watcher<State>(id, (watcher) => {
      if (watchers.delete(watcher) && watchers.size === 0) this.#watchers.delete(tenantId)
    })
    const known = this.#watchers.get(tenantId)
    const watchers = known ?? new Set<Watcher<State>>()
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
  async #look(tenantId: string, watchers: Set<Watcher<State>>): Promise<void> {
    const { signal } = this.#stopping
    while (watchers.size > 0 && !signal.aborted) {
      let walking = false
      try {
        const ids = [...new Set([...watchers].map(({ id }) => id))]
        const states = await inTenant(this.#sql, tenantId, (sql) => this.#followed.read(sql, ids))
        for (const watcher of watchers) {
          // Who came while this was read is looked up next time.
          if (ids.includes(watcher.id)) watcher.offer(states.get(watcher.id))
        }
        walking = [...states.values()].some((state) => this.#followed.isWalking(state))
      } catch (error) {
        log.warn('the progress of what is followed could not be read', { tenant: tenantId, error: error as Error })
      }
      await sleep(walking ? WHILE_WALKING_MS : WHILE_IDLE_MS, undefined, { signal, ref: false }).catch(() => {})
    }
  }
}

const stopping = () =>
  new KithError('SERVER_STOPPING', 'This server is stopping; subscribe again, at any server.', { status: 503 })

/** As the last message of a subscription: why it ends. */
export function progressOf<State>(told: Told<State>): State {
  if ('end' in told) throw told.end
  return told.progress
}
