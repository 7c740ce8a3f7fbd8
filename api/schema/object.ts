/**
 * The tenant's own kinds of records: their definitions, and what every schema can say of their records. Their types, inputs and
 * lists are in the tenant's own schema (api/tenant-objects.ts).
 */
import { type SQL, sql } from 'drizzle-orm'
import type { GraphQLSchema } from 'graphql'
import type { Transaction } from '../../db/client.ts'
import { objects, records } from '../../db/schema/object.ts'
import { checkObject, checkUnused, type CustomObject, MOST_OBJECTS, readObjects } from '../../engine/model/objects.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { ofProfile } from '../loaders/pages.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions, personField, rowField } from '../noun/fields.ts'
import { encodeNodeId, uuidOf } from '../noun/id.ts'
import { mutation } from '../noun/mutation.ts'
import { noun } from '../noun/noun.ts'
import { CUSTOM, missing, ownKinds, type RecordKind } from '../noun/record.ts'
import { deleteRow, type Input, insertRow, type Row, updateRow } from '../noun/write.ts'
import { modelChanged } from '../schema-changes.ts'
import { namesTaken, recordWrites, referencesOf } from '../tenant-objects.ts'
import { Account } from './account.ts'
import { Contact } from './contact.ts'
import { createField, type FieldInput, ObjectFieldInput } from './field.ts'
import { Profile } from './profile.ts'

const ObjectNoun = noun('CustomObject', objects, { plural: 'objects' })

/** A record of any of the tenant's own objects. */
export const CustomRecord = noun('CustomRecord', records, {
  plural: 'records',
  order: { field: 'occurredAt', direction: 'DESC' },
})

const AS_RECORD = {
  object: 'The key of the object.',
  userId: "The person's user_id, if the source knows it.",
  email: "The person's email address, if the source knows it.",
  externalId: 'Its key in the system it came from; unique within the object.',
  occurredAt: 'When it happened or began: what windows of rules and timelines look at.',
  custom: 'Its fields.',
  createdAt: '',
  updatedAt: '',
}

builder.node(CustomRecord.ref, {
  description: 'A record of an object of your own, whichever; your schema has a type of its own for each.',
  ...nodeOptions(CustomRecord),
  fields: (t) => ({
    ...columnFields(t, CustomRecord, AS_RECORD),
    profile: personField(t, Profile, 'The person it is about, once the identity service has seen it.'),
    contact: rowField(t, Contact, 'The contact it is about.', 'contactId'),
    account: rowField(t, Account, 'The enterprise it is about.', 'accountId'),
    parent: rowField(t, CustomRecord, 'The record that it belongs to.', 'parentId'),
  }),
})

builder.node(ObjectNoun.ref, {
  description: 'A kind of record of your own. Its fields are made with createField.',
  ...nodeOptions(ObjectNoun),
  fields: (t) => ({
    ...columnFields(t, ObjectNoun, {
      key: 'What rules, imports and your schema call it.',
      plural: 'The name of lists of it, and of its import.',
      name: '',
      description: '',
      person: 'Whether its records are about people.',
      account: 'Whether its records are about accounts.',
      parent: 'The key of the object whose records its own belong to.',
      createdAt: '',
      updatedAt: '',
    }),
    records: connectionField(t, { noun: CustomRecord, name: 'of object', where: OF_OBJECT }, 'Its records.', 'id'),
  }),
})

function OF_OBJECT(key: SQL): SQL {
  return sql`t.object = (SELECT o.key FROM objects o WHERE o.id = ${key})`
}

builder.queryFields((t) => ({
  objects: connectionField(t, { noun: ObjectNoun, name: 'all' }, 'The kinds of records of your own.'),
}))

builder.objectFields(Profile.ref, (t) => ({
  records: connectionField(
    t,
    { noun: CustomRecord, name: 'of profile', ownedBy: ofProfile },
    "The person's records of your own objects.",
    'id',
  ),
}))

builder.objectFields(Account.ref, (t) => ({
  records: connectionField(
    t,
    { noun: CustomRecord, name: 'of account', where: (key: SQL) => sql`t.account_id = ${key}` },
    "The account's records of your own objects.",
    'id',
  ),
}))

const target = {
  noun: ObjectNoun,
  references: {},
  names: ['key', 'plural', 'name', 'description', 'person', 'account', 'parent'],
}
const payload = (t: any) => ({ object: t.field({ type: ObjectNoun.ref, resolve: ({ row }: any) => row }) })

const relations = (t: any) => ({
  description: t.string(),
  person: t.boolean({ description: 'Whether its records are about people.' }),
  account: t.boolean({ description: 'Whether its records are about accounts.' }),
})

/** Refuses what the schema has a name for already. */
export async function createObject(
  tx: Transaction,
  object: Omit<CustomObject, 'id'>,
  schema: GraphQLSchema,
): Promise<Row> {
  checkObject(object)
  const taken = namesTaken(schema, object)
  if (taken) throw new KithError('INPUT_INVALID', `Expected another key or plural: the schema has ${taken} already.`)
  const known = await readObjects(tx)
  if (known.length >= MOST_OBJECTS) throw new KithError('INPUT_INVALID', `Expected at most ${MOST_OBJECTS} objects.`)
  return insertRow(tx, target, object)
}

type ObjectInput = Omit<CustomObject, 'id'> & { fields?: Omit<FieldInput, 'object'>[] | null }

