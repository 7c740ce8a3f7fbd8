/** The tenant's own fields of people and records, from which its typed schema is made (api/tenant-schema.ts). */
import { sql } from 'drizzle-orm'
import type { Transaction } from '../../db/client.ts'
import { fields } from '../../db/schema/field.ts'
import { type Field as FieldRow, FIELD_TYPES, findViolations, OBJECTS } from '../../engine/model/fields.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions } from '../noun/fields.ts'
import { encodeNodeId, uuidOf } from '../noun/id.ts'
import { mutation } from '../noun/mutation.ts'
import { noun } from '../noun/noun.ts'
import { missing } from '../noun/record.ts'
import { run } from '../noun/run.ts'
import { deleteRow, insertRow, type Row, updateRow } from '../noun/write.ts'
import { modelChanged } from '../schema-changes.ts'

const MOST_FIELDS = 200
const MOST_CHOICES = 100
const MOST_NAMED = 20

const upperNames = <T extends string>(values: readonly T[]) =>
  Object.fromEntries(values.map((value) => [value.toUpperCase(), { value }])) as Record<string, { value: T }>

const FieldType = builder.enumType('FieldType', { values: upperNames(FIELD_TYPES) })
const FieldObject = builder.enumType('FieldObject', { values: upperNames(Object.keys(OBJECTS)) })

export const Field = noun('Field', fields, { plural: 'fields', enums: { type: FieldType, object: FieldObject } })

type Violations = { count: number; ids: string[]; object: string }

const FieldViolations = builder.objectRef<Violations>('FieldViolations').implement({
  description: 'Stored rows that do not fit a field.',
  fields: (t) => ({
    count: t.exposeInt('count'),
    ids: t.idList({
      description: `Up to ${MOST_NAMED} of them.`,
      resolve: ({ ids, object }) => ids.map((id) => encodeNodeId(object.charAt(0).toUpperCase() + object.slice(1), id)),
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
      createdAt: '',
      updatedAt: '',
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
      const draft = checked({ choices: null, required: false, ...(field as Row) } as unknown as FieldInput)
      return { ...(await tenant((tx) => findViolations(tx, draft, MOST_NAMED))), object: draft.object }
    },
  }),
}))

const target = { noun: Field, references: {}, names: ['object', 'key', 'type', 'description', 'required', 'choices'] }
const payload = (t: any) => ({ field: t.field({ type: Field.ref, resolve: ({ row }: any) => row }) })

export type FieldInput = Omit<FieldRow, 'id'>

export async function createField(tx: Transaction, input: FieldInput): Promise<Row> {
  checked(input)
  const [counted] = await run<{ n: number }>(
    tx,
    sql`SELECT count(*)::int AS n FROM fields WHERE object = ${input.object}`,
    true,
  )
  if (counted!.n >= MOST_FIELDS) throw invalid(`Expected at most ${MOST_FIELDS} fields of one object.`)
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
    const row = await tenant((tx) => createField(tx, input))
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
      checked(changed as FieldRow)
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
    if (!(await tenant((tx) => deleteRow(tx, Field, uuid)))) missing('Field', id)
    modelChanged(viewer.tenantId)
    return { uuid }
  },
})

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,62}$/

function checked<F extends FieldInput>(field: F): F {
  if (!NAME.test(field.key))
    throw invalid(
      `Expected a key of a letter, then letters, digits and "_"; got ${JSON.stringify(field.key.slice(0, 80))}.`,
    )
  const choices = field.choices ?? []
  if ((field.type === 'choice') !== choices.length > 0)
    throw invalid('Expected choices for the type CHOICE, and only for it.')
  if (choices.length > MOST_CHOICES) throw invalid(`Expected at most ${MOST_CHOICES} choices, got ${choices.length}.`)
  if (new Set(choices).size < choices.length) throw invalid('Expected each choice once.')
  const wrong = choices.find((choice) => !NAME.test(choice) || ['true', 'false', 'null'].includes(choice))
  if (wrong !== undefined)
    throw invalid(
      `Expected a choice of a letter, then letters, digits and "_"; got ${JSON.stringify(wrong.slice(0, 80))}.`,
    )
  return field
}

function invalid(message: string): KithError {
  return new KithError('INPUT_INVALID', message)
}
