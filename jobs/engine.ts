import type { Client } from '../db/client.ts'
import type { Change } from './tasks/payload.ts'

/** What the tasks call: engine/ in production, anything in tests. */
export interface Engine {
  react(sql: Client, tenantId: string, changes: Change[]): Promise<unknown>
  backfill(sql: Client, tenantId: string, kind: 'segment' | 'label', id: string): Promise<unknown>
  recompute(sql: Client, tenantId: string, walk?: number): Promise<unknown>
}
