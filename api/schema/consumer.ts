/** Readers of the feed whose place is kept: each reads on from what it has acknowledged. */
import {
  acknowledge,
  type Consumer as Row,
  createConsumer,
  type Delivery,
  deleteConsumer,
  listConsumers,
  pollConsumer,
  readConsumer,
} from '../../engine/feed/consumers.ts'
import { decodeFeedCursor, encodeFeedCursor } from '../../engine/feed/cursor.ts'
import { KithError } from '../../errors.ts'
import { builder, DEFAULT_PAGE, MAX_PAGE } from '../builder.ts'
import type { Context } from '../context.ts'
import { mutation } from '../noun/mutation.ts'
import { FeedEntry, FeedKind } from './feed.ts'

type Lag = { items: string; since: string | null }

const Consumer = builder.objectRef<Row>('Consumer').implement({
  description: 'A reader of the feed with a name, whose place is kept. At least once, in order.',
  fields: (t) => ({
    name: t.string({ resolve: ({ name }) => name }),
    kinds: t.field({
      type: [FeedKind],
      nullable: true,
      description: 'What it wants; null for everything.',
      resolve: ({ kinds }) => kinds,
    }),
    cursor: t.string({
      description: 'What it has acknowledged.',
      resolve: ({ acknowledged }) => encodeFeedCursor(acknowledged),
    }),
    acknowledgedAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ acknowledgedAt }) => acknowledgedAt }),
    createdAt: t.field({ type: 'DateTime', resolve: ({ createdAt }) => createdAt }),
    lag: t.field({
      type: 'BigInt',
      description: 'How many items of the feed it has not acknowledged, wanted or not.',
      resolve: async (row, _args, context) => (await lagOf(row, context)).items,
    }),
    waitingSince: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the oldest of them happened.',
      resolve: async (row, _args, context) => (await lagOf(row, context)).since,
    }),
  }),
})

const lagOf = ({ acknowledged }: Row, { loaders }: Context): Promise<Lag> =>
  loaders
    .of<string, Lag>('consumer lag', async (sql, cursors) => {
      const rows = await sql<Lag[]>`
SELECT greatest(h.last_seq - c.seq, 0) AS items, (SELECT f.at FROM feed f WHERE f.tenant_id = h.tenant_id AND f.seq > c.seq ORDER BY f.seq LIMIT 1) AS since
FROM unnest(${[...cursors]}::bigint[]) WITH ORDINALITY AS c (seq, n), feed_heads h ORDER BY c.n`
      return rows.length > 0 ? [...rows] : cursors.map(() => ({ items: '0', since: null }))
    })
    .load(String(acknowledged))

const FeedDelivery = builder.objectRef<Delivery>('FeedDelivery').implement({
  description: 'What a consumer has not acknowledged yet. Reading it again gives the same again.',
  fields: (t) => ({
    entries: t.field({ type: [FeedEntry], complexity: { field: 0, multiplier: 1 }, resolve: ({ items }) => items }),
    cursor: t.string({
      description: 'What to acknowledge when the entries are dealt with; also of what was passed over as unwanted.',
      resolve: ({ upTo }) => encodeFeedCursor(upTo),
    }),
    more: t.boolean({
      description: 'Whether there is more behind it already.',
      resolve: ({ upTo, lastSeq }) => upTo < lastSeq,
    }),
    gap: t.boolean({
      description: 'Whether items that it has not acknowledged are no longer kept: read the present state too.',
      resolve: ({ consumer, firstSeq }) => consumer.acknowledged < firstSeq - 1n,
    }),
    consumer: t.field({ type: Consumer, resolve: ({ consumer }) => consumer }),
  }),
})

builder.queryFields((t) => ({
  consumers: t.field({
    type: [Consumer],
    description: 'The readers of the feed whose place is kept, by name.',
    resolve: (_root, _args, { tenant }) => tenant(listConsumers),
  }),
  consumer: t.field({
    type: Consumer,
    args: { name: t.arg.string({ required: true }) },
    resolve: (_root, { name }, { tenant }) => tenant((sql) => readConsumer(sql, name)),
  }),
  pollFeed: t.field({
    type: FeedDelivery,
    description: 'What the consumer has not acknowledged yet, in order. Changes nothing: acknowledgeFeed does.',
    args: {
      consumer: t.arg.string({ required: true }),
      first: t.arg.int({
        description: `At most ${MAX_PAGE} items of the feed are looked at.`,
        defaultValue: DEFAULT_PAGE,
      }),
    },
    complexity: ({ first }) => ({ field: 1, multiplier: Math.min(Math.max(first ?? DEFAULT_PAGE, 1), MAX_PAGE) }),
    resolve: (_root, { consumer, first }, { tenant }) => {
      const limit = first ?? DEFAULT_PAGE
      if (limit < 1 || limit > MAX_PAGE) {
        throw new KithError('PAGE_TOO_LARGE', `Expected a page of 1 to ${MAX_PAGE} entries, got ${limit}.`)
      }
      return tenant((sql) => pollConsumer(sql, consumer, limit))
    },
  }),
}))

const payload = (t: any) => ({ consumer: t.field({ type: Consumer, resolve: ({ consumer }: any) => consumer }) })

mutation<{ name: string; kinds?: Row['kinds']; after?: string | null }>('createConsumer', {
  description: 'A new reader of the feed. CONFLICT when the name is taken.',
  scope: 'model',
  input: (t) => ({
    name: t.string({ required: true, description: 'Up to 63 lower-case letters, digits, "_", "-" and ".".' }),
    kinds: t.field({ type: [FeedKind], description: 'What it wants. Left out: everything.' }),
    after: t.string({
      description: 'Begin behind this cursor; "0" for everything that is kept. Left out: from now on.',
    }),
  }),
  payload,
  resolve: async ({ name, kinds, after }, { tenant }) => {
    if (!/^[a-z0-9][a-z0-9_.-]{0,62}$/.test(name)) {
      throw new KithError(
        'INPUT_INVALID',
        `Expected a name of up to 63 lower-case letters, digits, "_", "-" and "."; got ${JSON.stringify(name.slice(0, 80))}.`,
      )
    }
    const start = after == null ? undefined : decodeFeedCursor(after)
    return { consumer: await tenant((sql) => createConsumer(sql, { name, kinds: kinds ?? null, after: start })) }
  },
})

mutation<{ consumer: string; cursor: string; back?: boolean | null }>('acknowledgeFeed', {
  description: 'The consumer has dealt with everything up to the cursor. Late or twice changes nothing.',
  scope: 'read',
  input: (t) => ({
    consumer: t.string({ required: true }),
    cursor: t.string({ required: true, description: 'As pollFeed gave it, or of one of the entries.' }),
    back: t.boolean({ description: 'Moves back too, to read something again.' }),
  }),
  payload,
  resolve: async ({ consumer, cursor, back }, { tenant }) => ({
    consumer: await tenant((sql) => acknowledge(sql, consumer, decodeFeedCursor(cursor), { back: back ?? false })),
  }),
})

mutation<{ name: string }>('deleteConsumer', {
  description: 'Forgets a reader of the feed and its place.',
  scope: 'model',
  input: (t) => ({ name: t.string({ required: true }) }),
  payload,
  resolve: async ({ name }, { tenant }) => ({ consumer: await tenant((sql) => deleteConsumer(sql, name)) }),
})
