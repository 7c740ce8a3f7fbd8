import { expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { checkGraph } from '../../db/graph/check.ts'
import { testDatabase } from '../../test/database.ts'
import { identityOf, seen, T1 } from '../../test/identity.ts'
import {
  eraseProfile,
  exportProfile,
  identifierId,
  liftErasure,
  mergeProfiles,
  type Person,
  saveIdentifierType,
  splitProfile,
  withoutErased,
} from './index.ts'

const db = await testDatabase()
const { see, profileOf, found } = identityOf(db)
const tenant = await db.createTenant('erased')
const SECRET = ['ada-1815', 'ada@lovelace.example', 'tablet-7', '+4930901820', 'Augusta']

async function live(): Promise<Person[]> {
  await db.owner`
INSERT INTO events (tenant_id, name, user_id, anonymous_id, identifiers, traits, occurred_at, type, message_id) VALUES
  (${tenant}, 'identify', 'ada-1815', 'tablet-7', '{"email": "Ada@Lovelace.example", "phone": "+49 30 901820"}',
    '{"firstName": "Augusta"}', ${T1}, 'identify', 'ada-1815 signs up'),
  (${tenant}, 'Bought', 'ada-1815', NULL, NULL, NULL, ${T1}, 'track', NULL)`
  return [
    seen({ user_id: 'ada-1815', anonymous_id: 'tablet-7', email: 'Ada@Lovelace.example', phone: '+49 30 901820' }),
  ]
}

it('leaves nothing of a person anywhere, tells of it, and keeps a proof', async () => {
  const people = await live()
  await db.owner`
INSERT INTO events (tenant_id, name, user_id, identifiers, occurred_at)
VALUES (${tenant}, 'Shared', 'bob', '{"email": "ada@lovelace.example"}', ${T1})`
  const [contact] = await db.owner`
INSERT INTO contacts (tenant_id, email, first_name) VALUES (${tenant}, 'ada@lovelace.example', 'Augusta') RETURNING id`
  await db.owner`
INSERT INTO orders (tenant_id, user_id, email, amount, currency, placed_at, custom)
VALUES (${tenant}, 'ada-1815', 'ada@lovelace.example', 12, 'EUR', ${T1}, '{"giftFor": "Augusta"}')`
  await db.owner`INSERT INTO tickets (tenant_id, contact_id, subject) VALUES (${tenant}, ${contact!.id}, 'Augusta cannot pay')`
  await db.owner`INSERT INTO event_ids (tenant_id, message_id) VALUES (${tenant}, 'ada-1815 signs up')`
  await db.owner`
INSERT INTO dead_letters (tenant_id, door, payload, code, reason) VALUES (${tenant}, 'http', '{"userId": "ada-1815"}', 'X', 'x')`
  const record: Person = { ids: { contact: contact!.id as string, email: 'ada@lovelace.example' } }
  await see(tenant, [...people, record, seen({ user_id: 'bob', email: 'ada@lovelace.example' })])
  const [segment] =
    await db.owner`INSERT INTO segments (tenant_id, key, name, rule) VALUES (${tenant}, 's', 's', '{}') RETURNING id`
  const ada = await profileOf(tenant, 'user_id', 'ada-1815')
  await db.owner`INSERT INTO members (tenant_id, segment_id, profile_id, since) VALUES (${tenant}, ${segment!.id}, ${ada}, now())`
  await db.owner`
WITH list AS (INSERT INTO lists (tenant_id, key, name) VALUES (${tenant}, 'vip', 'VIP') RETURNING id)
INSERT INTO list_members (tenant_id, list_id, type, value) SELECT ${tenant}, id, 'email', 'ada@lovelace.example' FROM list`
  const before = await found(tenant, SECRET)
  expect(Object.keys(before)).toEqual(
    expect.arrayContaining(['public.contacts', 'public.identifiers', 'public.profiles']),
  )

  const exported = await inTenant(db.api, tenant, (sql) => exportProfile(sql, tenant, ada))
  expect(exported.events).toHaveLength(2)
  expect(exported).toMatchObject({
    contacts: [{ first_name: 'Augusta' }],
    orders: [{ currency: 'EUR' }],
    tickets: [{ subject: 'Augusta cannot pay' }],
    segments: [{ key: 's' }],
    lists: [{ key: 'vip', value: 'ada@lovelace.example' }],
    deadLetters: [{ code: 'X' }],
  })
  expect((exported.identifiers as unknown[]).length).toBe(6)

  const { erasureId } = await inTenant(db.api, tenant, (sql) =>
    eraseProfile(sql, tenant, { profileId: ada, by: 'key' }),
  )
  expect(await see(tenant, [])).toEqual([{ profileId: ada, change: 'erased' }])
  expect(await found(tenant, SECRET)).toEqual({})
  expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])
  const [order] = await db.owner`SELECT amount, identifier_id FROM orders WHERE tenant_id = ${tenant}`
  expect(order).toMatchObject({ amount: '12.0000', identifier_id: null })
  const [left] = await db.owner`SELECT kind, payload ->> 'cause' AS cause FROM feed WHERE tenant_id = ${tenant}`
  expect(left).toEqual({ kind: 'segment_left', cause: 'erased' })
  const [proof] = await db.owner`SELECT * FROM erasures WHERE id = ${erasureId}`
  expect(proof!.counts).toMatchObject({
    events: 2,
    events_scrubbed: 1,
    contacts: 1,
    orders: 1,
    tickets: 1,
    profiles: 1,
  })
  expect(proof!.proof).toMatch(/^[0-9a-f]{64}$/)
  expect(proof!.done_at).toBeTruthy()
  expect(await profileOf(tenant, 'user_id', 'bob')).toBeTruthy()

  // Neither a replay, nor an import, nor an alias brings anybody back; what is sent again goes again.
  expect(await see(tenant, await live())).toEqual([])
  expect(await see(tenant, [record])).toEqual([])
  const [alias] = await db.owner`
INSERT INTO events (tenant_id, type, name, user_id, properties, occurred_at)
VALUES (${tenant}, 'alias', 'alias', 'bob', '{"previousId": "ada-1815"}', ${T1}) RETURNING id`
  await see(tenant, [{ ...seen({ user_id: 'bob' }), refs: [[T1, alias!.id as string]] }])
  expect(await found(tenant, SECRET)).toEqual({})

  await inTenant(db.api, tenant, (sql) => liftErasure(sql, tenant, { user_id: 'ada-1815' }))
  expect(await see(tenant, [seen({ user_id: 'ada-1815' })])).toMatchObject([{ change: 'created' }])
})

