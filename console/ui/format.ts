/** How the console writes numbers, times and names. */

const integers = new Intl.NumberFormat('en')
const compacts = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

export function number(value: number): string {
  return integers.format(value)
}

export function compact(value: number): string {
  return Math.abs(value) < 10_000 ? integers.format(value) : compacts.format(value)
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`
}

/** Of a hundred: '7.5 %', '42 %'. */
export function percent(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} %`
}

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let rest = value
  let unit = 0
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1000
    unit++
  }
  return `${unit === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${units[unit]}`
}

export function milliseconds(value: number): string {
  if (value < 10) return `${Number(value.toFixed(1))} ms`
  if (value < 1000) return `${Math.round(value)} ms`
  return span(value)
}

const STEPS: [number, string][] = [
  [365 * 86_400_000, 'y'],
  [30 * 86_400_000, 'mo'],
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
]

/** An exact decimal and its currency; null when there is none. */
export function money(amount: string | null, currency: string | null): string | null {
  if (amount === null) return null
  return `${Number(amount).toLocaleString('en', { minimumFractionDigits: 2 })} ${currency ?? ''}`.trim()
}

/** A length of time in its largest unit: '3 h'. */
export function span(ms: number): string {
  for (const [size, unit] of STEPS) if (ms >= size) return `${Math.floor(ms / size)} ${unit}`
  return `${Math.round(ms)} ms`
}

/** '3 h ago', 'in 2 min', 'now'. */
export function relative(iso: string, now = Date.now()): string {
  const ms = now - Date.parse(iso)
  if (Math.abs(ms) < 1000) return 'now'
  return ms > 0 ? `${span(ms)} ago` : `in ${span(-ms)}`
}

/** A duration of ISO 8601 in words: 'P7D' is '7 days'. */
export function duration(iso: string): string {
  const found = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(iso)
  if (!found) return iso
  const names = ['year', 'month', 'week', 'day', 'hour', 'minute', 'second']
  const words = names.flatMap((name, index) => {
    const amount = found[index + 1]
    return amount ? [plural(Number(amount), name)] : []
  })
  return words.join(' ') || iso
}

/** Any JSON value in one line. */
export function inline(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return JSON.stringify(value)
}

/** 'segment_entered', 'SEGMENT_ENTERED' and 'segmentEntered' are all 'Segment entered'. */
export function words(name: string): string {
  const text = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase()
    .trim()
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export function initials(name: string): string {
  const parts = name
    .replace(/@.*/, '')
    .split(/[\s._-]+/)
    .filter((part) => /^[\p{L}\p{N}]/u.test(part))
  return (
    parts
      .slice(0, 2)
      .map((part) => part.charAt(0).toUpperCase())
      .join('') || '?'
  )
}

/** A colour that stays the same for the same name. */
export function hue(text: string): number {
  let hash = 7
  for (const char of text) hash = (hash * 31 + char.codePointAt(0)!) % 360
  return hash
}
