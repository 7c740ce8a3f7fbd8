/** What a home page shows of a tenant as it happens: how much comes in, and how many it moves. */
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { atTick } from '../live/at-tick.ts'
import { Clock, type Tick } from '../live/clock.ts'
import { countEvents, EventCount, spanBegan } from './event-count.ts'

/** They are counted every two seconds: what is longer ago is asked for once, by `eventCounts`. */
const LONGEST_S = 300

const Pulse = builder.objectRef<Tick>('Pulse').implement({
  description: 'How much happens, at an instant.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', resolve: ({ at }) => at }),
    eventCounts: t.field({
      type: [EventCount],
      description:
        'The events of the last spans, by event time, the one that has just begun among them; empty ones are left out. At most five minutes.',
      args: {
        seconds: t.arg.int({ required: true, description: 'The length of a span, as `eventCounts` counts them.' }),
        spans: t.arg.int({ required: true, description: 'How many.' }),
      },
      resolve: ({ at }, { seconds, spans }, { tenant }) => {
        if (seconds < 1 || spans < 1 || seconds * spans > LONGEST_S) {
          throw new KithError('INPUT_INVALID', 'Expected spans of a second or more, five minutes of them at most.')
        }
        return tenant((sql) => countEvents(sql, spanBegan(at, seconds, spans - 1), seconds))
      },
    }),
    events: t.int({
      description: 'Events that happened within the last minute.',
      resolve: async ({ at }, _args, { tenant }) => {
        const [row] = await tenant(
          (sql) => sql<[{ count: string }]>`
SELECT count(*) FROM tenant_events WHERE occurred_at > ${at}::timestamptz - interval '1 minute' AND occurred_at <= now()`,
        )
        return Number(row.count)
      },
    }),
    entries: t.int({
      description: 'How often somebody entered a segment within the last minute.',
      resolve: async ({ at }, _args, { tenant }) => {
        const [row] = await tenant(
          (sql) => sql<[{ count: string }]>`
SELECT count(*) FROM transitions WHERE kind = 'segment_entered' AND at > ${at}::timestamptz - interval '1 minute'`,
        )
        return Number(row.count)
      },
    }),
  }),
})

builder.subscriptionField('pulse', (t) =>
  t.field({
    type: Pulse,
    description: 'How much happens, anew every two seconds; what many ask alike is counted once for all of them.',
    subscribe: (_root, _args, { sql }) => Clock.of(sql).watch(),
    resolve: atTick,
  }),
)
