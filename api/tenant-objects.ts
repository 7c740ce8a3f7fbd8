/**
 * The tenant's own objects in its schema: of each a type, lists, mutations, and lists on whom its records are about, in the
 * shape that orders or tickets have in everybody's.
 *
 *   policies(filter: {fields: {premium: {gt: 100}}}) { nodes { externalId profile { id } fields { premium } } }
 *   upsertPolicies(input: {policies: [{externalId: "p-1", email: "ada@example.com", fields: {premium: 120}}]}) { created }
 */
import { complexityFromQuery } from '@pothos/plugin-complexity'
import { type SQL, sql } from 'drizzle-orm'
import {
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  Kind,
} from 'graphql'
import type { Transaction } from '../db/client.ts'
import type { CustomObject } from '../engine/model/objects.ts'
import { KithError } from '../errors.ts'
import type { Permission } from './auth/permissions.ts'
import { requireScope } from './auth/viewer.ts'
import { MAX_COMPLEXITY, MAX_PAGE, tooComplex } from './builder.ts'
import type { Context } from './context.ts'
import { profileByIdentifier, rowByExternalId } from './loaders/lookups.ts'
import { ofProfile, type Relation } from './loaders/pages.ts'
import { type ConnectionArgs, connection, LIST_COMPLEXITY, pageComplexity, pageInfo } from './noun/connection.ts'
import { decodeNodeId, encodeNodeId, uuidOf } from './noun/id.ts'
import { upperFirst } from './noun/name.ts'
import { missing } from './noun/record.ts'
import { RecordWrites } from './noun/record-writes.ts'
import type { Input, References, Row } from './noun/write.ts'
import type { Account } from './schema/account.ts'
import type { Contact } from './schema/contact.ts'
import type { CustomRecord } from './schema/object.ts'
import type { Profile } from './schema/profile.ts'
import { ROOT } from './loaders/index.ts'

/** The nouns that own objects are made of; handed in, as the base schema names us. */
export type Nouns = {
  CustomRecord: typeof CustomRecord
  Profile: typeof Profile
  Contact: typeof Contact
  Account: typeof Account
}

/** The type of a kind of record. */
export const typeOf = upperFirst
/** As the names of all values of enums are written. */
const enumName = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()

const PAGE = (T: string) =>
  `(filter: ${T}Filter, orderBy: [${T}Order!], first: Int, after: String, last: Int, before: String): ${T}Connection!`

/** What about a new object is taken in a schema: a type, or a field; null when nothing is. */
export function namesTaken(
  schema: GraphQLSchema,
  { key, plural }: Pick<CustomObject, 'key' | 'plural'>,
): string | null {
  const T = typeOf(key)
  const types = ['', 'Connection', 'Edge', 'Filter', 'Order', 'OrderField', 'Fields', 'FieldsFilter', 'FieldsInput']
  const type = types.map((end) => T + end).find((name) => schema.getType(name))
  if (type) return `the type ${type}`
  const fields: [GraphQLObjectType | null | undefined, string[]][] = [
    [schema.getQueryType(), [key, plural]],
    [schema.getMutationType(), mutationNames(key, plural)],
    [schema.getType('Profile') as GraphQLObjectType, [plural]],
    [schema.getType('Account') as GraphQLObjectType, [plural]],
  ]
  for (const [owner, names] of fields) {
    const name = names.find((one) => owner?.getFields()[one])
    if (name) return `the field ${owner!.name}.${name}`
  }
  return null
}

function mutationNames(key: string, plural: string): string[] {
  const T = typeOf(key)
  return [`create${T}`, `update${T}`, `upsert${T}`, `upsert${typeOf(plural)}`, `delete${T}`]
}

/** The types of the objects, to extend the base schema with. */
export function objectsSdl(objects: readonly CustomObject[]): string {
  if (objects.length === 0) return ''
  const keys = objects.map(({ key }) => enumName(key)).join(' ')
  return [
    `extend enum FieldObject { ${keys} }`,
    `extend enum RuleRecordKind { ${keys} }`,
    ...objects.map((object) => sdlOf(object, objects)),
  ].join('\n')
}

