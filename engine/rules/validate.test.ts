import { expect, it } from 'vitest'
import { checkDefinition, compile, type Definition, parseLabelRule, parseRule, readsOf } from './index.ts'

const segment = (key: string, rule: unknown): Definition => ({
  id: crypto.randomUUID(),
  kind: 'segment',
  key,
  rule: parseRule(rule),
})
const label = (key: string, rule: unknown): Definition => ({
  id: crypto.randomUUID(),
  kind: 'label',
  key,
  rule: parseLabelRule(rule),
})

it('refuses a reference to what does not exist, and points at the node', () => {
  const rule = {
    all: [{ segment: { key: 'vip' } }, { held: { rule: { label: { key: 'stage', eq: 'a' } }, for: 'P1D' } }],
  }
  expect(() => checkDefinition(segment('s', rule), [segment('vip', { all: [] })])).toThrow(
    expect.objectContaining({
      code: 'RULE_INVALID',
      message: 'There is no label with the key "stage"; define it first.',
      details: { path: ['all', 1, 'held', 'rule', 'label'] },
    }),
  )
})

it('shows the circle in which definitions refer to each other', () => {
  const others = [
    segment('b', { label: { key: 'c', eq: 1 } }),
    label('c', { cases: [{ when: { segment: { key: 'a' } }, value: 1 }] }),
  ]
  expect(() => checkDefinition(segment('a', { not: { segment: { key: 'b' } } }), others)).toThrow(
    expect.objectContaining({
      code: 'RULE_CYCLE',
      message: expect.stringContaining('segment a -> segment b -> label c -> segment a'),
    }),
  )
  expect(() => checkDefinition(segment('a', { segment: { key: 'a' } }), [segment('a', { all: [] })])).toThrow(
    'segment a -> segment a',
  )
  expect(() => compile([segment('a', { segment: { key: 'a' } })])).toThrow('circle')
})

it('lets no rule about the people of an account lead back to accounts', () => {
  const rich = segment('rich', { account: { field: { path: 'employees', gt: 10 } } })
  const rule = { account: { people: { rule: { segment: { key: 'rich' } } } } }
  expect(() => checkDefinition(segment('s', rule), [rich])).toThrow(
    expect.objectContaining({ code: 'RULE_INVALID', details: { path: ['account', 'people'] } }),
  )
  expect(() => compile([segment('s', rule), rich])).toThrow('asks for their accounts')
})

it('knows what a rule reads', () => {
  const reads = readsOf(
    parseRule({
      all: [
        { event: { name: ['a', 'b'] } },
        { followedBy: { first: { name: 'c' }, then: { name: 'd' }, within: 'P1D' } },
        { not: { field: { path: 'address.city', eq: 'Rome' } } },
        { held: { rule: { field: { path: 'traits.stage', eq: 'trial' } }, for: 'P1D' } },
        { identifier: { type: 'email', exists: true } },
        { record: { kind: 'order' } },
        {
          account: { all: [{ field: { path: 'name', eq: 'x' } }, { people: { rule: { lastEvent: { name: 'e' } } } }] },
        },
        { list: { key: 'vip' } },
        { consent: { purpose: 'p', channel: 'c' } },
        { segment: { key: 's' } },
      ],
    }),
  )
  expect(reads).toEqual({
    events: new Set(['a', 'b', 'c', 'd', 'e']),
    everyEvent: false,
    fields: new Set(['address', 'stage', 'firstSeen', 'name']),
    identifiers: new Set(['email']),
    records: new Set(['order']),
    consents: true,
    lists: new Set(['vip']),
    accounts: true,
    people: true,
    definitions: [{ kind: 'segment', key: 's' }],
  })
  const score = parseLabelRule({ score: [{ when: { event: { name: 'x' } }, points: 1 }] })
  expect(readsOf(score).events).toEqual(new Set(['x']))
  const computed = parseLabelRule({ compute: { of: 'count', record: { kind: 'ticket' } } })
  expect(readsOf(computed).records).toEqual(new Set(['ticket']))
})

const printed: [name: string, definitions: () => Definition[]][] = [
  [
    'fields',
    () => [
      segment('s', {
        all: [{ field: { path: 'plan', eq: 'pro' } }, { not: { field: { path: 'address.city', in: ['Rome', 5] } } }],
      }),
    ],
  ],
  [
    'count-in-rolling-window',
    () => [
      segment('s', {
        event: { name: 'Product Viewed', where: { path: 'price', gt: 100 }, within: 'P7D', count: { gte: 3 } },
      }),
    ],
  ],
  [
    'calendar-sum',
    () => [
      segment('s', {
        event: {
          name: 'Order Completed',
          within: { calendar: 'month', ago: 1 },
          aggregate: { sum: 'total', gte: 100 },
        },
      }),
    ],
  ],
  [
    'absence',
    () => [
      segment('s', {
        followedBy: {
          first: { name: 'Cart Viewed' },
          then: { name: 'Order Completed' },
          within: 'PT30M',
          absent: true,
          by: 'cart_id',
        },
      }),
    ],
  ],
  [
    'sequence',
    () => [segment('s', { sequence: { steps: [{ name: 'a' }, { name: 'b' }, { name: 'c' }], within: 'P1D' } })],
  ],
  [
    'account-and-people',
    () => [
      segment('s', {
        account: {
          all: [
            { record: { kind: 'contract', where: { path: 'endsAt', withinNext: 'P30D' } } },
            { people: { rule: { event: { name: 'Signed In' } }, count: { gte: 5 } } },
          ],
        },
      }),
    ],
  ],
  [
    'references',
    () => [
      segment('buyer', { record: { kind: 'order' } }),
      label('stage', { cases: [{ when: { segment: { key: 'buyer' } }, value: 'customer' }], otherwise: 'lead' }),
      segment('late', { held: { rule: { label: { key: 'stage', eq: 'lead' } }, for: 'P14D' } }),
    ],
  ],
]

it.each(printed)('prints %s as the SQL on record', async (name, definitions) => {
  let n = 0
  const fixed = definitions().map((definition) => ({ ...definition, id: `00000000-0000-7000-8000-00000000000${n++}` }))
  const { text, parameters } = compile(fixed as Definition[])
  const constants = parameters.map((value, n) => `-- $${n + 4} = ${value}`)
  await expect([...constants, text, ''].join('\n')).toMatchFileSnapshot(`printed/${name}.sql`)
})

it('puts no text of a rule into the SQL', () => {
  const evil = `'; DROP TABLE profiles; -- $4`
  const nasty = (rule: object) => JSON.parse(JSON.stringify(rule).replaceAll('EVIL', JSON.stringify(evil).slice(1, -1)))
  const rules = [
    { field: { path: 'EVIL', eq: 'EVIL' } },
    { identifier: { type: 'EVIL', in: ['EVIL'] } },
    { event: { name: 'EVIL', where: { path: 'EVIL', contains: 'EVIL' }, by: 'EVIL' } },
    { record: { kind: 'order', where: { path: 'EVIL', startsWith: 'EVIL' }, on: 'EVIL', within: 'P1D' } },
    { consent: { purpose: 'EVIL', channel: 'EVIL' } },
    { random: { percent: 5, salt: 'EVIL' } },
    { list: { key: 'EVIL' } },
  ]
  const { text, parameters } = compile(
    rules.map((rule, n) => segment(`EVIL ${n}`.replaceAll('EVIL', evil), nasty(rule))),
  )
  expect(text).not.toContain('DROP')
  expect(parameters).toContain(evil)
})
