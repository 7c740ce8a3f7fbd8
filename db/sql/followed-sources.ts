/** Postgres sources that follow another database's log: who holds which, where it stands, and what is owed of those that are over. */
import { randomUUID } from 'node:crypto'
import { type Client, inTenant, type Transaction } from '../client.ts'
import type { JsonObject } from '../schema/columns.ts'
import { ABOUT, unseal } from '../secret.ts'
import type { LogPosition, Pulled, Warning } from './postgres-sources.ts'

/** A holder that gives no sign of life for so long has none. */
const HELD_S = 20
const LONGEST_PAUSE_S = 300

export type Held = { tenantId: string; sourceId: string; holder: string }

/** Of whatever tenant: up to `most` of those that nobody follows and whose time has come. */
export async function claimSources(sql: Client, most: number): Promise<Held[]> {
  const due = await sql<{ tenantId: string; sourceId: string }[]>`
SELECT tenant_id AS "tenantId", source_id AS "sourceId" FROM postgres_sources
WHERE mode = 'replication' AND status = 'active' AND next_at <= now() AND (held_until IS NULL OR held_until < now())
ORDER BY next_at LIMIT ${most}`
  const claimed = []
  for (const { tenantId, sourceId } of due) {
    const rows = await inTenant(
      sql,
      tenantId,
      (sql) => sql<Held[]>`
UPDATE postgres_sources SET holder = ${randomUUID()}, held_until = now() + make_interval(secs => ${HELD_S})
WHERE source_id = ${sourceId} AND status = 'active' AND next_at <= now() AND (held_until IS NULL OR held_until < now())
RETURNING tenant_id AS "tenantId", source_id AS "sourceId", holder`,
    )
    claimed.push(...rows)
  }
  return claimed
}

/** Says that it is still followed. False when it is somebody else's by now, paused, or begins anew: has another slot, if that is said. */
export async function holdSource(sql: Transaction, { sourceId, holder }: Held, slot?: string): Promise<boolean> {
  const { count } = await sql`
UPDATE postgres_sources SET held_until = now() + make_interval(secs => ${HELD_S})
WHERE source_id = ${sourceId} AND holder = ${holder} AND status = 'active'
  AND (${slot ?? null}::text IS NULL OR slot IS NOT DISTINCT FROM ${slot ?? null})`
  return count > 0
}

/** It is well: errors of before are over. */
export async function followingSource(sql: Transaction, { sourceId, holder }: Held): Promise<void> {
  await sql`
UPDATE postgres_sources SET error = NULL, error_code = NULL, error_sql = NULL, failures = 0
WHERE source_id = ${sourceId} AND holder = ${holder} AND (error IS NOT NULL OR failures > 0)`
}

export type Trouble = { code: string; message: string; sql?: string | undefined }

/** Nobody follows it for now. After trouble the next attempt is later and later, but for minutes only: a slot keeps what it must. */
export async function letGoOfSource(sql: Transaction, { sourceId, holder }: Held, trouble: Trouble | null) {
  const { code = null, message = null, sql: remedy = null } = trouble ?? {}
  await sql`
UPDATE postgres_sources SET holder = NULL, held_until = NULL, error_code = ${code}, error = left(${message}::text, 1000),
  error_sql = ${remedy}, failures = CASE WHEN ${code}::text IS NULL THEN 0 ELSE failures + 1 END,
  next_at = CASE WHEN ${code}::text IS NULL OR status <> 'active' THEN now()
    ELSE now() + make_interval(secs => least(power(2, least(failures + 1, 10)), ${LONGEST_PAUSE_S})) END
WHERE source_id = ${sourceId} AND holder = ${holder}`
}

/** Before it is made: whatever happens, this name is known. The slot of before, if there is one, is owed from here on. */
export async function nameSlot(sql: Transaction, { sourceId, holder }: Held, slot: string): Promise<boolean> {
  const { count } = await sql`
UPDATE postgres_sources SET slot = ${slot} WHERE source_id = ${sourceId} AND holder = ${holder} AND status = 'active'`
  return count > 0
}

/** In the transaction that stores what was taken. `changedAt`: when the last of it was committed there, in microseconds since 1970. */
export async function advanceInLog(
  sql: Transaction,
  sourceId: string,
  position: LogPosition,
  pulled: Pulled,
  changedAt: number | null = null,
): Promise<void> {
  await sql`
UPDATE postgres_sources SET position = ${sql.json(position as JsonObject)}, rows = rows + ${pulled.rows},
  stored = stored + ${pulled.stored}, records = records + ${pulled.records}, dead = dead + ${pulled.dead},
  pulled_at = clock_timestamp(), changed_at = coalesce(to_timestamp(${changedAt}::float8 / 1e6), changed_at)
WHERE source_id = ${sourceId}`
}

