/** Which stored events are not as a behavior says: what to look at before it is made, or made stricter. */
import type { Transaction } from '../../db/client.ts'
import { latestEvents } from '../../db/sql/latest-events.ts'
import { type Behavior, violationsOf } from './behaviors.ts'
import { placeOf, type Violation } from './property.ts'

/** The latest ones tell; more would keep whoever edits waiting. */
const MOST_EXAMINED = 20_000
const MOST_EXAMPLES = 5

export type PreviewedViolation = Violation & { count: number; examples: { occurredAt: string; id: string }[] }
export type BehaviorPreview = {
  examined: number
  /** Whether those are all that there are of those days. */
  complete: boolean
  violating: number
  violations: PreviewedViolation[]
}

export async function previewBehavior(
  sql: Transaction,
  behavior: Behavior,
  days: number,
  most = MOST_EXAMINED,
): Promise<BehaviorPreview> {
  let [examined, violating] = [0, 0]
  const places = new Map<string, PreviewedViolation>()
  for await (const page of latestEvents(sql, { name: behavior.name, days, most })) {
    for (const event of page) {
      const found = violationsOf(behavior, {
        type: event.type,
        userId: event.user_id,
        anonymousId: event.anonymous_id,
        identifiers: event.identifiers,
        properties: event.properties as never,
        traits: event.traits as never,
      })
      if (found.length > 0) violating++
      for (const violation of onePerPlace(found)) note(places, violation, event)
    }
    examined += page.length
  }
  const violations = [...places.values()].toSorted((a, b) => b.count - a.count || a.path.localeCompare(b.path))
  return { examined, complete: examined < most, violating, violations }
}

function onePerPlace(violations: Violation[]): Violation[] {
  const places = violations.map((violation) => ({ ...violation, path: placeOf(violation.path) }))
  return [...new Map(places.map((violation) => [`${violation.code} ${violation.path}`, violation])).values()]
}

function note(
  places: Map<string, PreviewedViolation>,
  violation: Violation,
  event: { occurred_at: string; id: string },
) {
  const key = `${violation.code} ${violation.path}`
  let place = places.get(key)
  if (!place) places.set(key, (place = { ...violation, count: 0, examples: [] }))
  place.count++
  if (place.examples.length < MOST_EXAMPLES) place.examples.push({ occurredAt: event.occurred_at, id: event.id })
}
