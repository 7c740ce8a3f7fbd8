/**
 * A round of a Postgres source: the rows behind its position, in batches. What a batch brings and where the source stands
 * after it are one transaction: each row counts once, whatever crashes.
 */
import { MINUTE } from '../../config.ts'
import { type Client, inTenant } from '../../db/client.ts'
import {
  advancePostgresSource,
  finishPull,
  type FoundSource,
  type Position,
  type Pulled,
  readPostgresSource,
} from '../../db/sql/postgres-sources.ts'
import { type RemoteRow, withRemote } from './remote.ts'
import { mapRows, storeMapped } from './store.ts'

const BATCH = 500
/** A round ends then, and the next goes on: other sources of the tenant wait behind it. */
const LONGEST_MS = 5 * MINUTE

type Source = FoundSource & { mode: 'polling' }

/** Never rejects for what is wrong with the other database: the source tells it. */
export async function pull(sql: Client, tenantId: string, sourceId: string, batch = BATCH): Promise<Pulled> {
  const total: Pulled = { rows: 0, stored: 0, records: 0, dead: 0 }
  const source = await inTenant(sql, tenantId, (sql) => readPostgresSource(sql, sourceId))
  if (source?.mode !== 'polling' || source.status !== 'active') return total
  let error: string | null = null
  try {
    await withRemote(source.url, source, async (read) => {
      const until = Date.now() + LONGEST_MS
      for (let position = source.position as Position | null; Date.now() < until; ) {
        const { rows, more } = await read(position, batch)
        const last = rows.at(-1)
        if (!last) return
        const pulled = await storeRows(sql, tenantId, source, position, rows)
        if (!pulled) return
        for (const key of ['rows', 'stored', 'records', 'dead'] as const) total[key] += pulled[key]
        position = last.position
        if (!more) return
      }
    })
  } catch (cause) {
    if (isOurs(cause)) throw cause
    error = (cause as Error).message
  }
  await inTenant(sql, tenantId, (sql) => finishPull(sql, sourceId, error))
  return total
}

class OurError extends Error {}
const isOurs = (error: unknown) => error instanceof OurError

/** Null when somebody else has moved, changed or paused the source meanwhile: what was read is read again by them. */
async function storeRows(sql: Client, tenantId: string, source: Source, from: Position | null, rows: RemoteRow[]) {
  const { source_id: sourceId, mapping } = source
  const came = rows.map(({ position, ...row }) => ({ ...row, key: `${sourceId}:${position.id}:${position.cursor}` }))
  const mapped = await mapRows(tenantId, mapping, 'row', came)
  return inTenant(sql, tenantId, async (sql) => {
    const now = await readPostgresSource(sql, sourceId, true)
    const isSame =
      now?.status === 'active' && now.mapping === mapping && samePosition(now.position as Position | null, from)
    if (!isSame) return null
    const pulled = await storeMapped(sql, tenantId, sourceId, mapped)
    await advancePostgresSource(sql, sourceId, rows.at(-1)!.position, pulled)
    return pulled
  }).catch((cause: Error) => {
    // Our own database had a bad moment: the job is tried again.
    throw new OurError(cause.message, { cause })
  })
}

const samePosition = (a: Position | null, b: Position | null) => a?.cursor === b?.cursor && a?.id === b?.id
