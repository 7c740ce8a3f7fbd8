/** Wrong rules as somebody writes them: each is told what was expected, what came and what to do, and where. */
import { describe, expect, it } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { type Answer, graphql, okOf } from '../../test/graphql.ts'

const db = await testDatabase()
await db.createTenant('ours')
const ask = graphql(db.api)('ours-admin')
const ok = okOf(ask)

const SEGMENT = `mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }`
const LABEL = `mutation ($input: CreateLabelInput!) { createLabel(input: $input) { label { id } } }`
const define = (query: string, key: string, rule: unknown) => ask(query, { input: { key, name: key, rule } })

for (const key of ['keen', 'vip']) await ok(SEGMENT, { input: { key, name: key, rule: { event: { name: 'A' } } } })
await ok(`mutation { createList(input: {key: "guests", name: "Guests"}) { list { id } } }`)

const OPERATOR = 'an operator is missing: one of eq, ne'
type Wrong = [rule: unknown, path: (string | number)[], says: string]

const wrong: Wrong[] = [
  [{}, [], 'a node is an object with exactly one key, such as {"event": {"name": "Viewed"}}; found none'],
  [[], [], 'expected a node such as {"event": {"name": "Viewed"}}, found []'],
  ['vip', [], 'expected a node such as {"event": {"name": "Viewed"}}, found "vip"'],
  [{ and: [] }, ['and'], '"and" is no node (did you mean "all"?)'],
  [{ NOT: {} }, ['NOT'], '"NOT" is no node (did you mean "not"?)'],
  [{ evnt: {} }, ['evnt'], '"evnt" is no node (did you mean "event"?)'],
  [{ all: { event: { name: 'A' } } }, ['all'], 'expected a list, found {"event"'],
  [
    { all: [{ event: { name: 'A' }, field: { path: 'x', eq: 1 } }] },
    ['all', 0],
    'found event and field: put them beside each other into all or any',
  ],
  [
    { event: 'Viewed' },
    ['event'],
    'expected an object with name, where, within, between, count, by, aggregate, found "Viewed"',
  ],
  [{ event: {} }, ['event'], '"name" is missing; found nothing'],
  [{ all: [{ event: { nam: 'A' } }] }, ['all', 0, 'event', 'nam'], '"nam" is not known here (did you mean "name"?)'],
  [{ event: { name: [] } }, ['event', 'name'], 'expected at least 1 in the list, found 0'],
  [{ event: { name: 'A', within: '7 days' } }, ['event', 'within'], 'such as "P7D" or "PT10M", found "7 days"'],
  [{ event: { name: 'A', within: 'P0D' } }, ['event', 'within'], 'longer than nothing, such as "P7D"'],
  [
    { event: { name: 'A', within: { calendar: 'fortnight' } } },
    ['event', 'within', 'calendar'],
    'expected one of hour, day',
  ],
  [
    { event: { name: 'A', within: { calendar: 'week', timezone: 'Berlin' } } },
    ['event', 'within', 'timezone'],
    '"Berlin" is not a timezone such as "Europe/Berlin"',
  ],
  [{ event: { name: 'A', between: {} } }, ['event', 'between'], 'from, to or both, such as {"from": "2026-01-01"}'],
  [{ event: { name: 'A', between: { from: '2026-02-30' } } }, ['event', 'between', 'from'], 'found "2026-02-30"'],
  [
    { event: { name: 'A', between: { from: '2026-03-01', to: '2026-02-01' } } },
    ['event', 'between'],
    'expected a from before to, found 2026-03-01 and 2026-02-01',
  ],
  [{ event: { name: 'A', count: 3 } }, ['event', 'count'], 'such as {"gte": 3}, found 3'],
  [{ event: { name: 'A', count: { '>=': 3 } } }, ['event', 'count', '>='], '(did you mean "gte"?)'],
  [{ event: { name: 'A', count: { gte: -1 } } }, ['event', 'count', 'gte'], 'a whole number of at least 0, found -1'],
  [{ event: { name: 'A', count: { eq: 1.5 } } }, ['event', 'count', 'eq'], 'found 1.5'],
  [
    { event: { name: 'A', aggregate: { gte: 5 } } },
    ['event', 'aggregate'],
    'exactly one of sum, avg, min, max, distinct',
  ],
  [
    { event: { name: 'A', where: 'price > 5' } },
    ['event', 'where'],
    'such as {"path": "price", "gt": 5}, found "price > 5"',
  ],
  [{ event: { name: 'A', where: { price: 5 } } }, ['event', 'where'], 'found {"price":5}'],
  [{ event: { name: 'A', where: { path: 'price', '>': 5 } } }, ['event', 'where', '>'], '(did you mean "gt"?)'],
  [{ field: { path: 'plan' } }, ['field'], OPERATOR],
  [{ field: { eq: 1 } }, ['field'], '"path" is missing; found eq'],
  [{ field: { path: 'plan', in: 'pro' } }, ['field', 'in'], 'expected a list, found "pro"'],
  [{ field: { path: 'p', between: [5] } }, ['field', 'between'], 'expected two ends, such as [1, 5], found [5]'],
  [{ field: { path: 'p', between: [5, 1] } }, ['field', 'between'], 'expected the lower end first, found [5,1]'],
  [{ field: { path: 'p', matches: '(a' } }, ['field', 'matches'], '"(" is not closed'],
  [{ field: { path: 'p', withinLast: 7 } }, ['field', 'withinLast'], 'such as "P7D" or "PT10M", found 7'],
  [{ field: { path: 'firstSeen', eq: '2026-01-01' } }, ['field', 'eq'], 'expected one of before, after, withinLast'],
  [{ segment: { key: 'vipp' } }, ['segment'], 'There is no segment with the key "vipp" (did you mean "vip"?)'],
  [
    { segment: { key: 'other' } },
    ['segment'],
    'There is no segment with the key "other"; define it first, or use one of keen, vip.',
  ],
  [{ label: { key: 'none', eq: 1 } }, ['label'], 'There is no label with the key "none"; define it first.'],
  [{ list: { key: 'gests' } }, ['list', 'key'], 'There is no list with the key "gests"; make it first, by createList.'],
  [
    { held: { rule: { event: { name: 'A' } }, for: 'P1D' } },
    ['held', 'rule'],
    'make a segment of the rule and name it',
  ],
  [{ sequence: { steps: ['A', 'B'] } }, ['sequence', 'steps', 0], 'expected an object with name, where, found "A"'],
  [{ firstEvent: { name: 'A', age: {} } }, ['firstEvent', 'age'], 'such as {"gte": "P30D"}, found {}'],
  [
    { record: { kind: 'invoice' } },
    ['record', 'kind'],
    'There is no object with the key "invoice"; expected one of contact',
  ],
  [
    { record: { kind: 'order', where: [{ path: 'placedAt', eq: '2026-01-01' }] } },
    ['record', 'where', 0, 'eq'],
    'order.placedAt is a field of the type INSTANT: eq cannot be asked of it, expected one of before',
  ],
  [
    { record: { kind: 'order', where: { path: 'amount', eq: '5' } } },
    ['record', 'where', 'eq'],
    'order.amount is a field of the type NUMBER: expected a value of the type number, got "5"',
  ],
  [{ record: { kind: 'order', on: 'amount', within: 'P1D' } }, ['record', 'on'], 'expected a DATE or INSTANT'],
  [
    { record: { kind: 'order', aggregate: { sum: 'status', gte: 4 } } },
    ['record', 'aggregate', 'sum'],
    'expected a NUMBER',
  ],
  [{ random: { percent: 60, from: 60, salt: 'x' } }, ['random'], 'from and percent come to 120'],
  [{ random: { percent: 120, salt: 'x' } }, ['random', 'percent'], 'expected a number from 0 to 100, found 120'],
  [
    { account: { identifier: { type: 'email' } } },
    ['account', 'identifier'],
    'ask {"people": {"rule": {"identifier": ...}}}',
  ],
  [{ people: { rule: { event: { name: 'A' } } } }, ['people'], 'ask {"account": {"people": ...}}'],
  [
    { account: { people: { rule: { event: { name: 'A' } }, share: { gte: 50 } } } },
    ['account', 'people', 'share', 'gte'],
    'a number from 0 to 1, such as 0.5 for half; found 50',
  ],
  [
    { any: Array.from({ length: 600 }, () => ({ event: { name: 'A' } })) },
    ['any', 499],
    'at most 500 nodes; make segments of parts of it and refer to them',
  ],
]

