/**
 * INSERT, UPDATE and DELETE of a noun's rows from GraphQL input. Input names are column names; only columns that the noun
 * declares as written can appear, and values are parameters.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { Transaction } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { isUuid, uuidOf } from './id.ts'
import { unkeepable } from './keepable.ts'
import { type Column, columnOf, type Noun } from './noun.ts'
import { run } from './run.ts'

export type Input = Record<string, unknown>
export type Row = Record<string, any>
export type Upserted = { row: Row; created: boolean }

/** Which type a column's id is of: {accountId: 'Account'}. */
export type References = Record<string, string>

export type Writable = {
  noun: Noun
  references: References
  names: string[]
  /** What all rows of this kind have in a table that several kinds share, and each row's external id is unique within. */
  fixed?: Record<string, string>
  /** JSON columns that take any value, not objects alone. */
  anyJson?: string[]
}

export async function insertRow(tx: Transaction, target: Writable, input: Input): Promise<Row> {
  const [upserted] = await insert(tx, target, [input], sql``)
  return (upserted as Upserted).row
}

/** One statement for all inputs that name the same columns. */
export async function insertRows(tx: Transaction, target: Writable, inputs: Input[]): Promise<void> {
  const groups = Map.groupBy(inputs, (input) => namesIn(target, input).join())
  for (const group of groups.values()) await insert(tx, target, group, sql``)
}

/**
 * Rows by external id: new ones are inserted; of those that exist, the columns that the input names are set. In the order of
 * `inputs`. One statement for all inputs that name the same columns.
 */
export async function upsertRows(tx: Transaction, target: Writable, inputs: Input[]): Promise<Upserted[]> {
  const ids = inputs.map(({ externalId }) => externalId)
  if (new Set(ids).size < ids.length) throw invalid('Expected each externalId once in a batch.')
  const results = new Map<unknown, Upserted>()
  const groups = Map.groupBy(inputs, (input) => namesIn(target, input).join())
  for (const group of groups.values()) {
    const names = namesIn(target, group[0] as Input)
    const sets = names
      .filter((name) => name !== 'externalId')
      .map((name) => {
        const column = sql.identifier(columnOf(target.noun.type, target.noun.columns, name).column)
        return name === 'custom' ? sql`custom = ${merged(sql`EXCLUDED.custom`)}` : sql`${column} = EXCLUDED.${column}`
      })
    if (sets.length === 0) sets.push(sql`external_id = EXCLUDED.external_id`)
    const key = sql.join(
      [...fixedColumns(target), 'external_id'].map((name) => sql.identifier(name)),
      sql`, `,
    )
    const conflict = sql`ON CONFLICT (tenant_id, ${key}) DO UPDATE SET ${sql.join(sets, sql`, `)}`
    for (const upserted of await insert(tx, target, group, conflict)) results.set(upserted.row.externalId, upserted)
  }
  return ids.map((externalId) => results.get(externalId) as Upserted)
}

async function insert(tx: Transaction, target: Writable, inputs: Input[], conflict: SQL): Promise<Upserted[]> {
  const { noun, fixed = {} } = target
  const names = [...namesIn(target, inputs[0] as Input), ...Object.keys(fixed)]
  const columns = names.map((name) => columnOf(noun.type, noun.columns, name))
  const values = inputs.map((input) =>
    columns.length > 0
      ? sql`(${sql.join(
          columns.map((column) => valueSql(target, column, fixed[column.name] ?? input[column.name])),
          sql`, `,
        )})`
      : sql`(DEFAULT)`,
  )
  const into = columns.length > 0 ? columns.map(({ column }) => sql.identifier(column)) : [sql.identifier('id')]
  const rows = await run<Row>(
    tx,
    sql`
INSERT INTO ${sql.identifier(noun.from)} AS t (${sql.join(into, sql`, `)})
VALUES ${sql.join(values, sql`, `)}
${conflict}
RETURNING ${noun.select}, t.xmax = 0 AS "~created"`,
  )
  return rows.map(({ '~created': created, ...row }) => ({ row, created: created as boolean }))
}

/** Null when there is no such row. */
export async function updateRow(tx: Transaction, target: Writable, id: string, input: Input): Promise<Row | null> {
  const { noun } = target
  const sets = namesIn(target, input).map((name) => {
    const column = columnOf(noun.type, noun.columns, name)
    const value = valueSql(target, column, input[name])
    return sql`${sql.identifier(column.column)} = ${name === 'custom' ? merged(value) : value}`
  })
  if (sets.length === 0) sets.push(sql`id = t.id`)
  const [row] = await run<Row>(
    tx,
    sql`
UPDATE ${sql.identifier(noun.from)} AS t SET ${sql.join(sets, sql`, `)}
WHERE t.id = ${id}::uuid${fixedSql(noun, target.fixed)}
RETURNING ${noun.select}`,
  )
  return row ?? null
}

export async function deleteRow(tx: Transaction, noun: Noun, id: string, fixed?: Writable['fixed']): Promise<boolean> {
  const rows = await run(
    tx,
    sql`DELETE FROM ${sql.identifier(noun.from)} t WHERE id = ${id}::uuid${fixedSql(noun, fixed)} RETURNING id`,
    true,
  )
  return rows.length > 0
}

/** Whether there was such a row. */
export async function deleteByExternalId(
  tx: Transaction,
  { noun, fixed }: Writable,
  externalId: string,
): Promise<boolean> {
  const rows = await run(
    tx,
    sql`DELETE FROM ${sql.identifier(noun.from)} t WHERE external_id = ${externalId}${fixedSql(noun, fixed)} RETURNING id`,
    true,
  )
  return rows.length > 0
}

function fixedColumns({ noun, fixed = {} }: Writable): string[] {
  return Object.keys(fixed).map((name) => columnOf(noun.type, noun.columns, name).column)
}

function fixedSql(noun: Noun, fixed: Writable['fixed'] = {}): SQL {
  const conditions = Object.entries(fixed).map(([name, value]) => {
    const { column } = columnOf(noun.type, noun.columns, name)
    return sql` AND t.${sql.identifier(column)} = ${value}`
  })
  return sql.join(conditions, sql``)
}

/** Custom fields given are set, those given as null are removed, the others stay. */
function merged(given: SQL): SQL {
  return sql`(t.custom || ${given}) - ARRAY(SELECT key FROM jsonb_each(${given}) WHERE value = 'null')`
}

function namesIn({ names }: Writable, input: Input): string[] {
  return names.filter((name) => input[name] !== undefined)
}

function valueSql({ references, noun, anyJson }: Writable, column: Column, value: unknown): SQL {
  if (value === null) {
    if (!column.nullable) throw invalid(`${column.name} cannot be null; leave it out.`)
    return sql`NULL`
  }
  const reason = unkeepable(value)
  if (reason) throw invalid(`${column.name}: ${reason}`)
  if (column.type === 'JSON') {
    const isObject = typeof value === 'object' && !Array.isArray(value)
    if (!isObject && !anyJson?.includes(column.name)) throw invalid(`${column.name} must be a JSON object.`)
    return sql`${sql.param(JSON.stringify(value))}::jsonb`
  }
  const target = references[column.name]
  const given = target ? uuidOf(target, String(value)) : value
  if (column.type === 'ID' && !isUuid(String(given))) throw invalid(`${noun.type}.${column.name} must be an id.`)
  return sql`${sql.param(given)}::${sql.raw(column.array ? `${column.cast}[]` : column.cast)}`
}

function invalid(message: string): KithError {
  return new KithError('INPUT_INVALID', message)
}
