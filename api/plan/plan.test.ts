import { expect, it, vi } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { type Answer, codeOf, graphql } from '../../test/graphql.ts'

vi.hoisted(() => {
  process.env.SOURCE_HOSTS = 'billing.example'
})

const db = await testDatabase()
const as = graphql(db.api)
let tenants = 0
async function newTenant() {
  const slug = `plan-${tenants++}`
  const id = await db.createTenant(slug)
  return { id, slug, ask: as(`${slug}-admin`) }
}
type Tenant = Awaited<ReturnType<typeof newTenant>>

const exported = async ({ ask }: Tenant) => {
  const { data, errors } = await ask('{ plan { document revision } }')
  expect(errors, JSON.stringify(errors)).toBeUndefined()
  return data.plan.document as Record<string, any>
}
const APPLY = `mutation ($input: ApplyPlanInput!) { applyPlan(input: $input) {
  applied revision changes { section key action drifted differences { path before after } } } }`
const apply = ({ ask }: Tenant, plan: unknown, more: object = {}): Promise<Answer> =>
  ask(APPLY, { input: { plan, ...more } })
async function applied(tenant: Tenant, plan: unknown, more: object = {}) {
  const answer = await apply(tenant, plan, more)
  expect(answer.errors, JSON.stringify(answer.errors)).toBeUndefined()
  const { changes, ...rest } = answer.data.applyPlan
  const lower = changes.map((change: any) => ({ ...change, action: change.action.toLowerCase() }))
  return { ...rest, changes: lower } as { applied: boolean; revision: string; changes: any[] }
}
const actions = (changes: any[]) => changes.map(({ section, key, action }) => `${action} ${section}.${key}`)

const SECRETS = {
  Shopify: 'shh',
  Billing: 'postgres://kith:shh@billing.example/billing',
  Shop: 'postgres://kith:shh@billing.example/shop',
}
/** One of everything, in an order in which nothing could be made. */
const WHOLE = {
  kith: 1,
  segments: {
    'quiet-gold': {
      name: 'Quiet gold',
      rule: { all: [{ segment: { key: 'gold' } }, { list: { key: 'guests' } }] },
      status: 'paused',
    },
    gold: { name: 'Gold', description: 'By tier.', rule: { label: { key: 'tier', eq: 'gold' } } },
    warm: {
      name: 'Warm',
      subject: 'account',
      rule: { people: { rule: { event: { name: 'Seen' } }, count: { gte: 2 } } },
    },
    seats: { name: 'Seats', rule: { record: { kind: 'courseSeat', where: { path: 'level', eq: 'pro' } } } },
  },
  labels: {
    tier: {
      name: 'Tier',
      rule: { cases: [{ when: { event: { name: 'Order Completed', count: { gte: 3 } } }, value: 'gold' }] },
    },
    heat: {
      name: 'Heat',
      subject: 'account',
      rule: { cases: [{ when: { segment: { key: 'warm' } }, value: 'hot' }], otherwise: 'cold' },
    },
  },
  fields: {
    'courseSeat.level': { type: 'choice', choices: ['basic', 'pro'], required: true },
    'contact.score': { type: 'number', description: 'Of the CRM.' },
  },
  objects: { courseSeat: { name: 'Course seat', plural: 'courseSeats', person: true } },
  identifierTypes: {
    loyalty_card: { normaliser: 'lower', priority: 35, max: 2 },
    email: { blocked: ['*@test.example'] },
  },
  lists: { guests: { name: 'Guests' } },
  sources: { 'Web shop': { kind: 'web', purpose: 'analytics' } },
  behaviors: {
    'Order Completed': {
      mode: 'strict',
      identifiers: ['user_id'],
      properties: [
        { key: 'total', type: 'number', required: true },
        { key: 'products', type: 'list', items: { type: 'object', properties: [{ key: 'sku', type: 'text' }] } },
      ],
      retentionDays: 400,
    },
  },
  gate: { bots: 'drop', personalData: [{ path: 'properties.card', action: 'drop' }] },
  postgresSources: {
    Billing: {
      mode: 'polling',
      ...{ schema: 'crm', table: 'customers', cursor: 'changed', id: 'The id', everySeconds: 300, status: 'paused' },
      mapping: '{"type": "track", "event": "Changed", "userId": $string(row.id)}',
    },
    Shop: {
      ...{ mode: 'replication', tables: ['orders', 'crm."Odd table"'], status: 'paused' },
      mapping: '{"type": "track", "event": op, "userId": $string(row.id)}',
    },
  },
  webhooks: {
    Shopify: { verify: 'shopify', mapping: '{"type": "track",\n  "event": body.event, "userId": body.user}' },
  },
}

