/** SQL of instants, durations and windows. */
import { parseDuration, toInterval } from './duration.ts'
import { parseInstant } from './instant.ts'
import { AT, type Parameters, TIMEZONE } from './parameters.ts'
import { seconds } from './truth.ts'
import type { CalendarWindow, Duration, Instant, Weekday, Window } from './types.ts'

/** A constant instant; "now" is the instant of evaluation. */
export function instant(value: Instant, parameters: Parameters): string {
  if (value === 'now') return AT
  const { wall, offset } = parseInstant(value)!
  if (offset) return parameters.add(value, 'timestamptz')
  return `(${parameters.add(wall, 'timestamp')} AT TIME ZONE ${TIMEZONE})`
}

export function plus(time: string, duration: Duration, parameters: Parameters): string {
  return shift('date_add', '+', time, duration, parameters)
}

export function minus(time: string, duration: Duration, parameters: Parameters): string {
  return shift('date_subtract', '-', time, duration, parameters)
}

function shift(name: string, sign: string, time: string, duration: Duration, parameters: Parameters): string {
  const parsed = parseDuration(duration)!
  const interval = parameters.add(toInterval(parsed), 'interval')
  return parsed.months === 0 ? `(${time} ${sign} ${interval})` : `${name}(${time}, ${interval}, ${TIMEZONE})`
}

/** Of these times those that are still to come, in seconds. */
export function stillToCome(times: string[]): string[] {
  return times.map((time) => `CASE WHEN ${time} > ${AT} THEN ${seconds(time)} END`)
}

/**
 * A window on a time. `rolling` windows are left by each event at its own moment, `leaves(time)`; the others end at `end`
 * for all of them, and at `next` for the whole window to move on.
 */
export type TimeWindow = {
  /** SQL of a boolean: whether a time that is not in the future is inside. */
  contains: (time: string) => string
  leaves?: (time: string) => string
  /** What comes first need not leave first: months have different lengths, and clocks are set back. */
  uneven?: boolean
  /** When the window moves on, in seconds; only of calendar windows. */
  boundary?: string
  /** No time before this is inside. */
  start?: string
  /** No time from this on is inside. */
  end?: string
}

export const EVER: TimeWindow = { contains: () => 'true' }

export function timeWindow({ within, between }: Window, parameters: Parameters): TimeWindow {
  if (between) return absoluteWindow(between.from, between.to, parameters)
  if (typeof within === 'string') return rollingWindow(within, parameters)
  return within ? calendarWindow(within, parameters) : EVER
}

/** (at - d, at]: a time leaves exactly d after itself. */
function rollingWindow(duration: Duration, parameters: Parameters): TimeWindow {
  const { months, seconds } = parseDuration(duration)!
  const leaves = (time: string) => plus(time, duration, parameters)
  if (months === 0) {
    const start = `(${AT} - ${parameters.add(toInterval({ months, seconds }), 'interval')})`
    return { contains: (time) => `${time} > ${parameters.once(start)}`, leaves, start }
  }
  // No month is longer than 31 days, and one more day pays for a change of offset.
  const longest = parameters.add(toInterval({ months: 0, seconds: seconds + (months * 31 + 1) * 86_400 }), 'interval')
  const start = `(${AT} - ${longest})`
  return {
    contains: (time) => `${time} > ${parameters.once(start)} AND ${leaves(time)} > ${AT}`,
    leaves,
    uneven: true,
    start,
  }
}

function absoluteWindow(from: Instant | undefined, to: Instant | undefined, parameters: Parameters): TimeWindow {
  const start = from && instant(from, parameters)
  const end = to && instant(to, parameters)
  const contains = (time: string) =>
    [start && `${time} >= ${start}`, end && `${time} < ${end}`].filter(Boolean).join(' AND ')
  return { contains, start, end }
}

/** How many days a week that begins on this day is ahead of one that begins on Monday, which date_trunc knows. */
const AHEAD: Record<Weekday, number> = {
  monday: 0,
  sunday: 1,
  saturday: 2,
  friday: 3,
  thursday: 4,
  wednesday: 5,
  tuesday: 6,
}

/** [start, end) of a unit of the calendar, in the timezone given or the tenant's. */
function calendarWindow(window: CalendarWindow, parameters: Parameters): TimeWindow {
  const { calendar, ago = 0, weekStart = 'monday' } = window
  const timezone = window.timezone ? parameters.add(window.timezone, 'text') : TIMEZONE
  const steps = { hour: '1 hour', day: '1 day', week: '7 days', month: '1 month', quarter: '3 months', year: '1 year' }
  const step = (n: number) => `${n} * interval '${steps[calendar]}'`
  const ahead = calendar === 'week' && AHEAD[weekStart] > 0 ? ` + interval '${AHEAD[weekStart]} days'` : ''
  const local = `date_trunc('${calendar}', ${AT} AT TIME ZONE ${timezone}${ahead})${ahead.replace('+', '-')}`
  const edge = (n: number) =>
    calendar === 'hour'
      ? `(date_trunc('hour', ${AT}, ${timezone}) + ${step(n)})`
      : `((${local} + ${step(n)}) AT TIME ZONE ${timezone})`
  const start = edge(-ago)
  const end = edge(1 - ago)
  return {
    contains: (time) => `${time} >= ${parameters.once(start)} AND ${time} < ${parameters.once(end)}`,
    boundary: parameters.once(seconds(edge(1))),
    start,
    end,
  }
}
