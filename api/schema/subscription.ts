/**
 * Subscriptions: views of the tenant's feed. Every message carries the cursor to resume from; `after` begins right behind
 * one, with nothing left out and nothing told twice. What has been pruned in between is told as a message with `gap`.
 */
import type { FeedItem } from '../../engine/feed/read.ts'
import { decodeFeedCursor, encodeFeedCursor } from '../../engine/feed/cursor.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { Live } from '../live/live.ts'
import type { Filter, Gap, Message } from '../live/subscriber.ts'
import { encodeNodeId, isUuid, uuidOf } from '../noun/id.ts'
import { Account } from './account.ts'
import { FeedKind } from './feed.ts'
import { Label } from './label.ts'
import { Profile } from './profile.ts'
import { reasonsFields } from './reason.ts'
import { Segment } from './segment.ts'

type Told = { item: FeedItem; seq: bigint } | { gap: Gap; seq: bigint }

const itemOf = (told: Told): FeedItem | null => ('item' in told ? told.item : null)

export const TransitionCause = builder.enumType('TransitionCause', {
  description: 'Why somebody entered or left a segment, or a label changed.',
  values: {
    CHANGE: { value: 'change', description: 'An event or a record was written.' },
    TIMER: { value: 'timer', description: 'Time passed: a window ended, or something did not come.' },
    BACKFILL: { value: 'backfill', description: 'The definition is new or changed, or was resumed.' },
    ARCHIVED: { value: 'archived', description: 'The definition was archived.' },
    MERGE: {
      value: 'merge',
      description:
        'Two profiles turned out to be one person, who was in the segment (or had the value) before, under the other profile.',
    },
    ERASED: { value: 'erased', description: 'The person was erased.' },
  } as const,
})

const ProfileChangeKind = builder.enumType('ProfileChangeKind', {
  values: {
    CREATED: { value: 'created', description: 'A person who was not known before.' },
    UPDATED: { value: 'updated', description: 'Traits or identifiers changed.' },
    MERGED: { value: 'merged', description: 'The profile became part of another.' },
    ERASED: { value: 'erased', description: 'The person was erased; nothing of them is left.' },
  } as const,
})

const FeedGap = builder.objectRef<Gap>('FeedGap').implement({
  description:
    'Items that are no longer kept, so that a reader at an older cursor has missed them. Read the state anew (members, labels, profiles); what follows is complete from here on.',
  fields: (t) => ({
    missed: t.field({
      type: 'BigInt',
      description: 'How many items, before any filter.',
      resolve: ({ from, to }) => to - from + 1n,
    }),
  }),
})

/** The fields that every message has. Only in a message that tells of a gap are the others null. */
const common = (t: any) => ({
  cursor: t.string({
    description: 'Where to resume: `after` this message.',
    resolve: ({ seq }: Told) => encodeFeedCursor(seq),
  }),
  gap: t.field({
    type: FeedGap,
    nullable: true,
    description: 'Set when this message only says that something can no longer be told; all else is null then.',
    resolve: (told: Told) => ('gap' in told ? told.gap : null),
  }),
  at: t.field({ type: 'DateTime', nullable: true, resolve: (told: Told) => itemOf(told)?.at }),
  profileId: t.id({
    nullable: true,
    resolve: (told: Told) => nodeId('Profile', itemOf(told)?.profileId),
  }),
  profile: t.field({
    type: Profile.ref,
    nullable: true,
    description: 'As it is now. Null when it has been erased since.',
    resolve: (told: Told, _args: unknown, { loaders }: Context) => loaders.row(Profile, itemOf(told)?.profileId),
  }),
  accountId: t.id({
    nullable: true,
    description: 'Where it is about an account, and not about a person.',
    resolve: (told: Told) => nodeId('Account', itemOf(told)?.accountId),
  }),
  account: t.field({
    type: Account.ref,
    nullable: true,
    description: 'As it is now. Null when it has been deleted since.',
    resolve: (told: Told, _args: unknown, { loaders }: Context) => loaders.row(Account, itemOf(told)?.accountId),
  }),
})

