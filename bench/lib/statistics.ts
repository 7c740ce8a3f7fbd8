/** The value that `share` (0..1) of the samples do not exceed: the nearest rank, never an invented value in between. */
export function percentile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new Error('Expected samples; there are none.')
  const sorted = Float64Array.from(samples).sort()
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
}

/** The middle sample, or the mean of the two in the middle. */
export function median(samples: readonly number[]): number {
  const sorted = Float64Array.from(samples).sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? percentile(samples, 0.5) : (sorted[middle - 1]! + sorted[middle]!) / 2
}
