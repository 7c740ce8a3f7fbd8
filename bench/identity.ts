import { type Client, inTenant } from '../db/client.ts'
import { type Person, resolve } from '../engine/identity/index.ts'
import { defaultPolicy, identifierId, mergeProfiles, nameIdentifiers } from '../engine/identity/index.ts'
import type { Bench } from './lib/bench.ts'
import { definePart } from './lib/part.ts'

type Database = Awaited<ReturnType<Bench['database']>>

const UPSERT_BOUND =
  'AGE keeps its keys as agtype, which is slow to compare: of the time of 500 identifiers 47 % goes into finding them and their profiles by it, 42 % into the nodes with their unique index, and 11 % into the edges (EXPLAIN ANALYZE)'

export const part = definePart({
  about: 'What identity costs: the graph, the look-up, the component, the batch, the merge',
  figures: {
    'identity.upsert_over_merge': {
      goal: 100,
      better: 'higher',
      unit: 'ratio',
      against:
        "edges a second by AGE's MERGE, one by one, with a GIN index, in batches of 500, each beside 20,000 nodes of its own",
    },
    'identity.lookup_over_pk': {
      goal: 0.8,
      better: 'higher',
      unit: 'ratio',
      against: 'a prepared primary-key look-up by an id that is known already',
    },
    'identity.component_over_cte': {
      goal: 10,
      better: 'higher',
      unit: 'ratio',
      against: 'a recursive CTE over a chain of 5,000 links',
    },
    'identity.events_per_s': {
      goal: 20_000,
      better: 'higher',
      unit: 'events/s',
      against: 'batches of 500 people with 2,000 events, one in ten new, two tenants at once, 2 cores',
    },
    'identity.event_rows_rewritten_by_merge': {
      goal: 0,
      better: 'lower',
      unit: 'rows',
      against: 'a profile with 1 M events that becomes part of another',
    },
  },
  async run(bench) {
    const db = await bench.database()
    return {
      'identity.upsert_over_merge': await upsertOverMerge(bench, db),
      'identity.lookup_over_pk': await lookupOverPrimaryKey(bench, db),
      'identity.component_over_cte': await componentOverCte(bench, db),
      'identity.events_per_s': await eventsPerSecond(bench, db),
      'identity.event_rows_rewritten_by_merge': await rowsRewritten(bench, db),
    }
  },
})

const seen = (ids: Record<string, string>, hour = 10): Person => {
  const at = `2026-11-24T${hour}:00:00.000000Z`
  return { ids, from: at, to: at }
}

async function meet(sql: Client, tenant: string, people: Person[]): Promise<void> {
  for (let n = 0; n < people.length; n += 500) {
    await inTenant(sql, tenant, (sql) => resolve(sql, tenant, people.slice(n, n + 500)))
  }
}

const many = (count: number, one: (n: number) => Person) => Array.from({ length: count }, (_, n) => one(n))

/** The same people twice: MERGE has the GIN index that it needs, and the statements do not pay for it. */
async function upsertOverMerge(bench: Bench, db: Database) {
  const edges = bench.size(500, 100)
  const [ours, theirs] = [await graphOf(bench, db, 'ours', edges), await graphOf(bench, db, 'theirs', edges)]
  await db.owner.unsafe(`CREATE INDEX ON ${theirs.graph}."Identifier" USING gin (properties)`)
  await db.owner`ANALYZE`
  const ids = ours.batch.map(({ id }) => id)
  const { aSpeed } = await bench.alternated(
    {
      name: 'set-based',
      ...ours.around,
      run: () => inTenant(db.worker, ours.tenant, (sql) => sql`SELECT ops.sync_graph(${ids}::uuid[], '{}')`),
    },
    {
      name: 'MERGE',
      ...theirs.around,
      run: () =>
        db.owner.begin(async (sql) => {
          await sql.unsafe('SET LOCAL search_path = ag_catalog, public')
          for (const { id, profile_id } of theirs.batch) {
            await sql.unsafe(
              `SELECT * FROM cypher('${theirs.graph}', $$ MATCH (p:Profile) WHERE p.id = '${profile_id}' MERGE (i:Identifier {id: '${id}'}) MERGE (i)-[:IDENTIFIES]->(p) $$) AS (x agtype)`,
            )
          }
        }),
    },
    { rounds: bench.quick ? 1 : 3 },
  )
  return { value: aSpeed, rows: edges, bound: UPSERT_BOUND }
}

