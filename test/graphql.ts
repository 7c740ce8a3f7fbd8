/** A GraphQL client in process: asks yoga as one key of one tenant. */
import { expect } from 'vitest'
import { createGraphQL } from '../api/yoga.ts'
import type { Client } from '../db/client.ts'

export type Answer = {
  status: number
  data: any
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, any> }[]
}
export type Ask = (query: string, variables?: Record<string, unknown>) => Promise<Answer>

export const codeOf = ({ errors }: Answer): string | undefined => errors?.[0]?.extensions.code

/** `const as = graphql(db.api)`, then `await as('ours-read')('{ profiles { totalCount } }')`. */
export function graphql(sql: Client): (key: string | null) => Ask {
  const yoga = createGraphQL(sql)
  return (key) => async (query, variables) => {
    const response = await yoga.fetch('http://kith/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ query, variables }),
    })
    return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) }
  }
}

/** `const ok = okOf(ask)`, then `await ok(query)` is the data of what must not fail, as `ask` or as another key. */
export function okOf(usual: Ask) {
  return async (query: string, variables?: Record<string, unknown>, ask = usual): Promise<any> => {
    const { data, errors } = await ask(query, variables)
    expect(errors, JSON.stringify(errors)).toBeUndefined()
    return data
  }
}

/**
 * The statements that `work` sends, without the frame of their transactions and what a process reads of a tenant's model from time
 * to time; and how many transactions those were.
 */
export async function statementsOf<T>(sql: Client, work: () => Promise<T>) {
  const statements: string[] = []
  const options = sql.options as { debug?: unknown }
  options.debug = (_connection: number, text: string) => statements.push(text)
  try {
    const result = await work()
    const frame =
      /^(begin|commit|SELECT set_config|SELECT tenant_id, key_id|SELECT note_key_use|select b.oid|SELECT id, object, key, type|SELECT id, key, plural|SELECT name, description, mode)/i
    const own = statements.filter((text) => !frame.test(text.trim()))
    return { result, statements: own, transactions: statements.filter((text) => /^begin/i.test(text)).length }
  } finally {
    options.debug = undefined
  }
}
