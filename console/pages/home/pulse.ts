/** How much happens: the last minute is told by a subscription, what was before it is asked for once. */
import { useRef, useState } from 'react'
import { type Live, useLive } from '../../client/live.ts'
import { useQuery } from '../../client/query.ts'
import { EventRate, Pulse, type PulseResult } from './home.graphql.ts'

/** As the two documents ask for them. */
export const SPAN_MS = 15_000
export const SPANS = 60

type Rhythm = { live: Live<PulseResult>; events(at: number): number }

export function usePulse(): Rhythm {
  const [since, setSince] = useState(spansAgo)
  // Whoever was away has missed spans.
  const live = useLive(Pulse, {}, () => setSince(spansAgo()))
  const before = useQuery(EventRate, { since })
  const told = useRef(new Map<number, number>())
  for (const { at, count } of live.data?.pulse.eventCounts ?? []) told.current.set(Date.parse(at), count)
  const asked = new Map(before.data?.eventCounts.map(({ at, count }) => [Date.parse(at), count]))
  return {
    live,
    // Of a span that grew, both may have seen a part: the larger is the later.
    events: (at) => Math.max(told.current.get(at) ?? 0, asked.get(at) ?? 0),
  }
}

function spansAgo(): string {
  return new Date((Math.floor(Date.now() / SPAN_MS) - SPANS + 1) * SPAN_MS).toISOString()
}
