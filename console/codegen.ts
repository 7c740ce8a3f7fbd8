/**
 * Types for the console's GraphQL documents, from schema.graphql. Each `page.graphql` gets a `page.graphql.ts` beside it,
 * with one typed constant per operation; enums and inputs go to client/schema.ts. A document that does not fit the schema
 * is an error here, before anybody opens a browser. Committed, and compared by codegen.test.ts.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import {
  buildSchema,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLCompositeType,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type GraphQLNamedType,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredInputField,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  stripIgnoredCharacters,
  typeFromAST,
  validate,
  visit,
} from 'graphql'

const HEADER = '// Written by `npm run console -- --types` from schema.graphql. Do not edit.\n'
const SCALARS: Record<string, string> = { Int: 'number', Float: 'number', Boolean: 'boolean', JSON: 'Json' }

type Generated = { path: string; text: string }

/** Everything that is generated for the console in `folder`. Throws an Error that lists what does not fit the schema. */
export function generate(folder: string, schemaText: string): Generated[] {
  const schema = buildSchema(schemaText)
  const used = new Set<string>()
  const documents = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.graphql') && !path.startsWith(`dist${sep}`))
    .sort()
    .map((path) => {
      const target = resolve(folder, `${path}.ts`)
      const client = relative(join(target, '..'), join(folder, 'client')).split(sep).join('/') || '.'
      return { path: target, text: documentTypes(schema, readFileSync(join(folder, path), 'utf8'), path, client, used) }
    })
  return [{ path: join(folder, 'client/schema.ts'), text: schemaTypes(schema, used) }, ...documents]
}

/** The enums and inputs that the documents use, and those that these use. */
function schemaTypes(schema: GraphQLSchema, used: Set<string>): string {
  const reached = new Set<string>()
  const written: string[] = []
  for (const queue = [...used]; queue.length > 0; ) {
    const type = schema.getType(queue.pop()!)
    if (!type || reached.has(type.name)) continue
    reached.add(type.name)
    if (isEnumType(type)) {
      const values = type.getValues().map(({ name }) => `'${name}'`)
      written.push(`export type ${type.name} = ${values.join(' | ')}\n`)
    } else if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).map(
        (field) =>
          `  ${field.name}${isRequiredInputField(field) ? '' : '?'}: ${inputType(field.type, (name) => queue.push(name))}\n`,
      )
      written.push(`export type ${type.name} = {\n${fields.join('')}}\n`)
    }
  }
  const json = 'export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }\n'
  return [HEADER, json, ...written.sort()].join('\n')
}

function documentTypes(
  schema: GraphQLSchema,
  text: string,
  path: string,
  client: string,
  allUsed: Set<string>,
): string {
  const document = parse(text)
  const errors = validate(schema, document)
  if (errors.length > 0) throw new Error(errors.map((error) => `console/${path}: ${error}`).join('\n'))

  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)

  const used = new Set<string>()
  const writer = new TypeWriter(schema, fragments, used)
  const parts: string[] = []
  for (const fragment of fragments.values()) {
    const on = schema.getType(fragment.typeCondition.name.value) as GraphQLCompositeType
    parts.push(`export type ${fragment.name.value} = ${writer.selection(on, fragment.selectionSet, '')}\n`)
  }
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) parts.push(operation(schema, definition, writer, fragments))

  for (const name of used) allUsed.add(name)
  const names = [...used].sort()
  const imports = [`import type { Document } from '${client}/document.ts'\n`]
  if (names.length > 0) imports.push(`import type { ${names.join(', ')} } from '${client}/schema.ts'\n`)
  return `${HEADER}${imports.join('')}\n${parts.join('\n')}`
}

function operation(
  schema: GraphQLSchema,
  node: OperationDefinitionNode,
  writer: TypeWriter,
  fragments: Map<string, FragmentDefinitionNode>,
): string {
  const name = node.name?.value
  if (!name) throw new Error('An operation of the console needs a name.')
  const root = schema.getRootType(node.operation) as GraphQLObjectType
  const variables = (node.variableDefinitions ?? []).map((variable) => {
    const type = typeFromAST(schema, variable.type) as GraphQLInputType
    const required = isNonNullType(type) && !variable.defaultValue
    return `  ${variable.variable.name.value}${required ? '' : '?'}: ${writer.input(type)}\n`
  })
  const text = stripIgnoredCharacters([node, ...needed(node, fragments)].map(print).join('\n'))
  return [
    `export type ${name}Result = ${writer.selection(root, node.selectionSet, '')}\n`,
    `export type ${name}Variables = {${variables.length > 0 ? `\n${variables.join('')}` : ''}}\n`,
    `export const ${name}: Document<${name}Result, ${name}Variables> = {\n`,
    `  name: '${name}',\n  text: ${JSON.stringify(text)},\n}\n`,
  ].join('')
}

