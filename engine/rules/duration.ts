/**
 * ISO 8601 durations. A day is 24 hours and a week seven of them; months and years are calendar steps and cannot be turned
 * into seconds, so a duration keeps the two apart.
 */
export type ParsedDuration = { months: number; seconds: number }

const PATTERN =
  /^P(?=\d|T\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9}(?:\.\d{1,6})?)S)?)?$/

/** Past this, a time minus a duration may lie before Postgres's calendar. */
const MOST_YEARS = 200

/** undefined when the text is no duration, one of no length, or one of more than 200 years. */
export function parseDuration(text: string): ParsedDuration | undefined {
  const match = PATTERN.exec(text)
  if (!match) return undefined
  const [years, months, weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const duration = {
    months: years * 12 + months,
    seconds: (weeks * 7 + days) * 86_400 + hours * 3600 + minutes * 60 + seconds,
  }
  const tooLong = duration.months > MOST_YEARS * 12 || duration.seconds > MOST_YEARS * 366 * 86_400
  return duration.months + duration.seconds > 0 && !tooLong ? duration : undefined
}

/** For Postgres: days never appear, since there a day may last 23 or 25 hours. */
export function toInterval({ months, seconds }: ParsedDuration): string {
  return `${months} months ${seconds} seconds`
}
