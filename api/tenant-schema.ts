/**
 * A tenant's own schema: the base schema, and its fields as real types, inputs, filters and orders:
 *
 *   order { fields { warehouse giftWrap } }   createOrder(input: {fields: {warehouse: "B"}})
 *   orders(filter: {fields: {warehouse: {eq: "B"}}}, orderBy: [{field: fields_giftWrap}])
 *
 * Made once per version of the fields, and kept for the tenants that asked last. A tenant without fields has the base schema.
 */
import { extendSchema, type GraphQLObjectType, type GraphQLSchema, isEnumType, parse } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { SECOND } from '../config.ts'
import { type Client, inTenant, perClient, type Transaction } from '../db/client.ts'
import { readBehaviors } from '../engine/model/behaviors.ts'
import { type Field, fits, hasIndex, OBJECTS, readFields, storedAs } from '../engine/model/fields.ts'
import { type CustomObject, readObjects } from '../engine/model/objects.ts'
import { viewerOf } from './auth/session.ts'
import { upperFirst } from './noun/name.ts'
import type { OwnCondition, OwnField } from './noun/own-field.ts'
import { Account } from './schema/account.ts'
import { Contact } from './schema/contact.ts'
import { planBy } from './plan/run.ts'
import { schema as base } from './schema/index.ts'
import { CustomRecord } from './schema/object.ts'
import { Profile } from './schema/profile.ts'
import { changesOf } from './schema-changes.ts'
import { type BehaviorModel, behaviorsSdl, resolveBehaviors, typedBehaviors } from './tenant-behaviors.ts'
import { namesTaken, objectsSdl, resolveObjects, typeOf } from './tenant-objects.ts'
import { changeFilters, choiceSdl, FILTER, isEnum, OUTPUT } from './tenant-types.ts'

/** So long another process's change of the fields may go unnoticed. */
const FRESH_MS = 2 * SECOND
/** Each takes some megabytes. */
const MOST_SCHEMAS = 50
const MOST_PLAIN = 10_000

/** What a tenant's schema is made of. */
export type Model = { fields: Field[]; objects: CustomObject[]; behaviors?: BehaviorModel[] }

type Entry = { changes: number; until: number; version: string; schema: GraphQLSchema }

export class TenantSchemas {
  readonly #sql: Client
  /** Of tenants with a schema of their own, in the order of their last use. */
  readonly #entries = new Map<string, Entry>()
  /** Of those who have everybody's: small, and pushing nobody out. */
  readonly #plain = new Map<string, Entry>()
  /** Under way, for all who ask meanwhile: a page asks for much at once, and a schema takes 6 ms and more to make. */
  readonly #making = new Map<string, { changes: number; schema: Promise<GraphQLSchema> }>()
  readonly #most: number

  constructor(sql: Client, most = MOST_SCHEMAS) {
    this.#sql = sql
    this.#most = most
  }

  /** How many schemas are kept beside everybody's. */
  get size(): number {
    return this.#entries.size
  }

