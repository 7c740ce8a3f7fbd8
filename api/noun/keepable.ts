import { KithError } from '../../errors.ts'
import { HALF_A_CHARACTER, MAX_DEPTH } from '../ingest/scan.ts'

/** Why Postgres would refuse a value in words of its own, or keep another one; null when it keeps it as it is. */
export function unkeepable(value: unknown, depth = 0): string | null {
  if (typeof value === 'string') {
    if (value.includes('\0')) return 'Expected no U+0000.'
    return value.isWellFormed() ? null : HALF_A_CHARACTER
  }
  if (typeof value === 'number')
    return Number.isFinite(value) ? null : 'Expected numbers that a double can hold (below 1.8e308).'
  if (typeof value !== 'object' || value === null) return null
  if (depth === MAX_DEPTH) return `Expected at most ${MAX_DEPTH} levels of objects and lists.`
  for (const [key, member] of Object.entries(value)) {
    const reason = unkeepable(key) ?? unkeepable(member, depth + 1)
    if (reason) return reason
  }
  return null
}

/** Throws INPUT_INVALID, with the member's name, where a member of the input cannot be kept as it is. */
export function refuseUnkeepable(input: object): void {
  for (const [name, value] of Object.entries(input)) {
    const reason = unkeepable(value)
    if (reason) throw new KithError('INPUT_INVALID', `${name}: ${reason}`)
  }
}
