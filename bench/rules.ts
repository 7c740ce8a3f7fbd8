import { type Client, connect, inTenant, type Transaction } from '../db/client.ts'
import { concerned } from '../engine/concerned.ts'
import type { StoredDefinition } from '../engine/definitions.ts'
import { asked } from '../engine/dependencies.ts'
import { evaluate } from '../engine/evaluate.ts'
import { compile, type Definition, parseRule } from '../engine/rules/index.ts'
import type { Side } from './lib/alternated.ts'
import type { BenchDatabase } from './lib/bench.ts'
import { AT, fill, profiles, segments } from './lib/half-year.ts'
import { definePart } from './lib/part.ts'

const SHARES = { '0_05': 0.0005, '0_5': 0.005, '5': 0.05, '100': 1 } as const
type Share = keyof typeof SHARES

const BOUNDS = {
  again:
    'of 1.0 ms for 50 people the statement that finds whom it concerns has 0.6, BEGIN and COMMIT with their round trips the rest',
  anew: 'who is not in, and not ruled out by a trait, has to have the events read: a look-up of each identifier in each chunk of the window',
} as const
const refresh = { better: 'higher', unit: 'ratio' } as const
const AGAINST = 'REFRESH MATERIALIZED VIEW of the same rule; those who changed'
const again = { ...refresh, against: `${AGAINST} are the same each time` }
const anew = { ...refresh, goal: null, against: `${AGAINST} are others each time` }

/** People with two identifiers each, and ten events a head over half a year. */
export const part = definePart({
  about:
    'Evaluating a rule for those who changed, against refreshing it for all; and what a hundred rules cost over one',
  figures: {
    'rules.delta_over_refresh_0_05': { ...again, goal: 400 },
    'rules.delta_over_refresh_0_5': { ...again, goal: 100 },
    'rules.delta_over_refresh_5': { ...again, goal: 10 },
    'rules.delta_over_refresh_100': { ...again, goal: 0.9 },
    'rules.delta_over_refresh_anew_0_05': anew,
    'rules.delta_over_refresh_anew_0_5': anew,
    'rules.delta_over_refresh_anew_5': anew,
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

    const segment = await prepareSegment(db, tenant)
    // As a worker's connections have, this one makes its plans once.
    const worker = connect(db.workerUrl, { max: 1, name: 'bench' })
    bench.atEnd(() => worker.end())
    const everybody = await profiles(db, tenant, null)
    const compare = async (name: string, share: Share, who: (changed: number) => string[]) => {
      const changed = Math.max(1, Math.round(people * SHARES[share]))
      const { aSpeed } = await bench.alternated(
        delta(db, worker, tenant, segment, () => who(changed)),
        {
          name: 'refresh',
          run: () => db.owner`REFRESH MATERIALIZED VIEW keen`,
          answer: () => size(db.owner`SELECT count(*)::int AS n FROM keen`),
        },
      )
      figures[`rules.delta_over_refresh_${name}`] = {
        value: aSpeed,
        rows: people * 10,
        bound: BOUNDS[name.startsWith('anew') ? 'anew' : 'again'],
      }
    }
    let next = 0
    for (const share of ['0_05', '0_5', '5'] as const)
      await compare(`anew_${share}`, share, (changed) => everybody.slice(next, (next += changed)))
    // A number-like key would come first of an object's.
    for (const share of ['0_05', '0_5', '5', '100'] as const)
      await compare(share, share, (changed) => everybody.slice(-changed))

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
async function prepareSegment(db: BenchDatabase, tenant: string): Promise<StoredDefinition> {
  await db.owner`CREATE STATISTICS plans ON (traits ->> 'plan') FROM profiles`
  await db.owner`ANALYZE profiles`
  await db.owner.unsafe(`
CREATE MATERIALIZED VIEW keen AS
SELECT i.profile_id
FROM events e
JOIN identifiers i ON i.tenant_id = e.tenant_id AND i.id = e.identifier_id
JOIN profiles p ON p.tenant_id = i.tenant_id AND p.id = i.profile_id
WHERE e.tenant_id = '${tenant}' AND e.name = '${VIEW}' AND e.properties ->> 'price' IS NOT NULL
  AND (e.properties ->> 'price')::numeric >= 20 AND e.occurred_at > timestamptz '${AT}' - interval '90 days' AND e.occurred_at <= '${AT}'
  AND p.traits ->> 'plan' = 'pro' AND p.merged_into IS NULL
GROUP BY i.profile_id
HAVING count(*) >= 2`)
  const [{ id }] = await db.owner<[{ id: string }]>`
INSERT INTO segments (tenant_id, key, name, rule) VALUES (${tenant}, 'keen', 'Keen', ${RULE as never}) RETURNING id`
  const rule = parseRule(RULE)
  const segment = {
    id,
    kind: 'segment',
    key: 'keen',
    rule,
    status: 'active',
    version: 1,
    backfilledVersion: 1,
  } as const
  const everybody = await profiles(db, tenant, null)
  await inTenant(db.worker, tenant, (sql) => evaluateSegment(sql, segment, everybody))
  return segment
}

const VIEW = 'Product Viewed'
const RULE = {
  all: [
    { field: { path: 'plan', eq: 'pro' } },
    { event: { name: VIEW, where: { path: 'price', gte: 20 }, within: 'P90D', count: { gte: 2 } } },
  ],
}

function evaluateSegment(sql: Transaction, segment: StoredDefinition, profiles: string[]) {
  const definitions = [asked(segment, 'change')]
  return evaluate(sql, { at: AT, timezone: 'UTC', profiles, definitions, complete: false })
}

/** As a reaction does it once it knows who did what. */
function delta(
  db: BenchDatabase,
  worker: Client,
  tenant: string,
  segment: StoredDefinition,
  who: () => string[],
): Side {
  let changed: string[] = []
  const definitions = [segment]
  const names = new Set([VIEW])
  return {
    name: 'delta',
    before: async () => {
      changed = who()
      await view(db, tenant, changed)
    },
    run: () =>
      inTenant(worker, tenant, async (sql) => {
        const part = { profiles: changed, names, definitions }
        const profiles = await concerned(sql, { at: AT, timezone: 'UTC', definitions }, part)
        if (profiles.length > 0) await evaluateSegment(sql, segment, profiles)
      }),
    answer: () => size(db.owner`SELECT count(*)::int AS n FROM members WHERE segment_id = ${segment.id}`),
  }
}

/** One more view for each of them. */
async function view(db: BenchDatabase, tenant: string, profiles: string[]): Promise<void> {
  await db.owner`
INSERT INTO events (tenant_id, name, user_id, occurred_at, properties)
SELECT ${tenant}, ${VIEW}, i.value, ${AT}::timestamptz - random() * interval '30 days', '{"price": 50}'
FROM identifiers i
WHERE i.tenant_id = ${tenant} AND i.profile_id = ANY (${profiles}::uuid[]) AND i.type = 'user_id'`
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
