/** A GraphQL client in process: asks yoga as one key of one tenant. */
import { createHash } from 'node:crypto'
import type { Viewer } from '../api/context.ts'
import { createGraphQL } from '../api/yoga.ts'
import type { Client } from '../db/client.ts'

export type Answer = {
  status: number
  data: any
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, any> }[]
}
export type Ask = (query: string, variables?: Record<string, unknown>) => Promise<Answer>

/** Keys as the database knows them, without the cache of the real door. */
export async function authenticate(sql: Client, key: string): Promise<Viewer | null> {
  const hash = createHash('sha256').update(key).digest('hex')
  const [row] = await sql`SELECT * FROM authenticate(${hash})`
  if (!row) return null
  const { tenant_id: tenantId, key_id: keyId, source_id: sourceId, scopes } = row as Record<string, any>
  return { tenantId, keyId, sourceId, scopes: new Set(scopes) }
}

/** `const as = graphql(db.api)`, then `await as('ours-read')('{ profiles { totalCount } }')`. */
export function graphql(sql: Client): (key: string | null) => Ask {
  const yoga = createGraphQL({ sql, authenticate })
  return (key) => async (query, variables) => {
    const response = await yoga.fetch('http://kith/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ query, variables }),
    })
    return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) }
  }
}
