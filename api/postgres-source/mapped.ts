/** Rows of a source that is followed, through its mapping. */
import { createHash } from 'node:crypto'
import type { FoundSource } from '../../db/sql/postgres-sources.ts'
import type { WaitingRow } from '../../db/sql/followed-sources.ts'
import { formatLsn } from '../../db/wal/lsn.ts'
import { isoOf } from './warnings.ts'
import { type Change, changeJson, snapshotJson } from './row.ts'
import { type Mapped, mapRow } from './store.ts'
import { quoted, type TableName } from './tables.ts'
import type { ReadChange } from './values.ts'

/** As they were when it began. A row that begins once more as it was gives no event twice: its key is what it holds. */
export async function mappedRows(
  tenantId: string,
  source: FoundSource,
  tables: TableName[],
  rows: WaitingRow[],
): Promise<Mapped[]> {
  const mapped = []
  for (const { of_table: place, copy, row } of rows) {
    const { schema, table } = tables[place]!
    const hash = createHash('sha256')
      .update(`${quoted({ schema, table })} ${copy} ${row}`)
      .digest('base64url')
    const json = snapshotJson(row, { schema, table })
    mapped.push(await mapRow(tenantId, source.mapping, 'change', json, `${source.source_id}:${hash}`))
  }
  return mapped
}

export async function mappedChanges(
  tenantId: string,
  source: FoundSource,
  slot: string,
  changes: ReadChange[],
): Promise<Mapped[]> {
  const mapped = []
  for (const change of changes) mapped.push(await mappedChange(tenantId, source, slot, change))
  return mapped
}

function mappedChange(tenantId: string, source: FoundSource, slot: string, read: ReadChange): Promise<Mapped> | Mapped {
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
  return mapRow(tenantId, source.mapping, 'change', changeJson(told, more, before), key)
}
