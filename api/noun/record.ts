/**
 * The skeleton that all CRM records share: the type with its account, contact and profile; queries by id, by external id and
 * as a list; the same list on Account and Profile; create, update, upsert (one or many) and delete. A noun's file says
 * what is its own.
 */
import { getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { Transaction } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { builder, MAX_PAGE } from '../builder.ts'
import { rowByExternalId } from '../loaders/lookups.ts'
import { ofProfile } from '../loaders/pages.ts'
import { connectionField } from './connection.ts'
import { declare } from './declared.ts'
import { columnFields, nodeOptions, personField, rowField } from './fields.ts'
import { encodeNodeId, uuidOf } from './id.ts'
import { mutation } from './mutation.ts'
import { lowerFirst, upperFirst } from './name.ts'
import { columnOf, type Noun, noun, type Order } from './noun.ts'
import { RecordWrites } from './record-writes.ts'
import type { Input, References, Row, Upserted, Writable } from './write.ts'

export type RecordOptions = {
  plural: string
  description: string
  /** Its own columns and what they mean: fields of the type, and of the inputs. */
  columns: Record<string, string>
  /** The type of those columns that are ids of something; their fields are written by the noun's file. */
  references?: References
  order?: Order
  /** Further input fields, written by `after`. */
  inputs?: (t: any) => Record<string, any>
  /** Writes what belongs to the record beside its row, in the same transaction. */
  after?: (tx: Transaction, row: Row, input: Input) => Promise<void>
}

/** A kind of record as those write it who have values of another making than GraphQL's: a webhook's mapping. */
export type RecordKind = {
  /** The input type of its upsert. */
  input: string
  /** Columns that hold ids of other records, and the type of those. */
  references: References
  upsert(tx: Transaction, input: Input): Promise<Upserted>
  /** By its external id: whether there was one. */
  delete(tx: Transaction, externalId: string): Promise<boolean>
  /** What that input has of itself. */
  fixed?: Input
  /** Which of the tenant's own objects a parent is a record of; without one it is an account. */
  parent?: string
}

/** By the type's name in lower case: "order". */
export const recordKinds = new Map<string, RecordKind>()

type OwnKinds = {
  keys(tx: Transaction): Promise<string[]>
  find(tx: Transaction, key: string): Promise<RecordKind | undefined>
}

/** Finds a kind of record of the tenant's own; given by api/schema/object.ts. */
export const ownKinds: OwnKinds = { keys: async () => [], find: async () => undefined }

/** What `person()` gives a record: whom it is about, as its source knows them. */
const PERSON = {
  userId: "The person's user_id, if the source knows it.",
  email: "The person's email address, if the source knows it.",
}

export function record<T extends PgTable>(type: string, table: T, options: RecordOptions): Noun<T['$inferSelect']> {
  const { plural, columns, references = {} } = options
  const Record = noun(type, table, { plural, order: options.order })
  const owned = Record.columns.has('identifierId')
  const described = { ...(owned && PERSON), ...columns }

  builder.node(Record.ref, {
    description: options.description,
    ...nodeOptions(Record),
    fields: (t: any) => ({
      ...columnFields(t, Record, {
        externalId: "The record's key in the system it came from; what upserts match on.",
        ...omit(described, Object.keys(references)),
        custom: 'Your own fields.',
        createdAt: '',
        updatedAt: '',
      }),
    }),
  } as never)

  queries(Record, options.description)
  mutations(Record, table, described, options)
  return Record
}

/** The record's person, and the person's records. */
export function aboutPerson(Record: Noun, Profile: Noun, Contact: Noun): void {
  builder.objectFields(Record.ref, (t: any) => ({
    profile: personField(t, Profile, 'The person it is about, once the identity service has seen it.'),
    contact: rowField(t, Contact, 'The contact it is about.', 'contactId'),
  }))
  builder.objectFields(Profile.ref, (t) => ({
    [Record.plural]: connectionField(
      t,
      { noun: Record, name: 'of profile', ownedBy: ofProfile },
      `The person's ${Record.plural}.`,
      'id',
    ),
  }))
}

export function aboutAccount(Record: Noun, Account: Noun): void {
  builder.objectFields(Record.ref, (t) => ({
    account: rowField(t, Account, 'The enterprise it is about.', 'accountId'),
  }))
  builder.objectFields(Account.ref, (t) => ({
    [Record.plural]: connectionField(
      t,
      { noun: Record, name: 'of account', where: (key: SQL) => sql`t.account_id = ${key}` },
      `The account's ${Record.plural}.`,
      'id',
    ),
  }))
}

function queries(Record: Noun, description: string): void {
  const { type, plural } = Record
  builder.queryFields((t) => ({
    [lowerFirst(type)]: t.field({
      type: Record.ref,
      nullable: true,
      description: `${description} By id, or by the key in the system it came from.`,
      args: { id: t.arg.id(), externalId: t.arg.string() },
      resolve: (_root, { id, externalId }, { loaders }) => {
        if ((id == null) === (externalId == null)) {
          throw new KithError('INPUT_INVALID', 'Expected either id or externalId.')
        }
        return id != null
          ? loaders.row(Record, uuidOf(type, id))
          : rowByExternalId(loaders, Record, externalId as string)
      },
      ...declare({ reads: 'one', noun: Record }),
    }),
    [plural]: connectionField(t, { noun: Record, name: 'all' }, description),
  }))
}

function mutations(Record: Noun, table: PgTable, described: Record<string, string>, options: RecordOptions): void {
  const { type, plural } = Record
  const one = lowerFirst(type)
  const names = [
    'externalId',
    ...(Record.columns.has('contactId') ? ['contactId'] : []),
    ...Object.keys(described),
    'custom',
  ]
  const references: References = {
    ...(Record.columns.has('contactId') && { contactId: 'Contact' }),
    ...(Record.columns.has('accountId') && { accountId: 'Account' }),
    ...options.references,
  }
  if (Record.columns.has('accountId') && !names.includes('accountId')) names.splice(1, 0, 'accountId')
  const target: Writable = { noun: Record, references, names }
  const fields = (t: any, required: (name: string) => boolean) => ({
    ...inputFields(t, Record, names, described, required),
    ...options.inputs?.(t),
  })
  const mandatory = new Set(
    Object.entries(getTableColumns(table) as Record<string, PgColumn>)
      .filter(([name, column]) => names.includes(name) && column.notNull && !column.hasDefault)
      .map(([name]) => name),
  )
  const payload = (t: any) => ({ [one]: t.field({ type: Record.ref, resolve: (parent: any) => parent.row }) })
  const writes = new RecordWrites(target, one, { after: options.after })

  mutation(`create${type}`, {
    description: `Creates one of the ${plural}. CONFLICT when the externalId is taken.`,
    scope: 'edit',
    input: (t) => fields(t, (name) => mandatory.has(name)),
    payload,
    resolve: (input, { tenant }) => tenant(async (tx) => ({ row: await writes.create(tx, input) })),
  })

  mutation(`update${type}`, {
    description: `Changes what is given, and sets to null what is given as null. NOT_FOUND when there is no such ${one}.`,
    scope: 'edit',
    input: (t) => ({ id: t.id({ required: true }), ...fields(t, () => false) }),
    payload,
    resolve: ({ id, ...input }, { tenant }) =>
      tenant(async (tx) => ({ row: (await writes.update(tx, uuidOf(type, id), input)) ?? missing(type, id) })),
  })

  const upsert = async (tx: Transaction, input: Input) => (await writes.upsert(tx, [input]))[0]!
  const remove = (tx: Transaction, externalId: string) => writes.deleteByExternalId(tx, externalId)
  recordKinds.set(one, { input: `Upsert${type}Input`, references, upsert, delete: remove })

  const upsertInput = (t: any) => fields(t, (name) => mandatory.has(name) || name === 'externalId')
  const item = mutation(`upsert${type}`, {
    description: `Creates the ${one} with this externalId, or changes what is given of the one that exists.`,
    scope: 'edit',
    input: upsertInput,
    payload: (t) => ({ ...payload(t), created: t.boolean({ resolve: (parent: any) => parent.created }) }),
    resolve: (input, { tenant }) => tenant((tx) => upsert(tx, input)),
  })

  mutation(`upsert${upperFirst(plural)}`, {
    description: `Upserts up to ${MAX_PAGE} ${plural} in one transaction: all of them, or none.`,
    scope: 'edit',
    input: (t) => ({ [plural]: t.field({ type: [item.input], required: true }) }),
    payload: (t) => ({
      [plural]: t.field({ type: [Record.ref], description: 'In the order of the input.', resolve: (p: any) => p.rows }),
      created: t.int({ description: 'How many of them are new.', resolve: (p: any) => p.created }),
    }),
    resolve: async (input, { tenant }) => {
      const upserted = await tenant((tx) => writes.upsert(tx, input[plural] as Input[]))
      return { rows: upserted.map(({ row }) => row), created: upserted.filter(({ created }) => created).length }
    },
  })

  mutation(`delete${type}`, {
    description: `Deletes it for good. NOT_FOUND when there is no such ${one}.`,
    scope: 'edit',
    input: (t) => ({ id: t.id({ required: true }) }),
    payload: (t) => ({ deletedId: t.id({ resolve: ({ id }: any) => encodeNodeId(type, id) }) }),
    resolve: async ({ id }, { tenant }) => {
      const uuid = uuidOf(type, id)
      if (!(await tenant((tx) => writes.delete(tx, uuid)))) missing(type, id)
      return { id: uuid }
    },
  })
}

function inputFields(
  t: any,
  Record: Noun,
  names: string[],
  described: Record<string, string>,
  required: (name: string) => boolean,
): Record<string, any> {
  return Object.fromEntries(
    names.map((name) => {
      const { type } = columnOf(Record.type, Record.columns, name)
      const description = name === 'custom' ? CUSTOM : described[name] || undefined
      return [name, t.field({ type, required: required(name), description })]
    }),
  )
}

export const CUSTOM =
  'Your own fields, as an object. Those given are set, those given as null are removed, the others stay.'

export function missing(type: string, id: string): never {
  throw new KithError('NOT_FOUND', `There is no ${lowerFirst(type)} with the id ${JSON.stringify(id.slice(0, 80))}.`, {
    status: 404,
  })
}

function omit(fields: Record<string, string>, names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
}
