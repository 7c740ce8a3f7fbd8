/** The ordered, replayable log of transitions and profile changes, with a cursor. */
import { decodeFeedCursor, encodeFeedCursor } from '../../engine/feed/cursor.ts'
import { type FeedItem, type FeedPage, readFeed } from '../../engine/feed/read.ts'
import { KithError } from '../../errors.ts'
import { builder, DEFAULT_PAGE, MAX_PAGE } from '../builder.ts'
import { rowField } from '../noun/fields.ts'
import { Account } from './account.ts'
import { Label } from './label.ts'
import { Profile } from './profile.ts'
import { Segment } from './segment.ts'

export const FeedKind = builder.enumType('FeedKind', {
  values: {
    SEGMENT_ENTERED: { value: 'segment_entered' },
    SEGMENT_LEFT: { value: 'segment_left' },
    LABEL_CHANGED: { value: 'label_changed' },
    PROFILE_CHANGED: { value: 'profile_changed' },
  } as const,
})

const isLabel = ({ kind }: FeedItem) => kind === 'label_changed'

export const FeedEntry = builder.objectRef<FeedItem>('FeedEntry').implement({
  description: 'One line of the feed.',
  fields: (t) => ({
    cursor: t.string({
      description: 'Pass it as `after`, here or to a subscription, to go on behind this entry.',
      resolve: ({ seq }) => encodeFeedCursor(seq),
    }),
    seq: t.field({ type: 'BigInt', description: 'Grows by one, in the order of commits.', resolve: ({ seq }) => seq }),
    at: t.field({ type: 'DateTime', resolve: ({ at }) => at }),
    kind: t.field({ type: FeedKind, resolve: ({ kind }) => kind }),
    payload: t.field({
      type: 'JSON',
      description: 'Particulars by kind; see docs/graphql.md.',
      resolve: ({ payload }) => payload,
    }),
    profile: rowField(t, Profile, 'The person, when it is about one.', 'profileId'),
    account: rowField(t, Account, 'The account, when it is about one.', 'accountId'),
    segment: rowField(t, Segment, 'The segment, when it is about one.', (item) =>
      isLabel(item) ? null : item.definitionId,
    ),
    label: rowField(t, Label, 'The label, when it is about one.', (item) => (isLabel(item) ? item.definitionId : null)),
  }),
})

const Feed = builder.objectRef<FeedPage & { after: bigint }>('Feed').implement({
  description: 'A stretch of the feed.',
  fields: (t) => ({
    entries: t.field({
      type: [FeedEntry],
      complexity: { field: 0, multiplier: 1 },
      resolve: ({ items }) => items,
    }),
    cursor: t.string({
      description: 'What to pass as `after` next time, also when nothing new has come.',
      resolve: ({ items, after }) => encodeFeedCursor(items.at(-1)?.seq ?? after),
    }),
    lastSeq: t.field({ type: 'BigInt', description: 'Where the feed ends now.', resolve: ({ lastSeq }) => lastSeq }),
    firstSeq: t.field({
      type: 'BigInt',
      description: 'The oldest entry that is kept.',
      resolve: ({ firstSeq }) => firstSeq,
    }),
    gap: t.boolean({
      description:
        'Whether entries behind `after` are no longer kept: read the present state, and take the entries for what came since.',
      resolve: ({ after, firstSeq }) => after < firstSeq - 1n,
    }),
  }),
})

builder.queryFields((t) => ({
  feed: t.field({
    type: Feed,
    description: 'Everything that changed behind a cursor, in order. Poll it, or catch up with it and then subscribe.',
    args: {
      after: t.arg.string({
        description: 'A cursor; "0" for everything that is kept. Left out: nothing, and the cursor of now.',
      }),
      first: t.arg.int({ description: `At most ${MAX_PAGE}.`, defaultValue: DEFAULT_PAGE }),
    },
    complexity: ({ first }) => ({ field: 1, multiplier: Math.min(Math.max(first ?? DEFAULT_PAGE, 1), MAX_PAGE) }),
    resolve: async (_root, { after, first }, { tenant }) => {
      const limit = first ?? DEFAULT_PAGE
      if (limit < 0 || limit > MAX_PAGE) {
        throw new KithError('PAGE_TOO_LARGE', `Expected a page of 0 to ${MAX_PAGE} entries, got ${limit}.`)
      }
      const from = after == null ? null : decodeFeedCursor(after)
      const page = await tenant((sql) => readFeed(sql, from ?? 0n, from === null ? 0 : limit))
      return { ...page, after: from ?? page.lastSeq }
    },
  }),
}))
