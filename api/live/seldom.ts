/** For what a tick tells that is dear to know: counted for all who watch, and so seldom that it takes a small part of the time. */
import { type Client, perClient, type Transaction } from '../../db/client.ts'
import type { Context } from '../context.ts'

/** Of the time, at most a fiftieth: a count of 10 ms is told anew at every tick, one of 0.3 s every 15 s. */
const SHARE = 50
const MOST_KEPT = 10_000

type Kept<T> = { value: Promise<T>; until: number }

/** `count` by tenant and process; the same of everybody who may ask it. A failure is not kept. */
export function seldom<T>(count: (sql: Transaction) => Promise<T>): (context: Context) => Promise<T> {
  const kept: (sql: Client) => Map<string, Kept<T>> = perClient(() => new Map())
  return ({ sql, viewer: { tenantId }, tenant }) => {
    const all = kept(sql)
    const known = all.get(tenantId)
    if (known && performance.now() < known.until) return known.value

    const began = performance.now()
    const entry: Kept<T> = { value: tenant(count), until: Number.POSITIVE_INFINITY }
    all.delete(tenantId) // so that the map stays in the order of age
    all.set(tenantId, entry)
    for (const oldest of all.keys()) {
      if (all.size <= MOST_KEPT) break
      all.delete(oldest)
    }
    entry.value.then(
      () => {
        const now = performance.now()
        entry.until = now + (now - began) * SHARE
      },
      () => all.delete(tenantId),
    )
    return entry.value
  }
}