const transition = (t: any) => ({
  transitionId: t.id({ nullable: true, resolve: (told: Told) => itemOf(told)?.payload.transitionId }),
  cause: t.field({ type: TransitionCause, nullable: true, resolve: (told: Told) => itemOf(told)?.payload.cause }),
  ...reasonsFields(t, (told: Told) => itemOf(told)?.payload.transitionId as string | undefined),
})

const SegmentMessage = builder.objectRef<Told>('SegmentMessage').implement({
  description: 'Somebody entered or left a segment.',
  fields: (t) => ({
    ...common(t),
    ...transition(t),
    segmentKey: t.string({ nullable: true, resolve: (told) => itemOf(told)?.payload.key as string }),
    segment: t.field({
      type: Segment.ref,
      nullable: true,
      resolve: (told, _args, { loaders }) => loaders.row(Segment, itemOf(told)?.definitionId),
    }),
  }),
})

const LabelMessage = builder.objectRef<Told>('LabelMessage').implement({
  description: 'A label of somebody changed.',
  fields: (t) => ({
    ...common(t),
    ...transition(t),
    labelKey: t.string({ nullable: true, resolve: (told) => itemOf(told)?.payload.key as string }),
    label: t.field({
      type: Label.ref,
      nullable: true,
      resolve: (told, _args, { loaders }) => loaders.row(Label, itemOf(told)?.definitionId),
    }),
    from: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Null: there was no value.',
      resolve: (told) => itemOf(told)?.payload.from,
    }),
    to: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Null: there is no value.',
      resolve: (told) => itemOf(told)?.payload.to,
    }),
  }),
})

const ProfileMessage = builder.objectRef<Told>('ProfileMessage').implement({
  description: 'A profile was created, updated, or became part of another.',
  fields: (t) => ({
    ...common(t),
    change: t.field({
      type: ProfileChangeKind,
      nullable: true,
      resolve: (told) => itemOf(told)?.payload.change as 'created',
    }),
    into: t.field({
      type: Profile.ref,
      nullable: true,
      description: 'For MERGED: the profile that it became part of.',
      resolve: (told, _args, { loaders }) => loaders.row(Profile, itemOf(told)?.payload.into as string),
    }),
  }),
})

const FeedMessage = builder.objectRef<Told>('FeedMessage').implement({
  description: 'Anything that happened to somebody, in the order of the feed.',
  fields: (t) => ({
    ...common(t),
    ...transition(t),
    kind: t.field({ type: FeedKind, nullable: true, resolve: (told) => itemOf(told)?.kind }),
    key: t.string({
      nullable: true,
      description: 'The key of the segment or label.',
      resolve: (told) => itemOf(told)?.payload.key as string,
    }),
    payload: t.field({
      type: 'JSON',
      nullable: true,
      description: 'As the feed keeps it; see docs/feed.md.',
      resolve: (told) => itemOf(told)?.payload,
    }),
  }),
})

builder.subscriptionType({
  description: 'What happens to people, as it happens; over SSE and graphql-ws.',
  authScopes: { read: true },
})

const AFTER = 'Begin behind this cursor. Left out: from now on.'
const CAUSES =
  'Only these. Left out: all but MERGE, which tells of profiles and not of people. A mirror of the members by profile wants MERGE too.'
/** What happens to a person; a merge of profiles is bookkeeping. */
const TO_PEOPLE = ['change', 'timer', 'backfill', 'archived', 'erased']

const follow = <M>(
  type: M,
  description: string,
  args: any,
  filter: (args: any, context: Context) => Promise<Filter>,
) => ({
  type,
  description,
  args,
  complexity: { field: 1, multiplier: 1 },
  subscribe: async (_root: unknown, given: any, context: Context) => {
    const after = given.after ? decodeFeedCursor(given.after) : undefined
    return Live.of(context.sql).subscribe(context.viewer.tenantId, await filter(given, context), after)
  },
  resolve: (message: Message, _args: unknown, context: Context) => {
    if ('end' in message) throw message.end
    // Read now, not when the subscription began; and together with all who are told the same.
    if ('batch' in message) context.loaders = message.batch.loaders
    return message
  },
})

