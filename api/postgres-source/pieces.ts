/** Changes of the log in pieces that are one transaction of ours each, and where a source stands behind one. */
import type { LogPosition } from '../../db/sql/postgres-sources.ts'
import { formatLsn } from '../../db/wal/lsn.ts'
import type { LoggedChange } from './changes.ts'

/** Up to so many changes; a transaction is taken apart only if it has more. */
export function* pieces(changes: LoggedChange[], most: number): Generator<LoggedChange[]> {
  let piece: LoggedChange[] = []
  for (const [first, end] of transactions(changes)) {
    if (piece.length > 0 && piece.length + end - first > most) {
      yield piece
      piece = []
    }
    for (let n = first; n < end; n++) {
      piece.push(changes[n]!)
      if (piece.length < most) continue
      yield piece
      piece = []
    }
  }
  if (piece.length > 0) yield piece
}

/** First and behind the last of each. */
function* transactions(changes: LoggedChange[]): Generator<[number, number]> {
  for (let first = 0, end = 1; first < changes.length; end++) {
    if (changes[end]?.commitLsn === changes[first]!.commitLsn) continue
    yield [first, end]
    first = end
  }
}

/** Where a source stands that has taken it. */
export function behind({ transactionEnd, commitLsn, n }: LoggedChange): LogPosition {
  return transactionEnd === undefined ? { lsn: formatLsn(commitLsn), changes: n } : { lsn: formatLsn(transactionEnd) }
}