it('makes all of a plan whatever the order, exports it, and makes the same of an empty tenant', async () => {
  const [one, other] = [await newTenant(), await newTenant()]
  const first = await applied(one, WHOLE, { secrets: SECRETS })
  expect(first.applied).toBe(true)
  expect(first.changes.every(({ action, drifted }) => action === 'create' && !drifted)).toBe(true)
  const document = await exported(one)
  expect(Object.keys(document)).toEqual([
    'kith',
    'revision',
    'sources',
    'objects',
    'fields',
    'behaviors',
    'gate',
    'identifierTypes',
    'lists',
    'labels',
    'segments',
    'webhooks',
    'postgresSources',
  ])
  expect(document.revision).toBe(first.revision)
  expect(document).toMatchObject({
    fields: { 'courseSeat.level': { type: 'choice', choices: ['basic', 'pro'], required: true } },
    segments: { 'quiet-gold': { status: 'paused' } },
    identifierTypes: { loyalty_card: { normaliser: 'lower', priority: 35 } },
  })
  expect(document.behaviors).toMatchObject(WHOLE.behaviors)
  expect(document.gate).toMatchObject(WHOLE.gate)
  expect(document.sources).toEqual(WHOLE.sources)
  expect(document.postgresSources).toEqual(WHOLE.postgresSources)
  expect(JSON.stringify(document)).not.toContain('shh')

  await applied(other, document, { secrets: SECRETS })
  expect(await exported(other)).toEqual(document)
  expect(JSON.stringify(await exported(other))).toBe(JSON.stringify(document))
})

it('changes nothing the second time, and says what it leaves alone', async () => {
  const tenant = await newTenant()
  await applied(tenant, WHOLE, { secrets: SECRETS })
  const versions = () => db.owner`SELECT key, version FROM segments WHERE tenant_id = ${tenant.id} ORDER BY key`
  const before = await versions()
  expect(await applied(tenant, WHOLE)).toMatchObject({ applied: false, changes: [] })
  expect(await applied(tenant, await exported(tenant))).toMatchObject({ applied: false, changes: [] })
  expect(await versions()).toEqual(before)
  const less = await applied(tenant, { kith: 1, lists: WHOLE.lists }, { dryRun: true })
  expect(less.applied).toBe(false)
  expect(new Set(less.changes.map(({ action }) => action))).toEqual(new Set(['extra']))
})

it('shows each difference by its path, and does nothing in a dry run', async () => {
  const tenant = await newTenant()
  await applied(tenant, WHOLE, { secrets: SECRETS })
  const plan = await exported(tenant)
  plan.labels.tier.rule.cases[0].value = 'platinum'
  plan.segments.gold.description = null
  plan.segments['quiet-gold'].status = 'active'
  plan.gate.bots = 'keep'
  plan.gate.personalData = []
  const { changes } = await applied(tenant, plan, { dryRun: true })
  expect(changes).toMatchObject([
    {
      section: 'gate',
      key: '',
      differences: [{ path: ['bots'] }, { path: ['personalData'], after: [] }],
    },
    {
      section: 'labels',
      key: 'tier',
      action: 'update',
      differences: [{ path: ['rule', 'cases', 0, 'value'], before: 'gold', after: 'platinum' }],
    },
    { section: 'segments', key: 'gold', differences: [{ path: ['description'], before: 'By tier.', after: null }] },
    { section: 'segments', key: 'quiet-gold', differences: [{ path: ['status'], before: 'paused', after: 'active' }] },
  ])
  expect((await exported(tenant)).labels.tier.rule.cases[0].value).toBe('gold')
  await applied(tenant, plan)
  const now = await exported(tenant)
  expect(now.segments.gold.description).toBeUndefined()
  expect(now.segments['quiet-gold'].status).toBeUndefined()
  expect(now.gate).toBeUndefined()
})

