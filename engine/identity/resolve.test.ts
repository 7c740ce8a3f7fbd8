import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { checkGraph, repairGraph } from '../../db/graph/check.ts'
import { testDatabase } from '../../test/database.ts'
import { aHistory, identityOf, seen, T1 } from '../../test/identity.ts'
import type { Person } from './index.ts'
import { identifierId, nameIdentifiers } from './normalise.ts'
import { Oracle } from './oracle.ts'
import { defaultPolicy } from './policy.ts'

const db = await testDatabase()
let tenants = 0
const newTenant = () => db.createTenant(`identity-${tenants++}`)
const json = (value: unknown) => JSON.stringify(value)
const { see, store, stored, profileOf, forgetAll } = identityOf(db)

describe('one person', () => {
  it('is created, then updated by a new identifier, then only seen', async () => {
    const tenant = await newTenant()
    const [created] = await see(tenant, [seen({ anonymous_id: 'laptop' })])
    expect(created).toMatchObject({ change: 'created' })
    const profileId = created!.profileId
    expect(await see(tenant, [seen({ anonymous_id: 'laptop', user_id: 'ada' })])).toEqual([
      { profileId, change: 'updated' },
    ])
    expect(await see(tenant, [seen({ anonymous_id: 'laptop', user_id: 'ada' })])).toEqual([
      { profileId, change: 'seen' },
    ])
  })

  it('is who its names say together, and the loser of a merge points at the survivor', async () => {
    const tenant = await newTenant()
    await see(tenant, [seen({ user_id: 'ada' }), seen({ anonymous_id: 'tablet' })])
    const [ada, tablet] = [await profileOf(tenant, 'user_id', 'ada'), await profileOf(tenant, 'anonymous_id', 'tablet')]
    expect(await see(tenant, [seen({ user_id: 'ada', anonymous_id: 'tablet' })])).toEqual(
      expect.arrayContaining([
        { profileId: tablet, change: 'merged', into: ada },
        { profileId: ada, change: 'updated' },
      ]),
    )
    expect(await profileOf(tenant, 'anonymous_id', 'tablet')).toBe(ada)
    const [merge] = await db.owner`SELECT * FROM merges WHERE tenant_id = ${tenant}`
    expect(merge).toMatchObject({ profile_id: tablet, into_id: ada, cause: 'evidence' })
    expect(merge!.identifiers).toEqual([identifierId('anonymous_id', 'tablet')])
  })

  it('is not two users: the weaker name stays with whom it named first', async () => {
    const tenant = await newTenant()
    await see(tenant, [seen({ user_id: 'ada', anonymous_id: 'family' })])
    const changes = await see(tenant, [seen({ user_id: 'bob', anonymous_id: 'family' })])
    expect(changes.map((one) => one.change).sort()).toEqual(['created', 'seen'])
    const [ada, bob] = [await profileOf(tenant, 'user_id', 'ada'), await profileOf(tenant, 'user_id', 'bob')]
    expect(await profileOf(tenant, 'anonymous_id', 'family')).toBe(ada)
    expect(bob).not.toBe(ada)
    const [conflict] = await db.owner`SELECT * FROM identity_conflicts WHERE tenant_id = ${tenant}`
    expect(conflict).toMatchObject({ profile_id: bob, kept_by: ada, reason: 'limit:user_id' })
  })

  it('survives as who has more names, when somebody else has taken up one of them, seen alone in the same batch', async () => {
    const tenant = await newTenant()
    await see(tenant, [seen({ user_id: 'ada' }), seen({ user_id: 'bob', anonymous_id: 'x', email: 'bob@example.org' })])
    const bob = await profileOf(tenant, 'user_id', 'bob')
    const alias = { at: T1, ids: { user_id: 'ada' }, previousId: 'x' }
    await see(tenant, [seen({ anonymous_id: 'x' }), ...(await store(tenant, [alias], new Oracle()))])
    expect(await profileOf(tenant, 'user_id', 'ada')).toBe(bob)
  })

  it('is found by the hash that the event row itself computed, however the phone or e-mail was written', async () => {
    const tenant = await newTenant()
    await db.owner`
INSERT INTO events (tenant_id, name, identifiers) VALUES
  (${tenant}, 'a', ${json({ phone: '+49 (30) 901820' })}), (${tenant}, 'b', ${json({ phone: '+4930901820' })}),
  (${tenant}, 'c', ${json({ email: '  ÄDA.Σ@Example.COM ' })}), (${tenant}, 'd', ${json({ loyalty: '7' })})`
    await see(tenant, [
      seen({ phone: '+49 (30) 901820' }),
      seen({ phone: '+4930901820', email: '  ÄDA.Σ@Example.COM ' }),
      seen({ loyalty: '7' }),
    ])
    const rows = await db.owner`
SELECT e.name, i.profile_id FROM events e LEFT JOIN identifiers i ON i.tenant_id = e.tenant_id AND i.id = e.identifier_id
WHERE e.tenant_id = ${tenant} ORDER BY e.name`
    const [a, b, c, d] = rows.map((row) => row.profile_id as string)
    expect(a).toBeTruthy()
    expect([b, c]).toEqual([a, a])
    expect(d).toBeTruthy()
    expect(d).not.toBe(a)
  })

  it('is nobody when every name is one of those that everybody sends', async () => {
    const tenant = await newTenant()
    const people = ['null', ' Undefined', '00000000-0000-0000-0000-000000000000', '-1', '', 'x'.repeat(2000)].map(
      (user_id) => seen({ user_id, email: 'TEST@test.com' }),
    )
    expect(await see(tenant, people)).toEqual([])
    await db.owner`INSERT INTO events (tenant_id, name, user_id, anonymous_id) VALUES (${tenant}, 'x', 'null', 'mine')`
    const [event] = await db.owner`SELECT identifier_id FROM events WHERE tenant_id = ${tenant}`
    expect(event!.identifier_id).toBe(identifierId('anonymous_id', 'mine'))
  })

  it('keeps a profile of its own for a value that would join too many users', async () => {
    const tenant = await newTenant()
    const shop = 'till@shop.example'
    await see(
      tenant,
      Array.from({ length: 100 }, (_, n) => seen({ user_id: `customer-${n}`, email: shop })),
    )
    const [counts] = await db.owner`
SELECT count(DISTINCT profile_id)::int AS profiles, count(*) FILTER (WHERE shared)::int AS shared,
  (SELECT count(*)::int FROM identity_conflicts WHERE tenant_id = ${tenant}) AS conflicts
FROM identifiers WHERE tenant_id = ${tenant}`
    expect(counts).toEqual({ profiles: 100, shared: 1, conflicts: defaultPolicy.type('email').peopleLimit })
  })
})

