import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { testDatabase, until } from '../../test/database.ts'
import { aHistory, few, type Given, identityOf, seen } from '../../test/identity.ts'
import { reapply } from '../recompute.ts'
import { identifierId, mergeProfiles, resetIdentifierType, saveIdentifierType, splitProfile } from './index.ts'
import { Oracle } from './oracle.ts'

const db = await testDatabase()
const { see, store, stored, ownersOf, profileOf, forgetAll } = identityOf(db)
let walks = 0

const block = async (tenant: string, names: string[]) => {
  const byType = Map.groupBy(names, (name) => name.split(':')[0]!)
  for (const key of ['user_id', 'anonymous_id', 'email', 'phone']) {
    const blocked = (byType.get(key) ?? []).map((name) => name.slice(key.length + 1))
    await inTenant(db.api, tenant, (sql) => saveIdentifierType(sql, tenant, { key, blocked }))
  }
}

it('gives an event whose first name the tenant blocks to its next, in every spelling of either', async () => {
  const tenant = await db.createTenant('owners')
  await inTenant(db.api, tenant, async (sql) => {
    await saveIdentifierType(sql, tenant, { key: 'user_id', blocked: ['till-*'] })
    await saveIdentifierType(sql, tenant, { key: 'phone', blocked: ['+4930000'] })
  })
  await db.owner`
INSERT INTO events (tenant_id, name, user_id, identifiers, occurred_at) VALUES
  (${tenant}, 'a', 'till-1', '{"email": "Ada@x.de"}', '2026-11-24T10:00Z'),
  (${tenant}, 'b', 'till-2', '{"phone": "+49 (30) 000", "card": "7"}', '2026-11-24T10:00Z'),
  (${tenant}, 'c', 'till-2', NULL, '2026-11-24T10:00Z')`
  const people = [
    seen({ user_id: 'till-1', email: 'Ada@x.de' }),
    seen({ user_id: 'till-2', phone: '+49 (30) 000', card: '7' }),
    seen({ user_id: 'till-2' }),
  ]
  await see(tenant, people)
  const owners = async () =>
    (await db.owner`SELECT identifier_id FROM events WHERE tenant_id = ${tenant} ORDER BY name`).map(
      (row) => row.identifier_id as string,
    )
  const expected = [identifierId('email', 'ada@x.de'), identifierId('card', '7'), identifierId('user_id', 'till-2')]
  expect(await owners()).toEqual(expected)
  expect(await see(tenant, people)).toMatchObject([{ change: 'seen' }, { change: 'seen' }])
  expect(await owners()).toEqual(expected)
})

it('keeps an event of a blocked name with the person whose its next name is, through merges that rewrite no event', async () => {
  const tenant = await db.createTenant('owners-merged')
  await block(tenant, ['user_id:till'])
  await see(tenant, await store(tenant, [{ at: AT, ids: { user_id: 'till', email: 'e@x.de' } }], new Oracle()))
  await see(tenant, [seen({ user_id: 'ada' })])
  const rewritten = () => db.owner`SELECT xmin, ctid FROM events WHERE tenant_id = ${tenant}`
  const before = [...(await rewritten())]
  const [ada, other] = [await profileOf(tenant, 'user_id', 'ada'), await profileOf(tenant, 'email', 'e@x.de')]
  await inTenant(db.api, tenant, (sql) => mergeProfiles(sql, tenant, { intoId: ada, profileIds: [other] }))
  expect([...(await rewritten())]).toEqual(before)
  const [owned] = await db.owner`
SELECT i.profile_id FROM events e JOIN identifiers i ON i.tenant_id = e.tenant_id AND i.id = e.identifier_id WHERE e.tenant_id = ${tenant}`
  expect(owned!.profile_id).toBe(ada)
})

const AT = '2026-11-24T10:00:00.000000Z'
const names = few(
  'user_id:u1',
  'user_id:u2',
  'anonymous_id:a1',
  'anonymous_id:a2',
  'email:e1@x.de',
  'phone:+4930901820',
)
const blocked = fc.uniqueArray(names, { maxLength: 4 })

