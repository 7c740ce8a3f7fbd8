/** The members of a section's items, read from the schema: what the create mutation takes and the type tells. */
import {
  getNamedType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import type { Item, Section } from './sections.ts'

export type Shape = {
  /** As GraphQL selects them. */
  selection: string
  members: Map<string, GraphQLInputType>
  /** Members that the create mutation takes, and that an update does. */
  creatable: ReadonlySet<string>
  changeable: ReadonlySet<string>
}

export const STATUS = 'status'

export function shapeOf(schema: GraphQLSchema, section: Section): Shape {
  const type = schema.getType(section.type) as GraphQLObjectType
  const given = inputOf(schema, section.create).getFields()
  const taken = section.update ? inputOf(schema, section.update).getFields() : {}
  const ids = Object.keys(section.idInput({}))
  const keys = new Set([...Object.keys(section.keyInput('x.y')), ...ids, ...(section.leaveOut ?? [])])
  const members = new Map<string, GraphQLInputType>()
  const selections: string[] = []
  for (const [name, { type: input }] of Object.entries({ ...taken, ...given })) {
    const output = type.getFields()[name]
    if (keys.has(name) || !output || output.args.some((arg) => isNonNullType(arg.type))) continue
    members.set(name, input)
    selections.push(select(name, input, output.type))
  }
  return {
    selection: [section.select, ...selections].join(' '),
    members,
    creatable: new Set(Object.keys(given)),
    changeable: new Set([...Object.keys(taken), ...(section.verbs ? [STATUS] : [])]),
  }
}

export function inputOf(schema: GraphQLSchema, mutation: string): GraphQLInputObjectType {
  const field = schema.getMutationType()!.getFields()[mutation]
  if (!field) throw new Error(`There is no mutation ${mutation}.`)
  return getNamedType(field.args[0]!.type) as GraphQLInputObjectType
}

/** Properties of properties of properties. */
const DEEPEST = 6

function select(name: string, input: GraphQLInputType, output: GraphQLOutputType, depth = 1): string {
  const [from, to] = [getNamedType(input), getNamedType(output)]
  if (!isInputObjectType(from) || !isObjectType(to)) return name
  const members = Object.entries(from.getFields()).flatMap(([member, { type }]) => {
    const field = to.getFields()[member]
    if (!field || (depth === DEEPEST && isObjectType(getNamedType(field.type)))) return []
    return [select(member, type, field.type, depth + 1)]
  })
  return `${name} { ${members.join(' ')} }`
}

/** A value as the API gave it -> as the file says it: enums by what they stand for, and nothing that
 * is null, an empty list, or false within something. */
export function toFile(value: unknown, type: GraphQLInputType): unknown {
  const inner = isNonNullType(type) ? type.ofType : type
  if (value == null) return undefined
  if (isListType(inner)) {
    const list = (value as unknown[]).map((one) => toFile(one, inner.ofType))
    return list.length > 0 ? list : undefined
  }
  if (isEnumType(inner)) return inner.getValue(String(value))?.value ?? value
  if (!isInputObjectType(inner)) return value
  const members = Object.entries(membersOf(value as Item, inner, toFile))
  return Object.fromEntries(members.filter(([, member]) => member !== false))
}

/** The way back. What does not fit is left as it is, for GraphQL to say so. */
export function toInput(value: unknown, type: GraphQLInputType): unknown {
  const inner = isNonNullType(type) ? type.ofType : type
  if (value == null) return value
  if (isListType(inner)) return Array.isArray(value) ? value.map((one) => toInput(one, inner.ofType)) : value
  if (isEnumType(inner)) return inner.getValues().find((one) => one.value === value)?.name ?? value
  if (!isInputObjectType(inner) || typeof value !== 'object' || Array.isArray(value)) return value
  const known = membersOf(value as Item, inner, toInput)
  return { ...(value as Item), ...known }
}

function membersOf(value: Item, type: GraphQLInputObjectType, convert: typeof toFile): Item {
  const entries = Object.entries(type.getFields())
    .filter(([name]) => name in value)
    .map(([name, field]) => [name, convert(value[name], field.type)] as const)
  return Object.fromEntries(entries.filter(([, member]) => member !== undefined))
}
