/** Who is who, decided by hand: merge, split, undo, explain, forget, hand out. */
import { type SQL, sql } from 'drizzle-orm'
import { erasures, merges } from '../../db/schema/profile.ts'
import {
  eraseProfile,
  type Explanation,
  explainIdentity,
  exportProfile,
  liftErasure,
  mergeProfiles,
  type PathStep,
  splitProfile,
  undoMerge,
} from '../../engine/identity/index.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { byId, columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { uuidOf } from '../noun/id.ts'
import { mutation, noteCall } from '../noun/mutation.ts'
import { noun } from '../noun/noun.ts'
import { Identifier } from './identifier.ts'
import { Profile } from './profile.ts'

const MergeKind = builder.enumType('MergeKind', {
  values: {
    MERGE: { value: 'merge', description: 'The profile became part of the other.' },
    SPLIT: { value: 'split', description: 'The profile came out of the other.' },
    MOVE: { value: 'move', description: 'Identifiers went from the profile to the other.' },
  } as const,
})

export const Merge = noun('Merge', merges, {
  plural: 'merges',
  order: { field: 'at', direction: 'DESC' },
  hidden: ['announced', 'transactionAt'],
  unlisted: ['evidence', 'identifiers'],
  enums: { kind: MergeKind },
})

builder.node(Merge.ref, {
  description: 'An entry of the history of who is who: profiles that became one, or two again.',
  ...nodeOptions(Merge),
  fields: (t) => ({
    ...columnFields(t, Merge, {
      at: '',
      kind: '',
      cause: '"evidence", "alias", "weight" (a heavier source), "policy", "manual" or "undo".',
      evidence: 'The two identifiers that came together, and when; by hand: who decided, and the reason given.',
      undoneAt: 'Null while it is in force.',
    }),
    profile: rowField(t, Profile, 'The profile that it is about.', 'profileId'),
    into: rowField(t, Profile, 'The other profile.', 'intoId'),
    identifiers: t.field({
      type: [Identifier.ref],
      description: 'What moved, as far as it still exists.',
      complexity: { field: 1, multiplier: 10 },
      resolve: ({ identifiers }, _args, { loaders }) => loaders.rows(Identifier, identifiers),
    }),
  }),
})

builder.objectFields(Profile.ref, (t) => ({
  mergeHistory: connectionField(
    t,
    {
      noun: Merge,
      name: 'of profile',
      where: (key: SQL) => sql`(t.profile_id = ${key} OR t.into_id = ${key})`,
    },
    'What became part of this profile, or came out of it; latest first.',
    'id',
  ),
}))

builder.queryFields((t) => ({
  merge: byId(t, Merge, 'An entry of the merge history by id.'),
  merges: connectionField(t, { noun: Merge, name: 'all' }, 'Who became one, and two again; latest first.'),
}))

export type Reason = { reason?: string | null }
export const decided = (reason: string | null | undefined, keyId: string) => ({
  by: keyId,
  ...(reason ? { reason } : {}),
})

mutation<{ intoId: string; profileIds: string[] } & Reason>('mergeProfiles', {
  description:
    'Makes profiles part of another, whatever the limits say: its id stays. Undo it with undoMerge. Segments and labels follow within moments.',
  scope: 'identity',
  note: ['intoId', 'profileIds'],
  input: (t) => ({
    intoId: t.id({ required: true, description: 'The profile that stays.' }),
    profileIds: t.idList({ required: true }),
    reason: t.string({ description: 'Kept in the history.' }),
  }),
  payload: (t) => ({ profile: rowField(t, Profile, 'The one person.', 'profileId') }),
  resolve: ({ intoId, profileIds, reason }, { tenant, viewer }) =>
    tenant((tx) =>
      mergeProfiles(tx, viewer.tenantId, {
        intoId: uuidOf('Profile', intoId),
        profileIds: profileIds.map((id) => uuidOf('Profile', id)),
        ...decided(reason, viewer.keyId),
      }),
    ),
})

