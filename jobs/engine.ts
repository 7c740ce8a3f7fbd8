import type { Client } from '../db/client.ts'
import type { Change } from './tasks/payload.ts'

/** What the tasks call: engine/ in production, anything in tests. */
export interface Engine {
  react(sql: Client, tenantId: string, changes: Change[]): Promise<unknown>
  /** What of the changes may be kept for another attempt: not what they say of somebody who has been erased. */
  withoutErased(sql: Client, tenantId: string, changes: readonly Change[]): Promise<Change[]>
  backfill(sql: Client, tenantId: string, kind: 'segment' | 'label', id: string): Promise<unknown>
  /** Makes, or drops, the index of a field. */
  keepIndex(sql: Client, tenantId: string, fieldId: string): Promise<unknown>
  recompute(sql: Client, tenantId: string, walk?: number): Promise<unknown>
  refreshAudience(sql: Client, tenantId: string): Promise<unknown>
  /** A round of a Postgres source. */
  pull(sql: Client, tenantId: string, sourceId: string): Promise<unknown>
  replay(sql: Client, tenantId: string, id: string): Promise<unknown>
  reapply(sql: Client, tenantId: string, walk: number, decision: { by?: string; reason?: string }): Promise<unknown>
}
