/** What is to be told of a source beside what it reads, until it begins anew. */
import type { Transaction } from '../../db/client.ts'
import { type Columns, readColumnsSeen, warnOfSource, writeColumnsSeen } from '../../db/sql/followed-sources.ts'
import type { Warning } from '../../db/sql/postgres-sources.ts'
import type { FollowedTable } from './prepare.ts'
import { quoted } from './tables.ts'
import type { ReadChange } from './values.ts'

export const isoOf = (microseconds: number) => new Date(microseconds / 1000).toISOString()

/** Columns that were there and are no more: a mapping that reads them finds nothing, which only its author can judge. */
export async function noteColumns(sql: Transaction, sourceId: string, tables: FollowedTable[]): Promise<void> {
  const seen = await readColumnsSeen(sql, sourceId)
  const all: Columns = {}
  const warnings: Record<string, Warning | null> = {}
  for (const table of tables) {
    const name = quoted(table)
    const before = seen?.[name] ?? []
    const gone = before.filter((column) => !table.columns.includes(column))
    all[name] = [...before, ...table.columns.filter((column) => !before.includes(column))]
    const message = `${name} has no more ${gone.join(', ')}: what the mapping makes of that is missing.`
    warnings[`columns ${name}`] = gone.length > 0 ? { code: 'SOURCE_COLUMN_GONE', message } : null
  }
  if (JSON.stringify(all) === JSON.stringify(seen)) return
  await writeColumnsSeen(sql, sourceId, all)
  await warnOfSource(sql, sourceId, warnings)
}

/** Undefined when each change told all. */
export function noteUntold(changes: ReadChange[]): ((sql: Transaction, sourceId: string) => Promise<void>) | undefined {
  const untold = new Map<string, Set<string>>()
  for (const { change, row } of changes) {
    if (change.op !== 'update' || !row || 'reason' in row || row.unchanged.length === 0) continue
    const name = quoted(change.relation)
    const columns = untold.get(name) ?? new Set()
    untold.set(name, columns)
    for (const column of row.unchanged) columns.add(column)
  }
  if (untold.size === 0) return undefined
  const warnings: Record<string, Warning> = {}
  for (const [name, columns] of untold) {
    warnings[`untold ${name}`] = {
      code: 'SOURCE_COLUMN_UNTOLD',
      message: `An UPDATE of ${name} left long values of ${[...columns].join(', ')} as they were, and so did not tell them: the mapping sees no such member, and their names in "unchanged".`,
      sql: `ALTER TABLE ${name} REPLICA IDENTITY FULL;`,
    }
  }
  return (sql, sourceId) => warnOfSource(sql, sourceId, warnings)
}
