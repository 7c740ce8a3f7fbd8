/** That each mutation of the schema leaves its trace in the audit log, and no secret there. */
import { getNamedType, isLeafType, isObjectType } from 'graphql'
import { expect, it, vi } from 'vitest'
import { schema } from '../api/schema/index.ts'
import { testDatabase } from './database.ts'
import { graphql } from './graphql.ts'

// Read once, when config.ts is loaded: before the imports.
vi.hoisted(() => {
  process.env.SOURCE_HOSTS = '127.0.0.1'
})

const db = await testDatabase()
const tenant = await db.createTenant('shop')
const ask = graphql(db.api)('shop-admin')
const mutations = schema.getMutationType()!.getFields()

/** Which change nothing that anybody decided, and why. */
const SILENT: Record<string, string> = {
  acknowledgeFeed: 'how far a reader is, thousands of times a day',
  applyPlan: 'runs the mutations of what it changes, in their names',
  previewPostgresSource: 'changes nothing',
  previewWebhook: 'changes nothing',
  pullPostgresSource: 'only when, not what: the next round comes by itself',
  sendEvents: 'a door: what comes in is the events themselves',
}

const called = new Set<string>()
/** Those called without an entry. */
const unlogged: string[] = []
/** What came out that is to be kept secret. */
const secrets = ['s3cr3t-of-a-webhook', 's3cr3t-of-a-database']
const entries = async () => (await db.owner`SELECT FROM audit_log WHERE tenant_id = ${tenant}`).length

/** All of the payload, and of what it leads to the ids. */
function selection(name: string): string {
  const payload = getNamedType(mutations[name]!.type)
  if (!isObjectType(payload)) throw new Error(`${name} has no payload`)
  const parts = Object.values(payload.getFields()).map((field) => {
    const type = getNamedType(field.type)
    if (isLeafType(type)) return field.name
    return `${field.name} { ${isObjectType(type) && 'id' in type.getFields() ? 'id' : '__typename'} }`
  })
  return parts.join(' ')
}

type Options = {
  /** Noted before it is done, so that it may fail: what it would be done to is not there. */
  fails?: boolean
}

