import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { KithError } from '../../errors.ts'
import { parseAccountRule, parseLabelRule, parseRule } from './index.ts'
import { ACCOUNT_NODE_NAMES, NODE_NAMES, OPERATORS, parseRuleOf } from './parse.ts'
import { checkPattern, toPostgres } from './pattern.ts'
import { Dice } from './testing/dice.ts'
import { randomDefinitions } from './testing/random-rule.ts'

const field = (more: object) => ({ field: { path: 'plan', ...more } })
const deep = (levels: number): unknown => (levels === 0 ? { all: [] } : { not: deep(levels - 1) })

// What is wrong, where the error points, and a part of what it says.
const wrong: [rule: unknown, path: (string | number)[], says: string][] = [
  [undefined, [], 'expected a node'],
  ['all', [], 'expected a node'],
  [[], [], 'expected a node'],
  [{}, [], 'exactly one key'],
  [{ all: [], any: [] }, [], 'exactly one key'],
  [{ evnt: { name: 'x' } }, ['evnt'], '"evnt" is no node (did you mean "event"?); expected one of all, any'],
  [{ constructor: {} }, ['constructor'], 'is no node'],
  [{ all: {} }, ['all'], 'expected a list'],
  [{ all: [{ not: field({ eq: null }) }] }, ['all', 0, 'not', 'field', 'eq'], 'expected a text, a number'],
  [field({}), ['field'], 'an operator is missing'],
  [field({ eq: 'a', eqq: 1 }), ['field', 'eqq'], '"eqq" is not known here'],
  [field({ eq: Number.NaN }), ['field', 'eq'], 'expected a number'],
  [field({ eq: 'a\0' }), ['field', 'eq'], 'U+0000'],
  [field({ eq: '\ud800' }), ['field', 'eq'], 'lone surrogate'],
  [field({ eq: 'a'.repeat(2001) }), ['field', 'eq'], 'at most 2000 characters'],
  [field({ in: 'a' }), ['field', 'in'], 'expected a list'],
  [field({ in: ['a', {}] }), ['field', 'in', 1], 'expected a text'],
  [field({ in: Array.from({ length: 1001 }, () => 1) }), ['field', 'in'], 'at most 1000'],
  [field({ between: [1, 'a'] }), ['field', 'between'], 'both texts'],
  [field({ between: [1] }), ['field', 'between'], 'two ends'],
  [field({ before: 'yesterday' }), ['field', 'before'], 'ISO 8601'],
  [field({ before: '2026-02-30' }), ['field', 'before'], 'ISO 8601'],
  [field({ withinLast: '7 days' }), ['field', 'withinLast'], 'such as "P7D"'],
  [field({ withinLast: 'P0D' }), ['field', 'withinLast'], 'duration'],
  [field({ withinLast: 'P201Y' }), ['field', 'withinLast'], 'duration'],
  [field({ withinNext: 'P99999W' }), ['field', 'withinNext'], 'duration'],
  [field({ anniversary: 'P1M' }), ['field', 'anniversary'], 'whole days'],
  [field({ any: [] }), ['field', 'any'], 'expected an object'],
  [field({ any: {} }), ['field', 'any'], 'an operator is missing'],
  [field({ ignoreCase: true }), ['field'], 'an operator is missing'],
  [field({ matches: '(a' }), ['field', 'matches'], 'not closed'],
  [{ field: { path: 'a..b', eq: 1 } }, ['field', 'path'], 'dotted path'],
  [{ field: { path: '', eq: 1 } }, ['field', 'path'], 'not empty'],
  [{ event: {} }, ['event'], '"name" is missing'],
  [{ event: { name: [] } }, ['event', 'name'], 'at least 1'],
  [{ event: { name: 'x', within: 'P1D', between: { from: '2026-01-01' } } }, ['event'], 'exclude each other'],
  [
    { event: { name: 'x', within: { calendar: 'fortnight' } } },
    ['event', 'within', 'calendar'],
    'expected one of hour',
  ],
  [
    { event: { name: 'x', within: { calendar: 'day', timezone: 'Mars/Base' } } },
    ['event', 'within', 'timezone'],
    'timezone',
  ],
  [
    { event: { name: 'x', within: { calendar: 'day', timezone: '+03:00' } } },
    ['event', 'within', 'timezone'],
    'timezone',
  ],
  [{ event: { name: 'x', between: {} } }, ['event', 'between'], 'from, to or both'],
  [{ event: { name: 'x', count: {} } }, ['event', 'count'], 'expected eq'],
  [{ event: { name: 'x', count: { gte: '3' } } }, ['event', 'count', 'gte'], 'expected a number'],
  [{ event: { name: 'x', by: 'cart', count: { lte: 1 } } }, ['event', 'count'], 'at least 1'],
  [{ event: { name: 'x', aggregate: { sum: 'a' } } }, ['event', 'aggregate'], 'what the result must be'],
  [{ event: { name: 'x', aggregate: { sum: 'a', max: 'b', gt: 1 } } }, ['event', 'aggregate'], 'exactly one'],
  [{ event: { name: 'x', aggregate: { sum: 'a', gt: 1 }, count: { gte: 1 } } }, ['event'], 'excludes'],
  [{ event: { name: 'x', where: { any: [{ path: 'a' }] } } }, ['event', 'where', 'any', 0], 'an operator is missing'],
  [{ event: { name: 'x', where: {} } }, ['event', 'where'], 'expected a condition with a path'],
  [{ sequence: { steps: [{ name: 'a' }] } }, ['sequence', 'steps'], 'at least 2'],
  [{ followedBy: { first: { name: 'a' }, then: { name: 'b' } } }, ['followedBy'], '"within" is missing'],
  [
    { followedBy: { first: { name: 'a' }, then: { name: 'b' }, within: 'P1D', sticky: true } },
    ['followedBy'],
    'absent: true',
  ],
  [{ held: { rule: { event: { name: 'x' } }, for: 'P1D' } }, ['held', 'rule'], 'make a segment of the rule'],
  [{ record: { kind: 'in voice' } }, ['record', 'kind'], 'expected one of contact'],
  [{ account: { list: { key: 'x' } } }, ['account', 'list'], 'is no node'],
  [{ people: { rule: { all: [] } } }, ['people'], 'is no node'],
  [
    { account: { people: { rule: { all: [] }, count: { gte: 1 }, share: { gte: 1 } } } },
    ['account', 'people'],
    'exclude each other',
  ],
  [
    { account: { held: { rule: { field: { path: 'name', eq: 'x' } }, for: 'P1D' } } },
    ['account', 'held', 'rule'],
    'a label or a segment',
  ],
  [{ account: { children: { count: { gte: 1 } } } }, ['account', 'children'], '"rule" is missing'],
  [{ account: { record: { kind: 'lead' } } }, ['account', 'record', 'kind'], 'belongs to a person'],
  [
    { account: { people: { rule: { account: { all: [] } } } } },
    ['account', 'people', 'rule'],
    'cannot ask for their accounts',
  ],
  [{ consent: { purpose: 'p', channel: 'c', is: 'maybe' } }, ['consent', 'is'], 'expected one of granted'],
  [{ random: { percent: 101, salt: 's' } }, ['random', 'percent'], '0 to 100'],
  [{ segment: 'vip' }, ['segment'], 'expected an object'],
]

