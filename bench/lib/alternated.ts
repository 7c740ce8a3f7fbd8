import { isDeepStrictEqual } from 'node:util'
import { median } from './statistics.ts'

/** One of two ways to the same answer. */
export type Side = {
  name: string
  /** Before each run, outside of its time: empty the table, make the batch. */
  before?(): Promise<unknown>
  /** The timed work. */
  run(): Promise<unknown>
  /** After each run, outside of its time: what it has led to, to be compared with the other side's. Default: what `run` gave. */
  answer?(): Promise<unknown>
}

export type Comparison = {
  /** Median milliseconds. */
  a: number
  b: number
  /** Time of b over time of a: how many times as fast a is. */
  aSpeed: number
  /** Time of a over time of b: how many times as long a takes. */
  aTime: number
  /** Every round's milliseconds. */
  rounds: { a: number; b: number }[]
}

export type AlternatedOptions = { rounds?: number; warmups?: number; say?(line: string): void }

/**
 * Runs A B A B ... so that what the machine does meanwhile hits both alike, and takes medians. The answers of every round are
 * compared first, those of the untimed warm-up before any: figures about two different things are worth nothing.
 */
export async function alternated(a: Side, b: Side, options: AlternatedOptions = {}): Promise<Comparison> {
  const { rounds = 5, warmups = 1 } = options
  const times: { a: number; b: number }[] = []
  for (let round = -warmups; round < rounds; round++) {
    const [first, second] = [await once(a), await once(b)]
    if (!isDeepStrictEqual(first.answer, second.answer)) {
      throw new Error(`Expected one answer from both sides; ${shown(a.name, first)}, and ${shown(b.name, second)}.`)
    }
    if (round < 0) continue
    times.push({ a: first.ms, b: second.ms })
    options.say?.(
      `round ${round + 1} of ${rounds}: ${a.name} ${first.ms.toFixed(1)} ms, ${b.name} ${second.ms.toFixed(1)} ms`,
    )
  }
  const [aMs, bMs] = [median(times.map((time) => time.a)), median(times.map((time) => time.b))]
  return { a: aMs, b: bMs, aSpeed: bMs / aMs, aTime: aMs / bMs, rounds: times }
}

type Outcome = { ms: number; answer: unknown }

async function once(side: Side): Promise<Outcome> {
  await side.before?.()
  const started = performance.now()
  const result = await side.run()
  const ms = performance.now() - started
  return { ms, answer: side.answer ? await side.answer() : result }
}

function shown(name: string, { answer }: Outcome): string {
  return `${name} gave ${JSON.stringify(answer)?.slice(0, 300)}`
}
