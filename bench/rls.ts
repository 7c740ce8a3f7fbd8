import { inTenant } from '../db/client.ts'
import { definePart } from './lib/part.ts'

/** Reads through the API's role, its forced policies and its view of the hypertable; and the same with no policy at all. */
export const part = definePart({
  about: 'What tenant isolation costs the reads of the API',
  figures: {
    'rls.on_over_off': {
      goal: 1.1,
      better: 'lower',
      unit: 'ratio',
      against: 'the same statements as a superuser, who passes every policy',
    },
  },
  async run(bench) {
    const db = await bench.database()
    const people = bench.size(20_000, 500)
    const tenants = [await db.createTenant('ours'), await db.createTenant('theirs')]
    for (const tenant of tenants) {
      await db.owner`
INSERT INTO contacts (tenant_id, email, first_name, stage)
SELECT ${tenant}, 'person' || n || '@example.com', 'Person ' || n, 'customer' FROM generate_series(1, ${people}::int) n`
      await db.owner`
INSERT INTO events (tenant_id, name, user_id, occurred_at)
SELECT ${tenant}, 'Page Viewed', 'person' || n % ${people}::int, timestamptz '2026-01-01' + n * interval '10 s'
FROM generate_series(1, ${people * 5}::int) n`
    }
    await db.owner`VACUUM ANALYZE`

    const [ours] = tenants as [string]
    const reads = bench.size(400, 20)
    type Sql = typeof db.api
    const events = { api: 'tenant_events', owner: 'events' } as const
    const read = async (sql: Sql, table: string, n: number): Promise<number> => {
      const contacts = await sql`
SELECT id FROM contacts WHERE tenant_id = ${ours} AND email = ${`person${n}@example.com`}`
      const behaviour = await sql`
SELECT count(*)::int AS n FROM ${sql(table)}
WHERE tenant_id = ${ours} AND identifier_id = identifier_id('user_id', ${`person${n}`})`
      const page = await sql`SELECT id FROM contacts WHERE tenant_id = ${ours} ORDER BY id LIMIT 50`
      return contacts.length + (behaviour[0]!.n as number) + page.length
    }
    const all = async (one: (n: number) => Promise<number>) => {
      let sum = 0
      for (let n = 1; n <= reads; n++) sum += await one((n * 37) % people)
      return sum
    }
    const { aTime } = await bench.alternated(
      { name: 'with', run: () => all((n) => inTenant(db.api, ours, (sql) => read(sql as never, events.api, n))) },
      {
        name: 'without',
        run: () => all((n) => inTenant(db.owner, ours, (sql) => read(sql as never, events.owner, n))),
      },
      { rounds: bench.quick ? 2 : 15 },
    )
    return { 'rls.on_over_off': { value: aTime, rows: people * 12 } }
  },
})
