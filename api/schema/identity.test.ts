import { expect, it } from 'vitest'
import { react } from '../../engine/react.ts'
import { reapply } from '../../engine/recompute.ts'
import { testDatabase } from '../../test/database.ts'
import { codeOf, graphql, okOf } from '../../test/graphql.ts'
import { seen } from '../../test/identity.ts'

const db = await testDatabase()
const tenant = await db.createTenant('ours')
await db.createTenant('theirs')
const as = graphql(db.api)

const ok = okOf(as('ours-admin'))

const FIND = `query ($type: String!, $value: String!) {
  profileByIdentifier(type: $type, value: $value) { id identifiers { nodes { id type value } } }
}`
const profile = async (type: string, value: string) => (await ok(FIND, { type, value })).profileByIdentifier
const meet = (...people: ReturnType<typeof seen>[]) => react(db.worker, tenant, [{ tenant, people }])

it('merges, tells the history, undoes, and explains', async () => {
  await meet(seen({ user_id: 'ada' }), seen({ email: 'ada@example.org' }))
  const [ada, mail] = [await profile('user_id', 'ada'), await profile('email', 'ada@example.org')]
  const MERGE = `mutation ($input: MergeProfilesInput!) { mergeProfiles(input: $input) { profile { id
    identifiers { totalCount } mergeHistory { nodes { id kind cause evidence profile { id } into { id } identifiers { value } } } } } }`
  const merged = (await ok(MERGE, { input: { intoId: ada.id, profileIds: [mail.id], reason: 'she said so' } }))
    .mergeProfiles.profile
  expect(merged).toMatchObject({ id: ada.id, identifiers: { totalCount: 2 } })
  expect(merged.mergeHistory.nodes).toEqual([
    {
      id: expect.stringMatching(/^Merge:/),
      kind: 'MERGE',
      cause: 'manual',
      evidence: { by: expect.any(String), reason: 'she said so', at: expect.any(String) },
      profile: { id: mail.id },
      into: { id: ada.id },
      identifiers: [{ value: 'ada@example.org' }],
    },
  ])
  const [from, to] = [ada.identifiers.nodes[0].id, mail.identifiers.nodes[0].id]
  const EXPLAIN = `query ($from: ID!, $to: ID!) { explainIdentity(from: $from, to: $to) { samePerson splits { kind }
    path { from { value } to { value } said { source count } events { name } records { kind } } } }`
  expect((await ok(EXPLAIN, { from, to })).explainIdentity).toEqual({
    samePerson: true,
    splits: [],
    path: [
      {
        from: { value: 'ada' },
        to: { value: 'ada@example.org' },
        said: [{ source: 'manual', count: 1 }],
        events: [],
        records: [],
      },
    ],
  })

  const UNDO = `mutation ($id: ID!) { undoMerge(input: {mergeId: $id}) { profile { id mergedInto { id } } } }`
  const undone = await ok(UNDO, { id: merged.mergeHistory.nodes[0].id })
  expect(undone.undoMerge.profile).toEqual({ id: mail.id, mergedInto: null })
  expect((await ok(EXPLAIN, { from, to })).explainIdentity).toMatchObject({
    samePerson: false,
    splits: [{ kind: 'SPLIT' }],
  })
})

it('splits a profile', async () => {
  await meet(seen({ user_id: 'bob', anonymous_id: 'laptop' }))
  const bob = await profile('user_id', 'bob')
  const laptop = bob.identifiers.nodes.find((one: { type: string }) => one.type === 'anonymous_id').id
  const SPLIT = `mutation ($input: SplitProfileInput!) { splitProfile(input: $input) {
    profile { id identifiers { nodes { value } } } from { id identifiers { nodes { value } } } } }`
  const { splitProfile } = await ok(SPLIT, { input: { profileId: bob.id, identifierIds: [laptop] } })
  expect(splitProfile).toMatchObject({
    profile: { identifiers: { nodes: [{ value: 'laptop' }] } },
    from: { id: bob.id, identifiers: { nodes: [{ value: 'bob' }] } },
  })
})

