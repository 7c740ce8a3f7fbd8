import { describe, expect, it } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { codeOf as code, graphql } from '../../test/graphql.ts'

const db = await testDatabase()
await db.createTenant('ours')
await db.createTenant('theirs')
const as = graphql(db.api)
const ask = as('ours-admin')

const RULES = {
  segment: [
    { event: { name: 'Pricing Viewed', within: 'P7D' } },
    { field: { path: 'plan', eq: 'pro' } },
    { nonsense: 1 },
  ],
  label: [
    { cases: [{ when: { field: { path: 'plan', eq: 'pro' } }, value: 'gold' }], otherwise: 'none' },
    { cases: [{ when: { field: { path: 'plan', eq: 'team' } }, value: 'silver' }] },
    { cases: [{ when: { nonsense: 1 }, value: 'x' }] },
  ],
}

describe.each(['segment', 'label'] as const)('%s', (one) => {
  const type = one.charAt(0).toUpperCase() + one.slice(1)
  const [rule, other, broken] = RULES[one]
  const run = (verb: string, input: object, key = ask) =>
    key(
      `mutation ($input: ${verb}${type}Input!) { ${verb.toLowerCase()}${type}(input: $input) { ${one} { id key name rule status version complete } } }`,
      { input },
    )
  const result = async (answer: ReturnType<typeof run>, verb: string) => {
    const { data, errors } = await answer
    expect(errors).toBeUndefined()
    return data[`${verb}${type}`][one]
  }

  it('is created, changed, paused, resumed and archived', async () => {
    const created = await result(run('Create', { key: 'hot', name: 'Hot', rule }), 'create')
    expect(created).toMatchObject({ key: 'hot', name: 'Hot', rule, status: 'ACTIVE', version: 1, complete: false })
    const { id } = created
    expect(await result(run('Update', { id, name: 'Hotter' }), 'update')).toMatchObject({ name: 'Hotter', version: 1 })
    expect(await result(run('Update', { id, rule: other }), 'update')).toMatchObject({ rule: other, version: 2 })
    expect(await result(run('Pause', { id }), 'pause')).toMatchObject({ status: 'PAUSED', version: 3 })
    expect(await result(run('Pause', { id }), 'pause')).toMatchObject({ status: 'PAUSED', version: 3 })
    expect(await result(run('Resume', { id }), 'resume')).toMatchObject({ status: 'ACTIVE', version: 4 })
    expect(await result(run('Archive', { id }), 'archive')).toMatchObject({ status: 'ARCHIVED', version: 5 })
    const { data } = await ask(
      `{ ${one}(key: "hot") { id status } ${one}s(filter: {status: {eq: ARCHIVED}}) { totalCount } }`,
    )
    expect(data).toEqual({ [one]: { id, status: 'ARCHIVED' }, [`${one}s`]: { totalCount: 1 } })
  })

  it('is not archived while others ask for it, nor resumed before what it asks for', async () => {
    const create = async (key: string, rule: object) =>
      (await result(run('Create', { key, name: key, rule }), 'create')).id
    const when = one === 'segment' ? { segment: { key: 'base' } } : { label: { key: 'base', exists: true } }
    const base = await create('base', rule!)
    const asking = await create(
      'asking',
      one === 'segment' ? { any: [{ all: [] }, when] } : { cases: [{ when, value: 1 }] },
    )
    const refused = await run('Archive', { id: base })
    expect(refused.errors).toMatchObject([
      {
        message: `The ${one} base is asked for by the ${one} asking: change or archive that first.`,
        extensions: { code: 'DEFINITION_IN_USE', details: { usedBy: [`${one} asking`] } },
      },
    ])
    for (const id of [asking, base]) expect((await result(run('Archive', { id }), 'archive')).status).toBe('ARCHIVED')
    for (const verb of ['Pause', 'Resume']) expect(code(await run(verb, { id: asking }))).toBe('RULE_INVALID')
    for (const id of [base, asking]) expect((await result(run('Resume', { id }), 'resume')).status).toBe('ACTIVE')
    for (const id of [asking, base]) await run('Archive', { id })
  })

  it('is refused with the node that does not fit', async () => {
    const answer = await run('Create', { key: 'broken', name: 'x', rule: broken })
    expect(code(answer)).toBe('RULE_INVALID')
    expect(answer.errors?.[0]?.extensions.details.path).toBeDefined()
    for (const text of ['', 'Ünïcode', 'With Space', 'x'.repeat(64), '-x']) {
      expect(code(await run('Create', { key: text, name: 'x', rule })), text).toBe('INPUT_INVALID')
    }
    expect(code(await run('Create', { key: 'hot', name: 'again', rule }))).toBe('CONFLICT')
  })

  it("is out of reach for other keys and tenants' keys", async () => {
    const { data } = await ask(`{ ${one}(key: "hot") { id } }`)
    const { id } = data[one]
    expect(code(await run('Pause', { id }, as('theirs-admin')))).toBe('NOT_FOUND')
    expect((await as('theirs-read')(`{ ${one}(key: "hot") { id } }`)).data[one]).toBeNull()
    for (const key of ['ours-read', 'ours-write'])
      expect(code(await run('Pause', { id }, as(key)))).toBe('SCOPE_MISSING')
  })
})