it('comes to what a naive oracle comes to, live and when a changed policy is applied to what was', async () => {
  const tenant = await db.createTenant('owners-random')
  const play = async (batches: Given[][], oracle: Oracle) => {
    for (const batch of batches) await see(tenant, await store(tenant, batch, oracle))
  }
  await fc.assert(
    fc.asyncProperty(aHistory, aHistory, blocked, blocked, async (before, after, first, second) => {
      await forgetAll(tenant)
      await db.owner`DELETE FROM backfills WHERE tenant_id = ${tenant}`
      await block(tenant, first)
      const live = new Oracle(first)
      await play(before, live)
      expect(await stored(tenant)).toEqual(live.state())
      expect(await ownersOf(tenant)).toEqual(live.owners)

      await block(tenant, second)
      await play(after, new Oracle(second))
      await reapply(db.worker, tenant, ++walks)
      const events =
        await db.owner`SELECT id, user_id, anonymous_id, identifiers FROM events WHERE tenant_id = ${tenant}`
      const whole = new Oracle(second)
      for (const { id, user_id, anonymous_id, identifiers } of events) {
        const given = Object.entries({ user_id, anonymous_id, ...(identifiers as object) }).filter(
          ([, v]) => v !== null,
        )
        whole.see({ id: id as string, at: AT, ids: Object.fromEntries(given) as Record<string, string> })
      }
      expect(await ownersOf(tenant)).toEqual(whole.owners)
    }),
    { numRuns: 30, endOnFailure: true },
  )
}, 180_000)

it('counts what only a blocked name says for nobody, though somebody is known by it, and gives it back when it is not blocked', async () => {
  const tenant = await db.createTenant('owners-nobody')
  const say = async (ids: Record<string, string>) => see(tenant, await store(tenant, [{ at: AT, ids }], new Oracle()))
  await say({ user_id: 'ada', anonymous_id: 'kiosk' })
  const ada = await profileOf(tenant, 'user_id', 'ada')
  const kiosk = identifierId('anonymous_id', 'kiosk')!
  const split = { profileId: ada, identifierIds: [kiosk] }
  const parted = await inTenant(db.api, tenant, (sql) => splitProfile(sql, tenant, split))
  await say({ anonymous_id: 'kiosk' })
  const counts = async () => [...(await ownersOf(tenant)).values()].sort()
  expect(await counts()).toEqual(['anonymous_id:kiosk', 'user_id:ada'])

  await block(tenant, ['anonymous_id:kiosk'])
  // Whoever is known by it is asked: what it owned at that time has gone too.
  expect(await say({ anonymous_id: 'kiosk' })).toEqual([{ profileId: parted.profileId, change: 'seen' }])
  expect(await counts()).toEqual(['user_id:ada'])
  await reapply(db.worker, tenant, ++walks)
  expect(await counts()).toEqual(['user_id:ada'])
  await block(tenant, [])
  await reapply(db.worker, tenant, ++walks)
  expect(await counts()).toEqual(['anonymous_id:kiosk', 'anonymous_id:kiosk', 'user_id:ada'])
})

it('writes nothing into what only a blocked name says that nobody is known by', async () => {
  const tenant = await db.createTenant('owners-unknown')
  await block(tenant, ['anonymous_id:kiosk'])
  const ids = { anonymous_id: 'kiosk' }
  expect(await see(tenant, await store(tenant, [{ at: AT, ids }], new Oracle()))).toEqual([])
  const events = await db.owner`SELECT nobody FROM events WHERE tenant_id = ${tenant}`
  expect([...events]).toEqual([{ nobody: null }])
})

it('asks whoever has an event by that, at whatever time it was known', async () => {
  const tenant = await db.createTenant('owners-asked')
  const [before, later] = [AT, AT.replace('T10', 'T12')]
  const say = async (ids: Record<string, string>, at: string) =>
    see(tenant, await store(tenant, [{ at, ids }], new Oracle()))
  await say({ anonymous_id: 'kiosk', email: 'ada@x.de' }, before)
  const ada = await profileOf(tenant, 'email', 'ada@x.de')
  const split = { profileId: ada, identifierIds: [identifierId('anonymous_id', 'kiosk')!] }
  const parted = await inTenant(db.api, tenant, (sql) => splitProfile(sql, tenant, split))
  await say({ anonymous_id: 'kiosk' }, later)
  await block(tenant, ['anonymous_id:kiosk'])
  const changes = await see(tenant, [{ ids: { anonymous_id: 'kiosk' }, from: before, to: later }])
  const ids = [ada, parted.profileId].sort()
  expect(changes.map(({ profileId }) => profileId).sort()).toEqual(ids)
  expect([...(await ownersOf(tenant)).values()]).toEqual(['email:ada@x.de'])
})

