import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { expect, it } from 'vitest'
import { testDatabase } from '../test/database.ts'
import { graphql } from '../test/graphql.ts'
import { schema } from './schema/index.ts'

const QUERIES = Number(process.env.FUZZ_QUERIES ?? 250)
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000)

const db = await testDatabase()
const ours = await db.createTenant('ours')
const theirs = await db.createTenant('theirs')
const as = graphql(db.api)

for (const tenant of [ours, theirs]) {
  const mark = tenant === ours ? 'ours' : 'secret-of-theirs'
  await db.owner`
WITH p AS (INSERT INTO profiles (tenant_id, traits, first_seen, last_seen) SELECT ${tenant}::uuid, jsonb_build_object('mark', ${mark}::text, 'n', n), now(), now() FROM generate_series(1, 5) n RETURNING id, traits ->> 'n' AS n)
INSERT INTO identifiers (tenant_id, id, type, value, profile_id, first_seen) SELECT ${tenant}::uuid, identifier_id('user_id', ${mark}::text || n), 'user_id', ${mark}::text || n, id, now() FROM p`
  await db.owner`INSERT INTO events (tenant_id, name, user_id, properties) SELECT ${tenant}::uuid, ${mark}::text, ${mark}::text || n, '{"a": {"b": [1, null, "x"]}}' FROM generate_series(1, 5) n`
  await db.owner`WITH o AS (INSERT INTO orders (tenant_id, user_id, number, amount, currency, placed_at) SELECT ${tenant}::uuid, ${mark}::text || n, ${mark}, n, 'EUR', now() FROM generate_series(1, 5) n RETURNING id)
INSERT INTO order_items (tenant_id, order_id, sku, quantity, unit_price, currency) SELECT ${tenant}::uuid, id, ${mark}, 1, 1, 'EUR' FROM o`
  await db.owner`INSERT INTO tickets (tenant_id, user_id, subject) SELECT ${tenant}::uuid, ${mark}::text || n, ${mark} FROM generate_series(1, 5) n`
  await db.owner`INSERT INTO segments (tenant_id, key, name, rule) VALUES (${tenant}::uuid, 'vip', ${mark}, '{"all": []}')`
  await db.owner`INSERT INTO members (tenant_id, segment_id, profile_id, since) SELECT ${tenant}::uuid, s.id, p.id, now() FROM segments s, profiles p WHERE s.tenant_id = ${tenant} AND p.tenant_id = ${tenant}`
}
const ids = (
  await db.owner`SELECT id FROM profiles UNION ALL SELECT id FROM orders UNION ALL SELECT id FROM segments`
).map((row) => row.id as string)

/** mulberry32: the same queries for the same seed. */
let state = seed
function random(): number {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
const chance = (share: number) => random() < share

const TEXTS = [
  '',
  'ours',
  'vip',
  "' OR 1=1 --",
  '\\',
  '%',
  '{"a":1}',
  'ours1',
  '\u0000',
  '\ud83d\ude00',
  'a.b.0',
  '0',
  'null',
  'x'.repeat(300),
]
const INSTANTS = [
  '2026-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999Z',
  '2026-02-30T00:00:00Z',
  'now',
  '2026-01-01T00:00:00+23:59',
]
const NUMBERS = [0, 1, -1, 2147483647, 5]
const RULES = [
  { all: [] },
  { event: { name: 'ours' } },
  { segment: { key: 'vip' } },
  { field: { path: 'n', gt: 2 } },
  { nonsense: {} },
  'text',
  null,
  [],
]

function value(type: GraphQLInputType, depth: number): unknown {
  if (isNonNullType(type)) return value(type.ofType, depth) ?? value(type.ofType, 0) ?? ''
  if (chance(0.04)) return null
  if (isListType(type)) return Array.from({ length: Math.floor(random() * 3) }, () => value(type.ofType, depth))
  if (isEnumType(type)) return pick(type.getValues()).name
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields())
    const oneOf = type.isOneOf
      ? [pick(fields)]
      : fields.filter((field) => isNonNullType(field.type) || chance(depth > 2 ? 0.03 : 2.5 / fields.length))
    return Object.fromEntries(oneOf.map((field) => [field.name, value(field.type, depth + 1)]))
  }
  switch (getNamedType(type).name) {
    case 'Int':
      return pick(NUMBERS)
    case 'Float':
      return pick([0.5, -1, 1e300])
    case 'Boolean':
      return chance(0.5)
    case 'ID':
      return chance(0.8) ? pick(['', 'Profile:', 'Order:', 'Segment:']) + pick(ids) : pick(TEXTS)
    case 'DateTime':
      return pick(INSTANTS)
    case 'Date':
      return pick(['2026-01-01', '2026-13-01', 'x'])
    case 'Decimal':
      return pick(['1', '-0.0001', '99999999999999999999', 'NaN', 3])
    case 'BigInt':
      return pick(['0', '9223372036854775807', '9223372036854775808', '-1'])
    case 'JSON':
      return pick([1, 'ours', true, { a: [1, { b: null }] }, [], ...RULES])
    default:
      return pick(TEXTS)
  }
}

