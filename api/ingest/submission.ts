import type { DeadLetterRow } from '../../db/sql/store-dead-letters.ts'
import type { EventRow } from '../../db/sql/store-events.ts'
import type { RawEvent } from './envelope.ts'

export type Door = 'http' | 'graphql'

/** Part of a request that waits for its commit. */
export type Submission = {
  door: Door
  rows: EventRow[]
  /** What each row was made of. */
  raws: RawEvent[]
  dead: DeadLetterRow[]
  bytes: number
  resolve(outcome: Committed): void
  reject(error: unknown): void
}

/** `refused`: what our checks let through and Postgres did not. */
export type Committed = { stored: number; deduplicated: number; refused: { raw: RawEvent; letter: DeadLetterRow }[] }
