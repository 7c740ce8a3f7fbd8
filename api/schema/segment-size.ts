/** How many people were in a segment, over time. */
import { sql } from 'drizzle-orm'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { run } from '../noun/run.ts'
import { Segment } from './segment.ts'

const MOST_POINTS = 500

type Size = { at: string; size: number; entered: number; left: number }

const SegmentSize = builder.objectRef<Size>('SegmentSize').implement({
  description:
    'How many people, or accounts, were in a segment at an instant, and who came and went since the one before.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', resolve: ({ at }) => at }),
    size: t.exposeInt('size'),
    entered: t.exposeInt('entered', { description: 'Without those who only changed their profile by a merge.' }),
    left: t.exposeInt('left'),
  }),
})

builder.objectFields(Segment.ref, (t) => ({
  sizes: t.field({
    type: [SegmentSize],
    description:
      'How its size has changed, by the recorded transitions: at so many instants, the last of which is now.',
    complexity: ({ points }) => ({ field: 50, multiplier: Math.min(points ?? 60, MOST_POINTS) / 20 }),
    args: {
      since: t.arg({ type: 'DateTime', required: true }),
      points: t.arg.int({ defaultValue: 60, description: `1 to ${MOST_POINTS}.` }),
    },
    resolve: (segment, { since, points }, { tenant }) => {
      const count = points ?? 60
      if (count < 1 || count > MOST_POINTS) {
        throw new KithError('INPUT_INVALID', `Expected 1 to ${MOST_POINTS} points, got ${count}.`)
      }
      if (Date.parse(since) >= Date.now()) throw new KithError('INPUT_INVALID', 'Expected an instant in the past.')
      // Back from the size of now: a transition after an instant is one that it had not seen.
      return tenant((tx) =>
        run<Size>(
          tx,
          sql`
WITH span AS (
  SELECT ${since}::timestamptz AS since, clock_timestamp() AS now, (clock_timestamp() - ${since}::timestamptz) / ${count}::int AS step
),
moved AS (
  SELECT least(floor(extract(epoch FROM at - since) / extract(epoch FROM step))::int + 1, ${count}::int) AS point,
    count(*) FILTER (WHERE kind = 'segment_entered') - count(*) FILTER (WHERE kind = 'segment_left') AS net,
    count(*) FILTER (WHERE kind = 'segment_entered' AND cause <> 'merge') AS entered,
    count(*) FILTER (WHERE kind = 'segment_left' AND cause <> 'merge') AS left
  FROM transitions, span
  WHERE segment_id = ${segment.id}::uuid AND at > ${since}::timestamptz
  GROUP BY 1
),
size AS (
  SELECT count(*) AS now FROM (
    SELECT FROM members WHERE segment_id = ${segment.id}::uuid UNION ALL SELECT FROM segment_accounts WHERE segment_id = ${segment.id}::uuid
  ) AS inside
)
SELECT since + step * point AS at, (size.now - coalesce(sum(net) OVER (ORDER BY point DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))::int AS size,
  coalesce(entered, 0)::int AS entered, coalesce("left", 0)::int AS "left"
FROM span, size, generate_series(0, ${count}::int) AS point LEFT JOIN moved USING (point)
ORDER BY point`,
          true,
        ),
      )
    },
  }),
}))
