import { describe, expect, it } from 'vitest'
import { keyOf } from '../definitions/key.ts'
import { personName } from '../people/person.ts'
import { bytes, duration, initials, milliseconds, relative, words } from '../ui/format.ts'
import { byTask } from './jobs/by-task.ts'
import { series } from './jobs/series.ts'
import { layout } from './person/graph.ts'
import { byDay, moments } from './person/moments.ts'

const list = <T>(nodes: T[], hasNextPage = false) => ({ nodes, pageInfo: { hasNextPage } })
const event = (n: number) => ({ id: `e${n}`, occurredAt: `2026-11-${String(n).padStart(2, '0')}T12:00:00Z` })
const transition = (n: number) => ({ id: `t${n}`, at: `2026-11-${String(n).padStart(2, '0')}T13:00:00Z` })

describe('a timeline', () => {
  const of = (events: unknown, transitions: unknown) =>
    moments({ events, transitions, orders: list([]), records: list([]), activities: list([]) } as never)

  it('mixes all lists, latest first', () => {
    const { shown, more } = of(list([event(9), event(3)]), list([transition(5)]))
    expect(shown.map(({ id }) => id)).toEqual(['e9', 't5', 'e3'])
    expect(more).toBe(false)
  })

  it('ends where a list that goes on was cut, so that it never has a hole', () => {
    const { shown, more } = of(list([event(9), event(8)], true), list([transition(9), transition(2)]))
    expect(shown.map(({ id }) => id)).toEqual(['t9', 'e9', 'e8'])
    expect(more).toBe(true)
  })

  it('names today and yesterday', () => {
    const now = new Date('2026-11-25T12:00:00')
    const at = (iso: string) => ({ id: iso, at: iso }) as never
    const days = byDay([at('2026-11-25T08:00:00'), at('2026-11-24T23:00:00'), at('2025-01-02T10:00:00')], now)
    expect(days.map(({ day }) => day)).toEqual(['Today', 'Yesterday', 'Thu, January 2, 2025'])
  })
})

describe('job statistics', () => {
  it('have a value for every minute, and weigh means by their jobs', () => {
    const from = Date.parse('2026-11-25T10:00:00Z')
    const one = { at: '2026-11-25T10:01:00Z', failed: 0, waitedMostMs: 9, ranMostMs: 9, ranMs: 1 }
    const { times, done, waited, waitedMost } = series(
      [
        { ...one, task: 'react', done: 3, waitedMs: 10 },
        { ...one, task: 'backfill', done: 1, waitedMs: 50, waitedMostMs: 60 },
      ],
      from,
      from + 2 * 60_000,
    )
    expect(times).toHaveLength(3)
    expect(done).toEqual([0, 4, 0])
    expect(waited).toEqual([null, 20, null])
    expect(waitedMost).toEqual([null, 60, null])
  })
})

describe('the tasks of the job board', () => {
  it('are told one by one, those that only wait and those that only ran too, with means weighed by tries', () => {
    const stretch = {
      at: '2026-11-25T10:01:00Z',
      task: 'react',
      failed: 0,
      waitedMs: 10,
      waitedMostMs: 20,
      ranMs: 5,
      ranMostMs: 9,
    }
    const count = { task: 'backfill', oldest: '2026-11-25T10:00:00Z', more: false }
    const lines = byTask({
      jobCounts: [
        { ...count, state: 'WAITING', count: 2 },
        { ...count, state: 'RETRYING', count: 1 },
        { ...count, state: 'FAILED', count: 10_000, more: true },
      ],
      jobStatistics: [
        { ...stretch, done: 3 },
        { ...stretch, done: 0, failed: 1, waitedMs: 50, waitedMostMs: 60 },
      ],
    })
    const nothing = { count: 0, more: false }
    expect(lines).toEqual([
      {
        task: 'backfill',
        waiting: { count: 3, more: false },
        running: nothing,
        failed: { count: 10_000, more: true },
        done: 0,
        failures: 0,
        waited: null,
        waitedMost: null,
        ran: null,
        ranMost: null,
      },
      {
        task: 'react',
        waiting: nothing,
        running: nothing,
        failed: nothing,
        done: 3,
        failures: 1,
        waited: 20,
        waitedMost: 60,
        ran: 5,
        ranMost: 9,
      },
    ])
  })
})

describe('a graph', () => {
  it('is drawn the same each time, with its nodes apart and the person in the middle', () => {
    const nodes = ['p', ...Array.from({ length: 12 }, (_, n) => `i${n}`)]
    const edges = nodes.slice(1).map((from) => ({ from, to: 'p' }))
    const places = layout(nodes, edges, 'p')
    expect(layout(nodes, edges, 'p')).toEqual(places)
    expect(places.get('p')).toEqual({ x: 0, y: 0 })
    const points = [...places.values()]
    for (const [index, a] of points.entries())
      for (const b of points.slice(index + 1)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(25)
  })
})

describe('words', () => {
  it('call somebody by the best that is known', () => {
    const identifiers = [
      { type: 'anonymous_id', value: '35e43126-aaaa' },
      { type: 'email', value: 'ada@example.com' },
    ]
    expect(personName({ id: 'Profile:1', traits: { firstName: 'Ada', lastName: 'Lovelace' }, identifiers })).toBe(
      'Ada Lovelace',
    )
    expect(personName({ id: 'Profile:1', traits: {}, identifiers })).toBe('ada@example.com')
    expect(personName({ id: 'Profile:1', traits: null, identifiers: identifiers.slice(0, 1) })).toBe('Visitor 35e43126')
    expect(personName({ id: 'Profile:0199ad3c-12345678', traits: 5 })).toBe('Profile 12345678')
  })

  it('say times, sizes and names', () => {
    const now = Date.parse('2026-11-25T12:00:00Z')
    expect(relative('2026-11-25T11:58:00Z', now)).toBe('2 min ago')
    expect(relative('2026-11-26T13:00:00Z', now)).toBe('in 1 d')
    expect([duration('P1DT2H'), duration('PT30S'), duration('soon')]).toEqual(['1 day 2 hours', '30 seconds', 'soon'])
    expect([milliseconds(0), milliseconds(9.94), milliseconds(250), milliseconds(2500)]).toEqual([
      '0 ms',
      '9.9 ms',
      '250 ms',
      '2 s',
    ])
    expect([bytes(200), bytes(1500), bytes(16_777_216)]).toEqual(['200 B', '1.5 kB', '16.8 MB'])
    expect([words('SEGMENT_ENTERED'), words('anonymous_id'), words('lastSeen')]).toEqual([
      'Segment entered',
      'Anonymous id',
      'Last seen',
    ])
    expect([initials('Ada Lovelace'), initials('ada.l@example.com'), initials('')]).toEqual(['AL', 'AL', '?'])
  })

  it('make a key of a name', () => {
    expect(['VIP, Berlin', 'Café > 5', '--', 'x'.repeat(80)].map(keyOf)).toEqual([
      'vip_berlin',
      'cafe_5',
      '',
      'x'.repeat(63),
    ])
  })
})
