import { expect, it } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { graphql, statementsOf } from '../../test/graphql.ts'
import { identityOf, seen, T1 } from '../../test/identity.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
const theirs = await db.createTenant('theirs')
const as = graphql(db.api)
const { see } = identityOf(db)

async function ask(query: string, key = 'ours-read') {
  const { data, errors } = await as(key)(query)
  expect(errors, JSON.stringify(errors)).toBeUndefined()
  return data
}

// Holding > Works > Branch, and a Shop of nobody's. Ten people: 0-3 at Holding by contact, 4-7 at Works by domain, 7-9 at
// Branch by group call: the eighth works at two of them.
for (const tenant of [ours, theirs]) {
  await db.owner`
WITH holding AS (INSERT INTO accounts (tenant_id, name) VALUES (${tenant}, 'Holding') RETURNING id),
works AS (INSERT INTO accounts (tenant_id, name, domain, parent_id) SELECT ${tenant}, 'Works', 'works.org', id FROM holding RETURNING id),
branch AS (INSERT INTO accounts (tenant_id, name, external_id, parent_id) SELECT ${tenant}, 'Branch', 'branch', id FROM works)
INSERT INTO accounts (tenant_id, name) VALUES (${tenant}, 'Shop')`
  const contacts = await db.owner`
INSERT INTO contacts (tenant_id, account_id, user_id, title) SELECT ${tenant}, a.id, 'u' || n, 'Title ' || n
FROM accounts a, generate_series(0, 3) AS n WHERE a.tenant_id = ${tenant} AND name = 'Holding' RETURNING id, user_id`
  await db.owner`
INSERT INTO events (tenant_id, name, user_id, occurred_at) SELECT ${tenant}, 'Seen ' || e, 'u' || n, ${T1}::timestamptz + e * interval '1 minute'
FROM generate_series(0, 9) AS n, generate_series(1, 3) AS e`
  const groups = await db.owner`
INSERT INTO events (tenant_id, type, name, user_id, properties, traits, occurred_at)
SELECT ${tenant}, 'group', 'group', 'u' || n, '{"groupId": "branch"}', '{"role": "tester"}', ${T1} FROM generate_series(7, 9) AS n RETURNING id, user_id`
  await see(tenant, [
    ...contacts.map((row) => ({ ids: { contact: row.id as string, user_id: row.user_id as string } })),
    ...[4, 5, 6, 7].map((n) => seen({ user_id: `u${n}`, email: `p${n}@works.org` })),
    ...groups.map((row) => ({
      ...seen({ user_id: row.user_id as string }),
      refs: [[T1, row.id]] as [string, string][],
    })),
  ])
  await db.owner`
WITH person AS (SELECT profile_id, right(value, 1)::int AS n FROM identifiers WHERE tenant_id = ${tenant} AND type = 'user_id'),
s AS (INSERT INTO segments (tenant_id, key, name, rule) VALUES (${tenant}, 'vip', 'VIP', '{"all": []}'), (${tenant}, 'none', 'None', '{"any": []}') RETURNING id, key),
l AS (INSERT INTO labels (tenant_id, key, name, rule) VALUES (${tenant}, 'tier', 'Tier', '{"cases": []}'), (${tenant}, 'n', 'N', '{"cases": []}') RETURNING id, key),
m AS (INSERT INTO members (tenant_id, segment_id, profile_id, since) SELECT ${tenant}, s.id, profile_id, now() FROM s, person WHERE key = 'vip' AND n % 2 = 1)
INSERT INTO label_values (tenant_id, label_id, profile_id, value, since)
SELECT ${tenant}, l.id, profile_id, CASE key WHEN 'n' THEN to_jsonb(n) ELSE to_jsonb(CASE WHEN n < 6 THEN 'gold' ELSE 'silver' END) END, now()
FROM l, person WHERE key = 'tier' OR n < 9`
}

const FIELDS = `accountCount peopleCount lastSeen
  labels(most: 2) { label { key } people distinct values { value people } }
  segments { people segment { key } }
  people(first: 50) { totalCount nodes { id } }
  events(first: 4) { totalCount nodes { name profile { id } } }`

it('takes the people of an account together: labels, segments, events, when they were seen', async () => {
  const { accounts } = await ask(`{ accounts(filter: {name: {eq: "Works"}}) { nodes { profile360 { ${FIELDS} } } } }`)
  const { people, events, ...rest } = accounts.nodes[0].profile360
  expect(rest).toEqual({
    accountCount: 1,
    peopleCount: 4,
    lastSeen: T1.replace('.000000', ''),
    labels: [
      { label: { key: 'n' }, people: 4, distinct: 4, values: [4, 5].map((value) => ({ value, people: 1 })) },
      {
        label: { key: 'tier' },
        people: 4,
        distinct: 2,
        values: [
          { value: 'gold', people: 2 },
          { value: 'silver', people: 2 },
        ],
      },
    ].toSorted((a, b) => order(rest.labels, a) - order(rest.labels, b)),
    segments: [{ people: 2, segment: { key: 'vip' } }],
  })
  expect(people.totalCount).toBe(4)
  expect(events.totalCount).toBe(13) // three each, and a group call
  expect(events.nodes.map((event: any) => event.name)).toEqual(Array(4).fill('Seen 3'))
  expect(new Set(events.nodes.map((event: any) => event.profile.id))).toEqual(
    new Set(people.nodes.map((node: any) => node.id)),
  )
})