it('takes the name of the erased out of what others do later', async () => {
  await see(tenant, [seen({ user_id: 'eve-7', email: 'eve@example.org' })])
  const profileId = await profileOf(tenant, 'user_id', 'eve-7')
  await inTenant(db.api, tenant, (sql) => eraseProfile(sql, tenant, { profileId }))
  await see(tenant, [])
  await db.owner`
INSERT INTO events (tenant_id, name, anonymous_id, identifiers, traits, occurred_at)
VALUES (${tenant}, 'Seen', 'kiosk', '{"email": "EVE@example.org", "crm": "9"}', '{"email": "eve@example.org", "size": 4}', ${T1})`
  await see(tenant, [seen({ anonymous_id: 'kiosk', email: 'EVE@example.org', crm: '9' })])
  const rows =
    await db.owner`SELECT identifiers, traits FROM events WHERE tenant_id = ${tenant} AND anonymous_id = 'kiosk'`
  expect([...rows]).toEqual([{ identifiers: { crm: '9' }, traits: { size: 4 } }])
})

it('takes the erased out of what others said of them before, in alias events and beside a third', async () => {
  const [zoe, bob] = ['zoe-9', 'bob-9']
  await see(tenant, [seen({ user_id: zoe, phone: '+49301234567' }), seen({ user_id: bob, anonymous_id: 'bobs' })])
  // Kept apart by hand, so that the alias joins nobody; and an event that is owned by neither of the two it links.
  await see(tenant, [seen({ user_id: bob, email: 'zoe@example.org' })])
  const bobs = await profileOf(tenant, 'user_id', bob)
  const address = identifierId('email', 'zoe@example.org')!
  await inTenant(db.api, tenant, (sql) => splitProfile(sql, tenant, { profileId: bobs, identifierIds: [address] }))
  const zoes = [await profileOf(tenant, 'user_id', zoe), await profileOf(tenant, 'email', 'zoe@example.org')]
  await inTenant(db.api, tenant, (sql) => mergeProfiles(sql, tenant, { intoId: zoes[0]!, profileIds: [zoes[1]!] }))
  const [alias] = await db.owner`
INSERT INTO events (tenant_id, type, name, user_id, properties, context, occurred_at)
VALUES (${tenant}, 'alias', 'alias', ${bob}, '{"previousId": "zoe-9", "of": 1}', '{"previousId": "zoe-9"}', ${T1}) RETURNING id`
  await db.owner`
INSERT INTO events (tenant_id, name, anonymous_id, identifiers, occurred_at)
VALUES (${tenant}, 'Called', 'bobs', '{"email": "bob@example.org", "phone": "+49301234567"}', ${T1})`
  await see(tenant, [
    { ...seen({ user_id: bob }), refs: [[T1, alias!.id as string]] },
    seen({ anonymous_id: 'bobs', email: 'bob@example.org', phone: '+49301234567' }),
  ])
  const erasing = await profileOf(tenant, 'user_id', zoe)
  expect(await profileOf(tenant, 'user_id', bob)).not.toBe(erasing)
  await inTenant(db.api, tenant, (sql) => eraseProfile(sql, tenant, { profileId: erasing }))
  await see(tenant, [])
  expect(await found(tenant, ['zoe-9', 'zoe@example.org', '+49301234567'])).toEqual({})
  const [left] = await db.owner`SELECT properties, context FROM events WHERE id = ${alias!.id}`
  expect(left).toEqual({ properties: { of: 1 }, context: {} })

  // What comes later: an alias call as the HTTP door stores it, and traits in the context, as they were typed.
  const [later] = await db.owner`
INSERT INTO events (tenant_id, type, name, user_id, anonymous_id, properties, context, identifiers, occurred_at)
VALUES (${tenant}, 'alias', 'alias', ${bob}, 'zoe-9', '{"previousId": "zoe-9"}',
  '{"traits": {"phone": "0049 (30) 123-4567", "age": 4}, "externalIds": [{"type": "email", "id": "zoe@example.org"}, {"type": "crm", "id": "7"}]}',
  '{"phone": "+49301234567", "email": "zoe@example.org"}', ${T1}) RETURNING id`
  await see(tenant, [
    {
      ...seen({ user_id: bob, anonymous_id: 'zoe-9', phone: '+49301234567', email: 'zoe@example.org' }),
      refs: [[T1, later!.id as string]],
    },
  ])
  expect(await found(tenant, ['zoe-9', 'zoe@example.org', '123-4567', '+49301234567'])).toEqual({})
  const [scrubbed] = await db.owner`SELECT user_id, context FROM events WHERE id = ${later!.id}`
  expect(scrubbed).toEqual({ user_id: bob, context: { traits: { age: 4 }, externalIds: [{ type: 'crm', id: '7' }] } })
  expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])
})

