/**
 * By business meaning: what happened goes to the events, what is goes to records. A mapping gives an event, or
 * {"events": [...], "records": [...]}, or a list of either. JSONata makes one thing of a list of one, so both are taken.
 */
export type Routed = { events: unknown[]; records: unknown[] }

export function routed(made: unknown[]): Routed {
  const result: Routed = { events: [], records: [] }
  for (const one of made) {
    if (!isBoth(one)) result.events.push(one)
    else {
      result.events.push(...listOf(one.events))
      result.records.push(...listOf(one.records))
    }
  }
  return result
}

/** An event says its type or its name; this says neither. */
function isBoth(one: unknown): one is { events?: unknown; records?: unknown } {
  if (typeof one !== 'object' || one === null || 'type' in one || 'event' in one) return false
  return 'events' in one || 'records' in one
}

function listOf(value: unknown): unknown[] {
  return value == null ? [] : Array.isArray(value) ? value : [value]
}
