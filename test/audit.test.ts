import { expect, it } from 'vitest'
import { inTenant } from '../db/client.ts'
import { prune } from '../jobs/tasks/prune.ts'
import { testDatabase } from './database.ts'
import { graphql } from './graphql.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
const theirs = await db.createTenant('theirs')
const as = graphql(db.api)

const logOf = (tenant: string, object: string) => db.owner`
SELECT action, object_id AS id, before, after, actor_kind AS kind, sql_role AS role
FROM audit_log WHERE tenant_id = ${tenant} AND object = ${object} ORDER BY id`

it('is of every table that the API may change, or says why not', async () => {
  const silent = await db.owner`
SELECT relname AS name FROM pg_class c
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
  AND (relname = 'tenants' OR EXISTS (
    SELECT FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS act WHERE has_table_privilege('kith_api', c.oid, act)))
  AND NOT EXISTS (SELECT FROM ops.audit_exempt e WHERE e.name = relname)
  AND (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname LIKE 'audit\\_%') < 4`
  // A table audits itself by SELECT ops.audit('name') in its migration, or is exempt by ops.do_not_audit('name', 'why').
  expect(silent.map((row) => row.name)).toEqual([])
})

it('says what SQL changed, of an update the columns that changed, and by which role', async () => {
  const [order] = await db.owner`
INSERT INTO orders (tenant_id, user_id, amount, currency, placed_at) VALUES (${ours}, 'ada', 10, 'EUR', now()) RETURNING id`
  await db.owner`UPDATE orders SET amount = 12, currency = 'EUR' WHERE id = ${order!.id}`
  await db.owner`UPDATE orders SET amount = 12 WHERE id = ${order!.id}`
  await db.owner`DELETE FROM orders WHERE id = ${order!.id}`
  const log = await logOf(ours, 'orders')
  expect(log.map(({ action }) => action)).toEqual(['created', 'updated', 'deleted'])
  expect(log[0]!.after).toMatchObject({ user_id: 'ada', amount: 10 })
  expect(log[1]).toMatchObject({ id: order!.id, before: { amount: 10 }, after: { amount: 12 }, kind: 'sql' })
  expect(log[2]).toMatchObject({ before: { amount: 12 }, after: null })
  expect(log[0]!.role).toBe(new URL(db.ownerUrl).username)
})

it('says which key did what, under which request, and believes nobody else who says so', async () => {
  const { data, errors } = await as('ours-admin')(
    'mutation { createOrder(input: {userId: "grace", amount: "3", currency: "EUR", placedAt: "2026-01-01T00:00:00Z"}) { order { id } } }',
  )
  expect(errors).toBeUndefined()
  const query = `query ($id: String) { auditLog(filter: {objectId: {eq: $id}}) { nodes {
    action object after actorKind key { name } sqlRole } } }`
  const id = data.createOrder.order.id.split(':')[1]
  const found = await as('ours-admin')(query, { id })
  expect(found.data.auditLog.nodes).toEqual([
    {
      action: 'created',
      object: 'orders',
      after: expect.objectContaining({ user_id: 'grace' }),
      actorKind: 'key',
      key: { name: 'admin' },
      sqlRole: 'kith_api',
    },
  ])
  expect((await as('theirs-admin')(query, { id })).data.auditLog.nodes).toEqual([])
  expect((await as('ours-read')(query, { id })).errors?.[0]?.extensions.code).toBe('SCOPE_MISSING')

  await db.owner.begin(async (sql) => {
    await sql`SELECT set_config('kith.actor', '{"kind": "user", "name": "somebody.else@example.com"}', true)`
    await sql`INSERT INTO sources (tenant_id, name) VALUES (${ours}, 'forged')`
  })
  expect((await logOf(ours, 'sources')).at(-1)).toMatchObject({ kind: 'sql', after: { name: 'forged' } })
})

it('tells keys and webhooks without their secrets', async () => {
  await as('ours-admin')('mutation { createApiKey(input: {name: "new", scopes: [read]}) { key } }')
  await as('ours-admin')(
    'mutation { createWebhook(input: {name: "shop", verify: hmac, secret: "s3cr3t", mapping: "null"}) { webhook { mapping } } }',
  )
  const all = JSON.stringify(await db.owner`SELECT before, after FROM audit_log WHERE tenant_id = ${ours}`)
  const [key] = await db.owner`SELECT hash FROM api_keys WHERE name = 'new'`
  const [webhook] = await db.owner`SELECT secret FROM webhooks WHERE tenant_id = ${ours}`
  expect(all).toContain('"name":"new"')
  for (const secret of ['s3cr3t', key!.hash, webhook!.secret]) expect(all).not.toContain(secret)
  await db.owner`UPDATE webhooks SET secret = 'another one' WHERE tenant_id = ${ours}`
  expect((await logOf(ours, 'webhooks')).at(-1)).toMatchObject({
    action: 'updated',
    before: { secret: '(secret)' },
    after: { secret: '(secret)' },
  })
})

