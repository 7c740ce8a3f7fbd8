/**
 * Reads JSON into typed rules and points at what does not fit: RULE_INVALID with `details.path`, such as
 * ["all", 0, "event", "name"].
 */
import { KithError } from '../../errors.ts'

export const LIMITS = {
  /** Nodes, conditions included, of one rule. */
  nodes: 500,
  depth: 20,
  /** Children of one node, and values of one list. */
  list: 1000,
  /** Characters of a text. */
  text: 2000,
  steps: 10,
  cases: 100,
}

const SMALLER = 'make segments of parts of it and refer to them'

/** A place in the document that is being read, and what of the budget is left. */
export class Place {
  readonly path: readonly (string | number)[]
  readonly depth: number
  private readonly budget: { nodes: number }

  private constructor(path: readonly (string | number)[], depth: number, budget: { nodes: number }) {
    this.path = path
    this.depth = depth
    this.budget = budget
  }

  static root(): Place {
    return new Place([], 0, { nodes: LIMITS.nodes })
  }

  at(...steps: (string | number)[]): Place {
    return new Place([...this.path, ...steps], this.depth, this.budget)
  }

  /** The same place as a node of its own: counts against the limits. */
  node(): Place {
    if (--this.budget.nodes < 0) this.fail(`a rule has at most ${LIMITS.nodes} nodes; ${SMALLER}`)
    if (this.depth >= LIMITS.depth) this.fail(`a rule is at most ${LIMITS.depth} levels deep; ${SMALLER}`)
    return new Place(this.path, this.depth + 1, this.budget)
  }

  fail(problem: string): never {
    const where = this.path.length === 0 ? 'The rule' : `The rule at ${this.path.join('.')}`
    throw new KithError('RULE_INVALID', `${where} does not fit: ${problem}.`, { details: { path: [...this.path] } })
  }
}

export type Reader<T> = (value: unknown, place: Place) => T
type Fields<T> = { [K in keyof T]-?: Reader<Exclude<T[K], undefined>> }

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/** The first few, as words. */
function listed(names: readonly string[]): string {
  return names.length > 8 ? `${names.slice(0, 7).join(', ')} ...` : names.join(', ')
}

export const readText: Reader<string> = (value, place) => {
  if (typeof value !== 'string') return place.fail(`expected a text, found ${describe(value)}`)
  if (value.length === 0) return place.fail('expected a text that is not empty')
  return readAnyText(value, place)
}

export const readAnyText: Reader<string> = (value, place) => {
  if (typeof value !== 'string') return place.fail(`expected a text, found ${describe(value)}`)
  if (value.length > LIMITS.text) return place.fail(`a text has at most ${LIMITS.text} characters`)
  if (value.includes('\0') || !value.isWellFormed()) return place.fail('a text holds no U+0000 and no lone surrogate')
  return value
}

export const readNumber: Reader<number> = (value, place) =>
  typeof value === 'number' && Number.isFinite(value)
    ? value
    : place.fail(`expected a number, found ${describe(value)}`)

export const readBoolean: Reader<boolean> = (value, place) =>
  typeof value === 'boolean' ? value : place.fail(`expected true or false, found ${describe(value)}`)

export const readScalar: Reader<string | number | boolean> = (value, place) => {
  if (typeof value === 'string') return readAnyText(value, place)
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return readNumber(value, place)
  return place.fail(`expected a text, a number, true or false, found ${describe(value)}`)
}

export function readInteger(min: number, max: number): Reader<number> {
  return (value, place) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      ? (value as number)
      : place.fail(`expected a whole number from ${min} to ${max}, found ${describe(value)}`)
}

export function readOneOf<const T extends string>(values: readonly T[]): Reader<T> {
  return (value, place) =>
    (values as readonly unknown[]).includes(value)
      ? (value as T)
      : place.fail(`expected one of ${values.join(', ')}, found ${describe(value)}`)
}

export function readList<T>(
  read: Reader<T>,
  { min = 0, max = LIMITS.list }: { min?: number; max?: number } = {},
): Reader<T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) return place.fail(`expected a list, found ${describe(value)}`)
    if (value.length < min) return place.fail(`expected at least ${min} in the list, found ${value.length}`)
    if (value.length > max) return place.fail(`expected at most ${max} in the list, found ${value.length}`)
    return value.map((item, index) => read(item, place.at(index)))
  }
}

/** What is meant by names of other languages. */
const MEANT: { [name: string]: string } = {
  ...{
    and: 'all',
    or: 'any',
    '=': 'eq',
    '==': 'eq',
    equals: 'eq',
    '!=': 'ne',
    '<>': 'ne',
    '>': 'gt',
    '>=': 'gte',
    '<': 'lt',
  },
  ...{
    '<=': 'lte',
    min: 'gte',
    max: 'lte',
    atLeast: 'gte',
    atMost: 'lte',
    moreThan: 'gt',
    lessThan: 'lt',
    nin: 'notIn',
  },
  ...{ regex: 'matches', is: 'eq', trait: 'field', property: 'field', attribute: 'field', track: 'event', key: 'path' },
}

/** ' (did you mean "name"?)', or nothing. */
export function meant(name: string, known: readonly string[]): string {
  const plain = name.toLowerCase().replace(/[^a-z]/g, '')
  const found =
    known.find((one) => one.toLowerCase() === plain) ??
    known.find((one) => one === MEANT[name] || one === MEANT[name.toLowerCase()]) ??
    known.find((one) => isClose(plain, one.toLowerCase()))
  return found === undefined ? '' : ` (did you mean ${JSON.stringify(found)}?)`
}

/** One letter too many, too few, or another one. */
function isClose(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || Math.min(a.length, b.length) < 3) return false
  let same = 0
  while (same < Math.min(a.length, b.length) && a[same] === b[same]) same++
  const rests = [a.slice(same), b.slice(same)] as [string, string]
  const [longer, shorter] = rests[0].length >= rests[1].length ? rests : [rests[1], rests[0]]
  return longer.slice(1) === (longer.length === shorter.length ? shorter.slice(1) : shorter)
}

/** An object with these keys and no others; those in `required` must be there. */
export function readObject<T extends object>(
  fields: Fields<T>,
  required: readonly (keyof T & string)[] = [],
): Reader<T> {
  return (value, place) => {
    const names = Object.keys(fields)
    if (!isObject(value)) return place.fail(`expected an object with ${listed(names)}, found ${describe(value)}`)
    const result: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue
      const read = Object.hasOwn(fields, key) ? (fields as Record<string, Reader<unknown>>)[key] : undefined
      if (!read)
        return place.at(key).fail(`"${key}" is not known here${meant(key, names)}; expected ${names.join(', ')}`)
      result[key] = read(item, place.at(key))
    }
    for (const key of required) {
      if (!(key in result)) return place.fail(`"${key}" is missing; found ${listed(Object.keys(result)) || 'nothing'}`)
    }
    return result as T
  }
}
