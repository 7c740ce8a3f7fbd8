import { describe, expect, it } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { codeOf as code, graphql, okOf } from '../../test/graphql.ts'

const db = await testDatabase()
await db.createTenant('ours')
await db.createTenant('theirs')
const as = graphql(db.api)
const ask = as('ours-admin')

const ok = okOf(ask)

const upper = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)

const person = { userId: 'ada', email: 'Ada@Example.com' }
const NOUNS = [
  { one: 'account', many: 'accounts', input: { name: 'Acme', employees: 12 }, change: { industry: 'glass' } },
  { one: 'contact', many: 'contacts', input: { ...person, firstName: 'Ada' }, change: { lastName: 'Byron' } },
  { one: 'lead', many: 'leads', input: { ...person, score: '12.5' }, change: { status: 'working' } },
  {
    one: 'opportunity',
    many: 'opportunities',
    input: { ...person, name: 'Big one', stage: 'open', amount: '1000000.0001', closeDate: '2026-12-24' },
    change: { stage: 'won' },
  },
  {
    one: 'order',
    many: 'orders',
    input: { ...person, amount: '19.9', currency: 'EUR', placedAt: '2026-11-24T16:36:00.123456Z' },
    change: { status: 'paid' },
  },
  { one: 'contract', many: 'contracts', input: { ...person, name: 'Support' }, change: { status: 'active' } },
  { one: 'membership', many: 'memberships', input: { ...person, program: 'club' }, change: { tier: 'gold' } },
  { one: 'ticket', many: 'tickets', input: { ...person, subject: 'Help' }, change: { status: 'closed' } },
  {
    one: 'activity',
    many: 'activities',
    input: { ...person, kind: 'call', occurredAt: '2026-11-24T16:36:00Z' },
    change: { body: 'They like it.' },
  },
] as const

describe.each(NOUNS)('$one', ({ one, many, input, change }) => {
  const type = upper(one)
  const selection = `id externalId custom ${Object.keys({ ...input, ...change }).join(' ')}`
  const create = `mutation ($input: Create${type}Input!) { create${type}(input: $input) { ${one} { ${selection} } } }`
  const update = `mutation ($input: Update${type}Input!) { update${type}(input: $input) { ${one} { ${selection} } } }`
  const upsert = `mutation ($input: Upsert${type}Input!) { upsert${type}(input: $input) { created ${one} { ${selection} } } }`
  const remove = `mutation ($id: ID!) { delete${type}(input: {id: $id}) { deletedId } }`
  const read = `query ($id: ID!) { ${one}(id: $id) { ${selection} } }`

  it('is created, read, changed and deleted', async () => {
    const created = (await ok(create, { input: { ...input, custom: { a: 1, b: { c: [2] } } } }))[`create${type}`][one]
    expect(created).toMatchObject({ ...input, ...same(input), custom: { a: 1, b: { c: [2] } } })
    expect(created.id).toMatch(new RegExp(`^${type}:`))
    expect((await ok(read, { id: created.id }))[one]).toEqual(created)

    const changed = (await ok(update, { input: { id: created.id, ...change, custom: { a: null, d: 'x' } } }))[
      `update${type}`
    ]
    expect(changed[one]).toEqual({ ...created, ...change, custom: { b: { c: [2] }, d: 'x' } })

    expect((await ok(remove, { id: created.id }))[`delete${type}`].deletedId).toBe(created.id)
    expect((await ok(read, { id: created.id }))[one]).toBeNull()
    expect(code(await ask(remove, { id: created.id }))).toBe('NOT_FOUND')
    expect(code(await ask(update, { input: { id: created.id, ...change } }))).toBe('NOT_FOUND')
  })

  it('is upserted by its external id, one or many', async () => {
    const first = (await ok(upsert, { input: { externalId: 'x-1', ...input } }))[`upsert${type}`]
    expect(first.created).toBe(true)
    const second = (await ok(upsert, { input: { externalId: 'x-1', ...input, ...change } }))[`upsert${type}`]
    expect(second).toEqual({ created: false, [one]: { ...first[one], ...change } })
    expect(code(await ask(create, { input: { externalId: 'x-1', ...input } }))).toBe('CONFLICT')

    const batch = `mutation ($input: Upsert${upper(many)}Input!) { upsert${upper(many)}(input: $input) { created ${many} { externalId } } }`
    const items = [
      { externalId: 'x-3', ...input },
      { externalId: 'x-1', ...input },
      { externalId: 'x-2', ...input, ...change },
    ]
    const { created, [many]: rows } = (await ok(batch, { input: { [many]: items } }))[`upsert${upper(many)}`]
    expect(created).toBe(2)
    expect(rows.map((row: any) => row.externalId)).toEqual(['x-3', 'x-1', 'x-2'])
    const twice = { input: { [many]: [items[0], items[0]] } }
    expect(code(await ask(batch, twice))).toBe('INPUT_INVALID')

    const byKey = await ok(`{ ${one}(externalId: "x-2") { ${selection} } }`)
    expect(byKey[one]).toMatchObject(change)
  })

  it('is listed, filtered, ordered and counted', async () => {
    const { data } = await ask(
      `{ ${many}(filter: {externalId: {in: ["x-1", "x-2", "x-9"]}}, orderBy: [{field: externalId, direction: DESC}]) { totalCount nodes { externalId } } }`,
    )
    expect(data[many]).toEqual({ totalCount: 2, nodes: [{ externalId: 'x-2' }, { externalId: 'x-1' }] })
  })

  it("is neither read nor changed by another tenant's key, nor written by a key that may only read or send", async () => {
    const { id } = (await ok(`{ ${one}(externalId: "x-1") { id } }`))[one]
    const them = as('theirs-admin')
    expect((await ok(read, { id }, them))[one]).toBeNull()
    expect((await ok('query ($id: ID!) { node(id: $id) { id } }', { id }, them)).node).toBeNull()
    expect((await ok(`{ ${many} { totalCount } }`, {}, them))[many].totalCount).toBe(0)
    expect(code(await them(update, { input: { id, ...change } }))).toBe('NOT_FOUND')
    expect(code(await them(remove, { id }))).toBe('NOT_FOUND')
    for (const key of ['ours-read', 'ours-write']) expect(code(await as(key)(remove, { id }))).toBe('SCOPE_MISSING')
    expect((await ok(upsert, { input: { externalId: 'x-1', ...input } }, them))[`upsert${type}`].created).toBe(true)
  })
})

