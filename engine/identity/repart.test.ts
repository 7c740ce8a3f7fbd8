import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { checkGraph } from '../../db/graph/check.ts'
import { testDatabase } from '../../test/database.ts'
import { aHistory, anEvent, few, type Given, identityOf } from '../../test/identity.ts'
import { reapply } from '../recompute.ts'
import {
  type IdentifierTypeChange,
  mergeProfiles,
  repartProfiles,
  resetIdentifierType,
  saveIdentifierType,
  splitProfile,
} from './index.ts'
import { identifierId } from './normalise.ts'
import { Oracle } from './oracle.ts'

const db = await testDatabase()
const { see, store, profileOf, forgetAll } = identityOf(db)
let tenants = 0
const newTenant = () => db.createTenant(`repart-${tenants++}`)
let walks = 0
const apply = (tenant: string) => reapply(db.worker, tenant, ++walks, { by: 'key' })
const save = (tenant: string, change: IdentifierTypeChange) =>
  inTenant(db.api, tenant, (sql) => saveIdentifierType(sql, tenant, change))
const reset = (tenant: string, key: string) => inTenant(db.api, tenant, (sql) => resetIdentifierType(sql, tenant, key))

/** Who is one person, and by what names. */
async function people(tenant: string): Promise<string[]> {
  const rows = await db.owner<{ names: string }[]>`
SELECT string_agg(type || ':' || value, ' ' ORDER BY type, value) AS names FROM identifiers WHERE tenant_id = ${tenant} GROUP BY profile_id`
  return rows.map(({ names }) => names).sort()
}

const AT = '2026-11-24T10:00:00.000000Z'
/** Stores events one by one, as they would come. */
async function happen(tenant: string, ...ids: Record<string, string>[]): Promise<void> {
  for (const one of ids) await see(tenant, await store(tenant, [{ at: AT, ids: one }], new Oracle()))
}

it('parts whom a value joined that is shared by now, and joins them again when it is not', async () => {
  const tenant = await newTenant()
  await happen(
    tenant,
    { anonymous_id: 'a1', email: 'till@shop.example' },
    { anonymous_id: 'a2', email: 'till@shop.example' },
    { user_id: 'ada', anonymous_id: 'a3' },
  )
  const joined = ['anonymous_id:a1 anonymous_id:a2 email:till@shop.example', 'anonymous_id:a3 user_id:ada']
  expect(await people(tenant)).toEqual(joined)
  await save(tenant, { key: 'email', shared: true })
  expect(await people(tenant)).toEqual(joined)
  await apply(tenant)
  expect(await people(tenant)).toEqual(
    ['anonymous_id:a1', 'anonymous_id:a2', joined[1], 'email:till@shop.example'].sort(),
  )
  const history =
    await db.owner`SELECT kind, cause, evidence ->> 'by' AS by FROM merges WHERE tenant_id = ${tenant} AND kind = 'split'`
  expect([...history]).toEqual(Array(2).fill({ kind: 'split', cause: 'policy', by: 'key' }))
  expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])

  await reset(tenant, 'email')
  await apply(tenant)
  expect(await people(tenant)).toEqual(joined)
  expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])
  const feed =
    await db.owner`SELECT payload ->> 'change' AS change FROM feed WHERE tenant_id = ${tenant} AND kind = 'profile_changed'`
  expect(feed.map((item) => item.change)).toEqual(expect.arrayContaining(['created', 'merged']))
})

it('applies a limit and its end to who is known already', async () => {
  const tenant = await newTenant()
  await happen(tenant, { user_id: 'ada', email: 'e@x.de' }, { user_id: 'bob', email: 'e@x.de' })
  expect(await people(tenant)).toHaveLength(2)
  await save(tenant, { key: 'user_id', max: 2 })
  await apply(tenant)
  expect(await people(tenant)).toEqual(['email:e@x.de user_id:ada user_id:bob'])
  await reset(tenant, 'user_id')
  await apply(tenant)
  expect(await people(tenant)).toHaveLength(2)
})