function sdlOf(
  { key, plural, name, description, person, account, parent }: CustomObject,
  all: readonly CustomObject[],
): string {
  const T = typeOf(key)
  const text = (value: string) => JSON.stringify(value)
  const about = text(description ?? name)
  const parentType = parent === null ? null : typeOf(parent)
  const children = all.filter((child) => child.parent === key)
  const owners = [...(person ? ['Profile'] : []), ...(account ? ['Account'] : []), ...(parentType ? [parentType] : [])]
  const given = `externalId: String occurredAt: DateTime custom: JSON
${person ? 'userId: String email: String contactId: ID' : ''} ${account ? 'accountId: ID' : ''} ${parent === null ? '' : 'parentId: ID'}`
  const sortable = ['id', 'externalId', 'occurredAt', 'createdAt', 'updatedAt', ...(person ? ['userId', 'email'] : [])]
  return `
${about} type ${T} implements Node {
  id: ID! externalId: String occurredAt: DateTime! createdAt: DateTime! updatedAt: DateTime! custom: JSON!
  ${person ? 'userId: String email: String profile: Profile contact: Contact' : ''}
  ${account ? 'account: Account' : ''}
  ${parentType ? `parent: ${parentType}` : ''}
  ${children.map((child) => `${child.plural}${PAGE(typeOf(child.key))}`).join('\n  ')}
}
type ${T}Edge { cursor: String! node: ${T}! }
type ${T}Connection { edges: [${T}Edge!]! nodes: [${T}!]! pageInfo: PageInfo! totalCount: Int! }
input ${T}Filter {
  id: IDFilter externalId: StringFilter occurredAt: DateTimeFilter createdAt: DateTimeFilter updatedAt: DateTimeFilter custom: [JSONFilter!]
  ${person ? 'userId: StringFilter email: StringFilter contactId: IDFilter' : ''} ${account ? 'accountId: IDFilter' : ''}
  ${parent === null ? '' : 'parentId: IDFilter'}
  and: [${T}Filter!] or: [${T}Filter!] not: ${T}Filter
}
enum ${T}OrderField { ${sortable.join(' ')} }
input ${T}Order { field: ${T}OrderField! direction: OrderDirection = ASC }
extend type Query {
  ${about} ${key}(id: ID, externalId: String): ${T}
  ${about} ${plural}${PAGE(T)}
}
${owners
  .slice(0, (person ? 1 : 0) + (account ? 1 : 0))
  .map((owner) => `extend type ${owner} { ${about} ${plural}${PAGE(T)} }`)
  .join('\n')}
input Create${T}Input { ${given} }
input Update${T}Input { id: ID! ${given} }
input Upsert${T}Input { ${given.replace('externalId: String', 'externalId: String!')} }
input Upsert${typeOf(plural)}Input { ${plural}: [Upsert${T}Input!]! }
input Delete${T}Input { id: ID! }
type Create${T}Payload { ${key}: ${T}! }
type Update${T}Payload { ${key}: ${T}! }
type Upsert${T}Payload { ${key}: ${T}! created: Boolean! }
type Upsert${typeOf(plural)}Payload { "In the order of the input." ${plural}: [${T}!]! "How many of them are new." created: Int! }
type Delete${T}Payload { deletedId: ID! }
extend type Mutation {
  "CONFLICT when the externalId is taken." create${T}(input: Create${T}Input!): Create${T}Payload!
  "Changes what is given, and sets to null what is given as null." update${T}(input: Update${T}Input!): Update${T}Payload!
  "Creates the one with this externalId, or changes what is given of the one that exists." upsert${T}(input: Upsert${T}Input!): Upsert${T}Payload!
  "Up to ${MAX_PAGE} in one transaction: all of them, or none." upsert${typeOf(plural)}(input: Upsert${typeOf(plural)}Input!): Upsert${typeOf(plural)}Payload!
  "Deletes it for good." delete${T}(input: Delete${T}Input!): Delete${T}Payload!
}`
}

type Resolve = (source: any, args: any, context: Context, info: GraphQLResolveInfo) => unknown

/** Gives the fields of those types their resolvers, and teaches `node` and `nodes` their ids. */
export function resolveObjects(schema: GraphQLSchema, objects: readonly CustomObject[], nouns: Nouns): void {
  if (objects.length === 0) return
  for (const name of ['FieldObject', 'RuleRecordKind']) {
    const type = schema.getType(name) as GraphQLEnumType
    for (const { key } of objects) type.getValue(enumName(key))!.value = key
  }
  for (const object of objects) resolveObject(schema, object, objects, nouns)
  resolveNodes(schema, objects, nouns)
}

