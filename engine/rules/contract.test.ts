// One table per family of operators: the condition, values of which it is true, and values of which it is false.

import { expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { testDatabase } from '../../test/database.ts'
import { compile, parseRule } from './index.ts'
import { OPERATORS } from './parse.ts'
import { toIso, toMicros } from './testing/calendar.ts'
import type { Value } from './testing/oracle.ts'
import { Oracle } from './testing/oracle.ts'
import type { Comparison } from './types.ts'

const AT = '2026-03-10T12:00:00.000000Z'
const MISSING = undefined
type Row = [condition: Comparison, yes: (Value | undefined)[], no: (Value | undefined)[]]

const table: Row[] = [
  [{ eq: 'pro' }, ['pro'], ['Pro', ' pro', 'prod', ['pro'], null, MISSING]],
  [{ eq: 5 }, [5, 5.0], ['5', 5.1, [5], true, MISSING]],
  [{ eq: true }, [true], ['true', 1, false, MISSING]],
  [{ eq: '\u00e9' }, ['\u00e9', 'e\u0301'], ['e', '\u00c9']],
  [{ eq: 'STRASSE', ignoreCase: true }, ['strasse', 'Strasse'], ['straße']],
  [{ ne: 'pro' }, ['free', 5, [], null, MISSING], ['pro']],
  [{ gt: 5 }, [5.0001, 1e20], [5, 4, '6', true, null, MISSING]],
  [{ gte: 0.3 }, [0.3, 1], [0.29999999, '1']],
  [{ lt: 5 }, [4.9, -1], [5, '4', null, MISSING]],
  [{ lte: 5 }, [5, 0], [5.1, MISSING]],
  [{ gt: 'b' }, ['c', 'ba', '\u{1f600}'], ['b', 'B', 'a', 5]],
  [{ in: ['a', 5, true] }, ['a', 5, true], ['5', 'A', false, MISSING]],
  [{ in: [] }, [], ['a', MISSING]],
  [{ in: ['A', 'É'], ignoreCase: true }, ['a', '\u00e9', 'e\u0301'], ['e', 'b']],
  [{ notIn: ['a', 5] }, ['b', '5', MISSING, null], ['a', 5]],
  [{ between: [1, 3] }, [1, 2.5, 3], [0.9, 3.1, '2', MISSING]],
  [{ between: ['b', 'd'] }, ['b', 'cc', 'd'], ['a', 'da', 3]],
  [{ contains: 'ell' }, ['hello', 'ell', ['ell']], ['HELLO', ['hello'], 5, MISSING]],
  [{ contains: 5 }, [[4, 5]], [5, '5', ['5'], MISSING]],
  [{ startsWith: 'ab' }, ['ab', 'abc'], ['Ab', 'cab', MISSING]],
  [{ startsWith: 'AB', ignoreCase: true }, ['ab', 'ABC'], ['ba']],
  [{ endsWith: '.com' }, ['a.com', '.com'], ['a.com ', 'acom', MISSING]],
  [{ matches: '^/pricing(/|$)' }, ['/pricing', '/pricing/x'], ['/pricings', '/a/pricing', 5, MISSING]],
  [
    { matches: '^[\\w.]+@ex.mple\\.com$' },
    ['a.b@example.com'],
    ['a b@example.com', '\u00e4@example.com', 'a@ex\nmple.com'],
  ],
  [{ matches: 'colou?r', ignoreCase: true }, ['COLOR', 'a colour'], ['colr']],
  [{ matches: '^(?:a{2,3}|[^b-d\\d])$' }, ['aa', 'aaa', 'x'], ['aaaa', 'c', '5']],
  [{ matches: '%_\\.\'"' }, ['%_.\'"'], ['ab.\'"']],
  [{ exists: true }, ['', 0, false, [], {}], [null, MISSING]],
  [{ exists: false }, [null, MISSING], ['', 0]],
  [{ missing: true }, [null, MISSING], ['', 0]],
  [{ missing: false }, [''], [null, MISSING]],
  [{ empty: true }, ['', [], {}, null, MISSING], [' ', 0, false, [null], { a: null }]],
  [{ empty: false }, [0], ['', MISSING]],
  [
    { before: '2026-03-10T12:00:00Z' },
    ['2026-03-10T11:59:59.999999Z', '2026-03-10', '2026-03-10T13:59:00+02:00'],
    ['2026-03-10T12:00:00Z', '2026-02-30', 'now', 5, MISSING],
  ],
  [{ before: 'now' }, ['2026-03-10T11:59:59.999999Z'], [AT, '2026-03-11']],
  [{ after: '2026-03-10' }, ['2026-03-10T00:00:01', '2026-03-11'], ['2026-03-10', '2026-03-10T02:00:00+05:30', '2026']],
  [{ after: 'now' }, ['2026-03-10T12:00:00.000001Z'], [AT, '2026-03-10']],
  [
    { withinLast: 'P1D' },
    [AT, '2026-03-09T12:00:00.000001Z'],
    ['2026-03-09T12:00:00Z', '2026-03-10T12:00:01Z', MISSING],
  ],
  [{ withinLast: 'P1M' }, ['2026-02-10T12:00:00.000001Z'], ['2026-02-10T12:00:00Z']],
  [
    { withinNext: 'P1D' },
    ['2026-03-11T12:00:00Z', '2026-03-10T12:00:00.000001Z'],
    [AT, '2026-03-11T12:00:00.000001Z', MISSING],
  ],
  [{ anniversary: true }, ['1990-03-10', '2027-03-10'], ['1990-03-09', '1990-03-11', 'soon', MISSING]],
  [{ anniversary: 'P2D' }, ['1990-03-10', '1990-03-12'], ['1990-03-13', '1990-03-09']],
  [{ any: { eq: 'a' } }, [['b', 'a']], [['b'], [], 'a', MISSING]],
  [{ any: { path: 'sku', eq: 'a' } }, [[{ sku: 'b' }, { sku: 'a' }]], [['a'], [{}], MISSING]],
  [{ any: { any: { gt: 1 } } }, [[[1], [2]]], [[2], [[1]]]],
  [{ all: { gte: 1 } }, [[1, 2], []], [[0, 1], [1, 'a'], 1, MISSING]],
  [{ all: { withinLast: 'P1D' } }, [['2026-03-10'], []], [['2026-03-10', '2026-03-01'], MISSING]],
  [{ none: { eq: 'a' } }, [['b'], [], 'a', MISSING], [['a']]],
  [{ gte: 1, lt: 3 }, [1, 2], [3, 0]],
]

const db = await testDatabase()
const tenant = await db.createTenant('contract')
const values = [
  ...new Map(table.flatMap(([, yes, no]) => [...yes, ...no]).map((value) => [JSON.stringify(value), value])).values(),
]
const people = values.map((value, n) => ({ id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`, value }))
await inTenant(
  db.owner,
  tenant,
  (sql) => sql`
INSERT INTO profiles (id, traits, first_seen, last_seen)
SELECT id, traits, ${AT}, ${AT} FROM jsonb_to_recordset(${JSON.stringify(people.map(({ id, value }) => ({ id, traits: { v: value } })))}::text::jsonb) AS p (id uuid, traits jsonb)`,
)

const definitions = table.map(([condition], n) => ({
  id: `00000000-0000-7000-9000-${String(n).padStart(12, '0')}`,
  kind: 'segment' as const,
  key: `s${n}`,
  rule: parseRule({ field: { path: 'v', ...condition } }),
}))
const { text, parameters } = compile(definitions)
const rows = await inTenant(db.worker, tenant, (sql) =>
  sql.unsafe(text, [people.map(({ id }) => id), AT, 'UTC', ...parameters] as never[]),
)
const found = new Map(rows.map((row) => [`${row.definition_id} ${row.profile_id}`, row.value as boolean]))

it('has a row for every operator', () => {
  const tested = new Set(table.flatMap(([condition]) => Object.keys(condition)))
  expect([...tested].sort()).toEqual([...OPERATORS, 'ignoreCase'].sort())
})

it.each(table.map(([condition, yes, no], n) => ({ name: JSON.stringify(condition), condition, yes, no, n })))(
  '$name',
  ({ yes, no, n }) => {
    const answer = (value: Value | undefined) => {
      const person = people.find((one) => JSON.stringify(one.value) === JSON.stringify(value))!
      return found.get(`${definitions[n]!.id} ${person.id}`)
    }
    expect(yes.map((value) => [value, answer(value)])).toEqual(yes.map((value) => [value, true]))
    expect(no.map((value) => [value, answer(value)])).toEqual(no.map((value) => [value, false]))
  },
)

it('is what the oracle says too, of every condition and every value', () => {
  const oracle = new Oracle(definitions, toMicros(AT, 'UTC')!, 'UTC')
  for (const definition of definitions) {
    for (const { id, value } of people) {
      const traits: { [key: string]: Value } = value === undefined ? {} : { v: value }
      const profile = {
        id,
        traits,
        said: {},
        firstSeen: AT,
        lastSeen: AT,
        createdAt: toIso(0),
        identifiers: [],
        events: [],
        records: {},
        consents: [],
        lists: [],
        accounts: [],
        entered: {},
        valued: {},
      }
      const answer = { definition, value, holds: found.get(`${definition.id} ${id}`) }
      expect(answer).toEqual({ ...answer, holds: oracle.answer(definition, profile) })
    }
  }
})
