/** Who is who, decided by hand: merge, split, undo, explain, forget, hand out; and the policy that decides otherwise. */
import { type SQL, sql } from 'drizzle-orm'
import { erasures, merges } from '../../db/schema/profile.ts'
import {
  eraseProfile,
  type Explanation,
  explainIdentity,
  exportProfile,
  type IdentifierType as Type,
  type IdentifierTypeChange,
  liftErasure,
  mergeProfiles,
  type PathStep,
  type PolicyPreview,
  previewIdentifierType,
  readPolicy,
  resetIdentifierType,
  saveIdentifierType,
  splitProfile,
  undoMerge,
} from '../../engine/identity/index.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { byId, columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { uuidOf } from '../noun/id.ts'
import { mutation } from '../noun/mutation.ts'
import { noun } from '../noun/noun.ts'
import { Identifier } from './identifier.ts'
import { Job } from './job.ts'
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
    profile: rowField(t, Profile, 'The profile that it is about.', ({ profileId }) => profileId),
    into: rowField(t, Profile, 'The other profile.', ({ intoId }) => intoId),
    identifiers: t.field({
      type: [Identifier.ref],
      description: 'What moved, as far as it still exists.',
      complexity: { field: 1, multiplier: 10 },
      resolve: async ({ identifiers }, _args, { loaders }) => {
        const rows = await Promise.all(identifiers.map((id) => loaders.row(Identifier, id)))
        return rows.filter((row) => row !== null)
      },
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
    ({ id }) => id,
  ),
}))

builder.queryFields((t) => ({
  merge: byId(t, Merge, 'An entry of the merge history by id.'),
  merges: connectionField(t, { noun: Merge, name: 'all' }, 'Who became one, and two again; latest first.'),
}))

type Reason = { reason?: string | null }
const decided = (reason: string | null | undefined, keyId: string) => ({ by: keyId, ...(reason ? { reason } : {}) })

