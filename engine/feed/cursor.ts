/**
 * A place in a tenant's feed: behind the item with this seq, and nothing but that seq as text. The `feed` query takes it
 * too, so that a reader moves between query and subscription as it likes.
 */
import { KithError } from '../../errors.ts'

const LARGEST = 2n ** 63n - 1n

export function encodeFeedCursor(seq: bigint): string {
  return String(seq)
}

/** Throws CURSOR_INVALID. */
export function decodeFeedCursor(cursor: string): bigint {
  if (/^\d{1,19}$/.test(cursor) && BigInt(cursor) <= LARGEST) return BigInt(cursor)
  const message = `Expected a cursor of the feed, as every message carries it; got ${JSON.stringify(cursor.slice(0, 80))}.`
  throw new KithError('CURSOR_INVALID', message)
}
