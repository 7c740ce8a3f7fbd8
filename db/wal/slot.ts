/** The relay's replication slot: what Postgres remembers for us while nobody reads. */
import type { Client } from '../client.ts'

/**
 * absent: there is none · free: nobody reads · taken: somebody does · lost: it has fallen too far behind, and Postgres has
 * thrown away log that we have not seen.
 */
export type SlotState = 'absent' | 'free' | 'taken' | 'lost'

export async function slotState(sql: Client, slot: string): Promise<SlotState> {
  const [row] = await sql<{ active: boolean; lost: boolean; here: boolean; database: string }[]>`
SELECT active, database = current_database() AS here, database,
  coalesce(wal_status = 'lost', false) OR invalidation_reason IS NOT NULL AS lost
FROM pg_replication_slots WHERE slot_name = ${slot}`
  if (!row) return 'absent'
  if (!row.here) {
    throw new Error(
      `The replication slot ${slot} belongs to the database ${row.database} of this server: give this Kith a name of its own ` +
        'for it (RELAY_SLOT).',
    )
  }
  if (row.lost) return 'lost'
  return row.active ? 'taken' : 'free'
}

/** Waits for the transactions that are running; what commits later is in the slot. Another may have been quicker. */
export async function createSlot(sql: Client, slot: string): Promise<void> {
  try {
    await sql`SELECT pg_create_logical_replication_slot(${slot}, 'pgoutput')`
  } catch (error) {
    if ((error as { code?: string }).code !== '42710') throw error
  }
}

/** Drops the slot if it is lost: by now another relay may have made it anew. */
export async function dropLostSlot(sql: Client, slot: string): Promise<void> {
  await sql`
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
WHERE slot_name = ${slot} AND (wal_status = 'lost' OR invalidation_reason IS NOT NULL)`
}
