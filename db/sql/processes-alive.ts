import type { Client } from '../client.ts'

/** Whether the relay of this slot, and any worker, gave a sign of life within the last `seconds`. */
export async function processesAlive(sql: Client, slot: string, seconds: number) {
  const [row] = await sql<[{ relay: boolean; worker: boolean }]>`
SELECT
  EXISTS (SELECT FROM ops.relays WHERE slot = ${slot} AND updated_at > now() - make_interval(secs => ${seconds})) AS relay,
  EXISTS (SELECT FROM ops.workers WHERE seen_at > now() - make_interval(secs => ${seconds})) AS worker`
  return row
}
