/**
 * The ISO 8601 dates and times that rules and stored values may hold: "2026-11-24", "2026-11-24T16:36:00.123456+01:00".
 * A date is its midnight; without an offset both are in the tenant's timezone. The SQL of conditions.ts reads the same.
 */
export const INSTANT_PATTERN =
  '^(?!0000)\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d{1,6})?)?(Z|[+-](0\\d|1[0-4]):?[0-5]\\d)?)?$'

const PATTERN = new RegExp(INSTANT_PATTERN)

/** The parts of a valid instant: its wall clock in UTC-like ISO form, and its offset if it has one. */
export function parseInstant(text: string): { wall: string; offset: string | undefined } | undefined {
  const match = PATTERN.exec(text)
  if (!match) return undefined
  const [year, month, day] = text.slice(0, 10).split('-').map(Number) as [number, number, number]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCDate() !== day) return undefined
  const offset = match[7]
  const wall = (offset ? text.slice(0, -offset.length) : text).replace(' ', 'T')
  return { wall: wall.length === 10 ? `${wall}T00:00` : wall, offset }
}
