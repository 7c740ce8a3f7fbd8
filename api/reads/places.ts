import { MINUTE } from '../../config.ts'

/**
 * Each statement has a plan in every connection that it was used on, until that is renewed: 50 kB of one list, 670 of a person
 * with seven.
 */
const MOST = 100
/** So that nobody takes them all. */
const MOST_OF_TENANT = 40
/** So long one that nobody asks for keeps its place: as long as a connection may hold its plan. */
const IDLE_MS = 30 * MINUTE

/** Which statements may be prepared, by their text: the same text of another query, or of a schema made anew, is the same plan. */
export class Places {
  readonly #places = new Map<string, { tenantId: string; usedAt: number }>()

  /** Whether the statement has a place, for whoever asks for it. */
  take(text: string, tenantId: string, now = performance.now()): boolean {
    const place = this.#places.get(text)
    if (place) place.usedAt = now
    if (place) return true
    let ofTenant = 0
    for (const [other, { tenantId: owner, usedAt }] of this.#places) {
      if (usedAt < now - IDLE_MS) this.#places.delete(other)
      else if (owner === tenantId) ofTenant++
    }
    if (this.#places.size >= MOST || ofTenant >= MOST_OF_TENANT) return false
    this.#places.set(text, { tenantId, usedAt: now })
    return true
  }
}