  async of(tenantId: string): Promise<GraphQLSchema> {
    const known = this.#entries.get(tenantId) ?? this.#plain.get(tenantId)
    const changes = changesOf(tenantId)
    if (known && known.until > performance.now() && known.changes === changes) return known.schema
    const making = this.#making.get(tenantId)
    if (making?.changes === changes) return making.schema
    const one = { changes, schema: this.#make(tenantId, changes, known) }
    this.#making.set(tenantId, one)
    try {
      return await one.schema
    } finally {
      if (this.#making.get(tenantId) === one) this.#making.delete(tenantId)
    }
  }

  async #make(tenantId: string, changes: number, known: Entry | undefined): Promise<GraphQLSchema> {
    const model = await inTenant(this.#sql, tenantId, readModel)
    const version = JSON.stringify(model)
    const schema = known?.version === version ? known.schema : tenantSchema(model, tenantId)
    this.#entries.delete(tenantId)
    this.#plain.delete(tenantId)
    const entry = { changes, until: performance.now() + FRESH_MS, version, schema }
    if (schema === base) keep(this.#plain, tenantId, entry, MOST_PLAIN)
    else keep(this.#entries, tenantId, entry, this.#most)
    return schema
  }
}

function keep(entries: Map<string, Entry>, tenantId: string, entry: Entry, most: number): void {
  entries.set(tenantId, entry)
  for (const oldest of entries.keys()) {
    if (entries.size <= most) return
    entries.delete(oldest)
  }
}

async function readModel(tx: Transaction): Promise<Model> {
  const [fields, objects, all] = await Promise.all([readFields(tx), readObjects(tx), readBehaviors(tx)])
  const behaviors = all.map(({ name, description, mode, properties }) => ({ name, description, mode, properties }))
  return { fields, objects: objects.filter((object) => !namesTaken(base, object)), behaviors }
}

planBy(async (tx) => tenantSchema(await readModel(tx)))

const schemasOf = perClient((sql) => new TenantSchemas(sql))
const chosen = new WeakMap<object, GraphQLSchema>()

export function schemaOf(sql: Client, tenantId: string): Promise<GraphQLSchema> {
  return schemasOf(sql).of(tenantId)
}

/** Finds the schema of the tenant whose key or session the request carries, for when yoga asks; the base schema without one. */
export async function chooseSchema(sql: Client, request: Request): Promise<void> {
  try {
    const viewer = await viewerOf(sql, request.headers)
    if (viewer) chosen.set(request, await schemaOf(sql, viewer.tenantId))
  } catch {
    // Without a database the operation itself says so.
  }
}

export function useTenantSchema(sql: Client): Plugin {
  return {
    onRequestParse: ({ request }) => chooseSchema(sql, request),
    onEnveloped({ setSchema, context }) {
      const schema = context?.request && chosen.get(context.request as Request)
      if (schema) setSchema(schema)
    },
  }
}

const nouns = { CustomRecord, Profile, Contact, Account }

/** `tenantId` lets lists use the indexes of fields. */
export function tenantSchema({ fields, objects: own, behaviors = [] }: Model, tenantId?: string): GraphQLSchema {
  if (fields.length === 0 && own.length === 0 && behaviors.length === 0) return base
  const objects = Map.groupBy(fields, ({ object }) => object)
  const known = new Set([...Object.keys(OBJECTS), ...own.map(({ key }) => key)])
  for (const object of objects.keys()) if (!known.has(object)) objects.delete(object)
  const records = [objectsSdl(own), ...[...objects].map(([object, fields]) => sdlOf(typeOf(object), fields))].join('\n')
  const taken = new Set([...records.matchAll(/(?:type|input|enum) (\w+)/g)].map(([, name]) => name!))
  const typed = typedBehaviors(behaviors, (type) => taken.has(type) || base.getType(type) !== undefined)
  const sdl = `${records}\n${behaviorsSdl(typed)}`
  const schema = extendSchema(base, parse(sdl), { assumeValidSDL: true })
  resolveObjects(schema, own, nouns)
  resolveBehaviors(schema, typed)
  for (const [object, own] of objects) {
    addResolvers(schema, object, own)
    nameOrders(schema, object, own, tenantId)
  }
  readFilters(schema, objects, tenantId)
  return schema
}

function sdlOf(type: string, fields: Field[]): string {
  const choices = fields.filter(isEnum)
  const plain = ({ type }: Field) => (type === 'choice' ? 'text' : type)
  const scalar = (field: Field) => (isEnum(field) ? choiceType(type, field) : OUTPUT[plain(field)])
  const filter = (field: Field) => (isEnum(field) ? `${choiceType(type, field)}Filter` : FILTER[plain(field)])
  const list = (of: (field: Field) => string) =>
    fields
      .map((field) => `${field.description ? `${JSON.stringify(field.description)} ` : ''}${field.key}: ${of(field)}`)
      .join('\n')
  const writable = type === 'Profile' ? [] : ['Create', 'Update', 'Upsert']
  return [
    `"Fields of your own." type ${type}Fields { ${list(scalar)} }`,
    `extend type ${type} { "Fields of your own; null where the stored value does not fit." fields: ${type}Fields! }`,
    `input ${type}FieldsFilter { ${list(filter)} }`,
    `extend input ${type}Filter { fields: ${type}FieldsFilter }`,
    `extend enum ${type}OrderField { ${fields.map(({ key }) => `fields_${key}`).join(' ')} }`,
    ...(writable.length > 0 ? [`input ${type}FieldsInput { ${list(scalar)} }`] : []),
    ...writable.map((verb) => `extend input ${verb}${type}Input { fields: ${type}FieldsInput }`),
    ...choices.map((field) => choiceSdl(choiceType(type, field), field.choices ?? [])),
  ].join('\n')
}

function addResolvers(schema: GraphQLSchema, object: string, fields: Field[]): void {
  const type = typeOf(object)
  const { column } = storedAs(object)
  const resolvers = (schema.getType(`${type}Fields`) as GraphQLObjectType).getFields()
  const all = (schema.getType(type) as GraphQLObjectType).getFields().fields
  all!.resolve = (row) => row
  for (const field of fields) {
    resolvers[field.key]!.resolve = (row) => {
      const value = row[column]?.[field.key]
      return fits(field, value) ? value : null
    }
  }
}

/** An order by an own field carries which field that is. */
function nameOrders(schema: GraphQLSchema, object: string, fields: Field[], tenantId?: string): void {
  const type = schema.getType(`${typeOf(object)}OrderField`)
  if (!isEnumType(type)) return
  for (const field of fields) type.getValue(`fields_${field.key}`)!.value = ownField(field, tenantId)
}

function readFilters(schema: GraphQLSchema, objects: Map<string, Field[]>, tenantId?: string): void {
  const changes = [...objects].map(([object, fields]) => {
    const own = new Map(fields.map((field) => [field.key, ownField(field, tenantId)]))
    return [`${typeOf(object)}Filter`, (filter: Filter) => typed(filter, own)] as const
  })
  changeFilters(schema, new Map(changes))
}

type Filter = Record<string, unknown> | null | undefined

/** `{fields: {weight: {gt: 3}}}` with what SQL must know of the field, in every branch. */
function typed(filter: Filter, own: Map<string, OwnField>): Filter {
  if (!filter) return filter
  const entries = Object.entries(filter).map(([name, value]) => {
    if (value == null) return [name, value]
    if (name === 'and' || name === 'or') return [name, (value as Filter[]).map((inner) => typed(inner, own))]
    if (name === 'not') return [name, typed(value as Filter, own)]
    if (name !== 'fields') return [name, value]
    const conditions = Object.entries(value as Record<string, Record<string, unknown>>)
    return [
      name,
      conditions.map(
        ([key, conditions]): OwnCondition => ({ ...own.get(key)!, conditions: conditions ?? { eq: null } }),
      ),
    ]
  })
  return Object.fromEntries(entries)
}

function ownField(field: Field, tenantId?: string): OwnField {
  const { column, object } = storedAs(field.object)
  const { key, type } = field
  return { column, key, type, ...(tenantId && hasIndex(field) && { index: { tenantId, object } }) }
}

const choiceType = (type: string, { key }: Field) => `${type}Field${upperFirst(key)}`
