/** Scalars that keep what JavaScript numbers and dates would lose: decimals, 64 bits, microseconds. */
import { GraphQLError, Kind, type ValueNode } from 'graphql'
import type { Json } from '../db/schema/columns.ts'

const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/
const DATE = /^\d{4}-\d{2}-\d{2}$/
const DECIMAL = /^[+-]?\d{1,40}(\.\d{1,20})?$/
const INTEGER = /^-?\d{1,19}$/

export function parseDateTime(value: unknown): string {
  if (
    typeof value === 'string' &&
    DATE_TIME.test(value) &&
    isDay(value.slice(0, 10)) &&
    !Number.isNaN(Date.parse(value))
  )
    return value
  throw refuse('DateTime', 'an instant in ISO 8601 with its offset, such as "2026-11-24T16:36:00.123456Z"', value)
}

export function parseDate(value: unknown): string {
  if (typeof value === 'string' && DATE.test(value) && isDay(value)) return value
  throw refuse('Date', 'a day in ISO 8601, such as "2026-11-24"', value)
}

export function parseDecimal(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text === 'string' && DECIMAL.test(text)) return text
  throw refuse('Decimal', 'a decimal number as text, such as "19.90"', value)
}

export function parseBigInt(value: unknown): string {
  const text = Number.isSafeInteger(value) ? String(value) : value
  if (typeof text === 'string' && INTEGER.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)) return text
  throw refuse('BigInt', 'an integer of 64 bits as text, such as "42"', value)
}

/** Deeper than anything that is meant; what is stored has limits of its own. */
const DEEPEST_JSON = 1000

/** JSON has no infinity: 1e400 would become null on its way on, unnoticed. */
export function parseJson(value: unknown): Json {
  requireFinite(value, 0)
  return value as Json
}

function requireFinite(value: unknown, depth: number): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new GraphQLError('Expected numbers that a double can hold (below 1.8e308).')
  if (typeof value !== 'object' || value === null) return
  if (depth === DEEPEST_JSON) throw new GraphQLError(`Expected at most ${DEEPEST_JSON} levels of objects and lists.`)
  for (const member of Object.values(value)) requireFinite(member, depth + 1)
}

/** The text of a literal, so that 19.90 keeps its digits on the way to a Decimal. */
export function literalText(node: ValueNode): unknown {
  if (node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT) return node.value
  throw new GraphQLError(`Expected a string or a number, found ${node.kind}.`, { nodes: node })
}

function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

function refuse(scalar: string, expected: string, value: unknown): GraphQLError {
  return new GraphQLError(`${scalar} must be ${expected}; got ${String(JSON.stringify(value)).slice(0, 80)}.`)
}
