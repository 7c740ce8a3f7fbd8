/** Random changes while workers are killed, against what the other database itself has noted; and one transaction that is large. */
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, expect, it, vi } from 'vitest'

vi.hoisted(() => {
  process.env.SOURCE_HOSTS = 'localhost,127.0.0.1'
})

const { otherDatabase, testDatabase, until } = await import('../../test/database.ts')
const { graphql } = await import('../../test/graphql.ts')
const { startProcess } = await import('../../test/processes.ts')

const db = await testDatabase()
const tenantId = await db.createTenant('shop')
const ask = graphql(db.api)('shop-admin')

const { name, url, theirs, drop } = await otherDatabase(4)

const running: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((stop) => stop()))
})
afterAll(async () => {
  await until(async () => {
    await theirs`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = ${name} AND NOT active`
    return (await theirs`SELECT FROM pg_replication_slots WHERE database = ${name}`).length === 0
  })
  await drop()
})

async function create(tables: string[], mapping: string): Promise<string> {
  const answer = await ask(
    'mutation ($input: CreatePostgresSourceInput!) { createPostgresSource(input: $input) { postgresSource { source { id } } } }',
    { input: { name: tables.join(), url: url.href, mode: 'REPLICATION', tables, mapping } },
  )
  expect(answer.errors, JSON.stringify(answer.errors)).toBeUndefined()
  return answer.data.createPostgresSource.postgresSource.source.id.replace('Source:', '')
}

const state = async (id: string) => (await db.owner`SELECT * FROM postgres_sources WHERE source_id = ${id}`)[0]!
const worker = (options = '') => {
  const env = { WORKER_DATABASE_URL: db.workerUrl, SOURCE_HOSTS: 'localhost,127.0.0.1', NODE_OPTIONS: options }
  const process = startProcess('bin/worker.ts', env)
  running.push(process.kill)
  return process
}
/** A killed holder is believed for a while: not in a test. */
const free = () => db.owner`UPDATE postgres_sources SET held_until = now(), next_at = now()`