it('forgets a value that is blocked by now: whom it joined are several, and what it owned is the next identifier’s', async () => {
  const tenant = await newTenant()
  await happen(
    tenant,
    { user_id: 'guest-7', anonymous_id: 'a1' },
    { user_id: 'guest-7', anonymous_id: 'a2' },
    { anonymous_id: 'a2', email: 'e@x.de' },
  )
  expect(await people(tenant)).toHaveLength(1)
  await save(tenant, { key: 'user_id', blocked: ['guest-*'] })
  await apply(tenant)
  expect(await people(tenant)).toEqual(['anonymous_id:a1', 'anonymous_id:a2 email:e@x.de'])
  const [owned] = await db.owner`
SELECT count(*)::int AS events, count(i.id)::int AS of_somebody FROM events e
LEFT JOIN identifiers i ON i.tenant_id = e.tenant_id AND i.id = e.identifier_id WHERE e.tenant_id = ${tenant}`
  expect(owned).toEqual({ events: 3, of_somebody: 3 })
  expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])
  // And back again: the events are read once more.
  await reset(tenant, 'user_id')
  await apply(tenant)
  expect(await people(tenant)).toHaveLength(1)
})

it('reads history by a new normaliser', async () => {
  const tenant = await newTenant()
  await happen(tenant, { card: 'AB-1', anonymous_id: 'a1' }, { card: 'ab-1', anonymous_id: 'a2' })
  expect(await people(tenant)).toHaveLength(2)
  await save(tenant, { key: 'card', normaliser: 'lower' })
  await apply(tenant)
  expect(await people(tenant)).toHaveLength(1)
})

it('lets decisions by hand stand', async () => {
  const tenant = await newTenant()
  await happen(tenant, { user_id: 'ada', anonymous_id: 'a1' }, { user_id: 'ada', email: 'e@x.de' }, { user_id: 'bob' })
  const [ada, bob] = [await profileOf(tenant, 'user_id', 'ada'), await profileOf(tenant, 'user_id', 'bob')]
  await inTenant(db.api, tenant, (sql) => mergeProfiles(sql, tenant, { intoId: ada, profileIds: [bob] }))
  const tablet = identifierId('anonymous_id', 'a1')!
  await inTenant(db.api, tenant, (sql) => splitProfile(sql, tenant, { profileId: ada, identifierIds: [tablet] }))
  const before = await people(tenant)
  expect(before).toEqual(['anonymous_id:a1', 'email:e@x.de user_id:ada user_id:bob'])
  await save(tenant, { key: 'phone', shared: true })
  await apply(tenant)
  expect(await people(tenant)).toEqual(before)
})