function resolveObject(schema: GraphQLSchema, object: CustomObject, all: readonly CustomObject[], nouns: Nouns): void {
  const { key, plural, person, account } = object
  const T = typeOf(key)
  const fieldsOf = (type: string) => (schema.getType(type) as GraphQLObjectType).getFields()
  const set = (type: string, resolvers: Record<string, Resolve>) => {
    for (const [name, resolve] of Object.entries(resolvers)) fieldsOf(type)[name]!.resolve = resolve as never
  }
  const weigh = (field: GraphQLField<unknown, unknown> | undefined, complexity: unknown) => {
    if (field) field.extensions = { ...field.extensions, complexity }
  }
  const list = (owner: string, name: string, relation: Relation, parent: (row: any) => string, scope?: Permission) => {
    const resolve: Resolve = (row, args: ConnectionArgs, { loaders }) =>
      connection(loaders, relation, parent(row), args)
    set(owner, { [name]: scope ? root(scope, resolve) : resolve })
    weigh(fieldsOf(owner)[name], pageComplexity)
  }
  const { CustomRecord, Profile, Contact, Account } = nouns

  set(T, {
    id: ({ id }) => encodeNodeId(T, id),
    ...(person && {
      profile: (row, _args, { loaders }) => profileByIdentifier(loaders, Profile, row.identifierId),
      contact: (row, _args, { loaders }) => loaders.row(Contact, row.contactId),
    }),
    ...(account && { account: (row, _args, { loaders }) => loaders.row(Account, row.accountId) }),
    ...(object.parent !== null && { parent: (row, _args, { loaders }) => loaders.row(CustomRecord, row.parentId) }),
  })
  for (const child of all.filter(({ parent }) => parent === key)) {
    list(
      T,
      child.plural,
      relationOf(child, nouns, 'of parent', (id) => sql`t.parent_id = ${id}`),
      ({ id }) => id,
    )
  }
  set(`${T}Connection`, {
    edges: async ({ page }) => (await page()).edges,
    nodes: async ({ page }) => (await page()).edges.map(({ node }: { node: Row }) => node),
    pageInfo,
    totalCount: ({ count }) => count(),
  })
  for (const name of ['edges', 'nodes']) weigh(fieldsOf(`${T}Connection`)[name], LIST_COMPLEXITY)
  weigh(fieldsOf(`${T}Connection`).totalCount, 10)
  list('Query', plural, relationOf(object, nouns, 'all'), () => ROOT, 'read')
  if (person)
    list('Profile', plural, { ...relationOf(object, nouns, 'of profile'), ownedBy: ofProfile }, ({ id }) => id)
  if (account) {
    list(
      'Account',
      plural,
      relationOf(object, nouns, 'of account', (id) => sql`t.account_id = ${id}`),
      ({ id }) => id,
    )
  }
  set('Query', {
    [key]: root('read', async (_root, { id, externalId }, { loaders }) => {
      if ((id == null) === (externalId == null))
        throw new KithError('INPUT_INVALID', 'Expected either id or externalId.')
      return id == null
        ? rowByExternalId(loaders, CustomRecord, externalId, key)
        : recordById(loaders, object, nouns, uuidOf(T, id))
    }),
  })
  resolveMutations(set, object, nouns)
}

function relationOf({ key }: CustomObject, nouns: Nouns, name: string, link?: (key: SQL) => SQL): Relation {
  const ofObject = sql`t.object = ${key}`
  return {
    noun: nouns.CustomRecord,
    name: `${key} ${name}`,
    where: (parent) => (link ? sql`${ofObject} AND ${link(parent)}` : ofObject),
  }
}

function resolveMutations(
  set: (type: string, resolvers: Record<string, Resolve>) => void,
  object: CustomObject,
  nouns: Nouns,
): void {
  const { key, plural } = object
  const T = typeOf(key)
  const writes = recordWrites(object, nouns)
  const change =
    <Result>(work: (tx: Transaction, input: any) => Promise<Result>): Resolve =>
    async (_root, { input }, context) => {
      const result = await context.tenant((tx) => work(tx, input))
      context.loaders.clear()
      return result
    }
  const mutations: Record<string, Resolve> = {
    [`create${T}`]: change(async (tx, input) => ({ [key]: await writes.create(tx, input) })),
    [`update${T}`]: change(async (tx, { id, ...input }) => ({
      [key]: (await writes.update(tx, uuidOf(T, id), input)) ?? missing(T, id),
    })),
    [`upsert${T}`]: change(async (tx, input) => {
      const [upserted] = await writes.upsert(tx, [input])
      return { [key]: upserted!.row, created: upserted!.created }
    }),
    [`upsert${typeOf(plural)}`]: change(async (tx, input) => {
      const upserted = await writes.upsert(tx, input[plural] as Input[])
      return { [plural]: upserted.map(({ row }) => row), created: upserted.filter(({ created }) => created).length }
    }),
    [`delete${T}`]: change(async (tx, { id }) => {
      if (!(await writes.delete(tx, uuidOf(T, id)))) missing(T, id)
      return { deletedId: encodeNodeId(T, uuidOf(T, id)) }
    }),
  }
  set('Mutation', Object.fromEntries(Object.entries(mutations).map(([name, resolve]) => [name, root('edit', resolve)])))
}

