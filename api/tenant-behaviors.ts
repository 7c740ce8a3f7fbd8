/**
 * A tenant's behaviors in its own schema (api/tenant-schema.ts), as real types, filters and inputs:
 *
 *   events { nodes { behavior { ... on OrderCompletedEvent { total products { sku } } } } }
 *   events(filter: {behavior: {orderCompleted: {total: {gt: 100}}}}, orderBy: [{field: orderCompleted_total}])
 *   sendEvents(input: {events: [{userId: "ada", behavior: {orderCompleted: {total: 12.5}}}]})
 */
import { createHash } from 'node:crypto'
import type { GraphQLEnumType, GraphQLObjectType, GraphQLSchema, GraphQLUnionType } from 'graphql'
import type { Json, JsonObject } from '../db/schema/columns.ts'
import { type Behavior, tellsTraits } from '../engine/model/behaviors.ts'
import { fits } from '../engine/model/fields.ts'
import type { Property, Shape } from '../engine/model/property.ts'
import { KithError } from '../errors.ts'
import { TYPES } from './ingest/normalise.ts'
import { lowerFirst, upperFirst } from './noun/name.ts'
import type { OwnCondition, OwnField } from './noun/own-field.ts'
import { changeArgs, changeFilters, choiceSdl, FILTER, isEnum, NAME, OUTPUT } from './tenant-types.ts'

export type BehaviorModel = Pick<Behavior, 'name' | 'description' | 'mode' | 'properties'>

/** In all of one tenant's schema; behaviors beyond that have no types, and work none the less. */
const MOST_PROPERTIES = 5000

/** A behavior, or an object within: its type, and its members under the names that they have in the schema. */
type Typed = { type: string; description?: string | null; members: Member[] }
type Member = {
  name: string
  property: Property
  output: string
  input: string
  filter: string | null
  inner: Typed | null
}
export type TypedBehavior = Typed & { behavior: BehaviorModel; field: string }

/** `taken`: whether the schema has a type of this name already. */
export function typedBehaviors(behaviors: readonly BehaviorModel[], taken: (type: string) => boolean): TypedBehavior[] {
  const types = new Set<string>(['BehaviorEvent', 'BehaviorInput', 'BehaviorFilter'])
  let left = MOST_PROPERTIES
  const result: TypedBehavior[] = []
  for (const behavior of behaviors.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    left -= 1 + count(behavior.properties)
    if (left < 0) break
    const pascal = pascalOf(behavior.name)
    const isFree = (type: string) =>
      !taken(type) && !taken(`${type}Input`) && !taken(`${type}Filter`) && !types.has(type)
    const type = isFree(`${pascal}Event`) ? `${pascal}Event` : `${pascal}${hashOf(behavior.name)}Event`
    types.add(type)
    const isStrict = behavior.mode === 'strict'
    const members = membersOf(type, behavior.properties, isStrict, ['behaviorName'])
    const field = lowerFirst(type.slice(0, -'Event'.length))
    result.push({ type, behavior, field, description: behavior.description, members })
  }
  return result
}

export function behaviorsSdl(behaviors: readonly TypedBehavior[]): string {
  if (behaviors.length === 0) return ''
  const each = (of: (behavior: TypedBehavior) => string) => behaviors.map(of).join('\n')
  return [
    `"What happened, as one of your behaviors." union BehaviorEvent = ${behaviors.map(({ type }) => type).join(' | ')}`,
    `extend type Event { "As your behavior of its name has it; null without one." behavior: BehaviorEvent }`,
    `"Events of one behavior, and conditions on its properties." input BehaviorFilter @oneOf { ${each(({ field, type }) => `${field}: ${type}Filter`)} }`,
    `extend input EventFilter { behavior: BehaviorFilter }`,
    `"What happened, as one of your behaviors." input BehaviorInput @oneOf { ${each(({ field, type }) => `${field}: ${type}Input`)} }`,
    ...orders(behaviors),
    `extend input EventInput { "In the place of event and properties (or traits)." behavior: BehaviorInput }`,
    ...behaviors.map((behavior) => typeSdl(behavior, `"The event's name." behaviorName: String!`)),
  ].join('\n')
}

function orders(behaviors: readonly TypedBehavior[]): string[] {
  const names = [...orderingsOf(behaviors).keys()]
  return names.length > 0 ? [`extend enum EventOrderField { ${names.join(' ')} }`] : []
}

/** What lists may be ordered by, as `orderCompleted_address_city`: whatever is neither a list nor an object. */
function orderingsOf(behaviors: readonly TypedBehavior[]): Map<string, OwnField> {
  const result = new Map<string, OwnField>()
  for (const { field, members, behavior } of behaviors) addOrderings(result, field, members, behavior.name, [])
  return result
}

