import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inTenant, type Transaction } from '../../db/client.ts'
import { checkGraph } from '../../db/graph/check.ts'
import { testDatabase } from '../../test/database.ts'
import { anEvent, few, type Given, identityOf, seen } from '../../test/identity.ts'
import { mergeProfiles, type Person, splitProfile, undoMerge } from './index.ts'
import { identifierId } from './normalise.ts'
import { Oracle } from './oracle.ts'

const db = await testDatabase()
const { see, store, stored, profileOf, forgetAll } = identityOf(db)
let tenants = 0
const newTenant = () => db.createTenant(`history-${tenants++}`)
/** By hand means through the API. */
const asApi = <T>(tenant: string, work: (sql: Transaction) => Promise<T>) => inTenant(db.api, tenant, work)
const id = (type: string, value: string) => identifierId(type, value)!

async function eventsOf(tenant: string, profileId: string): Promise<string[]> {
  const rows = await db.owner`
SELECT e.name FROM events e JOIN identifiers i ON i.tenant_id = e.tenant_id AND i.id = e.identifier_id
WHERE e.tenant_id = ${tenant} AND i.profile_id = ${profileId} ORDER BY e.name`
  return rows.map((row) => row.name as string)
}

async function lastMerge(tenant: string): Promise<string> {
  const [row] = await db.owner`SELECT id FROM merges WHERE tenant_id = ${tenant} ORDER BY at DESC LIMIT 1`
  return row!.id as string
}

it('gives everybody back what was theirs when a merge is undone, and does not merge again on a replay', async () => {
  const tenant = await newTenant()
  await db.owner`
INSERT INTO events (tenant_id, name, user_id, anonymous_id) VALUES
  (${tenant}, 'bought', 'ada', NULL), (${tenant}, 'looked', NULL, 'tablet'), (${tenant}, 'both', 'ada', 'tablet')`
  await see(tenant, [seen({ user_id: 'ada' }), seen({ anonymous_id: 'tablet', phone: '+49 30 901820' })])
  const [ada, visitor] = [await profileOf(tenant, 'user_id', 'ada'), await profileOf(tenant, 'anonymous_id', 'tablet')]
  const wrong = seen({ user_id: 'ada', anonymous_id: 'tablet' })
  await see(tenant, [wrong, seen({ anonymous_id: 'tablet', email: 'later@example.com' })])
  expect(await eventsOf(tenant, ada)).toEqual(['both', 'bought', 'looked'])

  const merge = await lastMerge(tenant)
  expect(await asApi(tenant, (sql) => undoMerge(sql, tenant, { mergeId: merge }))).toEqual({ profileId: visitor })
  expect(await eventsOf(tenant, ada)).toEqual(['both', 'bought'])
  expect(await eventsOf(tenant, visitor)).toEqual(['looked'])
  // What came later through the visitor's names only goes with them.
  expect(await profileOf(tenant, 'email', 'later@example.com')).toBe(visitor)
  expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])

  const told = await see(tenant, [wrong])
  expect(told).toEqual(
    expect.arrayContaining([
      { profileId: visitor, change: 'created' },
      { profileId: ada, change: 'updated' },
    ]),
  )
  expect(told).toHaveLength(2)
  expect(await profileOf(tenant, 'anonymous_id', 'tablet')).toBe(visitor)
  const again = await see(tenant, [wrong])
  expect(again.every((one) => one.change === 'seen')).toBe(true)
  await expect(asApi(tenant, (sql) => undoMerge(sql, tenant, { mergeId: merge }))).rejects.toMatchObject({
    code: 'UNDO_INVALID',
  })
})

it('finds the way back through merges of merges', async () => {
  const tenant = await newTenant()
  const people = ['a', 'b', 'c'].map((name) => seen({ email: `${name}@example.com` }))
  await see(tenant, people)
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => profileOf(tenant, 'email', `${name}@example.com`)))
  await asApi(tenant, (sql) => mergeProfiles(sql, tenant, { intoId: b!, profileIds: [a!] }))
  await asApi(tenant, (sql) => mergeProfiles(sql, tenant, { intoId: c!, profileIds: [b!], reason: 'same address' }))
  const mergedInto = async (profile: string) =>
    (await db.owner`SELECT merged_into FROM profiles WHERE id = ${profile}`)[0]!.merged_into as string | null
  expect([await mergedInto(a!), await mergedInto(b!)]).toEqual([c, c])
  const mergeId = await lastMerge(tenant)
  await asApi(tenant, (sql) => undoMerge(sql, tenant, { mergeId }))
  expect([await mergedInto(a!), await mergedInto(b!), await mergedInto(c!)]).toEqual([b, null, null])
  expect(await profileOf(tenant, 'email', 'a@example.com')).toBe(b)
  expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])
})

