/** What a rule says of another definition that is answered in the same statement; of one that is not there: nobody is in it, or has it. */
import { compileComparison } from './condition.ts'
import type { Parameters } from './parameters.ts'
import { cap, FALSE, type Truth } from './truth.ts'
import type { Comparison } from './types.ts'

/** Where a definition is answered: SQL of its value, and of until when it holds. */
export type Answered = { value: string; until: string }

export function compileLabelIs(
  { key: _, ...comparison }: Comparison & { key: string },
  label: Answered | undefined,
  parameters: Parameters,
): Truth {
  if (!label) return compileComparison(comparison, { json: 'NULL::jsonb' }, parameters)
  return cap(compileComparison(comparison, { json: label.value }, parameters), [label.until])
}

export function compileIsMember(segment: Answered | undefined): Truth {
  return segment ? { until: segment.until } : FALSE
}
