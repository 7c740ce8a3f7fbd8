import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getNamedType, type GraphQLField, type GraphQLObjectType, isObjectType, parse } from 'graphql'
import { afterAll, describe, expect, it } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { statementsOf } from '../../test/graphql.ts'
import { authenticate } from '../auth/authenticate.ts'
import { declaredOf } from '../noun/declared.ts'
import { schema } from '../schema/index.ts'
import { schemaOf } from '../tenant-schema.ts'
import { createGraphQL, graphqlDoor } from '../yoga.ts'
import { type Asked, Reads } from './reads.ts'

const QUERIES = Number(process.env.READS_QUERIES ?? 150)
const seed = Number(process.env.READS_SEED ?? Date.now() % 1_000_000)

const db = await testDatabase()
const ours = await db.createTenant('ours')
const theirs = await db.createTenant('theirs')
const yoga = createGraphQL(db.api)

const TEXTS = [
  'plain',
  'with "quotes" and \\',
  'line\nand\ttab \u0001\u001f\u007f',
  'é 中 😀 \u2028',
  '',
  "it's </script>",
]
const JSONS = ['{}', '{"2": 1.50, "10": 1e3, "b": [null, {"z": 12345678901234567890, "a": "\\u0007"}], "__proto__": 1}']
const INSTANTS = [
  '2026-01-01 00:00:00+00',
  '2026-11-24 16:36:00.120000+00',
  '0099-02-03 04:05:06.000001+00',
  '12026-01-01 00:00:00+00',
]

