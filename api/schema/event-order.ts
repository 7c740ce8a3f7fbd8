/**
 * Lists of events in the order of a property of a behavior (api/tenant-behaviors.ts). No index knows such values: one on the events
 * is considered for each event of every tenant, whoever's it is (with 200 partial ones of others a COPY took 16.4 µs an event,
 * without 12.6). So a page reads all events that may be on it; and those are one person's, or of a range of time: of a range with a
 * million events, 200,000 of them of the behavior, a page took 0.27 s of processor time.
 */
import { DAY } from '../../config.ts'
import { KithError } from '../../errors.ts'
import type { PageArgs } from '../loaders/pages.ts'

const WIDEST_DAYS = 31

type Filter = Record<string, any>

/** Throws ORDER_UNBOUNDED. `few`: whether all events of the list are one person's. */
export function checkOrder({ filter, orderBy }: Pick<PageArgs, 'filter' | 'orderBy'>, few: boolean): void {
  for (const { field } of orderBy ?? []) {
    if (typeof field === 'string' || field.event === undefined) continue
    const all = [...conjuncts(filter ?? {})]
    if (!all.some(({ name }) => name?.eq === field.event)) {
      refuse(`a filter of the behavior ${JSON.stringify(field.event)}, whose property orders the list`)
    }
    if (!few && !(spanOf(all) <= WIDEST_DAYS * DAY)) {
      refuse(
        `occurredAt in the filter, from an instant (gte) to another (lt) at most ${WIDEST_DAYS} days later or to now`,
      )
    }
  }
}

/** Filters that all must hold. */
function* conjuncts(filter: Filter): Generator<Filter> {
  yield filter
  for (const inner of filter.and ?? []) yield* conjuncts(inner)
}

function spanOf(all: Filter[]): number {
  const times = all.flatMap(({ occurredAt }) => (occurredAt ? [occurredAt] : []))
  const given = (...operators: string[]) =>
    times.flatMap((time) => operators.flatMap((operator) => (time[operator] == null ? [] : Date.parse(time[operator]))))
  const exact = given('eq')
  const from = Math.max(...given('gt', 'gte'), ...exact)
  const to = Math.min(...given('lt', 'lte'), ...exact, Number.POSITIVE_INFINITY)
  return (to === Number.POSITIVE_INFINITY ? Date.now() : to) - from
}

function refuse(what: string): never {
  throw new KithError('ORDER_UNBOUNDED', `Expected ${what}: this order has no index.`)
}
