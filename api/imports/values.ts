/** What a cell of a record may be, by the type of its column: less than Postgres would take. */
import { parseInstant } from '../ingest/instant.ts'

// Postgres also takes NaN, 0x1F and 1_000.
const DECIMAL = /^[+-]?(\d{1,40}(\.\d{0,20})?|\.\d{1,20})(e[+-]?\d{1,2})?$/i
const INTEGER = /^[+-]?\d{1,18}$/
const DAY = /^\d{4}-\d{2}-\d{2}$/

/** Of an e-mail address or another text that an index has, in characters. */
const LONGEST = 512
const INDEXED = new Set(['externalId', 'userId', 'email', 'phone', 'domain'])

type Column = { name: string; type: string; target?: string }

/** Why the value is none of the column's, or null. What the range of the type is, Postgres says. */
export function valueProblem({ name, type, target }: Column, value: string): string | null {
  const found = `found ${JSON.stringify(value.slice(0, 80))}`
  if (target || INDEXED.has(name))
    return [...value].length > LONGEST ? `Expected at most ${LONGEST} characters; found ${[...value].length}.` : null
  const text = value.trim()
  if (type.startsWith('numeric')) return DECIMAL.test(text) ? null : `Expected a number such as 1234.5; ${found}.`
  if (type === 'integer') return INTEGER.test(text) ? null : `Expected a whole number; ${found}.`
  // Postgres also takes "tomorrow" and "infinity".
  if (type === 'timestamp with time zone' || type === 'timestamptz')
    return parseInstant(text) ? null : `Expected an instant in ISO 8601, such as 2026-11-25T12:00:00Z; ${found}.`
  if (type === 'date')
    return DAY.test(text) && parseInstant(text) ? null : `Expected a day in ISO 8601, such as 2026-11-25; ${found}.`
  return null
}