function addOrderings(to: Map<string, OwnField>, prefix: string, members: Member[], event: string, above: string[]) {
  for (const { name, property, inner } of members) {
    const { key, type } = property
    const path = [...above, key]
    if (type === 'object' && inner) addOrderings(to, `${prefix}_${name}`, inner.members, event, path)
    if (type === 'object' || type === 'list') continue
    const plain = `${prefix}_${name}`
    const order = to.has(plain) ? `${plain}_${hashOf(JSON.stringify(path))}` : plain
    to.set(order, { column: columnOf(event), key, path, type, event })
  }
}

const columnOf = (event: string) => (tellsTraits(event) ? 'traits' : 'properties')

/** `asked`: whether filters reach it; they do not look into lists. */
function typeSdl(typed: Typed, first: string, asked = true): string {
  const { type, description, members } = typed
  const list = (of: (member: Member) => string | null, empty: string) =>
    members
      .map((member) => [member, of(member)] as const)
      .filter(([, text]) => text !== null)
      .map(([{ name, property }, text]) => `${quoted(property.description)}${name}: ${text}`)
      .join('\n') || empty
  const nothing = '"Of no meaning: there is nothing to ask of it." any: Boolean'
  return [
    `${quoted(description)}type ${type} { ${first}\n${list(({ output }) => output, '')} }`,
    `input ${type}Input { ${list(({ input }) => input, nothing)} }`,
    ...(asked ? [`input ${type}Filter { ${list(({ filter }) => filter, nothing)} }`] : []),
    ...members.flatMap((member) => choicesOf(member.property, `${type}${pascalOf(member.name)}`)),
    ...members.flatMap(({ inner, filter }) => (inner ? [typeSdl(inner, '', asked && filter !== null)] : [])),
  ].join('\n')
}

function choicesOf(shape: Shape, type: string): string[] {
  if (shape.type === 'list' && shape.items) return choicesOf(shape.items, type)
  if (!isEnum(shape)) return []
  return [choiceSdl(type, shape.choices!)]
}

function membersOf(
  type: string,
  properties: readonly Property[],
  isStrict: boolean,
  reserved: string[] = [],
): Member[] {
  const names = new Set(reserved)
  return properties.map((property) => {
    const plain = NAME.test(property.key) ? property.key : lowerFirst(pascalOf(property.key))
    // Types within are named after their members, whose names must differ by more than the case of a letter.
    const isTaken = [...names].some((name) => pascalOf(name) === pascalOf(plain))
    const name = isTaken ? `${plain}${hashOf(property.key)}` : plain
    names.add(name)
    const own = `${type}${pascalOf(name)}`
    const inner = innerOf(property, own, isStrict)
    const required = isStrict && property.required ? '!' : ''
    const filter = property.type === 'list' ? null : filterOf(property, own, inner)
    return {
      name,
      property,
      output: typeOf(property, own, inner, ''),
      input: `${typeOf(property, own, inner, 'Input')}${required}`,
      filter,
      inner,
    }
  })
}

function innerOf(shape: Shape, type: string, isStrict: boolean): Typed | null {
  if (shape.type === 'list') return shape.items ? innerOf(shape.items, type, isStrict) : null
  if (shape.type !== 'object' || !shape.properties) return null
  return { type, members: membersOf(type, shape.properties, isStrict) }
}

function typeOf(shape: Shape, own: string, inner: Typed | null, suffix: '' | 'Input'): string {
  if (shape.type === 'list') return `[${shape.items ? typeOf(shape.items, own, inner, suffix) : 'JSON'}]`
  if (shape.type === 'object') return inner ? `${own}${suffix}` : 'JSON'
  if (shape.type === 'choice') return isEnum(shape) ? own : 'String'
  return OUTPUT[shape.type]
}

function filterOf(shape: Shape, own: string, inner: Typed | null): string | null {
  if (shape.type === 'object') return inner ? `${own}Filter` : null
  if (shape.type === 'choice') return isEnum(shape) ? `${own}Filter` : 'StringFilter'
  return shape.type === 'list' ? null : FILTER[shape.type]
}

/** Gives the types of behaviorsSdl their resolvers. */
export function resolveBehaviors(schema: GraphQLSchema, behaviors: readonly TypedBehavior[]): void {
  if (behaviors.length === 0) return
  const byName = new Map(behaviors.map((behavior) => [behavior.behavior.name, behavior]))
  const union = schema.getType('BehaviorEvent') as GraphQLUnionType
  union.resolveType = ({ typed }: { typed: Typed }) => typed.type
  fieldsOf(schema, 'Event').behavior!.resolve = (row) => {
    const typed = byName.get(row.name)
    return typed && { typed, name: row.name, value: (tellsTraits(row.type) ? row.traits : row.properties) ?? {} }
  }
  for (const behavior of behaviors) {
    fieldsOf(schema, behavior.type).behaviorName!.resolve = ({ name }) => name
    resolveMembers(schema, behavior)
  }
  const order = schema.getType('EventOrderField') as GraphQLEnumType
  for (const [name, field] of orderingsOf(behaviors)) order.getValue(name)!.value = field
  const byField = new Map(behaviors.map((behavior) => [behavior.field, behavior]))
  changeFilters(schema, new Map([['EventFilter', (filter: Filter) => plainFilter(filter, byField)]]))
  changeArgs(schema.getMutationType()!.getFields().sendEvents!, ({ input, ...rest }) => ({
    ...rest,
    input: { ...input, events: input.events.map((event: Input) => plainEvent(event, byField)) },
  }))
}

