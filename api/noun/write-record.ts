/**
 * Records from values that somebody's mapping made: read as the input of the noun's own upsert mutation, so that one
 * description says what a record may hold. Other records are named by their external ids.
 */
import {
  coerceInputValue,
  type GraphQLInputObjectType,
  GraphQLNonNull,
  type GraphQLSchema,
  validateInputValue,
} from 'graphql'
import type { Transaction } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { unkeepable } from './keepable.ts'
import { ownKinds, type RecordKind, recordKinds } from './record.ts'
import type { Input } from './write.ts'

let schema: GraphQLSchema

/** The schema is made of the nouns, and so hands itself down to here once it is whole. */
export function readRecordsBy(whole: GraphQLSchema): void {
  schema = whole
}

/** As a mapping says it: {"object": "order", "externalId": "1001", "account": "acme", ...}, or with `"delete": true`. */
export type MappedRecord = Record<string, unknown>

/** Names by which a mapping refers to a record by its external id -> the input that takes the id. */
const NAMED: Record<string, { input: string; table: string }> = {
  account: { input: 'accountId', table: 'accounts' },
  contact: { input: 'contactId', table: 'contacts' },
  parent: { input: 'parentId', table: 'accounts' },
}

/**
 * Creates or changes the record; deletes it where it says `delete: true`, also when there is none. Throws RECORD_INVALID, and what
 * the upsert of its kind throws. `path` names it in messages.
 */
export async function writeRecord(tx: Transaction, record: unknown, path: string): Promise<void> {
  const { kind, given, isGone } = await kindOf(tx, record, path)
  if (isGone) {
    if (typeof given.externalId !== 'string' || unkeepable(given.externalId))
      throw invalid(`${path}.externalId`, 'Expected the text that names it.')
    await kind.delete(tx, given.externalId)
    return
  }
  const input: Input = { ...kind.fixed }
  for (const [name, value] of Object.entries(given)) {
    const named = Object.hasOwn(NAMED, name) ? NAMED[name]! : undefined
    if (named && (named.input in kind.references || name === 'contact')) {
      input[named.input] = value === null ? null : await idOf(tx, kind, named, value, `${path}.${name}`)
    } else input[name] = value
  }
  const type = schema.getType(kind.input) as GraphQLInputObjectType
  validateInputValue(input, new GraphQLNonNull(type), (error, at) => {
    throw invalid([path, ...at].join('.'), error.message)
  })
  await kind.upsert(tx, coerceInputValue(input, type) as Input)
}

async function kindOf(
  tx: Transaction,
  record: unknown,
  path: string,
): Promise<{ kind: RecordKind; given: MappedRecord; isGone: boolean }> {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) throw invalid(path, 'Expected an object.')
  const { object, delete: isGone = false, ...given } = record as MappedRecord
  if (typeof isGone !== 'boolean') throw invalid(`${path}.delete`, 'Expected true or false.')
  const kind = typeof object === 'string' ? (recordKinds.get(object) ?? (await ownKinds.find(tx, object))) : undefined
  if (!kind) {
    const known = [...recordKinds.keys(), ...(await ownKinds.keys(tx))]
    throw invalid(`${path}.object`, `Expected one of ${known.join(', ')}.`)
  }
  return { kind, given, isGone }
}

async function idOf(
  tx: Transaction,
  { parent }: RecordKind,
  { input, table: ofAll }: { input: string; table: string },
  value: unknown,
  path: string,
): Promise<string> {
  const object = input === 'parentId' ? parent : undefined
  const table = object === undefined ? ofAll : 'records'
  const [row] =
    typeof value === 'string' || typeof value === 'number'
      ? await tx<{ id: string }[]>`
SELECT id FROM ${tx(table)} WHERE external_id = ${String(value)} AND ${object === undefined ? tx`true` : tx`object = ${object}`}`
      : []
  if (!row) throw invalid(path, `Expected the externalId of one of the ${object ?? table}.`)
  return row.id
}

function invalid(path: string, message: string): KithError {
  return new KithError('RECORD_INVALID', `${path}: ${message}`)
}
