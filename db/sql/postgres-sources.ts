import type { Client, Transaction } from '../client.ts'
import type { JsonObject } from '../schema/columns.ts'
import { ABOUT, seal, unseal } from '../secret.ts'
import { uuidv7 } from '../uuid.ts'

/** After the row with this cursor and id, as text. */
export type Position = { cursor: string; id: string }

/**
 * Behind which place of the other's log: `changes` are those of the transaction that commits there which are taken already. `row`:
 * the log comes later; the rows that were there before it are taken up to that one.
 */
export type LogPosition = { lsn: string; changes?: number; row?: number }

/** What is to be told beside what was read, until the next beginning; `sql` is what helps. */
export type Warning = { code: string; message: string; sql?: string }

type PolledPlace = {
  mode: 'polling'
  relation: [string, string]
  cursor_column: string
  id_column: string
  tables: null
}
/** `tables` are as somebody wrote them: "orders", "sales.orders", "sales"."my.orders". */
type FollowedPlace = { mode: 'replication'; relation: null; cursor_column: null; id_column: null; tables: string[] }

/** Without the URL, which is never told again. */
export type PostgresSourceRow = (PolledPlace | FollowedPlace) & {
  source_id: string
  mapping: string
  every_seconds: number
  status: 'active' | 'paused'
  position: Position | LogPosition | null
  slot: string | null
  error_code: string | null
  error_sql: string | null
  /** By what each is about. */
  warnings: Record<string, Warning>
  lag_bytes: string | null
  kept_bytes: string | null
  changed_at: string | null
  rows: string
  stored: string
  records: string
  dead: string
  error: string | null
  failures: number
  pulled_at: string | null
  next_at: string
}

const columns = (sql: Transaction) => sql`
source_id, mode, relation, cursor_column, id_column, tables, mapping, every_seconds, status, position, slot, rows, stored, records, dead,
  error, error_code, error_sql, warnings, lag_bytes, kept_bytes, changed_at, failures, pulled_at, next_at`

export function readPostgresSources(sql: Transaction) {
  return sql<PostgresSourceRow[]>`SELECT ${columns(sql)} FROM postgres_sources ORDER BY source_id`
}

export type FoundSource = PostgresSourceRow & { url: string }

/** With its URL. `lock`: nobody else changes it until the transaction ends. */
export async function readPostgresSource(sql: Transaction, sourceId: string, lock = false) {
  const [row] = await sql<FoundSource[]>`
SELECT ${columns(sql)}, url_secret AS url FROM postgres_sources WHERE source_id = ${sourceId} ${lock ? sql`FOR UPDATE` : sql``}`
  return row && { ...row, url: unseal(row.url, ABOUT.postgresSource(sourceId)) }
}

export type SourcePlace = PolledPlace | FollowedPlace
export type NewPostgresSource = SourcePlace & { name: string; url: string; mapping: string; everySeconds: number }

/** With its source; read as soon as a worker looks. Resolves to the source's id: that of one by this name which is read no more. */
export async function insertPostgresSource(sql: Transaction, source: NewPostgresSource): Promise<string> {
  const { name, url, mode, relation, cursor_column, id_column, tables, mapping, everySeconds } = source
  const [former] = await sql<{ id: string }[]>`
SELECT id FROM sources s WHERE name = ${name} AND kind = 'postgres'
  AND NOT EXISTS (SELECT FROM postgres_sources WHERE source_id = s.id)`
  const sourceId = former?.id ?? uuidv7(Date.now())
  if (!former) await sql`INSERT INTO sources (id, name, kind) VALUES (${sourceId}, ${name}, 'postgres')`
  await sql`
INSERT INTO postgres_sources (source_id, url_secret, mode, relation, cursor_column, id_column, tables, mapping, every_seconds)
VALUES (${sourceId}, ${seal(url, ABOUT.postgresSource(sourceId))}, ${mode}, ${relation}, ${cursor_column}, ${id_column}, ${tables},
  ${mapping}, ${everySeconds})`
  return sourceId
}

/** Nothing is read any more; what came of it stays, and so does the source that it is attributed to. False when there is none. */
export async function deletePostgresSource(sql: Transaction, sourceId: string): Promise<boolean> {
  const { count } = await sql`DELETE FROM postgres_sources WHERE source_id = ${sourceId}`
  return count > 0
}

export type PostgresSourceChange = {
  url?: string | null
  mapping?: string | null
  everySeconds?: number | null
  status?: 'active' | 'paused' | null
  /** From the beginning again. */
  restart?: boolean | null
}

/**
 * What is null stays as it is. Whoever changes it wants to see what comes of it: it is due at once. One that follows a log lets its
 * slot go, and so begins anew, when it is to, or is to look elsewhere.
 */
export async function updatePostgresSource(sql: Transaction, sourceId: string, change: PostgresSourceChange) {
  const { mapping = null, everySeconds = null, status = null, restart } = change
  const url = change.url == null ? null : seal(change.url, ABOUT.postgresSource(sourceId))
  const { count } = await sql`
UPDATE postgres_sources SET url_secret = coalesce(${url}, url_secret), mapping = coalesce(${mapping}, mapping),
  every_seconds = coalesce(${everySeconds}, every_seconds), status = coalesce(${status}, status),
  position = CASE WHEN ${restart ?? false} THEN NULL ELSE position END, next_at = now(),
  slot = CASE WHEN ${restart ?? false} OR ${url}::text IS NOT NULL THEN NULL ELSE slot END
WHERE source_id = ${sourceId}`
  return count > 0
}

export async function requestPull(sql: Transaction, sourceId: string): Promise<void> {
  await sql`SELECT ops.request_pull(source_id) FROM postgres_sources WHERE source_id = ${sourceId} AND status = 'active'
  AND mode = 'polling'`
}

export type Pulled = { rows: number; stored: number; records: number; dead: number }

/** In the transaction that stores what was read. */
export async function advancePostgresSource(sql: Transaction, sourceId: string, position: Position, pulled: Pulled) {
  await sql`
UPDATE postgres_sources SET position = ${sql.json(position as JsonObject)}, rows = rows + ${pulled.rows},
  stored = stored + ${pulled.stored}, records = records + ${pulled.records}, dead = dead + ${pulled.dead}
WHERE source_id = ${sourceId}`
}

const LONGEST_PAUSE_S = 3600

/** A round is over. After an error the next is later and later. */
export async function finishPull(sql: Transaction, sourceId: string, error: string | null): Promise<void> {
  await sql`
UPDATE postgres_sources SET pulled_at = clock_timestamp(), error = left(${error}::text, 1000),
  failures = CASE WHEN ${error}::text IS NULL THEN 0 ELSE failures + 1 END,
  next_at = clock_timestamp() + make_interval(secs => CASE WHEN ${error}::text IS NULL THEN every_seconds
    ELSE least(every_seconds * power(2, least(failures, 10)), greatest(${LONGEST_PAUSE_S}, every_seconds)) END)
WHERE source_id = ${sourceId}`
}

/** One job for each that is due, of whatever tenant. */
export async function enqueuePulls(sql: Client): Promise<number> {
  const jobs = await sql`
SELECT graphile_worker.add_job('pull', json_build_object('tenant', tenant_id, 'source', source_id), 'pull:' || tenant_id,
  job_key => 'pull:' || source_id, job_key_mode => 'preserve_run_at', max_attempts => 3)
FROM postgres_sources WHERE status = 'active' AND mode = 'polling' AND next_at <= now()`
  return jobs.length
}
