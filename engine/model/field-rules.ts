/** What the definition of a field must be, beside the values that it asks for. */
import type { Transaction } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { type Field, fits, hasIndex } from './fields.ts'
import { MOST_INDEXED } from './indexes.ts'

const MOST_FIELDS = 200
const LONGEST_CHOICE = 200
const MOST_CHOICES = 100
const MOST_DAYS = 36_500
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,62}$/

type Definition = Omit<Field, 'id'>

/** Throws INPUT_INVALID. */
export function checkField<D extends Definition>(field: D): D {
  if (!NAME.test(field.key))
    throw invalid(
      `Expected a key of a letter, then letters, digits and "_"; got ${JSON.stringify(field.key.slice(0, 80))}.`,
    )
  checkChoices(field)
  checkAttributes(field)
  return field
}

function checkChoices({ type, choices: given }: Definition): void {
  const choices = given ?? []
  if ((type === 'choice') !== choices.length > 0)
    throw invalid('Expected choices for the type CHOICE, and only for it.')
  if (choices.length > MOST_CHOICES) throw invalid(`Expected at most ${MOST_CHOICES} choices, got ${choices.length}.`)
  if (new Set(choices).size < choices.length) throw invalid('Expected each choice once.')
  const wrong = choices.find(
    (choice) => choice.trim() === '' || choice.length > LONGEST_CHOICE || choice.includes('\0'),
  )
  if (wrong !== undefined)
    throw invalid(`Expected choices of 1 to ${LONGEST_CHOICE} characters; got ${JSON.stringify(wrong.slice(0, 80))}.`)
}

function checkAttributes(field: Definition): void {
  const { object, type, retentionDays, unique, required } = field
  if (field.default != null) {
    if (object === 'profile') throw invalid('Expected no default for people: what is known of them is what was said.')
    if (!fits(field, field.default))
      throw invalid(`Expected a default that fits the field; got ${JSON.stringify(field.default).slice(0, 80)}.`)
  }
  if (unique && (object === 'profile' || object === 'account'))
    throw invalid('Expected no unique field of people or accounts: identifiers and external ids tell those apart.')
  if (unique && type === 'boolean') throw invalid('Expected no unique field of the type BOOLEAN.')
  if (retentionDays == null) return
  if (retentionDays < 1 || retentionDays > MOST_DAYS)
    throw invalid(`Expected retentionDays from 1 to ${MOST_DAYS}, got ${retentionDays}.`)
  if (required) throw invalid('Expected a field that is not required: its values are removed after retentionDays.')
}

/** Throws INPUT_INVALID where an object has too many fields, or the tenant too many indexes. The field may be stored already. */
export async function checkRoom(sql: Transaction, field: Definition): Promise<void> {
  const [counts] = await sql<[{ fields: number; indexed: number }]>`
SELECT count(*) FILTER (WHERE object = ${field.object})::int AS fields, count(*) FILTER (WHERE indexed OR "unique")::int AS indexed
FROM fields WHERE (object, key) <> (${field.object}, ${field.key})`
  if (counts.fields >= MOST_FIELDS) throw invalid(`Expected at most ${MOST_FIELDS} fields of one object.`)
  if (hasIndex(field) && counts.indexed >= MOST_INDEXED)
    throw invalid(`Expected at most ${MOST_INDEXED} fields with an index; drop one first.`)
}

function invalid(message: string): KithError {
  return new KithError('INPUT_INVALID', message)
}
