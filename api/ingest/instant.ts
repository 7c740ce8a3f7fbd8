/** When an event happened, from what the client's clock said. */
import { DAY, SECOND } from '../../config.ts'
import { toIso } from '../../db/instant.ts'
import { Refusal } from './refusal.ts'

/** A difference that the way and the wait can explain: the client's clock is taken for right, and its instant kept as it is. */
const TOLERANCE_MS = 5 * SECOND
/** How far in the future an event may lie. */
const MOST_AHEAD_MS = DAY
/** How far in the past: history may be sent later, but each week of it is a table of its own. */
const MOST_BEHIND_MS = 20 * 366 * DAY

// Seconds may be missing, the zone too (then it is UTC); microseconds are kept.
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i

/** What toISOString() and so all SDKs write, on a day that every month has: no need to take it apart. */
const USUAL = /^\d{4}-\d\d-(?:[01]\d|2[0-8])T\d\d:\d\d:\d\d\.\d{3}Z$/

export type Instant = { ms: number; iso: string }

/** An ISO 8601 date and time, or milliseconds since 1970; null for neither. */
export function parseInstant(value: string | number): Instant | null {
  if (typeof value === 'number') {
    return Math.abs(value) < 8.64e15 ? { ms: value, iso: new Date(value).toISOString() } : null
  }
  if (USUAL.test(value)) {
    const ms = Date.parse(value)
    return Number.isNaN(ms) ? null : { ms, iso: value }
  }
  const match = ISO.exec(value)
  if (!match) return null
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match
  const start = `${year}-${month}-${day}T${hour}:${minute}:${second === '60' ? '59' : second}`
  const ms = Date.parse(`${start}.${fraction.slice(0, 3).padEnd(3, '0')}${colon(zone.toUpperCase())}`)
  if (Number.isNaN(ms)) return null
  // Date.parse takes the 30th of February for the 1st of March.
  if (Number(day) > 28 && new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() !== Number(day))
    return null
  const iso = new Date(ms).toISOString()
  return { ms, iso: fraction.length > 3 ? `${iso.slice(0, -1)}${fraction.slice(3, 6)}Z` : iso }
}

function colon(zone: string): string {
  return /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone
}

/** Seconds since 1970, read as milliseconds, are some day of 1970 to 1973. */
const hintOf = ({ ms }: Instant): string =>
  ms >= 0 && ms < 1e11 ? ' A number is of milliseconds since 1970, not of seconds.' : ''

/**
 * The instant of an event by our clock. `said` is by the client's; `sentAt`, by the same clock, is when it sent the event,
 * and `arrived` when we got it: what lies between the two beyond the tolerance is how wrong the client's clock is.
 * Throws EVENT_BAD_TIME when the result is no time that an event can have.
 */
export function occurredAt(said: Instant | null, sentAt: Instant | null, arrived: number): string {
  if (!said) return toIso(new Date(arrived).toISOString())
  const skew = sentAt ? arrived - sentAt.ms : 0
  const isRight = Math.abs(skew) <= TOLERANCE_MS
  const ms = isRight ? said.ms : said.ms + skew
  if (ms > arrived + MOST_AHEAD_MS || ms < arrived - MOST_BEHIND_MS) {
    throw new Refusal(
      'EVENT_BAD_TIME',
      `Expected a time between 20 years ago and tomorrow; found ${said.iso}${isRight ? '' : `, ${new Date(ms).toISOString()} by our clock`}.${hintOf(said)}`,
    )
  }
  return isRight ? said.iso : new Date(ms).toISOString()
}