const wrongLabels: [rule: unknown, path: (string | number)[], says: string][] = [
  [null, [], 'cases, compute or score'],
  [{}, [], 'cases, compute or score'],
  [{ cases: [] }, ['cases'], 'at least 1'],
  [{ cases: [{ when: { all: [] } }] }, ['cases', 0], '"value" is missing'],
  [{ cases: [{ when: { all: [{}] }, value: 1 }] }, ['cases', 0, 'when', 'all', 0], 'exactly one key'],
  [{ score: [{ when: { all: [] }, points: '1' }] }, ['score', 0, 'points'], 'expected a number'],
  [{ compute: { of: 'count' } }, ['compute'], 'expected event or record'],
  [{ compute: { of: 'count', path: 'a', event: { name: 'x' } } }, ['compute'], 'needs no path'],
  [{ compute: { of: 'sum', event: { name: 'x' } } }, ['compute'], 'needs a path'],
]

function problem(parse: () => unknown): { code: string; path: unknown; message: string } {
  try {
    parse()
  } catch (error) {
    if (error instanceof KithError) return { code: error.code, path: error.details.path, message: error.message }
    throw error
  }
  throw new Error('parsed')
}

describe('the parser', () => {
  it.each(wrong)('refuses %j and points at the node', (rule, path, says) => {
    const found = problem(() => parseRule(rule))
    expect(found).toEqual({ code: 'RULE_INVALID', path, message: expect.stringContaining(says) })
  })

  it.each(wrongLabels)('refuses the label %j and points at the node', (rule, path, says) => {
    const found = problem(() => parseLabelRule(rule))
    expect(found).toEqual({ code: 'RULE_INVALID', path, message: expect.stringContaining(says) })
  })

  it('limits depth and nodes', () => {
    expect(parseRule(deep(19))).toEqual(deep(19))
    expect(problem(() => parseRule(deep(20))).message).toContain('20 levels')
    expect(problem(() => parseRule({ any: Array.from({ length: 500 }, () => ({ all: [] })) })).message).toContain(
      '500 nodes',
    )
  })

  it('gives back what it was given, so that a rule can be parsed again', () => {
    for (const { kind, subject = 'person', rule } of randomDefinitions(new Dice(1), 300)) {
      expect(parseRuleOf(kind, subject, rule)).toEqual(rule)
    }
  })
})