for (const tenant of [ours, theirs]) {
  const fill = (statement: string) =>
    db.owner.unsafe(
      `WITH given AS (SELECT $1::uuid AS tenant, $2::text[] AS texts, $3::text[] AS jsons, $4::text[] AS instants, $5::text AS mark) ${statement}`,
      [tenant, TEXTS, JSONS, INSTANTS, tenant === ours ? 'ours' : 'theirs'],
    )
  const text = (n: string) => `texts[1 + (${n}) % ${TEXTS.length}]`
  const maybe = (n: string) => `CASE WHEN (${n}) % 3 > 0 THEN ${text(n)} END`
  const json = (n: string) => `jsons[1 + (${n}) % ${JSONS.length}]::jsonb`
  const instant = (n: string) => `instants[1 + (${n}) % ${INSTANTS.length}]::timestamptz`
  await fill(`INSERT INTO accounts (tenant_id, external_id, name, domain, industry, employees, custom, created_at)
SELECT tenant, n, ${text('n')}, ${maybe('n')}, mark, nullif(n, 3), ${json('n')}, ${instant('n')} FROM given, generate_series(1, 6) n`)
  await db.owner`UPDATE accounts SET parent_id = (SELECT id FROM accounts WHERE tenant_id = ${tenant} AND external_id = '1') WHERE tenant_id = ${tenant} AND external_id IN ('2', '3')`
  await fill(`INSERT INTO contacts (tenant_id, external_id, account_id, user_id, email, first_name, title, custom)
SELECT tenant, n, CASE WHEN n % 4 > 0 THEN a.id END, 'user ' || n, n || '@example.com', ${text('n')}, ${maybe('n')}, ${json('n')}
FROM given, generate_series(1, 12) n JOIN accounts a ON a.external_id = (1 + n % 3)::text WHERE a.tenant_id = tenant`)
  await fill(`INSERT INTO profiles (tenant_id, traits, first_seen, last_seen)
SELECT tenant, ${json('n')} || jsonb_build_object('n', n), ${instant('n')}, now() FROM given, generate_series(1, 8) n`)
  await db.owner`UPDATE profiles SET merged_into = (SELECT id FROM profiles WHERE tenant_id = ${tenant} AND traits ->> 'n' = '1') WHERE tenant_id = ${tenant} AND traits ->> 'n' = '8'`
  await fill(`INSERT INTO identifiers (tenant_id, id, type, value, profile_id, first_seen, last_seen)
SELECT tenant, identifier_id(type, value), type, value, p.id, ${instant('n')}, now() FROM given, profiles p, generate_series(1, 7) n,
LATERAL (VALUES ('user_id', 'user ' || n), ('email', n || '@example.com')) i (type, value) WHERE p.tenant_id = tenant AND p.traits ->> 'n' = n::text`)
  await fill(`INSERT INTO orders (tenant_id, external_id, account_id, contact_id, user_id, number, status, amount, currency, placed_at, custom)
SELECT tenant, n, CASE WHEN n % 5 > 0 THEN c.account_id END, CASE WHEN n % 4 > 0 THEN c.id END, 'user ' || (1 + n % 9), ${maybe('n')}, ${text('n')}, n * 1.5, 'EUR', instants[1 + n % 3]::timestamptz, ${json('n')}
FROM given, generate_series(1, 30) n JOIN contacts c ON c.external_id = (1 + n % 7)::text WHERE c.tenant_id = tenant`)
  await fill(`INSERT INTO order_items (tenant_id, order_id, sku, name, quantity, unit_price, currency)
SELECT tenant, o.id, ${text('n')}, ${maybe('n')}, n / 3.0, n, 'EUR' FROM given, orders o, generate_series(1, 3) n WHERE o.tenant_id = tenant AND o.external_id::int % 3 > 0`)
  await fill(`INSERT INTO opportunities (tenant_id, account_id, name, stage, amount, close_date)
SELECT tenant, a.id, ${text('n')}, 'won', nullif(n, 2), CASE WHEN n % 2 = 0 THEN date '2026-02-28' + n END FROM given, accounts a, generate_series(1, 3) n WHERE a.tenant_id = tenant`)
  await fill(
    `INSERT INTO memberships (tenant_id, user_id, program, points, starts_at) SELECT tenant, 'user ' || n, ${text('n')}, 12345678901234567890.10, ${instant('n')} FROM given, generate_series(1, 5) n`,
  )
  await fill(`INSERT INTO events (tenant_id, name, user_id, message_id, occurred_at, properties)
SELECT tenant, ${text('n')} || 'x', 'user ' || (1 + n % 5), mark || n, '2026-11-01 00:00:00+00'::timestamptz + n * interval '61.000001 s', ${json('n')} FROM given, generate_series(1, 60) n`)
  for (const [kind, values] of [
    ['label', ', value'],
    ['segment', ''],
  ] as const) {
    const into = kind === 'label' ? 'label_values' : 'members'
    await fill(
      `INSERT INTO ${kind}s (tenant_id, key, name, description, status, rule) SELECT tenant, 'k' || n, ${text('n')}, ${maybe('n')}, (ARRAY['active', 'paused', 'archived'])[n], '{"all": []}' FROM given, generate_series(1, 3) n`,
    )
    await fill(`INSERT INTO ${into} (tenant_id, ${kind}_id, profile_id, since${values})
SELECT tenant, d.id, p.id, ${instant("(p.traits ->> 'n')::int")}${values && `, to_jsonb(${text("(p.traits ->> 'n')::int")})`} FROM given, ${kind}s d, profiles p WHERE d.tenant_id = tenant AND p.tenant_id = tenant`)
  }
  await fill(`INSERT INTO transitions (tenant_id, at, kind, profile_id, segment_id, to_value, cause)
SELECT tenant, ${instant('s.version')}, 'segment_entered', p.id, s.id, ${json('s.version')}, 'event' FROM given, segments s, profiles p WHERE s.tenant_id = tenant AND p.tenant_id = tenant`)
}

async function ordinarily(asked: Asked, key = 'ours-read'): Promise<string> {
  const response = await yoga.fetch('http://kith/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(asked),
  })
  return response.text()
}

/** With reads that have seen the query once; null when they leave it to the ordinary way. */
async function compiled(asked: Asked, key = 'ours-read', reads = new Reads(db.api)): Promise<string | null> {
  reads.remember(schema, parse(asked.query), asked)
  const answer = await reads.answer(schema, (await authenticate(db.api, key))!, asked)
  return answer === null ? null : answer.toString()
}

/** Shows where they part, and not all of it. */
function expectText(text: string | null, expected: string, note: string): void {
  let at = 0
  while (at < expected.length && text?.[at] === expected[at]) at++
  expect(text?.slice(Math.max(at - 60, 0), at + 60), `${note} at ${at}`).toBe(
    expected.slice(Math.max(at - 60, 0), at + 60),
  )
}

