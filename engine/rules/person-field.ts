import type { Operand } from './condition.ts'
import type { Parameters } from './parameters.ts'

const COLUMNS = new Map([
  ['firstSeen', 's.first_seen'],
  ['lastSeen', 's.last_seen'],
  ['createdAt', 's.created_at'],
])

/** What a path reads of a profile `s`: a column of ours, or a trait. */
export function personField(path: string, parameters: Parameters): Operand {
  const column = COLUMNS.get(path)
  if (column) return { json: `to_jsonb(${column})`, time: column }
  return { json: `(s.traits #> ${parameters.path(path.replace(/^traits\./, ''))})` }
}