describe('docs/rules.md', () => {
  const text = readFileSync(new URL('../../docs/rules.md', import.meta.url), 'utf8')
  const blocks = [...text.matchAll(/```json\n([^`]+)```/g)].flatMap(([, block]) => documents(block!))
  const inline = [...text.replaceAll(/```[^`]+```/g, '').matchAll(/`(\{"[^`]+\})`/g)].map(([, code]) => code!)
  const examples = [...blocks, ...inline].filter((code) => !code.includes('...'))
  const rules = examples.filter((code) => !/^\{"(path|calendar|from|sum|eq|cases|compute|score)"/.test(code))
  const labels = examples.filter((code) => /^\{"(cases|compute|score)"/.test(code))

  it('shows every node, and only rules that parse', () => {
    for (const rule of rules.map((code) => JSON.parse(code))) (isOfAccounts(rule) ? parseAccountRule : parseRule)(rule)
    for (const code of labels) parseLabelRule(JSON.parse(code))
    const all = [...new Set([...NODE_NAMES, ...ACCOUNT_NODE_NAMES])]
    const shown = all.filter((name) => text.includes(`{"${name}"`) || text.includes(`**${name}**`))
    expect(shown).toEqual(all)
    expect(labels).toHaveLength(3)
    expect(OPERATORS.filter((name) => !text.includes(`\`${name}`))).toEqual([])
  })
})

/** Some nodes are known of accounts only. */
function isOfAccounts(rule: object): boolean {
  return !('account' in rule) && /"(people|parent|children)":/.test(JSON.stringify(rule))
}

/** A block is one document, or one a line. */
function documents(block: string): string[] {
  try {
    return [JSON.stringify(JSON.parse(block))]
  } catch {
    return block.trim().split('\n')
  }
}

describe('a pattern', () => {
  it.each([
    ['(?i)a', 'use ignoreCase'],
    ['(?=a)', 'only "(?:"'],
    ['(?<name>a)', 'only "(?:"'],
    ['(a)\\1', '"\\1" is not known'],
    ['\\bword', '"\\b" is not known'],
    ['\\p{L}', '"\\p" is not known'],
    ['[[:alpha:]]', 'named classes'],
    ['[b-a]', 'backwards'],
    ['[a', 'too early'],
    ['a**', 'repeated'],
    ['*a', 'repeats nothing'],
    ['a)', 'closes nothing'],
    ['a{3,2}', 'n <= m'],
    ['a{1000}', 'begins no repetition'],
    ['((a{100}){100}){100}', 'multiply'],
    ['^*', 'cannot be repeated'],
    ['a'.repeat(501), '500 characters'],
  ])('%s is refused', (pattern, says) => {
    expect(checkPattern(pattern)).toContain(says)
  })

  it.each([
    ['a.c', '***:a[^\\n]c'],
    ['^\\d+(\\.\\d{2})?$', '***:^[0-9]+(?:\\.[0-9]{2})?$'],
    ['a|b*?|', '***:a|b*|(?:)'],
    ['[^\\w\\-\\]]', '***:[^0-9A-Za-z_\\-\\]]'],
    ['***:x', undefined],
  ])('%s is written anew for Postgres', (pattern, written) => {
    if (written === undefined) expect(checkPattern(pattern)).toBeDefined()
    else expect(toPostgres(pattern)).toBe(written)
  })
})