async function expectSame(asked: Asked, reads?: Reads): Promise<any> {
  const one = await ordinarily(asked)
  expectText(await compiled(asked, 'ours-read', reads), one, JSON.stringify(asked))
  return JSON.parse(one)
}

const idsOf = async (tenant: string, table: string) =>
  (await db.owner`SELECT id FROM ${db.owner(table)} WHERE tenant_id = ${tenant} ORDER BY id LIMIT 4`).map(
    ({ id }) => id as string,
  )

describe('random selections', async () => {
  let state = seed
  const random = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const chance = (share: number) => random() < share

  const ids: Record<string, string[]> = {}
  for (const [type, table] of [
    ['Account', 'accounts'],
    ['Profile', 'profiles'],
    ['Order', 'orders'],
  ] as const)
    ids[type] = [...(await idsOf(ours, table)), ...(await idsOf(theirs, table)), '0199ad3c-0000-7000-8000-000000000000']

  type Draft = { variables: Record<string, unknown>; types: string[]; fragments: string[] }

  function variable(draft: Draft, type: string, value: unknown): string {
    const name = `v${draft.types.length}`
    draft.types.push(`$${name}: ${type}`)
    if (value !== undefined) draft.variables[name] = value
    return `$${name}`
  }

  const isGuarded = ({ extensions }: { extensions: any }) =>
    Boolean(extensions.pothosOptions?.authScopes || extensions.pothosOptions?.skipTypeScopes)

  function isReadable(field: GraphQLField<unknown, unknown>): boolean {
    const declared = declaredOf(field)
    const type = getNamedType(field.type)
    if (!declared || isGuarded(field) || (isObjectType(type) && isGuarded(type))) return false
    if (declared.reads === 'column') return !declared.column.array
    if (declared.reads === 'row' || declared.reads === 'one') return declared.noun.key.length === 1
    if (declared.reads !== 'list') return true
    const node = getNamedType((type as GraphQLObjectType).getFields().nodes!.type) as GraphQLObjectType
    return !isGuarded(node) && Object.values(node.getFields()).some((inner) => declaredOf(inner)?.reads === 'column')
  }

  const fieldsOf = (type: GraphQLObjectType) => Object.values(type.getFields()).filter(isReadable)

  /** The text between the braces; `depth` more levels of objects. */
  function selection(draft: Draft, type: GraphQLObjectType, depth: number): string {
    const fields = fieldsOf(type).filter(({ type }) => depth > 0 || !isObjectType(getNamedType(type)))
    const parts = ['__typename']
    for (let n = 0; n < 1 + random() * 5; n++) if (fields.length > 0) parts.push(part(draft, type, pick(fields), depth))
    return parts.sort(() => random() - 0.5).join(' ')
  }

  function part(draft: Draft, type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, depth: number): string {
    const text = `${chance(0.5) ? `a${draft.types.length}_${draft.fragments.length}_${Math.floor(random() * 1e6)}: ` : `f${Math.floor(random() * 1e6)}: `}${asked(draft, field, depth)}`
    if (chance(0.1)) return `... on ${type.name} { ${text} }`
    if (chance(0.05) && type.getInterfaces().length > 0) return `... on Node { ... on ${type.name} { ${text} } }`
    if (chance(0.1))
      return `... @${pick(['skip', 'include'])}(if: ${variable(draft, 'Boolean!', chance(0.5))}) { ${text} }`
    if (chance(0.1)) {
      const name = `F${draft.fragments.length}`
      draft.fragments.push('')
      draft.fragments[Number(name.slice(1))] = `fragment ${name} on ${type.name} { ${text} }`
      return `...${name} ...${name}`
    }
    return text
  }

  function asked(draft: Draft, field: GraphQLField<unknown, unknown>, depth: number): string {
    const declared = declaredOf(field)!
    const type = getNamedType(field.type)
    if (!isObjectType(type)) return `${field.name}${chance(0.1) ? ` @skip(if: ${chance(0.5)})` : ''}`
    if (declared.reads === 'one') {
      const id = pick(ids[declared.noun.type] ?? ids.Order!)
      const given = pick([id, `${declared.noun.type}:${id}`, id.toUpperCase()])
      return `${field.name}(id: ${chance(0.5) ? JSON.stringify(given) : variable(draft, 'ID!', given)}) { ${selection(draft, type, depth - 1)} }`
    }
    if (declared.reads === 'row') return `${field.name} { ${selection(draft, type, depth - 1)} }`
    return `${field.name}${listArgs(draft, field)} { ${list(draft, type, depth)} }`
  }

  function listArgs(draft: Draft, field: GraphQLField<unknown, unknown>): string {
    const size = Math.floor(random() * 5)
    const args = chance(0.8) ? [`${pick(['first', 'last'])}: ${chance(0.6) ? size : variable(draft, 'Int', size)}`] : []
    if (chance(0.3)) {
      const order = getNamedType(field.args.find(({ name }) => name === 'orderBy')!.type) as any
      const direction = pick(['ASC', 'DESC'])
      const names = getNamedType(order.getFields().field.type) as any
      const name = pick<any>(names.getValues()).name
      args.push(
        chance(0.5)
          ? `orderBy: [{field: ${name}, direction: ${direction}}]`
          : `orderBy: ${variable(draft, `[${order.name}!]`, [{ field: name, direction }])}`,
      )
    }
    if (chance(0.2) && field.args.some(({ name }) => name === 'filter'))
      args.push(`filter: ${chance(0.5) ? '{and: []}' : '{not: {or: []}}'}`)
    return args.length > 0 ? `(${args.join(', ')})` : ''
  }

  function list(draft: Draft, connection: GraphQLObjectType, depth: number): string {
    const node = getNamedType(connection.getFields().nodes!.type) as GraphQLObjectType
    const parts = []
    if (chance(0.8)) parts.push(`nodes { ${selection(draft, node, depth - 1)} }`)
    if (chance(0.4))
      parts.push(`edges { cursor ${chance(0.5) ? '__typename ' : ''}n: node { ${selection(draft, node, depth - 1)} } }`)
    if (chance(0.4)) parts.push('pageInfo { hasNextPage startCursor b: hasPreviousPage endCursor }')
    if (chance(0.3)) parts.push('totalCount')
    if (parts.length === 0) parts.push('__typename')
    return parts.sort(() => random() - 0.5).join(' ')
  }

  it(`give the same bytes by one statement as field by field (READS_SEED=${seed})`, async () => {
    const roots = fieldsOf(schema.getQueryType()!)
    let bytes = 0
    for (let n = 0; n < QUERIES; n++) {
      const draft: Draft = { variables: {}, types: [], fragments: [] }
      const parts = Array.from(
        { length: 1 + Math.floor(random() * 2) },
        (_, i) => `q${i}: ${asked(draft, pick(roots), 3)}`,
      )
      const head = draft.types.length > 0 ? `query (${draft.types.join(', ')})` : 'query'
      const query = `${head} { ${parts.join(' ')} }\n${draft.fragments.join('\n')}`
      const given = { query, variables: draft.variables }
      const one = await ordinarily(given)
      if (one.includes('QUERY_TOO_')) continue
      const note = `READS_SEED=${seed}, query ${n}: ${JSON.stringify(given)}`
      expect(one, note).not.toContain('"errors"')
      expect(one, note).not.toContain('theirs')
      expectText(await compiled(given), one, note)
      bytes += one.length
    }
    expect(bytes).toBeGreaterThan(QUERIES * 100)
  })
})

