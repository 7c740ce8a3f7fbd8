import type { Tally } from '../../db/sql/count-behaviors.ts'
import type { DeadLetterRow } from '../../db/sql/store-dead-letters.ts'
import type { EventRow } from '../../db/sql/store-events.ts'
import type { TraceContext } from '../../trace.ts'
import type { RawEvent } from './envelope.ts'
import type { Arrival } from './normalise.ts'

export type Door = 'http' | 'graphql' | 'webhook' | 'import' | 'postgres' | 'replay'

/** What the gate did not let through: how many, and what is counted of them and of the dead. */
export type KeptOut = { discarded: number; unconsented: number; tallies: Tally[] }

export const nothingKeptOut = (): KeptOut => ({ discarded: 0, unconsented: 0, tallies: [] })

export function addKeptOut(to: KeptOut, { discarded, unconsented, tallies }: KeptOut): void {
  to.discarded += discarded
  to.unconsented += unconsented
  to.tallies.push(...tallies)
}

/** Part of a request that waits for its commit. */
export type Submission = {
  /** How many events it accounts for. */
  accepted: number
  rows: EventRow[]
  /** What each row was made of. */
  raws: RawEvent[]
  arrival: Arrival
  dead: DeadLetterRow[]
  keptOut: KeptOut
  bytes: number
  /** Of the request. */
  trace: TraceContext | undefined
  resolve(outcome: Committed): void
  reject(error: unknown): void
}

/** `refused`: what our checks let through and Postgres did not. */
export type Committed = {
  stored: number
  deduplicated: number
  /** Of people who had refused the purpose. */
  unconsented: number
  refused: { raw: RawEvent; letter: DeadLetterRow }[]
}
