/** Numbers that look random and are the same in every run: the demo's history is a function of its seed. */
export type Random = {
  /** In [0, 1). */
  next(): number
  /** Whole, from `low` to `high`, both included. */
  between(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** The first items much more often than the last, as with names, cities and products. */
  pickSkewed<T>(items: readonly T[]): T
  /** Positive, with a long tail: as much below `median` as above it. */
  logNormal(median: number, sigma: number): number
  /** Positive, with this mean: the time until something happens that may happen at any moment. */
  exponential(mean: number): number
  /** UUID version 7 of that moment. */
  uuid(atMs: number): string
}

export function seeded(seed: number): Random {
  let state = seed >>> 0
  // mulberry32: 32 bits of state are plenty for a demo.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  const hex = (digits: number) => Array.from({ length: digits }, () => between(0, 15).toString(16)).join('')
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: (items) => items[between(0, items.length - 1)]!,
    pickSkewed: (items) => items[Math.floor(next() ** 2 * items.length)]!,
    logNormal: (median, sigma) => median * Math.exp(sigma * normal(next)),
    exponential: (mean) => -mean * Math.log(1 - next()),
    uuid(atMs) {
      const time = Math.trunc(atMs).toString(16).padStart(12, '0')
      return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${'89ab'[between(0, 3)]}${hex(3)}-${hex(12)}`
    },
  }
}

/** Box and Muller. */
function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}
