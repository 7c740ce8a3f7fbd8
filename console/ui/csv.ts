/** RFC 4180, for a spreadsheet as much as for a program. */
export function toCsv(columns: readonly { name: string }[], rows: readonly (readonly unknown[])[]): string {
  const lines = [columns.map(({ name }) => name), ...rows]
  return lines.map((line) => `${line.map(cell).join(',')}\r\n`).join('')
}

/** As text; null is nothing. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** What visitors wrote must not become a formula of whoever opens the file: such text gets an apostrophe, as spreadsheets do. */
function cell(value: unknown): string {
  const text = shown(value)
  const formula = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) && !/^[+-]?[\d.]+$/.test(text)
  const safe = formula ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
