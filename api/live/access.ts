/**
 * A subscription ends with the key or session that it was asked by: it may stay open for days, and who asked for it may be
 * gone tomorrow. Whoever is connected is looked up again every few seconds, once per key or session however many ask by it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { SECOND } from '../../config.ts'
import { type Client, perClient } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { log } from '../../log.ts'
import { sessionToken, viewerOf } from '../auth/session.ts'
import { audienceOf, type Viewer } from '../auth/viewer.ts'
import type { Telling } from './together.ts'

const CHECK_MS = 5 * SECOND

type Asker = { headers: Headers; audience: string; tellings: Set<Telling> }

export class AccessWatch {
  static readonly of = perClient((sql) => new AccessWatch(sql))

  readonly #sql: Client
  /** By what they showed, and what it allowed them when they asked. */
  readonly #askers = new Map<string, Asker>()
  #stop: AbortController | undefined

  constructor(sql: Client) {
    this.#sql = sql
  }

  /** Until it is over by itself. */
  watch(telling: Telling, headers: Headers, viewer: Viewer): void {
    const audience = audienceOf(viewer)
    const name = `${headers.get('authorization') ?? sessionToken(headers)} ${audience}`
    let asker = this.#askers.get(name)
    if (!asker) this.#askers.set(name, (asker = { headers, audience, tellings: new Set() }))
    const { tellings } = asker
    tellings.add(telling)
    telling.whenOver(() => {
      tellings.delete(telling)
      if (tellings.size === 0 && this.#askers.get(name) === asker) this.#askers.delete(name)
      if (this.#askers.size === 0) this.stop()
    })
    if (!this.#stop) void this.#check((this.#stop = new AbortController()).signal)
  }

  stop(): void {
    this.#stop?.abort()
    this.#stop = undefined
  }

  async #check(signal: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(CHECK_MS, undefined, { signal, ref: false }).catch(() => {})
      if (signal.aborted) return
      // One after the other: ten thousand keys cost one connection, and not the others theirs.
      for (const { headers, audience, tellings } of [...this.#askers.values()]) {
        const reason = await this.#whyNot(headers, audience)
        if (reason) for (const telling of [...tellings]) telling.end(reason)
      }
    }
  }

  async #whyNot(headers: Headers, audience: string): Promise<KithError | null> {
    try {
      const viewer = await viewerOf(this.#sql, headers)
      if (!viewer)
        return new KithError('KEY_UNKNOWN', 'The key or session of this subscription has ended.', { status: 401 })
      if (audienceOf(viewer) === audience) return null
      return new KithError('ACCESS_CHANGED', 'What you may do has changed: subscribe again.', { status: 403 })
    } catch (error) {
      log.warn('access not checked', { error: error as Error }) // nor can anything be told meanwhile
      return null
    }
  }
}
