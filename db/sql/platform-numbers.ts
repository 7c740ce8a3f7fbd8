import type { Client } from '../client.ts'

export type PlatformNumbers = {
  relays: { slot: string; active: boolean; lost: number; lagBytes: number | null; lagSeconds: number }[]
  workers: number
  timersDue: number
  jobs: { task: string; state: string; count: number; waitedS: number | null }[]
  followed: { following: number; failing: number; lagBytes: number; keptBytes: number; owed: number }
  lastMinute: { task: string; done: number; failed: number; ranMs: number; waitedMostMs: number }[]
}

/** What is known of the platform as a whole, in numbers that name no tenant. A worker is alive that was seen in `seconds`. */
export async function readPlatformNumbers(sql: Client, seconds: number): Promise<PlatformNumbers> {
  const [row] = await sql<[PlatformNumbers]>`
SELECT
  (SELECT coalesce(json_agg(json_build_object('slot', slot, 'active', active, 'lost', lost, 'lagBytes', lag_bytes, 'lagSeconds', lag_seconds)), '[]')
    FROM ops.relay_status()) AS relays,
  (SELECT count(*)::int FROM ops.workers WHERE seen_at > now() - make_interval(secs => ${seconds})) AS workers,
  (SELECT json_build_object('following', following, 'failing', failing, 'lagBytes', lag_bytes, 'keptBytes', kept_bytes, 'owed', owed)
    FROM ops.followed_sources()) AS followed,
  ops.timers_due()::int AS "timersDue",
  (SELECT coalesce(json_agg(json_build_object('task', task, 'state', state, 'count', count, 'waitedS', waited_s)), '[]') FROM ops.queue_metrics()) AS jobs,
  (SELECT coalesce(json_agg(json_build_object('task', task, 'done', done, 'failed', failed, 'ranMs', ran_ms, 'waitedMostMs', waited_most_ms)), '[]')
    FROM ops.last_job_minute()) AS "lastMinute"`
  return row
}
