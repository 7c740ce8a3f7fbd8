import { expect, it } from 'vitest'
import { react } from '../../engine/react.ts'
import { testDatabase } from '../../test/database.ts'
import { graphql } from '../../test/graphql.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
const ask = graphql(db.api)('ours-read')

// Two identifiers of one person say the plan; the newer word counts. A contact says the rest.
const [source] = await db.owner`
INSERT INTO sources (tenant_id, name, kind) VALUES (${ours}, 'Website', 'http') RETURNING id`
const events = await db.owner`
INSERT INTO events (tenant_id, source_id, type, name, user_id, anonymous_id, traits, occurred_at) VALUES
  (${ours}, ${source!.id}, 'identify', 'identify', NULL, 'a-1', '{"plan": "free", "city": "Bonn"}', '2026-11-01T10:00:00.12Z'),
  (${ours}, ${source!.id}, 'identify', 'identify', 'u-1', 'a-1', '{"plan": "pro", "gone": null}', '2026-11-02T10:00:00.123456Z')
RETURNING id, occurred_at::text AS at`
const [contact] = await db.owner`
INSERT INTO contacts (tenant_id, user_id, first_name) VALUES (${ours}, 'u-1', 'Ada') RETURNING id`
await react(db.worker, ours, [
  {
    tenant: ours,
    people: [
      { ids: { anonymous_id: 'a-1' }, refs: [[events[0]!.at, events[0]!.id]] },
      { ids: { user_id: 'u-1', anonymous_id: 'a-1' }, refs: [[events[1]!.at, events[1]!.id]] },
      { ids: { user_id: 'u-1', contact: contact!.id } },
    ],
  },
])

const QUERY = `query ($value: String!) { profileByIdentifier(type: "user_id", value: $value) { traits traitSources {
  trait value at since kind event { id name source { name } } identifier { type value } } } }`

it('says of each trait whose word it is, and leaves out what was taken back', async () => {
  const { data } = await ask(QUERY, { value: 'u-1' })
  const { traits, traitSources: told } = data.profileByIdentifier
  expect(Object.fromEntries(told.map((one: any) => [one.trait, one.value]))).toEqual(traits)
  const of = (trait: string) => told.find((one: any) => one.trait === trait)
  expect(of('plan')).toMatchObject({
    value: 'pro',
    at: '2026-11-02T10:00:00.123456Z',
    since: '2026-11-02T10:00:00.123456Z',
    kind: 'EVENT',
    event: { name: 'identify', source: { name: 'Website' } },
    identifier: { type: 'user_id', value: 'u-1' },
  })
  expect(of('city')).toMatchObject({
    at: '2026-11-01T10:00:00.12Z',
    event: { name: 'identify' },
    identifier: { type: 'anonymous_id' },
  })
  expect(of('firstName')).toMatchObject({ value: 'Ada', kind: 'CONTACT', event: null, identifier: { type: 'contact' } })
  expect(told.map((one: any) => one.trait)).toEqual(['city', 'firstName', 'name', 'plan'])
})
