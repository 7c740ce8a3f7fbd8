/** The tenant's policy of identity: its kinds of identifier, what a change would do, and applying it to what was. */
import {
  type IdentifierType as Type,
  type IdentifierTypeChange,
  type PolicyPreview,
  previewIdentifierType,
  readPolicy,
  resetIdentifierType,
  saveIdentifierType,
} from '../../engine/identity/index.ts'
import { toIso } from '../../db/instant.ts'
import { builder } from '../builder.ts'
import { rowField } from '../noun/fields.ts'
import { mutation } from '../noun/mutation.ts'
import { decided, type Reason } from './identity.ts'
import { Job } from './job.ts'
import { Profile } from './profile.ts'

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
    isChanged: t.exposeBoolean('isChanged', { description: 'The tenant says something about it.' }),
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
  note: [],
  input: (t) => ({ reason: t.string({ description: 'Kept in the history of those who are parted.' }) }),
  payload: (t) => ({ job: rowField(t, Job, 'Gone when it is done.', 'jobId') }),
  resolve: async ({ reason }, { tenant, viewer }) => {
    const decision = JSON.stringify(decided(reason, viewer.keyId))
    const [row] = await tenant((tx) => tx<[{ id: string }]>`SELECT ops.reapply_policy(${decision}::jsonb) AS id`)
    return { jobId: row.id }
  },
})

const PreviewPart = builder.objectRef<PolicyPreview['parts'][number]>('IdentityPreviewPart').implement({
  description: 'A profile that would be several, and the identifiers of each.',
  fields: (t) => ({
    profile: rowField(t, Profile, '', 'profileId'),
    parts: t.field({ type: 'JSON', description: 'Lists of ids of identifiers.', resolve: ({ parts }) => parts }),
  }),
})

const PreviewMerge = builder.objectRef<{ profileIds: string[] }>('IdentityPreviewMerge').implement({
  description: 'Profiles that would be one.',
  fields: (t) => ({
    profiles: t.field({
      type: [Profile.ref],
      resolve: ({ profileIds }, _args, { loaders }) => loaders.rows(Profile, profileIds),
    }),
  }),
})

const Preview = builder.objectRef<PolicyPreview>('IdentityPreview').implement({
  description: 'What would have become of everybody under another policy. At most 50 cases of each are shown.',
  fields: (t) => ({
    mergeCount: t.exposeInt('mergeCount', {
      description: 'People who would each be one, out of several profiles; estimated where not exact.',
    }),
    partCount: t.exposeInt('partCount', {
      description: 'Profiles that would be several people; estimated where not exact.',
    }),
    people: t.exposeInt('people', { description: 'How many people there are.' }),
    evaluated: t.exposeInt('evaluated', { description: 'How many of them were looked at.' }),
    exact: t.exposeBoolean('exact', {
      description: 'Whether everybody was looked at; of a very large tenant it is a sample.',
    }),
    merges: t.field({
      type: [PreviewMerge],
      complexity: { field: 1, multiplier: 50 },
      resolve: ({ merges }) => merges.map((profileIds) => ({ profileIds })),
    }),
    parts: t.field({ type: [PreviewPart], complexity: { field: 1, multiplier: 50 }, resolve: ({ parts }) => parts }),
  }),
})

type Reapplied = { stage: string | null; rows: number; startedAt: string; finishedAt: string | null }

const Reapplication = builder.objectRef<Reapplied>('IdentityReapplication').implement({
  description: 'How far the last reapplyIdentityPolicy has come.',
  fields: (t) => ({
    stage: t.exposeString('stage', {
      nullable: true,
      description: 'What it reads: "repart" (who is parted), then "events", each kind of record, and "profiles" last.',
    }),
    rows: t.exposeInt('rows', { description: 'Rows that have been read.' }),
    startedAt: t.field({ type: 'DateTime', resolve: ({ startedAt }) => toIso(startedAt) }),
    finishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Null while it is under way.',
      resolve: ({ finishedAt }) => finishedAt && toIso(finishedAt),
    }),
  }),
})

builder.queryFields((t) => ({
  identityReapplication: t.field({
    type: Reapplication,
    nullable: true,
    description: 'The last reapplyIdentityPolicy that has begun; null where there was none.',
    resolve: (_root, _args, { tenant }) =>
      tenant(async (tx) => {
        const [row] = await tx<Reapplied[]>`
SELECT position ->> 'stage' AS stage, done::int AS rows, started_at AS "startedAt", finished_at AS "finishedAt"
FROM backfills WHERE kind = 'reapply'`
        return row ?? null
      }),
  }),
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