const wrongLabels: Wrong[] = [
  [
    { event: { name: 'A' } },
    [],
    'such as {"cases": [{"when": {"event": {"name": "Ordered"}}, "value": "customer"}]}, found {"event"',
  ],
  [{ cases: [{ when: { event: { name: 'A' } } }] }, ['cases', 0], '"value" is missing; found when'],
  [
    { score: [{ when: { event: { name: 'A' } }, points: 5 }], min: 10, max: 1 },
    ['min'],
    'a min that is at most max, found 10 and 1',
  ],
  [{ compute: { of: 'median', event: { name: 'A' } } }, ['compute', 'of'], 'mostFrequent, found "median"'],
]

function expectTold({ errors }: Answer, path: Wrong[1], says: string): void {
  expect(errors?.[0]).toMatchObject({
    message: expect.stringContaining(says),
    extensions: { code: 'RULE_INVALID', details: { path } },
  })
}

describe('a wrong rule', () => {
  it.each(wrong)('%j', async (rule, path, says) => expectTold(await define(SEGMENT, 'wrong', rule), path, says))
  it.each(wrongLabels)('label %j', async (rule, path, says) =>
    expectTold(await define(LABEL, 'wrong', rule), path, says),
  )

  it('that closes a circle names the circle, and the node', async () => {
    await ok(SEGMENT, { input: { key: 'round', name: 'Round', rule: { all: [{ segment: { key: 'keen' } }] } } })
    const { segment } = await ok('{ segment(key: "keen") { id } }')
    const { errors } = await ask(
      `mutation ($input: UpdateSegmentInput!) { updateSegment(input: $input) { segment { id } } }`,
      {
        input: { id: segment.id, rule: { any: [{ event: { name: 'A' } }, { not: { segment: { key: 'round' } } }] } },
      },
    )
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining('in a circle: segment keen -> segment round -> segment keen'),
      extensions: {
        code: 'RULE_CYCLE',
        details: {
          path: ['segment keen', 'segment round', 'segment keen'],
          node: ['any', 1, 'not', 'segment'],
        },
      },
    })
  })

  it('is refused of one of two that are saved at once and would close a circle together', async () => {
    for (const key of ['left', 'right']) await ok(SEGMENT, { input: { key, name: key, rule: { all: [] } } })
    const { left, right } = await ok('{ left: segment(key: "left") { id } right: segment(key: "right") { id } }')
    const update = (id: string, key: string) =>
      ask(`mutation ($input: UpdateSegmentInput!) { updateSegment(input: $input) { segment { id } } }`, {
        input: { id, rule: { segment: { key } } },
      })
    const answers = await Promise.all([update(left.id, 'right'), update(right.id, 'left')])
    expect(answers.map(({ errors }) => errors?.[0]?.extensions.code ?? 'saved').toSorted()).toEqual([
      'RULE_CYCLE',
      'saved',
    ])
  })
})
