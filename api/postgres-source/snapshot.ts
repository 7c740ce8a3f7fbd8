/**
 * A slot, and the tables as they were at the very place of the log where it begins. They are copied raw, in a minute where mapping
 * them takes an hour: until that is done nothing has been taken, and whoever is interrupted begins anew with another slot. And the
 * other database need keep no old rows for us while we think.
 */
import { openLog } from '../../db/wal/replication.ts'
import type { WaitingRow } from '../../db/sql/followed-sources.ts'
import type { FollowedTable } from './prepare.ts'
import { openRemote, type Remote, serverOf } from './remote.ts'
import { explained } from './remedies.ts'
import { identifier, quoted } from './tables.ts'

const CHUNK_ROWS = 1000
const CHUNK_BYTES = 1024 * 1024

type Snapshot = {
  url: string
  slot: string
  tables: FollowedTable[]
  role: string
  keep: (rows: WaitingRow[]) => Promise<void>
  signal: AbortSignal
}

/** Makes the slot, and hands the rows to `keep` in their order, some at a time. Resolves to the place that they are of. */
export async function takeSnapshot({ url, slot, tables, role, keep, signal }: Snapshot): Promise<string> {
  const log = openLog(serverOf(url), 'kith source')
  const remote = openRemote(url)
  const end = (timeout: number) => Promise.all([log.end({ timeout }), remote.end({ timeout })])
  const stop = () => void end(0)
  signal.addEventListener('abort', stop, { once: true })
  try {
    // Waits for the transactions that are open there. The snapshot is there until the connection does something else.
    const [made] = await log
      .unsafe(`CREATE_REPLICATION_SLOT "${slot}" LOGICAL pgoutput EXPORT_SNAPSHOT`)
      .simple()
      .catch((cause: unknown) => {
        throw explained(cause, role)
      })
    await remote.begin('isolation level repeatable read read only', async (sql) => {
      await sql.unsafe(`SET TRANSACTION SNAPSHOT '${made!.snapshot_name}'`)
      await sql`SET LOCAL statement_timeout = 0`
      await sql`SET LOCAL idle_in_transaction_session_timeout = 0`
      await copy(sql as unknown as Remote, tables, keep)
    })
    return made!.consistent_point as string
  } finally {
    signal.removeEventListener('abort', stop)
    await end(1)
  }
}

async function copy(sql: Remote, tables: FollowedTable[], keep: (rows: WaitingRow[]) => Promise<void>): Promise<void> {
  let n = 0
  let chunk: WaitingRow[] = []
  let bytes = 0
  const flush = async () => {
    if (chunk.length > 0) await keep(chunk)
    chunk = []
    bytes = 0
  }
  for (const [place, table] of tables.entries()) {
    for await (const rows of sql.unsafe(rowsOf(table)).cursor(CHUNK_ROWS / 10)) {
      for (const { row, copy } of rows as unknown as { row: string; copy: number }[]) {
        chunk.push({ n: ++n, of_table: place, copy, row })
        bytes += row.length
        if (chunk.length >= CHUNK_ROWS || bytes >= CHUNK_BYTES) await flush()
      }
    }
  }
  await flush()
}

/** The rows as the publication tells them; with `most`, the first. `copy` counts those that are alike in everything. */
export function rowsOf(table: FollowedTable, most?: number): string {
  const { columns, filter, hasCopies } = table
  return `SELECT to_json(t)::text AS row, ${hasCopies ? '(row_number() OVER (PARTITION BY to_json(t)::text))::int' : '1'} AS copy
FROM (SELECT ${columns.map(identifier).join(', ')} FROM ${quoted(table)}${filter === null ? '' : ` WHERE ${filter}`}${most === undefined ? '' : ` LIMIT ${most}`}) t`
}
