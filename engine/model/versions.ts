/** Versions of the model: what differs between two of them, and how an earlier one is made the present one again. */
import type { Transaction } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { type Field, type FieldType, findViolations, type Personal } from './fields.ts'
import { checkUnused, readObjects } from './objects.ts'

const PARTS = ['objects', 'fields', 'behaviors'] as const
export type Part = (typeof PARTS)[number]

/** A definition as it is stored, by the names of its columns. */
type Row = Record<string, unknown>
type Model = Record<Part, Record<string, Row>>
/** Made where there is no `before`, deleted where there is no `after`. */
export type ModelChange = { part: Part; key: string; before?: Row; after?: Row }

/** What turns the one version into the other; `to` is the present one unless given. Throws NOT_FOUND. */
export async function modelChanges(sql: Transaction, from: number | null, to: number | null): Promise<ModelChange[]> {
  const [row] = await sql<[{ changes: ModelChange[] }]>`
SELECT ops.model_changes(${await modelAt(sql, from)}::jsonb, ${await modelAt(sql, to)}::jsonb) AS changes`
  return row.changes
}

/** Of the latest version where no number is given; before the first there is none. */
async function modelAt(sql: Transaction, number: number | null): Promise<string> {
  if (number === 0) return '{}'
  const [row] = await sql<{ model: Model }[]>`
SELECT model FROM model_versions WHERE ${number}::int IS NULL OR number = ${number} ORDER BY number DESC LIMIT 1`
  if (!row && number !== null) {
    throw new KithError('NOT_FOUND', `There is no version ${number} of the model.`, { status: 404 })
  }
  return JSON.stringify(row?.model ?? {})
}

/** Stored rows that would not fit a field as a change makes it; null for changes that concern no stored row. */
export async function violationsOfChange(
  sql: Transaction,
  { part, after }: ModelChange,
  most: number,
): Promise<{ count: number; ids: string[]; object: string } | null> {
  if (part !== 'fields' || !after) return null
  const field = fieldOf(after)
  return { ...(await findViolations(sql, field, most)), object: field.object }
}

function fieldOf(row: Row): Omit<Field, 'id'> {
  return {
    object: row.object as string,
    key: row.key as string,
    type: row.type as FieldType,
    description: row.description as string | null,
    required: row.required as boolean,
    choices: row.choices as string[] | null,
    unique: row.unique as boolean,
    indexed: row.indexed as boolean,
    personal: row.personal as Personal,
  }
}

/**
 * Makes the model what it was in a version; the triggers make a new version of that. What is stored stays as it is, and fits or
 * does not: see violationsOfChange. Throws OBJECT_IN_USE for an object that would go and is needed.
 */
export async function restoreModel(sql: Transaction, tenantId: string, number: number): Promise<ModelChange[]> {
  const changes = await modelChanges(sql, null, number)
  const of = (part: Part, kind: (change: ModelChange) => boolean) =>
    changes.filter((change) => change.part === part && kind(change))
  const isGone = ({ after }: ModelChange) => !after
  const isKept = ({ after }: ModelChange) => Boolean(after)

  for (const part of ['behaviors', 'fields'] as const) for (const change of of(part, isGone)) await remove(sql, change)
  for (const change of childrenFirst(of('objects', isGone))) {
    const object = (await readObjects(sql)).find(({ key }) => key === change.key)
    if (object) await checkUnused(sql, tenantId, object, false)
    await remove(sql, change)
  }
  // An object that is made comes after the one it belongs to.
  for (const change of childrenFirst(of('objects', isKept)).reverse()) await write(sql, change)
  for (const part of ['fields', 'behaviors'] as const) for (const change of of(part, isKept)) await write(sql, change)
  return changes
}

function childrenFirst(changes: ModelChange[]): ModelChange[] {
  const depth = (change: ModelChange, seen = 0): number => {
    const parent = changes.find(({ key }) => key === (change.after ?? change.before)!.parent)
    return parent && seen < changes.length ? 1 + depth(parent, seen + 1) : 0
  }
  return changes.toSorted((a, b) => depth(b) - depth(a))
}

const KEYS: Record<Part, string[]> = { objects: ['key'], fields: ['object', 'key'], behaviors: ['name'] }

function matching(sql: Transaction, part: Part, row: Row) {
  const conditions = KEYS[part].map((column) => sql`${sql(column)} = ${row[column] as string}`)
  return conditions.reduce((all, one) => sql`${all} AND ${one}`)
}

async function remove(sql: Transaction, { part, before }: ModelChange): Promise<void> {
  await sql`DELETE FROM ${sql(part)} WHERE ${matching(sql, part, before!)}`
}

/** The columns that the version knows; one that came later keeps its default, or what it has. */
async function write(sql: Transaction, { part, before, after }: ModelChange): Promise<void> {
  const row = after!
  const columns = sql(Object.keys(row))
  const values = sql`SELECT ${columns} FROM jsonb_populate_record(NULL::${sql(part)}, ${JSON.stringify(row)}::jsonb)`
  if (before) {
    const list = Object.keys(row).map((column) => sql`${sql(column)}`)
    const names = list.reduce((all, one) => sql`${all}, ${one}`)
    await sql`UPDATE ${sql(part)} SET (${names}) = (${values}) WHERE ${matching(sql, part, before)}`
  } else await sql`INSERT INTO ${sql(part)} (${columns}) ${values}`
}
