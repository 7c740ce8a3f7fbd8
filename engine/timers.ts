/**
 * Timers' share of the reaction: one row per profile, at the earliest instant at which any of its answers can change by
 * itself. When only some definitions were evaluated the others' instants are unknown, and an earlier timer stays: firing
 * too early finds no change, firing too late is a defect.
 */
export function timersPart(complete: boolean): string {
  return `
flip AS MATERIALIZED (
  SELECT profile_id, min(next_at) AS due_at FROM evaluated GROUP BY profile_id
),
timer_set AS (
  INSERT INTO timers AS t (profile_id, due_at)
  SELECT profile_id, due_at FROM flip WHERE due_at IS NOT NULL
  ON CONFLICT (tenant_id, profile_id) DO UPDATE SET due_at = excluded.due_at
  WHERE t.due_at ${complete ? '<>' : '>'} excluded.due_at
),
timer_cleared AS (
  -- The worker's role sees every tenant's timers, so the tenant is named.
  DELETE FROM timers
  WHERE tenant_id = (SELECT kith_tenant())
    AND profile_id IN (SELECT loser FROM merged${complete ? ' UNION ALL SELECT profile_id FROM flip WHERE due_at IS NULL' : ''})
)`
}