it('notes what no row shows: whose data was handed out, which jobs were run again', async () => {
  const { errors } = await as('ours-admin')('mutation { retryJobs(input: {ids: ["1"]}) { ids } }')
  expect(errors).toBeUndefined()
  const log = await logOf(ours, 'retryJobs')
  expect(log).toMatchObject([{ action: 'called', after: { ids: ['1'] }, kind: 'key' }])
})

it('has a row for each of many, by upsert and by a changed key, in one statement', async () => {
  const rows = JSON.stringify(Array.from({ length: 300 }, (_, n) => ({ external_id: `c${n}`, first_name: 'A' })))
  const upsert = (name: string) => db.owner`
INSERT INTO contacts (tenant_id, external_id, first_name)
SELECT ${theirs}, external_id, ${name} FROM jsonb_to_recordset(${rows}::jsonb) AS r (external_id text)
ON CONFLICT (tenant_id, external_id) DO UPDATE SET first_name = EXCLUDED.first_name`
  await upsert('A')
  await upsert('B')
  await upsert('B')
  const log = await logOf(theirs, 'contacts')
  expect(log.filter(({ action }) => action === 'created')).toHaveLength(300)
  expect(log.filter(({ action }) => action === 'updated')).toHaveLength(300)
  await db.owner`INSERT INTO lists (tenant_id, key, name) VALUES (${theirs}, 'l', 'L')`
  await db.owner`UPDATE lists SET id = uuidv7() WHERE tenant_id = ${theirs}`
  const moved = await logOf(theirs, 'lists')
  expect(moved.map(({ action }) => action).sort()).toEqual(['created', 'created', 'deleted'])
})

it('is told of a TRUNCATE, once per tenant that had something there', async () => {
  await db.owner`INSERT INTO tickets (tenant_id, subject) VALUES (${ours}, 'a'), (${ours}, 'b'), (${theirs}, 'c')`
  await db.owner`TRUNCATE tickets`
  for (const tenant of [ours, theirs]) expect((await logOf(tenant, 'tickets')).at(-1)!.action).toBe('emptied')
})

it('goes with what it tells of: a change that is rolled back is not in it', async () => {
  await db.owner
    .begin(async (sql) => {
      await sql`INSERT INTO tickets (tenant_id, subject) VALUES (${ours}, 'never')`
      throw new Error('no')
    })
    .catch(() => {})
  expect(JSON.stringify(await logOf(ours, 'tickets'))).not.toContain('never')
})

it('is rewritten by nobody, not even by the owner of the tables', async () => {
  const attempts = [
    (sql: any) => sql`UPDATE audit_log SET actor_name = 'x'`,
    (sql: any) => sql`DELETE FROM audit_log`,
    (sql: any) => sql`TRUNCATE audit_log`,
    (sql: any) => sql`INSERT INTO audit_log (action, object, actor_kind) VALUES ('created', 'x', 'user')`,
  ]
  for (const role of [db.api, db.worker])
    for (const attempt of attempts) await expect(inTenant(role, ours, attempt)).rejects.toThrow('permission denied')
  for (const attempt of attempts.slice(0, 3)) await expect(attempt(db.owner)).rejects.toThrow('only ever added to')
  await expect(inTenant(db.api, ours, (sql) => sql`SELECT ops.audit_forget(${ours}, '{}')`)).rejects.toThrow(
    'permission denied',
  )
})

it('is kept for its days, and for thirty whatever anybody asks', async () => {
  const old = async (days: number) => {
    await db.owner.begin(async (sql) => {
      await sql`SELECT set_config('kith.audit_upkeep', 'on', true)`
      await sql`
INSERT INTO audit_log (tenant_id, at, action, object, actor_kind)
VALUES (${ours}, now() - make_interval(days => ${days}), 'created', ${`${days} days`}, 'sql')`
    })
  }
  for (const days of [20, 40, 400]) await old(days)
  const left = async () =>
    (await db.owner`SELECT object FROM audit_log WHERE object LIKE '% days' ORDER BY at`).map((row) => row.object)
  await prune(db.worker, { auditDays: 100 })
  expect(await left()).toEqual(['40 days', '20 days'])
  await prune(db.worker, { auditDays: 1 })
  expect(await left()).toEqual(['20 days'])
})
