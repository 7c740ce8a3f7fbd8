/**
 * Instants as text that compares as it should: ISO 8601 in UTC with six decimals, always 27 characters. Postgres drops
 * trailing zeros, JSON made by it carries an offset, and a JavaScript Date would drop three digits.
 */
const FORM = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,6})\d*)?(Z|[+-]\d{2}(?::?\d{2})?)$/

export const HOUR_MS = 60 * 60 * 1000

/** '2026-11-24T17:36:00.12+01:00' -> '2026-11-24T16:36:00.120000Z'; null for what is no instant of years 0 to 9999. */
export function canonicalInstant(text: string): string | null {
  const match = FORM.exec(text)
  if (!match) return null
  const [, day, time, fraction = '', zone = 'Z'] = match
  const micros = fraction.padEnd(6, '0')
  if (zone === 'Z' || /^[+-]00(:?00)?$/.test(zone)) return `${day}T${time}.${micros}Z`
  const offset = zone.length === 3 ? `${zone}:00` : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')
  const seconds = new Date(`${day}T${time}${offset}`)
  if (Number.isNaN(seconds.getTime())) return null
  return `${seconds.toISOString().slice(0, 19)}.${micros}Z`
}

export function earlier(a: string, b: string): string {
  return a < b ? a : b
}

export function later(a: string, b: string): string {
  return a > b ? a : b
}

/** Milliseconds from one canonical instant to another. */
export function millisecondsBetween(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from)
}
