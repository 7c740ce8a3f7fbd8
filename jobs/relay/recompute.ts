/**
 * A slot that is made anew has a gap before it. The debt is written down first, so that no crash forgets it, and paid with
 * one `recompute` job for each tenant once the new slot records what commits.
 */
import type { Client } from '../../db/client.ts'
import { log } from '../../log.ts'

export async function owesRecompute(sql: Client, slot: string): Promise<boolean> {
  const [row] = await sql<{ owes: boolean }[]>`SELECT recompute_due AS owes FROM ops.relays WHERE slot = ${slot}`
  return row?.owes ?? true
}

/**
 * A row of ops.relays without its slot means that a slot was lost; no row, that this database is new to us. The slot is
 * looked at once more: another relay may have made it while we waited for the row.
 */
export async function oweRecompute(sql: Client, slot: string): Promise<void> {
  const [relay] = await sql<{ lost: number; first: boolean }[]>`
INSERT INTO ops.relays AS r (slot, recompute_due) VALUES (${slot}, true)
ON CONFLICT (slot) DO UPDATE SET recompute_due = true, lost = r.lost + 1, leader = NULL
WHERE NOT r.recompute_due
  AND NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = r.slot AND wal_status <> 'lost' AND invalidation_reason IS NULL)
RETURNING lost, xmax = 0 AS first`
  if (!relay) return // owed already by a relay that did not live to pay, or paid by a quicker one
  if (relay.first) log.info('first start: creating the replication slot', { slot })
  else
    log.error(
      'THE REPLICATION SLOT IS LOST: changes were committed that the relay will never see. All tenants are recomputed.',
      {
        slot,
        lost: relay.lost,
        hint: 'was the relay away for long? see max_slot_wal_keep_size',
      },
    )
}

/** In one transaction, by one relay only. The checkpoint starts again: another server counts its log anew. */
export async function clearRecompute(sql: Client, slot: string): Promise<void> {
  const [row] = await sql<[{ tenants: number }]>`
WITH paid AS (
  UPDATE ops.relays SET recompute_due = false, lsn = '0/0', message_lsn = '0/0', updated_at = now()
  WHERE slot = ${slot} AND recompute_due
  RETURNING slot
), specs AS (
  SELECT array_agg(('recompute', json_build_object('tenant', id, 'walk', (SELECT 1 + sum(lost) FROM ops.relays)), 'backfill:' || id, NULL, NULL, 'recompute:' || id, 10, NULL)::graphile_worker.job_spec) AS list
  FROM tenants
)
SELECT count(job.id)::int AS tenants FROM paid, specs, graphile_worker.add_jobs(specs.list) AS job WHERE specs.list IS NOT NULL`
  if (row.tenants > 0) log.info('recompute enqueued', { slot, tenants: row.tenants })
}