describe('a query', () => {
  it('pages by cursors, in its text or in a variable, as it does field by field, forwards and backwards, by orders with missing values', async () => {
    for (const [list, orderBy] of [
      ['orders', '[{field: placedAt, direction: DESC}]'],
      ['orders', '[{field: number}, {field: amount, direction: DESC}]'],
      ['accounts', '[{field: domain}]'],
      ['events', '[{field: occurredAt}]'],
      ['labels', '[{field: status}]'],
    ]) {
      for (const [size, from, next, more] of [
        ['first', 'after', 'endCursor', 'hasNextPage'],
        ['last', 'before', 'startCursor', 'hasPreviousPage'],
      ]) {
        let cursor: string | null = null
        const reads = new Reads(db.api)
        for (let page = 0; page < 100; page++) {
          const at: string = page % 4 === 3 ? JSON.stringify(cursor) : '$at'
          const query = `query ($at: String) { list: ${list}(${size}: 2, orderBy: ${orderBy}, ${from}: ${at}) { nodes { id } totalCount edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`
          if (at !== '$at') {
            const { data } = await expectSame({ query: query.replace('query ($at: String)', '') })
            cursor = data.list.pageInfo[next!]
            if (!data.list.pageInfo[more!]) break
            continue
          }
          const { data } = await expectSame({ query, variables: { at: cursor } }, reads)
          if (!data.list.pageInfo[more!]) break
          cursor = data.list.pageInfo[next!]
        }
        expect(cursor).not.toBe(null)
      }
    }
  })

  it('is held to its conditions, given in its text', async () => {
    for (const filter of [
      `{number: {contains: "quotes"}}`,
      `{or: [{status: {eq: ""}}, {amount: {gte: 20}}], not: {number: {isNull: true}}}`,
      `{placedAt: {lt: "2027-01-01T00:00:00Z"}, custom: [{path: "2", eq: 1.5}]}`,
    ]) {
      const { data } = await expectSame({
        query: `{ orders(filter: ${filter}) { totalCount nodes { number status } } }`,
      })
      expect(data.orders.nodes.length).toBeGreaterThan(0)
    }
  })

  it('sees its own tenant only, whoever had the connection before', async () => {
    const [mine, other] = [await idsOf(ours, 'profiles'), await idsOf(theirs, 'profiles')]
    const query =
      'query ($id: ID!) { profile(id: $id) { id } accounts { nodes { industry } } events { nodes { messageId } } }'
    const reads = new Reads(db.api)
    reads.remember(schema, parse(query), { query })
    const ask = async (key: string, id: string) =>
      JSON.parse(
        (await reads.answer(schema, (await authenticate(db.api, key))!, { query, variables: { id } }))!.toString(),
      ).data
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        const [key, own, not] = n % 2 ? ['ours', mine, other] : ['theirs', other, mine]
        return [key, await ask(`${key}-read`, own[0]!), await ask(`${key}-read`, not[0]!)] as const
      }),
    )
    for (const [key, own, not] of answers) {
      expect([own.profile === null, not.profile]).toEqual([false, null])
      expect(new Set(own.accounts.nodes.map(({ industry }: any) => industry))).toEqual(new Set([key]))
      expect(own.events.nodes.every(({ messageId }: any) => messageId.startsWith(key))).toBe(true)
    }
  })

  it('is one statement without a transaction around it', async () => {
    const query =
      '{ accounts(first: 3) { nodes { name orders { nodes { items { nodes { sku } } contact { email } } } } } }'
    const reads = new Reads(db.api)
    reads.remember(schema, parse(query), { query })
    const viewer = (await authenticate(db.api, 'ours-read'))!
    await reads.answer(schema, viewer, { query })
    const { statements, transactions } = await statementsOf(db.api, () => reads.answer(schema, viewer, { query }))
    expect([statements.length, transactions]).toEqual([1, 0])
  })

  it('sees what has been written since', async () => {
    const query = '{ segments(first: 1) { nodes { name } } }'
    const reads = new Reads(db.api)
    reads.remember(schema, parse(query), { query })
    const viewer = (await authenticate(db.api, 'ours-read'))!
    await reads.answer(schema, viewer, { query })
    const names = []
    for (const name of ['one', 'two']) {
      await db.owner`UPDATE segments SET name = ${name} WHERE tenant_id = ${ours}`
      names.push(JSON.parse(String(await reads.answer(schema, viewer, { query }))).data.segments.nodes[0].name)
    }
    expect(names).toEqual(['one', 'two'])
  })
})

