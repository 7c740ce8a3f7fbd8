import { describe, expect, it } from 'vitest'
import { ACCOUNT_COLUMNS, COMMON, kindOf } from '../../engine/rules/kinds.ts'
import { RECORD_KINDS } from '../../engine/rules/types.ts'
import {
  close,
  fresh,
  grouped,
  isIncomplete,
  KINDS,
  knownFields,
  open,
  operatorOf,
  recordKindsOf,
  typed,
  whereList,
  withOperator,
} from './model.ts'
import { freshLabel, isLabelIncomplete, LABEL_FORMS, labelSentence } from './label.ts'
import { sentence } from './sentence.ts'

describe('the builder', () => {
  it('opens and closes every kind of node without changing it, negated or not', () => {
    for (const { kind } of KINDS) {
      for (const rule of [fresh(kind), { not: fresh(kind) }]) {
        const { kind: name, body, negated } = open(rule)
        expect(close(name, body, negated)).toEqual(rule)
      }
    }
  })

  it('does not hide a double negation', () => {
    const { kind, negated } = open({ not: { not: { segment: { key: 'vip' } } } })
    expect({ kind, negated }).toEqual({ kind: 'not', negated: false })
  })

  it('puts a single condition into a group, and leaves a group as it is', () => {
    expect(grouped({ segment: { key: 'vip' } })).toEqual({ all: [{ segment: { key: 'vip' } }] })
    expect(grouped({ any: [] })).toEqual({ any: [] })
    expect(grouped({ not: { any: [] } })).toEqual({ all: [{ not: { any: [] } }] })
  })

  it('edits conditions in a list, and leaves a tree of conditions alone', () => {
    expect(whereList(undefined)).toEqual([])
    expect(whereList({ path: 'plan', eq: 'pro' })).toEqual([{ path: 'plan', eq: 'pro' }])
    expect(whereList({ any: [{ path: 'plan', eq: 'pro' }] })).toBeUndefined()
  })

  it('changes an operator and keeps the value where that has a meaning', () => {
    expect(withOperator({ path: 'plan', eq: 'pro' }, 'in', 'pro')).toEqual({ path: 'plan', in: ['pro'] })
    expect(withOperator({ path: 'plan', in: ['pro', 'team'] }, 'ne', ['pro', 'team'])).toEqual({
      path: 'plan',
      ne: 'pro',
    })
    expect(withOperator({ path: 'plan', eq: 'pro' }, 'exists', 'pro')).toEqual({ path: 'plan', exists: true })
    expect(withOperator({ path: 'at', eq: 'x' }, 'withinLast', 'x')).toEqual({ path: 'at', withinLast: 'P30D' })
    expect(operatorOf({ path: 'n', gte: 1, lt: 5 })).toBeUndefined()
  })

  it('takes what is typed for what it looks like', () => {
    expect(['5', '-1.5', 'true', '007', '1e3', 'pro', '5 '].map(typed)).toEqual([5, -1.5, true, '007', '1e3', 'pro', 5])
  })

  it('knows when something is still to be filled in', () => {
    expect(isIncomplete({ all: [fresh('event')] })).toBe(true)
    expect(isIncomplete({ all: [{ event: { name: 'Page Viewed' } }] })).toBe(false)
    expect(isIncomplete({ field: { path: 'city', eq: '' } })).toBe(false)
  })
})

describe('the kinds of records that the builder offers', () => {
  it('are those of the rule language, with their fields', () => {
    expect(recordKindsOf('PERSON').toSorted()).toEqual([...RECORD_KINDS].toSorted())
    expect(recordKindsOf('ACCOUNT').toSorted()).toEqual(
      RECORD_KINDS.filter((kind) => kindOf(kind).ofAccounts).toSorted(),
    )
    for (const kind of [...RECORD_KINDS, 'device']) {
      expect(knownFields(kind)).toEqual([...kindOf(kind).columns, ...COMMON])
    }
    expect(knownFields('account')).toEqual(ACCOUNT_COLUMNS)
  })
})

describe('the sentence of a rule', () => {
  it.each([
    [{ all: [] }, 'everybody'],
    [{ event: { name: 'Page Viewed', count: { gte: 3 }, within: 'P7D' } }, 'at least 3 × Page Viewed within 7 days'],
    [
      { event: { name: ['A', 'B'], where: [{ path: 'price', gte: 10 }], aggregate: { sum: 'price', gt: 100 } } },
      'sum of price more than 100 of A or B with price is at least 10',
    ],
    [
      { all: [{ field: { path: 'plan', in: ['pro', 'team'] } }, { not: { segment: { key: 'churned' } } }] },
      'plan is one of pro, team and not (in segment churned)',
    ],
    [
      { followedBy: { first: { name: 'Pricing' }, then: { name: 'Form' }, within: 'PT10M', absent: true } },
      'Pricing and no Form within 10 minutes',
    ],
    [
      {
        any: [
          { all: [{ label: { key: 'tier', eq: 'gold' } }, { identifier: { type: 'email', exists: true } }] },
          { random: { percent: 5, salt: 'x' } },
        ],
      },
      '(label tier is gold and email is known) or a random 5 %',
    ],
    [{ held: { rule: { field: { path: 'stage', eq: 'trial' } }, for: 'P14D' } }, 'stage is trial for at least 14 days'],
    [
      { record: { kind: 'order', within: { calendar: 'month', ago: 1 }, count: { gte: 2 } } },
      'at least 2 × order last month',
    ],
    [{ lastEvent: { name: 'Login', age: { gt: 'P30D' } } }, 'latest Login more than 30 days ago'],
    [{ account: { field: { path: 'industry', eq: 'retail' } } }, 'at an account with industry is retail'],
  ])('%j', (rule, expected) => {
    expect(sentence(rule as never)).toBe(expected)
  })

  it('stays whole for every node that the builder offers, and for what is no rule at all', () => {
    for (const { kind } of KINDS) expect(sentence(fresh(kind))).not.toMatch(/undefined|\[object/)
    for (const nonsense of [null, 5, [], {}, { a: 1, b: 2 }])
      expect(sentence(nonsense as never)).toBe('a rule that cannot be read')
  })
})

describe('the rule of a label', () => {
  it.each([
    [
      { cases: [{ when: { segment: { key: 'vip' } }, value: 'gold' }], otherwise: 'none' },
      'gold if in segment vip; otherwise none',
    ],
    [
      {
        score: [
          { when: { segment: { key: 'vip' } }, points: 10 },
          { when: { all: [] }, points: -1 },
        ],
      },
      '+10 if in segment vip; -1 if everybody',
    ],
    [
      { compute: { of: 'mostFrequent', path: 'category', event: { name: 'Product Viewed' }, within: 'P90D' } },
      'most frequent category of Product Viewed within 90 days',
    ],
    [{ compute: { of: 'count', record: { kind: 'order' } } }, 'count of order'],
    [7, 'a rule that cannot be read'],
  ])('%j', (rule, expected) => {
    expect(labelSentence(rule as never)).toBe(expected)
  })

  it('begins incomplete in every form', () => {
    for (const { form } of LABEL_FORMS) expect([form, isLabelIncomplete(freshLabel(form))]).toEqual([form, true])
    expect(isLabelIncomplete({ cases: [{ when: { segment: { key: 'vip' } }, value: 'gold' }] })).toBe(false)
  })
})
