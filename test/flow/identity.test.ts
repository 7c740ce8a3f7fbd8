/** What is decided by hand about who is who reaches segments and subscribers through the log, like everything else. */
import { afterAll, expect, it } from 'vitest'
import { testDatabase, until } from '../database.ts'
import { graphql, okOf } from '../graphql.ts'
import { identityOf } from '../identity.ts'
import { startPlatform } from '../platform.ts'
import { subscribe } from '../subscribe.ts'

const LIMIT = { timeout: 25_000 }

const db = await testDatabase()
const tenant = await db.createTenant('shop')
const platform = await startPlatform(db)
afterAll(() => platform.stop())
const ask = okOf(graphql(db.api)('shop-admin'))

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

it('forgets whom a job names that waits, or that has failed for good', async () => {
  await db.owner`
INSERT INTO events (tenant_id, name, user_id, identifiers) VALUES (${tenant}, 'Bought', 'eve-77', '{"email": "eve@example.org"}')`
  const eve = await until(() => profileOf('eve-77'), Boolean, LIMIT)
  const [stored] = await db.owner`SELECT profile_id FROM identifiers WHERE value = 'eve-77'`
  const T = '2026-11-24T10:00:00Z'
  const both = { ids: { anonymous_id: 'kiosk', email: 'EVE@example.org' }, from: T, to: T }
  const addJob = async (changes: object[], key: string | null = null) => {
    const [job] = await db.worker<[{ id: string }]>`
SELECT id FROM graphile_worker.add_job('react', ${changes.map((change) => ({ tenant, ...change })) as never}::json,
  ${`react:${tenant}`}, now() + interval '1 hour', 7, ${key}, 3)`
    return job.id
  }
  const alone = { people: [{ ids: { user_id: 'eve-77' } }] }
  await addJob([{ people: [both, { ids: { user_id: 'bob' } }] }, alone], 'k')
  await addJob([alone, { profiles: [stored!.profile_id], cause: 'timer' }])
  const failed = await addJob([{ people: [{ ids: { user_id: 'bob' } }] }])
  await db.worker`SELECT FROM graphile_worker.permanently_fail_jobs(ARRAY[${failed}]::bigint[], 'cannot digest eve@example.org')`
  await addJob([{ people: [{ ids: { user_id: 'eve-778' } }] }])

  await ask('mutation ($id: ID!) { eraseProfile(input: {profileId: $id}) { erasure { id } } }', { id: eve })
  await until(
    () => profileOf('eve-77'),
    (id) => id === undefined,
    LIMIT,
  )
  const { found } = identityOf(db)
  expect(await found(tenant, ['"eve-77"', 'eve@example.org'])).toEqual({})
  // An id that means nothing any more.
  const named = Object.keys(await found(tenant, [stored!.profile_id as string])).sort()
  expect(named).toEqual(['public.audit_log', 'public.erasures', 'public.feed'])

  const { jobs, erasures } = await ask(`{
    jobs(orderBy: {field: id, direction: ASC}) { nodes { key state attempts maxAttempts priority error summary } }
    erasures(first: 1) { nodes { counts } }
  }`)
  const waiting = { key: null, state: 'SCHEDULED', attempts: 0, maxAttempts: 7, priority: 3, error: null }
  const about = (people: number, first: object) => ({ summary: { people, profiles: 0, first } })
  expect(jobs.nodes).toEqual([
    { ...waiting, ...about(1, { user_id: 'eve-778' }) },
    { ...waiting, ...about(2, { anonymous_id: 'kiosk' }), key: 'k' },
    {
      ...waiting,
      ...about(1, { user_id: 'bob' }),
      state: 'FAILED',
      attempts: 7,
      error: expect.stringMatching(/^Failed for good/),
    },
  ])
  expect(erasures.nodes[0].counts.jobs).toBe(3)

  // What is left of a job runs, and brings nobody back.
  await db.worker`SELECT FROM graphile_worker.reschedule_jobs(array(SELECT id FROM graphile_worker.jobs WHERE key = 'k'), now())`
  await until(() => profileOf('bob'), Boolean, LIMIT)
  expect(await found(tenant, ['"eve-77"', 'eve@example.org'])).toEqual({})
})

