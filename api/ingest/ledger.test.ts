/**
 * Nothing is lost and nothing doubled, whatever comes by whichever door, is sent again, or replayed: of each source and door
 * accepted = stored + deduplicated + dead, and both sides are what is there.
 */
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import type { DoorName } from '../../test/doors.ts'

vi.hoisted(() => {
  process.env.SOURCE_HOSTS = 'localhost,127.0.0.1'
})

const { testDatabase } = await import('../../test/database.ts')
const { DOOR_NAMES, openDoors } = await import('../../test/doors.ts')
const { graphql, okOf } = await import('../../test/graphql.ts')

const db = await testDatabase()
const shop = await db.createTenant('shop')
const { doors } = await openDoors(db, shop)
const ok = okOf(graphql(db.api)('shop-admin'))

/** A good event, one that a strict behavior refuses, and one that nothing makes good. */
const KINDS = {
  good: { event: 'Seen' },
  strict: { event: 'Bought', properties: { total: 'much' } },
  never: { event: 'Seen', timestamp: 'never' },
}
type Kind = keyof typeof KINDS
type Sent = { door: DoorName; events: [Kind, id: number][] }
type Act = { send: Sent } | { again: number } | 'replay' | 'loosen' | 'tighten'

const anEvent = fc.tuple(fc.constantFrom<Kind>('good', 'good', 'strict', 'never'), fc.integer({ min: 1, max: 25 }))
const anAct = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      send: fc.record({
        door: fc.constantFrom(...DOOR_NAMES),
        events: fc.array(anEvent, { minLength: 1, maxLength: 8 }),
      }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ again: fc.nat() }) },
  { weight: 2, arbitrary: fc.constantFrom<Act>('replay', 'loosen', 'tighten') },
) as fc.Arbitrary<Act>

const textOf = ([kind, id]: [Kind, number]) =>
  JSON.stringify({ type: 'track', userId: `u${id % 3}`, messageId: `m${id}`, ...KINDS[kind] })

const setMode = (mode: string) =>
  ok('mutation ($i: UpdateBehaviorInput!) { updateBehavior(input: $i) { behavior { id } } }', {
    i: { id: behavior, mode },
  })
const replay = async () =>
  (await ok('mutation { replayDeadLetters(input: {which: {}}) { replayed stored deduplicated refused } }'))
    .replayDeadLetters as { replayed: number; stored: number; deduplicated: number; refused: number }

const { createBehavior } = await ok(
  `mutation { createBehavior(input: {name: "Bought", mode: STRICT, properties: [{key: "total", type: NUMBER}]}) {
    behavior { id } } }`,
)
const behavior = createBehavior.behavior.id as string

it('accounts for every event by source and door, with retries and replays in between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anAct, { minLength: 5, maxLength: 25 }), async (acts) => {
      for (const table of ['dead_letters', 'events', 'event_ids', 'ingest_counts'])
        await db.owner.unsafe(`DELETE FROM ${table}`)
      await setMode('STRICT')
      const requests: Sent[] = []
      const accepted = new Map<string, number>()
      const send = async (sent: Sent) => {
        requests.push(sent)
        accepted.set(sent.door, (accepted.get(sent.door) ?? 0) + sent.events.length)
        await doors[sent.door].send(sent.events.map(textOf))
      }
      for (const act of acts) {
        if (act === 'replay') await replay()
        else if (act === 'loosen') await setMode('OFF')
        else if (act === 'tighten') await setMode('STRICT')
        else if ('send' in act) await send(act.send)
        else if (requests.length > 0) await send(requests[act.again % requests.length]!)
      }
      await expectLedger(accepted)
      // In the end everything that can be stored is, once; and what cannot waits, as often as it was sent.
      await setMode('OFF')
      await replay()
      await expectLedger(accepted)
      const all = requests.flatMap(({ events }) => events)
      const storable = new Set(all.filter(([kind]) => kind !== 'never').map(([, id]) => `m${id}`))
      const stored = await db.owner`SELECT message_id FROM events ORDER BY message_id`
      expect(stored.map(({ message_id }) => message_id)).toEqual([...storable].toSorted())
      const waiting = await db.owner`SELECT code FROM dead_letters WHERE replayed_at IS NULL`
      expect(waiting.map(({ code }) => code)).toEqual(
        all.filter(([kind]) => kind === 'never').map(() => 'EVENT_BAD_TIME'),
      )
      expect(await replay()).toEqual({ replayed: 0, stored: 0, deduplicated: 0, refused: waiting.length })
    }),
    { numRuns: 15 },
  )
}, 300_000)

/** By what was sent, by what is stored, and by what is kept. */
async function expectLedger(accepted: Map<string, number>): Promise<void> {
  const counts = await db.owner<
    { source: string | null; door: string; accepted: number; stored: number; dead: number }[]
  >`
SELECT nullif(source_id, '00000000-0000-0000-0000-000000000000') AS source, door, sum(accepted)::int AS accepted,
  sum(stored)::int AS stored, sum(dead)::int AS dead
FROM ingest_counts GROUP BY 1, 2 HAVING sum(accepted) = sum(stored + deduplicated + dead + discarded + unconsented)`
  const byDoor = Map.groupBy(counts, ({ door }) => door)
  const sum = (rows: { accepted: number }[] = []) => rows.reduce((total, row) => total + row.accepted, 0)
  // The page's events come by the same door as a server's.
  const http = (accepted.get('http') ?? 0) + (accepted.get('browser') ?? 0)
  expect(sum(byDoor.get('http'))).toBe(http)
  for (const door of ['graphql', 'webhook', 'import', 'postgres'] as const)
    expect([door, sum(byDoor.get(door))]).toEqual([door, accepted.get(door) ?? 0])
  for (const [column, table] of [
    ['stored', 'events'],
    ['dead', 'dead_letters'],
  ] as const) {
    const there = await db.owner<{ source: string | null; n: number }[]>`
SELECT source_id AS source, count(*)::int AS n FROM ${db.owner(table)} GROUP BY 1`
    const counted = Map.groupBy(counts, ({ source }) => source)
    const told = [...counted].map(([source, rows]) => [source, rows.reduce((total, row) => total + row[column], 0)])
    expect(new Map(told.filter(([, n]) => n !== 0) as [string, number][])).toEqual(
      new Map(there.map(({ source, n }) => [source, n])),
    )
  }
}