it('changes what a Postgres source says, and not where it reads', async () => {
  const tenant = await newTenant()
  await applied(tenant, WHOLE, { secrets: SECRETS })
  const plan = (more: object) => ({ kith: 1, postgresSources: { Billing: { ...more } } })
  await applied(tenant, plan({ status: 'active', everySeconds: 60 }))
  expect((await exported(tenant)).postgresSources.Billing).toMatchObject({
    status: 'active',
    everySeconds: 60,
    mapping: WHOLE.postgresSources.Billing.mapping,
  })
  expect(codeOf(await apply(tenant, plan({ table: 'others' })))).toBe('PLAN_INVALID')
  expect(codeOf(await apply(tenant, plan({ status: 'asleep' })))).toBe('PLAN_INVALID')
  const elsewhere = { kith: 1, postgresSources: { Elsewhere: WHOLE.postgresSources.Billing } }
  expect(codeOf(await apply(tenant, elsewhere))).toBe('PLAN_INVALID')
  expect(codeOf(await apply(tenant, elsewhere, { secrets: { Elsewhere: 'postgres://10.0.0.1/x' } }))).toBe(
    'SOURCE_HOST_REFUSED',
  )
})

it('removes only when asked, and makes what was archived active again', async () => {
  const tenant = await newTenant()
  await applied(tenant, WHOLE, { secrets: SECRETS })
  const plan = await exported(tenant)
  const { gold, ...segments } = plan.segments
  delete segments['quiet-gold']
  delete plan.fields['contact.score']
  delete plan.identifierTypes.email
  const { changes } = await applied(tenant, { ...plan, segments }, { prune: true })
  expect(actions(changes)).toEqual([
    'remove fields.contact.score',
    'remove identifierTypes.email',
    'remove segments.gold',
    'remove segments.quiet-gold',
  ])
  const now = await exported(tenant)
  expect(Object.keys(now.segments)).toEqual(['seats', 'warm'])
  expect(now.identifierTypes.email).toBeUndefined()
  const back = await applied(tenant, { kith: 1, segments: { gold } })
  expect(actions(back.changes).filter((one) => !one.startsWith('extra'))).toEqual(['create segments.gold'])
  const [row] = await db.owner`SELECT status FROM segments WHERE tenant_id = ${tenant.id} AND key = 'gold'`
  expect(row!.status).toBe('active')
})

it('notices what somebody has changed by hand, and overwrites it only when told to', async () => {
  const tenant = await newTenant()
  await applied(tenant, WHOLE, { secrets: SECRETS })
  const plan = await exported(tenant)
  const rename = async (key: string, name: string) => {
    const { data } = await tenant.ask('query ($key: String) { segment(key: $key) { id } }', { key })
    await tenant.ask('mutation ($i: UpdateSegmentInput!) { updateSegment(input: $i) { segment { id } } }', {
      i: { id: data.segment.id, name },
    })
  }
  await rename('gold', 'By hand')
  const edited = { ...plan, segments: { ...plan.segments, seats: { ...plan.segments.seats, name: 'Edited' } } }
  const refused = await apply(tenant, edited)
  expect(codeOf(refused)).toBe('PLAN_DRIFTED')
  expect(refused.errors![0]!.extensions.details.drifted).toEqual(['segments.gold'])
  expect((await exported(tenant)).segments).toMatchObject({ gold: { name: 'By hand' }, seats: { name: 'Seats' } })
  const dry = await applied(tenant, edited, { dryRun: true })
  expect(dry.changes.map(({ key, drifted }) => [key, drifted])).toEqual([
    ['gold', true],
    ['seats', false],
  ])

  // Exported anew, it knows of the change by hand.
  const fresh = await exported(tenant)
  fresh.segments.seats.name = 'Edited'
  await applied(tenant, fresh)
  await rename('gold', 'Again by hand')
  await applied(tenant, edited, { overwriteDrift: true })
  expect((await exported(tenant)).segments).toMatchObject({ gold: { name: 'Gold' }, seats: { name: 'Edited' } })
})

