/** Versions of the tenant's model: its objects, fields and behaviors. */
import { modelVersions } from '../../db/schema/model-version.ts'
import { type ModelChange, modelChanges, restoreModel, violationsOfChange } from '../../engine/model/versions.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions } from '../noun/fields.ts'
import { mutation } from '../noun/mutation.ts'
import { noun } from '../noun/noun.ts'
import { modelChanged } from '../schema-changes.ts'
import { FieldViolations, MOST_NAMED } from './field.ts'

const Part = builder.enumType('ModelPart', {
  values: { OBJECT: { value: 'objects' }, FIELD: { value: 'fields' }, BEHAVIOR: { value: 'behaviors' } } as const,
})

const Change = builder.objectRef<ModelChange>('ModelChange').implement({
  description: 'A definition that was made, changed or deleted.',
  fields: (t) => ({
    part: t.field({ type: Part, resolve: ({ part }) => part }),
    key: t.exposeString('key', { description: 'Of a field with its object: "order.warehouse".' }),
    before: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Null where it was made.',
      resolve: ({ before }) => before ?? null,
    }),
    after: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Null where it was deleted.',
      resolve: ({ after }) => after ?? null,
    }),
    violations: t.field({
      type: FieldViolations,
      nullable: true,
      description: 'Stored rows that do not fit the field as it is afterwards; null where it is about no stored row.',
      complexity: 100,
      resolve: (change, _args, { tenant }) => tenant((tx) => violationsOfChange(tx, change, MOST_NAMED)),
    }),
  }),
})

const ModelVersion = noun('ModelVersion', modelVersions, {
  plural: 'modelVersions',
  key: ['number'],
  order: { field: 'number', direction: 'DESC' },
  unlisted: ['actor', 'changes', 'model'],
})

builder.node(ModelVersion.ref, {
  description: 'The model as it was from a moment on. Every change of an object, a field or a behavior makes one.',
  ...nodeOptions(ModelVersion),
  fields: (t) => ({
    ...columnFields(t, ModelVersion, {
      number: '1, 2, ...',
      at: '',
      actor: 'Who changed it: kind, id and name; null where nobody said.',
      model: 'All of it: objects, fields and behaviors by key.',
    }),
    changes: t.field({
      type: [Change],
      description: 'What it changed.',
      resolve: ({ changes }) => changes as unknown as ModelChange[],
    }),
  }),
})

builder.queryFields((t) => ({
  modelVersions: connectionField(t, { noun: ModelVersion, name: 'all' }, 'Versions of the model, latest first.'),
  modelDiff: t.field({
    type: [Change],
    description:
      'What turns one version of the model into another. With `from` the present one, and `to` an earlier: what a restore would do, and which stored rows would not fit then.',
    complexity: 20,
    args: {
      from: t.arg.int({ description: 'The present one unless given; 0 is before the first.' }),
      to: t.arg.int({ description: 'The present one unless given.' }),
    },
    resolve: (_root, { from, to }, { tenant }) => tenant((tx) => modelChanges(tx, from ?? null, to ?? null)),
  }),
}))

mutation<{ number: number }>('restoreModel', {
  description:
    'Makes the model what it was in a version; that is a new version. What is stored stays as it is. OBJECT_IN_USE for an object that came later and is needed.',
  scope: 'model',
  input: (t) => ({ number: t.int({ required: true }) }),
  payload: (t) => ({ changes: t.field({ type: [Change], resolve: ({ changes }: any) => changes }) }),
  resolve: async ({ number }, { tenant, viewer }) => {
    const changes = await tenant((tx) => restoreModel(tx, viewer.tenantId, number))
    modelChanged(viewer.tenantId)
    return { changes }
  },
})
