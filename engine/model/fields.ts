/** The tenant's own fields: their types, what fits them, and which stored rows do not. */
import type { Transaction } from '../../db/client.ts'
import type { Json, JsonObject } from '../../db/schema/columns.ts'
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
  default?: Json
  unique?: boolean
  indexed?: boolean
  personal?: Personal
  retentionDays?: number | null
}

/** How much a value tells of a person. */
export const PERSONAL = ['none', 'personal', 'sensitive'] as const
export type Personal = (typeof PERSONAL)[number]

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
SELECT id, object, key, type, description, required, choices, default_value AS "default", "unique", indexed, personal,
  retention_days AS "retentionDays"
FROM fields
WHERE ${object}::text IS NULL OR object = ${object}
ORDER BY object, key`
  return [...rows]
}

const DATE = /^\d{4}-\d{2}-\d{2}$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/

/** Characters of a text that is indexed. */
export const LONGEST_INDEXED = 500

/** Whether it has an index, of its own making or to be unique. */
export const hasIndex = ({ indexed, unique }: Pick<Field, 'indexed' | 'unique'>): boolean => Boolean(indexed || unique)

export function fits(field: Pick<Field, 'type' | 'choices' | 'indexed' | 'unique'>, value: unknown): boolean {
  const { type, choices } = field
  switch (type) {
    case 'text':
      return typeof value === 'string' && (!hasIndex(field) || [...value].length <= LONGEST_INDEXED)
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

function expected(field: Field): string {
  if (field.type === 'choice') return `one of ${(field.choices ?? []).join(', ')}`
  const most = field.type === 'text' && hasIndex(field) ? ` of at most ${LONGEST_INDEXED} characters` : ''
  return `a value of the type ${field.type}${most}`
}

function refuse({ key }: Field, what: string): never {
  throw new KithError('FIELD_INVALID', `Expected ${what} in the field ${JSON.stringify(key)}.`, {
    details: { path: ['custom', key] },
  })
}

/** SQL of the value of a field's type, as its index has it; see migration 0045. */
export const OWN_FUNCTIONS: Record<FieldType, string> = {
  text: 'own_text',
  choice: 'own_text',
  number: 'own_number',
  boolean: 'own_boolean',
  date: 'own_date',
  instant: 'own_instant',
}

/** The defaults of a new record for what it leaves out. */
export function defaultsFor(fields: readonly Field[], custom: JsonObject | null | undefined): JsonObject {
  const left = fields.filter((field) => field.default != null && custom?.[field.key] === undefined)
  return Object.fromEntries(left.map((field) => [field.key, field.default!]))
}

/** How many stored rows do not fit, and some of their ids: what to look at before a field is made stricter. */
export async function findViolations(
  sql: Transaction,
  field: Omit<Field, 'id' | 'description'>,
  most: number,
): Promise<{ count: number; ids: string[] }> {
  const { table, column, object } = storedAs(field.object)
  const typed = sql`${sql(OWN_FUNCTIONS[field.type])}(${sql(column)}, ${field.key})`
  const longest = hasIndex(field) ? LONGEST_INDEXED : 2 ** 30
  const text = sql`${sql(column)} ->> ${field.key}`
  const fitting = {
    text: sql`jsonb_typeof(${sql(column)} -> ${field.key}) = 'string' AND length(${text}) <= ${longest}::int`,
    number: sql`${typed} IS NOT NULL`,
    boolean: sql`${typed} IS NOT NULL`,
    date: sql`${typed} IS NOT NULL`,
    instant: sql`${typed} IS NOT NULL`,
    choice: sql`${typed} = ANY (${field.choices ?? []}::text[])`,
  }[field.type]
  const missing = sql`coalesce(jsonb_typeof(${sql(column)} -> ${field.key}), 'null') = 'null'`
  const shared = field.unique ? sql`count(*) OVER (PARTITION BY ${typed}) > 1 AND ${typed} IS NOT NULL` : sql`false`
  const rows = await sql<{ id: string; count: string }[]>`
SELECT id, count(*) OVER () AS count FROM (
  SELECT id, CASE WHEN ${missing} THEN ${field.required}::boolean ELSE NOT coalesce(${fitting}, false) END AS wrong, ${shared} AS shared
  FROM ${sql(table)} WHERE ${object === null ? sql`true` : sql`object = ${object}`}
) AS looked WHERE wrong OR shared
LIMIT ${most}`
  return { count: Number(rows[0]?.count ?? 0), ids: rows.map(({ id }) => id) }
}