function selection(type: GraphQLOutputType, depth: number, variables: Variables): string {
  const named = getNamedType(type)
  if (!isObjectType(named)) return named.name === 'Node' ? ' { __typename id }' : ''
  const fields = Object.values(named.getFields())
  const leaves = fields.filter(
    (field) => !isObjectType(getNamedType(field.type)) && getNamedType(field.type).name !== 'Node',
  )
  const objects = fields.filter((field) => !leaves.includes(field))
  const chosen = [
    ...leaves.filter(() => chance(0.5)),
    ...(depth > 0 ? objects.filter(() => chance(2 / Math.max(objects.length, 1))) : []),
  ]
  const parts = chosen.map(
    (field, i) => `f${i}: ${field.name}${args(field.args, variables)}${selection(field.type, depth - 1, variables)}`,
  )
  return ` { __typename ${parts.filter((part) => part !== '').join(' ')} }`
}

type Variables = { declared: string[]; values: Record<string, unknown> }

/** Half of them as variables: coercion of those takes another way than that of literals. */
function args(list: readonly GraphQLArgument[], variables: Variables): string {
  const given = list.filter((arg) => isNonNullType(arg.type) || chance(0.3))
  const texts = given.map((arg) => {
    const name = `v${variables.declared.length}`
    variables.declared.push(`$${name}: ${arg.type}`)
    variables.values[name] = arg.name === 'first' || arg.name === 'last' ? pick([0, 1, 2, 3]) : value(arg.type, 0)
    return `${arg.name}: $${name}`
  })
  return texts.length > 0 ? `(${texts.join(', ')})` : ''
}

async function send(kind: 'query' | 'mutation', n: number): Promise<string[]> {
  const type = kind === 'query' ? schema.getQueryType()! : schema.getMutationType()!
  const fields = Object.values(type.getFields())
  const field = fields[n % fields.length]!
  const variables: Variables = { declared: [], values: {} }
  const body = `r: ${field.name}${args(field.args, variables)}${selection(field.type, 3, variables)}`
  const text = `${kind}${variables.declared.length > 0 ? `(${variables.declared.join(', ')})` : ''} { ${body} }`
  const { data, errors = [] } = await as('ours-admin')(text, variables.values)
  const where = `FUZZ_SEED=${seed} #${n}\n${text}\n${JSON.stringify(variables.values)}`
  expect(JSON.stringify(data ?? null), where).not.toContain('secret-of-theirs')
  for (const { extensions, message } of errors) expect(extensions.code, `${where}\n${message}`).not.toBe('INTERNAL')
  return errors.map(({ extensions }) => extensions.code)
}

it.each(['query', 'mutation'] as const)(
  `answers ${QUERIES} random operations (%s) with data or a documented code, and nothing of another tenant (FUZZ_SEED=${seed})`,
  async (kind) => {
    const theirRows = () => db.owner`SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM (
      SELECT to_jsonb(o) AS t FROM orders o WHERE tenant_id = ${theirs} UNION ALL
      SELECT to_jsonb(p) FROM profiles p WHERE tenant_id = ${theirs} UNION ALL
      SELECT to_jsonb(s) FROM segments s WHERE tenant_id = ${theirs}) AS r`
    const before = await theirRows()
    const codes: string[][] = []
    for (let n = 0; n < QUERIES; n++) codes.push(await send(kind, n))
    // Many must get through, or this tests nothing but the door.
    const fine = codes.filter((list) => list.length === 0).length
    expect(
      fine,
      JSON.stringify(Object.entries(Object.groupBy(codes.flat(), String)).map(([code, all]) => [code, all?.length])),
    ).toBeGreaterThan(QUERIES / 10)
    expect(await theirRows()).toEqual(before)
  },
  QUERIES * 150,
)
