import type { Stored } from './rules/index.ts'

/**
 * Timers' share of the reaction: one row per profile or account, at the earliest instant at which any of its answers can
 * change by itself. When only some definitions were evaluated the others' instants are unknown, and an earlier timer stays:
 * firing too early finds no change, firing too late is a defect.
 */
export function timersPart(complete: boolean, { id, timers }: Stored): string {
  return `
timer_held AS MATERIALIZED (
  SELECT ${id}, due_at FROM ${timers} WHERE tenant_id = (SELECT kith_tenant()) AND ${id} = ANY ($1::uuid[])
),
timer_set AS (
  -- Those that stay as they are are left out here: ON CONFLICT would lock each of them, and a lock is written to the log.
  INSERT INTO ${timers} AS t (${id}, due_at)
  SELECT ${id}, due_at FROM flip WHERE due_at IS NOT NULL EXCEPT SELECT ${id}, due_at FROM timer_held
  ON CONFLICT (tenant_id, ${id}) DO UPDATE SET due_at = excluded.due_at
  WHERE t.due_at ${complete ? '<>' : '>'} excluded.due_at
),
timer_cleared AS (
  -- The worker's role sees every tenant's timers, so the tenant is named.
  DELETE FROM ${timers}
  WHERE tenant_id = (SELECT kith_tenant())
    AND ${id} IN (SELECT loser FROM merged${complete ? ` UNION ALL SELECT ${id} FROM flip WHERE due_at IS NULL` : ''})
)`
}