it.each([
  [[], 'PLAN_INVALID', []],
  [{}, 'PLAN_INVALID', ['kith']],
  [{ kith: 1, nonsense: {} }, 'PLAN_INVALID', ['nonsense']],
  [{ kith: 1, __proto__: null, segments: [] }, 'PLAN_INVALID', ['segments']],
  [{ kith: 1, segments: { a: 5 } }, 'PLAN_INVALID', ['segments', 'a']],
  [
    { kith: 1, segments: { a: { name: 'A', rule: { all: [{}] } } } },
    'RULE_INVALID',
    ['segments', 'a', 'rule', 'all', 0],
  ],
  [
    { kith: 1, segments: { a: { name: 'A', rule: { segment: { key: 'b' } } } } },
    'RULE_INVALID',
    ['segments', 'a', 'segment'],
  ],
  [
    { kith: 1, segments: { a: { name: 'A', rule: { all: [] }, tenantId: 'x' } } },
    'PLAN_INVALID',
    ['segments', 'a', 'tenantId'],
  ],
  [
    { kith: 1, segments: { a: { name: 'A', rule: { all: [] }, status: 'gone' } } },
    'PLAN_INVALID',
    ['segments', 'a', 'status'],
  ],
  [{ kith: 1, segments: { 'A B': { name: 'A', rule: { all: [] } } } }, 'INPUT_INVALID', ['segments', 'A B']],
  [{ kith: 1, fields: { 'contact.x': { type: 'nonsense' } } }, 'PLAN_INVALID', ['fields', 'contact.x']],
  [{ kith: 1, fields: { 'nothing.x': { type: 'text' } } }, 'PLAN_INVALID', ['fields', 'nothing.x']],
  [{ kith: 1, gate: { bots: 'maybe' } }, 'PLAN_INVALID', ['gate']],
  [{ kith: 1, gate: { internalNetworks: ['nonsense'] } }, 'GATE_INVALID', ['gate']],
  [
    { kith: 1, behaviors: { B: { properties: [{ key: 'a.b', type: 'text' }] } } },
    'BEHAVIOR_INVALID',
    ['behaviors', 'B', 'properties', 0, 'key'],
  ],
  [{ kith: 1, webhooks: { W: { verify: 'hmac', mapping: 'body' } } }, 'PLAN_INVALID', ['webhooks', 'W']],
])('refuses %j with %s at %j, and makes nothing of it', async (plan, code, path) => {
  const tenant = await newTenant()
  const good = { lists: { before: { name: 'Before' } } }
  const answer = await apply(tenant, Array.isArray(plan) ? plan : { ...good, ...plan })
  expect(codeOf(answer)).toBe(code)
  expect(answer.errors![0]!.extensions.details.path.slice(0, path.length)).toEqual(path)
  expect(await db.owner`SELECT FROM lists WHERE tenant_id = ${tenant.id}`).toHaveLength(0)
})

it('breaks a circle of references that a plan turns around, and refuses one that it makes', async () => {
  const tenant = await newTenant()
  const plain = { name: 'x', rule: { event: { name: 'E' } } }
  await applied(tenant, { kith: 1, segments: { a: { name: 'a', rule: { segment: { key: 'b' } } }, b: plain } })
  await applied(tenant, { kith: 1, segments: { a: plain, b: { name: 'b', rule: { segment: { key: 'a' } } } } })
  const circle = {
    a: { name: 'a', rule: { segment: { key: 'b' } } },
    b: { name: 'b', rule: { segment: { key: 'a' } } },
  }
  expect(codeOf(await apply(tenant, { kith: 1, segments: circle }))).toBe('RULE_CYCLE')
})

it('is for who may change the model, and sees and changes no other tenant', async () => {
  const [one, other] = [await newTenant(), await newTenant()]
  await applied(one, WHOLE, { secrets: SECRETS })
  expect(await exported(other)).toEqual({ kith: 1, revision: expect.any(String) })
  for (const key of ['read', 'write']) {
    const ask = as(`${one.slug}-${key}`)
    expect(codeOf(await ask('{ plan { revision } }'))).toBe('SCOPE_MISSING')
    expect(codeOf(await ask(APPLY, { input: { plan: { kith: 1 } } }))).toBe('SCOPE_MISSING')
  }
})
