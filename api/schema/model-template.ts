/** Models to begin with, by industry, installed by one mutation. */
import type { Transaction } from '../../db/client.ts'
import { insertBehavior } from '../../db/sql/behaviors.ts'
import { readBehavior } from '../../engine/model/behaviors.ts'
import { readFields } from '../../engine/model/fields.ts'
import { readObjects } from '../../engine/model/objects.ts'
import { type ModelTemplate, modelTemplates } from '../../engine/model/templates.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { mutation } from '../noun/mutation.ts'
import { missing } from '../noun/record.ts'
import { modelChanged } from '../schema-changes.ts'
import { insertDefinition } from './definition.ts'
import { NEW_BEHAVIOR } from './behavior.ts'
import { createField, type FieldInput } from './field.ts'
import { createObject } from './object.ts'

/** What of a template is there, by kind and key. */
type Item = { kind: 'object' | 'field' | 'behavior' | 'label' | 'segment'; key: string }

const ItemType = builder.objectRef<Item>('ModelTemplateItem').implement({
  fields: (t) => ({
    kind: t.exposeString('kind', { description: '"object", "field", "behavior", "label" or "segment".' }),
    key: t.exposeString('key', { description: 'Of a field with its object: "order.channel".' }),
  }),
})

builder.queryFields((t) => ({
  modelTemplates: t.field({
    type: [
      builder.objectRef<ModelTemplate>('ModelTemplate').implement({
        description: 'A model for an industry; once installed it is yours to change.',
        fields: (t) => ({
          key: t.exposeString('key'),
          name: t.exposeString('name'),
          description: t.exposeString('description'),
          items: t.field({ type: [ItemType], description: 'What it makes.', resolve: itemsOf }),
        }),
      }),
    ],
    description: 'Models that can be installed.',
    resolve: () => [...modelTemplates],
  }),
}))

function itemsOf({ objects, fields, behaviors, labels, segments }: ModelTemplate): Item[] {
  return [
    ...objects.map(({ key }): Item => ({ kind: 'object', key })),
    ...fields.map(({ object, key }): Item => ({ kind: 'field', key: `${object}.${key}` })),
    ...behaviors.map(({ name }): Item => ({ kind: 'behavior', key: name })),
    ...labels.map(({ key }): Item => ({ kind: 'label', key })),
    ...segments.map(({ key }): Item => ({ kind: 'segment', key })),
  ]
}

mutation<{ key: string }>('installModelTemplate', {
  description:
    'Makes what a template has and you have not: all of it, or nothing. What is there under the same key stays as it is, so installing it again changes nothing.',
  scope: 'model',
  input: (t) => ({ key: t.string({ required: true, description: 'The template.' }) }),
  payload: (t) => ({
    created: t.field({ type: [ItemType], resolve: ({ created }: any) => created }),
    kept: t.field({ type: [ItemType], description: 'What was there already.', resolve: ({ kept }: any) => kept }),
  }),
  resolve: async ({ key }, { tenant, viewer }, info) => {
    const template = modelTemplates.find((one) => one.key === key) ?? missing('ModelTemplate', key)
    const result = await tenant(async (tx) => {
      const there = await namesOf(tx)
      const items = itemsOf(template)
      const isNew = ({ kind, key }: Item) => !there.has(`${kind} ${key}`)
      for (const item of items.filter(isNew)) await make(tx, viewer.tenantId, template, item, info.schema)
      return { created: items.filter(isNew), kept: items.filter((item) => !isNew(item)) }
    })
    modelChanged(viewer.tenantId)
    return result
  },
})

async function namesOf(tx: Transaction): Promise<Set<string>> {
  const others = await tx<{ name: string }[]>`
SELECT 'behavior ' || name AS name FROM behaviors
UNION ALL SELECT 'label ' || key FROM labels UNION ALL SELECT 'segment ' || key FROM segments`
  return new Set([
    ...(await readObjects(tx)).map(({ key }) => `object ${key}`),
    ...(await readFields(tx)).map(({ object, key }) => `field ${object}.${key}`),
    ...others.map(({ name }) => name),
  ])
}

async function make(
  tx: Transaction,
  tenantId: string,
  template: ModelTemplate,
  { kind, key }: Item,
  schema: Parameters<typeof createObject>[2],
): Promise<void> {
  switch (kind) {
    case 'object':
      return void (await createObject(tx, template.objects.find((one) => one.key === key)!, schema))
    case 'field': {
      const field = template.fields.find((one) => `${one.object}.${one.key}` === key)!
      return void (await createField(tx, { description: null, required: false, choices: null, ...field } as FieldInput))
    }
    case 'behavior': {
      const behavior = template.behaviors.find(({ name }) => name === key)!
      return void (await insertBehavior(tx, readBehavior({ ...NEW_BEHAVIOR, ...behavior })))
    }
    default: {
      const definition = template[`${kind}s`].find((one) => one.key === key)!
      await insertDefinition(tx, tenantId, { kind, ...definition }).catch((cause: Error) => {
        if (!(cause instanceof KithError)) throw cause
        throw new KithError('TEMPLATE_CONFLICT', `The ${kind} ${key} does not fit what is there: ${cause.message}`, {
          status: 409,
          cause,
        })
      })
    }
  }
}
