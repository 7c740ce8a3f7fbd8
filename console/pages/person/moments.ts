/** One line of a person's timeline, made of everything that has a time. */
import type { TimelineResult } from './person.graphql.ts'

type Profile = NonNullable<TimelineResult['profile']>
export type Event = Profile['events']['nodes'][number]
export type Transition = Profile['transitions']['nodes'][number]

export type Moment = { id: string; at: string } & (
  | { what: 'event'; event: Event }
  | { what: 'transition'; transition: Transition }
  | { what: 'order'; order: Profile['orders']['nodes'][number] }
  | { what: 'record'; record: Profile['records']['nodes'][number] }
  | { what: 'activity'; activity: Profile['activities']['nodes'][number] }
)

/**
 * Latest first. Each list was read down to some time; below the latest of those times something may be missing, so the
 * timeline ends there, and `more` says that there is more to ask for.
 */
export function moments({ events, transitions, orders, records, activities }: Profile): {
  shown: Moment[]
  more: boolean
} {
  const lists: { moments: Moment[]; more: boolean }[] = [
    {
      moments: events.nodes.map((event) => ({ id: event.id, at: event.occurredAt, what: 'event', event })),
      more: events.pageInfo.hasNextPage,
    },
    {
      moments: transitions.nodes.map((transition) => ({
        id: transition.id,
        at: transition.at,
        what: 'transition',
        transition,
      })),
      more: transitions.pageInfo.hasNextPage,
    },
    {
      moments: orders.nodes.map((order) => ({ id: order.id, at: order.placedAt, what: 'order', order })),
      more: orders.pageInfo.hasNextPage,
    },
    {
      moments: records.nodes.map((record) => ({ id: record.id, at: record.occurredAt, what: 'record', record })),
      more: records.pageInfo.hasNextPage,
    },
    {
      moments: activities.nodes.map((activity) => ({
        id: activity.id,
        at: activity.occurredAt,
        what: 'activity',
        activity,
      })),
      more: activities.pageInfo.hasNextPage,
    },
  ]
  const horizon = lists
    .filter(({ more }) => more)
    .map(({ moments: list }) => list.at(-1)?.at ?? '')
    .reduce((latest, at) => (at > latest ? at : latest), '')
  const shown = lists
    .flatMap(({ moments: list }) => list)
    .filter(({ at }) => at >= horizon)
    .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
  return { shown, more: horizon !== '' }
}

/** Moments by the day they happened on, in the reader's own time zone. */
export function byDay(list: Moment[], now = new Date()): { day: string; moments: Moment[] }[] {
  const days = new Map<string, Moment[]>()
  for (const moment of list) {
    const day = dayName(new Date(moment.at), now)
    days.set(day, [...(days.get(day) ?? []), moment])
  }
  return [...days].map(([day, inIt]) => ({ day, moments: inIt }))
}

const DAY_MS = 86_400_000

function dayName(at: Date, now: Date): string {
  if (at.toDateString() === now.toDateString()) return 'Today'
  if (at.toDateString() === new Date(now.getTime() - DAY_MS).toDateString()) return 'Yesterday'
  const sameYear = at.getFullYear() === now.getFullYear()
  return at.toLocaleDateString('en', {
    weekday: 'short',
    day: 'numeric',
    month: 'long',
    year: sameYear ? undefined : 'numeric',
  })
}