it('undoes a split, and evidence counts again', async () => {
  const tenant = await newTenant()
  const ada = seen({ user_id: 'ada', email: 'ada@example.com', anonymous_id: 'tablet' })
  await see(tenant, [ada])
  const whole = await profileOf(tenant, 'user_id', 'ada')
  await asApi(tenant, (sql) =>
    splitProfile(sql, tenant, { profileId: whole, identifierIds: [id('anonymous_id', 'tablet')] }),
  )
  await see(tenant, [ada])
  expect(await profileOf(tenant, 'anonymous_id', 'tablet')).not.toBe(whole)
  const split = await lastMerge(tenant)
  await asApi(tenant, (sql) => undoMerge(sql, tenant, { mergeId: split }))
  expect(await profileOf(tenant, 'anonymous_id', 'tablet')).toBe(whole)
  const [marks] = await db.owner`SELECT count(apart)::int AS count FROM identifiers WHERE tenant_id = ${tenant}`
  expect(marks).toEqual({ count: 0 })
})

it('lets the heavier source have an identifier, and a person have the last word', async () => {
  const tenant = await newTenant()
  await db.api.begin(async (sql) => {
    await sql`SELECT set_config('kith.tenant_id', ${tenant}, true)`
    await sql`INSERT INTO identifier_types (key, weights) VALUES ('email', '{"crm": 10}')`
  })
  await see(tenant, [seen({ user_id: 'ada', email: 'shared@example.com' })])
  const [ada] = [await profileOf(tenant, 'user_id', 'ada')]
  await see(tenant, [seen({ user_id: 'bob', email: 'shared@example.com' })])
  expect(await profileOf(tenant, 'email', 'shared@example.com')).toBe(ada)
  const [contact] = await db.owner`
INSERT INTO contacts (tenant_id, user_id, email) VALUES (${tenant}, 'bob', 'shared@example.com') RETURNING id`
  const record = { ids: { contact: contact!.id as string, user_id: 'bob', email: 'shared@example.com' } }
  await see(tenant, [record])
  const bob = await profileOf(tenant, 'user_id', 'bob')
  expect(await profileOf(tenant, 'email', 'shared@example.com')).toBe(bob)
  expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])

  const mergeId = await lastMerge(tenant)
  await asApi(tenant, (sql) => undoMerge(sql, tenant, { mergeId }))
  expect(await profileOf(tenant, 'email', 'shared@example.com')).toBe(ada)
  await see(tenant, [record])
  expect(await profileOf(tenant, 'email', 'shared@example.com')).toBe(ada)
})

it('refuses what makes no sense, and says why', async () => {
  const tenant = await newTenant()
  await see(tenant, [seen({ user_id: 'ada', email: 'ada@example.com' })])
  const ada = await profileOf(tenant, 'user_id', 'ada')
  const nobody = '00000000-0000-7000-8000-000000000000'
  const split = (identifierIds: string[], profileId = ada) =>
    asApi(tenant, (sql) => splitProfile(sql, tenant, { profileId, identifierIds }))
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error) => error.code as string,
    )
  expect(await codeOf(split([]))).toBe('SPLIT_INVALID')
  expect(await codeOf(split([id('user_id', 'ada'), id('email', 'ada@example.com')]))).toBe('SPLIT_INVALID')
  expect(await codeOf(split([id('user_id', 'bob')]))).toBe('SPLIT_INVALID')
  expect(await codeOf(split([id('user_id', 'ada')], nobody))).toBe('PROFILE_NOT_FOUND')
  expect(await codeOf(asApi(tenant, (sql) => mergeProfiles(sql, tenant, { intoId: ada, profileIds: [ada] })))).toBe(
    'MERGE_INVALID',
  )
  expect(await codeOf(asApi(tenant, (sql) => undoMerge(sql, tenant, { mergeId: nobody })))).toBe('MERGE_NOT_FOUND')
})

type Act = { see: Given } | { merge: [string, string] } | { split: string[] }

