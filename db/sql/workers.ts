import type { Client } from '../client.ts'

export type WorkerRow = { id: string; host: string; pid: number }

export async function registerWorker(sql: Client, { id, host, pid }: WorkerRow): Promise<void> {
  await sql`INSERT INTO ops.workers (id, host, pid) VALUES (${id}, ${host}, ${pid}) ON CONFLICT DO NOTHING`
}

/** Says that the worker lives, and tells why it must begin anew: null for no reason. */
export async function beatWorker(sql: Client, id: string): Promise<string | null> {
  const [row] = await sql<{ stuck: boolean }[]>`
UPDATE ops.workers SET seen_at = now() WHERE id = ${id} RETURNING ops.holds_idle_queue(id) AS stuck`
  if (!row) return 'declared dead by another worker'
  return row.stuck ? 'holds a queue whose job another worker has ended' : null
}

/** Gives back everything the worker held. */
export async function dismissWorker(sql: Client, id: string): Promise<void> {
  await sql`
WITH gone AS (DELETE FROM ops.workers WHERE id = ${id})
SELECT graphile_worker.force_unlock_workers(ARRAY[${id}])`
}

/** Dismisses the workers that have been silent for longer than `seconds`, and returns them. */
export async function buryWorkers(sql: Client, seconds: number): Promise<string[]> {
  const [row] = await sql<{ ids: string[] }[]>`
WITH dead AS (
  DELETE FROM ops.workers WHERE seen_at < now() - make_interval(secs => ${seconds}) RETURNING id
), list AS (
  SELECT array_agg(id) AS ids FROM dead HAVING count(*) > 0
)
SELECT ids, graphile_worker.force_unlock_workers(ids) FROM list`
  return row?.ids ?? []
}