describe('traits', () => {
  it('are the newest that events or the CRM said, and leave with the record that said them', async () => {
    const tenant = await newTenant()
    const [contact] = await db.owner`
INSERT INTO contacts (tenant_id, user_id, email, first_name, custom)
VALUES (${tenant}, 'ada', 'ada@example.com', 'Ada', ${json({ tier: 'gold' })}) RETURNING id`
    const ids = { contact: contact!.id as string, user_id: 'ada', email: 'ada@example.com' }
    const [change] = await see(tenant, [{ ids }])
    const traits = async () =>
      (await db.owner`SELECT traits FROM profiles WHERE id = ${change!.profileId}`)[0]!.traits as object
    expect(await traits()).toEqual({ email: 'ada@example.com', firstName: 'Ada', name: 'Ada', tier: 'gold' })
    expect(await see(tenant, [{ ids }])).toEqual([{ profileId: change!.profileId, change: 'seen' }])

    const [event] = await db.owner`
INSERT INTO events (tenant_id, type, name, user_id, traits, occurred_at)
VALUES (${tenant}, 'identify', 'identify', 'ada', ${json({ firstName: 'Augusta', plan: null })}, '2099-01-01') RETURNING id, occurred_at`
    await see(tenant, [{ ...seen({ user_id: 'ada' }), refs: [[event!.occurred_at as string, event!.id as string]] }])
    expect(await traits()).toMatchObject({ firstName: 'Augusta', tier: 'gold' })

    await db.owner`DELETE FROM contacts WHERE tenant_id = ${tenant}`
    expect(await see(tenant, [{ ids }])).toEqual([{ profileId: change!.profileId, change: 'updated' }])
    expect(await traits()).toEqual({ firstName: 'Augusta' })
  })

  it('of a group call are the group’s, not the person’s', async () => {
    const tenant = await newTenant()
    const [event] = await db.owner`
INSERT INTO events (tenant_id, type, name, user_id, traits) VALUES (${tenant}, 'group', 'group', 'ada', ${json({ name: 'Ltd' })})
RETURNING id, occurred_at`
    const refs: [string, string][] = [[event!.occurred_at as string, event!.id as string]]
    const [change] = await see(tenant, [{ ...seen({ user_id: 'ada' }), refs }])
    const [profile] = await db.owner`SELECT traits FROM profiles WHERE id = ${change!.profileId}`
    expect(profile!.traits).toEqual({})
  })
})