it('shows the policy, previews a change and saves it', async () => {
  await meet(seen({ user_id: 'cy', phone: '+4930901820' }))
  const input = { key: 'phone', shared: true, country: 'DE', weights: { crm: 5 }, blocked: ['+49*0000'] }
  const PREVIEW = `query ($input: PreviewIdentifierTypeInput!) { previewIdentifierType(input: $input) {
    mergeCount partCount merges { profiles { id } } parts { profile { id } parts } } }`
  const cy = await profile('user_id', 'cy')
  expect((await ok(PREVIEW, { input })).previewIdentifierType).toMatchObject({
    mergeCount: 0,
    partCount: 1,
    parts: [{ profile: { id: cy.id } }],
  })
  const UPDATE = `mutation ($input: UpdateIdentifierTypeInput!) { updateIdentifierType(input: $input) {
    identifierType { key shared country weights blocked max } } }`
  expect((await ok(UPDATE, { input })).updateIdentifierType.identifierType).toEqual({ ...input, max: 10 })
  const { identityPolicy } = await ok('{ identityPolicy { key priority shared normaliser } }')
  expect(identityPolicy.map((type: { key: string }) => type.key)).toEqual([
    'user_id',
    'contact',
    'lead',
    'email',
    'phone',
    'anonymous_id',
  ])
  expect(
    (await ok('mutation { resetIdentifierType(input: {key: "phone"}) { reset } }')).resetIdentifierType.reset,
  ).toBe(true)
})

it('says how far a policy has been applied to what was, and what a tenant has changed', async () => {
  const ask = async () =>
    (await ok('{ identityReapplication { stage rows startedAt finishedAt } }')).identityReapplication
  expect(await ask()).toBe(null)
  await reapply(db.worker, tenant, 1)
  const done = await ask()
  expect(done.rows).toBeGreaterThan(0)
  expect(Date.parse(done.finishedAt)).toBeGreaterThanOrEqual(Date.parse(done.startedAt))
  expect((await as('theirs-admin')('{ identityReapplication { rows } }')).data!.identityReapplication).toBe(null)

  await ok('mutation { updateIdentifierType(input: {key: "card", max: 1}) { identifierType { key } } }')
  const { identityPolicy } = await ok('{ identityPolicy { key isChanged } }')
  const changed = identityPolicy.filter(({ isChanged }: { isChanged: boolean }) => isChanged)
  expect(changed).toEqual([{ key: 'card', isChanged: true }])
  await ok('mutation { resetIdentifierType(input: {key: "card"}) { reset } }')
})

it('counts who allows what: of a person with several answers the stricter', async () => {
  await meet(seen({ user_id: 'fay', email: 'fay@example.org' }), seen({ user_id: 'gil' }))
  const SAY = 'mutation ($input: SetConsentInput!) { setConsent(input: $input) { consent { id } } }'
  const say = (who: object, state: string) => ok(SAY, { input: { ...who, purpose: 'news', channel: 'email', state } })
  await say({ userId: 'fay' }, 'GRANTED')
  await say({ email: 'fay@example.org' }, 'DENIED')
  await say({ userId: 'gil' }, 'GRANTED')
  const ASK = '{ consentPurposes { key name channels isDefined retiredAt answers { channel granted denied } } }'
  const purpose = { key: 'news', answers: [{ channel: 'email', granted: 1, denied: 1 }] }
  const unsaid = { name: 'news', channels: [], isDefined: false, retiredAt: null }
  expect((await ok(ASK)).consentPurposes).toEqual([{ ...purpose, ...unsaid }])
  expect((await as('theirs-admin')(ASK)).data!.consentPurposes).toEqual([])

  const DEFINE =
    'mutation ($input: UpdateConsentPurposeInput!) { updateConsentPurpose(input: $input) { purpose { key } } }'
  const define = (input: object) => ok(DEFINE, { input: { key: 'news', ...input } })
  const refused = async (asked: Promise<{ errors?: readonly { extensions: object }[] }>) =>
    (await asked).errors?.[0]?.extensions
  const admin = as('ours-admin')
  await define({ name: 'Newsletter', channels: ['email', 'sms'] })
  await define({ name: 'The newsletter' })
  const defined = { name: 'The newsletter', channels: ['email', 'sms'], isDefined: true, retiredAt: null }
  expect((await ok(ASK)).consentPurposes).toEqual([{ ...purpose, ...defined }])

  // On a channel of its own only; to refuse is always heard.
  const fax = { userId: 'gil', purpose: 'news', channel: 'fax' }
  expect(await refused(admin(SAY, { input: { ...fax, state: 'GRANTED' } }))).toMatchObject({
    code: 'PURPOSE_NOT_OFFERED',
  })
  await ok(SAY, { input: { ...fax, state: 'DENIED' } })

  const SOURCE = 'mutation ($input: CreateSourceInput!) { createSource(input: $input) { source { id } } }'
  const { createSource } = await ok(SOURCE, { input: { name: 'Blog' } })
  const AIM = 'mutation ($input: UpdateSourceInput!) { updateSource(input: $input) { source { purpose } } }'
  const aim = (to: string | null) => admin(AIM, { input: { id: createSource.source.id, purpose: to } })
  expect((await aim('news')).errors).toBeUndefined()
  expect(await refused(admin(DEFINE, { input: { key: 'news', retired: true } }))).toMatchObject({
    code: 'PURPOSE_IN_USE',
    details: { sources: ['Blog'], behaviors: [] },
  })
  await aim(null)
  await define({ retired: true })
  expect(await refused(aim('news'))).toMatchObject({ code: 'PURPOSE_NOT_OFFERED' })
  const again = { userId: 'gil', purpose: 'news', channel: 'email' }
  expect(await refused(admin(SAY, { input: { ...again, state: 'GRANTED' } }))).toMatchObject({
    code: 'PURPOSE_NOT_OFFERED',
  })
  expect((await ok(ASK)).consentPurposes).toMatchObject([{ key: 'news', retiredAt: expect.any(String) }])
  await define({ retired: false })
  await say({ userId: 'gil' }, 'GRANTED')
  const audited = await db.owner`SELECT action FROM audit_log WHERE object = 'consent_purposes' ORDER BY id`
  expect(audited.map(({ action }) => action)).toEqual(['created', 'updated', 'updated', 'updated'])
})

