import { expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { testDatabase } from '../../test/database.ts'
import { identityOf, seen, T1 } from '../../test/identity.ts'
import { explainIdentity, identifierId, splitProfile } from './index.ts'

const db = await testDatabase()
const { see, profileOf } = identityOf(db)
const tenant = await db.createTenant('explained')
const id = (type: string, value: string) => identifierId(type, value)!
const explain = (from: string, to: string) => inTenant(db.api, tenant, (sql) => explainIdentity(sql, tenant, from, to))

it('shows the way from one identifier to another, with events, records, sources and times', async () => {
  const [source] = await db.owner`INSERT INTO sources (tenant_id, name) VALUES (${tenant}, 'shop') RETURNING id`
  const [event] = await db.owner`
INSERT INTO events (tenant_id, name, anonymous_id, identifiers, occurred_at, source_id)
VALUES (${tenant}, 'Signed Up', 'tablet', '{"email": "Ada@example.com", "phone": "+49 (30) 901820"}', ${T1}, ${source!.id})
RETURNING id`
  const [contact] = await db.owner`
INSERT INTO contacts (tenant_id, user_id, email) VALUES (${tenant}, 'ada', 'ada@example.com') RETURNING id`
  await see(tenant, [
    {
      ...seen({ anonymous_id: 'tablet', email: 'Ada@example.com', phone: '+49 (30) 901820' }),
      source: source!.id as string,
    },
    { ids: { contact: contact!.id as string, user_id: 'ada', email: 'ada@example.com' } },
  ])

  const { samePerson, path } = await explain(id('user_id', 'ada'), id('phone', '+4930901820'))
  expect(samePerson).toBe(true)
  expect(path.map((step) => [step.from.type, step.to.type, step.said.map((one) => one.source)])).toEqual([
    ['user_id', 'email', ['crm']],
    ['email', 'phone', [source!.id]],
  ])
  expect(path[0]!.records).toMatchObject([{ kind: 'contacts', id: contact!.id }])
  expect(path[0]!.events).toEqual([])
  expect(path[1]!.events).toMatchObject([{ id: event!.id, name: 'Signed Up', source_id: source!.id }])
  expect(path[1]!.said[0]).toMatchObject({ count: 1 })
})

it('says of two people what would have joined them', async () => {
  await see(tenant, [seen({ user_id: 'bob', email: 'family@example.com' })])
  await see(tenant, [seen({ user_id: 'eve', email: 'family@example.com' })])
  const eve = await explain(id('user_id', 'bob'), id('user_id', 'eve'))
  expect(eve).toMatchObject({ samePerson: false, path: [], conflicts: [{ reason: 'limit:user_id' }], splits: [] })

  const profileId = await profileOf(tenant, 'user_id', 'bob')
  await inTenant(db.api, tenant, (sql) =>
    splitProfile(sql, tenant, { profileId, identifierIds: [id('email', 'family@example.com')] }),
  )
  const parted = await explain(id('user_id', 'bob'), id('email', 'family@example.com'))
  expect(parted.splits).toHaveLength(1)
})

it('knows a way between any two identifiers of a person', async () => {
  await see(tenant, [
    seen({ user_id: 'zoe', anonymous_id: 'z1' }),
    seen({ anonymous_id: 'z2', email: 'zoe@example.com' }),
    seen({ anonymous_id: 'z2', phone: '+49 30 901821' }),
    seen({ user_id: 'zoe', email: 'zoe@example.com' }),
  ])
  const members = await db.owner`
SELECT id FROM identifiers WHERE tenant_id = ${tenant} AND profile_id = ${await profileOf(tenant, 'user_id', 'zoe')}`
  expect(members.length).toBe(6)
  for (const member of members) {
    const { path } = await explain(id('user_id', 'zoe'), member.id as string)
    expect(path.at(-1)?.to.id ?? id('user_id', 'zoe')).toBe(member.id)
  }
})

it('refuses an identifier that nobody has', async () => {
  await expect(explain(id('user_id', 'nobody'), id('user_id', 'zoe'))).rejects.toMatchObject({
    code: 'IDENTIFIER_NOT_FOUND',
  })
})
