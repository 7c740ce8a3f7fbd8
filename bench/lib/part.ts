/**
 * What one file bench/<part>.ts exports: the figures it promises, with their goals, and how it measures them.
 *
 *     export const part = definePart({
 *       about: 'What row level security costs a read',
 *       figures: { 'rls.on_over_off': { goal: 1.1, better: 'lower', unit: 'ratio', against: 'the same query without' } },
 *       run: async (bench) => ({ 'rls.on_over_off': { value: 1.04, rows: 100_000 } }),
 *     })
 */
import type { Bench } from './bench.ts'

/** What a figure means. A goal of null: shown for the reader, judged by nobody. */
export type Promised = {
  goal: number | null
  better: 'higher' | 'lower'
  /** 'ratio', 'ms', 'rows/s' ... */
  unit: string
  /** What it was compared with, or measured under; one short sentence. */
  against: string
}

export type Measured = {
  value: number
  /** How many rows (events, profiles, samples) the measurement went over. */
  rows: number
  /** What bounds the value, for a figure that misses its goal: the reader will ask. */
  bound?: string
}

/** One line of bench/results.json. */
export type Figure = { name: string } & Promised & Measured & { at: string }

export type Part<Name extends string = string> = {
  about: string
  figures: Record<Name, Promised>
  run(bench: Bench): Promise<Record<Name, Measured>>
}

/** Checks, by type, that the part measures exactly what it promises. */
export function definePart<Name extends string>(part: Part<Name>): Part<Name> {
  return part
}

/** Undefined when there is no goal to meet. */
export function meetsGoal({ value, goal, better }: Pick<Figure, 'value' | 'goal' | 'better'>): boolean | undefined {
  if (goal === null) return undefined
  return better === 'higher' ? value >= goal : value <= goal
}

/** `old` with the newly measured figures in place of those of the same name; sorted by name. */
export function mergeFigures(old: readonly Figure[], measured: readonly Figure[]): Figure[] {
  const byName = new Map([...old, ...measured].map((figure) => [figure.name, figure]))
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
