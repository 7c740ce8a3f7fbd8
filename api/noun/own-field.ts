/** SQL for a field of the tenant's own: the value under a key of `traits` or `custom`, of the field's type; null when it is not. */
import { type SQL, sql } from 'drizzle-orm'
import type { FieldType } from '../../engine/model/fields.ts'
import type { Column, ScalarName } from './noun.ts'

export type OwnField = { column: 'custom' | 'traits'; key: string; type: FieldType }
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

export function ownFieldSql({ column, key, type }: OwnField, row: SQL): SQL {
  const json = sql`${row}.${sql.identifier(column)}`
  const cast = OWN_TYPES[type].cast
  const typed = sql`jsonb_typeof(${json} -> ${key}) = ${JSON_TYPES[type]}`
  const valid = type === 'date' || type === 'instant' ? sql` AND pg_input_is_valid(${json} ->> ${key}, ${cast})` : sql``
  return sql`CASE WHEN ${typed}${valid} THEN (${json} ->> ${key})::${sql.raw(cast)} END`
}

export function ownColumn(field: OwnField): Column & { own: OwnField } {
  return { name: `fields_${field.key}`, column: '', ...OWN_TYPES[field.type], array: false, nullable: true, own: field }
}
