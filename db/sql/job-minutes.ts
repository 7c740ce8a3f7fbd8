import type { Client } from '../client.ts'

/** What one worker saw of a tenant's task within a minute. Times in milliseconds. */
export type JobMinute = {
  tenant: string
  task: string
  /** ISO 8601, at its full minute. */
  minute: string
  done: number
  failed: number
  waited: number
  waitedMost: number
  ran: number
  ranMost: number
}

/** Adds to what is known of those minutes. Minutes of tenants that are gone are left out. */
export async function addJobMinutes(sql: Client, minutes: JobMinute[]): Promise<void> {
  await sql`
INSERT INTO job_minutes AS m (tenant_id, task, minute, done, failed, waited_ms, waited_most_ms, ran_ms, ran_most_ms)
SELECT tenant, task, minute, done, failed, waited, "waitedMost", ran, "ranMost"
FROM json_to_recordset(${minutes as never}::json) AS j (tenant uuid, task text, minute timestamptz, done int, failed int,
  waited float8, "waitedMost" float8, ran float8, "ranMost" float8)
WHERE tenant IN (SELECT id FROM tenants)
ON CONFLICT (tenant_id, task, minute) DO UPDATE SET
  done = m.done + EXCLUDED.done,
  failed = m.failed + EXCLUDED.failed,
  waited_ms = m.waited_ms + EXCLUDED.waited_ms,
  waited_most_ms = greatest(m.waited_most_ms, EXCLUDED.waited_most_ms),
  ran_ms = m.ran_ms + EXCLUDED.ran_ms,
  ran_most_ms = greatest(m.ran_most_ms, EXCLUDED.ran_most_ms)`
}
