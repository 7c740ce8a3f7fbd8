/** The tenant's own fields: their types, what fits them, and which stored rows do not. */
import type { Transaction } from '../../db/client.ts'
import type { JsonObject } from '../../db/schema/columns.ts'
import { KithError } from '../../errors.ts'

export const FIELD_TYPES = ['text', 'number', 'boolean', 'date', 'instant', 'choice'] as const
export type FieldType = (typeof FIELD_TYPES)[number]

export type Field = {
  id: string
  object: string
  key: string
  type: FieldType
  description: string | null
  required: boolean
  choices: string[] | null
}

/** What can have fields, and where they are stored. */
export const OBJECTS: Record<string, { table: string; column: 'custom' | 'traits' }> = {
  profile: { table: 'profiles', column: 'traits' },
  account: { table: 'accounts', column: 'custom' },
  contact: { table: 'contacts', column: 'custom' },
  lead: { table: 'leads', column: 'custom' },
  opportunity: { table: 'opportunities', column: 'custom' },
  order: { table: 'orders', column: 'custom' },
  contract: { table: 'contracts', column: 'custom' },
  membership: { table: 'memberships', column: 'custom' },
  ticket: { table: 'tickets', column: 'custom' },
  activity: { table: 'activities', column: 'custom' },
}

/** Where records of an object lie: ours, or the tenant's own, which share a table. */
export function storedAs(object: string): { table: string; column: 'custom' | 'traits'; object: string | null } {
  const known = Object.hasOwn(OBJECTS, object) ? OBJECTS[object] : undefined
  return known ? { ...known, object: null } : { table: 'records', column: 'custom', object }
}

/** All fields of the tenant, by object and key; or those of one object. */
export async function readFields(sql: Transaction, object: string | null = null): Promise<Field[]> {
  const rows = await sql<Field[]>`
SELECT id, object, key, type, description, required, choices FROM fields
WHERE ${object}::text IS NULL OR object = ${object}
ORDER BY object, key`
  return [...rows]
}

const DATE = /^\d{4}-\d{2}-\d{2}$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/

export function fits({ type, choices }: Pick<Field, 'type' | 'choices'>, value: unknown): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string'
    case 'number':
      return typeof value === 'number'
    case 'boolean':
      return typeof value === 'boolean'
    case 'date':
      return typeof value === 'string' && DATE.test(value) && !Number.isNaN(Date.parse(value))
    case 'instant':
      return typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value))
    case 'choice':
      return typeof value === 'string' && (choices ?? []).includes(value)
  }
}

/**
 * Throws FIELD_INVALID for a value of a defined field that does not fit its type. `whole`: the record is new, so that what is
 * required must be there. Keys that are not defined are taken as they are.
 */
export function checkFields(fields: readonly Field[], custom: JsonObject | null | undefined, whole: boolean): void {
  for (const field of fields) {
    const value = custom?.[field.key]
    if (value === undefined && !(whole && field.required)) continue
    if (value === null && !field.required) continue
    if (value === null || value === undefined) refuse(field, 'a value: the field is required')
    else if (!fits(field, value)) refuse(field, expected(field))
  }
}

function expected({ type, choices }: Field): string {
  return type === 'choice' ? `one of ${(choices ?? []).join(', ')}` : `a value of the type ${type}`
}

function refuse({ key }: Field, what: string): never {
  throw new KithError('FIELD_INVALID', `Expected ${what} in the field ${JSON.stringify(key)}.`, {
    details: { path: ['custom', key] },
  })
}

/** How many stored rows do not fit, and some of their ids: what to look at before a field is made stricter. */
export async function findViolations(
  sql: Transaction,
  field: Omit<Field, 'id' | 'description'>,
  most: number,
): Promise<{ count: number; ids: string[] }> {
  const { table, column, object } = storedAs(field.object)
  const value = sql`${sql(column)} -> ${field.key}`
  const text = sql`${sql(column)} ->> ${field.key}`
  const fitting = {
    text: sql`jsonb_typeof(${value}) = 'string'`,
    number: sql`jsonb_typeof(${value}) = 'number'`,
    boolean: sql`jsonb_typeof(${value}) = 'boolean'`,
    date: sql`jsonb_typeof(${value}) = 'string' AND ${text} ~ '^\\d{4}-\\d{2}-\\d{2}$' AND pg_input_is_valid(${text}, 'date')`,
    instant: sql`jsonb_typeof(${value}) = 'string' AND ${text} ~ '^\\d{4}-\\d{2}-\\d{2}T.*(Z|[+-]\\d{2}:\\d{2})$' AND pg_input_is_valid(${text}, 'timestamptz')`,
    choice: sql`jsonb_typeof(${value}) = 'string' AND ${text} = ANY (${field.choices ?? []}::text[])`,
  }[field.type]
  const missing = sql`coalesce(jsonb_typeof(${value}), 'null') = 'null'`
  const rows = await sql<{ id: string; count: string }[]>`
SELECT id, count(*) OVER () AS count FROM ${sql(table)}
WHERE ${object === null ? sql`true` : sql`object = ${object}`}
  AND CASE WHEN ${missing} THEN ${field.required}::boolean ELSE NOT coalesce(${fitting}, false) END
LIMIT ${most}`
  return { count: Number(rows[0]?.count ?? 0), ids: rows.map(({ id }) => id) }
}