it('takes an owner back when nothing is blocked any more', async () => {
  const tenant = await db.createTenant('owners-back')
  await block(tenant, ['user_id:till'])
  await see(tenant, await store(tenant, [{ at: AT, ids: { user_id: 'till', email: 'e@x.de' } }], new Oracle()))
  expect([...(await ownersOf(tenant)).values()]).toEqual(['email:e@x.de'])
  await inTenant(db.api, tenant, (sql) => resetIdentifierType(sql, tenant, 'user_id'))
  await reapply(db.worker, tenant, ++walks)
  expect([...(await ownersOf(tenant)).values()]).toEqual(['user_id:till'])
  const [{ nobody }] = await db.owner<[{ nobody: null }]>`SELECT nobody FROM events WHERE tenant_id = ${tenant}`
  expect(nobody).toBeNull()
})

const TABLES = {
  opportunities: { name: 'n', stage: 's' },
  orders: { placed_at: AT, amount: 1, currency: 'EUR' },
  contracts: { name: 'n' },
  memberships: { program: 'p' },
  tickets: { subject: 's' },
  activities: { kind: 'k', occurred_at: AT },
  records: { object: 'o' },
  consents: { purpose: 'p', channel: 'c', state: 'granted' },
}

it('gives a record of a blocked name to its next, and takes it back when a changed policy is applied', async () => {
  const tenant = await db.createTenant('owners-records')
  await block(tenant, ['user_id:till'])
  await db.owner`INSERT INTO objects (tenant_id, key, plural, name) VALUES (${tenant}, 'o', 'os', 'O')`
  for (const [table, row] of Object.entries(TABLES)) {
    const given = { tenant_id: tenant, user_id: 'till', email: 'Ada@x.de', updated_at: AT, ...row }
    const nameless = { ...given, email: null, ...(table === 'consents' && { purpose: 'q' }) }
    for (const one of [given, nameless]) await db.owner`INSERT INTO ${db.owner(table)} ${db.owner(one)}`
  }
  const owners = async () => {
    const found: Record<string, unknown> = {}
    for (const table of Object.keys(TABLES)) {
      const rows = await db.owner`
SELECT identifier_id FROM ${db.owner(table)}
WHERE tenant_id = ${tenant} AND updated_at = ${AT} ORDER BY email NULLS LAST`
      found[table] = rows.map((row) => row.identifier_id)
    }
    return found
  }
  const all = (...ids: (string | null)[]) => Object.fromEntries(Object.keys(TABLES).map((table) => [table, ids]))
  const audited = () => db.owner`SELECT id FROM audit_log WHERE tenant_id = ${tenant}`
  const before = [...(await audited())]
  await see(tenant, [{ ids: { user_id: 'till', email: 'ada@x.de' } }, { ids: { user_id: 'till' } }])
  expect(await owners()).toEqual(all(identifierId('email', 'ada@x.de'), null))
  expect([...(await audited())]).toEqual(before)

  await block(tenant, [])
  await reapply(db.worker, tenant, ++walks)
  const till = identifierId('user_id', 'till')
  expect(await owners()).toEqual(all(till, till))
  await block(tenant, ['user_id:till'])
  await reapply(db.worker, tenant, ++walks)
  expect(await owners()).toEqual(all(identifierId('email', 'ada@x.de'), null))
})

