import { Engine } from 'json-rules-engine'
import { type Client, connect, inTenant } from '../db/client.ts'
import { compile } from '../engine/rules/index.ts'
import { AT, fill, profiles, type Spec, segments, specs } from './lib/half-year.ts'
import { definePart } from './lib/part.ts'

const SEGMENTS = 100
const against = `json-rules-engine 7.3.1 with the same ${SEGMENTS} rules`

/**
 * What changed people cost: which of a hundred segments each of them is in. Both sides get their ids. json-rules-engine is given
 * what it asks for as it is meant to be, by a fact that is fetched once per person; and once more by one statement for all.
 */
export const part = definePart({
  about: 'Rules compiled to one statement, against rules evaluated in JavaScript over rows that are fetched for them',
  figures: {
    'rules.over_json_rules_engine': {
      goal: 50,
      better: 'higher',
      unit: 'ratio',
      against: `${against}; the events of each person are a fact that it fetches, on 8 connections`,
    },
    'rules.over_json_rules_engine_prefetched': {
      goal: null,
      better: 'higher',
      unit: 'ratio',
      against: `${against}; the events of all people are fetched by one statement before`,
    },
  },
  async run(bench) {
    const db = await bench.database()
    const people = bench.size(100_000, 2000)
    const tenant = await db.createTenant('rules')
    await fill(db, tenant, people)
    const ids = await profiles(db, tenant, bench.size(500, 50))
    const definitions = segments(SEGMENTS)
    // A connection plans a statement once. The engines' connections have made their own many times by the first round.
    const one = connect(db.workerUrl, { max: 1, name: 'bench' })
    bench.atEnd(() => one.end())
    const kith = { name: 'kith', run: () => compiled(one, tenant, definitions, ids) }
    // An engine runs for one at a time: where another of its runs ends, it stops.
    const engines = Array.from({ length: AT_ONCE }, () => engineOf(specs(SEGMENTS)))

    const { aSpeed: fetched } = await bench.alternated(kith, {
      name: 'json-rules-engine',
      run: () =>
        counted(engines, ids, (id) => () => inTenant(db.worker, tenant, (sql) => eventsOf(sql as never, [id]))),
    })
    const { aSpeed: prefetched } = await bench.alternated(kith, {
      name: 'json-rules-engine, prefetched',
      run: async () => {
        const events = await inTenant(db.worker, tenant, (sql) => eventsOf(sql as never, ids))
        const byPerson = Map.groupBy(events, ({ person }) => person)
        return counted(engines, ids, (id) => async () => byPerson.get(id) ?? [])
      },
    })
    return {
      'rules.over_json_rules_engine': {
        value: fetched,
        rows: people * 10,
        bound:
          'half of the time is the look-up of each identifier in each chunk of the window, and the rows found there',
      },
      'rules.over_json_rules_engine_prefetched': { value: prefetched, rows: people * 10 },
    }
  },
})

/** How many people are in each segment. */
type Counts = number[]

async function compiled(
  sql: Client,
  tenant: string,
  definitions: ReturnType<typeof segments>,
  ids: string[],
): Promise<Counts> {
  const { text, parameters } = compile(definitions)
  // As the engine does: who is in a segment is told, and not who is in none.
  const told = `WITH answers AS (\n${text}\n) SELECT definition_id, profile_id FROM answers WHERE is_member`
  const rows = await inTenant(sql, tenant, async (sql) => {
    const generic = sql`SELECT set_config('plan_cache_mode', 'force_generic_plan', true)`.execute()
    const values = [ids, AT, 'UTC', ...parameters] as never[]
    const [, rows] = await Promise.all([generic, sql.unsafe(told, values, { prepare: true })])
    return rows as unknown as { definition_id: string; profile_id: string }[]
  })
  const places = new Map(definitions.map(({ id }, n) => [id, n]))
  const counts: Counts = definitions.map(() => 0)
  for (const { definition_id } of rows) counts[places.get(definition_id)!]! += 1
  return counts
}

type Event = { person: string; name: string; at: number; price: number }

/** Those that any of the rules may ask for, by the plan that compiled rules take. */
async function eventsOf(sql: Client, ids: string[]): Promise<Event[]> {
  const rows = await sql<{ person: string; name: string; at: string; price: number }[]>`
WITH owned AS MATERIALIZED (SELECT id, profile_id FROM identifiers WHERE profile_id = ANY (${ids}::uuid[]))
SELECT o.profile_id AS person, e.name, e.occurred_at AS at, e.properties -> 'price' AS price
FROM (
  SELECT identifier_id, name, occurred_at, properties FROM tenant_events
  WHERE identifier_id = ANY (ARRAY(SELECT id FROM owned)) AND occurred_at > ${AT}::timestamptz - interval '90 days' AND occurred_at <= ${AT}
  OFFSET 0
) e JOIN owned o ON o.id = e.identifier_id`
  return rows.map(({ at, ...event }) => ({ ...event, at: Date.parse(at) }))
}

type Count = { name: string; days: number; price?: number }

/** The places of the segments that a person is in. */
function engineOf(specs: Spec[]): (fetch: Fetch) => Promise<number[]> {
  const engine = new Engine()
  const now = Date.parse(AT)
  engine.addFact('count', async (params, almanac) => {
    const { name, days, price } = params as Count
    const events = await almanac.factValue<Event[]>('events')
    const since = now - days * 24 * 60 * 60 * 1000
    return events.filter(
      (event) => event.name === name && event.at > since && (price === undefined || event.price >= price),
    ).length
  })
  specs.forEach(({ name, days, least, without }, place) => {
    engine.addRule({
      conditions: {
        all: [
          { fact: 'count', params: { name, days }, operator: 'greaterThanInclusive', value: least },
          { fact: 'count', params: without, operator: 'equal', value: 0 },
        ],
      },
      event: { type: 'in', params: { place } },
    })
  })
  return async (fetch) => {
    let events: Promise<Event[]> | undefined
    const { events: told } = await engine.run({ events: () => (events ??= fetch()) } as never)
    return told.map(({ params }) => params!.place as number)
  }
}

const AT_ONCE = 8

type Fetch = () => Promise<Event[]>

async function counted(
  engines: ((fetch: Fetch) => Promise<number[]>)[],
  ids: string[],
  fetchOf: (id: string) => Fetch,
): Promise<Counts> {
  const counts: Counts = Array.from({ length: SEGMENTS }, () => 0)
  const waiting = [...ids]
  const work = async (engine: (typeof engines)[number]) => {
    for (let id = waiting.pop(); id; id = waiting.pop())
      for (const place of await engine(fetchOf(id))) counts[place]! += 1
  }
  await Promise.all(engines.map(work))
  return counts
}
