/**
 * Whether it is a time zone by its name, such as "Europe/Berlin". Offsets are none: Postgres reads "+03:00" as POSIX does, as three
 * hours west of Greenwich, and everybody else means three hours east.
 */
export function isTimezone(text: string): boolean {
  if (!/^[a-z]/i.test(text)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return true
  } catch {
    return false
  }
}