/** Of the other's log: bytes that are not yet taken, and bytes that it keeps for us. */
export type Measured = { lag: string; kept: string; warning: Warning | null }

export async function measureSource(sql: Transaction, { sourceId, holder }: Held, measured: Measured): Promise<void> {
  const { lag, kept, warning } = measured
  await sql`
UPDATE postgres_sources SET lag_bytes = ${lag}, kept_bytes = ${kept},
  warnings = jsonb_strip_nulls(warnings || ${sql.json({ kept: warning } as JsonObject)}::jsonb)
WHERE source_id = ${sourceId} AND holder = ${holder} AND slot IS NOT NULL`
}

/** What each is about -> the warning, or null where it is over. */
export async function warnOfSource(sql: Transaction, sourceId: string, warnings: Record<string, Warning | null>) {
  const told = sql.json(warnings as JsonObject)
  await sql`
UPDATE postgres_sources SET warnings = jsonb_strip_nulls(warnings || ${told}::jsonb)
WHERE source_id = ${sourceId} AND warnings <> jsonb_strip_nulls(warnings || ${told}::jsonb)`
}

export type Columns = Record<string, string[]>

export async function readColumnsSeen(sql: Transaction, sourceId: string): Promise<Columns | null> {
  const [row] = await sql<{ seen: Columns | null }[]>`
SELECT columns_seen AS seen FROM postgres_sources WHERE source_id = ${sourceId}`
  return row?.seen ?? null
}

export async function writeColumnsSeen(sql: Transaction, sourceId: string, seen: Columns): Promise<void> {
  await sql`UPDATE postgres_sources SET columns_seen = ${sql.json(seen)} WHERE source_id = ${sourceId}`
}

/** Rows on their way in: the first has the number `n`. */
export type WaitingRow = { n: number; of_table: number; copy: number; row: string }

export async function keepRows(sql: Transaction, slot: string, rows: WaitingRow[]): Promise<void> {
  await sql`
INSERT INTO postgres_source_rows (slot, n, of_table, copy, row)
SELECT ${slot}, * FROM unnest(${rows.map(({ n }) => n)}::bigint[], ${rows.map(({ of_table }) => of_table)}::int[],
  ${rows.map(({ copy }) => copy)}::int[], ${rows.map(({ row }) => row)}::text[])`
}

export async function waitingRows(sql: Transaction, slot: string, after: number, limit: number): Promise<WaitingRow[]> {
  return sql<WaitingRow[]>`
SELECT n::float8 AS n, of_table, copy, row FROM postgres_source_rows WHERE slot = ${slot} AND n > ${after} ORDER BY n LIMIT ${limit}`
}

/** Up to the number `upTo`; all without. */
export async function dropRows(sql: Transaction, slot: string, upTo: number | null): Promise<void> {
  await sql`
DELETE FROM postgres_source_rows WHERE slot = ${slot} AND (${upTo}::bigint IS NULL OR n <= ${upTo}::bigint)`
}

export type OwedSlot = { slot: string; tenantId: string; sourceId: string; publication: string | null; secret: string }

/** One whose time has come, and not another's for a while. */
export async function takeOwedSlot(sql: Client): Promise<OwedSlot | undefined> {
  const [row] = await sql<OwedSlot[]>`
UPDATE ops.owed_slots SET next_at = now() + interval '1 minute'
WHERE slot = (SELECT slot FROM ops.owed_slots WHERE next_at <= now() ORDER BY next_at FOR UPDATE SKIP LOCKED LIMIT 1)
RETURNING slot, tenant_id AS "tenantId", source_id AS "sourceId", publication, url_secret AS secret`
  return row
}

export const urlOf = ({ secret, sourceId }: OwedSlot) => unseal(secret, ABOUT.postgresSource(sourceId))

export async function settleSlot(sql: Client, slot: string): Promise<void> {
  await sql`DELETE FROM ops.owed_slots WHERE slot = ${slot}`
}

/** It is tried again, later and later, up to an hour. */
export async function postponeSlot(sql: Client, slot: string, error: string): Promise<void> {
  await sql`
UPDATE ops.owed_slots SET failures = failures + 1, error = left(${error}, 1000),
  next_at = now() + make_interval(secs => least(power(2, least(failures, 12)), 3600))
WHERE slot = ${slot}`
}
