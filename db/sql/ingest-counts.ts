import type { Transaction } from '../client.ts'

export type IngestCount = {
  source_id: string | null
  door: string
  accepted: number
  stored: number
  deduplicated: number
  dead: number
  records: number
  discarded: number
  unconsented: number
}

/** What became of the events of each source and door within [from, before), in whole hours. Null: without a bound. */
export function readIngestCounts(sql: Transaction, from: string | null, before: string | null) {
  return sql<IngestCount[]>`
SELECT nullif(source_id, '00000000-0000-0000-0000-000000000000') AS source_id, door,
  sum(accepted)::float8 AS accepted, sum(stored)::float8 AS stored, sum(deduplicated)::float8 AS deduplicated, sum(dead)::float8 AS dead,
  sum(records)::float8 AS records, sum(discarded)::float8 AS discarded, sum(unconsented)::float8 AS unconsented
FROM ingest_counts
WHERE (${from}::timestamptz IS NULL OR hour >= date_trunc('hour', ${from}::timestamptz))
  AND (${before}::timestamptz IS NULL OR hour < ${before}::timestamptz)
GROUP BY source_id, door ORDER BY accepted DESC, source_id, door`
}
