/** The tenant's model, policies, labels, segments and sources as one document, to be kept in git (docs/plan.md). */
import { lastPlan, type PlanRow } from '../../db/sql/plans.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { mutation } from '../noun/mutation.ts'
import { type Applied, applyPlan, exportPlan } from '../plan/apply.ts'
import type { Change, Difference } from '../plan/diff.ts'

const AppliedPlan = builder.objectRef<PlanRow>('AppliedPlan').implement({
  fields: (t) => ({
    at: t.expose('applied_at', { type: 'DateTime' }),
    revision: t.exposeString('revision', { description: 'Of what there was then.' }),
  }),
})

const Plan = builder.objectRef<Record<string, unknown>>('Plan').implement({
  description: 'What the tenant has defined, as a document.',
  fields: (t) => ({
    document: t.field({
      type: 'JSON',
      description: '{"kith": 1, "revision", <section>: {<key>: item}}, in an order that stays. No secrets.',
      resolve: (document) => document,
    }),
    revision: t.string({
      description: 'The same for the same content.',
      resolve: ({ revision }) => revision as string,
    }),
    lastApplied: t.field({
      type: AppliedPlan,
      nullable: true,
      description: 'Null where no plan has been applied.',
      resolve: async (_document, _args, { tenant }) => (await tenant(lastPlan)) ?? null,
    }),
  }),
})

builder.queryField('plan', (t) =>
  t.field({
    type: Plan,
    description: 'What the tenant has defined, as a document that applyPlan takes.',
    authScopes: { model: true },
    complexity: 1000,
    resolve: (_root, _args, context) => exportPlan(context),
  }),
)

const PlanAction = builder.enumType('PlanAction', {
  values: {
    CREATE: { value: 'create' },
    UPDATE: { value: 'update' },
    REMOVE: { value: 'remove', description: 'Labels and segments are archived.' },
    EXTRA: { value: 'extra', description: 'It is there and not in the plan, and stays.' },
  } as const,
})

const PlanDifference = builder.objectRef<Difference>('PlanDifference').implement({
  fields: (t) => ({
    path: t.field({
      type: 'JSON',
      description: 'Within the item, such as ["rule", "all", 0].',
      resolve: ({ path }) => path,
    }),
    before: t.field({ type: 'JSON', nullable: true, resolve: ({ before }) => before }),
    after: t.field({ type: 'JSON', nullable: true, resolve: ({ after }) => after }),
  }),
})

const PlanChange = builder.objectRef<Change>('PlanChange').implement({
  description: 'What a plan does about one item.',
  fields: (t) => ({
    section: t.string({ resolve: ({ section }) => section.name }),
    key: t.exposeString('key'),
    action: t.field({ type: PlanAction, resolve: ({ action }) => action }),
    differences: t.field({ type: [PlanDifference], resolve: ({ differences }) => differences }),
    drifted: t.exposeBoolean('drifted', {
      description: 'Somebody has changed it since the plan was exported, or one was applied.',
    }),
  }),
})

type Input = {
  plan: unknown
  dryRun?: boolean | null
  prune?: boolean | null
  overwriteDrift?: boolean | null
  secrets?: unknown
}

mutation<Input>('applyPlan', {
  description:
    'Makes the tenant what the plan says: all of it, or nothing. What an item does not say stays as it is. The same plan again changes nothing. PLAN_INVALID, RULE_INVALID and the like name the place in `details.path`; PLAN_DRIFTED says that somebody has changed what it would change.',
  scope: 'model',
  input: (t) => ({
    plan: t.field({ type: 'JSON', required: true, description: 'As `plan { document }` gives it.' }),
    dryRun: t.boolean({ description: 'Does it and takes it back: what would be refused is refused.' }),
    prune: t.boolean({ description: 'Removes what is there and not in the plan, where that can be done.' }),
    overwriteDrift: t.boolean({ description: 'Whatever somebody has changed by hand.' }),
    secrets: t.field({ type: 'JSON', description: 'Of new webhooks, by their name.' }),
  }),
  payload: (t) => ({
    changes: t.field({ type: [PlanChange], resolve: ({ changes }: Applied) => changes }),
    applied: t.boolean({
      description: 'False for a dry run, and where there was nothing to do.',
      resolve: ({ applied }: Applied) => applied,
    }),
    revision: t.string({
      description: 'Of what there is after it: the plan’s own from now on.',
      resolve: ({ revision }: Applied) => revision,
    }),
  }),
  resolve: ({ plan, dryRun, prune, overwriteDrift, secrets }, context) => {
    const given = secrets ?? {}
    if (typeof given !== 'object' || Array.isArray(given))
      throw new KithError('INPUT_INVALID', 'Expected secrets by name.')
    return applyPlan(context, plan, {
      dryRun: dryRun ?? false,
      prune: prune ?? false,
      overwriteDrift: overwriteDrift ?? false,
      secrets: given as Record<string, unknown>,
    })
  },
})
