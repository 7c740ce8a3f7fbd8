/** Rules to begin with. */
import { type Template, type TemplateDefinition, templates } from '../../engine/rules/templates.ts'
import { sql } from 'drizzle-orm'
import type { Transaction } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { mutation } from '../noun/mutation.ts'
import { missing } from '../noun/record.ts'
import { run } from '../noun/run.ts'
import { insertDefinition } from './definition.ts'
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

const TemplateType = builder.objectRef<Template>('RuleTemplate').implement({
  description: 'Definitions that belong together, over the usual event names; once installed they are yours to change.',
  fields: (t) => ({
    key: t.exposeString('key'),
    name: t.exposeString('name'),
    description: t.exposeString('description'),
    definitions: t.field({ type: [TemplateDefinitionType], resolve: ({ definitions }) => definitions }),
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

mutation('installRuleTemplate', {
  description: 'Makes the segments and labels of a template; CONFLICT, and nothing is made, where a key is taken.',
  scope: 'define',
  input: (t) => ({ key: t.string({ required: true, description: 'The template.' }) }),
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
  resolve: ({ key }: { key: string }, { tenant, viewer }) => {
    const template = templates.find((one) => one.key === key) ?? missing('RuleTemplate', key)
    return tenant(async (tx) => {
      const made: Installed = { segments: [], labels: [] }
      for (const definition of template.definitions) {
        await refuseTaken(tx, definition)
        made[`${definition.kind}s`].push(await insertDefinition(tx, viewer.tenantId, definition))
      }
      return made
    })
  },
})

/** What is there under a key of the template's may be something else: it says which. */
async function refuseTaken(tx: Transaction, { kind, key }: TemplateDefinition): Promise<void> {
  const table = sql.identifier(`${kind}s`)
  const taken = await run(tx, sql`SELECT FROM ${table} WHERE tenant_id = kith_tenant() AND key = ${key}`)
  if (taken.length === 0) return
  const message = `The template makes a ${kind} with the key ${JSON.stringify(key)}, and there is one.`
  throw new KithError('CONFLICT', message, { status: 409 })
}
