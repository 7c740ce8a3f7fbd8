/** What can be read and makes no sense: it is refused when it is saved; what was saved before goes on as it is. */
import { KithError } from '../../errors.ts'
import { parseInstant } from './instant.ts'
import { describe, isObject } from './read.ts'

type Path = (string | number)[]
type Check = (value: any, path: Path) => void

/** Throws RULE_INVALID with the path of what is always, or never, true. */
export function checkSense(node: unknown, path: Path = []): void {
  if (Array.isArray(node)) node.forEach((child, n) => checkSense(child, [...path, n]))
  if (!isObject(node)) return
  for (const [name, value] of Object.entries(node)) {
    const here = [...path, name]
    if (Object.hasOwn(CHECKS, name)) CHECKS[name]!(value, here)
    checkSense(value, here)
  }
  if (Array.isArray(node.score) && (node.min as number) > (node.max as number)) {
    fail([...path, 'min'], `expected a min that is at most max, found ${node.min} and ${node.max}`)
  }
}

const numbersOf = (comparison: object) => Object.entries(comparison).map(([name, n]) => [name, [n].flat()] as const)

const CHECKS: { [name: string]: Check } = {
  between: (value, path) => {
    if (Array.isArray(value)) {
      if (value[0] > value[1]) fail(path, `expected the lower end first, found ${describe(value)}`)
    } else if (value.from && value.to && isEmptyWindow(value.from, value.to)) {
      fail(path, `expected a from before to, found ${value.from} and ${value.to}: nothing lies between`)
    }
  },
  count: (value, path) => {
    for (const [name, numbers] of numbersOf(value)) {
      const wrong = numbers.find((n) => !Number.isInteger(n) || n < 0)
      if (wrong !== undefined) fail([...path, name], `a count is a whole number of at least 0, found ${wrong}`)
    }
  },
  share: (value, path) => {
    for (const [name, numbers] of numbersOf(value)) {
      const wrong = numbers.find((n) => n < 0 || n > 1)
      if (wrong !== undefined)
        fail([...path, name], `a share is a number from 0 to 1, such as 0.5 for half; found ${wrong}`)
    }
  },
  age: (value, path) => {
    if (Object.keys(value).length === 0) fail(path, 'expected gt, gte, lt or lte, such as {"gte": "P30D"}, found {}')
  },
  random: ({ percent, from = 0 }, path) => {
    if (from + percent > 100) fail(path, `from and percent come to ${from + percent}, and there are 100 per cent`)
  },
}

/** Only where both can be compared without a timezone. */
function isEmptyWindow(from: string, to: string): boolean {
  const [start, end] = [parseInstant(from)!, parseInstant(to)!]
  if (Boolean(start.offset) !== Boolean(end.offset)) return false
  return start.offset ? Date.parse(from) >= Date.parse(to) : start.wall >= end.wall
}

function fail(path: Path, problem: string): never {
  throw new KithError('RULE_INVALID', `The rule at ${path.join('.')} makes no sense: ${problem}.`, {
    details: { path },
  })
}
