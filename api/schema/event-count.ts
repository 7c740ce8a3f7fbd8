/** How many events there were, over time: what a live chart draws. */
import type { Transaction } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'

type EventCount = { at: string; count: string }

/** Points of one chart. */
const MOST_BUCKETS = 500

export const EventCount = builder.objectRef<EventCount>('EventCount').implement({
  description: 'How many events happened in a span of time.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', description: 'Where the span begins.', resolve: ({ at }) => at }),
    count: t.int({ resolve: ({ count }) => Number(count) }),
  }),
})

builder.queryFields((t) => ({
  eventCounts: t.field({
    type: [EventCount],
    description:
      'How many events happened since then, by event time, in spans of so many seconds; empty ones are left out.',
    complexity: MOST_BUCKETS,
    args: {
      since: t.arg({ type: 'DateTime', required: true }),
      seconds: t.arg.int({ required: true, description: 'The length of a span.' }),
    },
    resolve: async (_root, { since, seconds }, { tenant }) => {
      const spans = (Date.now() - Date.parse(since)) / 1000 / seconds
      if (seconds < 1 || spans > MOST_BUCKETS) {
        throw new KithError('INPUT_INVALID', `Expected at most ${MOST_BUCKETS} spans of a second or more.`, {
          details: { most: MOST_BUCKETS },
        })
      }
      return tenant((sql) => countEvents(sql, since, seconds))
    },
  }),
}))

/** Where spans begin, alike for everybody. */
const ORIGIN = '2020-01-01T00:00:00Z'

/** When the span began that is so many before the one of `at`. */
export function spanBegan(at: string, seconds: number, before: number): string {
  const origin = Date.parse(ORIGIN)
  const passed = Math.floor((Date.parse(at) - origin) / 1000 / seconds)
  return new Date(origin + (passed - before) * seconds * 1000).toISOString()
}

/** By spans of so many seconds. */
export function countEvents(sql: Transaction, since: string, seconds: number): Promise<EventCount[]> {
  return sql<EventCount[]>`
SELECT date_bin(make_interval(secs => ${seconds}), occurred_at, ${ORIGIN}::timestamptz) AS at, count(*) AS count
FROM tenant_events
WHERE occurred_at >= ${since} AND occurred_at <= now()
GROUP BY 1 ORDER BY 1`
}
