/**
 * The live feed of one API process: one LISTEN for all tenants, and a hub for each tenant that somebody follows. A
 * notification only says that there is something to read, so a lost one costs time and nothing else: whenever the
 * connection comes back, and every few seconds besides, each hub reads on from where it is.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { config, SECOND } from '../../config.ts'
import { type Client, perClient } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { log } from '../../log.ts'
import { TenantHub } from './hub.ts'
import { type Filter, Subscriber } from './subscriber.ts'

const CHANNEL = 'kith_feed'
const LOOK_AGAIN_MS = 5 * SECOND
const LONGEST_FAREWELL_MS = 1 * SECOND

export class Live {
  readonly #sql: Client
  readonly #hubs = new Map<string, Promise<TenantHub>>()
  #listening: Promise<unknown> | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  /** The one of the process that has this client. */
  static readonly of = perClient((sql) => new Live(sql))

  private constructor(sql: Client) {
    this.#sql = sql
  }

  /** How many tenants somebody follows. */
  get tenants(): number {
    return this.#hubs.size
  }

  /** Follows the feed after a seq, or from now on. Resolves when nothing more can be missed. */
  async subscribe(
    tenantId: string,
    filter: Filter,
    after?: bigint,
    limit = config.SUBSCRIBER_QUEUE,
  ): Promise<Subscriber> {
    if (this.#stopped)
      throw new KithError('SERVER_STOPPING', 'This server is stopping; subscribe at another.', { status: 503 })
    await this.#listen()
    for (;;) {
      const opening = this.#hub(tenantId)
      const hub = await opening
      // The last subscriber may have left meanwhile, and the hub with it.
      if (this.#hubs.get(tenantId) === opening) return new Subscriber(hub, after, filter, limit)
    }
  }

  /** Ends every subscription with a reason and its cursor, and gives those who read a moment to take it. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    clearInterval(this.#timer)
    const reason = 'This server is stopping. Subscribe again with `after` set to the cursor.'
    const ended = [...this.#hubs.values()].map(async (hub) => (await hub).end('SERVER_STOPPING', reason))
    await Promise.race([Promise.allSettled(ended), sleep(LONGEST_FAREWELL_MS, undefined, { ref: false })])
  }

  #listen(): Promise<unknown> {
    this.#listening ??= this.#sql
      .listen(
        CHANNEL,
        (payload) => this.#notice(payload),
        () => this.#lookAgain(),
      )
      .catch((error) => {
        this.#listening = undefined
        throw error
      })
    this.#timer ??= setInterval(() => this.#lookAgain(), LOOK_AGAIN_MS).unref()
    return this.#listening
  }

  /** '<tenant>:<last seq>', and perhaps ':<trace>'. Whoever may log in may notify, so anything may come. */
  #notice(payload: string): void {
    const [, tenantId = '', seq = '0', trace] = /^([0-9a-f-]{36}):(\d{1,19})(?::(.{1,80}))?$/.exec(payload) ?? []
    void this.#hubs.get(tenantId)?.then(
      (hub) => (BigInt(seq) > hub.lastSeq ? hub.pump(trace) : undefined),
      () => {},
    )
  }

  #lookAgain(): void {
    for (const hub of this.#hubs.values())
      void hub.then(
        (hub) => hub.pump(),
        () => {},
      )
  }

  #hub(tenantId: string): Promise<TenantHub> {
    let hub = this.#hubs.get(tenantId)
    if (!hub) {
      hub = TenantHub.open(this.#sql, tenantId, () => this.#hubs.delete(tenantId))
      this.#hubs.set(tenantId, hub)
      hub.catch((error) => {
        this.#hubs.delete(tenantId)
        log.warn('the feed could not be opened', { tenant: tenantId, error })
      })
    }
    return hub
  }
}
