import type { Transaction } from '../client.ts'

export type NewReplay = {
  from: string
  before: string
  sourceId: string | null
  names: string[] | null
  requestedBy: string
}

/** With its job in the tenant's slow queue; resolves to its id. */
export async function insertReplay(sql: Transaction, replay: NewReplay): Promise<string> {
  const { from, before, sourceId, names, requestedBy } = replay
  const [row] = await sql<[{ id: string }]>`
INSERT INTO replays (from_at, before_at, source_id, names, requested_by)
VALUES (${from}, ${before}, ${sourceId}::uuid, ${names}::text[], ${requestedBy})
RETURNING id`
  await sql`UPDATE replays SET job_id = ops.request_replay(id) WHERE id = ${row.id}`
  return row.id
}

/** Whether it was still to be cancelled; waits for the chunk that runs. */
export async function cancelReplay(sql: Transaction, id: string): Promise<boolean> {
  const { count } = await sql`
UPDATE replays SET cancelled_at = clock_timestamp() WHERE id = ${id} AND finished_at IS NULL AND cancelled_at IS NULL`
  return count > 0
}