/** A tenant's graph of many people, some identifiers of it, and how to take these out of the graph again. */
async function graphOf(bench: Bench, db: Database, slug: string, edges: number) {
  const tenant = await db.createTenant(`graph-${slug}`)
  const graph = `kith_${tenant.replaceAll('-', '')}`
  const people = many(bench.size(20_000, 1000), (n) => seen({ user_id: `u${n}` }))
  await meet(db.worker, tenant, people)
  const batch = await db.owner<{ id: string; profile_id: string }[]>`
SELECT id, profile_id FROM identifiers WHERE tenant_id = ${tenant} ORDER BY id LIMIT ${edges}`
  const keys = batch.map(({ id }) => `ops.agtype_key('${id}')`).join()
  const nodes = `SELECT id FROM ${graph}."Identifier" WHERE ag_catalog.agtype_access_operator(properties, '"id"'::ag_catalog.agtype) IN (${keys})`
  const around = {
    before: () =>
      db.owner.unsafe(`
SET search_path = ag_catalog, public; DELETE FROM ${graph}."IDENTIFIES" e USING (${nodes}) n WHERE e.start_id = n.id;
DELETE FROM ${graph}."Identifier" n USING (${nodes}) m WHERE n.id = m.id`),
    answer: async () =>
      (await db.owner.unsafe(`SELECT count(*)::int AS edges FROM ${graph}."IDENTIFIES"`))[0]!.edges as number,
  }
  return { tenant, graph, batch, around }
}

async function lookupOverPrimaryKey(bench: Bench, db: Database) {
  const tenant = await db.createTenant('lookup')
  const people = bench.size(20_000, 500)
  await meet(
    db.worker,
    tenant,
    many(people, (n) => seen({ email: `person${n}@example.org` })),
  )
  await db.owner`ANALYZE identifiers`
  const lookups = bench.size(3000, 100)
  const address = (n: number) => `Person${(n * 37) % people}@example.org`
  const known = Array.from({ length: lookups }, (_, n) => identifierId('email', address(n).toLowerCase())!)
  const find = (id: string, sql: Client) =>
    sql`SELECT profile_id FROM identifiers WHERE tenant_id = ${tenant} AND id = ${id}`
  const all = async (idOf: (n: number) => string) => {
    let found = 0
    for (let n = 0; n < lookups; n++) found += (await find(idOf(n), db.owner)).length
    return found
  }
  const { aSpeed } = await bench.alternated(
    { name: 'by identifier', run: () => all((n) => nameIdentifiers(defaultPolicy, { email: address(n) })[0]!.id) },
    { name: 'by primary key', run: () => all((n) => known[n]!) },
    { rounds: bench.quick ? 2 : 9 },
  )
  return { value: aSpeed, rows: lookups }
}

async function componentOverCte(bench: Bench, db: Database) {
  const tenant = await db.createTenant('component')
  const nodes = bench.size(5000, 200)
  await db.owner`
INSERT INTO identifiers (tenant_id, id, type, value, profile_id, first_seen)
SELECT ${tenant}, identifier_id('anonymous_id', 'a' || n), 'anonymous_id', 'a' || n, ${tenant}, now()
FROM generate_series(1, ${nodes}::int) n`
  await db.owner`
INSERT INTO identity_links (tenant_id, a, b, source, first_seen, last_seen)
SELECT ${tenant}, least(x, y), greatest(x, y), 'event', now(), now()
FROM (SELECT identifier_id('anonymous_id', 'a' || n) AS x, identifier_id('anonymous_id', 'a' || n + 1) AS y
  FROM generate_series(1, ${nodes}::int - 1) n) AS chain`
  await db.owner`ANALYZE`
  const start = identifierId('anonymous_id', 'a1')!
  const { aSpeed } = await bench.alternated(
    {
      name: 'stored',
      run: async () => {
        const [row] = await db.owner`
SELECT count(*)::int AS nodes FROM identifiers WHERE tenant_id = ${tenant}
  AND profile_id = (SELECT profile_id FROM identifiers WHERE tenant_id = ${tenant} AND id = ${start})`
        return row!.nodes
      },
    },
    {
      name: 'walked',
      run: async () => {
        const [row] = await db.owner`
WITH RECURSIVE part AS (
  SELECT ${start}::uuid AS id
  UNION
  SELECT near.id FROM part CROSS JOIN LATERAL (
    SELECT b AS id FROM identity_links WHERE tenant_id = ${tenant} AND a = part.id
    UNION ALL
    SELECT a FROM identity_links WHERE tenant_id = ${tenant} AND b = part.id
  ) AS near
)
SELECT count(*)::int AS nodes FROM part`
        return row!.nodes
      },
    },
    { rounds: bench.quick ? 2 : 9 },
  )
  return { value: aSpeed, rows: nodes }
}

