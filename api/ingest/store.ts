/** What one transaction stores of a batch that has passed the gate. */
import type { Transaction } from '../../db/client.ts'
import { countBehaviors, type Tally } from '../../db/sql/count-behaviors.ts'
import { type AskedPurpose, refusedPurposes } from '../../db/sql/refused-purposes.ts'
import { type DeadLetterRow, storeDeadLetters } from '../../db/sql/store-dead-letters.ts'
import { type EventRow, type Ledger, storeEvents } from '../../db/sql/store-events.ts'

export type Work = {
  rows: EventRow[]
  dead: DeadLetterRow[]
  /** What the gate counted of events that it discarded. */
  tallies: Tally[]
}

/** Message ids: what was new (null: all), and what was not stored because its person had refused the purpose. */
export type StoredBatch = { fresh: Set<string> | null; withheld: Set<string> }

/** `ledger` counts `rows` as if nobody had refused. */
export async function storeBatch(
  sql: Transaction,
  ledger: Ledger,
  { rows, dead, tallies }: Work,
): Promise<StoredBatch> {
  const withheld = await withheldOf(sql, ledger.tenantId, rows)
  const taken = withheld.size === 0 ? rows : rows.filter((row) => !withheld.has(row.message_id))
  const unconsented = ledger.unconsented + withheld.size
  const [fresh] = await Promise.all([
    storeEvents(sql, { ...ledger, unconsented }, taken),
    dead.length > 0 ? storeDeadLetters(sql, ledger.sourceId, dead) : null,
  ])
  const counted = [...tallies]
  for (const row of rows) {
    if (!row.gate) continue
    if (withheld.has(row.message_id)) counted.push({ name: row.gate.name, outcome: 'unconsented', path: '' })
    else if (!fresh || fresh.has(row.message_id)) counted.push(...row.gate.tallies)
  }
  await countBehaviors(sql, ledger.tenantId, counted)
  return { fresh, withheld }
}

/** Asked in the transaction that stores: a refusal that was committed before holds. */
async function withheldOf(sql: Transaction, tenantId: string, rows: EventRow[]): Promise<Set<string>> {
  const asked: AskedPurpose[] = []
  for (const [n, { gate, user_id, anonymous_id, identifiers }] of rows.entries()) {
    if (!gate || gate.purposes.length === 0) continue
    const ids = {
      ...(identifiers && JSON.parse(identifiers)),
      ...(user_id && { user_id }),
      ...(anonymous_id && { anonymous_id }),
    }
    for (const { purpose, channel } of gate.purposes) asked.push({ n, purpose, channel, ids })
  }
  if (asked.length === 0) return new Set()
  const refused = await refusedPurposes(sql, tenantId, asked)
  return new Set([...refused].map((n) => rows[n]!.message_id))
}
