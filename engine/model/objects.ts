/** The tenant's own kinds of records: what they are called, and whom and what their records are about. */
import type { Transaction } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { askingFor } from '../definitions.ts'
import { type AnyRule, ownKinds, RECORD_KINDS } from '../rules/index.ts'
import { OBJECTS } from './fields.ts'

export type CustomObject = {
  id: string
  key: string
  plural: string
  name: string
  description: string | null
  person: boolean
  account: boolean
  /** The key of another object, whose records its own belong to. */
  parent: string | null
}

export const MOST_OBJECTS = 100

/** All objects of the tenant, by key. */
export async function readObjects(sql: Transaction): Promise<CustomObject[]> {
  const rows = await sql<CustomObject[]>`
SELECT id, key, plural, name, description, person, account, parent FROM objects ORDER BY key`
  return [...rows]
}

const NAME = /^[a-z][A-Za-z0-9]{0,39}$/

/** Throws INPUT_INVALID for an object that no schema or rule could name. */
export function checkObject({ key, plural, name, person, account, parent }: Omit<CustomObject, 'id'>): void {
  for (const [what, text] of [
    ['key', key],
    ['plural', plural],
  ] as const) {
    if (!NAME.test(text)) {
      throw invalid(
        `Expected a ${what} in camelCase, of up to 40 letters and digits; got ${JSON.stringify(text.slice(0, 80))}.`,
      )
    }
  }
  if (key === plural) throw invalid('Expected a plural that is another word than the key.')
  if (RECORD_KINDS.includes(key as never) || Object.hasOwn(OBJECTS, key))
    throw invalid(`"${key}" is an object of every tenant.`)
  if (name.trim() === '') throw invalid('Expected a name.')
  if (!person && !account && parent === null)
    throw invalid('Expected an object about people, accounts, or records of another object.')
  if (parent === key) throw invalid('Expected another object as the parent.')
}

/** Throws RULE_INVALID where a rule asks for records of an object that the tenant does not have. */
export async function checkKinds(sql: Transaction, rule: AnyRule): Promise<void> {
  const asked = ownKinds(rule)
  if (asked.length === 0) return
  const known = new Set((await readObjects(sql)).map(({ key }) => key))
  const missing = asked.find(({ kind }) => !known.has(kind))
  if (!missing) return
  const all = [...RECORD_KINDS, ...known].join(', ')
  throw new KithError('RULE_INVALID', `There is no object with the key "${missing.kind}"; expected one of ${all}.`, {
    details: { path: missing.path },
  })
}

/** Throws OBJECT_IN_USE, and says by what. */
export async function checkUnused(
  sql: Transaction,
  tenantId: string,
  { key, name }: CustomObject,
  withRecords: boolean,
): Promise<void> {
  const users = await askingFor(sql, tenantId, (rule) => ownKinds(rule).some(({ kind }) => kind === key))
  const children = (await readObjects(sql)).filter(({ parent }) => parent === key)
  const [stored] = withRecords ? [] : await sql`SELECT FROM records WHERE object = ${key} LIMIT 1`
  const reasons = [
    ...users.map((user) => `the ${user} asks for it`),
    ...children.map((child) => `the object ${child.key} belongs to it`),
    ...(stored ? ['it has records'] : []),
  ]
  if (reasons.length === 0) return
  throw new KithError('OBJECT_IN_USE', `${name} cannot be deleted: ${reasons.join('; ')}.`, {
    status: 409,
    details: { usedBy: users },
  })
}

function invalid(message: string): KithError {
  return new KithError('INPUT_INVALID', message)
}