async function eventsPerSecond(bench: Bench, db: Database) {
  const tenants = [await db.createTenant('left'), await db.createTenant('right')]
  const known = bench.size(20_000, 1000)
  const person = (n: number) => seen({ user_id: `u${n}`, anonymous_id: `a${n}` })
  await Promise.all(tenants.map((tenant) => meet(db.worker, tenant, many(known, person))))
  await db.owner`VACUUM ANALYZE`
  const batches = bench.size(30, 4)
  let next = known
  const batch = (n: number) =>
    many(500, (i) => person(i % 10 === 0 ? next++ : (n * 977 + i * 31) % known)).map((one) => ({
      ...one,
      to: '2026-11-24T10:05:00.000000Z',
    }))
  const all = Array.from({ length: batches }, (_, n) => batch(n))
  const started = performance.now()
  await Promise.all(
    tenants.map(async (tenant) => {
      for (const people of all) await inTenant(db.worker, tenant, (sql) => resolve(sql, tenant, people))
    }),
  )
  const seconds = (performance.now() - started) / 1000
  const events = batches * 500 * 4 * tenants.length
  return { value: events / seconds, rows: events }
}

async function rowsRewritten(bench: Bench, db: Database) {
  const tenant = await db.createTenant('million')
  const events = bench.size(1_000_000, 10_000)
  await meet(db.worker, tenant, [seen({ anonymous_id: 'busy' }), seen({ user_id: 'ada' })])
  await db.owner.begin(async (sql) => {
    // The relay is not asked here, and one message of a million events would be none of its messages.
    await sql`SET LOCAL session_replication_role = replica`
    await sql`
INSERT INTO events (tenant_id, name, anonymous_id, occurred_at)
SELECT ${tenant}, 'Page Viewed', 'busy', timestamptz '2026-11-01' + n * interval '1 s' FROM generate_series(1, ${events}::int) n`
  })
  const rewritten = async () => {
    await db.owner`SELECT pg_stat_force_next_flush()`
    const [row] = await db.owner`
SELECT coalesce(sum(n_tup_upd + n_tup_del), 0)::int AS rows FROM pg_stat_all_tables
WHERE schemaname = '_timescaledb_internal' OR relname = 'events'`
    return row!.rows as number
  }
  const before = await rewritten()
  const profileOf = async (value: string) =>
    (await db.owner`SELECT profile_id FROM identifiers WHERE tenant_id = ${tenant} AND value = ${value}`)[0]!
      .profile_id as string
  const [intoId, busy] = [await profileOf('ada'), await profileOf('busy')]
  const started = performance.now()
  await inTenant(db.worker, tenant, (sql) => mergeProfiles(sql, tenant, { intoId, profileIds: [busy] }))
  bench.say(`merged a profile with ${events} events in ${(performance.now() - started).toFixed(1)} ms`)
  const [owned] = await db.owner`
SELECT count(*)::int AS events FROM events e JOIN identifiers i ON i.tenant_id = e.tenant_id AND i.id = e.identifier_id
WHERE e.tenant_id = ${tenant} AND i.profile_id = ${intoId}`
  if (owned!.events !== events) throw new Error(`Expected ${events} events of the one person; found ${owned!.events}.`)
  return { value: (await rewritten()) - before, rows: events }
}