mutation<ObjectInput>('createObject', {
  description:
    'Defines a kind of record. Your schema has its types, lists and mutations from then on; rules ask for it by its key.',
  scope: 'model',
  input: (t) => ({
    key: t.string({ required: true, description: 'In camelCase, such as "courseSeat"; cannot be changed.' }),
    plural: t.string({ required: true, description: 'In camelCase, such as "courseSeats"; cannot be changed.' }),
    name: t.string({ required: true }),
    ...relations(t),
    parent: t.string({ description: 'The key of the object whose records its own belong to; cannot be changed.' }),
    fields: t.field({ type: [ObjectFieldInput], description: 'Its first fields.' }),
  }),
  payload,
  resolve: async ({ fields, ...given }, { tenant, viewer }, info) => {
    const object = {
      ...given,
      person: given.person ?? true,
      account: given.account ?? false,
      parent: given.parent ?? null,
    }
    const row = await tenant(async (tx) => {
      const made = await createObject(tx, object, info.schema)
      for (const field of fields ?? []) await createField(tx, { ...field, object: object.key })
      return made
    })
    modelChanged(viewer.tenantId)
    return { row }
  },
})

mutation<{ id: string } & Partial<ObjectInput>>('updateObject', {
  description: 'Changes what is given. Records keep whom they are about, whatever the object says from now on.',
  scope: 'model',
  input: (t) => ({ id: t.id({ required: true }), name: t.string(), ...relations(t) }),
  payload,
  resolve: async ({ id, ...input }, { tenant, viewer }) => {
    const row = await tenant(async (tx) => {
      const changed = (await updateRow(tx, target, uuidOf('CustomObject', id), input)) ?? missing('CustomObject', id)
      checkObject(changed as CustomObject)
      return changed
    })
    modelChanged(viewer.tenantId)
    return { row }
  },
})

mutation<{ id: string; withRecords?: boolean | null }>('deleteObject', {
  description:
    'Forgets an object with its fields. OBJECT_IN_USE while it has records, unless they are to go too; while rules ask for it; and while another object belongs to it.',
  scope: 'model',
  input: (t) => ({
    id: t.id({ required: true }),
    withRecords: t.boolean({ description: 'Delete its records too, for good.' }),
  }),
  payload: (t) => ({ deletedId: t.id({ resolve: ({ uuid }: any) => encodeNodeId('CustomObject', uuid) }) }),
  resolve: async ({ id, withRecords }, { tenant, viewer }) => {
    const uuid = uuidOf('CustomObject', id)
    await tenant(async (tx) => {
      const object = (await readObjects(tx)).find((one) => one.id === uuid) ?? missing('CustomObject', id)
      await checkUnused(tx, viewer.tenantId, object, withRecords ?? false)
      await tx`DELETE FROM fields WHERE object = ${object.key}`
      await deleteRow(tx, ObjectNoun, uuid)
    })
    modelChanged(viewer.tenantId)
    return { uuid }
  },
})

type RecordInput = Input & { object: string }

const writesOf = async (tx: Transaction, key: string) => {
  const object = (await readObjects(tx)).find((one) => one.key === key)
  if (!object)
    throw new KithError('NOT_FOUND', `There is no object with the key ${JSON.stringify(key.slice(0, 80))}.`, {
      status: 404,
    })
  return recordWrites(object, { CustomRecord })
}

mutation<RecordInput>('upsertRecord', {
  description:
    'Creates the record of an object of your own with this externalId, or changes what is given of it. Your schema has a mutation for each object, which knows its fields.',
  scope: 'edit',
  input: (t) => ({
    object: t.string({ required: true, description: 'The key of the object.' }),
    externalId: t.string({ required: true, description: AS_RECORD.externalId }),
    occurredAt: t.field({ type: 'DateTime', description: AS_RECORD.occurredAt }),
    userId: t.string({ description: AS_RECORD.userId }),
    email: t.string({ description: AS_RECORD.email }),
    contactId: t.id(),
    accountId: t.id(),
    parentId: t.id(),
    custom: t.field({ type: 'JSON', description: CUSTOM }),
  }),
  payload: (t) => ({
    record: t.field({ type: CustomRecord.ref, resolve: ({ row }: any) => row }),
    created: t.boolean({ resolve: ({ created }: any) => created }),
  }),
  resolve: ({ object, ...input }, { tenant }) =>
    tenant(async (tx) => (await (await writesOf(tx, object)).upsert(tx, [input]))[0]!),
})

mutation<{ id: string }>('deleteRecord', {
  description: 'Deletes a record of an object of your own for good.',
  scope: 'edit',
  input: (t) => ({ id: t.id({ required: true }) }),
  payload: (t) => ({ deletedId: t.id({ resolve: ({ uuid }: any) => encodeNodeId('CustomRecord', uuid) }) }),
  resolve: async ({ id }, { tenant }) => {
    const uuid = uuidOf('CustomRecord', id)
    if (!(await tenant((tx) => deleteRow(tx, CustomRecord, uuid)))) missing('CustomRecord', id)
    return { uuid }
  },
})

/** So that mappings of webhooks may name own objects as they name others. */
Object.assign(ownKinds, {
  keys: async (tx: Transaction) => (await readObjects(tx)).map(({ key }) => key),
  find: async (tx: Transaction, key: string): Promise<RecordKind | undefined> => {
    const object = (await readObjects(tx)).find((one) => one.key === key)
    if (!object) return undefined
    const writes = recordWrites(object, { CustomRecord })
    return {
      input: 'UpsertRecordInput',
      references: referencesOf(object),
      fixed: { object: key },
      parent: object.parent ?? undefined,
      delete: (tx, externalId) => writes.deleteByExternalId(tx, externalId),
      upsert: async (tx, { object: _, ...input }) => (await writes.upsert(tx, [input]))[0]!,
    }
  },
} satisfies typeof ownKinds)
