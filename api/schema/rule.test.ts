// The typed inputs of a rule, and what of them is stored.

import { describe, expect, it } from 'vitest'
import { OPERATORS } from '../../engine/rules/parse.ts'
import { testDatabase } from '../../test/database.ts'
import { codeOf as code, graphql } from '../../test/graphql.ts'

const db = await testDatabase()
await db.createTenant('ours')
const ask = graphql(db.api)('ours-admin')

const CREATE = `mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id key rule } } }`
const LABEL = `mutation ($input: CreateLabelInput!) { createLabel(input: $input) { label { id rule } } }`

let n = 0
const create = (rule: object) => ask(CREATE, { input: { key: `s${n++}`, name: 'S', ...rule } })
const stored = async (tree: object) => {
  const { data, errors } = await create({ tree })
  expect(errors, JSON.stringify(errors)).toBeUndefined()
  return data.createSegment.segment.rule
}
const storedLabel = async (tree: object) => {
  const { data, errors } = await ask(LABEL, { input: { key: `l${n++}`, name: 'L', tree } })
  expect(errors, JSON.stringify(errors)).toBeUndefined()
  return data.createLabel.label.rule
}

describe('a rule as typed inputs', () => {
  const same = [
    { all: [] },
    { any: [{ not: { all: [] } }] },
    { field: { path: 'plan', in: ['pro', 5, true], ignoreCase: true } },
    { field: { path: 'tags', any: { path: 'name', eq: 'a' }, none: { eq: 1 } } },
    { identifier: { type: 'email', endsWith: '@example.com' } },
    { sequence: { steps: [{ name: ['a'] }, { name: ['b'] }], within: 'P1D', strict: true, by: 'cart' } },
    {
      followedBy: {
        first: { name: ['a'] },
        then: { name: ['b'] },
        within: 'PT1H',
        absent: true,
        any: true,
        sticky: true,
      },
    },
    { firstEvent: { name: ['a'], age: { gte: 'P30D' } } },
    { held: { rule: { field: { path: 'stage', eq: 'trial' } }, for: 'P14D' } },
    { random: { percent: 10, from: 5, salt: 'x' } },
    { consent: { purpose: 'marketing', channel: 'email' } },
    {
      account: {
        all: [{ field: { path: 'industry', eq: 'glass' } }, { people: { rule: { all: [] }, count: { gte: 2 } } }],
      },
    },
  ]
  it.each(same)('%j is stored as it is', async (rule) => {
    expect(await stored(rule)).toEqual(rule)
  })

  const window = { calendar: { unit: 'WEEK', ago: 1, weekStart: 'SUNDAY' } }
  const converted: [tree: object, rule: object][] = [
    [
      { event: { name: 'a', where: { condition: { path: 'p', gt: 5 } }, count: { gte: 3 }, within: 'P7D', by: 'sku' } },
      { event: { name: ['a'], where: [{ path: 'p', gt: 5 }], count: { gte: 3 }, within: 'P7D', by: 'sku' } },
    ],
    [
      { event: { name: ['a', 'b'], ...window, aggregate: { sum: 'total', gte: 100 } } },
      {
        event: {
          name: ['a', 'b'],
          within: { calendar: 'week', ago: 1, weekStart: 'sunday' },
          aggregate: { sum: 'total', gte: 100 },
        },
      },
    ],
    [
      { lastEvent: { name: 'a', is: { any: [{ condition: { path: 'p', exists: true } }, { not: { all: [] } }] } } },
      { lastEvent: { name: ['a'], is: [{ any: [{ path: 'p', exists: true }, { not: { all: [] } }] }] } },
    ],
    [
      { record: { kind: 'ORDER_ITEM', on: 'placedAt', between: { from: '2026-01-01' }, count: { between: [1, 2] } } },
      { record: { kind: 'orderItem', on: 'placedAt', between: { from: '2026-01-01' }, count: { between: [1, 2] } } },
    ],
    [
      { consent: { purpose: 'p', channel: 'c', is: 'DENIED' } },
      { consent: { purpose: 'p', channel: 'c', is: 'denied' } },
    ],
  ]
  it.each(converted)('%j is stored in the form of JSON', async (tree, rule) => {
    expect(await stored(tree)).toEqual(rule)
  })

  it('takes every operator that JSON takes', async () => {
    const { data } = await ask('{ type: __type(name: "ConditionInput") { inputFields { name } } }')
    const names = data.type.inputFields.map(({ name }: { name: string }) => name)
    expect(names.sort()).toEqual([...OPERATORS, 'path', 'ignoreCase'].sort())
  })

  it('takes exactly one node, and one form of the rule', async () => {
    expect(code(await create({ tree: { all: [], any: [] } }))).toBe('GRAPHQL_VALIDATION_FAILED')
    expect(code(await create({ tree: {} }))).toBe('GRAPHQL_VALIDATION_FAILED')
    expect(code(await create({ tree: { all: [] }, rule: { all: [] } }))).toBe('INPUT_INVALID')
    expect(code(await create({}))).toBe('INPUT_INVALID')
  })

  it('points at the node that does not fit', async () => {
    const { errors } = await create({ tree: { all: [{ event: { name: 'a', within: 'a week' } }] } })
    expect(errors![0]!.extensions).toEqual(
      expect.objectContaining({ code: 'RULE_INVALID', details: { path: ['all', 0, 'event', 'within'] } }),
    )
  })
})

describe('a label rule as typed inputs', () => {
  const converted: [tree: object, rule: object][] = [
    [
      { cases: { cases: [{ when: { all: [] }, value: 'gold' }], otherwise: 'none' } },
      { cases: [{ when: { all: [] }, value: 'gold' }], otherwise: 'none' },
    ],
    [
      { compute: { of: 'MOST_FREQUENT', path: 'sku', event: { name: 'a' }, within: 'P30D' } },
      { compute: { of: 'mostFrequent', path: 'sku', event: { name: ['a'] }, within: 'P30D' } },
    ],
    [
      { score: { parts: [{ when: { all: [] }, points: 5 }], base: 1, max: 10 } },
      { score: [{ when: { all: [] }, points: 5 }], base: 1, max: 10 },
    ],
  ]
  it.each(converted)('%j is stored in the form of JSON', async (tree, rule) => {
    expect(await storedLabel(tree)).toEqual(rule)
  })
})