it('exports a person and erases them, with a proof', async () => {
  await meet(seen({ user_id: 'dan' }))
  const dan = await profile('user_id', 'dan')
  const EXPORT = `query ($id: ID!) { exportProfile(profileId: $id) }`
  expect((await ok(EXPORT, { id: dan.id })).exportProfile.identifiers).toMatchObject([{ value: 'dan' }])
  const ERASE = `mutation ($id: ID!) { eraseProfile(input: {profileId: $id}) { erasure { id doneAt } } }`
  const { erasure } = (await ok(ERASE, { id: dan.id })).eraseProfile
  expect(erasure.doneAt).toBe(null)
  await react(db.worker, tenant, [
    { tenant, people: [] },
    { tenant, people: [{ ids: {} }] },
  ])
  const READ = `query ($id: ID!, $profile: ID!) { erasure(id: $id) { doneAt counts proof } profile(id: $profile) { id } }`
  const after = await ok(READ, { id: erasure.id, profile: dan.id })
  expect(after).toMatchObject({ profile: null, erasure: { counts: { identifiers: 1, profiles: 1 } } })
  expect(after.erasure.proof).toMatch(/^[0-9a-f]{64}$/)
  expect((await ok(FIND, { type: 'user_id', value: 'dan' })).profileByIdentifier).toBe(null)
  await meet(seen({ user_id: 'dan' }))
  expect((await ok(FIND, { type: 'user_id', value: 'dan' })).profileByIdentifier).toBe(null)
  await ok('mutation { liftErasure(input: {type: "user_id", value: "dan"}) { lifted } }')
  await meet(seen({ user_id: 'dan' }))
  expect(await profile('user_id', 'dan')).toBeTruthy()
})

it('lets nobody without the scope, nor another tenant, decide who is who', async () => {
  await meet(seen({ user_id: 'eve' }))
  const { id } = await profile('user_id', 'eve')
  const ERASE = `mutation ($id: ID!) { eraseProfile(input: {profileId: $id}) { erasure { id } } }`
  expect(codeOf(await as('ours-read')(ERASE, { id }))).toBe('SCOPE_MISSING')
  expect(codeOf(await as('theirs-admin')(ERASE, { id }))).toBe('PROFILE_NOT_FOUND')
  expect(codeOf(await as('ours-read')('query ($id: ID!) { exportProfile(profileId: $id) }', { id }))).toBe(
    'SCOPE_MISSING',
  )
})