const fieldsOf = (schema: GraphQLSchema, type: string) => (schema.getType(type) as GraphQLObjectType).getFields()

function resolveMembers(schema: GraphQLSchema, { type, members }: Typed): void {
  const fields = fieldsOf(schema, type)
  for (const { name, property, inner } of members) {
    fields[name]!.resolve = ({ value }: { value: JsonObject }) =>
      Object.hasOwn(value, property.key) ? read(property, value[property.key] as Json) : null
    if (inner) resolveMembers(schema, inner)
  }
}

/** What is not as the behavior says is null; it is in `properties` as it came. */
function read(shape: Shape, value: Json): unknown {
  if (shape.type === 'list') {
    if (!Array.isArray(value)) return null
    return shape.items ? value.map((item) => read(shape.items!, item)) : value
  }
  if (shape.type === 'object') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    return shape.properties ? { value } : value
  }
  return fits({ type: shape.type, choices: shape.choices ?? null }, value) ? value : null
}

type Input = Record<string, any>
type Filter = Input | null | undefined

/** `{behavior: {orderCompleted: {total: {gt: 5}}}}` as the name and the properties that it stands for, in every branch. */
function plainFilter(filter: Filter, behaviors: Map<string, TypedBehavior>): Filter {
  if (!filter) return filter
  const { behavior, ...rest } = filter
  const result: Input = {}
  for (const [name, value] of Object.entries(rest)) {
    if ((name === 'and' || name === 'or') && value)
      result[name] = value.map((inner: Input) => plainFilter(inner, behaviors))
    else result[name] = name === 'not' ? plainFilter(value, behaviors) : value
  }
  if (!behavior) return behavior === null ? { ...result, behavior } : result
  const [[field, conditions]] = Object.entries(behavior) as [[string, Input]]
  const typed = behaviors.get(field)!
  const column = columnOf(typed.behavior.name)
  const own = { name: { eq: typed.behavior.name }, fields: conditionsOf(typed, column, conditions, []) }
  return { ...result, and: [...(result.and ?? []), own] }
}

function conditionsOf(
  { members }: Typed,
  column: 'traits' | 'properties',
  conditions: Input,
  above: string[],
): OwnCondition[] {
  return Object.entries(conditions).flatMap(([name, value]): OwnCondition[] => {
    const member = members.find((member) => member.name === name)
    if (!member || value === undefined) return []
    const { property, inner } = member
    const path = [...above, property.key]
    if (inner) return conditionsOf(inner, column, value ?? {}, path)
    return [
      {
        column,
        key: property.key,
        path,
        type: property.type as OwnCondition['type'],
        conditions: value ?? { eq: null },
      },
    ]
  })
}

function plainEvent({ behavior, ...event }: Input, behaviors: Map<string, TypedBehavior>): Input {
  if (behavior == null) return event
  const [[field, given]] = Object.entries(behavior) as [[string, Input]]
  const typed = behaviors.get(field)!
  const { name } = typed.behavior
  const isType = (TYPES as readonly string[]).includes(name)
  const target = columnOf(name)
  if (event.event != null || event[target] != null)
    throw new KithError('INPUT_INVALID', `Expected behavior, or event and ${target}; got both.`)
  return { ...event, ...(isType ? { type: name } : { type: 'track', event: name }), [target]: storedOf(typed, given) }
}

function storedOf({ members }: Typed, given: Input): JsonObject {
  const entries = Object.entries(given).flatMap(([name, value]) => {
    const member = members.find((member) => member.name === name)
    return member ? [[member.property.key, storedValue(member.property, member.inner, value)]] : []
  })
  return Object.fromEntries(entries)
}

function storedValue(shape: Shape, inner: Typed | null, value: any): Json {
  if (value == null || !inner) return value
  if (shape.type === 'list') return value.map((item: unknown) => storedValue(shape.items!, inner, item))
  return storedOf(inner, value)
}

function count(properties: readonly Property[]): number {
  return properties.reduce((sum, { items, properties }) => sum + 1 + count(properties ?? items?.properties ?? []), 0)
}

/** "order completed" -> "OrderCompleted"; of what has no letter that GraphQL knows, a hash. */
function pascalOf(text: string): string {
  const words = text.normalize('NFKD').match(/[A-Za-z0-9]+/g) ?? []
  const pascal = words.map(upperFirst).join('')
  if (pascal === '') return `X${hashOf(text)}`
  return /^\d/.test(pascal) ? `X${pascal}` : pascal
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 6)
const quoted = (description: string | null | undefined) => (description ? `${JSON.stringify(description)} ` : '')