/** Two labels of equally many people come by their ids. */
const order = (labels: any[], { label }: { label: { key: string } }) =>
  labels.findIndex((one) => one.label.key === label.key)

it('takes in the accounts below it when asked, and counts each person once', async () => {
  const { accounts } = await ask(
    `{ accounts(orderBy: [{field: name, direction: ASC}]) { nodes { name profile360(includeChildren: true) { ${FIELDS} } } } }`,
  )
  const of = (name: string) => accounts.nodes.find((node: any) => node.name === name).profile360
  expect(of('Holding')).toMatchObject({
    accountCount: 3,
    peopleCount: 10,
    labels: [
      {
        label: { key: 'tier' },
        people: 10,
        values: [
          { value: 'gold', people: 6 },
          { value: 'silver', people: 4 },
        ],
      },
      { label: { key: 'n' }, people: 9, distinct: 9 },
    ],
    segments: [{ people: 5 }],
    people: { totalCount: 10 },
    events: { totalCount: 33 },
  })
  expect(of('Works')).toMatchObject({ accountCount: 2, peopleCount: 6, events: { totalCount: 21 } })
  expect(of('Branch')).toMatchObject({ accountCount: 1, peopleCount: 3 })
  expect(of('Shop')).toEqual({
    accountCount: 1,
    peopleCount: 0,
    lastSeen: null,
    labels: [],
    segments: [],
    people: { totalCount: 0, nodes: [] },
    events: { totalCount: 0, nodes: [] },
  })
  const other = await ask('{ accounts { nodes { profile360(includeChildren: true) { peopleCount } } } }', 'theirs-read')
  expect(Math.max(...other.accounts.nodes.map((node: any) => node.profile360.peopleCount))).toBe(10)
})

it('ends at a circle of parents', async () => {
  await db.owner`
UPDATE accounts a SET parent_id = b.id FROM accounts b
WHERE a.tenant_id = ${theirs} AND a.name = 'Holding' AND b.tenant_id = ${theirs} AND b.name = 'Branch'`
  const { accounts } = await ask(
    '{ accounts { nodes { name profile360(includeChildren: true) { accountCount peopleCount } } } }',
    'theirs-read',
  )
  for (const { name, profile360 } of accounts.nodes.filter((node: any) => node.name !== 'Shop'))
    expect([name, profile360]).toEqual([name, { accountCount: 3, peopleCount: 10 }])
})

it('reads the same for all accounts in as many statements as for one', async () => {
  const query = (first: number) =>
    `{ accounts(first: ${first}, orderBy: [{field: name, direction: DESC}], filter: {name: {ne: "Shop"}}) { nodes { profile360(includeChildren: true) { ${FIELDS} } employments { nodes { role profile { id } } } } } }`
  await ask(query(1))
  const one = await statementsOf(db.api, () => ask(query(1)))
  const all = await statementsOf(db.api, () => ask(query(10)))
  expect(all.result.accounts.nodes).toHaveLength(3)
  expect(all.statements).toHaveLength(one.statements.length)
  // Accounts; totals, labels, segments, two lists, two counts, employments; label, segment, and whose event it is.
  expect(one.statements.length).toBeLessThanOrEqual(14)
})

it('says who works where in what role and since when, from both sides', async () => {
  const { accounts, profileByIdentifier } = await ask(`{
    accounts { nodes { name employments(orderBy: [{field: role, direction: ASC}]) { totalCount nodes { source role since profile { id } } } } }
    profileByIdentifier(type: "user_id", value: "u7") { employments(filter: {role: {eq: "tester"}}) { nodes { source role since lastSeen account { name } } } } }`)
  const of = (name: string) => accounts.nodes.find((node: any) => node.name === name).employments
  expect(of('Holding').nodes.map((node: any) => [node.source, node.role])).toEqual(
    [0, 1, 2, 3].map((n) => ['CONTACT', `Title ${n}`]),
  )
  expect(of('Works').nodes.map((node: any) => [node.source, node.role])).toEqual(Array(4).fill(['DOMAIN', null]))
  expect(of('Branch').totalCount).toBe(3)
  const at = T1.replace('.000000', '')
  expect(profileByIdentifier.employments.nodes).toEqual([
    { source: 'GROUP', role: 'tester', since: at, lastSeen: at, account: { name: 'Branch' } },
  ])
})
