import type { Transaction } from '../client.ts'

export type BehaviorRow = {
  name: string
  description: string | null
  mode: string
  properties: unknown[]
  identifiers: string[]
  samplePercent: number | null
  retentionDays: number | null
  purpose: string | null
  channel: string | null
}

/** Resolves to its id. */
export async function insertBehavior(sql: Transaction, b: BehaviorRow): Promise<string> {
  const [row] = await sql<[{ id: string }]>`
INSERT INTO behaviors (name, description, mode, properties, identifiers, sample_percent, retention_days, purpose, channel)
VALUES (${b.name}, ${b.description}, ${b.mode}, ${JSON.stringify(b.properties)}::jsonb, ${b.identifiers}, ${b.samplePercent},
  ${b.retentionDays}, ${b.purpose}, ${b.channel})
RETURNING id`
  return row.id
}

/** Locked, so that two changes of one behavior come one after the other. */
export async function lockBehavior<Row extends BehaviorRow>(sql: Transaction, id: string): Promise<Row | undefined> {
  const [row] = await sql<Row[]>`
SELECT name, description, mode, properties, identifiers, sample_percent::float8 AS "samplePercent",
  retention_days AS "retentionDays", purpose, channel
FROM behaviors WHERE id = ${id} FOR UPDATE`
  return row
}

export async function updateBehavior(sql: Transaction, id: string, b: BehaviorRow): Promise<void> {
  await sql`
UPDATE behaviors SET name = ${b.name}, description = ${b.description}, mode = ${b.mode},
  properties = ${JSON.stringify(b.properties)}::jsonb, identifiers = ${b.identifiers}, sample_percent = ${b.samplePercent},
  retention_days = ${b.retentionDays}, purpose = ${b.purpose}, channel = ${b.channel}
WHERE id = ${id}`
}

export async function countBehaviorRows(sql: Transaction): Promise<number> {
  const [row] = await sql<[{ count: number }]>`SELECT count(*)::int AS count FROM behaviors`
  return row.count
}
