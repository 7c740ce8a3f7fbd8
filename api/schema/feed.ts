/** The ordered, replayable log of transitions and profile changes, with a cursor. */
import { sql } from 'drizzle-orm'
import { feed } from '../../db/schema/segment.ts'
import { KithError } from '../../errors.ts'
import { builder, DEFAULT_PAGE, MAX_PAGE } from '../builder.ts'
import { columnFields, rowField } from '../noun/fields.ts'
import { noun } from '../noun/noun.ts'
import { run } from '../noun/run.ts'
import type { Row } from '../noun/write.ts'
import { Label } from './label.ts'
import { Profile } from './profile.ts'
import { Segment } from './segment.ts'

export const FeedKind = builder.enumType('FeedKind', {
  values: {
    SEGMENT_ENTERED: { value: 'segment_entered' },
    SEGMENT_LEFT: { value: 'segment_left' },
    LABEL_CHANGED: { value: 'label_changed' },
    PROFILE_CHANGED: { value: 'profile_changed' },
  },
})

export const FeedEntry = noun('FeedEntry', feed, { plural: 'entries', key: ['seq'], enums: { kind: FeedKind } })

FeedEntry.ref.implement({
  description: 'One line of the feed.',
  fields: (t) => ({
    ...columnFields(t, FeedEntry, {
      seq: 'The cursor: pass it as `after` to go on behind this entry. Grows by one, in the order of commits.',
      at: '',
      kind: '',
      payload: 'Particulars by kind; see docs/graphql.md.',
    }),
    profile: rowField(t, Profile, 'The person.', ({ profileId }) => profileId),
    segment: rowField(t, Segment, 'The segment, when it is about one.', (row) =>
      isLabel(row) ? null : row.definitionId,
    ),
    label: rowField(t, Label, 'The label, when it is about one.', (row) => (isLabel(row) ? row.definitionId : null)),
  }),
})

const isLabel = ({ kind }: Row) => kind === 'label_changed'

type FeedPage = { entries: Row[]; firstSeq: string; lastSeq: string; after: string }

const Feed = builder.objectRef<FeedPage>('Feed').implement({
  fields: (t) => ({
    entries: t.field({
      type: [FeedEntry.ref],
      complexity: { field: 0, multiplier: 1 },
      resolve: ({ entries }) => entries as never,
    }),
    nextAfter: t.field({
      type: 'BigInt',
      description: 'What to pass as `after` next time, also when nothing new has come.',
      resolve: ({ entries, after }) => (entries.at(-1)?.seq as string) ?? after,
    }),
    lastSeq: t.field({ type: 'BigInt', description: 'Where the feed ends now.', resolve: ({ lastSeq }) => lastSeq }),
    firstSeq: t.field({
      type: 'BigInt',
      description: 'The oldest entry that is kept.',
      resolve: ({ firstSeq }) => firstSeq,
    }),
    gap: t.boolean({
      description:
        'Whether entries behind `after` are no longer kept: read the present state, then go on from lastSeq.',
      resolve: ({ after, firstSeq }) => BigInt(after) < BigInt(firstSeq) - 1n,
    }),
  }),
})

builder.queryFields((t) => ({
  feed: t.field({
    type: Feed,
    description: 'Everything that changed behind a cursor, in order. Poll it, or subscribe and use it to catch up.',
    args: {
      after: t.arg({
        type: 'BigInt',
        description: 'A seq; 0 for everything that is kept. Left out: only what comes from now on.',
      }),
      first: t.arg.int({ description: `At most ${MAX_PAGE}.`, defaultValue: DEFAULT_PAGE }),
    },
    complexity: ({ first }) => ({ field: 1, multiplier: Math.min(Math.max(first ?? DEFAULT_PAGE, 1), MAX_PAGE) }),
    resolve: async (_root, { after, first }, { tenant }) => {
      const limit = first ?? DEFAULT_PAGE
      if (limit < 0 || limit > MAX_PAGE) {
        throw new KithError('PAGE_TOO_LARGE', `Expected a page of 0 to ${MAX_PAGE} entries, got ${limit}.`)
      }
      return tenant(async (tx) => {
        const [head] = await tx`SELECT first_seq AS "firstSeq", last_seq AS "lastSeq" FROM feed_heads`
        const { firstSeq, lastSeq } = (head ?? { firstSeq: '1', lastSeq: '0' }) as { firstSeq: string; lastSeq: string }
        const from = after == null ? lastSeq : String(after)
        const entries = await run<Row>(
          tx,
          sql`SELECT ${FeedEntry.select} FROM feed t WHERE t.seq > ${from}::bigint ORDER BY t.seq LIMIT ${limit}`,
          true,
        )
        return { entries, firstSeq, lastSeq, after: from }
      })
    },
  }),
}))
