/** What every resolver gets: who asks, a way to the tenant's rows, and loaders that live as long as the request. */
import { type Actor, type Client, inTenant, type Transaction } from '../db/client.ts'
import { traced } from '../db/sql/emit-trace.ts'
import type { Viewer } from './auth/viewer.ts'
import { requestIds } from './errors.ts'
import { Loaders } from './loaders/index.ts'

export type Context = {
  viewer: Viewer
  /** For what spans transactions: the live feed. Resolvers of rows use `tenant`. */
  sql: Client
  /** Runs `work` in a transaction that sees the viewer's tenant only. */
  tenant<T>(work: (sql: Transaction) => Promise<T>): Promise<T>
  loaders: Loaders
  /** The operation is none of the caller's making. */
  isOurs?: true
}

export function createContext(sql: Client, viewer: Viewer): Context {
  const tenant: Context['tenant'] = (work) => inTenant(sql, viewer.tenantId, traced(work), actorOf(viewer))
  return { viewer, sql, tenant, loaders: new Loaders(tenant) }
}

/** Who the audit log is told it was. */
export function actorOf({ keyId, user }: Viewer): Actor {
  const request = requestIds.getStore()
  return user ? { kind: 'user', id: user.id, name: user.email, request } : { kind: 'key', id: keyId, request }
}
