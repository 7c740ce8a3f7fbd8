/**
 * The calendar of a timezone, in microseconds since 1970, for the oracle (oracle.ts), which must not ask Postgres. A wall
 * clock is written as if it were UTC.
 */
import { type ParsedDuration, parseDuration } from '../duration.ts'
import { parseInstant } from '../instant.ts'

export type Micros = number

export const SECOND = 1_000_000
export const DAY = 86_400 * SECOND

const formats = new Map<string, Intl.DateTimeFormat>()
const offsets = new Map<string, number>()

/** How far the timezone's wall clock is ahead of UTC at an instant. */
export function offsetAt(at: Micros, timezone: string): Micros {
  if (timezone === 'UTC') return 0
  const seconds = Math.floor(at / SECOND)
  const key = `${timezone} ${Math.floor(seconds / 900)}` // no zone changes within a quarter of an hour
  let offset = offsets.get(key)
  if (offset === undefined) {
    let format = formats.get(timezone)
    if (!format) {
      const numeric = {
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      } as const
      format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, hourCycle: 'h23', ...numeric })
      formats.set(timezone, format)
    }
    const parts = Object.fromEntries(
      format.formatToParts(seconds * 1000).map(({ type, value }) => [type, Number(value)]),
    )
    const wall = Date.UTC(parts.year!, parts.month! - 1, parts.day, parts.hour, parts.minute, parts.second)
    offset = (wall / 1000 - seconds) * SECOND
    offsets.set(key, offset)
  }
  return offset
}

export function toWall(at: Micros, timezone: string): Micros {
  return at + offsetAt(at, timezone)
}

/** Where a clock is set forward, a wall time in between is read by the offset before; set back, by the one after. */
export function fromWall(wall: Micros, timezone: string): Micros {
  const before = wall - offsetAt(wall - DAY, timezone)
  const after = wall - offsetAt(wall + DAY, timezone)
  if (toWall(after, timezone) === wall) return after
  return before
}

export function addMonthsToWall(wall: Micros, months: number): Micros {
  const day = Math.floor(wall / DAY)
  const date = new Date(day * 86_400_000)
  const target = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1))
  const last = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate()
  target.setUTCDate(Math.min(date.getUTCDate(), last))
  return target.getTime() * 1000 + (wall - day * DAY)
}

export function add(at: Micros, duration: string, timezone: string, sign: 1 | -1 = 1): Micros {
  const { months, seconds } = parseDuration(duration) as ParsedDuration
  const moved = months === 0 ? at : fromWall(addMonthsToWall(toWall(at, timezone), sign * months), timezone)
  return moved + sign * Math.round(seconds * SECOND)
}

/** undefined when the text is no instant. */
export function toMicros(text: string, timezone: string): Micros | undefined {
  const parsed = parseInstant(text)
  if (!parsed) return undefined
  const [minutes, fraction = ''] = parsed.wall.split('.')
  const wall = Date.parse(`${minutes}Z`) * 1000 + Number(fraction.padEnd(6, '0'))
  if (!parsed.offset) return fromWall(wall, timezone)
  if (parsed.offset === 'Z') return wall
  const [, sign, hours, rest] = /([+-])(\d\d):?(\d\d)/.exec(parsed.offset)!
  return wall - (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(rest)) * 60 * SECOND
}

export function toIso(at: Micros): string {
  const millis = Math.floor(at / 1000)
  return `${new Date(millis).toISOString().slice(0, -1)}${String(at - millis * 1000).padStart(3, '0')}Z`
}
