import { expect, it } from 'vitest'
import type { LoggedChange } from './changes.ts'
import { behind, pieces } from './pieces.ts'

/** So many changes each; the last transaction has no end yet. */
const changesOf = (...sizes: number[]) =>
  sizes.flatMap((size, at) =>
    Array.from({ length: size }, (_, n) => ({
      commitLsn: BigInt(at * 16 + 16),
      n: n + 1,
      ...(n === size - 1 && at < sizes.length - 1 && { transactionEnd: BigInt(at * 16 + 24) }),
    })),
  ) as LoggedChange[]

it.each([
  [
    [1, 2, 1],
    [3, 1],
  ],
  [
    [3, 1, 2],
    [3, 3],
  ],
  [
    [2, 2, 2],
    [2, 2, 2],
  ],
  [
    [7, 1],
    [3, 3, 2],
  ],
  [
    [1, 7],
    [1, 3, 3, 1],
  ],
  [[], []],
])('takes a transaction apart only if it has more than a piece holds: %j is %j', (sizes, expected) => {
  const changes = changesOf(...sizes)
  const made = [...pieces(changes, 3)]
  expect(made.map((piece) => piece.length)).toEqual(expected)
  expect(made.flat()).toEqual(changes)
})

it('stands behind a transaction that has ended, and within one that has not', () => {
  const [one, , within] = changesOf(1, 2, 1).map(behind)
  expect(one).toEqual({ lsn: '0/18' })
  expect(within).toEqual({ lsn: '0/28' })
  expect(behind(changesOf(1, 2)[1]!)).toEqual({ lsn: '0/20', changes: 1 })
})
