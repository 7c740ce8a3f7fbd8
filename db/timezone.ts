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

const LONGEST = 64

/**
 * The one of `names` that is most likely meant by a text that is none: another name of that zone ("Asia/Calcutta"), its city ("berlin"),
 * or what is misspelt by two characters at most ("Europe/Berln").
 */
export function nearestTimezone(text: string, names: readonly string[]): string | undefined {
  if (text.length > LONGEST) return undefined
  if (isTimezone(text)) return names.find((name) => canonical(name) === canonical(text))
  const meant = text.trim().replaceAll(/\s+/g, '_').toLowerCase()
  let nearest: string | undefined
  let least = Math.min(2, Math.floor(meant.length / 3)) + 1
  for (const name of names) {
    const whole = name.toLowerCase()
    const distance = Math.min(edits(meant, whole), edits(meant, whole.slice(whole.lastIndexOf('/') + 1)))
    if (distance < least) [nearest, least] = [name, distance]
  }
  return nearest
}

function canonical(timezone: string): string {
  return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone
}

/** How many characters to put in, take out or change make `b` of `a` (Levenshtein). */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}
