import { expect, it } from 'vitest'
import { testDatabase } from '../test/database.ts'
import { inTenant } from './client.ts'

const db = await testDatabase()
const [ours, theirs] = [await db.createTenant('ours'), await db.createTenant('theirs')]
const insert = (tenant: string, names: string[]) =>
  db.owner`INSERT INTO events (tenant_id, name, user_id) SELECT ${tenant}, name, 'ada' FROM unnest(${names}::text[]) AS name`
const stored = async (tenant: string) => {
  const rows = await db.owner`SELECT name FROM events WHERE tenant_id = ${tenant} ORDER BY name COLLATE "C"`
  return rows.map(({ name }) => name as string)
}

it('brings names that SQL writes into the form in which rules name them', async () => {
  await insert(ours, ['Cafe\u0301 Opened', 'Caf\u00e9 Opened', 'Plain'])
  expect(await stored(ours)).toEqual(['Caf\u00e9 Opened', 'Caf\u00e9 Opened', 'Plain'])
  await db.owner.unsafe(
    `COPY events (tenant_id, name, user_id) FROM PROGRAM 'printf "${ours}\\tCafe\u0301 Closed\\tada\\n"'`,
  )
  expect(await stored(ours)).toContain('Caf\u00e9 Closed')
})

it('refuses what the gate has to look at, as a whole, and names the behavior', async () => {
  const define = (tenant: string, name: string, mode: string, purpose: string | null = null) =>
    db.owner`INSERT INTO behaviors (tenant_id, name, mode, purpose) VALUES (${tenant}, ${name}, ${mode}, ${purpose})`
  await define(ours, 'Caf\u00e9 Paid', 'strict')
  await define(ours, 'Advert Seen', 'off', 'marketing')
  await define(ours, 'Scrolled', 'lenient')
  const before = await stored(ours)
  for (const name of ['Cafe\u0301 Paid', 'Advert Seen'])
    await expect(insert(ours, ['Scrolled', name])).rejects.toThrow(`EVENT_UNGATED: the behavior "${name.normalize()}"`)
  expect(await stored(ours)).toEqual(before)
  await insert(ours, ['Scrolled'])
  // Another tenant has not said so; and Kith's own writers have been through the gate.
  await insert(theirs, ['Advert Seen'])
  await inTenant(
    db.api,
    ours,
    (sql) => sql`INSERT INTO tenant_events (tenant_id, name, user_id) VALUES (${ours}, 'Advert Seen', 'ada')`,
  )
  expect(await stored(ours)).toEqual([...before, 'Advert Seen', 'Scrolled'].sort())
})
