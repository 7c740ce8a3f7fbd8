import type { Transaction } from '../client.ts'

/** Whether this transaction is the first with the id; waits for another that has it in hand. */
export async function claimMessageId(sql: Transaction, tenantId: string, messageId: string): Promise<boolean> {
  const { count } = await sql`
INSERT INTO event_ids (tenant_id, message_id) VALUES (${tenantId}, ${messageId}) ON CONFLICT DO NOTHING`
  return count > 0
}

/** Records that a delivery wrote, beside the ledger of its events. */
export async function countRecords(
  sql: Transaction,
  { tenantId, sourceId, door }: { tenantId: string; sourceId: string | null; door: string },
  records: number,
): Promise<void> {
  await sql`
INSERT INTO ingest_counts AS c (tenant_id, source_id, door, hour, lane, accepted, stored, deduplicated, dead, records)
VALUES (${tenantId}, coalesce(${sourceId}::uuid, '00000000-0000-0000-0000-000000000000'), ${door}, date_trunc('hour', now()),
  pg_backend_pid() % 16, 0, 0, 0, 0, ${records})
ON CONFLICT (tenant_id, source_id, door, hour, lane) DO UPDATE SET records = c.records + excluded.records`
}
