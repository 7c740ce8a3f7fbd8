import type { Transaction } from '../client.ts'

export type StageColumn = {
  /** As files and messages call it. */
  name: string
  column: string
  /** In SQL. */
  type: string
  required: boolean
  /** The value of a new row without one. */
  fallback: string | null
  /** The value is the external id of a row of this table; the column gets its id. */
  target?: string
  /** Which of the tenant's own objects that record must be of. */
  object?: string
}

/** A table, and of the one that the tenant's own objects share the object. */
export type ImportTarget = { table: string; object?: string; fields?: ImportField[] }

/** A field of the tenant's own: `compare` is the function of its typed value (migration 0045). */
export type ImportField = { key: string; required: boolean; unique?: boolean; default?: unknown; compare: string }

export type ImportOutcome = {
  created: number
  updated: number
  problems: { line: number; field: string; message: string }[]
}

type Staged = (string | number | null)[]

/**
 * Upserts rows of a table by external id. `rows` are [line, custom, ...a value per column], as text. A line whose values do
 * not fit is told and left out; of lines with one external id the last counts. An empty value leaves what is there.
 * Table and columns come from the schema, never from a file.
 */
export async function importRecords(
  sql: Transaction,
  target: ImportTarget,
  columns: StageColumn[],
  rows: Staged[],
): Promise<ImportOutcome> {
  if (rows.length === 0) return { created: 0, updated: 0, problems: [] }
  await stage(sql, columns.length, rows)
  const externalId = `c${columns.findIndex(({ name }) => name === 'externalId')}`
  const problems = await findProblems(sql, target, columns, externalId)
  await sql`
DELETE FROM import_stage s WHERE s.line = ANY (${problems.map(({ line }) => line)}::int[])`
  const { count: repeated } = await sql.unsafe(`
DELETE FROM import_stage s USING import_stage later WHERE later.${externalId} = s.${externalId} AND later.line > s.line`)
  const [row] = await sql.unsafe<[{ created: number; updated: number }]>(upsert(target, columns, externalId))
  return { created: row.created, updated: row.updated + repeated, problems }
}