it('sends events, stores each once, and keeps what does not fit', async () => {
  const query = `mutation ($events: [EventInput!]!) { sendEvents(input: {events: $events}) {
    stored deduplicated dead { index messageId code deadLetterId } } }`
  const events = [
    { type: 'identify', userId: 'ada', traits: { email: 'ada@example.com' }, messageId: 'm-1' },
    {
      event: 'Pricing Viewed',
      userId: 'ada',
      properties: { plan: 'pro' },
      timestamp: '2026-11-24T12:00:00.123456Z',
      messageId: 'm-2',
    },
    { event: 'Pricing Viewed', messageId: 'm-3' },
  ]
  const send = as('ours-write')
  const { data, errors } = await send(query, { events })
  expect(errors).toBeUndefined()
  expect(data.sendEvents).toMatchObject({ stored: 2, deduplicated: 0, dead: [{ index: 2, messageId: 'm-3' }] })
  expect((await send(query, { events: events.slice(0, 2) })).data.sendEvents).toMatchObject({
    stored: 0,
    deduplicated: 2,
  })

  const read = await ask(`{ events(filter: {name: {eq: "Pricing Viewed"}}) { nodes { userId properties messageId } }
    deadLetters { nodes { id code messageId payload } } }`)
  expect(read.data.events.nodes).toEqual([{ userId: 'ada', properties: { plan: 'pro' }, messageId: 'm-2' }])
  const [dead] = data.sendEvents.dead
  expect(read.data.deadLetters.nodes).toMatchObject([{ id: dead.deadLetterId, code: dead.code, messageId: 'm-3' }])
  expect(code(await as('ours-read')(query, { events }))).toBe('SCOPE_MISSING')
})

it('says what a person allows, once for each purpose and channel', async () => {
  const query = `mutation ($input: SetConsentInput!) { setConsent(input: $input) { consent { id state email purpose } } }`
  const say = async (input: object) =>
    (await ask(query, { input: { purpose: 'news', channel: 'email', ...input } })).data.setConsent.consent
  const first = await say({ email: 'Ada@example.com', state: 'GRANTED' })
  const second = await say({ email: 'ada@example.com ', state: 'DENIED' })
  expect(second).toEqual({ ...first, state: 'DENIED' })
  expect((await say({ userId: 'ada', state: 'GRANTED' })).id).not.toBe(first.id)
  expect(code(await ask(query, { input: { purpose: 'news', channel: 'email', state: 'GRANTED' } }))).toBe(
    'INPUT_INVALID',
  )
})

