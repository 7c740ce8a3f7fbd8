/** Rows of a source that is followed, through its mapping. */
import { createHash } from 'node:crypto'
import type { FoundSource } from '../../db/sql/postgres-sources.ts'
import type { WaitingRow } from '../../db/sql/followed-sources.ts'
import { formatLsn } from '../../db/wal/lsn.ts'
import { isoOf } from './warnings.ts'
import { type Change, changeJson, snapshotJson } from './row.ts'
import { type CameRow, type Mapped, mapRows } from './store.ts'
import { quoted, type TableName } from './tables.ts'
import type { ReadChange } from './values.ts'

/** As they were when it began. A row that begins once more as it was gives no event twice: its key is what it holds. */
export function mappedRows(
  tenantId: string,
  source: FoundSource,
  tables: TableName[],
  rows: WaitingRow[],
): Promise<Mapped[]> {
  const came = rows.map(({ of_table: place, copy, row }) => {
    const { schema, table } = tables[place]!
    const hash = createHash('sha256')
      .update(`${quoted({ schema, table })} ${copy} ${row}`)
      .digest('base64url')
    return { key: `${source.source_id}:${hash}`, json: snapshotJson(row, { schema, table }) }
  })
  return mapRows(tenantId, source.mapping, 'change', came)
}

export async function mappedChanges(
  tenantId: string,
  source: FoundSource,
  slot: string,
  changes: ReadChange[],
): Promise<Mapped[]> {
  const came = changes.map((change) => cameRow(slot, change))
  const rows = came.flatMap((one) => ('problem' in one ? [] : [one]))
  const mapped = await mapRows(tenantId, source.mapping, 'change', rows)
  return came.map((one) => ('problem' in one ? one : mapped.shift()!))
}

function cameRow(slot: string, read: ReadChange): CameRow | Extract<Mapped, { problem: unknown }> {
  const { change } = read
  // The slot's own name is in it: another server counts its log anew.
  const key = `${slot}:${formatLsn(change.commitLsn)}:${change.n}`
  const committedAt = isoOf(change.committedAt)
  if (change.op === 'truncate') {
    const tables = change.tables.map(quoted)
    const reason = `${tables.join(' and ')} was emptied (TRUNCATE), and its rows were not told one by one: what came of them is still here.`
    const json = JSON.stringify({ op: 'truncate', tables, committedAt })
    return { key, type: 'change', json, problem: { code: 'ROWS_TRUNCATED', reason } }
  }
  const { schema, table } = change.relation
  const { row, old } = read
  const broken = [row, old].find((one) => one && 'reason' in one)
  if (broken && 'reason' in broken) {
    const json = JSON.stringify({ op: change.op, schema, table, row: change.row, committedAt })
    const reason = `The other database cannot read its own text any more: ${broken.reason}`
    return { key, type: 'change', json, problem: { code: 'ROW_UNREADABLE', reason } }
  }
  const { json: told, unchanged } = row as { json: string; unchanged: string[] }
  const more: Change = { op: change.op, schema, table, committedAt }
  if (change.op === 'update' && unchanged.length > 0) more.unchanged = unchanged
  const before = change.op === 'update' ? (old && 'json' in old ? old.json : 'null') : undefined
  return { key, json: changeJson(told, more, before) }
}
