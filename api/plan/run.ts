/** Runs operations of our own schema within a transaction: whatever a mutation checks and asks for, a plan is held to. */
import { execute, GraphQLError, type GraphQLSchema, parse } from 'graphql'
import type { Transaction } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import type { Context } from '../context.ts'
import { toKithError } from '../errors.ts'
import { Loaders } from '../loaders/index.ts'

type ReadSchema = (tx: Transaction) => Promise<GraphQLSchema>
let readSchema: ReadSchema

/** The tenant's schema is made of the nouns, and so hands itself down to here. */
export function planBy(read: ReadSchema): void {
  readSchema = read
}

/** As the tenant's definitions are within this transaction. */
export const schemaIn: ReadSchema = (tx) => readSchema(tx)

/** Throws what the operation throws, a GraphQLError of its own as PLAN_INVALID. */
export async function run(
  { viewer, sql }: Pick<Context, 'viewer' | 'sql'>,
  tx: Transaction,
  schema: GraphQLSchema,
  text: string,
  variableValues: Record<string, unknown> = {},
): Promise<any> {
  const tenant: Context['tenant'] = (work) => work(tx)
  const contextValue: Context = { viewer, sql, tenant, loaders: new Loaders(tenant), isOurs: true }
  const { data, errors } = await execute({ schema, document: parse(text), variableValues, contextValue })
  const [error] = errors ?? []
  if (!error) return data
  let original: unknown = error
  while (original instanceof GraphQLError) original = original.originalError
  if (original === undefined || original === null) {
    throw new KithError('PLAN_INVALID', error.message.replace(/^Variable "\$input" got invalid value/, 'Invalid value'))
  }
  throw toKithError(original) ?? original
}
