/**
 * How SQL carries an answer together with the instant at which it may change: as one number, *until*. It is positive when
 * the answer is true and negative when it is false, and its size is the instant, in seconds since 1970, up to which the
 * answer holds if nothing else happens; infinity: for ever. So
 *
 *   not a      is  -a
 *   a and b    is  LEAST(a, b): false as long as the longest false part, or true as long as the shortest true one
 *   a or b     is  GREATEST(a, b)
 *
 * and a whole tree is one expression, as long as the tree. double precision holds microseconds exactly until 2242.
 *
 * What depends on no time is kept as an ordinary boolean for as long as possible.
 */
export type Truth =
  /** SQL of type boolean, never null. */
  | { test: string; until?: undefined }
  /** SQL of type float8, never null. */
  | { until: string; test?: undefined }

const ALWAYS = "'infinity'::float8"
const NEVER = "'-infinity'::float8"

export const TRUE: Truth = { test: 'true' }
export const FALSE: Truth = { test: 'false' }

/** A comparison that is null when a value is missing: then it is false. */
export function whether(sql: string): Truth {
  return { test: `coalesce(${sql}, false)` }
}

/** `flips` are SQL of seconds after the instant of evaluation, or of null for never: the first of them counts. */
export function holdsUntil(test: string, flips: string[]): Truth {
  if (flips.length === 0) return { test }
  return { until: `CASE WHEN ${test} THEN 1 ELSE -1 END * ${firstOf(flips)}` }
}

/** True while there is a time at which it ends (SQL of seconds, null when there is none), or until the first of the flips. */
export function whileThere(end: string, flips: string[]): Truth {
  return { until: `CASE WHEN ${end} IS NULL THEN - ${firstOf(flips)} ELSE LEAST(${[end, ...flips].join(', ')}) END` }
}

/** SQL of a timestamptz as seconds. */
export function seconds(time: string): string {
  return `date_part('epoch', ${time})`
}

/** SQL of the first of these seconds; infinity when all are null. */
export function firstOf(flips: string[]): string {
  return flips.length === 0 ? ALWAYS : `LEAST(${[...flips, ALWAYS].join(', ')})`
}

/** The same answer, that holds no longer than until the first of the flips. */
export function cap(truth: Truth, flips: string[]): Truth {
  if (flips.length === 0) return truth
  if (truth.until === undefined) return holdsUntil(truth.test, flips)
  return {
    until: `GREATEST(LEAST(${[truth.until, ...flips].join(', ')}), ${flips.map((flip) => `- ${flip}`).join(', ')})`,
  }
}

export function not(truth: Truth): Truth {
  if (truth.until !== undefined) return { until: `(- ${truth.until})` }
  if (truth === TRUE) return FALSE
  if (truth === FALSE) return TRUE
  return { test: `NOT ${truth.test}` }
}

export function and(truths: Truth[]): Truth {
  return join(truths, 'AND', 'LEAST', TRUE, FALSE)
}

export function or(truths: Truth[]): Truth {
  return join(truths, 'OR', 'GREATEST', FALSE, TRUE)
}

function join(truths: Truth[], word: string, choose: string, neutral: Truth, absorbing: Truth): Truth {
  if (truths.includes(absorbing)) return absorbing
  const tests = truths.filter((truth) => truth.test !== undefined && truth !== neutral) as { test: string }[]
  const untils = truths.filter((truth) => truth.until !== undefined)
  const test: Truth[] =
    tests.length > 1 ? [{ test: `(${tests.map(({ test }) => test).join(` ${word} `)})` }] : (tests as Truth[])
  const all = [...test, ...untils]
  if (all.length === 0) return neutral
  if (all.length === 1) return all[0]!
  return { until: `${choose}(${all.map(toUntil).join(', ')})` }
}

export function toUntil(truth: Truth): string {
  if (truth.until !== undefined) return truth.until
  if (truth === TRUE) return ALWAYS
  if (truth === FALSE) return NEVER
  return `CASE WHEN ${truth.test} THEN ${ALWAYS} ELSE ${NEVER} END`
}

export function toTest(truth: Truth): string {
  return truth.until === undefined ? truth.test : `(${truth.until} > 0)`
}
