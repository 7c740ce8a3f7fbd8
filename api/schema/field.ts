/** The tenant's own fields of people and records, from which its typed schema is made (api/tenant-schema.ts). */
import type { Transaction } from '../../db/client.ts'
import { fields } from '../../db/schema/field.ts'
import { checkField, checkRoom } from '../../engine/model/field-rules.ts'
import { type Field as FieldRow, FIELD_TYPES, findViolations, OBJECTS, PERSONAL } from '../../engine/model/fields.ts'
import { checkFieldUses } from '../../engine/model/rule-fields.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions } from '../noun/fields.ts'
import { encodeNodeId, uuidOf } from '../noun/id.ts'
import { mutation } from '../noun/mutation.ts'
import { upperFirst, upperNames } from '../noun/name.ts'
import { noun } from '../noun/noun.ts'
import { missing } from '../noun/record.ts'
import { deleteRow, insertRow, type Row, updateRow } from '../noun/write.ts'
import { modelChanged } from '../schema-changes.ts'

export const MOST_NAMED = 20

export const FieldType = builder.enumType('FieldType', { values: upperNames(FIELD_TYPES) })
const FieldObject = builder.enumType('FieldObject', { values: upperNames(Object.keys(OBJECTS)) })

const FieldPersonal = builder.enumType('FieldPersonal', {
  values: {
    NONE: { value: PERSONAL[0], description: 'Says nothing of a person.' },
    PERSONAL: { value: PERSONAL[1], description: 'Personal data: a name, an address.' },
    SENSITIVE: { value: PERSONAL[2], description: 'Of a special kind: health, belief, and the like.' },
  },
})
const FieldIndexState = builder.enumType('FieldIndexState', {
  values: {
    WAITING: { value: 'waiting' },
    BUILDING: { value: 'building' },
    READY: { value: 'ready', description: 'Filters and orders use it; of a unique field it holds.' },
    FAILED: { value: 'failed', description: 'See error.' },
  },
})

export const Field = noun('Field', fields, {
  plural: 'fields',
  enums: { type: FieldType, object: FieldObject, personal: FieldPersonal },
  unlisted: ['indexState', 'indexProgress', 'indexError', 'default'],
})

type IndexRow = { indexState: string; indexProgress: number | null; indexError: string | null }

const FieldIndex = builder.objectRef<IndexRow>('FieldIndex').implement({
  description: 'The index of a field, which is built in the background.',
  fields: (t) => ({
    state: t.field({ type: FieldIndexState, resolve: ({ indexState }) => indexState as 'ready' }),
    progress: t.int({ description: 'Percent.', resolve: ({ indexProgress }) => indexProgress ?? 0 }),
    error: t.exposeString('indexError', { nullable: true, description: 'Why it could not be built.' }),
  }),
})

type Violations = { count: number; ids: string[]; object: string }

export const FieldViolations = builder.objectRef<Violations>('FieldViolations').implement({
  description: 'Stored rows that do not fit a field.',
  fields: (t) => ({
    count: t.exposeInt('count'),
    ids: t.idList({
      description: `Up to ${MOST_NAMED} of them.`,
      resolve: ({ ids, object }) => ids.map((id) => encodeNodeId(upperFirst(object), id)),
    }),
  }),
})

builder.node(Field.ref, {
  description: 'A field of your own: a key of traits or custom, typed. It appears as `fields { key }` in your schema.',
  ...nodeOptions(Field),
  fields: (t) => ({
    ...columnFields(t, Field, {
      object: 'What has the field.',
      key: 'The key in traits or custom, and its name in your schema.',
      type: '',
      description: '',
      required: 'Whether a record written through the API must have it.',
      choices: 'The values of a CHOICE.',
      default: 'What a new record gets that has no value.',
      unique: 'Whether no two records may have the same value.',
      indexed: 'Whether filters and orders by it are fast, however many rows there are.',
      personal: 'How much it tells of a person.',
      retentionDays: 'So long after it was said, or its record changed, a value is removed.',
      createdAt: '',
      updatedAt: '',
    }),
    index: t.field({
      type: FieldIndex,
      nullable: true,
      description: 'Null without one.',
      resolve: (row) => (row.indexState === null ? null : (row as IndexRow)),
    }),
    violations: t.field({
      type: FieldViolations,
      description: 'Stored rows that do not fit it.',
      complexity: 100,
      resolve: async (row, _args, { tenant }) => ({
        ...(await tenant((tx) => findViolations(tx, row as FieldRow, MOST_NAMED))),
        object: row.object,
      }),
    }),
  }),
})