it('parts what the policy alone joined from what a hand or an alias joined to it', async () => {
  const tenant = await newTenant()
  const merge = async (into: string, from: string) => {
    const [intoId, other] = [await profileOf(tenant, 'user_id', into), await profileOf(tenant, 'user_id', from)]
    await inTenant(db.api, tenant, (sql) => mergeProfiles(sql, tenant, { intoId, profileIds: [other] }))
  }
  const met = [
    ['10', 'ada', 'e1@x.de'],
    ['12', 'ada', 'e2@x.de'],
    ['14', 'bob', 'e3@x.de'],
  ] as const
  for (const [hour, user_id, email] of met)
    await see(
      tenant,
      await store(tenant, [{ at: AT.replace('T10', `T${hour}`), ids: { user_id, email } }], new Oracle()),
    )
  await merge('ada', 'bob')
  expect(await people(tenant)).toHaveLength(1)
  await save(tenant, { key: 'email', max: 1 })
  await apply(tenant)
  // Two addresses are one too many for the policy; the third came with a person whom a hand brought.
  const parted = ['email:e2@x.de']
  const rest = 'email:e1@x.de email:e3@x.de user_id:ada user_id:bob'
  const sorted = (names: string) => names.split(' ').sort().join(' ')
  expect((await people(tenant)).map(sorted).sort()).toEqual([...parted, sorted(rest)].sort())
  expect(await inTenant(db.worker, tenant, checkGraph)).toEqual([])

  // Of an alias the same is true, whether it came alone or in one batch with all that it joined.
  for (const batched of [false, true]) {
    const aliased = await newTenant()
    const told: Given[] = ['ada e1', 'ada e2', 'old e3', 'old e4'].map((said, hour) => {
      const [user_id, name] = said.split(' ') as [string, string]
      return { at: AT.replace('T10', `T0${hour}`), ids: { user_id, email: `${name}@x.de` } }
    })
    told.push({ at: AT, ids: { user_id: 'ada' }, previousId: 'old' })
    for (const batch of batched ? [told] : told.map((one) => [one]))
      await see(aliased, await store(aliased, batch, new Oracle()))
    expect(await people(aliased)).toHaveLength(1)
    await save(aliased, { key: 'email', max: 1 })
    for (let again = 0; again < 2; again++) {
      await apply(aliased)
      expect(await people(aliased)).toEqual([
        'anonymous_id:old email:e1@x.de email:e3@x.de user_id:ada user_id:old',
        'email:e2@x.de',
        'email:e4@x.de',
      ])
    }
    expect(await inTenant(db.worker, aliased, checkGraph)).toEqual([])
  }
})

it('parts nobody whom the present policy has made one, whatever was merged and split by hand', async () => {
  const tenant = await newTenant()
  const name = few('user_id:u1', 'user_id:u2', 'anonymous_id:a1', 'anonymous_id:a2', 'email:e1@x.de', 'email:e2@x.de')
  const byHand = fc.oneof(
    fc.record({ see: anEvent }),
    fc.record({ merge: fc.tuple(name, name) }),
    fc.record({ split: name }),
  )
  const find = async (named: string) => {
    const [type, value] = named.split(':') as [string, string]
    return { id: identifierId(type, value)!, profile: await profileOf(tenant, type, value).catch(() => null) }
  }
  await fc.assert(
    fc.asyncProperty(aHistory, fc.array(byHand, { maxLength: 8 }), fc.boolean(), async (batches, actions, strict) => {
      await forgetAll(tenant)
      for (const key of ['email', 'phone', 'anonymous_id']) await save(tenant, { key, max: strict ? 1 : null })
      await db.owner`DELETE FROM backfills WHERE tenant_id = ${tenant}`
      for (const batch of batches) await see(tenant, await store(tenant, batch, new Oracle()))
      for (const action of actions) {
        if ('see' in action) await see(tenant, await store(tenant, [action.see], new Oracle()))
        else if ('merge' in action) {
          const [a, b] = await Promise.all(action.merge.map(find))
          if (!a!.profile || !b!.profile || a!.profile === b!.profile) continue
          const pair = { intoId: a!.profile, profileIds: [b!.profile] }
          await inTenant(db.api, tenant, (sql) => mergeProfiles(sql, tenant, pair))
        } else {
          const { id, profile } = await find(action.split)
          if (!profile) continue
          const split = { profileId: profile, identifierIds: [id] }
          await inTenant(db.api, tenant, (sql) => splitProfile(sql, tenant, split)).catch(() => {})
        }
      }
      const before = await people(tenant)
      await inTenant(db.worker, tenant, async (sql) => {
        const profiles = await sql<{ id: string }[]>`SELECT id FROM profiles WHERE tenant_id = ${tenant}`
        await repartProfiles(
          sql,
          tenant,
          profiles.map((row) => row.id),
        )
      })
      expect(await people(tenant)).toEqual(before)
    }),
    { numRuns: 60, endOnFailure: true },
  )
}, 180_000)
