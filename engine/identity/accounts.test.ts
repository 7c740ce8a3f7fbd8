import { expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { checkGraph, repairGraph } from '../../db/graph/check.ts'
import { testDatabase } from '../../test/database.ts'
import { identityOf, seen, T1 } from '../../test/identity.ts'
import type { Person } from './index.ts'

const db = await testDatabase()
const { see, profileOf } = identityOf(db)
let tenants = 0
const newTenant = () => db.createTenant(`accounts-${tenants++}`)

async function employers(tenant: string, profileId: string) {
  const rows = await inTenant(
    db.api,
    tenant,
    (sql) => sql`
SELECT a.name, p.source, p.role FROM profile_accounts p JOIN accounts a ON a.id = p.account_id
WHERE p.profile_id = ${profileId} ORDER BY a.name, p.source`,
  )
  return rows.map((row) => [row.name, row.source, row.role])
}

async function group(tenant: string, userId: string, groupId: string, traits: object, at = T1): Promise<Person> {
  const [event] = await db.owner`
INSERT INTO events (tenant_id, type, name, user_id, properties, traits, occurred_at)
VALUES (${tenant}, 'group', 'group', ${userId}, ${JSON.stringify({ groupId })}, ${JSON.stringify(traits)}, ${at}) RETURNING id`
  return { ...seen({ user_id: userId }, at), refs: [[at, event!.id as string]] }
}

it('knows where somebody works by contact, by group call and by the domain of an address, in tables and graph', async () => {
  const tenant = await newTenant()
  const [holding] = await db.owner`INSERT INTO accounts (tenant_id, name) VALUES (${tenant}, 'Holding') RETURNING id`
  const [works] = await db.owner`
INSERT INTO accounts (tenant_id, name, domain, parent_id) VALUES (${tenant}, 'Works', 'Works.org', ${holding!.id}) RETURNING id`
  const [contact] = await db.owner`
INSERT INTO contacts (tenant_id, account_id, email, title) VALUES (${tenant}, ${holding!.id}, 'ada@works.org', 'CTO') RETURNING id`
  await see(tenant, [
    { ids: { contact: contact!.id as string, email: 'ada@works.org' } },
    seen({ user_id: 'ada', email: 'ada@works.org' }),
    await group(tenant, 'ada', 'guild-7', {
      name: 'Guild',
      website: 'https://www.guild.example.net/x',
      role: 'member',
    }),
  ])
  const ada = await profileOf(tenant, 'user_id', 'ada')
  expect(await employers(tenant, ada)).toEqual([
    ['Guild', 'group', 'member'],
    ['Holding', 'contact', 'CTO'],
    ['Works', 'domain', null],
  ])
  const [guild] = await db.owner`SELECT domain FROM accounts WHERE tenant_id = ${tenant} AND external_id = 'guild-7'`
  expect(guild!.domain).toBe('guild.example.net')
  expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])

  // The graph follows what is written to accounts, by whomever.
  await db.owner`UPDATE accounts SET domain = 'elsewhere.org', parent_id = NULL, name = 'Gone' WHERE id = ${works!.id}`
  expect(await employers(tenant, ada)).toHaveLength(2)
  expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])
  await db.owner`UPDATE contacts SET account_id = ${works!.id} WHERE id = ${contact!.id}`
  await see(tenant, [{ ids: { contact: contact!.id as string, email: 'ada@works.org' } }])
  expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])
  await db.owner`DELETE FROM accounts WHERE tenant_id = ${tenant} AND name IN ('Holding', 'Guild')`
  expect(await employers(tenant, ada)).toEqual([['Gone', 'contact', 'CTO']])
  expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])

  const label = `kith_${tenant.replaceAll('-', '')}`
  await db.owner.unsafe(
    `DELETE FROM ${label}."WORKS_AT"; UPDATE ${label}."Account" SET properties = '{"id": "${works!.id}", "name": "?"}'`,
  )
  const damage = await inTenant(db.worker, tenant, repairGraph)
  expect(damage.map((one) => one.kind).sort()).toEqual(['account', 'employment'])
  expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])
})

it('lets the newest word about an account count, however late it comes', async () => {
  const tenant = await newTenant()
  const newer = await group(tenant, 'ada', 'acme', { plan: 'gold', seats: 5 }, '2026-11-24T12:00:00Z')
  const older = await group(tenant, 'ada', 'acme', { plan: 'free', region: 'eu' }, '2026-11-24T09:00:00Z')
  await see(tenant, [newer])
  await see(tenant, [older, older])
  await see(tenant, [newer])
  const [account] = await db.owner`SELECT name, custom FROM accounts WHERE tenant_id = ${tenant}`
  expect(account).toEqual({ name: 'acme', custom: { plan: 'gold', seats: 5, region: 'eu' } })
})

it('does not take a free mail provider for an employer', async () => {
  const tenant = await newTenant()
  await db.owner`INSERT INTO accounts (tenant_id, name, domain) VALUES (${tenant}, 'Mail', 'gmail.com')`
  await see(tenant, [seen({ email: 'ada@gmail.com' })])
  expect(await employers(tenant, await profileOf(tenant, 'email', 'ada@gmail.com'))).toEqual([])
})

it('takes the stricter word of a merged person, and gives each its own back', async () => {
  const tenant = await newTenant()
  await see(tenant, [seen({ user_id: 'ada' }), seen({ email: 'ada@example.org' })])
  await db.owner`
INSERT INTO consents (tenant_id, user_id, email, purpose, channel, state) VALUES
  (${tenant}, 'ada', NULL, 'marketing', 'email', 'granted'),
  (${tenant}, NULL, 'ada@example.org', 'marketing', 'email', 'denied')`
  const consents = () =>
    inTenant(db.api, tenant, (sql) => sql`SELECT state FROM profile_consents ORDER BY state`).then((rows) =>
      rows.map((row) => row.state as string),
    )
  expect(await consents()).toEqual(['denied', 'granted'])
  await see(tenant, [seen({ user_id: 'ada', email: 'ada@example.org' })])
  expect(await consents()).toEqual(['denied'])
})