const aName = few(
  'user_id:u1',
  'user_id:u2',
  'anonymous_id:a1',
  'anonymous_id:a2',
  'email:e1@x.de',
  'phone:+4930901820',
)
const anAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ see: anEvent }) },
  { weight: 1, arbitrary: fc.record({ merge: fc.tuple(aName, aName) }) },
  { weight: 2, arbitrary: fc.record({ split: fc.uniqueArray(aName, { minLength: 1, maxLength: 3 }) }) },
)

it('comes to what the oracle comes to, whatever is merged and split by hand in between', async () => {
  const act = async (tenant: string, oracle: Oracle, action: Act) => {
    const idOf = (name: string) => id(name.slice(0, name.indexOf(':')), name.slice(name.indexOf(':') + 1))
    const profileId = (name: string) => profileOf(tenant, name.split(':')[0]!, name.slice(name.indexOf(':') + 1))
    if ('see' in action) await see(tenant, await store(tenant, [action.see], oracle))
    else if ('merge' in action) {
      const [a, b] = action.merge
      if (!oracle.find(a) || !oracle.find(b) || oracle.find(a) === oracle.find(b)) return
      const [intoId, loser] = [await profileId(a), await profileId(b)]
      oracle.merge(a, b)
      await asApi(tenant, (sql) => mergeProfiles(sql, tenant, { intoId, profileIds: [loser] }))
    } else {
      const home = oracle.find(action.split[0]!)
      if (!home) return
      const chosen = action.split.filter((name) => home.names.has(name))
      const [profile, identifierIds] = [await profileId(chosen[0]!), chosen.map(idOf)]
      const splitting = asApi(tenant, (sql) => splitProfile(sql, tenant, { profileId: profile, identifierIds }))
      if (oracle.split(chosen)) await splitting
      else await expect(splitting).rejects.toMatchObject({ code: 'SPLIT_INVALID' })
    }
  }
  const comparable = (state: { names: string[]; traits: object }[]) =>
    state.map(({ names, traits }) => ({ names, traits }))
  const tenant = await newTenant()
  await fc.assert(
    fc.asyncProperty(fc.array(anAct, { minLength: 3, maxLength: 12 }), async (actions) => {
      await forgetAll(tenant)
      const oracle = new Oracle()
      for (const action of actions) {
        await act(tenant, oracle, action)
        expect(comparable(await stored(tenant))).toEqual(comparable(oracle.state()))
      }
      expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])
    }),
    { numRuns: 40, endOnFailure: true },
  )
}, 180_000)

it('undoes an alias, and gives the former name back, as well where all came in one batch as where it came one by one', async () => {
  const told: Given[] = [
    { at: '2026-11-24T08:00:00.000000Z', ids: { user_id: 'old', anonymous_id: 'a1' } },
    { at: '2026-11-24T09:00:00.000000Z', ids: { anonymous_id: 'a2', phone: '+4930901820' } },
    { at: '2026-11-24T10:00:00.000000Z', ids: { user_id: 'old', anonymous_id: 'a2' } },
    { at: '2026-11-24T11:00:00.000000Z', ids: { user_id: 'ada', email: 'ada@x.de' } },
    { at: '2026-11-24T12:00:00.000000Z', ids: { user_id: 'ada' }, previousId: 'old' },
  ]
  for (const batches of [told.map((one) => [one]), [told], [told.slice(0, 2), told.slice(2)]]) {
    const tenant = await newTenant()
    for (const batch of batches) await see(tenant, await store(tenant, batch, new Oracle()))
    expect(await stored(tenant)).toHaveLength(1)
    const [alias] = await db.owner`SELECT id FROM merges WHERE tenant_id = ${tenant} AND cause = 'alias'`
    await asApi(tenant, (sql) => undoMerge(sql, tenant, { mergeId: alias!.id as string }))
    const parted = [
      'anonymous_id:a1 anonymous_id:a2 phone:+4930901820 user_id:old',
      'anonymous_id:old email:ada@x.de user_id:ada',
    ]
    const people = async () => (await stored(tenant)).map(({ names }) => names.join(' '))
    expect(await people()).toEqual(parted)
    const events =
      await db.owner`SELECT id, occurred_at AS at FROM events WHERE tenant_id = ${tenant} AND type = 'alias'`
    const again = events.map(
      ({ id, at }): Person => ({ ...seen({ user_id: 'ada' }, at as string), refs: [[at as string, id as string]] }),
    )
    await see(tenant, again)
    expect(await people()).toEqual(parted)
    expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])
  }
})
