/**
 * The tenants' gates, each read once in a while: a change is seen by the process that made it at once, by others within two
 * seconds. Null for a tenant that has defined nothing: its events pay nothing.
 */
import { SECOND } from '../../config.ts'
import { type Client, inTenant, perClient, type Transaction } from '../../db/client.ts'
import { readGate } from '../../engine/gate/settings.ts'
import { changesOf } from '../schema-changes.ts'
import { Gate } from './gate.ts'

const FRESH_MS = 2 * SECOND
const MOST_REMEMBERED = 5000

type Entry = { gate: Promise<Gate | null>; until: number; changes: number; unknown: Set<string> }

class Gates {
  readonly #sql: Client
  /** In the order of their last reading. */
  readonly #entries = new Map<string, Entry>()

  constructor(sql: Client) {
    this.#sql = sql
  }

  of(tenantId: string): Promise<Gate | null> {
    const known = this.#entries.get(tenantId)
    const now = performance.now()
    const changes = changesOf(tenantId)
    if (known && known.until > now && known.changes === changes) return known.gate
    const unknown = known?.unknown ?? new Set<string>()
    const gate = inTenant(this.#sql, tenantId, (tx) => gateOf(tx, tenantId, unknown))
    const entry = { gate, until: now + FRESH_MS, changes, unknown }
    this.#entries.delete(tenantId)
    this.#entries.set(tenantId, entry)
    if (this.#entries.size > MOST_REMEMBERED) this.#entries.delete(this.#entries.keys().next().value!)
    // A failure is no answer.
    gate.catch(() => this.#entries.get(tenantId) === entry && this.#entries.delete(tenantId))
    return gate
  }
}

/** As it stands in this transaction. */
export async function gateOf(tx: Transaction, tenantId: string, unknown = new Set<string>()): Promise<Gate | null> {
  const definitions = await readGate(tx)
  const { behaviors, settings, purposes, required } = definitions
  const isEmpty = (map: object) => Object.keys(map).length === 0
  if (behaviors.length === 0 && !settings && isEmpty(purposes) && isEmpty(required)) return null
  return new Gate(tenantId, definitions, unknown)
}

/** The one of this client. */
export const gatesOf = perClient((sql) => new Gates(sql))