it('brings nobody back by a policy that spells them otherwise', async () => {
  const card = (value: string) => seen({ anonymous_id: 'till-3', card: value })
  await see(tenant, [seen({ card: 'ZULU-7' })])
  const profileId = await profileOf(tenant, 'card', 'ZULU-7')
  await inTenant(db.api, tenant, (sql) => eraseProfile(sql, tenant, { profileId }))
  await see(tenant, [])
  await inTenant(db.api, tenant, (sql) => saveIdentifierType(sql, tenant, { key: 'card', normaliser: 'lower' }))
  await see(tenant, [card('ZULU-7')])
  expect(await found(tenant, ['zulu-7'])).toEqual({})
})

it('lets no job keep the erased for another attempt', async () => {
  const people = [
    { ids: { user_id: 'eve-7' }, from: T1, to: T1 },
    { ids: { user_id: 'eve-7', anonymous_id: 'kiosk' }, from: T1, to: T1 },
    { ids: { contact: 'c', email: 'eve@example.org' } },
    { ids: { user_id: 'joe' } },
  ]
  const timer = { tenant, profiles: [crypto.randomUUID()], cause: 'timer' as const }
  const kept = await withoutErased(db.worker, tenant, [
    { tenant, people },
    { tenant, people: people.slice(0, 1) },
    timer,
  ])
  expect(kept).toEqual([
    { tenant, people: [{ ids: { anonymous_id: 'kiosk' }, from: T1, to: T1 }, { ids: { user_id: 'joe' } }] },
    timer,
  ])
})