/** How Postgres writes what went in: money has four digits, an instant six. */
function same(input: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  if (input.amount === '19.9') out.amount = '19.9000'
  if (input.occurredAt) out.occurredAt = '2026-11-24T16:36:00Z'
  return out
}

it('writes an order with its items in one transaction, and keeps their order', async () => {
  const query = `mutation ($input: UpsertOrderInput!) { upsertOrder(input: $input) {
    order { id amount items { totalCount nodes { sku name quantity unitPrice currency order { number } } } } } }`
  const item = (sku: string) => ({ sku, quantity: 2, unitPrice: '9.95' })
  const input = {
    externalId: 'o-1',
    number: '1001',
    amount: '19.90',
    currency: 'EUR',
    placedAt: '2026-11-24T00:00:00Z',
  }
  const skus = Array.from({ length: 40 }, (_, i) => `sku-${i}`)
  const first = (await ok(query, { input: { ...input, items: skus.map(item) } })).upsertOrder.order
  expect(first.items.totalCount).toBe(40)
  expect(first.items.nodes[0]).toEqual({
    sku: 'sku-0',
    name: null,
    quantity: '2',
    unitPrice: '9.9500',
    currency: 'EUR',
    order: { number: '1001' },
  })
  expect(first.items.nodes.map((node: any) => node.sku)).toEqual(skus.slice(0, 25))
  const second = (await ok(query, { input: { ...input, items: [item('other')] } })).upsertOrder.order
  expect(second.items.nodes.map((node: any) => node.sku)).toEqual(['other'])

  const broken = {
    ...input,
    externalId: 'o-2',
    items: [item('fine'), { ...item('x'), unitPrice: '1' + '0'.repeat(30) }],
  }
  expect(code(await ask(query, { input: broken }))).toBe('INPUT_INVALID')
  expect((await ok('{ order(externalId: "o-2") { id } }')).order).toBeNull()
})

it('links records to accounts and contacts, and says when those are not there', async () => {
  const account = (await ok('mutation { createAccount(input: {name: "Acme"}) { account { id } } }')).createAccount
    .account.id
  const child = await ok(
    'mutation ($input: CreateAccountInput!) { createAccount(input: $input) { account { parent { id } } } }',
    {
      input: { name: 'Acme Glass', parentId: account },
    },
  )
  expect(child.createAccount.account.parent.id).toBe(account)
  const contact = (
    await ok(
      'mutation ($input: CreateContactInput!) { createContact(input: $input) { contact { id account { name } } } }',
      {
        input: { email: 'bob@example.com', accountId: account },
      },
    )
  ).createContact.contact
  expect(contact.account.name).toBe('Acme')
  const ticket = `mutation ($input: CreateTicketInput!) { createTicket(input: $input) { ticket { contact { email } account { tickets { totalCount } } } } }`
  const { createTicket } = await ok(ticket, { input: { subject: 'x', contactId: contact.id, accountId: account } })
  expect(createTicket.ticket).toEqual({
    contact: { email: 'bob@example.com' },
    account: { tickets: { totalCount: 1 } },
  })

  const nobody = 'Contact:0199ad3c-0000-7000-8000-000000000000'
  expect(code(await ask(ticket, { input: { subject: 'x', contactId: nobody } }))).toBe('REFERENCE_NOT_FOUND')
  expect(code(await ask(ticket, { input: { subject: 'x', contactId: account } }))).toBe('ID_INVALID')
  const { data } = await as('theirs-admin')(ticket, { input: { subject: 'x', accountId: account } })
  expect(data?.createTicket).toBeUndefined()
})

it('changes what is given only, and refuses null where a value must be', async () => {
  const { createTicket } = await ok(
    'mutation { createTicket(input: {subject: "x", priority: "high"}) { ticket { id } } }',
  )
  const { id } = createTicket.ticket
  const update =
    'mutation ($input: UpdateTicketInput!) { updateTicket(input: $input) { ticket { subject priority status } } }'
  expect((await ok(update, { input: { id } })).updateTicket.ticket).toEqual({
    subject: 'x',
    priority: 'high',
    status: 'open',
  })
  expect((await ok(update, { input: { id, priority: null } })).updateTicket.ticket.priority).toBeNull()
  expect(code(await ask(update, { input: { id, subject: null } }))).toBe('INPUT_INVALID')
  expect(code(await ask(update, { input: { id, custom: [1] } }))).toBe('INPUT_INVALID')
  expect(code(await ask(update, { input: { id, subject: 'a\0b' } }))).toBe('INPUT_INVALID')
})