it('agrees with the database about the hash of every identifier', async () => {
  const values = [
    'ada',
    ' Null ',
    '0000',
    'İstanbul@x.de',
    'ΣΑΣ@x.gr',
    '',
    '-',
    'x'.repeat(1025),
    '(NULL)',
    '😀@x.de',
    'ẞ',
  ]
  const emails = [...values.map((value) => `  ${value} `), '\tTab@x.de\n']
  const verbatim =
    await db.owner`SELECT identifier_id('user_id', v) AS id FROM unnest(${values}::text[]) WITH ORDINALITY AS r (v, n) ORDER BY n`
  expect(verbatim.map((row) => row.id)).toEqual(values.map((value) => identifierId('user_id', value)))
  const lowered = await db.owner`
SELECT identifier_id('email', lower(btrim(v))) AS id FROM unnest(${emails}::text[]) WITH ORDINALITY AS r (v, n) ORDER BY n`
  const ours = emails.map((email) => nameIdentifiers(defaultPolicy, { email })[0]?.id ?? null)
  expect(lowered.map((row) => row.id)).toEqual(ours)
})

it('sees damage in the graph, and mends it', async () => {
  const tenant = await newTenant()
  await see(tenant, [seen({ user_id: 'ada' }), seen({ anonymous_id: 'a' }), seen({ anonymous_id: 'b' })])
  await see(tenant, [seen({ user_id: 'ada', anonymous_id: 'a' })])
  const graph = `kith_${tenant.replaceAll('-', '')}`
  await db.owner.unsafe(
    `DELETE FROM ${graph}."IDENTIFIES" WHERE ctid = (SELECT ctid FROM ${graph}."IDENTIFIES" LIMIT 1)`,
  )
  await db.owner.unsafe(`DELETE FROM ${graph}."MERGED_INTO"`)
  await db.owner.unsafe(
    `INSERT INTO ${graph}."Identifier" (properties) VALUES ('{"id": "00000000-0000-0000-0000-0000000000aa"}')`,
  )
  const differences = await inTenant(db.worker, tenant, (sql) => repairGraph(sql))
  expect(differences.map((one) => one.kind).sort()).toEqual(['identifier', 'identifier', 'profile'])
  expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])
})

it('comes to what a naive oracle comes to, whatever the history and however it is cut into batches', async () => {
  const tenant = await newTenant()
  await fc.assert(
    fc.asyncProperty(aHistory, async (batches) => {
      await forgetAll(tenant)
      const oracle = new Oracle()
      let last: Person[] = []
      for (const batch of batches) {
        last = await store(tenant, batch, oracle)
        await see(tenant, last)
      }
      expect(await stored(tenant)).toEqual(oracle.state())
      expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])
      expect(await unexplained(tenant)).toEqual([])
      // A name that an alias has retired makes room, so that what was refused before may join now.
      if (batches.flat().some((event) => event.previousId !== undefined)) return
      const again = await see(tenant, last)
      expect(again.filter((one) => one.change !== 'seen')).toEqual([])
      expect(await stored(tenant)).toEqual(oracle.state())
    }),
    { numRuns: 60, endOnFailure: true },
  )
}, 180_000)

/** Identifiers that no way of links leads to from the first of their profile: nobody could say why they are there. */
async function unexplained(tenant: string): Promise<string[]> {
  const rows = await db.owner<{ name: string }[]>`
WITH RECURSIVE reached AS (
  (SELECT DISTINCT ON (profile_id) profile_id, id FROM identifiers WHERE tenant_id = ${tenant} ORDER BY profile_id, id)
  UNION
  SELECT r.profile_id, i.id FROM reached r
  JOIN identity_links l ON l.tenant_id = ${tenant} AND r.id IN (l.a, l.b)
  JOIN identifiers i ON i.tenant_id = ${tenant} AND i.id IN (l.a, l.b) AND i.profile_id = r.profile_id
)
SELECT type || ':' || value AS name FROM identifiers WHERE tenant_id = ${tenant} AND id NOT IN (SELECT id FROM reached)`
  return rows.map((row) => row.name)
}

it('gives another spelling of a value to whom the value belongs, whoever said it so', async () => {
  const tenant = await db.createTenant('spelled')
  await see(tenant, [
    seen({ user_id: 'ada', phone: '+4930901820' }),
    seen({ user_id: 'bob', phone: '+49 (30) 901820' }),
    seen({ phone: '+49 (30) 901820', anonymous_id: 'tablet' }),
  ])
  const of = (type: string, value: string) => profileOf(tenant, type, value)
  expect(await of('phone', '+49 (30) 901820')).toBe(await of('user_id', 'ada'))
  expect(await of('anonymous_id', 'tablet')).toBe(await of('user_id', 'ada'))
})
