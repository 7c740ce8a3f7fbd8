import { expect, it } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { codeOf, graphql } from '../../test/graphql.ts'

const db = await testDatabase()
await db.createTenant('ours')
const ask = graphql(db.api)('ours-admin')

const FIELDS = [
  { object: 'PROFILE', key: 'plan', type: 'CHOICE', choices: ['free', 'pro'] },
  { object: 'PROFILE', key: 'age', type: 'NUMBER' },
  { object: 'PROFILE', key: 'born', type: 'DATE' },
  { object: 'ACCOUNT', key: 'tier', type: 'TEXT' },
  { object: 'ORDER', key: 'weight', type: 'NUMBER' },
  { object: 'ORDER', key: 'gift', type: 'BOOLEAN' },
]
const CREATE_FIELD = 'mutation ($input: CreateFieldInput!) { createField(input: $input) { field { id } } }'
const fields = new Map<string, string>()
for (const input of FIELDS) fields.set(input.key, (await ask(CREATE_FIELD, { input })).data.createField.field.id)

let made = 0
const save = (rule: object, more: object = {}) =>
  ask('mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id key } } }', {
    input: { key: `s${made++}`, name: 'x', rule, ...more },
  })
const order = (more: object) => ({ record: { kind: 'order', ...more } })

it.each<[rule: object, path: unknown[], says: string, allowed?: string[]]>([
  [
    { all: [{ field: { path: 'age', contains: '3' } }] },
    ['all', 0, 'field', 'contains'],
    'contains cannot be asked of it',
  ],
  [{ field: { path: 'traits.age', eq: '36' } }, ['field', 'eq'], 'expected a value of the type number, got "36"'],
  [{ field: { path: 'age', gte: 'x' } }, ['field', 'gte'], 'expected a value of the type number'],
  [{ field: { path: 'age.years', gt: 3 } }, ['field'], 'nothing inside'],
  [
    { field: { path: 'plan', in: ['pro', 'team'] } },
    ['field', 'in'],
    'expected one of free, pro, got "team"',
    ['free', 'pro'],
  ],
  [{ field: { path: 'plan', startsWith: 'p' } }, ['field', 'startsWith'], 'expected one of eq, ne, in, notIn'],
  [{ field: { path: 'born', gt: '2000-01-01' } }, ['field', 'gt'], 'before, after'],
  [
    { held: { rule: { field: { path: 'plan', eq: 'gold' } }, for: 'P1D' } },
    ['held', 'rule', 'field', 'eq'],
    'free, pro',
  ],
  [{ account: { not: { field: { path: 'custom.tier', gt: 3 } } } }, ['account', 'not', 'field', 'gt'], 'account.tier'],
  [
    order({ where: [{ any: [{ path: 'weight', matches: '1' }] }] }),
    ['record', 'where', 0, 'any', 0, 'matches'],
    'order.weight',
  ],
  [order({ where: { path: 'gift', eq: 'yes' } }), ['record', 'where', 'eq'], 'boolean'],
  [order({ aggregate: { sum: 'gift', gte: 1 } }), ['record', 'aggregate', 'sum'], 'expected a NUMBER'],
  [order({ on: 'custom.weight', within: 'P1D' }), ['record', 'on'], 'expected a DATE or INSTANT'],
  [
    order({ where: [{ path: 'amout', gte: 5 }] }),
    ['record', 'where', 0],
    'order has no field "amout" (did you mean "amount"?); one of your own by this name is "custom.amout".',
  ],
  [order({ on: 'placed_at', within: 'P1D' }), ['record', 'on'], 'did you mean "placedAt"?'],
  [order({ by: 'Status' }), ['record', 'by'], 'did you mean "status"?'],
  [order({ aggregate: { distinct: 'placed_at', gte: 2 } }), ['record', 'aggregate', 'distinct'], '"placedAt"?'],
  [{ field: { path: 'last_seen', withinLast: 'P1D' } }, ['field'], '"traits.last_seen"'],
  [{ account: { field: { path: 'Industry', eq: 'a' } } }, ['account', 'field'], 'did you mean "industry"?'],
])('refuses %j, and points at what does not fit the field', async (rule, path, says, allowed) => {
  const answer = await save(rule)
  expect(codeOf(answer)).toBe('RULE_INVALID')
  expect(answer.errors![0]!.extensions.details).toMatchObject({ path, ...(allowed && { allowed }) })
  expect(answer.errors![0]!.message).toContain(says)
})

