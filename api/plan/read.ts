/** The tenant as a plan: what is there, section by section, in an order that stays. */
import { createHash } from 'node:crypto'
import type { GraphQLSchema } from 'graphql'
import type { Transaction } from '../../db/client.ts'
import type { Context } from '../context.ts'
import { run } from './run.ts'
import { type Item, type Section, sections, SINGLE } from './sections.ts'
import { shapeOf, STATUS, toFile } from './shape.ts'

/** What is there under a key; without an item it is there and no plan tells of it: archived, or as it was built in. */
export type Present = { node: Record<string, any>; item: Item | null }
export type State = Map<string, Map<string, Present>>
/** {"kith": 1, "revision", <section>: {<key>: item}} */
export type Document = Record<string, unknown>

const PAGE = 200

export async function readState(context: Context, tx: Transaction, schema: GraphQLSchema): Promise<State> {
  const state: State = new Map()
  for (const section of sections) state.set(section.name, await readSection(context, tx, schema, section))
  return state
}

async function readSection(context: Context, tx: Transaction, schema: GraphQLSchema, section: Section) {
  const { selection, members } = shapeOf(schema, section)
  const found: [string, Present][] = []
  for await (const node of nodesOf(context, tx, schema, section, selection)) {
    const entries = [...members].map(([name, type]) => [name, toFile(node[name], type)] as const)
    const item: Item = Object.fromEntries(entries.filter(([, value]) => value !== undefined))
    if (section.verbs && node.status === 'PAUSED') item[STATUS] = 'paused'
    const key = section.isSingle
      ? SINGLE
      : section.keyOf({ ...node, ...(section.name === 'fields' && { object: objectOf(schema, node) }) })
    found.push([key, { node, item: section.isHidden?.(node, item) ? null : item }])
  }
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}

/** The object's own key, where the node has the name of it in the schema. */
function objectOf(schema: GraphQLSchema, { object }: Record<string, any>): string {
  const type = schema.getType('FieldObject') as unknown as { getValue(name: string): { value: string } | undefined }
  return type.getValue(object as string)?.value ?? (object as string)
}

async function* nodesOf(context: Context, tx: Transaction, schema: GraphQLSchema, section: Section, selection: string) {
  const { list, isPlain } = section
  if (isPlain) {
    yield* [(await run(context, tx, schema, `{ ${list} { ${selection} } }`))[list]].flat() as Record<string, any>[]
    return
  }
  const query = `query ($after: String) { ${list}(first: ${PAGE}, after: $after) { nodes { ${selection} } pageInfo { hasNextPage endCursor } } }`
  for (let after: string | null = null; ; ) {
    const page = (await run(context, tx, schema, query, { after }))[list]
    yield* page.nodes as Record<string, any>[]
    if (!page.pageInfo.hasNextPage) return
    after = page.pageInfo.endCursor as string
  }
}

export function documentOf(state: State): Document {
  const document: Document = {}
  for (const [name, items] of state) {
    const shown = [...items].flatMap(([key, { item }]) => (item ? [[key, item] as const] : []))
    if (shown.length > 0) document[name] = shown[0]![0] === SINGLE ? shown[0]![1] : Object.fromEntries(shown)
  }
  return { kith: 1, revision: revisionOf(document), ...document }
}

/** The same for the same content, wherever and whenever. */
function revisionOf(document: Document): string {
  const sorted = (_key: string, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value
  return createHash('sha256').update(JSON.stringify(document, sorted)).digest('hex').slice(0, 16)
}