const subjectArgs = (t: any) => ({
  profile: t.arg.id({ description: 'Only this person.' }),
  account: t.arg.id({ description: 'Only this account.' }),
})
const segmentArgs = (t: any) => ({
  segment: t.arg.string({ description: 'Key or id. Left out: every segment, of people and of accounts.' }),
  ...subjectArgs(t),
  causes: t.arg({ type: [TransitionCause], description: CAUSES }),
  after: t.arg.string({ description: AFTER }),
})
const labelArgs = (t: any) => ({
  label: t.arg.string({ description: 'Key or id. Left out: every label, of people and of accounts.' }),
  ...subjectArgs(t),
  causes: t.arg({ type: [TransitionCause], description: CAUSES }),
  after: t.arg.string({ description: AFTER }),
})

type SubjectArgs = { profile?: string; account?: string }
type TransitionArgs = SubjectArgs & { segment?: string; label?: string; causes?: string[] }

/** Of both, each lets its own through. */
function aboutWhom({ profile, account }: SubjectArgs): Filter {
  const profileId = profile ? uuidOf('Profile', profile) : null
  const accountId = account ? uuidOf('Account', account) : null
  if (profileId === null && accountId === null) return () => true
  return (item) =>
    (profileId !== null && item.profileId === profileId) || (accountId !== null && item.accountId === accountId)
}

const transitions = (kind: FeedItem['kind']) => async (args: TransitionArgs, context: Context) => {
  const table = kind === 'label_changed' ? 'labels' : 'segments'
  const definitionId = await definitionOf(context, table, kind === 'label_changed' ? args.label : args.segment)
  const isMeant = aboutWhom(args)
  const causes = new Set(args.causes ?? TO_PEOPLE)
  return (item: FeedItem) =>
    item.kind === kind &&
    (definitionId === null || item.definitionId === definitionId) &&
    isMeant(item) &&
    causes.has(item.payload.cause as string)
}

builder.subscriptionFields((t) => ({
  segmentEntered: t.field(
    follow(SegmentMessage, 'Somebody entered a segment.', segmentArgs(t), transitions('segment_entered')) as never,
  ),
  segmentLeft: t.field(
    follow(SegmentMessage, 'Somebody left a segment.', segmentArgs(t), transitions('segment_left')) as never,
  ),
  labelChanged: t.field(
    follow(LabelMessage, 'A label of somebody changed.', labelArgs(t), transitions('label_changed')) as never,
  ),
  profileChanged: t.field(
    follow(
      ProfileMessage,
      'A profile was created, updated, or became part of another.',
      { profile: t.arg.id({ description: 'Only this person.' }), after: t.arg.string({ description: AFTER }) },
      async ({ profile }) => {
        const profileId = profile ? uuidOf('Profile', profile) : null
        return (item) => item.kind === 'profile_changed' && (profileId === null || item.profileId === profileId)
      },
    ) as never,
  ),
  feed: t.field(
    follow(
      FeedMessage,
      'Everything, in the order of the feed.',
      {
        kinds: t.arg({ type: [FeedKind], description: 'Only these. Left out: all.' }),
        ...subjectArgs(t),
        after: t.arg.string({ description: AFTER }),
      },
      async ({ kinds, ...who }) => {
        const isMeant = aboutWhom(who)
        const wanted = kinds ? new Set(kinds) : null
        return (item) => (wanted?.has(item.kind) ?? true) && isMeant(item)
      },
    ) as never,
  ),
}))

/** A typing error is told at once, and not by a silence that never ends. */
async function definitionOf(
  context: Context,
  table: 'segments' | 'labels',
  asked: string | undefined,
): Promise<string | null> {
  if (!asked) return null
  const type = table === 'segments' ? 'Segment' : 'Label'
  const id = asked.startsWith(`${type}:`) || isUuid(asked) ? uuidOf(type, asked) : null
  const [row] = await context.tenant(
    (sql) => sql`SELECT id FROM ${sql(table)} WHERE ${id ? sql`id = ${id}` : sql`key = ${asked}`}`,
  )
  if (row) return row.id as string
  throw new KithError(
    'NOT_FOUND',
    `Expected the key or id of a ${type.toLowerCase()}; there is none like ${JSON.stringify(asked.slice(0, 80))}.`,
    { status: 404 },
  )
}

function nodeId(type: string, id: string | null | undefined): string | null {
  return id ? encodeNodeId(type, id) : null
}
