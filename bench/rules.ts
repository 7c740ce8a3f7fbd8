import { inTenant, type Transaction } from '../db/client.ts'
import { evaluate } from '../engine/evaluate.ts'
import { compile, type Definition, parseRule } from '../engine/rules/index.ts'
import type { Side } from './lib/alternated.ts'
import type { BenchDatabase } from './lib/bench.ts'
import { AT, fill, profiles, segments } from './lib/half-year.ts'
import { definePart } from './lib/part.ts'

const SHARES = { '0_05': 0.0005, '0_5': 0.005, '5': 0.05, '100': 1 } as const
/** By perf, of 50 people with 100 identifiers: 33 % descents, 13 % rows, 12 % starting the statement. */
const FEW =
  'a third of it is the look-up of each identifier in each chunk of the window, an eighth the rows found there, an eighth starting the statement'
const MANY =
  'each of the people takes 15 to 30 µs of one core: a statement that writes is not parallel, and the refresh is'
const BOUNDS = { '0_05': FEW, '0_5': FEW, '5': MANY, '100': MANY } as const
const refresh = { better: 'higher', unit: 'ratio', against: 'REFRESH MATERIALIZED VIEW of the same rule' } as const

/** People with two identifiers each, and ten events a head over half a year. */
export const part = definePart({
  about:
    'Evaluating a rule for those who changed, against refreshing it for all; and what a hundred rules cost over one',
  figures: {
    'rules.delta_over_refresh_0_05': { ...refresh, goal: 400 },
    'rules.delta_over_refresh_0_5': { ...refresh, goal: 100 },
    'rules.delta_over_refresh_5': { ...refresh, goal: 10 },
    'rules.delta_over_refresh_100': { ...refresh, goal: 0.9 },
    'rules.hundred_over_one': {
      goal: 10,
      better: 'lower',
      unit: 'ratio',
      against: 'one of a hundred segments that share their events, for 100 people',
    },
  },
  async run(bench) {
    const db = await bench.database()
    const people = bench.size(100_000, 2000)
    const tenant = await db.createTenant('rules')
    await fill(db, tenant, people)
    const figures: Record<string, { value: number; rows: number; bound?: string }> = {}

    const id = await prepareSegment(db, tenant)
    for (const [name, share] of Object.entries(SHARES) as [keyof typeof SHARES, number][]) {
      const changed = Math.max(1, Math.round(people * share))
      const { aSpeed } = await bench.alternated(delta(db, tenant, id, changed), {
        name: 'refresh',
        run: () => db.owner`REFRESH MATERIALIZED VIEW keen`,
        answer: () => size(db.owner`SELECT count(*)::int AS n FROM keen`),
      })
      figures[`rules.delta_over_refresh_${name}`] = { value: aSpeed, rows: people * 10, bound: BOUNDS[name] }
    }

    const ids = await profiles(db, tenant, 100)
    const { aTime } = await bench.alternated(
      { name: 'a hundred', run: () => answer(db, tenant, segments(100), ids), answer: async () => 'asked' },
      { name: 'one', run: () => answer(db, tenant, segments(1), ids), answer: async () => 'asked' },
      { rounds: bench.quick ? 2 : 15 },
    )
    figures['rules.hundred_over_one'] = { value: aTime, rows: people * 10 }
    return figures as never
  },
})

/**
 * The same rule as a segment, and as the view that a hand would write, with the statistics that let it be planned well: without them
 * Postgres takes the plan for rare, and refreshing takes four times as long.
 */
async function prepareSegment(db: BenchDatabase, tenant: string): Promise<string> {
  await db.owner`CREATE STATISTICS plans ON (traits ->> 'plan') FROM profiles`
  await db.owner`ANALYZE profiles`
  await db.owner.unsafe(`
CREATE MATERIALIZED VIEW keen AS
SELECT i.profile_id
FROM events e
JOIN identifiers i ON i.tenant_id = e.tenant_id AND i.id = e.identifier_id
JOIN profiles p ON p.tenant_id = i.tenant_id AND p.id = i.profile_id
WHERE e.tenant_id = '${tenant}' AND e.name = 'Product Viewed' AND e.properties ->> 'price' IS NOT NULL
  AND (e.properties ->> 'price')::numeric >= 20 AND e.occurred_at > timestamptz '${AT}' - interval '90 days' AND e.occurred_at <= '${AT}'
  AND p.traits ->> 'plan' = 'pro' AND p.merged_into IS NULL
GROUP BY i.profile_id
HAVING count(*) >= 2`)
  const [segment] = await db.owner<[{ id: string }]>`
INSERT INTO segments (tenant_id, key, name, rule) VALUES (${tenant}, 'keen', 'Keen', ${RULE as never}) RETURNING id`
  const everybody = await profiles(db, tenant, null)
  await inTenant(db.worker, tenant, (sql) => evaluateSegment(sql, segment.id, everybody))
  return segment.id
}

const RULE = {
  all: [
    { field: { path: 'plan', eq: 'pro' } },
    { event: { name: 'Product Viewed', where: { path: 'price', gte: 20 }, within: 'P90D', count: { gte: 2 } } },
  ],
}

function evaluateSegment(sql: Transaction, id: string, profiles: string[]) {
  const definition = { id, kind: 'segment', key: 'keen', rule: parsed, cause: 'change' } as const
  return evaluate(sql, { at: AT, timezone: 'UTC', profiles, definitions: [definition], complete: false })
}
const parsed = parseRule(RULE)

/** Who changed is known by then, as it is to a reaction. */
function delta(db: BenchDatabase, tenant: string, id: string, changed: number): Side {
  let ids: string[] = []
  return {
    name: 'delta',
    before: async () => {
      await change(db, tenant, changed)
      ids = await profiles(db, tenant, changed)
    },
    run: () => inTenant(db.worker, tenant, (sql) => evaluateSegment(sql, id, ids)),
    answer: () => size(db.owner`SELECT count(*)::int AS n FROM members WHERE segment_id = ${id}`),
  }
}

/** One more view for each of them. */
async function change(db: BenchDatabase, tenant: string, changed: number): Promise<void> {
  await db.owner`
INSERT INTO events (tenant_id, name, user_id, occurred_at, properties)
SELECT ${tenant}, 'Product Viewed', i.value, ${AT}::timestamptz - random() * interval '30 days', '{"price": 50}'
FROM (SELECT id FROM profiles WHERE tenant_id = ${tenant} ORDER BY id LIMIT ${changed}) p
JOIN identifiers i ON i.tenant_id = ${tenant} AND i.profile_id = p.id AND i.type = 'user_id'`
}

async function size(rows: Promise<Iterable<{ n: number }>> | PromiseLike<unknown>): Promise<number> {
  const [row] = (await rows) as [{ n: number }]
  return row.n
}

async function answer(db: BenchDatabase, tenant: string, definitions: Definition[], ids: string[]): Promise<void> {
  const { text, parameters } = compile(definitions)
  await inTenant(db.worker, tenant, async (sql) => {
    const generic = sql`SELECT set_config('plan_cache_mode', 'force_generic_plan', true)`.execute()
    await Promise.all([generic, sql.unsafe(text, [ids, AT, 'UTC', ...parameters] as never[], { prepare: true })])
  })
}
