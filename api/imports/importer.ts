import type { Line } from './read.ts'

/** A line that was not taken. `deadLetterId`: it is kept, and can be mended and replayed. */
export type Refused = { line: number; code: string; reason: string; raw: string; deadLetterId?: string }

export type PieceResult = {
  /** New rows. */
  stored: number
  /** Rows that were there: events stored before, records brought up to date. */
  known: number
  /** Events that the gate kept out; see docs/gate.md. */
  discarded?: number
  refused: Refused[]
  /** Of a dry run: what lines would become. */
  would?: Would[]
}

export type Would = { line: number; would: unknown }

/** Takes one piece of a file; resolves when it is committed. A piece that comes again changes nothing. */
export type Importer = (lines: Line[]) => Promise<PieceResult>

export const refusal = ({ number, raw }: Line, code: string, reason: string): Refused => ({
  line: number,
  code,
  reason,
  raw,
})