it('reads the feed behind a cursor, and tells of a gap', async () => {
  const [tenant] = await db.owner<[{ id: string }]>`SELECT id FROM tenants WHERE slug = 'ours'`
  await db.owner`
INSERT INTO feed (tenant_id, seq, at, kind, profile_id, payload)
SELECT ${tenant.id}, seq, now(), 'profile_changed', uuidv7(), '{"change": "created"}' FROM generate_series(4, 10) AS seq`
  await db.owner`UPDATE feed_heads SET first_seq = 4, last_seq = 10 WHERE tenant_id = ${tenant.id}`
  const feed = async (args: string) =>
    (await ask(`{ feed${args} { gap firstSeq lastSeq cursor entries { seq cursor kind payload } } }`)).data.feed
  const first = await feed('(after: "3", first: 5)')
  expect(first.entries.map((entry: any) => entry.seq)).toEqual(['4', '5', '6', '7', '8'])
  expect(first).toMatchObject({ gap: false, firstSeq: '4', lastSeq: '10', cursor: '8' })
  expect(await feed('(after: "8")')).toMatchObject({
    gap: false,
    cursor: '10',
    entries: [{ seq: '9' }, { seq: '10' }],
  })
  expect(await feed('(after: "2")')).toMatchObject({ gap: true })
  expect(await feed('')).toMatchObject({ gap: false, cursor: '10', entries: [] })
  expect((await as('theirs-read')('{ feed(after: "0") { lastSeq entries { seq } } }')).data.feed).toEqual({
    lastSeq: '0',
    entries: [],
  })
  expect(code(await ask('{ feed(first: 501) { gap } }'))).toBe('PAGE_TOO_LARGE')
  expect(code(await ask('{ feed(after: "x") { gap } }'))).toBe('CURSOR_INVALID')
})

it('knows what the values of a label are, and refuses rules that compare them with others', async () => {
  const always = { all: [] }
  const LABELS: [string, object, string | null, string[]][] = [
    ['grade', { cases: [{ when: always, value: 'gold' }], otherwise: 'none' }, 'TEXT', ['gold', 'none']],
    ['points', { score: [{ when: always, points: 5 }] }, 'NUMBER', []],
    ['bought', { compute: { of: 'count', event: { name: 'Item Bought' } } }, 'NUMBER', []],
    ['favourite', { compute: { of: 'mostFrequent', path: 'category', event: { name: 'Item Bought' } } }, null, []],
    ['mixed', { cases: [{ when: always, value: 1 }], otherwise: 'none' }, null, []],
    ['vip', { cases: [{ when: always, value: true }] }, 'BOOLEAN', []],
  ]
  for (const [key, rule, type, choices] of LABELS) {
    const made = await ask(
      'mutation ($input: CreateLabelInput!) { createLabel(input: $input) { label { type choices } } }',
      { input: { key, name: key, rule } },
    )
    expect(made.data.createLabel.label, key).toEqual({ type, choices })
  }
  const save = (rule: object) =>
    ask('query ($rule: JSON!) { previewSegment(rule: $rule) { matching { count } } }', { rule })
  const create = (rule: object) =>
    ask(
      'mutation ($rule: JSON!) { createSegment(input: {key: "by-label", name: "x", rule: $rule}) { segment { id } } }',
      {
        rule,
      },
    )
  for (const [comparison, at, problem] of [
    [{ key: 'grade', eq: 'glod' }, 'eq', 'expected one of gold, none, got "glod"'],
    [{ key: 'grade', in: ['gold', 'x'] }, 'in', 'expected one of gold, none'],
    [{ key: 'grade', gt: 3 }, 'gt', 'expected a text, got 3'],
    [{ key: 'points', eq: '5' }, 'eq', 'expected a number, got "5"'],
    [{ key: 'bought', contains: 'a' }, 'contains', 'cannot be asked'],
    [{ key: 'bought', between: ['1', '2'] }, 'between', 'expected a number'],
    [{ key: 'vip', ne: 'yes' }, 'ne', 'expected a boolean'],
    [{ key: 'vip', gte: 1 }, 'gte', 'cannot be asked'],
  ] as const) {
    for (const answer of [
      await save({ all: [{ label: comparison }] }),
      await create({ all: [{ label: comparison }] }),
    ]) {
      expect(code(answer), JSON.stringify(comparison)).toBe('RULE_INVALID')
      expect(answer.errors![0]!.message).toContain(problem)
      expect(answer.errors![0]!.extensions.details.path).toEqual(['all', 0, 'label', at])
    }
  }
  for (const comparison of [
    { key: 'grade', eq: 'GOLD', ignoreCase: true },
    { key: 'grade', startsWith: 'g' },
    { key: 'grade', exists: false },
    { key: 'points', between: [1, 2] },
    { key: 'favourite', eq: 3 },
    { key: 'mixed', in: [1, 'other'] },
  ])
    expect((await save({ label: comparison })).errors, JSON.stringify(comparison)).toBeUndefined()
})
