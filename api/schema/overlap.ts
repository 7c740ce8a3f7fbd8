/** How much segments have in common. */
import { sql } from 'drizzle-orm'
import { type Stored, STORED, type Subject } from '../../engine/rules/index.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { run } from '../noun/run.ts'
import type { Row } from '../noun/write.ts'
import { checkSubject } from './audience.ts'
import { byKey } from './definition.ts'
import { Segment } from './segment.ts'

const MOST_SEGMENTS = 20

type Overlap = { a: Row; b: Row; sizeOfA: number; sizeOfB: number; both: number }

const SegmentOverlap = builder.objectRef<Overlap>('SegmentOverlap').implement({
  description: 'Two segments, and how many people, or accounts, are in both of them or in one.',
  fields: (t) => ({
    a: t.field({ type: Segment.ref, resolve: ({ a }) => a as never }),
    b: t.field({ type: Segment.ref, resolve: ({ b }) => b as never }),
    both: t.exposeInt('both'),
    onlyA: t.int({ resolve: ({ sizeOfA, both }) => sizeOfA - both }),
    onlyB: t.int({ resolve: ({ sizeOfB, both }) => sizeOfB - both }),
    either: t.int({ resolve: ({ sizeOfA, sizeOfB, both }) => sizeOfA + sizeOfB - both }),
    similarity: t.float({
      description: 'both / either (Jaccard): 0 when nobody is in both, 1 when they are the same.',
      resolve: ({ sizeOfA, sizeOfB, both }) => (both === 0 ? 0 : both / (sizeOfA + sizeOfB - both)),
    }),
  }),
})

builder.queryFields((t) => ({
  segmentOverlap: t.field({
    type: [SegmentOverlap],
    description: `How much 2 to ${MOST_SEGMENTS} segments have in common, pair by pair. All of people, or all of accounts. For other combinations there is audience.`,
    complexity: ({ keys }) => ({ field: 100, multiplier: (keys?.length ?? 2) ** 2 / 2 }),
    args: { keys: t.arg.stringList({ required: true }) },
    resolve: async (_root, { keys }, { tenant, loaders }) => {
      const distinct = [...new Set(keys)]
      if (distinct.length < 2 || distinct.length > MOST_SEGMENTS) {
        throw new KithError('INPUT_INVALID', `Expected 2 to ${MOST_SEGMENTS} different keys, got ${distinct.length}.`)
      }
      const segments = await Promise.all(distinct.map((key) => byKey(loaders, Segment, key)))
      const lost = distinct.find((_, i) => !segments[i])
      if (lost !== undefined) {
        throw new KithError('NOT_FOUND', `There is no segment with the key ${JSON.stringify(lost.slice(0, 80))}.`, {
          status: 404,
        })
      }
      const rows = segments as Row[]
      const { subject } = rows[0]!
      checkSubject(rows, subject)
      const counts = await tenant((tx) =>
        countCommon(
          tx,
          STORED[subject as Subject],
          rows.map(({ id }) => id),
        ),
      )
      const countOf = (a: Row, b: Row) => counts.get(`${a.id} ${b.id}`) ?? counts.get(`${b.id} ${a.id}`) ?? 0
      return rows.flatMap((a, i) =>
        rows.slice(i + 1).map((b) => ({ a, b, sizeOfA: countOf(a, a), sizeOfB: countOf(b, b), both: countOf(a, b) })),
      )
    },
  }),
}))

/** Members of each segment and of each pair. By way of the set of segments that each is in: one pass over the members. */
async function countCommon(
  tx: Parameters<typeof run>[0],
  { id, members }: Stored,
  ids: string[],
): Promise<Map<string, number>> {
  const rows = await run<{ a: string; b: string; n: string }>(
    tx,
    sql`
WITH sets AS (
  SELECT ids, count(*) AS n
  FROM (SELECT array_agg(segment_id ORDER BY segment_id) AS ids FROM ${sql.raw(members)} WHERE segment_id = ANY (${sql.param(ids)}::uuid[]) GROUP BY ${sql.raw(id)}) AS s
  GROUP BY ids
)
SELECT a, b, sum(n) AS n FROM sets, unnest(ids) AS a, unnest(ids) AS b WHERE a <= b GROUP BY a, b`,
    true,
  )
  return new Map(rows.map(({ a, b, n }) => [`${a} ${b}`, Number(n)]))
}
