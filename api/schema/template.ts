/** Rules to begin with. */
import {
  definitionsOf,
  type Installation,
  type Parameter,
  type Template,
  type TemplateDefinition,
  templates,
} from '../../engine/rules/templates.ts'
import { sql } from 'drizzle-orm'
import type { Transaction } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { mutation } from '../noun/mutation.ts'
import { missing } from '../noun/record.ts'
import { run } from '../noun/run.ts'
import { checkKey, insertDefinition } from './definition.ts'
import { Label } from './label.ts'
import { Segment } from './segment.ts'

const TemplateDefinitionType = builder.objectRef<TemplateDefinition>('RuleTemplateDefinition').implement({
  description: 'A segment or label that a template makes.',
  fields: (t) => ({
    kind: t.exposeString('kind', { description: '"segment" or "label".' }),
    key: t.exposeString('key'),
    name: t.exposeString('name'),
    description: t.exposeString('description'),
    rule: t.field({ type: 'JSON', description: 'See docs/rules.md.', resolve: ({ rule }) => rule }),
  }),
})

const ParameterKind = builder.enumType('RuleTemplateParameterType', {
  values: {
    DURATION: { value: 'duration', description: 'ISO 8601: "P30D".' },
    NUMBER: { value: 'number', description: 'At least 0.' },
    EVENTS: { value: 'events', description: 'A list of names of events.' },
  } as const,
})

const ParameterType = builder.objectRef<Parameter & { name: string }>('RuleTemplateParameter').implement({
  description: 'What can be said otherwise when a template is installed.',
  fields: (t) => ({
    name: t.exposeString('name'),
    description: t.exposeString('description'),
    type: t.field({ type: ParameterKind, resolve: ({ type }) => type }),
    default: t.field({ type: 'JSON', resolve: (parameter) => parameter.default }),
  }),
})

const TemplateType = builder.objectRef<Template>('RuleTemplate').implement({
  description: 'Definitions that belong together, over the usual event names; once installed they are yours to change.',
  fields: (t) => ({
    key: t.exposeString('key'),
    name: t.exposeString('name'),
    description: t.exposeString('description'),
    parameters: t.field({
      type: [ParameterType],
      resolve: ({ parameters }) => Object.entries(parameters).map(([name, parameter]) => ({ ...parameter, name })),
    }),
    definitions: t.field({
      type: [TemplateDefinitionType],
      description: 'With every parameter as it is by default.',
      resolve: ({ definitions }) => definitions,
    }),
  }),
})

builder.queryFields((t) => ({
  ruleTemplates: t.field({
    type: [TemplateType],
    description: 'What can be installed.',
    resolve: () => [...templates],
  }),
}))

type Installed = { segments: string[]; labels: string[] }

const KeyInput = builder.inputType('RuleTemplateKeyInput', {
  fields: (t) => ({
    of: t.string({ required: true, description: 'The key of a definition of the template.' }),
    as: t.string({ required: true, description: 'The key that it gets here; what refers to it follows.' }),
  }),
})

mutation('installRuleTemplate', {
  description:
    'Makes the segments and labels of a template; CONFLICT, and nothing is made, where a key is taken: `keys` gives others.',
  scope: 'define',
  input: (t) => ({
    key: t.string({ required: true, description: 'The template.' }),
    keys: t.field({ type: [KeyInput], description: 'Other keys than those of the template.' }),
    parameters: t.field({ type: 'JSON', description: 'Other values of its parameters, by name: {"soon": "P60D"}.' }),
  }),
  payload: (t) => ({
    segments: t.field({
      type: [Segment.ref],
      resolve: ({ segments }: Installed, _args: unknown, { loaders }: any) =>
        Promise.all(segments.map((id) => loaders.row(Segment, id))),
    }),
    labels: t.field({
      type: [Label.ref],
      resolve: ({ labels }: Installed, _args: unknown, { loaders }: any) =>
        Promise.all(labels.map((id) => loaders.row(Label, id))),
    }),
  }),
  resolve: ({ key, keys, parameters }: { key: string } & Nullable<Installation>, { tenant, viewer }) => {
    const template = templates.find((one) => one.key === key) ?? missing('RuleTemplate', key)
    for (const { as } of keys ?? []) checkKey(as)
    const definitions = definitionsOf(template, { keys: keys ?? [], parameters: parameters ?? {} })
    return tenant(async (tx) => {
      await refuseTaken(tx, template, definitions)
      const made: Installed = { segments: [], labels: [] }
      for (const definition of definitions) {
        made[`${definition.kind}s`].push(await insertDefinition(tx, viewer.tenantId, definition))
      }
      return made
    })
  },
})

type Nullable<T> = { [K in keyof T]: T[K] | null }
type Taken = { kind: string; key: string; name: string; status: string }

/** What is there under a key of the template's may be something else: it says what. */
async function refuseTaken(tx: Transaction, { key }: Template, definitions: TemplateDefinition[]): Promise<void> {
  const keys = (kind: string) => sql.param(definitions.flatMap((one) => (one.kind === kind ? [one.key] : [])))
  const taken = await run<Taken>(
    tx,
    sql`
SELECT 'label' AS kind, key, name, status FROM labels WHERE tenant_id = kith_tenant() AND key = ANY (${keys('label')}::text[])
UNION ALL
SELECT 'segment', key, name, status FROM segments WHERE tenant_id = kith_tenant() AND key = ANY (${keys('segment')}::text[])
ORDER BY kind, key`,
  )
  const [first] = taken
  if (!first) return
  const said = taken.map(({ kind, key, name, status }) => `the ${kind} ${JSON.stringify(key)} (${name}, ${status})`)
  throw new KithError(
    'CONFLICT',
    `The template ${key} was not installed: there is ${said.join(', ')}. Give other keys: {"keys": [{"of": "${first.key}", "as": "${first.key}-2"}]}.`,
    { status: 409, details: { taken } },
  )
}