it("reads what is everybody's in the schema of a tenant with fields of its own, and leaves those to the ordinary way", async () => {
  const own = await db.createTenant('own')
  await db.owner`
INSERT INTO orders (tenant_id, number, amount, currency, placed_at, custom) VALUES (${own}, '1', 1, 'EUR', now(), '{"warehouse": "B"}'), (${own}, '2', 2, 'EUR', now(), '{}')`
  await db.owner`INSERT INTO fields (tenant_id, object, key, type) VALUES (${own}, 'order', 'warehouse', 'text')`
  const ownSchema = await schemaOf(db.api, own)
  expect(ownSchema).not.toBe(schema)
  const ask = async (query: string) => {
    const asked = { query }
    const reads = new Reads(db.api)
    reads.remember(ownSchema, parse(query), asked)
    const answer = await reads.answer(ownSchema, (await authenticate(db.api, 'own-read'))!, asked)
    const one = await ordinarily(asked, 'own-read')
    if (answer) expect(String(answer)).toBe(one)
    expect(one).not.toContain('"errors"')
    return answer !== null
  }
  expect(await ask('{ orders { nodes { __typename number custom account { name } items { nodes { sku } } } } }')).toBe(
    true,
  )
  expect(await ask('{ orders { nodes { fields { warehouse } } } }')).toBe(false)
  expect(await ask('{ orders(filter: {fields: {warehouse: {eq: "B"}}}) { nodes { number } } }')).toBe(false)
  expect(await ask('{ orders(orderBy: [{field: fields_warehouse}]) { nodes { number } } }')).toBe(false)
})