const shape = (t: any, required: boolean) => ({
  description: t.string(),
  type: t.field({ type: FieldType, required }),
  required: t.boolean({ description: 'Whether a record written through the API must have it.' }),
  choices: t.stringList({ description: 'The values of a CHOICE: letters, digits and "_".' }),
  default: t.field({ type: 'JSON', description: 'What a new record gets that has no value; not of people.' }),
  unique: t.boolean({
    description: 'No two records may have the same value; not of people and accounts, whom identifiers tell apart.',
  }),
  indexed: t.boolean({ description: 'Makes an index in the background. Texts have at most 500 characters then.' }),
  personal: t.field({ type: FieldPersonal }),
  retentionDays: t.int({ description: 'Remove values that are older than so many days.' }),
})

/** A field of an object that is made with it. */
export const ObjectFieldInput = builder.inputType('ObjectFieldInput', {
  fields: (t) => ({ key: t.string({ required: true }), ...shape(t, true) }),
})

const FieldDraft = builder.inputType('FieldDraft', {
  fields: (t) => ({
    object: t.field({ type: FieldObject, required: true }),
    key: t.string({ required: true }),
    ...shape(t, true),
  }),
})

builder.queryFields((t) => ({
  fields: connectionField(t, { noun: Field, name: 'all' }, 'The fields of your own.'),
  previewField: t.field({
    type: FieldViolations,
    description: 'Which stored rows would not fit a field, before it is made or changed.',
    complexity: 100,
    args: { field: t.arg({ type: FieldDraft, required: true }) },
    resolve: async (_root, { field }, { tenant }) => {
      const draft = checkField({ choices: null, required: false, ...(field as Row) } as unknown as FieldInput)
      return { ...(await tenant((tx) => findViolations(tx, draft, MOST_NAMED))), object: draft.object }
    },
  }),
}))

const NAMES = [
  ...['object', 'key', 'type', 'description', 'required', 'choices'],
  ...['default', 'unique', 'indexed', 'personal', 'retentionDays'],
]
const target = { noun: Field, references: {}, names: NAMES, anyJson: ['default'] }
const payload = (t: any) => ({ field: t.field({ type: Field.ref, resolve: ({ row }: any) => row }) })

export type FieldInput = Omit<FieldRow, 'id'>

export async function createField(tx: Transaction, input: FieldInput): Promise<Row> {
  checkField(input)
  await checkRoom(tx, input)
  return insertRow(tx, target, input)
}

mutation<FieldInput>('createField', {
  description:
    'Defines a field. Your schema has it from then on; stored rows that do not fit keep their value in traits or custom, and are null in fields.',
  scope: 'model',
  input: (t) => ({
    object: t.field({ type: FieldObject, required: true }),
    key: t.string({ required: true, description: 'A letter, then letters, digits and "_"; cannot be changed.' }),
    ...shape(t, true),
  }),
  payload,
  resolve: async (input, { tenant, viewer }) => {
    const row = await tenant(async (tx) => {
      await checkFieldUses(tx, viewer.tenantId, input, { ...input, choices: input.choices ?? null })
      return createField(tx, input)
    })
    modelChanged(viewer.tenantId)
    return { row }
  },
})

mutation<Partial<FieldRow> & { id: string }>('updateField', {
  description: 'Changes what is given.',
  scope: 'model',
  input: (t) => ({ id: t.id({ required: true }), ...shape(t, false) }),
  payload,
  resolve: async ({ id, ...input }, { tenant, viewer }) => {
    const row = await tenant(async (tx) => {
      const changed = (await updateRow(tx, target, uuidOf('Field', id), input)) ?? missing('Field', id)
      checkField(changed as FieldRow)
      await checkFieldUses(tx, viewer.tenantId, changed as FieldRow, changed as FieldRow)
      await checkRoom(tx, changed as FieldRow)
      return changed
    })
    modelChanged(viewer.tenantId)
    return { row }
  },
})

mutation<{ id: string }>('deleteField', {
  description: 'Forgets a field; what is stored under its key stays.',
  scope: 'model',
  input: (t) => ({ id: t.id({ required: true }) }),
  payload: (t) => ({ deletedId: t.id({ resolve: ({ uuid }: any) => encodeNodeId('Field', uuid) }) }),
  resolve: async ({ id }, { tenant, viewer }) => {
    const uuid = uuidOf('Field', id)
    await tenant(async (tx) => {
      const [field] = await tx<FieldRow[]>`SELECT object, key FROM fields WHERE id = ${uuid}`
      if (field) await checkFieldUses(tx, viewer.tenantId, field, null)
      if (!(await deleteRow(tx, Field, uuid))) missing('Field', id)
    })
    modelChanged(viewer.tenantId)
    return { uuid }
  },
})
