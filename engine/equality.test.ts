/** Whatever streams in, the state that the reactions left behind is what evaluating everything anew would say. */
import { afterAll, expect, it } from 'vitest'
import { inTenant } from '../db/client.ts'
import { testDatabase } from '../test/database.ts'
import { backfill } from './backfill.ts'
import { looking } from './concerned.ts'
import { type Change, react } from './react.ts'
import { compile, type Definition, parseLabelRule, parseRule } from './rules/index.ts'

const db = await testDatabase()
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
afterAll(() => console.log(`seed of the streams: ${SEED}`))

const NAMES = ['Viewed', 'Added', 'Bought']
Object.assign(looking, { fewest: 1, pause: 0 })
const RULES: Record<string, object> = {
  viewers: { event: { name: 'Viewed', within: 'PT0.4S', count: { gte: 2 } } },
  'not-buyers': { not: { event: { name: 'Bought', within: 'PT0.5S' } } },
  abandoned: { followedBy: { first: { name: 'Added' }, then: { name: 'Bought' }, within: 'PT0.3S', absent: true } },
  spenders: { event: { name: 'Bought', aggregate: { sum: 'total', gte: 100 } } },
  gold: { label: { key: 'tier', eq: 'gold' } },
  'quiet-gold': { all: [{ segment: { key: 'gold' } }, { segment: { key: 'not-buyers' } }] },
  pro: { field: { path: 'plan', eq: 'pro' } },
  known: { identifier: { type: 'user_id', exists: true } },
}
const LABELS: Record<string, object> = {
  tier: {
    cases: [
      { when: { event: { name: 'Bought', count: { gte: 3 } } }, value: 'gold' },
      { when: { event: { name: 'Bought' } }, value: 'silver' },
    ],
  },
}

/** Without windows no timer comes to the help of an answer that should have been asked for. */
const TIMELESS = ['spenders', 'gold', 'pro', 'known']