describe('the ordinary way', () => {
  it.each([
    ['what a resolver works out', '{ segments { nodes { complete } } }', {}],
    ['what asks for more than reading', '{ jobs { nodes { id } } }', {}],
    ['rows that not everybody may see', '{ auditLog { nodes { id } } }', {}],
    ['the schema', '{ __schema { queryType { name } } }', {}],
    ['a row by another key', '{ order(externalId: "1") { number } }', {}],
    ['no id at all', 'query ($id: ID) { order(id: $id) { number } }', {}],
    ['an id that is none', 'query ($id: ID!) { profile(id: $id) { id } }', { id: 'Order:1' }],
    ['a variable that is missing', 'query ($id: ID!) { profile(id: $id) { id } }', {}],
    ['a cursor that is none', 'query ($after: String) { orders(after: $after) { nodes { id } } }', { after: 'x' }],
    [
      'a condition in a variable',
      'query ($of: OrderFilter) { orders(filter: $of) { nodes { id } } }',
      { of: { and: [] } },
    ],
    ['a page that is too large', '{ orders(first: 501) { nodes { id } } }', {}],
    ['first and last', '{ orders(first: 1, last: 1) { nodes { id } } }', {}],
    ['what is too complex', '{ accounts(first: 500) { nodes { orders(first: 500) { nodes { number } } } } }', {}],
    ['what is deferred', '{ accounts { ... @defer { nodes { id } } } }', {}],
    ['what is asked of nothing', '{ orders(filter: {number: {eq: null}}) { nodes { id } } }', {}],
  ])('has %s', async (_, query, variables) => {
    expect(await compiled({ query, variables }, 'ours-admin')).toBe(null)
  })

  it('tells whoever may not read so', async () => {
    const query = '{ accounts { nodes { id } } }'
    expect(await compiled({ query }, 'ours-write')).toBe(null)
    expect(await ordinarily({ query }, 'ours-write')).toContain('SCOPE_MISSING')
  })

  it('says what is wrong with a value, where the statement fails', async () => {
    await db.owner`UPDATE profiles SET traits = 'null' WHERE tenant_id = ${theirs} AND traits ->> 'n' = '3'`
    const query = '{ profiles { nodes { traits } } }'
    expect(await compiled({ query }, 'theirs-read')).toBe(null)
    expect(await ordinarily({ query }, 'theirs-read')).toContain('"INTERNAL"')
  })
})