mutation<{ profileId: string; identifierIds: string[] } & Reason>('splitProfile', {
  description:
    'Takes identifiers out of a profile into one of their own. Events, records and consents go with them; no evidence joins the two again.',
  scope: 'identity',
  note: ['profileId', 'identifierIds'],
  input: (t) => ({
    profileId: t.id({ required: true }),
    identifierIds: t.idList({ required: true }),
    reason: t.string({ description: 'Kept in the history.' }),
  }),
  payload: (t) => ({
    profile: rowField(t, Profile, 'The new profile.', 'profileId'),
    from: rowField(t, Profile, 'The profile that they came out of.', 'fromId'),
  }),
  resolve: async ({ profileId, identifierIds, reason }, { tenant, viewer }) => {
    const fromId = uuidOf('Profile', profileId)
    const ids = identifierIds.map((id) => uuidOf('Identifier', id))
    const split = { profileId: fromId, identifierIds: ids, ...decided(reason, viewer.keyId) }
    return { fromId, ...(await tenant((tx) => splitProfile(tx, viewer.tenantId, split))) }
  },
})

mutation<{ mergeId: string } & Reason>('undoMerge', {
  description:
    'Undoes an entry of the merge history. After a merge both profiles live again, with the identifiers, events, records and consents that were theirs, and no evidence joins them again.',
  scope: 'identity',
  note: ['mergeId'],
  input: (t) => ({ mergeId: t.id({ required: true }), reason: t.string({ description: 'Kept in the history.' }) }),
  payload: (t) => ({
    profile: rowField(t, Profile, 'The profile that the identifiers went to.', 'profileId'),
  }),
  resolve: ({ mergeId, reason }, { tenant, viewer }) =>
    tenant((tx) =>
      undoMerge(tx, viewer.tenantId, { mergeId: uuidOf('Merge', mergeId), ...decided(reason, viewer.keyId) }),
    ),
})

const Said = builder.objectRef<PathStep['said'][number]>('IdentityLink').implement({
  description: 'That a source said two identifiers together.',
  fields: (t) => ({
    source: t.exposeString('source', { description: 'A source’s id, or "event", "crm", "alias", "manual".' }),
    firstSeen: t.expose('firstSeen', { type: 'DateTime' }),
    lastSeen: t.expose('lastSeen', { type: 'DateTime', description: 'To the hour.' }),
    count: t.exposeInt('count', { description: 'Times, an hour or more apart.' }),
  }),
})

const ProofEvent = builder.objectRef<PathStep['events'][number]>('IdentityEvent').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    occurredAt: t.expose('occurred_at', { type: 'DateTime' }),
    type: t.exposeString('type'),
    name: t.exposeString('name'),
  }),
})

const ProofRecord = builder.objectRef<PathStep['records'][number]>('IdentityRecord').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    kind: t.exposeString('kind', { description: 'Such as "contacts" or "orders".' }),
    createdAt: t.expose('created_at', { type: 'DateTime' }),
  }),
})

const Step = builder.objectRef<PathStep>('IdentityStep').implement({
  description: 'Two identifiers that came together, with the first events and records that prove it.',
  fields: (t) => ({
    from: rowField(t, Identifier, '', ({ from }) => from.id),
    to: rowField(t, Identifier, '', ({ to }) => to.id),
    said: t.field({ type: [Said], resolve: (step) => step.said }),
    events: t.field({ type: [ProofEvent], resolve: (step) => step.events }),
    records: t.field({ type: [ProofRecord], resolve: (step) => step.records }),
  }),
})

const Obstacle = builder.objectRef<Explanation['conflicts'][number]>('IdentityConflict').implement({
  description: 'An identifier that would have joined two people who must stay apart.',
  fields: (t) => ({
    identifier: rowField(t, Identifier, '', 'identifier_id'),
    at: t.expose('at', { type: 'DateTime' }),
    reason: t.exposeString('reason', { description: '"limit:<type>" or "apart".' }),
  }),
})

