import { expect, it } from 'vitest'
import { backfill } from '../../engine/backfill.ts'
import { react } from '../../engine/react.ts'
import { testDatabase } from '../../test/database.ts'
import { codeOf, graphql, okOf } from '../../test/graphql.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
const theirs = await db.createTenant('theirs')
const as = graphql(db.api)
const ask = as('ours-admin')

const ok = okOf(ask)

// Three accounts, the n-th with n people who have signed in; Sub is part of the second.
const accounts = await db.owner<{ id: string; name: string }[]>`
INSERT INTO accounts (tenant_id, name, employees, external_id)
SELECT ${ours}, 'A' || n, n * 30, 'a' || n FROM generate_series(1, 3) AS n RETURNING id, name`
const idOf = (name: string) => accounts.find((account) => account.name === name)!.id
await db.owner`INSERT INTO accounts (tenant_id, name) VALUES (${theirs}, 'A1')`
await db.owner`
INSERT INTO contacts (tenant_id, account_id, user_id)
SELECT ${ours}, a.id, a.name || ' ' || k FROM accounts a, generate_series(1, right(a.name, 1)::int) AS k WHERE a.tenant_id = ${ours}`
await db.owner`
INSERT INTO events (tenant_id, name, user_id) SELECT tenant_id, 'Signed In', user_id FROM contacts WHERE tenant_id = ${ours}`
const people = await db.owner<{ user_id: string; contact: string }[]>`
SELECT user_id, id AS contact FROM contacts WHERE tenant_id = ${ours}`
await react(db.worker, ours, [{ tenant: ours, people: people.map((ids) => ({ ids: { ...ids } })) }])

const CREATE = `mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id subject } } }`
const define = async (input: object) => {
  const { segment } = (await ok(CREATE, { input: { name: 'x', ...input } })).createSegment
  await backfill(db.worker, ours, 'segment', segment.id.split(':')[1])
  return segment
}
const signedIn = { event: { name: ['Signed In'] } }

it('defines a segment of accounts, by JSON or as a tree, and lists the accounts in it', async () => {
  const segment = await define({
    key: 'busy',
    subject: 'ACCOUNT',
    accountTree: { people: { rule: signedIn, count: { gte: 2 } } },
  })
  expect(segment.subject).toBe('ACCOUNT')
  await define({
    key: 'large',
    subject: 'ACCOUNT',
    rule: { all: [{ segment: { key: 'busy' } }, { field: { path: 'employees', gt: 80 } }] },
  })
  const found = await ok(`{
    segment(key: "busy") { size backfill { done total } accounts { totalCount nodes { account { name } } } members { totalCount } }
    large: accounts(filter: {inSegment: "large"}) { nodes { name inSegment(key: "busy") segments { nodes { segment { key } } } transitions { nodes { kind cause profile { id } account { name } } } } }
  }`)
  expect(found.segment).toMatchObject({ size: 2, backfill: { done: 3, total: 3 }, members: { totalCount: 0 } })
  expect(found.segment.accounts.nodes.map((row: any) => row.account.name).sort()).toEqual(['A2', 'A3'])
  const [account] = found.large.nodes
  expect(account).toMatchObject({ name: 'A3', inSegment: true })
  expect(account.segments.nodes.map((row: any) => row.segment.key).sort()).toEqual(['busy', 'large'])
  expect(account.transitions.nodes[0]).toEqual({
    ...{ kind: 'SEGMENT_ENTERED', cause: 'backfill', profile: null, account: { name: 'A3' } },
  })
})

it('says who was in it at an instant', async () => {
  const [{ at }] = (await db.owner`SELECT clock_timestamp() AS at`) as unknown as [{ at: string }]
  await db.owner`DELETE FROM contacts WHERE tenant_id = ${ours} AND user_id = 'A2 1'`
  await react(db.worker, ours, [{ tenant: ours, accounts: [idOf('A2')] }])
  const { segment, account } = await ok(
    `query ($at: DateTime!, $id: ID!) { segment(key: "busy") { now: accounts { totalCount } then: accounts(asOf: $at) { totalCount } }
      account(id: $id) { segments { totalCount } then: segments(asOf: $at) { nodes { segment { key } } } } }`,
    { at, id: `Account:${idOf('A2')}` },
  )
  expect(segment).toEqual({ now: { totalCount: 1 }, then: { totalCount: 2 } })
  expect(account).toEqual({ segments: { totalCount: 0 }, then: { nodes: [{ segment: { key: 'busy' } }] } })
})

