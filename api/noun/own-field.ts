/** SQL for a field of the tenant's own: the value under a key of `traits` or `custom`, of the field's type; null when it is not. */
import { createHash } from 'node:crypto'
import { type SQL, sql } from 'drizzle-orm'
import { type FieldType, OWN_FUNCTIONS } from '../../engine/model/fields.ts'
import type { Column, ScalarName } from './noun.ts'

export type OwnField = {
  column: 'custom' | 'traits' | 'properties'
  key: string
  /** Of a property of an event, which may lie deeper. */
  path?: string[]
  /** The name of the events whose property it is. */
  event?: string
  type: FieldType
  /** Of a field with an index: what its rows have in common, so that Postgres sees that the index holds them all. */
  index?: { tenantId: string; object: string | null }
}
/** A condition on an own field, as tenant-schema.ts hands it to filterSql. */
export type OwnCondition = OwnField & { conditions: Record<string, unknown> }

export const OWN_TYPES: Record<FieldType, { type: ScalarName; cast: string }> = {
  text: { type: 'String', cast: 'text' },
  choice: { type: 'String', cast: 'text' },
  number: { type: 'Decimal', cast: 'numeric' },
  boolean: { type: 'Boolean', cast: 'boolean' },
  date: { type: 'Date', cast: 'date' },
  instant: { type: 'DateTime', cast: 'timestamptz' },
}

const JSON_TYPES: Record<FieldType, string> = {
  text: 'string',
  choice: 'string',
  number: 'number',
  boolean: 'boolean',
  date: 'string',
  instant: 'string',
}

export function ownFieldSql({ column, key, path = [key], type, index }: OwnField, row: SQL): SQL {
  const whole = sql`${row}.${sql.identifier(column)}`
  if (index) return sql`${sql.raw(OWN_FUNCTIONS[type])}(${whole}, ${key}::text)`
  const json = path.length > 1 ? sql`(${whole} #> ${sql.param(path.slice(0, -1))}::text[])` : whole
  const cast = OWN_TYPES[type].cast
  const typed = sql`jsonb_typeof(${json} -> ${key}) = ${JSON_TYPES[type]}`
  const valid = type === 'date' || type === 'instant' ? sql` AND pg_input_is_valid(${json} ->> ${key}, ${cast})` : sql``
  return sql`CASE WHEN ${typed}${valid} THEN (${json} ->> ${key})::${sql.raw(cast)} END`
}

/** The cast of what it is compared with. */
export function ownType({ type, index }: OwnField): { type: ScalarName; cast: string } {
  return index && type === 'number' ? { type: 'Decimal', cast: 'float8' } : OWN_TYPES[type]
}

/** True of every row that a field's index is about; see engine/model/indexes.ts. */
export function indexedRows({ tenantId, object }: NonNullable<OwnField['index']>, row: SQL): SQL {
  const ours = sql`${row}.tenant_id = ${tenantId}::uuid`
  return object === null ? ours : sql`${ours} AND ${row}.object = ${object}::text`
}

export function ownColumn(field: OwnField): Column & { own: OwnField } {
  return { name: nameOf(field), column: '', ...ownType(field), array: false, nullable: true, own: field }
}

/** In the statement and in cursors. Names of events and paths are longer than a name in Postgres may be. */
function nameOf({ key, event, path, type }: OwnField): string {
  if (event === undefined) return `fields_${key}`
  return `property_${createHash('sha256')
    .update(JSON.stringify([event, path, type]))
    .digest('hex')
    .slice(0, 16)}`
}