it.each([
  { stream: 1, timeless: false },
  { stream: 2, timeless: false },
  { stream: 3, timeless: true },
  { stream: 4, timeless: true },
])(
  'stream $stream: events, merges, traits, new rules, in any order; without time: $timeless',
  async ({ stream, timeless }) => {
    const random = generator(SEED + stream)
    const tenant = await db.createTenant(`stream-${stream}`)
    const inOurs = <T>(work: Parameters<typeof inTenant<T>>[2]) => inTenant(db.worker, tenant, work)
    const definitions: Definition[] = []
    const define = async (kind: 'label' | 'segment', key: string, rule: object) => {
      const [row] = await inOurs(
        (sql) =>
          sql`INSERT INTO ${sql(`${kind}s`)} (key, name, rule) VALUES (${key}, ${key}, ${sql.json(rule as never)}) RETURNING id`,
      )
      const id = row!.id as string
      definitions.push({ id, kind, key, rule: kind === 'label' ? parseLabelRule(rule) : parseRule(rule) } as Definition)
      await backfill(db.worker, tenant, kind, id)
    }
    for (const [key, rule] of Object.entries(LABELS)) await define('label', key, rule)
    const later = Object.entries(RULES).filter(([key]) => !timeless || TIMELESS.includes(key))
    for (const [key, rule] of later.splice(0, later.length - 2)) await define('segment', key, rule)

    for (let step = 0; step < 40; step++) {
      const people: Extract<Change, { people: unknown }>['people'] = []
      for (let n = 1 + random(4); n > 0; n--) {
        const ids: Record<string, string> =
          random(3) > 0 ? { user_id: `u${random(4)}` } : { anonymous_id: `a${random(5)}` }
        if (random(4) === 0) Object.assign(ids, { user_id: `u${random(4)}`, anonymous_id: `a${random(5)}` })
        const [name, ms] = [NAMES[random(3)]!, random(5) === 0 ? (timeless ? 0 : 200) - random(600) : 0]
        const traits = random(6) === 0 ? { plan: ['pro', 'free'][random(2)]! } : null
        const [event] = await inOurs(
          (sql) => sql`
INSERT INTO events (type, name, user_id, anonymous_id, properties, traits, occurred_at)
VALUES (${traits ? 'identify' : 'track'}, ${name}, ${ids.user_id ?? null}, ${ids.anonymous_id ?? null}, ${sql.json({ total: random(60) })}, ${traits && sql.json(traits)},
  clock_timestamp() + ${ms} * interval '1 ms')
RETURNING id, occurred_at`,
        )
        const { id, occurred_at: at } = event as { id: string; occurred_at: string }
        people.push({
          ids,
          from: at,
          to: at,
          ...((timeless || random(4) > 0) && { events: [name] }),
          ...(traits && { refs: [[at, id]] }),
        })
      }
      if (random(5) > 0) await react(db.worker, tenant, [{ tenant, people }])
      else for (const person of people) await react(db.worker, tenant, [{ tenant, people: [person] }])
      if (timeless) await compare()
      else if (random(3) === 0) await fireTimers()
      if (step % 8 === 7 && later.length > 0) await define('segment', ...later.shift()!)
    }
    await fireTimers()
    await compare()
    expect(await historyAsMembers()).toEqual(await membersNow())

    /** At an instant before which nothing is due. */
    async function compare(): Promise<void> {
      const { full, stored } = await inOurs(async (sql) => {
        const [{ at: instant }] = await sql<[{ at: string }]>`
  SELECT least(clock_timestamp(), (SELECT min(due_at) - interval '1 us' FROM timers WHERE tenant_id = kith_tenant())) AS at`
        const profiles = (await sql`SELECT id FROM profiles WHERE merged_into IS NULL`).map((row) => row.id as string)
        const { text, parameters } = compile(definitions)
        const answers = await sql.unsafe(text, [profiles, instant, 'UTC', ...parameters] as never[])
        const keys = new Map(definitions.map((one) => [one.id, one.key]))
        const full = answers
          .filter((row) => row.value !== false && row.value !== null)
          .map(
            (row) =>
              `${keys.get(row.definition_id)} ${row.profile_id} ${row.value === true ? '' : JSON.stringify(row.value)}`,
          )
        const rows = await sql`
  SELECT s.key, profile_id, '' AS value FROM members m JOIN segments s ON s.id = segment_id
  UNION ALL SELECT l.key, profile_id, value::text FROM label_values v JOIN labels l ON l.id = label_id`
        return {
          full: full.toSorted(byText),
          stored: rows.map((row) => `${row.key} ${row.profile_id} ${row.value}`).toSorted(byText),
        }
      })
      expect(stored).toEqual(full)
    }
    /** As jobs/timers.ts does it. */
    async function fireTimers(): Promise<void> {
      const due = await inOurs(
        (sql) =>
          sql`DELETE FROM timers WHERE tenant_id = kith_tenant() AND due_at <= clock_timestamp() RETURNING profile_id`,
      )
      if (due.length > 0)
        await react(db.worker, tenant, [
          { tenant, profiles: due.map((row) => row.profile_id as string), cause: 'timer' },
        ])
    }
    /** The last transition of each says whether they are in: the history is whole, through merges too. */
    async function historyAsMembers(): Promise<string[]> {
      const rows = await inOurs(
        (sql) => sql`
SELECT DISTINCT ON (definition_id, profile_id) definition_id, profile_id, kind FROM feed
WHERE kind IN ('segment_entered', 'segment_left') ORDER BY definition_id, profile_id, seq DESC`,
      )
      return rows
        .filter((row) => row.kind === 'segment_entered')
        .map((row) => `${row.definition_id} ${row.profile_id}`)
        .toSorted(byText)
    }
    async function membersNow(): Promise<string[]> {
      const rows = await inOurs((sql) => sql`SELECT segment_id, profile_id FROM members`)
      return rows.map((row) => `${row.segment_id} ${row.profile_id}`).toSorted(byText)
    }
  },
)

const byText = (a: string, b: string) => (a < b ? -1 : 1)

function generator(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