function needed(
  node: OperationDefinitionNode | FragmentDefinitionNode,
  fragments: Map<string, FragmentDefinitionNode>,
  found = new Set<FragmentDefinitionNode>(),
): Set<FragmentDefinitionNode> {
  visit(node, {
    FragmentSpread({ name }) {
      const fragment = fragments.get(name.value)!
      if (found.has(fragment)) return
      found.add(fragment)
      needed(fragment, fragments, found)
    },
  })
  return found
}

function inputType(type: GraphQLInputType, note?: (name: string) => void): string {
  if (isNonNullType(type)) return inputValue(type.ofType, note)
  return `${inputValue(type, note)} | null`
}

function inputValue(type: GraphQLInputType, note?: (name: string) => void): string {
  if (isListType(type)) return `(${inputType(type.ofType, note)})[]`
  return named(getNamedType(type), note)
}

function named(type: GraphQLNamedType, note?: (name: string) => void): string {
  if (!isEnumType(type) && !isInputObjectType(type)) {
    const scalar = SCALARS[type.name] ?? 'string'
    if (scalar === 'Json') note?.(scalar)
    return scalar
  }
  note?.(type.name)
  return type.name
}

class TypeWriter {
  readonly #schema: GraphQLSchema
  readonly #fragments: Map<string, FragmentDefinitionNode>
  readonly #used: Set<string>

  constructor(schema: GraphQLSchema, fragments: Map<string, FragmentDefinitionNode>, used: Set<string>) {
    this.#schema = schema
    this.#fragments = fragments
    this.#used = used
  }

  input(type: GraphQLInputType): string {
    return inputType(type, (name) => this.#used.add(name))
  }

  /** The object type that a selection gives; for an interface or union, one for each type that differs. */
  selection(type: GraphQLCompositeType, set: SelectionSetNode, indent: string): string {
    const objects = isAbstractType(type) ? this.#schema.getPossibleTypes(type) : [type]
    const shapes = new Map<string, string[]>()
    for (const object of objects) {
      const shape = this.#shape(object, set, indent)
      shapes.set(shape, [...(shapes.get(shape) ?? []), object.name])
    }
    return [...shapes]
      .map(([shape, names]) => shape.replaceAll('$TYPENAME', names.map((name) => `'${name}'`).join(' | ')))
      .join(' | ')
  }

  #shape(object: GraphQLObjectType, set: SelectionSetNode, indent: string): string {
    const inner = `${indent}  `
    const fields = [...this.#fields(object, set)].map(([key, [field, ...same]]) => {
      if (field!.name.value === '__typename') return `${inner}${key}: $TYPENAME\n`
      const definition = object.getFields()[field!.name.value]!
      const selections = [field!, ...same].flatMap((node) => node.selectionSet?.selections ?? [])
      const below: SelectionSetNode = { kind: Kind.SELECTION_SET, selections }
      return `${inner}${key}: ${this.#output(definition.type, below, inner)}\n`
    })
    return `{\n${fields.join('')}${indent}}`
  }

  #fields(object: GraphQLObjectType, set: SelectionSetNode, found = new Map<string, FieldNode[]>()) {
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) {
        const key = node.alias?.value ?? node.name.value
        found.set(key, [...(found.get(key) ?? []), node])
        continue
      }
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(node.name.value)! : node
      const condition = fragment.typeCondition?.name.value
      if (this.#covers(condition, object)) this.#fields(object, fragment.selectionSet, found)
    }
    return found
  }

  #covers(condition: string | undefined, object: GraphQLObjectType): boolean {
    if (!condition || condition === object.name) return true
    const type = this.#schema.getType(condition)
    return isAbstractType(type) && this.#schema.isSubType(type as GraphQLAbstractType, object)
  }

  #output(type: GraphQLOutputType, set: SelectionSetNode, indent: string): string {
    if (isNonNullType(type)) return this.#value(type.ofType, set, indent)
    return `${this.#value(type, set, indent)} | null`
  }

  #value(type: GraphQLOutputType, set: SelectionSetNode, indent: string): string {
    if (isListType(type)) return `(${this.#output(type.ofType, set, indent)})[]`
    if (isObjectType(type) || (isCompositeType(type) && isAbstractType(type))) return this.selection(type, set, indent)
    return named(getNamedType(type), (name) => this.#used.add(name))
  }
}

type FieldNode = Extract<SelectionSetNode['selections'][number], { kind: typeof Kind.FIELD }>