/** Asks for it, and looks whether the log has more than before. */
async function call(name: string, input: object, { fails }: Options = {}): Promise<any> {
  called.add(name)
  const before = await entries()
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`
  const { data, errors } = await ask(`mutation ($input: ${type}!) { ${name}(input: $input) { ${selection(name)} } }`, {
    input,
  })
  if (!fails) expect(errors, `${name}: ${JSON.stringify(errors)}`).toBeUndefined()
  if ((await entries()) === before && !(name in SILENT)) unlogged.push(name)
  return data?.[name]
}

const at = '2026-01-01T00:00:00Z'
const RULE = { event: { name: 'Seen' } }

it('is written to by every mutation of a record', async () => {
  const records: Record<string, { plural: string; fields: object; change: object }> = {
    Account: { plural: 'accounts', fields: { name: 'A' }, change: { name: 'B' } },
    Activity: { plural: 'activities', fields: { kind: 'call', occurredAt: at }, change: { kind: 'visit' } },
    Contact: { plural: 'contacts', fields: { userId: 'ada' }, change: { title: 'CTO' } },
    Contract: { plural: 'contracts', fields: { name: 'A' }, change: { name: 'B' } },
    Lead: { plural: 'leads', fields: { userId: 'ada' }, change: { company: 'B' } },
    Membership: { plural: 'memberships', fields: { program: 'gold' }, change: { program: 'silver' } },
    Opportunity: { plural: 'opportunities', fields: { name: 'A', stage: 'new' }, change: { stage: 'won' } },
    Order: { plural: 'orders', fields: { amount: '1', currency: 'EUR', placedAt: at }, change: { amount: '2' } },
    Ticket: { plural: 'tickets', fields: { subject: 'A' }, change: { subject: 'B' } },
  }
  for (const [type, { plural, fields, change }] of Object.entries(records)) {
    const made = await call(`create${type}`, fields)
    const id = made[type.toLowerCase()].id as string
    await call(`update${type}`, { id, ...change })
    await call(`upsert${type}`, { externalId: '1', ...fields })
    await call(`upsert${plural[0]!.toUpperCase()}${plural.slice(1)}`, { [plural]: [{ externalId: '2', ...fields }] })
    await call(`delete${type}`, { id })
  }
  await call('setConsent', { userId: 'ada', purpose: 'news', channel: 'email', state: 'DENIED' })
  const object = (await call('createObject', { key: 'loan', name: 'Loan', plural: 'loans' })).object.id
  await call('updateObject', { id: object, name: 'Loans' })
  const { record } = await call('upsertRecord', { object: 'loan', externalId: '1' })
  await call('deleteRecord', { id: record.id })
  await call('deleteObject', { id: object })
  expect(unlogged).toEqual([])
})

it('is written to by every mutation of a definition', async () => {
  const segment = (await call('createSegment', { key: 'seen', name: 'Seen', rule: RULE })).segment.id
  await call('updateSegment', { id: segment, name: 'Has seen' })
  for (const name of ['pauseSegment', 'resumeSegment', 'archiveSegment']) await call(name, { id: segment })
  const cases = [{ when: RULE, value: 'yes' }]
  const label = (await call('createLabel', { key: 'seen', name: 'Seen', rule: { cases } })).label.id
  await call('updateLabel', { id: label, name: 'Has seen' })
  for (const name of ['pauseLabel', 'resumeLabel', 'archiveLabel']) await call(name, { id: label })
  const list = (await call('createList', { key: 'vip', name: 'VIP' })).list.id
  const members = [{ type: 'user_id', value: 'ada' }]
  await call('addToList', { id: list, members })
  await call('removeFromList', { id: list, members })
  await call('deleteList', { id: list })
  const field = (await call('createField', { object: 'CONTACT', key: 'tier', type: 'TEXT' })).field.id
  await call('updateField', { id: field, description: 'Which' })
  await call('deleteField', { id: field })
  await call('restoreModel', { number: 1 })
  const behavior = (await call('createBehavior', { name: 'Seen' })).behavior.id
  await call('updateBehavior', { id: behavior, description: 'Looked' })
  await call('deleteBehavior', { id: behavior })
  await call('installModelTemplate', { key: 'retail' })
  await call('installRuleTemplate', { key: await anyRuleTemplate() })
  await call('updateTenant', { name: 'The shop' })
  await call('updateGate', { internalDomains: ['shop.example'] })
  await call('updateIdentifierType', { key: 'email', blocked: ['none@none.example'] })
  await call('updateConsentPurpose', { key: 'ads', name: 'Advertising' })
  await call('resetIdentifierType', { key: 'email' })
  expect(unlogged).toEqual([])
})

it('is written to by every mutation of a way in or out, without its secret', async () => {
  const source = (await call('createSource', { name: 'Site' })).source.id
  await call('updateSource', { id: source, name: 'Our site' })
  const hook = { name: 'Hook', verify: 'hmac', secret: secrets[0], mapping: 'null' }
  await call('createWebhook', hook)
  const { data } = await ask('{ webhooks { source { id } } }')
  await call('updateWebhook', { source: data.webhooks[0].source.id, secret: `${secrets[0]}!` })
  await call('previewWebhook', { mapping: 'null', body: {} })
  const url = `postgres://reader:${secrets[1]}@127.0.0.1:1/none`
  const remote = { name: 'Billing', url, table: 'customers', id: 'id', cursor: 'changed', mapping: 'null' }
  await call('previewPostgresSource', remote, { fails: true })
  await call('createPostgresSource', remote)
  const { data: found } = await ask('{ postgresSources { source { id } } }')
  const of = found.postgresSources[0].source.id as string
  await call('updatePostgresSource', { source: of, url: `${url}?x=1` })
  await call('pullPostgresSource', { source: of })
  await call('deletePostgresSource', { source: of })
  const { apiKey, key } = await call('createApiKey', { name: 'new', scopes: ['read'] })
  secrets.push(key)
  await call('updateApiKey', { id: apiKey.id, eventsPerSecond: 5 })
  await call('revokeApiKey', { id: apiKey.id })
  await call('createConsumer', { name: 'mail' })
  await call('acknowledgeFeed', { consumer: 'mail', cursor: '0' }, { fails: true })
  await call('deleteConsumer', { name: 'mail' })
  await call('sendEvents', { events: [{ userId: 'ada', event: 'Seen' }] })
  const { replay } = await call('replayEvents', { from: at, before: '2026-02-01T00:00:00Z' })
  await call('cancelReplay', { id: replay.id })
  await call('applyPlan', { plan: { kith: 1, lists: {} } })
  expect(unlogged).toEqual([])
})