async function stage(sql: Transaction, width: number, rows: Staged[]): Promise<void> {
  const names = Array.from({ length: width }, (_, n) => `c${n}`)
  await sql.unsafe(
    `CREATE TEMP TABLE import_stage (line int, custom text, ${names.map((name) => `${name} text`).join(', ')}) ON COMMIT DROP`,
  )
  const copy = await sql`COPY import_stage FROM STDIN`.writable()
  const text = rows.map((row) => row.map(copyText).join('\t')).join('\n')
  await new Promise<void>((resolve, reject) => {
    copy.once('error', reject).once('finish', resolve).end(`${text}\n`)
  })
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function copyText(value: string | number | null): string {
  if (value === null) return '\\N'
  return String(value)
    .replaceAll('\u0000', '\ufffd')
    .replace(/[\\\t\n\r]/g, (char) => ESCAPES[char]!)
}

async function findProblems(
  sql: Transaction,
  { table, object, fields = [] }: ImportTarget,
  columns: StageColumn[],
  externalId: string,
): Promise<ImportOutcome['problems']> {
  const checks = [
    `SELECT line, 'custom' AS field, (pg_input_error_info(custom, 'jsonb')).message FROM import_stage WHERE NOT pg_input_is_valid(custom, 'jsonb')`,
  ]
  for (const [n, { name, type, required, target, object }] of columns.entries()) {
    if (required) checks.push(`SELECT line, '${name}', 'Expected a value.' FROM import_stage WHERE c${n} IS NULL`)
    if (target) {
      checks.push(`SELECT line, '${name}', 'Expected the externalId of one of the ${object ?? target}.' FROM import_stage s
WHERE c${n} IS NOT NULL AND NOT EXISTS (SELECT FROM ${target} t WHERE t.tenant_id = kith_tenant() AND t.external_id = s.c${n}${ofObject('t', object)})`)
    } else if (type !== 'text') {
      checks.push(`SELECT line, '${name}', (pg_input_error_info(c${n}, '${type}')).message FROM import_stage
WHERE c${n} IS NOT NULL AND NOT pg_input_is_valid(c${n}, '${type}')`)
    }
  }
  const custom = (alias: string) =>
    `CASE WHEN pg_input_is_valid(${alias}.custom, 'jsonb') THEN ${alias}.custom::jsonb END`
  for (const field of fields) {
    const key = quote(field.key)
    const name = quote(`custom.${field.key}`)
    if (field.required && field.default == null) {
      checks.push(`SELECT line, ${name}, 'Expected a value.' FROM import_stage s
WHERE coalesce(jsonb_typeof(${custom('s')} -> ${key}), 'null') = 'null' AND NOT EXISTS (
  SELECT FROM ${table} t WHERE t.tenant_id = kith_tenant() AND t.external_id = s.${externalId}${ofObject('t', object)})`)
    }
    if (field.unique) {
      const mine = `${field.compare}(${custom('s')}, ${key})`
      checks.push(`SELECT line, ${name}, 'Expected a value that no other record has.' FROM import_stage s
WHERE EXISTS (SELECT FROM ${table} t WHERE t.tenant_id = kith_tenant()${ofObject('t', object)}
    AND ${field.compare}(t.custom, ${key}) = ${mine} AND t.external_id IS DISTINCT FROM s.${externalId})
  OR EXISTS (SELECT FROM import_stage e WHERE ${field.compare}(${custom('e')}, ${key}) = ${mine}
    AND e.line < s.line AND e.${externalId} IS DISTINCT FROM s.${externalId})`)
    }
  }
  return sql.unsafe(
    `SELECT DISTINCT ON (line) line, field, message FROM (${checks.join('\nUNION ALL\n')}) AS p ORDER BY line, field`,
  )
}

function upsert({ table, object, fields = [] }: ImportTarget, columns: StageColumn[], externalId: string): string {
  const defaults = Object.fromEntries(fields.filter((f) => f.default != null).map((f) => [f.key, f.default]))
  const value = (n: number, { type, target, object: of }: StageColumn) =>
    target
      ? `(SELECT r.id FROM ${target} r WHERE r.tenant_id = kith_tenant() AND r.external_id = s.c${n}${ofObject('r', of)})`
      : `s.c${n}::${type}`
  const fresh = (n: number, column: StageColumn) =>
    column.fallback === null ? value(n, column) : `coalesce(${value(n, column)}, ${quote(column.fallback)})`
  const sets = columns.map((column, n) => `${column.column} = coalesce(${value(n, column)}, t.${column.column})`)
  return `
WITH updated AS (
  UPDATE ${table} t SET ${sets.join(', ')}, custom = t.custom || s.custom::jsonb
  FROM import_stage s WHERE t.tenant_id = kith_tenant() AND t.external_id = s.${externalId}${ofObject('t', object)}
  RETURNING t.external_id
), created AS (
  INSERT INTO ${table} (${columns.map(({ column }) => column).join(', ')}${object ? ', object' : ''}, custom)
  SELECT ${columns.map((column, n) => fresh(n, column)).join(', ')}${object ? `, ${quote(object)}` : ''}, ${quote(JSON.stringify(defaults))}::jsonb || s.custom::jsonb FROM import_stage s
  WHERE NOT EXISTS (SELECT FROM updated u WHERE u.external_id = s.${externalId})
  ORDER BY s.line
  RETURNING 1
)
SELECT (SELECT count(*)::int FROM created) AS created, (SELECT count(*)::int FROM updated) AS updated`
}

/** Keys of objects are letters and digits. */
function ofObject(alias: string, object: string | undefined): string {
  return object === undefined ? '' : ` AND ${alias}.object = ${quote(object)}`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