describe('over HTTP', async () => {
  const door = graphqlDoor(db.api)
  const servers = [door.handle, createGraphQL(db.api)].map((handle) =>
    createServer(handle as never).listen(0, '127.0.0.1'),
  )
  await Promise.all(servers.map((server) => once(server, 'listening')))
  afterAll(async () => {
    await door.stop!()
    for (const server of servers) server.close().closeAllConnections()
  })

  async function both(init: RequestInit & { path?: string }) {
    return Promise.all(
      servers.map(async (server) => {
        const { port } = server.address() as AddressInfo
        const headers = { authorization: 'Bearer ours-read', 'content-type': 'application/json', ...init.headers }
        const response = await fetch(`http://127.0.0.1:${port}/graphql${init.path ?? ''}`, {
          method: 'POST',
          ...init,
          headers,
        })
        const { date: _, ...said } = Object.fromEntries(response.headers)
        return {
          status: response.status,
          said,
          text: (await response.text()).replace(/request [0-9a-f-]{36}/, 'request'),
        }
      }),
    )
  }

  const query = '{ accounts(first: 2) { nodes { id name custom } } }'

  it.each([
    undefined,
    'application/json',
    '*/*',
    'application/graphql-response+json',
    'application/json, application/graphql-response+json',
    'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
    'text/html;q=0.9, application/json;q=0.5',
    'text/event-stream',
    'text/plain',
  ])('answers with the same headers when asked for %s', async (accept) => {
    for (let n = 0; n < 3; n++) {
      const [one, other] = await both({
        body: JSON.stringify({ query }),
        headers: accept === undefined ? {} : { accept },
      })
      expect(one).toEqual(other)
    }
  })

  it.each([
    ['no JSON', '{"query"'],
    ['nothing', ''],
    ['an empty object', '{}'],
    ['a list', JSON.stringify([{ query }])],
    ['a text', JSON.stringify(query)],
    ['a number', '5'],
    ['null', 'null'],
    ['no query', '{"variables": {}}'],
    ['a query that is no text', '{"query": 5}'],
    ['an operation that is not there', JSON.stringify({ query, operationName: 'X' })],
    ['variables that are a list', JSON.stringify({ query, variables: [1] })],
    ['more than it should', JSON.stringify({ query, more: 1 })],
    ['extensions', JSON.stringify({ query, extensions: { a: 1 } })],
    ['a syntax error', '{"query": "{"}'],
    ['a field that is not there', '{"query": "{ nothing }"}'],
    [
      'letters of several bytes',
      JSON.stringify({ query: `{ accounts(filter: {name: {eq: "é 中 😀"}}) { nodes { name } } }` }),
    ],
    [
      'a mutation that it may not',
      '{"query": "mutation { createAccount(input: {name: \\"x\\"}) { account { id } } }"}',
    ],
  ])('answers a body of %s as yoga does', async (_, body) => {
    for (let n = 0; n < 3; n++) {
      const [one, other] = await both({ body })
      expect(one).toEqual(other)
    }
  })

  it('answers other methods, types and addresses as yoga does', async () => {
    const inits: (RequestInit & { path?: string })[] = [
      { method: 'GET', path: `?query=${encodeURIComponent(query)}` },
      { method: 'PUT', body: '{}' },
      { path: '?x=1', body: JSON.stringify({ query }) },
      { body: JSON.stringify({ query }), headers: { 'content-type': 'text/plain' } },
      { body: JSON.stringify({ query }), headers: { authorization: 'Bearer nobody' } },
      {
        body: JSON.stringify({ query: '{ orders { nodes { fields { warehouse } } } }' }),
        headers: { authorization: 'Bearer own-read' },
      },
      {
        body: JSON.stringify({ query: '{ orders { nodes { custom } } }' }),
        headers: { authorization: 'Bearer own-read' },
      },
      { body: JSON.stringify({ query: `#${'x'.repeat(70_000)}\n${query}` }) },
    ]
    for (const init of inits) {
      for (let n = 0; n < 2; n++) {
        const [one, other] = await both(init)
        expect(one).toEqual(other)
      }
    }
  })

  it('writes, and reads what it wrote', async () => {
    const ask = async (body: object) => {
      const { port } = servers[0]!.address() as AddressInfo
      const headers = { authorization: 'Bearer ours-admin', 'content-type': 'application/json' }
      return (
        await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers, body: JSON.stringify(body) })
      ).json() as any
    }
    const { data } = await ask({ query: 'mutation { createAccount(input: {name: "new"}) { account { id name } } }' })
    expect(data?.createAccount.account.name).toBe('new')
  })
})
