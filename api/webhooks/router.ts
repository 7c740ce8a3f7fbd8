/**
 * By business meaning: what happened goes to the events, what is goes to records. A mapping gives an event, or
 * {"events": [...], "records": [...]}, or a list of either. JSONata makes one thing of a list of one, so both are taken.
 */
import { config } from '../../config.ts'
import { KithError } from '../../errors.ts'

export type Routed = { events: unknown[]; records: unknown[] }

/** Throws MAPPING_FAILED where it is too much. */
export function routed(made: unknown[]): Routed {
  const result: Routed = { events: [], records: [] }
  for (const one of made) {
    if (!isBoth(one)) result.events.push(one)
    else {
      for (const event of listOf(one.events)) result.events.push(event)
      for (const record of listOf(one.records)) result.records.push(record)
    }
  }
  const { length } = result.events
  if (length <= config.MAX_BATCH_EVENTS) return result
  throw new KithError(
    'MAPPING_FAILED',
    `Expected a mapping that makes at most ${config.MAX_BATCH_EVENTS} events of one call; it made ${length}.`,
  )
}

/** An event says its type or its name; this says neither. */
function isBoth(one: unknown): one is { events?: unknown; records?: unknown } {
  if (typeof one !== 'object' || one === null || 'type' in one || 'event' in one) return false
  return 'events' in one || 'records' in one
}

function listOf(value: unknown): unknown[] {
  return value == null ? [] : Array.isArray(value) ? value : [value]
}
