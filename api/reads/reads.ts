/**
 * Queries that ask for nothing but columns, references and lists are answered by one statement, in which Postgres writes the JSON
 * (compile.ts). Everything else is answered field by field, by the resolvers; so is whatever the statement cannot give: an error,
 * a permission that is missing, a page that is too large. Both ways give the same bytes (reads.test.ts), and so this one may
 * always leave a query to the other.
 *
 * A query is compiled when it comes for the second time: what is known of it then has been parsed, validated and held to the limits
 * by the ordinary way, for the same schema. Where a variable is no id (the size of a page, a condition, @skip), there is a
 * statement for each of its values, for that is what a plan is made for.
 */
import {
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  getNamedType,
  getOperationAST,
  getVariableValues,
  type GraphQLSchema,
  type GraphQLType,
  isEnumType,
  isInputObjectType,
  Kind,
  type NamedTypeNode,
  type OperationDefinitionNode,
  typeFromAST,
  visit,
} from 'graphql'
import { SECOND } from '../../config.ts'
import { type Client, perClient, readInTenant } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { log } from '../../log.ts'
import type { Viewer } from '../auth/viewer.ts'
import { actorOf } from '../context.ts'
import { shapeOf } from '../noun/order.ts'
import { type Compiled, compile, Later } from './compile.ts'
import { REFUSED } from './json.ts'
import { Places } from './places.ts'
import type { Variables } from './selection.ts'

/** What a request says. */
export type Asked = { query: string; operationName?: string | null; variables?: Record<string, unknown> | null }

/** Of each schema, those that were asked for last. */
const MOST_KNOWN = 300
const MOST_OF_QUERY = 20
/** So long one that failed is left to the ordinary way. */
const RETRY_MS = 10 * SECOND

type Known = {
  definition: OperationDefinitionNode
  fragments: Map<string, FragmentDefinitionNode>
  /** The variables that the statement depends on: those of few values, cursors, and those of many values. */
  few: string[]
  cursors: string[]
  many: string[]
  /** By the values of `few`, and what is missing in the cursors. Null of what cannot be compiled. */
  statements: Map<string, Statement | null>
}

type Statement = { compiled: Compiled; failedAt: number }

export class Reads {
  readonly #sql: Client
  readonly #known = new WeakMap<GraphQLSchema, Map<string, Known>>()
  readonly #places = new Places()

  constructor(sql: Client) {
    this.#sql = sql
  }

  /** Of a query that the ordinary way is about to answer. */
  remember(schema: GraphQLSchema, document: DocumentNode, asked: Asked): void {
    const definition = getOperationAST(document, asked.operationName)
    if (definition?.operation !== 'query') return
    let known = this.#known.get(schema)
    if (!known) this.#known.set(schema, (known = new Map()))
    const name = nameOf(asked)
    if (known.has(name)) return
    if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value!)
    known.set(name, knownOf(schema, document, definition))
  }

  /** The text of the answer, in UTF-8; null when the query is to be answered in the ordinary way. */
  async answer(schema: GraphQLSchema, viewer: Viewer, asked: Asked): Promise<Buffer | string | null> {
    const known = this.#find(schema, nameOf(asked))
    if (!known || !viewer.permissions.has('read')) return null
    const inputs = asked.variables ?? {}
    const { variableValues } = getVariableValues(schema, known.definition.variableDefinitions ?? [], inputs)
    if (!variableValues || known.many.some((name) => variableValues.coerced[name] != null)) return null
    const statement = statementOf(known, variableValues, () =>
      compile({ schema, fragments: known.fragments, variables: variableValues }, known.definition, inputs),
    )
    const values = statement && valuesOf(statement.compiled, variableValues.coerced)
    return values ? this.#run(statement, values, viewer) : null
  }

  #find(schema: GraphQLSchema, name: string): Known | undefined {
    const known = this.#known.get(schema)
    const found = known?.get(name)
    if (!found) return undefined
    known!.delete(name)
    known!.set(name, found)
    return found
  }

  async #run(statement: Statement, values: unknown[], viewer: Viewer): Promise<Buffer | string | null> {
    const now = performance.now()
    const { text, hasJson } = statement.compiled
    if (statement.failedAt > now - RETRY_MS || !this.#places.take(text, viewer.tenantId)) return null
    try {
      const answer = await readInTenant(this.#sql, viewer.tenantId, { text, params: values }, actorOf(viewer))
      if (answer) return hasJson ? JSON.stringify(JSON.parse(answer.toString())) : answer
    } catch (error) {
      const { code } = error as { code?: string }
      if (code !== REFUSED) log.warn('a compiled query failed, and is asked for field by field', { code })
    }
    statement.failedAt = now
    return null
  }
}