it('is written to by every mutation of a member of the team, without their links', async () => {
  const invited = await call('inviteTeamMember', { email: 'grace@shop.example', role: 'analyst' })
  secrets.push(tokenOf(invited.path))
  await call('withdrawInvitation', { id: invited.invitation.id })
  const [user] = await db.owner`INSERT INTO ops.users (email, password) VALUES ('joan@shop.example', 'x') RETURNING id`
  await db.owner`
INSERT INTO team_members (tenant_id, user_id, email, name, role)
VALUES (${tenant}, ${user!.id}, 'joan@shop.example', 'Joan', 'analyst')`
  const { data } = await ask('{ team { nodes { id } } }')
  const id = data.team.nodes[0].id as string
  await call('changeTeamRole', { id, role: 'operator' })
  secrets.push(tokenOf((await call('makePasswordLink', { id })).path))
  await db.owner`
INSERT INTO sessions (tenant_id, user_id, hash, expires_at) VALUES (${tenant}, ${user!.id}, sha256('x'), now() + interval '1 day')`
  const { data: more } = await ask('{ team { nodes { sessions { nodes { id } } } } }')
  await call('endSession', { id: more.team.nodes[0].sessions.nodes[0].id })
  await call('removeTeamMember', { id })
  expect(unlogged).toEqual([])
})

it('is written to by what is decided by hand about people, jobs and dead letters, and before it is done', async () => {
  const id = '0199ad3c-0000-7000-8000-000000000000'
  const none = { fails: true }
  await call('mergeProfiles', { intoId: `Profile:${id}`, profileIds: [`Profile:${id}`] }, none)
  await call('splitProfile', { profileId: `Profile:${id}`, identifierIds: [`Identifier:${id}`] }, none)
  await call('undoMerge', { mergeId: `Merge:${id}` }, none)
  await call('reapplyIdentityPolicy', { reason: 'new' })
  const [profile] =
    await db.owner`INSERT INTO profiles (tenant_id, first_seen, last_seen) VALUES (${tenant}, now(), now()) RETURNING id`
  await db.owner`
INSERT INTO identifiers (tenant_id, id, profile_id, type, value, first_seen)
VALUES (${tenant}, identifier_id('user_id', 'ada'), ${profile!.id}, 'user_id', 'ada', now())`
  await call('eraseProfile', { profileId: `Profile:${profile!.id}` })
  await db.owner`
INSERT INTO suppressions (tenant_id, hash, erasure_id)
SELECT ${tenant}, suppression_hash(${tenant}, identifier_id('user_id', 'ada')), id FROM erasures WHERE tenant_id = ${tenant}`
  await call('liftErasure', { type: 'user_id', value: 'ada' })
  for (const name of ['retryJobs', 'runJobsNow', 'discardJobs']) await call(name, { ids: ['1'] })
  await call('rescheduleJobs', { ids: ['1'], runAt: at })
  await call('mendDeadLetter', { id: `DeadLetter:${id}`, payload: '{}' }, none)
  await call('replayDeadLetters', { which: { ids: [] } })
  await call('discardDeadLetters', { which: { ids: [] } })
  expect(unlogged).toEqual([])
})

it('has been asked of every mutation that there is, and holds no secret', async () => {
  // A new one is called above.
  expect(Object.keys(mutations).filter((name) => !called.has(name))).toEqual([])
  expect(Object.keys(SILENT).filter((name) => !(name in mutations))).toEqual([])
  const log = JSON.stringify(await db.owner`SELECT * FROM audit_log WHERE tenant_id = ${tenant}`)
  expect(secrets.filter((secret) => log.includes(secret))).toEqual([])
})

const tokenOf = (path: string) => /[\w-]{20,}/.exec(path)![0]

async function anyRuleTemplate(): Promise<string> {
  const { data } = await ask('{ ruleTemplates { key } }')
  return data.ruleTemplates[0].key
}
