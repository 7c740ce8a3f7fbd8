/**
 * Relay connections: `orders(filter, orderBy, first, after, last, before) { edges { cursor node } nodes pageInfo totalCount }`.
 * Nothing is read but what the selection asks for: totalCount alone counts, edges alone do not.
 */
import { KithError } from '../../errors.ts'
import { builder, DEFAULT_PAGE, MAX_PAGE, type SchemaTypes } from '../builder.ts'
import type { Context } from '../context.ts'
import { ROOT } from '../loaders/index.ts'
import type { Page, PageArgs, Relation } from '../loaders/pages.ts'
import { declare } from './declared.ts'
import { filterInput } from './filter.ts'
import type { Noun, Order } from './noun.ts'
import { orderInput } from './order.ts'

export type ConnectionArgs = {
  filter?: Record<string, unknown> | null
  orderBy?: Order[] | null
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}

export type Connection = {
  page: () => Promise<Page>
  count: () => Promise<number>
  args: PageArgs & { hasCursor: boolean }
}
type ListTypes = ReturnType<typeof makeTypes>

const made = new WeakMap<Noun, ListTypes>()

/** A noun's connection, edge, filter and order types; made when first asked for. */
export function listTypes(noun: Noun): ListTypes {
  let types = made.get(noun)
  if (!types) {
    types = makeTypes(noun)
    made.set(noun, types)
  }
  return types
}

function makeTypes(noun: Noun) {
  const edge = builder.objectRef<{ cursor: string; node: any }>(`${noun.type}Edge`).implement({
    fields: (t) => ({
      cursor: t.exposeString('cursor'),
      node: t.field({ type: noun.ref, resolve: ({ node }) => node }),
    }),
  })
  const connection = builder.objectRef<Connection>(`${noun.type}Connection`).implement({
    fields: (t) => ({
      edges: t.field({ type: [edge], complexity: LIST_COMPLEXITY, resolve: async ({ page }) => (await page()).edges }),
      nodes: t.field({
        type: [noun.ref],
        complexity: LIST_COMPLEXITY,
        description: 'The nodes of the edges, for those who need no cursor on each.',
        resolve: async ({ page }) => (await page()).edges.map(({ node }) => node),
      }),
      pageInfo: t.field({ type: builder.pageInfoRef(), resolve: pageInfo }),
      totalCount: t.int({
        description: 'How many there are in all pages, under the same filter.',
        complexity: 10,
        resolve: ({ count }) => count(),
      }),
    }),
  })
  return { connection, edge, filter: filterInput(noun), order: orderInput(noun) }
}

export async function pageInfo({ page, args }: Connection) {
  const { edges, more } = await page()
  return {
    startCursor: edges[0]?.cursor ?? null,
    endCursor: edges.at(-1)?.cursor ?? null,
    hasNextPage: args.backward ? args.hasCursor : more,
    hasPreviousPage: args.backward ? more : args.hasCursor,
  }
}

/** The connection field counts its rows; its lists must not multiply them again. */
export const LIST_COMPLEXITY = { field: 0, multiplier: 1 }

export type ConnectionOptions<Args> = {
  /** The column of the parent that the relation's `where` compares with. */
  parent?: string
  /** Further arguments, and the relation that they, or the parent, ask for. */
  args?: Record<string, unknown>
  relationByArgs?: (args: Args) => Relation
  relationByRow?: (row: any) => Relation
  authScopes?: Partial<SchemaTypes['AuthScopes']>
  /** For those who may not look at all else. */
  skipTypeScopes?: boolean
}

/** A connection field of any type or of Query; `parent` is the column that the relation's `where` compares with. */
export function connectionField<Args = object>(
  t: any,
  relation: Relation,
  description: string,
  options: string | ConnectionOptions<Args> = {},
) {
  const types = listTypes(relation.noun)
  const given: ConnectionOptions<Args> = typeof options === 'string' ? { parent: options } : options
  const { parent, args, relationByArgs = () => relation, relationByRow, authScopes, skipTypeScopes } = given
  return t.field({
    ...(authScopes && { authScopes }),
    ...(skipTypeScopes && { skipTypeScopes }),
    type: types.connection,
    description,
    args: {
      filter: t.arg({ type: types.filter }),
      orderBy: t.arg({ type: [types.order] }),
      first: t.arg.int({ description: `At most ${MAX_PAGE}; ${DEFAULT_PAGE} when neither first nor last is given.` }),
      after: t.arg.string(),
      last: t.arg.int(),
      before: t.arg.string(),
      ...args,
    },
    complexity: pageComplexity,
    resolve: (row: any, args: ConnectionArgs & Args, { loaders }: Context) =>
      connection(loaders, relationByRow?.(row) ?? relationByArgs(args), parent ? row[parent] : ROOT, args),
    ...(!relationByRow && declare({ reads: 'list', relation: relationByArgs, key: parent })),
  })
}

export function pageComplexity({ first, last }: ConnectionArgs) {
  return { field: 1, multiplier: Math.min(Math.max(first ?? last ?? DEFAULT_PAGE, 1), MAX_PAGE) }
}

export function connection(
  loaders: Context['loaders'],
  relation: Relation,
  parent: string,
  args: ConnectionArgs,
): Connection {
  relation.check?.(args)
  const pageArgs = toPageArgs(args)
  const { hasCursor: _, ...key } = pageArgs
  return {
    args: pageArgs,
    page: () => loaders.page(relation, parent, key),
    count: () => loaders.count(relation, parent, args.filter),
  }
}

export function toPageArgs(args: ConnectionArgs): PageArgs & { hasCursor: boolean } {
  const { filter, orderBy, first, after, last, before } = args
  if (first != null && last != null) throw new KithError('INPUT_INVALID', 'Expected first or last, got both.')
  const limit = first ?? last ?? DEFAULT_PAGE
  if (limit < 0) throw new KithError('INPUT_INVALID', `Expected a page of 0 or more rows, got ${limit}.`)
  if (limit > MAX_PAGE) {
    throw new KithError('PAGE_TOO_LARGE', `Expected a page of at most ${MAX_PAGE} rows, got ${limit}; page with after.`)
  }
  const backward = last != null
  const [cursor, until] = backward ? [before, after] : [after, before]
  return { filter, orderBy, limit, backward, cursor, until, hasCursor: Boolean(cursor) }
}
