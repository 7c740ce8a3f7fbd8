import { type Delivery, named } from '../ingest/together.ts'
import { runMapping } from '../webhooks/mapping.ts'
import { routed } from '../webhooks/router.ts'

/** What a source's mapping makes of a row. `key` names the row as it was: read again, its events are known. */
export async function rowDelivery(tenantId: string, mapping: string, row: unknown, key: string): Promise<Delivery> {
  const { events, records } = routed(await runMapping(tenantId, mapping, { row }))
  // Where the source stands is written with what came of its rows: no key of its own is needed to know them.
  return { key: null, events: named(events, key), records }
}
