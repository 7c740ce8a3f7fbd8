/** Rules against the tenant's own fields: one that is defined is used by its type. What is not defined may be anything. */
import type { Transaction } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { lockDefinitions, readTenant } from '../definitions.ts'
import { type FieldPlace, fieldPlaces, meant, nameOf } from '../rules/index.ts'
import type { Definition } from '../rules/index.ts'
import { type Field, type FieldType, fits, readFields } from './fields.ts'

type Typed = Pick<Field, 'object' | 'key' | 'type' | 'choices'>

const ALWAYS = ['exists', 'missing', 'empty']
const EQUAL = ['eq', 'ne', 'in', 'notIn']
const ORDERED = ['gt', 'gte', 'lt', 'lte', 'between']
const TIMES = ['before', 'after', 'withinLast', 'withinNext', 'anniversary']

/** What may be asked of a value of each type. */
export const OPERATORS_OF: Record<FieldType, readonly string[]> = {
  text: [...EQUAL, ...ORDERED, 'contains', 'startsWith', 'endsWith', 'matches', 'ignoreCase', ...ALWAYS],
  number: [...EQUAL, ...ORDERED, ...ALWAYS],
  boolean: [...EQUAL, ...ALWAYS],
  date: [...EQUAL, ...TIMES, ...ALWAYS],
  instant: [...EQUAL, ...TIMES, ...ALWAYS],
  choice: [...EQUAL, 'ignoreCase', ...ALWAYS],
}

/** What has a moment of its own, to the microsecond, equals nothing that anybody writes down. */
const OF_INSTANT_COLUMNS = [...TIMES, ...ALWAYS]

/** Throws RULE_INVALID with the path of the operator or value that does not fit its field, and what would. */
export function checkRuleFields(definition: Definition, fields: readonly Typed[]): void {
  const known = new Map(fields.map((field) => [`${field.object} ${field.key}`, field]))
  for (const place of fieldPlaces(definition)) {
    const [key, ...inside] = place.field.split('.')
    const field = place.column
      ? { object: place.object, key: key!, type: place.column, choices: null }
      : known.get(`${place.object} ${key}`)
    if (!field) continue
    if (inside.length > 0) fail(field, place.path, 'there is nothing inside it')
    if (place.needs && place.needs !== field.type && !(place.needs === 'time' && isTime(field))) {
      fail(field, place.path, place.needs === 'time' ? 'expected a DATE or INSTANT' : 'expected a NUMBER')
    }
    for (const [operator, value] of Object.entries(place.comparison ?? {})) {
      checkOperator(field, operator, value, place)
    }
  }
}

function checkOperator(field: Typed, operator: string, value: unknown, { comparison, path, column }: FieldPlace): void {
  const allowed = column === 'instant' ? OF_INSTANT_COLUMNS : OPERATORS_OF[field.type]
  if (!allowed.includes(operator)) {
    fail(
      field,
      [...path, operator],
      `${operator} cannot be asked of it, expected one of ${allowed.join(', ')}`,
      allowed,
    )
  }
  const values = EQUAL.includes(operator) ? [value].flat() : []
  const wrong = values.find((one) => !isValue(field, one, Boolean(comparison?.ignoreCase)))
  const expected = field.type === 'choice' ? `one of ${field.choices!.join(', ')}` : `a value of the type ${field.type}`
  if (wrong !== undefined) {
    fail(field, [...path, operator], `expected ${expected}, got ${JSON.stringify(wrong)}`, field.choices ?? undefined)
  }
  const type = field.type === 'number' ? 'number' : 'string'
  if (ORDERED.includes(operator) && [value].flat().some((one) => typeof one !== type)) {
    fail(field, [...path, operator], `expected ${expected}, got ${JSON.stringify(value)}`)
  }
}

function isValue({ type, choices }: Typed, value: unknown, ignoreCase: boolean): boolean {
  if (type !== 'choice' || !ignoreCase || typeof value !== 'string') return fits({ type, choices }, value)
  return (choices ?? []).some((choice) => choice.toLowerCase() === value.toLowerCase())
}

const isTime = ({ type }: Typed) => type === 'date' || type === 'instant'

function fail(
  { object, key, type }: Typed,
  path: (string | number)[],
  problem: string,
  allowed?: readonly string[],
): never {
  const message = `The rule at ${path.join('.')} does not fit: ${object}.${key} is a field of the type ${type.toUpperCase()}: ${problem}.`
  throw new KithError('RULE_INVALID', message, {
    details: {
      path: [...path],
      field: `${object}.${key}`,
      type: type.toUpperCase(),
      ...(allowed && { allowed: [...allowed] }),
    },
  })
}

/** Checks a definition that is about to be saved. The caller holds the lock of the tenant's definitions. */
export async function checkFieldsOfRule(sql: Transaction, definition: Definition): Promise<void> {
  const fields = await readFields(sql)
  checkNames(definition, fields)
  checkRuleFields(definition, fields)
}

/** Throws RULE_INVALID for what is nearly a column, and no field of the tenant's own: nothing would ever be found there. */
function checkNames(definition: Definition, fields: readonly Typed[]): void {
  for (const { object, field, path, columns = [] } of fieldPlaces(definition)) {
    if (fields.some((one) => one.object === object && one.key === field.split('.')[0])) continue
    const close = meant(field, columns)
    if (!close) continue
    const instead = `${object === 'profile' ? 'traits' : 'custom'}.${field}`
    throw new KithError(
      'RULE_INVALID',
      `The rule at ${path.join('.')} does not fit: ${object} has no field ${JSON.stringify(field)}${close}; one of your own by this name is ${JSON.stringify(instead)}.`,
      { details: { path: [...path], field: `${object}.${field}` } },
    )
  }
}

/**
 * Throws FIELD_IN_USE where rules name a field that is to be deleted (`after` is null), or would no longer fit what it becomes.
 * A rule that is saved meanwhile waits for the lock, and sees what became of the field.
 */
export async function checkFieldUses(
  sql: Transaction,
  tenantId: string,
  { object, key }: Pick<Field, 'object' | 'key'>,
  after: Typed | null,
): Promise<void> {
  await lockDefinitions(sql, tenantId)
  const tenant = await readTenant(sql, tenantId)
  const uses = (tenant?.definitions ?? []).flatMap((definition) => {
    if (definition.status === 'archived') return []
    const places = fieldPlaces(definition).filter(
      (place) => !place.column && place.object === object && place.field.split('.')[0] === key,
    )
    const problem = places.length === 0 ? null : after ? problemOf(definition, after) : 'uses it'
    return problem === null ? [] : [{ kind: definition.kind, key: definition.key, path: places[0]!.path, problem }]
  })
  if (uses.length === 0) return
  const names = uses.map(nameOf).join(', ')
  const change = after ? 'become that' : 'be deleted'
  throw new KithError(
    'FIELD_IN_USE',
    `The field ${object}.${key} cannot ${change}: rules use it (${names}). Change or archive them first.`,
    {
      status: 409,
      details: { usedBy: uses.map(nameOf), rules: uses },
    },
  )
}

function problemOf(definition: Definition, field: Typed): string | null {
  try {
    checkRuleFields(definition, [field])
    return null
  } catch (error) {
    if (error instanceof KithError) return error.message
    throw error
  }
}