it('finds what the audit log keeps of a record that came to be theirs because its first name is blocked', async () => {
  const shop = await db.createTenant('erased-audited')
  await inTenant(db.api, shop, (sql) => saveIdentifierType(sql, shop, { key: 'user_id', blocked: ['till'] }))
  await inTenant(
    db.api,
    shop,
    (sql) =>
      sql`INSERT INTO tickets (user_id, email, subject) VALUES ('till', 'ada@lovelace.example', 'Augusta cannot pay')`,
  )
  await see(shop, [{ ids: { user_id: 'till', email: 'ada@lovelace.example' } }])
  const ada = await profileOf(shop, 'email', 'ada@lovelace.example')
  expect(Object.keys(await found(shop, SECRET))).toContain('public.audit_log')
  await inTenant(db.api, shop, (sql) => eraseProfile(sql, shop, { profileId: ada }))
  await see(shop, [])
  const [log] = await db.owner`
SELECT count(*)::int AS entries, count(*) FILTER (WHERE a::text ILIKE ANY (ARRAY['%ada@%', '%augusta%']))::int AS telling
FROM audit_log a WHERE tenant_id = ${shop} AND object = 'tickets'`
  expect(log).toEqual({ entries: 2, telling: 0 })
})

it('leaves alone who is known only by a name that an alias could have meant', async () => {
  const shop = await db.createTenant('erased-twin')
  await see(shop, [seen({ anonymous_id: 'seven', email: 'ada@lovelace.example' }), seen({ user_id: 'seven' })])
  const ada = await profileOf(shop, 'email', 'ada@lovelace.example')
  await inTenant(db.api, shop, (sql) => eraseProfile(sql, shop, { profileId: ada }))
  await db.owner`INSERT INTO events (tenant_id, name, user_id, occurred_at) VALUES (${shop}, 'Bought', 'seven', ${T1})`
  expect(await see(shop, [seen({ user_id: 'seven' })])).toContainEqual(expect.objectContaining({ change: 'seen' }))
  const [kept] = await db.owner`SELECT count(*)::int AS events FROM events WHERE tenant_id = ${shop}`
  expect(kept).toEqual({ events: 1 })
})

it('keeps nothing that comes later by an erased name alone, though it is blocked by now', async () => {
  const shop = await db.createTenant('erased-blocked')
  await see(shop, [seen({ user_id: 'ada-1815', email: 'ada@lovelace.example' })])
  const ada = await profileOf(shop, 'user_id', 'ada-1815')
  await inTenant(db.api, shop, (sql) => eraseProfile(sql, shop, { profileId: ada }))
  await see(shop, [])
  await inTenant(db.api, shop, (sql) => saveIdentifierType(sql, shop, { key: 'user_id', blocked: ['ada-*'] }))
  await db.owner`INSERT INTO events (tenant_id, name, user_id, occurred_at) VALUES (${shop}, 'Bought', 'ada-1815', ${T1})`
  await see(shop, [seen({ user_id: 'ada-1815' })])
  const [kept] = await db.owner`SELECT count(*)::int AS events FROM events WHERE tenant_id = ${shop}`
  expect(kept).toEqual({ events: 0 })
})

it('forgets what somebody said by a name that is blocked by now', async () => {
  const shop = await db.createTenant('erased-nobodys')
  await see(shop, [seen({ user_id: 'ada-1815', email: 'ada@lovelace.example' })])
  const ada = await profileOf(shop, 'user_id', 'ada-1815')
  await inTenant(db.api, shop, (sql) => saveIdentifierType(sql, shop, { key: 'user_id', blocked: ['ada-*'] }))
  await db.owner`INSERT INTO events (tenant_id, name, user_id, occurred_at) VALUES (${shop}, 'Bought', 'ada-1815', ${T1})`
  await db.owner`INSERT INTO tickets (tenant_id, user_id, subject) VALUES (${shop}, 'ada-1815', 'Help')`
  await see(shop, [seen({ user_id: 'ada-1815' }), { ids: { user_id: 'ada-1815' } }])
  await inTenant(db.api, shop, (sql) => eraseProfile(sql, shop, { profileId: ada }))
  await see(shop, [])
  const [kept] = await db.owner`
SELECT (SELECT count(*)::int FROM events WHERE tenant_id = ${shop}) AS events,
  (SELECT count(*)::int FROM tickets WHERE tenant_id = ${shop}) AS tickets`
  expect(kept).toEqual({ events: 0, tickets: 0 })
})
