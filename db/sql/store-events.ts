import type { Transaction } from '../client.ts'
import type { Tally } from './count-behaviors.ts'

/** A row of `events`; jsonb columns are JSON text. No text but JSON holds U+001E or U+001F. */
export type EventRow = {
  id: string
  type: string
  name: string
  user_id: string | null
  anonymous_id: string | null
  identifiers: string | null
  occurred_at: string
  message_id: string
  properties: string
  traits: string | null
  context: string | null
  /** What the gate found, when it found something: nothing that is stored with the event. */
  gate?: Passed
}

/** `purposes`: what the event is for, which its person may have refused. `tallies`: what is counted once it is stored. */
export type Passed = { name: string; purposes: { purpose: string; channel: string | null }[]; tallies: Tally[] }

/** The columns. */
type Column = Exclude<keyof EventRow, 'gate'>

// How the batch travels hardly matters (Postgres's own time per event: parsing 1.7 us of 19, and 18 in all with
// json_to_recordset or arrays); this is the least work for us. What costs is the ids' table (5), the trigger for the relay
// (4) and the hypertable with its indexes (8). JSON text has no control characters, and the door refuses these two elsewhere: joining needs no escaping.
const RECORD = '\u001e'
const NULL = '\u001f'

/** Whose events they are, by which door they came, and how many were accepted in all. */
export type Ledger = {
  tenantId: string
  sourceId: string | null
  door: string
  accepted: number
  /** Of the accepted: those that repeat another of the same batch. */
  repeated: number
  /** Of the accepted: those that became dead letters. */
  dead: number
  /** Of the accepted: those that the tenant's own gate kept out, and those of people who had refused their purpose. */
  discarded: number
  unconsented: number
}

/**
 * Stores those events whose message id is new to the tenant, once each; resolves to the message ids that were new, or to
 * null when all were. Counts them, and what the ledger says of the others. The ids of `rows` must differ. Ids go in sorted, so that two batches that share some wait for each
 * other, and do not deadlock.
 */
export async function storeEvents(
  sql: Transaction,
  { tenantId, sourceId, door, accepted, repeated, dead, discarded, unconsented }: Ledger,
  rows: EventRow[],
): Promise<Set<string> | null> {
  const column = (name: Column) => rows.map((row) => row[name] ?? NULL).join(RECORD)
  // string_to_table promises 1,000 rows, so that the generic plan hashes; unnest promises 10, and it would loop.
  const [{ stored }] = await sql<[{ stored: string[] | null }]>`
WITH incoming AS MATERIALIZED (
  SELECT * FROM ROWS FROM (
    string_to_table(${column('id')}, ${RECORD}),
    string_to_table(${column('type')}, ${RECORD}),
    string_to_table(${column('name')}, ${RECORD}),
    string_to_table(${column('user_id')}, ${RECORD}, ${NULL}),
    string_to_table(${column('anonymous_id')}, ${RECORD}, ${NULL}),
    string_to_table(${column('identifiers')}, ${RECORD}, ${NULL}),
    string_to_table(${column('occurred_at')}, ${RECORD}),
    string_to_table(${column('message_id')}, ${RECORD}),
    string_to_table(${column('properties')}, ${RECORD}),
    string_to_table(${column('traits')}, ${RECORD}, ${NULL}),
    string_to_table(${column('context')}, ${RECORD}, ${NULL})
  ) AS rows (id, type, name, user_id, anonymous_id, identifiers, occurred_at, message_id, properties, traits, context)
),
fresh AS (
  INSERT INTO event_ids (tenant_id, message_id) SELECT ${tenantId}::uuid, message_id FROM incoming ORDER BY message_id
  ON CONFLICT DO NOTHING
  RETURNING message_id
),
inserted AS (
  INSERT INTO tenant_events
    (tenant_id, id, type, name, user_id, anonymous_id, identifiers, occurred_at, message_id, source_id, properties, traits,
    context)
  SELECT ${tenantId}::uuid, id::uuid, type, name, user_id, anonymous_id, identifiers::jsonb, occurred_at::timestamptz, message_id,
    ${sourceId}::uuid, properties::jsonb, traits::jsonb, context::jsonb
  FROM incoming JOIN fresh USING (message_id)
),
counted AS (
  INSERT INTO ingest_counts AS c (tenant_id, source_id, door, hour, lane, accepted, stored, deduplicated, dead, discarded,
    unconsented)
  SELECT ${tenantId}::uuid, coalesce(${sourceId}::uuid, '00000000-0000-0000-0000-000000000000'), ${door}::text,
    date_trunc('hour', now()), pg_backend_pid() % 16, ${accepted}::int, count(*), ${rows.length + repeated}::int - count(*), ${dead}::int,
    ${discarded}::int, ${unconsented}::int
  FROM fresh
  ON CONFLICT (tenant_id, source_id, door, hour, lane) DO UPDATE SET accepted = c.accepted + excluded.accepted,
    stored = c.stored + excluded.stored, deduplicated = c.deduplicated + excluded.deduplicated, dead = c.dead + excluded.dead,
    discarded = c.discarded + excluded.discarded, unconsented = c.unconsented + excluded.unconsented
)
SELECT CASE WHEN count(*) < ${rows.length} THEN coalesce(array_agg(message_id), '{}') END AS stored FROM fresh`
  return stored && new Set(stored)
}