mutation<{ intoId: string; profileIds: string[] } & Reason>('mergeProfiles', {
  description:
    'Makes profiles part of another, whatever the limits say: its id stays. Undo it with undoMerge. Segments and labels follow within moments.',
  scope: 'identity',
  input: (t) => ({
    intoId: t.id({ required: true, description: 'The profile that stays.' }),
    profileIds: t.idList({ required: true }),
    reason: t.string({ description: 'Kept in the history.' }),
  }),
  payload: (t) => ({ profile: rowField(t, Profile, 'The one person.', ({ profileId }) => profileId) }),
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
  input: (t) => ({
    profileId: t.id({ required: true }),
    identifierIds: t.idList({ required: true }),
    reason: t.string({ description: 'Kept in the history.' }),
  }),
  payload: (t) => ({
    profile: rowField(t, Profile, 'The new profile.', ({ profileId }) => profileId),
    from: rowField(t, Profile, 'The profile that they came out of.', ({ fromId }) => fromId),
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
  input: (t) => ({ mergeId: t.id({ required: true }), reason: t.string({ description: 'Kept in the history.' }) }),
  payload: (t) => ({
    profile: rowField(t, Profile, 'The profile that the identifiers went to.', ({ profileId }) => profileId),
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
    identifier: rowField(t, Identifier, '', ({ identifier_id }) => identifier_id),
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
      resolve: async ({ splits }, _args, { loaders }) =>
        (await Promise.all(splits.map((id) => loaders.row(Merge, id)))).filter((row) => row !== null),
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
    resolve: (_root, { profileId }, { tenant, viewer }) =>
      tenant((tx) => exportProfile(tx, viewer.tenantId, uuidOf('Profile', String(profileId)))),
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
  payload: (t) => ({ erasure: rowField(t, Erasure, 'Done within moments.', ({ erasureId }) => erasureId) }),
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

const Normaliser = builder.enumType('IdentifierNormaliser', {
  values: {
    VERBATIM: { value: 'verbatim' },
    LOWER: { value: 'lower', description: 'Without blanks around it, in lower case.' },
    EMAIL: { value: 'email' },
    PHONE: { value: 'phone', description: 'E.164 where it can be read as such.' },
  } as const,
})

const IdentifierType = builder.objectRef<Type>('IdentifierType').implement({
  description: 'A kind of identifier, and what the tenant says about it.',
  fields: (t) => ({
    key: t.exposeString('key'),
    normaliser: t.field({ type: Normaliser, resolve: (type) => type.normaliser }),
    country: t.exposeString('country', {
      nullable: true,
      description: 'What a phone number without one is read with.',
    }),
    priority: t.exposeInt('priority', { description: 'Lower is stronger.' }),
    max: t.exposeInt('max', { description: 'Most values on one profile; what would break it keeps profiles apart.' }),
    peopleLimit: t.exposeInt('peopleLimit', {
      description: 'A value that would have joined so many people who must stay apart is shared from then on.',
    }),
    shared: t.exposeBoolean('shared', { description: 'Used by several people: it links nobody.' }),
    blocked: t.field({ type: ['String'], resolve: (type) => type.blocked }),
    weights: t.field({ type: 'JSON', resolve: (type) => type.weights }),
  }),
})

const CHANGE_FIELDS = (t: any) => ({
  key: t.string({ required: true, description: 'Built in ("email") or your own ("loyalty_card").' }),
  normaliser: t.field({ type: Normaliser }),
  country: t.string({ description: 'ISO 3166, such as "DE".' }),
  priority: t.int(),
  max: t.int(),
  peopleLimit: t.int(),
  shared: t.boolean(),
  blocked: t.stringList({ description: 'Values, or patterns with *, that name nobody.' }),
  weights: t.field({
    type: 'JSON',
    description:
      'By source: its id, "event" or "crm", such as {"crm": 10}. Where evidence conflicts, the heavier keeps the identifier.',
  }),
})

mutation<IdentifierTypeChange>('updateIdentifierType', {
  description:
    'Says what a kind of identifier is; what is left out is as built in. It counts for what comes from now on; reapplyIdentityPolicy applies it to what was. previewIdentifierType shows what that would do.',
  scope: 'model',
  input: CHANGE_FIELDS,
  payload: (t) => ({ identifierType: t.field({ type: IdentifierType, resolve: ({ type }: any) => type }) }),
  resolve: (change, { tenant, viewer }) =>
    tenant(async (tx) => {
      await saveIdentifierType(tx, viewer.tenantId, change)
      return { type: (await readPolicy(tx, viewer.tenantId)).type(change.key) }
    }),
})

mutation<{ key: string }>('resetIdentifierType', {
  description: 'A kind of identifier is as it was built in again.',
  scope: 'model',
  input: (t) => ({ key: t.string({ required: true }) }),
  payload: (t) => ({ reset: t.field({ type: 'Boolean', resolve: ({ reset }: any) => reset }) }),
  resolve: async ({ key }, { tenant, viewer }) => ({
    reset: await tenant((tx) => resetIdentifierType(tx, viewer.tenantId, key)),
  }),
})

mutation<Reason>('reapplyIdentityPolicy', {
  description:
    'Applies the present policy to everything that was: parts who is one person only by a former policy, then reads all events and records again and joins whom the policy joins. Decisions by hand stay. A job does it, in pieces; segments and labels follow.',
  scope: 'model',
  input: (t) => ({ reason: t.string({ description: 'Kept in the history of those who are parted.' }) }),
  payload: (t) => ({ job: rowField(t, Job, 'Gone when it is done.', ({ jobId }) => jobId) }),
  resolve: async ({ reason }, { tenant, viewer }) => {
    const decision = JSON.stringify(decided(reason, viewer.keyId))
    const [row] = await tenant((tx) => tx<[{ id: string }]>`SELECT ops.reapply_policy(${decision}::jsonb) AS id`)
    return { jobId: row.id }
  },
})

const PreviewPart = builder.objectRef<PolicyPreview['parts'][number]>('IdentityPreviewPart').implement({
  description: 'A profile that would be several, and the identifiers of each.',
  fields: (t) => ({
    profile: rowField(t, Profile, '', ({ profileId }) => profileId),
    parts: t.field({ type: 'JSON', description: 'Lists of ids of identifiers.', resolve: ({ parts }) => parts }),
  }),
})

const PreviewMerge = builder.objectRef<{ profileIds: string[] }>('IdentityPreviewMerge').implement({
  description: 'Profiles that would be one.',
  fields: (t) => ({
    profiles: t.field({
      type: [Profile.ref],
      resolve: async ({ profileIds }, _args, { loaders }) =>
        (await Promise.all(profileIds.map((id) => loaders.row(Profile, id)))).filter((row) => row !== null),
    }),
  }),
})

const Preview = builder.objectRef<PolicyPreview>('IdentityPreview').implement({
  description: 'What would have become of everybody under another policy. At most 50 cases of each are shown.',
  fields: (t) => ({
    mergeCount: t.exposeInt('mergeCount', { description: 'People who would each be one, out of several profiles.' }),
    partCount: t.exposeInt('partCount', { description: 'Profiles that would be several people.' }),
    merges: t.field({
      type: [PreviewMerge],
      complexity: { field: 1, multiplier: 50 },
      resolve: ({ merges }) => merges.map((profileIds) => ({ profileIds })),
    }),
    parts: t.field({ type: [PreviewPart], complexity: { field: 1, multiplier: 50 }, resolve: ({ parts }) => parts }),
  }),
})

builder.queryFields((t) => ({
  identityPolicy: t.field({
    type: [IdentifierType],
    description: 'Every kind of identifier that is built in or that the tenant has defined, strongest first.',
    resolve: (_root, _args, { tenant, viewer }) =>
      tenant(async (tx) => [...(await readPolicy(tx, viewer.tenantId)).types]),
  }),
  previewIdentifierType: t.field({
    type: Preview,
    authScopes: { model: true },
    description: 'What updateIdentifierType would have made of everybody, before it is saved.',
    args: {
      input: t.arg({
        type: builder.inputType('PreviewIdentifierTypeInput', { fields: CHANGE_FIELDS }),
        required: true,
      }),
    },
    complexity: 1000,
    resolve: (_root, { input }, { tenant, viewer }) =>
      tenant((tx) => previewIdentifierType(tx, viewer.tenantId, input as unknown as IdentifierTypeChange)),
  }),
}))
