import type { Client, Transaction } from '../client.ts'
import type { JsonObject } from '../schema/columns.ts'
import { ABOUT, seal, unseal } from '../secret.ts'
import { uuidv7 } from '../uuid.ts'

/** After the row with this cursor and id, as text. */
export type Position = { cursor: string; id: string }

/** Without the URL, which is never told again. */
export type PostgresSourceRow = {
  source_id: string
  relation: [string, string]
  cursor_column: string
  id_column: string
  mapping: string
  every_seconds: number
  status: 'active' | 'paused'
  position: Position | null
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
source_id, relation, cursor_column, id_column, mapping, every_seconds, status, position, rows, stored, records, dead, error, failures,
  pulled_at, next_at`

export function readPostgresSources(sql: Transaction) {
  return sql<PostgresSourceRow[]>`SELECT ${columns(sql)} FROM postgres_sources ORDER BY source_id`
}

/** With its URL. `lock`: nobody else changes it until the transaction ends. */
export async function readPostgresSource(sql: Transaction, sourceId: string, lock = false) {
  const [row] = await sql<(PostgresSourceRow & { url: string })[]>`
SELECT ${columns(sql)}, url_secret AS url FROM postgres_sources WHERE source_id = ${sourceId} ${lock ? sql`FOR UPDATE` : sql``}`
  return row && { ...row, url: unseal(row.url, ABOUT.postgresSource(sourceId)) }
}

export type NewPostgresSource = {
  name: string
  url: string
  schema: string
  table: string
  cursor: string
  id: string
  mapping: string
  everySeconds: number
}

/** With its source; read as soon as a worker looks. Resolves to the source's id. */
export async function insertPostgresSource(sql: Transaction, source: NewPostgresSource): Promise<string> {
  const { name, url, schema, table, cursor, id, mapping, everySeconds } = source
  const sourceId = uuidv7(Date.now())
  await sql`INSERT INTO sources (id, name, kind) VALUES (${sourceId}, ${name}, 'postgres')`
  await sql`
INSERT INTO postgres_sources (source_id, url_secret, relation, cursor_column, id_column, mapping, every_seconds)
VALUES (${sourceId}, ${seal(url, ABOUT.postgresSource(sourceId))}, ${[schema, table]}, ${cursor}, ${id}, ${mapping}, ${everySeconds})`
  return sourceId
}

export type PostgresSourceChange = {
  url?: string | null
  mapping?: string | null
  everySeconds?: number | null
  status?: 'active' | 'paused' | null
  /** From the beginning again. */
  restart?: boolean | null
}

/** What is null stays as it is. Whoever changes it wants to see what comes of it: it is due at once. */
export async function updatePostgresSource(sql: Transaction, sourceId: string, change: PostgresSourceChange) {
  const { mapping = null, everySeconds = null, status = null, restart } = change
  const url = change.url == null ? null : seal(change.url, ABOUT.postgresSource(sourceId))
  const { count } = await sql`
UPDATE postgres_sources SET url_secret = coalesce(${url}, url_secret), mapping = coalesce(${mapping}, mapping),
  every_seconds = coalesce(${everySeconds}, every_seconds), status = coalesce(${status}, status),
  position = CASE WHEN ${restart ?? false} THEN NULL ELSE position END, next_at = now()
WHERE source_id = ${sourceId}`
  return count > 0
}

export async function requestPull(sql: Transaction, sourceId: string): Promise<void> {
  await sql`SELECT ops.request_pull(source_id) FROM postgres_sources WHERE source_id = ${sourceId} AND status = 'active'`
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
FROM postgres_sources WHERE status = 'active' AND next_at <= now()`
  return jobs.length
}
