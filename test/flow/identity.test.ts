/** What is decided by hand about who is who reaches segments and subscribers through the log, like everything else. */
import { afterAll, expect, it } from 'vitest'
import { testDatabase, until } from '../database.ts'
import { graphql } from '../graphql.ts'
import { startPlatform } from '../platform.ts'
import { subscribe } from '../subscribe.ts'

const LIMIT = { timeout: 10_000 }

const db = await testDatabase()
const tenant = await db.createTenant('shop')
const platform = await startPlatform(db)
afterAll(() => platform.stop())
const as = graphql(db.api)('shop-admin')

async function ask(query: string, variables?: Record<string, unknown>) {
  const { data, errors } = await as(query, variables)
  expect(errors, JSON.stringify(errors)).toBeUndefined()
  return data
}

await ask('mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }', {
  input: { key: 'loyal', name: 'Bought twice', rule: { event: { name: 'Bought', count: { gte: 2 } } } },
})
const follow = (query: string) => subscribe(fetch, `${platform.url}/graphql`, 'shop-read', `subscription { ${query} }`)
const entered = await follow('segmentEntered(segment: "loyal") { profile { id } }')
const left = await follow('segmentLeft(segment: "loyal") { cause profileId: transitionId }')
const changed = await follow('profileChanged { change profileId into { id } }')
afterAll(() => Promise.all([entered.stop(), left.stop(), changed.stop()]))

const profileOf = async (value: string) =>
  (await ask('query ($v: String!) { profileByIdentifier(type: "user_id", value: $v) { id } }', { v: value }))
    .profileByIdentifier?.id as string | undefined
const kinds = () => changed.frames.map(({ data }) => data.profileChanged.change)

it('merges, parts and forgets, and tells whoever follows the segment', async () => {
  await db.owner`
INSERT INTO events (tenant_id, name, user_id) VALUES (${tenant}, 'Bought', 'ada'), (${tenant}, 'Bought', 'augusta')`
  const [ada, augusta] = await until(
    async () => [await profileOf('ada'), await profileOf('augusta')],
    (ids) => ids.every(Boolean),
    LIMIT,
  )
  expect(entered.frames).toHaveLength(0)

  await ask('mutation ($input: MergeProfilesInput!) { mergeProfiles(input: $input) { profile { id } } }', {
    input: { intoId: ada, profileIds: [augusta] },
  })
  await until(() => entered.frames.length === 1, Boolean, LIMIT)
  expect(entered.frames[0]!.data.segmentEntered.profile.id).toBe(ada)
  await until(() => kinds().includes('MERGED'), Boolean, LIMIT)

  const { profile } = await ask('query ($id: ID!) { profile(id: $id) { mergeHistory { nodes { id } } } }', { id: ada })
  await ask('mutation ($id: ID!) { undoMerge(input: {mergeId: $id}) { profile { id } } }', {
    id: profile.mergeHistory.nodes[0].id,
  })
  await until(() => left.frames.length === 1, Boolean, LIMIT)
  expect(left.frames[0]!.data.segmentLeft.cause).toBe('CHANGE')
  expect(await profileOf('augusta')).toBe(augusta)

  await db.owner`INSERT INTO events (tenant_id, name, user_id) VALUES (${tenant}, 'Bought', 'ada')`
  await until(() => entered.frames.length === 2, Boolean, LIMIT)
  await ask('mutation ($id: ID!) { eraseProfile(input: {profileId: $id}) { erasure { id } } }', { id: ada })
  await until(() => left.frames.length === 2, Boolean, LIMIT)
  expect(left.frames[1]!.data.segmentLeft.cause).toBe('ERASED')
  await until(() => kinds().includes('ERASED'), Boolean, LIMIT)
  expect(await profileOf('ada')).toBeUndefined()
})