it('computes labels of accounts', async () => {
  const tree = {
    cases: { cases: [{ when: { people: { rule: signedIn, share: { eq: 1 } } }, value: 'all' }], otherwise: 'some' },
  }
  const { label } = (
    await ok('mutation ($input: CreateLabelInput!) { createLabel(input: $input) { label { id } } }', {
      input: { key: 'adoption', name: 'x', subject: 'ACCOUNT', accountTree: tree },
    })
  ).createLabel
  await backfill(db.worker, ours, 'label', label.id.split(':')[1])
  const found = await ok(`{
    label(key: "adoption") { subject accounts { nodes { value account { name } } } values { totalCount } }
    accounts(filter: {label: [{path: "adoption", eq: "all"}]}) { totalCount nodes { label(key: "adoption") labels { nodes { value label { key } } } } }
  }`)
  expect(found.label).toMatchObject({ subject: 'ACCOUNT', values: { totalCount: 0 } })
  expect(found.label.accounts.nodes).toHaveLength(3)
  expect(found.accounts.totalCount).toBe(3)
  expect(found.accounts.nodes[0]).toEqual({
    label: 'all',
    labels: { nodes: [{ value: 'all', label: { key: 'adoption' } }] },
  })
})

it('previews and explains', async () => {
  const { previewSegment } = await ok(
    `query ($rule: JSON!, $segment: ID!) { previewSegment(subject: ACCOUNT, rule: $rule, segmentId: $segment) {
      people exact matching { count accounts { name } profiles { id } } entering { accounts { name } } leaving { accounts { name } } } }`,
    {
      rule: { field: { path: 'employees', lt: 80 } },
      segment: (await ok('{ segment(key: "busy") { id } }')).segment.id,
    },
  )
  expect(previewSegment).toMatchObject({ people: 3, exact: true, leaving: { accounts: [{ name: 'A3' }] } })
  expect(previewSegment.matching.accounts.map((one: any) => one.name).sort()).toEqual(['A1', 'A2'])
  expect(previewSegment.matching.profiles).toEqual([])

  const EXPLAIN = `query ($account: ID, $profile: ID) { explainSegment(key: "busy", accountId: $account, profileId: $profile) {
    value profile { id } account { name } nodes { node holds found evidence { kind } } plan } }`
  const { explainSegment } = await ok(EXPLAIN, { account: `Account:${idOf('A3')}` })
  expect(explainSegment).toMatchObject({
    ...{ value: true, profile: null, account: { name: 'A3' } },
    nodes: [
      { node: 'people', holds: true, found: 3, evidence: [{ kind: 'person' }, { kind: 'person' }, { kind: 'person' }] },
    ],
  })
  expect(explainSegment.plan).toContain('account_members')
  const [profile] = await db.owner`SELECT id FROM profiles WHERE tenant_id = ${ours} LIMIT 1`
  expect(codeOf(await ask(EXPLAIN, { profile: `Profile:${profile!.id}` }))).toBe('INPUT_INVALID')
  expect(codeOf(await ask(EXPLAIN, {}))).toBe('INPUT_INVALID')
  const other = await db.owner`SELECT id FROM accounts WHERE tenant_id = ${theirs}`
  expect((await ok(EXPLAIN, { account: `Account:${other[0]!.id}` })).explainSegment).toBeNull()
})

it('tells the feed of accounts', async () => {
  const { feed } = await ok(
    '{ feed(after: "0", first: 500) { entries { kind profile { id } account { name } segment { key } } } }',
  )
  const left = feed.entries.find((entry: any) => entry.kind === 'SEGMENT_LEFT')
  expect(left).toEqual({ kind: 'SEGMENT_LEFT', profile: null, account: { name: 'A2' }, segment: { key: 'busy' } })
})

it('refuses what is about the other subject, and points at it', async () => {
  const create = (input: object) => ask(CREATE, { input: { key: 'wrong', name: 'x', ...input } })
  const refused = await create({ rule: { all: [{ segment: { key: 'busy' } }] } })
  expect(refused.errors?.[0]?.extensions).toMatchObject({
    code: 'RULE_INVALID',
    details: { path: ['all', 0, 'segment'] },
  })
  expect(refused.errors?.[0]?.message).toContain('{"account": {"segment": ...}}')
  expect(codeOf(await create({ subject: 'ACCOUNT', rule: { list: { key: 'x' } } }))).toBe('RULE_INVALID')
  expect(codeOf(await create({ subject: 'ACCOUNT', tree: signedIn }))).toBe('INPUT_INVALID')
  expect(codeOf(await create({ accountTree: { random: { percent: 1, salt: 'x' } } }))).toBe('INPUT_INVALID')
  const update = await ask(
    'mutation ($input: UpdateSegmentInput!) { updateSegment(input: $input) { segment { id } } }',
    {
      input: {
        id: (await ok('{ segment(key: "busy") { id } }')).segment.id,
        rule: { identifier: { type: 'email', exists: true } },
      },
    },
  )
  expect(codeOf(update)).toBe('RULE_INVALID')
  await expect(db.owner`UPDATE segments SET subject = 'person' WHERE key = 'busy'`).rejects.toThrow('does not change')
})

it('shows nothing of it to another tenant', async () => {
  const { data } = await as('theirs-admin')(
    '{ segments { totalCount } accounts { nodes { segments { totalCount } labels { totalCount } } } }',
  )
  expect(data).toEqual({
    segments: { totalCount: 0 },
    accounts: { nodes: [{ segments: { totalCount: 0 }, labels: { totalCount: 0 } }] },
  })
})
