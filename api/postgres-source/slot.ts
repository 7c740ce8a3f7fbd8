/** The slot of a source in the other database: whether it still holds what we need, how much it keeps there, and its end. */
import { type Client, inTenant } from '../../db/client.ts'
import {
  dropRows,
  type Held,
  measureSource,
  type OwedSlot,
  postponeSlot,
  settleSlot,
  takeOwedSlot,
  urlOf,
} from '../../db/sql/followed-sources.ts'
import type { LogPosition, Warning } from '../../db/sql/postgres-sources.ts'
import { parseLsn } from '../../db/wal/lsn.ts'
import { log } from '../../log.ts'
import { withServer, type Remote } from './remote.ts'
import { slotLost } from './remedies.ts'
import { identifier } from './tables.ts'

/** Throws SOURCE_SLOT_LOST when what comes next may not be what follows on `position`. */
export async function checkSlot(remote: Remote, slot: string, position: LogPosition): Promise<void> {
  const [row] = await remote<{ here: boolean; lost: boolean; confirmed: string }[]>`
SELECT database = current_database() AS here, coalesce(wal_status = 'lost', false) AS lost, confirmed_flush_lsn::text AS confirmed
FROM pg_replication_slots WHERE slot_name = ${slot}`
  if (!row?.here) throw slotLost(`The slot ${slot} is not in the other database.`)
  if (row.lost) throw slotLost(`The slot ${slot} kept too much, and the other database has thrown its log away.`)
  // Only what was written here is acknowledged there. Our database may be an older copy of itself, or somebody has read from the slot.
  if (parseLsn(row.confirmed) > parseLsn(position.lsn))
    throw slotLost(`The slot ${slot} stands at ${row.confirmed}, behind ${position.lsn}, where this source does.`)
}

const MUCH_BYTES = 1024 ** 3

export async function measure(sql: Client, held: Held, remote: Remote, slot: string): Promise<void> {
  const [row] = await remote<{ lag: string; kept: string; status: string }[]>`
SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::text AS lag,
  pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::text AS kept, wal_status AS status
FROM pg_replication_slots WHERE slot_name = ${slot}`
  if (!row) return
  const isMuch = Number(row.kept) > MUCH_BYTES || row.status === 'unreserved'
  const measured = { ...row, warning: isMuch ? kept(row.kept) : null }
  await inTenant(sql, held.tenantId, (sql) => measureSource(sql, held, measured))
}

function kept(bytes: string): Warning {
  return {
    code: 'SOURCE_LAGS',
    message: `The other database keeps ${(Number(bytes) / MUCH_BYTES).toFixed(1)} GiB of its log for this source, on its own disk. Pausing the source lets it go; max_slot_wal_keep_size bounds it.`,
  }
}

/** Drops a slot that is owed, if there is one whose time has come. False when there is none. */
export async function dropOwedSlot(sql: Client): Promise<boolean> {
  const owed = await takeOwedSlot(sql)
  if (!owed) return false
  await inTenant(sql, owed.tenantId, (sql) => dropRows(sql, owed.slot, null))
  try {
    await withServer(urlOf(owed), (remote) => drop(remote, owed))
    await settleSlot(sql, owed.slot)
    log.info('a slot in another database is dropped', { slot: owed.slot })
  } catch (error) {
    await postponeSlot(sql, owed.slot, (error as Error).message)
    log.warn('a slot in another database cannot be dropped yet: its log piles up there', {
      slot: owed.slot,
      error: (error as Error).message,
    })
  }
  return true
}

async function drop(remote: Remote, { slot, publication }: OwedSlot): Promise<void> {
  await remote`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = ${slot}`
  if (publication === null) return
  await remote
    .begin('read write', (remote) => remote.unsafe(`DROP PUBLICATION IF EXISTS ${identifier(publication)}`))
    .catch((error: Error & { code?: string }) => {
      if (error.code !== '42501') throw error // whoever made it may keep it: without a slot it costs nothing
    })
}