const IdentityExplanation = builder.objectRef<Explanation>('IdentityExplanation').implement({
  description: 'Why two identifiers are one person, or why they are not.',
  fields: (t) => ({
    samePerson: t.exposeBoolean('samePerson'),
    path: t.field({ type: [Step], description: 'The shortest way.', resolve: ({ path }) => path }),
    conflicts: t.field({
      type: [Obstacle],
      description: 'What would have joined them, and why it did not.',
      resolve: ({ conflicts }) => conflicts,
    }),
    splits: t.field({
      type: [Merge.ref],
      description: 'What parted them by hand.',
      resolve: ({ splits }, _args, { loaders }) => loaders.rows(Merge, splits),
    }),
  }),
})

builder.queryFields((t) => ({
  explainIdentity: t.field({
    type: IdentityExplanation,
    description: 'Why are these two identifiers one person, or why are they not?',
    args: { from: t.arg.id({ required: true }), to: t.arg.id({ required: true }) },
    resolve: (_root, { from, to }, { tenant, viewer }) =>
      tenant((tx) =>
        explainIdentity(tx, viewer.tenantId, uuidOf('Identifier', String(from)), uuidOf('Identifier', String(to))),
      ),
  }),
  exportProfile: t.field({
    type: 'JSON',
    authScopes: { privacy: true },
    description:
      'Everything that is held about a person: traits, identifiers, events, records, consents, memberships, history.',
    args: { profileId: t.arg.id({ required: true }) },
    complexity: 1000,
    resolve: async (_root, { profileId }, context) => {
      const { tenant, viewer } = context
      await noteCall(context, 'exportProfile', ['profileId'], { profileId })
      return tenant((tx) => exportProfile(tx, viewer.tenantId, uuidOf('Profile', String(profileId))))
    },
  }),
}))

export const Erasure = noun('Erasure', erasures, {
  plural: 'erasures',
  order: { field: 'requestedAt', direction: 'DESC' },
  hidden: ['requestedBy'],
  unlisted: ['counts'],
})

builder.node(Erasure.ref, {
  description: 'That somebody was erased, and the proof of it; not a word of whom.',
  ...nodeOptions(Erasure),
  fields: (t) => ({
    ...columnFields(t, Erasure, {
      requestedAt: '',
      doneAt: 'Null for the moment until it is done.',
      counts: 'Rows that were deleted or made anonymous, by table.',
      proof: 'SHA-256 over the hashes of the identifiers that are suppressed since.',
    }),
  }),
})

builder.queryFields((t) => ({
  erasure: byId(t, Erasure, 'An erasure by id.'),
  erasures: connectionField(t, { noun: Erasure, name: 'all' }, 'Erasures; latest first.'),
}))

mutation<{ profileId: string }>('eraseProfile', {
  description:
    'Forgets a person everywhere: events, records, identifiers, graph, memberships, dead letters, waiting jobs. Orders, contracts and opportunities stay, about nobody. Nothing that comes later under their identifiers is kept.',
  scope: 'privacy',
  input: (t) => ({ profileId: t.id({ required: true }) }),
  payload: (t) => ({ erasure: rowField(t, Erasure, 'Done within moments.', 'erasureId') }),
  resolve: ({ profileId }, { tenant, viewer }) =>
    tenant((tx) => eraseProfile(tx, viewer.tenantId, { profileId: uuidOf('Profile', profileId), by: viewer.keyId })),
})

mutation<{ type: string; value: string }>('liftErasure', {
  description: 'Lets an identifier of somebody erased be known again: they have come back.',
  scope: 'privacy',
  input: (t) => ({ type: t.string({ required: true }), value: t.string({ required: true }) }),
  payload: (t) => ({ lifted: t.field({ type: 'Boolean', resolve: ({ count }: any) => count > 0 }) }),
  resolve: async ({ type, value }, { tenant, viewer }) => ({
    count: await tenant((tx) => liftErasure(tx, viewer.tenantId, { [type]: value })),
  }),
})