it('keeps the newest of the words that come to be of one name', async () => {
  const tenant = await db.createTenant('owners-consents')
  await block(tenant, ['user_id:till'])
  const say = async (email: string, state: string, at: string) => {
    const [row] = await db.owner`
INSERT INTO consents (tenant_id, user_id, email, purpose, channel, state, updated_at)
VALUES (${tenant}, 'till', ${email}, 'p', 'c', ${state}, ${at}) RETURNING id`
    await see(tenant, [{ ids: { user_id: 'till', email } }])
    return row!.id
  }
  const words = () => db.owner`SELECT email, state FROM consents WHERE tenant_id = ${tenant} ORDER BY email`
  await say('ada@x.de', 'granted', '2026-11-24T10:00Z')
  await say('ada@x.de', 'denied', '2026-11-24T12:00Z')
  await say('ada@x.de', 'granted', '2026-11-24T11:00Z')
  await say('bob@x.de', 'granted', '2026-11-24T09:00Z')
  expect([...(await words())]).toEqual([
    { email: 'ada@x.de', state: 'denied' },
    { email: 'bob@x.de', state: 'granted' },
  ])
  await block(tenant, [])
  await reapply(db.worker, tenant, ++walks)
  expect([...(await words())]).toEqual([{ email: 'ada@x.de', state: 'denied' }])

  // Each takes the place that the other leaves.
  await block(tenant, ['user_id:till'])
  await reapply(db.worker, tenant, ++walks)
  await say('carl@x.de', 'granted', '2026-11-24T13:00Z')
  await db.owner`
INSERT INTO consents (tenant_id, email, purpose, channel, state) VALUES (${tenant}, 'dora@x.de', 'p', 'c', 'granted')`
  await db.owner`
INSERT INTO consents (tenant_id, user_id, email, purpose, channel, state) VALUES (${tenant}, 'dan', 'carl@x.de', 'p', 'c', 'granted')`
  await block(tenant, ['user_id:dan', 'email:carl@x.de'])
  await see(tenant, [{ ids: { user_id: 'dan', email: 'carl@x.de' } }])
  await reapply(db.worker, tenant, ++walks)
  const owned = await db.owner`
SELECT email, identifier_id AS owner FROM consents WHERE tenant_id = ${tenant} ORDER BY email, user_id`
  expect([...owned]).toEqual([
    { email: 'carl@x.de', owner: null },
    { email: 'carl@x.de', owner: identifierId('user_id', 'till') },
    { email: 'dora@x.de', owner: identifierId('email', 'dora@x.de') },
  ])
})

it('blocks one name after another, and gives no row back to what is blocked still', async () => {
  const tenant = await db.createTenant('owners-one-by-one')
  const ids = { user_id: 'till', anonymous_id: 'kiosk', email: 'ada@x.de' }
  await block(tenant, ['user_id:till'])
  const people = await store(tenant, [{ at: AT, ids }], new Oracle())
  await see(tenant, people)
  await block(tenant, ['user_id:till', 'anonymous_id:kiosk'])
  await see(tenant, await store(tenant, [{ at: AT, ids: { anonymous_id: 'kiosk', email: 'bob@x.de' } }], new Oracle()))
  expect([...(await ownersOf(tenant)).values()].sort()).toEqual(['email:ada@x.de', 'email:bob@x.de'])
})

it('waits for somebody who says the same at that moment', async () => {
  const tenant = await db.createTenant('owners-at-once')
  await block(tenant, ['user_id:till'])
  const say = (sql: typeof db.owner, user: string | null, state: string) => sql`
INSERT INTO consents (tenant_id, user_id, email, purpose, channel, state)
VALUES (${tenant}, ${user}, 'ada@x.de', 'p', 'c', ${state})`
  await say(db.owner, 'till', 'granted')
  let moving: Promise<unknown> = Promise.resolve()
  await db.owner.begin(async (sql) => {
    await say(sql as unknown as typeof db.owner, null, 'denied')
    moving = see(tenant, [{ ids: { user_id: 'till', email: 'ada@x.de' } }])
    moving.catch(() => {})
    await until(
      () => db.owner`SELECT FROM pg_stat_activity WHERE application_name = 'test worker' AND wait_event_type = 'Lock'`,
      (rows) => rows.length > 0,
    )
  })
  await moving
  const left = await db.owner`SELECT state FROM consents WHERE tenant_id = ${tenant}`
  expect([...left]).toEqual([{ state: 'denied' }])
})
