/** What a home page shows of a tenant as it happens: how much comes in, and how many it moves. */
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { atTick } from '../live/at-tick.ts'
import { Clock, type Tick } from '../live/clock.ts'
import { seldom } from '../live/seldom.ts'
import { countEvents, EventCount, spanBegan } from './event-count.ts'

/** They are counted every two seconds: what is longer ago is asked for once, by `eventCounts`. */
const LONGEST_S = 300

type SizeRow = { key: string; name: string; size: number }
const SegmentNow = builder.objectRef<SizeRow>('SegmentNow').implement({
  description: 'How many are in a segment now.',
  fields: (t) => ({
    key: t.exposeString('key'),
    name: t.exposeString('name'),
    size: t.exposeInt('size', { description: 'People, or accounts.' }),
  }),
})

type TotalsRow = { people: number; deadLetters: number; segments: number; sizes: SizeRow[] }
const Totals = builder.objectRef<TotalsRow>('Totals').implement({
  description: 'How much there is.',
  fields: (t) => ({
    people: t.exposeInt('people'),
    deadLetters: t.exposeInt('deadLetters', { description: 'Those that wait to be mended, replayed or discarded.' }),
    segments: t.exposeInt('segments', { description: 'The active ones.' }),
    sizes: t.field({
      type: [SegmentNow],
      description: 'Of the twelve active segments that were changed last.',
      resolve: ({ sizes }) => sizes,
    }),
  }),
})

const readTotals = seldom(async (sql) => {
  const [row] = await sql<[TotalsRow]>`
SELECT
  (SELECT count(*)::int FROM profiles WHERE merged_into IS NULL) AS people,
  (SELECT count(*)::int FROM dead_letters WHERE replayed_at IS NULL AND discarded_at IS NULL) AS "deadLetters",
  (SELECT count(*)::int FROM segments WHERE status = 'active') AS segments,
  (
    SELECT coalesce(json_agg(json_build_object('key', key, 'name', name, 'size',
      (SELECT count(*) FROM members WHERE segment_id = id) + (SELECT count(*) FROM segment_accounts WHERE segment_id = id))), '[]')
    FROM (SELECT id, key, name FROM segments WHERE status = 'active' ORDER BY updated_at DESC, id DESC LIMIT 12) AS latest
  ) AS sizes`
  return row
})

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
    totals: t.field({
      type: Totals,
      description: 'Counted anew as often as that takes a fiftieth of the time at most.',
      resolve: (_tick, _args, context) => readTotals(context),
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
