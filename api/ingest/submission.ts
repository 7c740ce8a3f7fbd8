import type { DeadLetterRow } from '../../db/sql/store-dead-letters.ts'
import type { EventRow } from '../../db/sql/store-events.ts'
import type { RawEvent } from './envelope.ts'
import type { Arrival } from './normalise.ts'

export type Door = 'http' | 'graphql' | 'webhook' | 'import' | 'replay'

/** Part of a request that waits for its commit. */
export type Submission = {
  /** How many events it accounts for. */
  accepted: number
  rows: EventRow[]
  /** What each row was made of. */
  raws: RawEvent[]
  arrival: Arrival
  dead: DeadLetterRow[]
  bytes: number
  resolve(outcome: Committed): void
  reject(error: unknown): void
}

/** `refused`: what our checks let through and Postgres did not. */
export type Committed = { stored: number; deduplicated: number; refused: { raw: RawEvent; letter: DeadLetterRow }[] }
