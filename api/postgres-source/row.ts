import { type Delivery, named } from '../ingest/together.ts'
import { parseJson } from '../webhooks/delivery.ts'
import { runMapping } from '../webhooks/mapping.ts'
import { routed } from '../webhooks/router.ts'

/** What became of a row of a log that is followed. */
export type Change = {
  op: 'snapshot' | 'insert' | 'update' | 'delete'
  schema: string
  table: string
  /** Of a row as it was before, what the other database tells: its key where that has changed, all with REPLICA IDENTITY FULL. */
  old?: Record<string, unknown> | null
  /** Columns that were not told, because an update left them as they were: long values, which are stored apart. */
  unchanged?: string[]
  /** ISO 8601. */
  committedAt?: string
}

/** As a mapping sees it: a polled row by itself, a followed one with what became of it; of a deleted one its key, or all of it. */
export type RowInput = { row: unknown } & Partial<Change>
/** How a dead letter keeps it: only the row, or the whole input. */
export type RowType = 'row' | 'change'

/** Of a row that was there before. */
export const snapshotJson = (row: string, { schema, table }: { schema: string; table: string }) =>
  changeJson(row, { op: 'snapshot', schema, table })

/** Rows are put in as the text that they are, with all digits of their numbers. */
export function changeJson(row: string, more: Change, old?: string): string {
  return `{"row":${row},${old === undefined ? '' : `"old":${old},`}${JSON.stringify(more).slice(1)}`
}

/** Of what a dead letter keeps. Throws BODY_UNREADABLE. */
export function inputOf(type: RowType, json: string): RowInput {
  const came = parseJson(json)
  return type === 'row' ? { row: came } : (came as RowInput)
}

/** What a source's mapping makes of a row. `key` names the row as it was: read again, its events are known. */
export async function rowDelivery(tenantId: string, mapping: string, input: RowInput, key: string): Promise<Delivery> {
  return toDelivery(await runMapping(tenantId, mapping, input), key)
}

/** Throws MAPPING_FAILED where what was made is neither events nor records. */
export function toDelivery(made: unknown[], key: string): Delivery {
  const { events, records } = routed(made)
  // Where the source stands is written with what came of its rows: no key of its own is needed to know them.
  return { key: null, events: named(events, key), records }
}
