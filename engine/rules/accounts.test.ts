// What happens to an account, or to one of its people, is told to the others when a rule asks for it.

import { expect, it } from 'vitest'
import { inTenant, type Transaction } from '../../db/client.ts'
import { testDatabase } from '../../test/database.ts'
import { readMessages } from '../../test/log.ts'
import { react } from '../react.ts'

const db = await testDatabase()
const tenant = await db.createTenant('b2b')
const ours = <T>(work: (sql: Transaction) => Promise<T>) => inTenant(db.worker, tenant, work)

const acme = crypto.randomUUID()
const people = ['ada', 'bob', 'cleo'].map((name) => ({ name, contact: crypto.randomUUID() }))
await inTenant(db.owner, tenant, async (sql) => {
  await sql`INSERT INTO accounts (id, name) VALUES (${acme}, 'Acme')`
  for (const { name, contact } of people) {
    const account = name === 'cleo' ? null : acme
    await sql`INSERT INTO contacts (id, account_id, user_id) VALUES (${contact}, ${account}, ${name})`
  }
})
const reactTo = (ids: Record<string, string>[]) =>
  react(db.worker, tenant, [{ tenant, people: ids.map((ids) => ({ ids })) }])

async function members(key: string): Promise<string[]> {
  const rows = await ours(
    (sql) => sql<{ value: string }[]>`
SELECT i.value FROM members m
JOIN segments s ON s.id = m.segment_id AND s.key = ${key}
JOIN identifiers i ON i.profile_id = m.profile_id AND i.type = 'user_id'
ORDER BY i.value`,
  )
  return rows.map(({ value }) => value)
}

async function define(key: string, rule: object): Promise<void> {
  await inTenant(
    db.owner,
    tenant,
    (sql) => sql`INSERT INTO segments (key, name, rule) VALUES (${key}, ${key}, ${sql.json(rule as never)})`,
  )
}

/** The people that the WAL was told of by what `work` does, by their identifiers of type contact. */
async function told(work: (sql: Transaction) => Promise<unknown>): Promise<string[]> {
  const slot = `told_${crypto.randomUUID().replaceAll('-', '')}`
  await db.owner`SELECT pg_create_logical_replication_slot(${slot}, 'pgoutput')`
  try {
    await inTenant(db.owner, tenant, work)
    const messages = await readMessages<{ people?: { ids: Record<string, string> }[] }>(db.owner, slot)
    const names = messages.flatMap(({ people = [] }) => people.flatMap(({ ids }) => Object.values(ids)))
    return people.filter(({ name, contact }) => names.includes(name) || names.includes(contact)).map(({ name }) => name)
  } finally {
    await db.owner`SELECT pg_drop_replication_slot(${slot})`
  }
}

it('lets the colleagues of somebody who does something enter and leave', async () => {
  await reactTo(people.map(({ name, contact }) => ({ user_id: name, contact })))
  await define('busy', { account: { people: { rule: { event: { name: 'Signed In' } }, count: { gte: 1 } } } })
  await ours((sql) => sql`INSERT INTO events (name, user_id) VALUES ('Signed In', 'ada')`)
  await reactTo([{ user_id: 'ada' }])
  expect(await members('busy')).toEqual(['ada', 'bob'])
})

it("tells an account's people of its records once a rule asks for accounts, and nobody else", async () => {
  const contract = (sql: Transaction) =>
    sql`INSERT INTO contracts (account_id, name, status) VALUES (${acme}, 'C', 'active')`
  expect(await told(contract)).toEqual(['ada', 'bob'])
  expect(await told((sql) => sql`UPDATE contracts SET status = 'ended'`)).toEqual(['ada', 'bob'])
  expect(await told((sql) => sql`DELETE FROM contracts`)).toEqual(['ada', 'bob'])
  await inTenant(db.owner, tenant, (sql) => sql`DELETE FROM segments`)
  expect(await told(contract)).toEqual([])
})

it('tells of who joins a list and who leaves it', async () => {
  const [list] = await inTenant(
    db.owner,
    tenant,
    (sql) => sql<{ id: string }[]>`INSERT INTO lists (key, name) VALUES ('vip', 'VIP') RETURNING id`,
  )
  const join = (sql: Transaction) =>
    sql`INSERT INTO list_members (list_id, type, value) VALUES (${list!.id}, 'user_id', 'cleo')`
  expect(await told(join)).toEqual(['cleo'])
  await define('listed', { list: { key: 'vip' } })
  await reactTo([{ user_id: 'cleo' }])
  expect(await members('listed')).toEqual(['cleo'])
  expect(await told((sql) => sql`DELETE FROM lists`)).toEqual(['cleo'])
  await reactTo([{ user_id: 'cleo' }])
  expect(await members('listed')).toEqual([])
  await expect(
    inTenant(db.owner, tenant, async (sql) => {
      const [other] = await sql<{ id: string }[]>`INSERT INTO lists (key, name) VALUES ('x', 'X') RETURNING id`
      await sql`INSERT INTO list_members (list_id, type, value) VALUES (${other!.id}, 'user_id', 'ada')`
      await sql`UPDATE list_members SET value = 'bob'`
    }),
  ).rejects.toThrow('deleted and inserted')
})
