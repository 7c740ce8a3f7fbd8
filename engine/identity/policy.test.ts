import { describe, expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { testDatabase } from '../../test/database.ts'
import { identityOf, seen } from '../../test/identity.ts'
import { previewIdentifierType, saveIdentifierType } from './index.ts'
import { type Normaliser, policyOf } from './policy.ts'
import { nameIdentifiers } from './normalise.ts'

const db = await testDatabase()
const { see, profileOf } = identityOf(db)
let tenants = 0
const newTenant = () => db.createTenant(`policy-${tenants++}`)
const row = { country: null, priority: null, max_per_profile: null, people_limit: null, shared: null, weights: {} }

describe('a normaliser', () => {
  const cases: [Normaliser, string | null, string, string][] = [
    ['verbatim', null, ' Ada ', ' Ada '],
    ['lower', null, ' Ada ', 'ada'],
    ['email', null, ' ADA@Example.com ', 'ada@example.com'],
    ['phone', null, '+49 (30) 901820', '+4930901820'],
    ['phone', 'DE', '030 901820', '+4930901820'],
    ['phone', null, '030 901820', '030 901820'],
    ['phone', 'DE', 'call me', 'call me'],
  ]
  it.each(cases)(
    '%s (%s) makes of %j %j, finds it by either, and leaves that alone',
    (normaliser, country, raw, value) => {
      const policy = policyOf([{ ...row, key: 'custom', normaliser, country, blocked: [] }])
      const [name, ...spellings] = nameIdentifiers(policy, { custom: raw })
      expect(name!.value).toBe(value)
      if (raw !== value) expect(normaliser === 'verbatim' || spellings.some((one) => one.value === raw)).toBe(true)
      expect(nameIdentifiers(policy, { custom: value })[0]!.id).toBe(name!.id)
    },
  )
})

it('blocks whole values and patterns, in time linear in the value', () => {
  const policy = policyOf([
    { ...row, key: 'email', normaliser: null, blocked: ['a@b.c', '*@internal.org', 'test-*-*@x.de'] },
  ])
  const named = (email: string) => nameIdentifiers(policy, { email }).length > 0
  expect(['a@b.c', 'A@B.C', 'x@internal.org', 'test-1-2@x.de'].filter(named)).toEqual([])
  expect(['aa@b.c', 'x@internal.org.uk', 'test-1@x.de'].filter(named)).toHaveLength(3)
  const nasty = policyOf([{ ...row, key: 'email', normaliser: null, blocked: [`${'*a'.repeat(90)}*b`] }])
  const started = performance.now()
  nameIdentifiers(nasty, { email: 'a'.repeat(1000) })
  expect(performance.now() - started).toBeLessThan(2000) // by backtracking it would take longer than anybody waits
})

it('lets a shared value link nobody, and a limit keep people apart', async () => {
  const tenant = await newTenant()
  await inTenant(db.api, tenant, (sql) => saveIdentifierType(sql, tenant, { key: 'phone', shared: true }))
  await inTenant(db.api, tenant, (sql) => saveIdentifierType(sql, tenant, { key: 'card', max: 1 }))
  await see(tenant, [
    seen({ user_id: 'ada', phone: '+4930901820' }),
    seen({ user_id: 'bob', phone: '+4930901820' }),
    seen({ email: 'x@example.org', card: '1' }),
    seen({ email: 'x@example.org', card: '2' }),
    seen({ phone: '+4930901820' }),
  ])
  const profiles = await Promise.all([
    profileOf(tenant, 'user_id', 'ada'),
    profileOf(tenant, 'user_id', 'bob'),
    profileOf(tenant, 'phone', '+4930901820'),
    profileOf(tenant, 'card', '1'),
    profileOf(tenant, 'card', '2'),
  ])
  expect(new Set(profiles).size).toBe(5)
})

it('is not swept away by a storm: one value of thousands of people costs a few notes', async () => {
  const tenant = await newTenant()
  const till = 'till@shop.example'
  const customers = Array.from({ length: 1500 }, (_, n) => seen({ user_id: `c${n}`, email: till }))
  const visitors = Array.from({ length: 1500 }, (_, n) => seen({ anonymous_id: `v${n}`, phone: '+4930901820' }))
  const clerk = Array.from({ length: 1500 }, (_, n) => seen({ user_id: 'clerk', lead: `l${n}` }))
  for (let n = 0; n < 1500; n += 500) {
    await see(
      tenant,
      [customers, visitors, clerk].flatMap((people) => people.slice(n, n + 500)),
    )
  }
  const [counts] = await db.owner`
SELECT count(DISTINCT profile_id)::int AS profiles, count(*) FILTER (WHERE shared)::int AS shared,
  max(count)::int AS largest, (SELECT count(*)::int FROM identity_conflicts WHERE tenant_id = ${tenant}) AS conflicts
FROM (SELECT profile_id, shared, count(*) OVER (PARTITION BY profile_id) FROM identifiers WHERE tenant_id = ${tenant}) AS i`
  // 1,500 customers, one profile of the 500 visitors that a profile may have, one clerk with 20 leads, and all others alone.
  expect(counts).toEqual({
    ...{ profiles: 1500 + 1 + 1000 + 1 + 1480, shared: 2, largest: 501 },
    conflicts: 25 + 25 + 25,
  })
})

it('says before it is saved what a change would merge and what it would part', async () => {
  const tenant = await newTenant()
  await see(tenant, [
    seen({ email: 'a@example.org', anonymous_id: '1' }),
    seen({ email: 'a@example.org', anonymous_id: '2' }),
    seen({ email: 'b@example.org', anonymous_id: '3' }),
    seen({ user_id: 'ada', email: 'c@example.org' }),
    seen({ user_id: 'bob', email: 'c@example.org' }),
  ])
  const preview = (change: Parameters<typeof previewIdentifierType>[2]) =>
    inTenant(db.api, tenant, (sql) => previewIdentifierType(sql, tenant, change))
  const [a, b] = [await profileOf(tenant, 'email', 'a@example.org'), await profileOf(tenant, 'email', 'b@example.org')]
  const [ada, bob] = [await profileOf(tenant, 'user_id', 'ada'), await profileOf(tenant, 'user_id', 'bob')]

  expect(await preview({ key: 'user_id' })).toMatchObject({ mergeCount: 0, partCount: 0 })
  const shared = await preview({ key: 'email', shared: true })
  expect(shared).toMatchObject({ mergeCount: 0, partCount: 3 })
  expect(shared.parts.map((part) => part.profileId).sort()).toEqual([a, b, ada].sort())
  const two = await preview({ key: 'user_id', max: 2 })
  expect(two).toMatchObject({ mergeCount: 1, partCount: 0 })
  expect(two.merges[0]!.sort()).toEqual([ada, bob].sort())
  await expect(preview({ key: 'user_id', max: 0 })).rejects.toMatchObject({
    code: 'IDENTIFIER_TYPE_INVALID',
    details: { field: 'max' },
  })
})

it('estimates from a sample where a tenant has too much to look at all of it', async () => {
  const tenant = await newTenant()
  const people = Array.from({ length: 400 }, (_, n) => [
    seen({ user_id: `u${n}`, anonymous_id: `a${n}` }),
    seen({ user_id: `u${n}`, ...(n % 2 ? { email: `e${n - (n % 4)}@x.de` } : { phone: `+49309018${n + 1000}` }) }),
  ]).flat()
  await see(tenant, people)
  const preview = (change: Parameters<typeof previewIdentifierType>[2], limits = {}) =>
    inTenant(db.api, tenant, (sql) => previewIdentifierType(sql, tenant, change, limits))
  const few = { most: 900, sampled: 300 }
  // Of every four people two share an address; every second has a phone.
  for (const change of [
    { key: 'user_id', max: 2 },
    { key: 'phone', shared: true },
  ]) {
    const whole = await preview(change)
    expect(whole).toMatchObject({ exact: true, people: 400, evaluated: 400 })
    const sampled = await preview(change, few)
    expect(sampled).toMatchObject({ exact: false, people: 400 })
    expect(sampled.evaluated).toBeGreaterThan(50)
    expect(sampled.evaluated).toBeLessThan(200)
    for (const count of ['mergeCount', 'partCount'] as const) {
      expect(sampled[count]).toBeGreaterThanOrEqual(whole[count] * 0.5)
      expect(sampled[count]).toBeLessThanOrEqual(whole[count] * 1.7)
    }
    expect(whole.mergeCount + whole.partCount).toBeGreaterThan(90)
  }
})

it('comes to the same however many react at once, and whoever merges by hand meanwhile', async () => {
  const people = Array.from({ length: 120 }, (_, n) => {
    const m = (n * 7919) % 120
    return seen({
      anonymous_id: `a${m % 40}`,
      email: `e${m % 25}@example.org`,
      ...(m % 3 ? {} : { user_id: `u${m % 6}` }),
    })
  })
  const [serial, parallel] = [await newTenant(), await newTenant()]
  // Without users nothing is ever refused, so that the order cannot matter.
  const anonymous = people.map((person) => {
    const ids = { ...person.ids }
    delete ids.user_id
    return { ...person, ids }
  })
  for (const person of anonymous) await see(serial, [person])
  await Promise.all(
    [0, 1, 2, 3].map(async (lane) => {
      for (let n = lane; n < anonymous.length; n += 4) await see(parallel, [anonymous[n]!])
    }),
  )
  const state = async (tenant: string) => {
    const rows = await db.owner`
SELECT array_agg(type || value ORDER BY type, value) AS names FROM identifiers WHERE tenant_id = ${tenant} GROUP BY profile_id`
    return rows.map((one) => String(one.names)).sort()
  }
  expect(await state(parallel)).toEqual(await state(serial))

  // With users the order decides who keeps what; but nobody is ever two users, nor points at somebody who is gone.
  await Promise.all(
    [0, 1, 2, 3].map((lane) =>
      see(
        parallel,
        people.filter((_, n) => n % 4 === lane),
      ),
    ),
  )
  const [broken] = await db.owner`
SELECT (SELECT count(*)::int FROM (SELECT FROM identifiers WHERE tenant_id = ${parallel} AND type = 'user_id' AND alias_of IS NULL
    GROUP BY profile_id HAVING count(*) > 1) AS two) AS two_users,
  (SELECT count(*)::int FROM identifiers i JOIN profiles p ON p.id = i.profile_id
    WHERE i.tenant_id = ${parallel} AND p.merged_into IS NOT NULL) AS of_merged,
  (SELECT count(*)::int FROM profiles p JOIN profiles q ON q.id = p.merged_into
    WHERE p.tenant_id = ${parallel} AND q.merged_into IS NOT NULL) AS chains`
  expect(broken).toEqual({ two_users: 0, of_merged: 0, chains: 0 })
})