/** A small generator of its own, so that a failure's seed makes the same again. */
function randomOf(seed: number) {
  return (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
}

it('brings each change once and leaves what is there, whoever is killed when', async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1e9)
  const random = randomOf(seed)
  await theirs.unsafe(`
CREATE TABLE people (id int PRIMARY KEY, mail text, version int NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, mail text, version int NOT NULL);
CREATE TABLE noted (n serial, what text);
CREATE SEQUENCE versions;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO noted (what) VALUES (lower(TG_OP) || ' ' || TG_TABLE_NAME || ' ' || CASE TG_OP WHEN 'DELETE' THEN OLD.id || ' -' ELSE NEW.id || ' ' || NEW.version END);
  RETURN NULL; END $$;
CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON people FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION note();`)
  const change = async (sql: any) => {
    const table = sql(random(3) ? 'people' : 'orders')
    const id = random(40)
    if (random(4) === 0) return sql`DELETE FROM ${table} WHERE id = ${id}`
    return sql`
INSERT INTO ${table} VALUES (${id}, ${`${random(100)}@example.com`}, nextval('versions'))
ON CONFLICT (id) DO UPDATE SET mail = excluded.mail, version = excluded.version`
  }
  for (let n = 0; n < 30; n++) await change(theirs)
  await theirs`TRUNCATE noted`
  const before = await theirs<{ what: string }[]>`
SELECT 'snapshot people ' || id || ' ' || version AS what FROM people UNION ALL SELECT 'snapshot orders ' || id || ' ' || version FROM orders`

  const id = await create(
    ['people', 'orders'],
    `{"records": {"object": "lead", "externalId": table & "-" & row.id, "delete": op = "delete", "custom": {"version": row.version}, "email": row.mail},
      "events": {"type": "track", "event": op & " " & table & " " & row.id & " " & (op = "delete" ? "-" : row.version), "userId": "u"}}`,
  )
  let one = worker()
  await until(
    () => state(id),
    ({ slot, position }) => slot !== null && position !== null,
    { timeout: 60_000 },
  )
  let taken = 0
  const kills = (async () => {
    for (let n = 0; n < 4; n++) {
      await until(async () => Number((await state(id)).rows) > taken, Boolean, { timeout: 60_000 })
      taken = Number((await state(id)).rows)
      await new Promise((resolve) => setTimeout(resolve, random(1500)))
      await one.kill()
      await free()
      one = worker()
      await until(
        () => state(id),
        ({ held_until: until }) => Date.parse(until) > Date.now() + 1000,
        { timeout: 60_000 },
      )
    }
  })()
  let isKilling = true
  void kills.finally(() => (isKilling = false))
  for (let n = 0; isKilling || n < 100; n++) {
    await new Promise((resolve) => setTimeout(resolve, 30))
    await theirs
      .begin(async (sql) => {
        for (let changes = 1 + random(8); changes > 0; changes--) await change(sql)
        if (random(6) === 0) throw new Error('never')
      })
      .catch((error: Error) => {
        if (error.message !== 'never') throw error
      })
  }
  await kills
  const expected = [...before, ...(await theirs<{ what: string }[]>`SELECT what FROM noted ORDER BY n`)].map(
    ({ what }) => what,
  )
  const rows = () =>
    db.owner<{ what: string }[]>`SELECT name AS what FROM events WHERE tenant_id = ${tenantId} AND source_id = ${id}`
  await until(rows, (list) => list.length >= expected.length, { timeout: 120_000 })
  expect((await rows()).map(({ what }) => what).sort(), `seed ${seed}`).toEqual(expected.sort())
  const left = await theirs`
SELECT 'people-' || id AS id, mail, version FROM people UNION ALL SELECT 'orders-' || id, mail, version FROM orders ORDER BY id`
  const leads = await db.owner`
SELECT external_id AS id, email AS mail, (custom->>'version')::int AS version FROM leads WHERE tenant_id = ${tenantId}`
  const sorted = (list: any) => list.map((one: object) => JSON.stringify(one)).sort()
  expect(sorted(leads), `seed ${seed}`).toEqual(sorted(left))
  expect(await state(id)).toMatchObject({ dead: '0', rows: String(expected.length) })
}, 240_000)

it('takes a transaction of 100,000 rows piece by piece, in little memory, and goes on within it', async () => {
  await theirs.unsafe('CREATE TABLE large (id int PRIMARY KEY, filler text)')
  const id = await create(['large'], 'row.id % 1000 = 0 ? {"type": "track", "event": "big " & row.id, "userId": "u"}')
  // 100 MB, which this one may not hold at once: it would end.
  const options = '--max-old-space-size=160'
  let one = worker(options)
  await until(
    () => state(id),
    ({ position }) => position !== null && position.row === undefined,
    { timeout: 60_000 },
  )
  const before = memoryOf(one.child.pid!)
  await theirs`INSERT INTO large SELECT n, repeat(md5(n::text), 32) FROM generate_series(1, 100000) AS n`
  const taken = (rows: number) =>
    until(
      () => state(id),
      (now) => Number(now.rows) >= rows,
      { timeout: 300_000 },
    )
  await taken(60_000)
  console.info(`memory grew from ${before} to ${memoryOf(one.child.pid!)} MB`)
  expect(memoryOf(one.child.pid!) - before).toBeLessThan(150)
  await one.kill()
  expect((await state(id)).position.changes).toBeGreaterThan(50_000)
  await free()
  one = worker(options)
  await taken(100_000)
  expect((await state(id)).rows).toBe('100000')
  expect(await db.owner`SELECT FROM events WHERE tenant_id = ${tenantId} AND name LIKE 'big %'`).toHaveLength(100)
}, 700_000)

/** The most that it has ever had, in MB. */
const memoryOf = (pid: number) =>
  Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1000)
