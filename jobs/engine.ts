import type { Client } from '../db/client.ts'
import type { Held } from '../db/sql/followed-sources.ts'
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

/** What is no job: it lasts. */
export interface Follower {
  /** Follows the log of another database until `signal`, or until something is wrong or has changed, which the source tells. */
  follow(sql: Client, held: Held, signal: AbortSignal): Promise<unknown>
  /** Drops a slot that a source has left in another database. False when there is none whose time has come. */
  dropOwedSlot(sql: Client): Promise<boolean>
}