it('applies a changed policy to who was one person already, when asked', async () => {
  await db.owner`
INSERT INTO events (tenant_id, name, user_id, identifiers) VALUES
  (${tenant}, 'Bought', NULL, '{"email": "till@shop.example", "card": "c1"}'), (${tenant}, 'Bought', NULL, '{"email": "till@shop.example", "card": "c2"}')`
  const of = async (card: string) =>
    (await ask('query ($v: String!) { profileByIdentifier(type: "card", value: $v) { id } }', { v: card }))
      .profileByIdentifier?.id as string | undefined
  await until(async () => (await of('c2')) && (await of('c1')) === (await of('c2')), Boolean, LIMIT)
  await ask('mutation { updateIdentifierType(input: {key: "email", shared: true}) { identifierType { shared } } }')
  const { reapplyIdentityPolicy } = await ask(
    'mutation { reapplyIdentityPolicy(input: {reason: "the till"}) { job { task state } } }',
  )
  expect(reapplyIdentityPolicy.job.task).toBe('reapply')
  await until(async () => (await of('c1')) !== (await of('c2')), Boolean, LIMIT)
  const { profile } = await ask(
    'query ($id: ID!) { profile(id: $id) { mergeHistory { nodes { kind cause evidence } } } }',
    { id: await of('c2') },
  )
  expect(profile.mergeHistory.nodes).toMatchObject([
    { kind: 'SPLIT', cause: 'policy', evidence: { reason: 'the till' } },
  ])
  await until(
    async () => (await db.owner`SELECT FROM graphile_worker.jobs WHERE task_identifier = 'reapply'`).length === 0,
  )
})

it('asks again about everybody at an account that changed, however we know that they work there', async () => {
  await ask('mutation { resetIdentifierType(input: {key: "email"}) { reset } }')
  await ask('mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }', {
    input: { key: 'steel', name: 'In steel', rule: { account: { field: { path: 'industry', eq: 'steel' } } } },
  })
  const members = async () => {
    const rows = await db.owner<{ names: string }[]>`
SELECT string_agg(i.value, ' ' ORDER BY i.value) AS names FROM members m JOIN segments s ON s.tenant_id = m.tenant_id AND s.id = m.segment_id
JOIN identifiers i ON i.tenant_id = m.tenant_id AND i.profile_id = m.profile_id AND i.type = 'user_id'
WHERE m.tenant_id = ${tenant} AND s.key = 'steel'`
    return rows[0]!.names
  }
  const [works] = await db.owner`
INSERT INTO accounts (tenant_id, external_id, name, domain) VALUES (${tenant}, 'works', 'Works', 'works.example.org') RETURNING id`
  await db.owner`
INSERT INTO contacts (tenant_id, account_id, user_id) VALUES (${tenant}, ${works!.id}, 'by-contact')`
  await db.owner`
INSERT INTO events (tenant_id, type, name, user_id, properties, identifiers) VALUES
  (${tenant}, 'group', 'group', 'by-group', '{"groupId": "works"}', NULL),
  (${tenant}, 'track', 'Came', 'by-domain', '{}', '{"email": "d@works.example.org"}'),
  (${tenant}, 'track', 'Came', 'by-new-domain', '{}', '{"email": "n@new.example.org"}')`
  const all = ['by-contact', 'by-group', 'by-domain', 'by-new-domain']
  await until(async () => (await Promise.all(all.map(profileOf))).every(Boolean), Boolean, LIMIT)
  await until(
    async () =>
      (await db.owner`SELECT FROM profile_accounts WHERE tenant_id = ${tenant} AND account_id = ${works!.id}`).length,
    (n) => n === 3,
    LIMIT,
  )
  expect(await members()).toBeNull()

  await db.owner`UPDATE accounts SET industry = 'steel' WHERE id = ${works!.id}`
  await until(members, (names) => names === 'by-contact by-domain by-group', LIMIT)
  // Who works there by the old domain does not any more, who has an address of the new one does.
  await db.owner`UPDATE accounts SET domain = 'New.example.org' WHERE id = ${works!.id}`
  await until(members, (names) => names === 'by-contact by-group by-new-domain', LIMIT)
  await db.owner`INSERT INTO accounts (tenant_id, name, domain, industry) VALUES (${tenant}, 'Old', 'works.example.org', 'steel')`
  await until(members, (names) => names === 'by-contact by-domain by-group by-new-domain', LIMIT)
  await db.owner`DELETE FROM accounts WHERE tenant_id = ${tenant}`
  await until(members, (names) => names === null, LIMIT)
})
