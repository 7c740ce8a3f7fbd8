/**
 * A few slots for the work of many tenants. Each tenant's work is done in its order, one piece at a time; of those who wait, who
 * has used least of late is next; and those whose work takes long share half of the slots, so that somebody whose work is short
 * finds one free soon, whatever the others ask for.
 */
import { SECOND } from '../../config.ts'

/** What somebody has used, and how long their work takes, counts half as much by then. */
const HALF_LIFE_MS = 10 * SECOND
/** Whose work takes longer, on a moving average, is slow. */
const SLOW_MS = 200
const LATEST_WEIGHT = 0.25
/** Less is as good as nothing. */
const NOTHING_MS = 1

type Work = { size: number; begin: () => Promise<unknown> }
type Tenant = { waiting: Work[]; size: number; running: boolean; pace: number; used: number; at: number }

export class FairSlots {
  readonly #slots: number
  readonly #now: () => number
  readonly #tenants = new Map<string, Tenant>()
  #running = 0
  #slow = 0

  constructor(slots: number, now = () => performance.now()) {
    this.#slots = slots
    this.#now = now
  }

  /** How many pieces of a tenant's work wait or are done, and the sum of what was said of their sizes. */
  load(tenantId: string): { count: number; size: number } {
    const { waiting, running, size } = this.#tenants.get(tenantId) ?? { waiting: [], running: false, size: 0 }
    return { count: waiting.length + Number(running), size }
  }

  run<T>(tenantId: string, size: number, work: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const begin = () => work().then(resolve, reject)
    const tenant = this.#tenant(tenantId)
    tenant.waiting.push({ size, begin })
    tenant.size += size
    this.#pump()
    return promise
  }

  #tenant(id: string): Tenant {
    let tenant = this.#tenants.get(id)
    if (!tenant) {
      tenant = { waiting: [], size: 0, running: false, pace: 0, used: 0, at: this.#now() }
      this.#tenants.set(id, tenant)
    }
    return tenant
  }

  #pump(): void {
    while (this.#running < this.#slots) {
      const tenant = this.#next()
      if (!tenant) return
      void this.#do(tenant)
    }
  }

  #next(): Tenant | null {
    let next: Tenant | null = null
    for (const [id, tenant] of this.#tenants) {
      this.#age(tenant)
      if (tenant.running) continue
      if (tenant.waiting.length === 0) {
        if (tenant.used < NOTHING_MS) this.#tenants.delete(id)
        continue
      }
      if (tenant.pace > SLOW_MS && this.#slow >= Math.ceil(this.#slots / 2)) continue
      if (!next || tenant.used < next.used) next = tenant
    }
    return next
  }

  #age(tenant: Tenant): void {
    const now = this.#now()
    const left = 0.5 ** ((now - tenant.at) / HALF_LIFE_MS)
    tenant.used *= left
    tenant.pace *= left
    tenant.at = now
  }

  async #do(tenant: Tenant): Promise<void> {
    const work = tenant.waiting.shift()!
    const slow = Number(tenant.pace > SLOW_MS)
    tenant.running = true
    this.#running++
    this.#slow += slow
    const began = this.#now()
    await work.begin()
    this.#age(tenant)
    const took = this.#now() - began
    tenant.used += took
    tenant.pace += (took - tenant.pace) * LATEST_WEIGHT
    tenant.size -= work.size
    tenant.running = false
    this.#running--
    this.#slow -= slow
    this.#pump()
  }
}
