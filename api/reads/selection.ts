/** The fields that a selection asks of one type, as graphql-js collects them: by response key, in the order of first mention. */
import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getArgumentValues,
  getDirectiveValues,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  isAbstractType,
  Kind,
  type SelectionSetNode,
} from 'graphql'

/** Thrown while reading a selection: it has to be answered field by field. */
export class NotCompiled extends Error {}

export type Variables = NonNullable<Parameters<typeof getArgumentValues>[2]>

export type Operation = {
  schema: GraphQLSchema
  fragments: ReadonlyMap<string, FragmentDefinitionNode>
  variables: Variables
}

/** One response key of a type: `field` is missing of __typename. */
export type Selected = { key: string; field?: GraphQLField<unknown, unknown>; nodes: FieldNode[] }

export function selectedOf(operation: Operation, type: GraphQLObjectType, from: readonly FieldNode[]): Selected[] {
  const found = new Map<string, Selected>()
  for (const { selectionSet } of from) if (selectionSet) collect(operation, type, selectionSet, found)
  return [...found.values()]
}

export function collect(
  operation: Operation,
  type: GraphQLObjectType,
  { selections }: SelectionSetNode,
  found: Map<string, Selected>,
): Map<string, Selected> {
  for (const selection of selections) {
    if (!isIncluded(operation, selection.directives ?? [], selection)) continue
    if (selection.kind === Kind.FIELD) {
      add(type, selection, found)
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      if (concerns(operation, type, selection.typeCondition?.name.value))
        collect(operation, type, selection.selectionSet, found)
    } else {
      const fragment = operation.fragments.get(selection.name.value)!
      if (concerns(operation, type, fragment.typeCondition.name.value))
        collect(operation, type, fragment.selectionSet, found)
    }
  }
  return found
}

function add(type: GraphQLObjectType, node: FieldNode, found: Map<string, Selected>): void {
  const key = node.alias?.value ?? node.name.value
  const selected = found.get(key)
  if (selected) return void selected.nodes.push(node)
  const name = node.name.value
  const field = type.getFields()[name]
  if (!field && name !== '__typename') throw new NotCompiled()
  found.set(key, { key, field, nodes: [node] })
}

function isIncluded(
  { variables }: Operation,
  directives: readonly DirectiveNode[],
  node: Parameters<typeof getDirectiveValues>[1],
): boolean {
  if (directives.some(({ name }) => name.value !== 'skip' && name.value !== 'include')) throw new NotCompiled()
  if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true) return false
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false
}

function concerns({ schema }: Operation, type: GraphQLObjectType, condition: string | undefined): boolean {
  if (condition === undefined || condition === type.name) return true
  const named = schema.getType(condition)
  return isAbstractType(named) && schema.isSubType(named, type)
}