export function referencesOf({ person, account, parent }: CustomObject): References {
  return {
    ...(person && { contactId: 'Contact' }),
    ...(account && { accountId: 'Account' }),
    ...(parent !== null && { parentId: typeOf(parent) }),
  }
}

/** What writes an object's records. */
export function recordWrites(object: CustomObject, { CustomRecord }: Pick<Nouns, 'CustomRecord'>): RecordWrites {
  const { key, person, account, parent } = object
  const target = {
    noun: CustomRecord,
    references: referencesOf(object),
    names: [
      'externalId',
      'occurredAt',
      ...(person ? ['contactId', 'userId', 'email'] : []),
      ...(account ? ['accountId'] : []),
      ...(parent === null ? [] : ['parentId']),
      'custom',
    ],
    fixed: { object: key },
  }
  const before = async (tx: Transaction, inputs: Input[]) => {
    const strange = inputs.flatMap((input) => Object.keys(input)).find((name) => !target.names.includes(name))
    if (strange) {
      throw new KithError('INPUT_INVALID', `Expected of a ${key} one of ${target.names.join(', ')}; got ${strange}.`)
    }
    await checkParents(tx, object, inputs)
  }
  return new RecordWrites(target, key, { before })
}

/** The foreign key sees that there is such a record; not that it is one of the parent object's. */
async function checkParents(tx: Transaction, { parent }: CustomObject, inputs: Input[]): Promise<void> {
  if (parent === null) return
  const given = inputs.flatMap(({ parentId }) => (parentId == null ? [] : [uuidOf(typeOf(parent), String(parentId))]))
  if (given.length === 0) return
  const known = await tx<{ id: string }[]>`
SELECT id FROM records WHERE object = ${parent} AND id = ANY (${given}::uuid[])`
  const ids = new Set(known.map(({ id }) => id))
  const unknown = given.find((id) => !ids.has(id.toLowerCase()))
  if (unknown === undefined) return
  throw new KithError('REFERENCE_NOT_FOUND', `There is no ${parent} with the id ${unknown}.`, { status: 409 })
}

/** A field of Query or Mutation that no plugin has wrapped: asks for the permission, and weighs the operation. */
function root(scope: Permission, resolve: Resolve): Resolve {
  return (source, args, context, info) => {
    requireScope(context.viewer, scope)
    weighOperation(context, info)
    return resolve(source, args, context, info)
  }
}

const weighed = new WeakSet<object>()

function weighOperation(context: Context, info: GraphQLResolveInfo): void {
  if (weighed.has(context)) return
  weighed.add(context)
  const definitions = [info.operation, ...Object.values(info.fragments)]
  const variables = Object.entries(info.variableValues.sources).map(([name, { value }]) => [name, value])
  const { complexity } = complexityFromQuery({ kind: Kind.DOCUMENT, definitions } as never, {
    schema: info.schema,
    ctx: context,
    variables: Object.fromEntries(variables),
  })
  if (complexity > MAX_COMPLEXITY) throw tooComplex(complexity)
}

async function recordById(
  loaders: Context['loaders'],
  { key }: CustomObject,
  { CustomRecord }: Nouns,
  id: string,
): Promise<Row | null> {
  const row = await loaders.row(CustomRecord, id)
  return row?.object === key ? row : null
}

/** `node(id: "Policy:...")`, and the like among `nodes`. */
function resolveNodes(schema: GraphQLSchema, objects: readonly CustomObject[], nouns: Nouns): void {
  const byType = new Map(objects.map((object) => [typeOf(object.key), object]))
  const load = async (id: string, { loaders }: Context): Promise<Row | null> => {
    const { typename, id: key } = decodeNodeId(id)
    const row = await recordById(loaders, byType.get(typename)!, nouns, key)
    return row && { ...row, __typename: typename }
  }
  const isOwn = (id: string) => byType.has(/^([A-Za-z0-9]+):/.exec(id)?.[1] ?? '')
  const { node, nodes } = schema.getQueryType()!.getFields()
  const one = node!.resolve!
  node!.resolve = (root, args, context, info) =>
    isOwn(args.id) ? load(args.id, context as Context) : one(root, args, context, info)
  const many = nodes!.resolve!
  nodes!.resolve = async (root, args, context, info) => {
    const ids = args.ids as string[]
    const others = ids.filter((id) => !isOwn(id))
    const found = [...((await many(root, { ...args, ids: others }, context, info)) as (Row | null)[])]
    const own = await Promise.all(ids.filter(isOwn).map((id) => load(id, context as Context)))
    return ids.map((id) => (isOwn(id) ? own : found).shift() ?? null)
  }
}