it.each<[rule: object]>([
  [{ field: { path: 'plan', in: ['pro'] } }],
  [{ field: { path: 'plan', ignoreCase: true, eq: 'PRO' } }],
  [{ field: { path: 'age', gte: 18, lt: 30 } }],
  [{ field: { path: 'born', anniversary: 'P7D' } }],
  [{ field: { path: 'undefined', contains: 'x' } }],
  [{ field: { path: 'firstSeen', withinLast: 'P1D' } }],
  [{ field: { path: 'traits.last_seen', exists: true } }],
  [order({ where: { path: 'custom.amout', gte: 5 } })],
  [
    order({
      where: [
        { path: 'weight', between: [1, 2] },
        { path: 'status', startsWith: 'p' },
      ],
    }),
  ],
])('takes %j', async (rule) => {
  expect((await save(rule)).errors).toBeUndefined()
})

const update = (id: string, input: object) =>
  ask('mutation ($input: UpdateFieldInput!) { updateField(input: $input) { field { type } } }', {
    input: { id, ...input },
  })
const remove = (id: string) =>
  ask('mutation ($input: DeleteFieldInput!) { deleteField(input: $input) { deletedId } }', { input: { id } })

it('refuses to delete a field, or to make it another, while rules use it, and says which', async () => {
  const { data } = await save({ field: { path: 'tier', eq: 'a' } }, { key: 'tiered', subject: 'ACCOUNT' })
  const tier = fields.get('tier')!
  const refused = await remove(tier)
  expect(codeOf(refused)).toBe('FIELD_IN_USE')
  expect(refused.errors![0]!.extensions.details.usedBy).toEqual(['segment tiered'])
  const retyped = await update(tier, { type: 'NUMBER' })
  expect(codeOf(retyped)).toBe('FIELD_IN_USE')
  expect(retyped.errors![0]!.extensions.details.rules).toMatchObject([
    { kind: 'segment', key: 'tiered', path: ['field'] },
  ])
  // What the rule asks fits that type too.
  expect((await update(tier, { type: 'CHOICE', choices: ['a', 'b'] })).errors).toBeUndefined()
  expect(codeOf(await update(tier, { choices: ['b'] }))).toBe('FIELD_IN_USE')
  await ask('mutation ($input: ArchiveSegmentInput!) { archiveSegment(input: $input) { segment { id } } }', {
    input: { id: data.createSegment.segment.id },
  })
  expect((await remove(tier)).errors).toBeUndefined()
})

it.each<[what: string, ask: 'Segment' | 'Label', rule: object]>([
  ['that is grouped by', 'Segment', order({ by: 'custom.store', count: { gte: 2 } })],
  ['whose different values are counted', 'Segment', order({ aggregate: { distinct: 'store', gte: 2 } })],
  ['that a label takes', 'Label', { compute: { of: 'mostFrequent', path: 'store', record: { kind: 'order' } } }],
])('refuses to delete a field %s', async (_, type, rule) => {
  const { data } = await ask(CREATE_FIELD, { input: { object: 'ORDER', key: 'store', type: 'TEXT' } })
  const run = (verb: string, input: object) =>
    ask(
      `mutation ($input: ${verb}${type}Input!) { it: ${verb.toLowerCase()}${type}(input: $input) { it: ${type.toLowerCase()} { id } } }`,
      { input },
    )
  const { id } = (await run('Create', { key: `k${made++}`, name: 'x', rule })).data.it.it
  expect(codeOf(await remove(data.createField.field.id))).toBe('FIELD_IN_USE')
  await run('Archive', { id })
  expect((await remove(data.createField.field.id)).errors).toBeUndefined()
})

it('refuses to define a field otherwise than rules use the trait already', async () => {
  await save({ field: { path: 'score', startsWith: 'a' } }, { key: 'scored' })
  const define = (type: string) => ask(CREATE_FIELD, { input: { object: 'PROFILE', key: 'score', type } })
  expect(codeOf(await define('NUMBER'))).toBe('FIELD_IN_USE')
  expect((await define('TEXT')).errors).toBeUndefined()
})