export const readsOf = perClient((sql) => new Reads(sql))

function nameOf({ query, operationName }: Asked): string {
  return `${operationName ?? ''} ${query}`
}

function knownOf(schema: GraphQLSchema, document: DocumentNode, definition: OperationDefinitionNode): Known {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const part of document.definitions)
    if (part.kind === Kind.FRAGMENT_DEFINITION) fragments.set(part.name.value, part)
  const used = new Set<string>()
  const cursors = new Set<string>()
  const collectUsed: ASTVisitor = {
    // An id is a parameter of the statement. As a condition of a filter it is no argument of that name.
    Argument({ name, value }) {
      if (value.kind !== Kind.VARIABLE) return undefined
      if (name.value === 'after' || name.value === 'before') cursors.add(value.name.value)
      else if (name.value !== 'id') return undefined
      return false
    },
    VariableDefinition: () => false,
    Variable: ({ name }) => void used.add(name.value),
  }
  visit({ kind: Kind.DOCUMENT, definitions: [definition, ...fragments.values()] } as DocumentNode, collectUsed)
  const fixed = (definition.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value))
  const names = (hasFew: boolean) =>
    fixed
      .filter(({ type }) => hasFewValues(typeFromAST(schema, type as NamedTypeNode)) === hasFew)
      .map(({ variable }) => variable.name.value)
  return { definition, fragments, few: names(true), cursors: [...cursors], many: names(false), statements: new Map() }
}

function statementOf(known: Known, { coerced }: Variables, make: () => Compiled): Statement | null {
  const key = keyOf(known, coerced)
  if (key === null) return null
  const found = known.statements.get(key)
  if (found !== undefined || known.statements.size >= MOST_OF_QUERY) return found ?? null
  let statement: Statement | null = null
  try {
    statement = { compiled: make(), failedAt: Number.NEGATIVE_INFINITY }
  } catch (error) {
    // Why, the ordinary way finds out again, and says. What is the caller's own fault is no matter of the query.
    if (error instanceof KithError) return null
  }
  known.statements.set(key, statement)
  return statement
}

/** Null where a cursor is none. */
function keyOf({ few, cursors }: Known, coerced: Record<string, unknown>): string | null {
  try {
    const values = few.map((name) => (name in coerced ? [coerced[name]] : []))
    return JSON.stringify([...values, ...cursors.map((name) => coerced[name] && shapeOf(String(coerced[name])))])
  } catch {
    return null
  }
}

/** Sizes of pages, choices, orders; not texts, nor what is made of them. */
function hasFewValues(type: GraphQLType | undefined): boolean {
  const named = getNamedType(type)
  if (isInputObjectType(named))
    return Object.values(named.getFields()).every((field) => isEnumType(getNamedType(field.type)))
  return isEnumType(named) || named?.name === 'Int' || named?.name === 'Boolean'
}

/** Null when a variable holds no id, or no cursor: the ordinary way says so. */
function valuesOf({ params }: Compiled, coerced: Record<string, unknown>): unknown[] | null {
  try {
    return params.map((param) => (param instanceof Later ? param.in(coerced) : param))
  } catch {
    return null
  }
}
