import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { MAX_DEPTH, memberOf, ScanError, Scanner } from './scan.ts'

function problemOf(json: string) {
  const scanner = new Scanner(json)
  scanner.value()
  scanner.end()
  return scanner.problem
}

it('accepts exactly what JSON.parse accepts', () => {
  const isJson = (text: string) => {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }
  const scans = (text: string) => {
    try {
      problemOf(text)
      return true
    } catch (error) {
      if (error instanceof ScanError) return false
      throw error
    }
  }
  // JSON with one character changed: mostly broken, in every place.
  const almostJson = fc
    .tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '"', '\\', '{', '}', '[', ']', ',', ':', '-', '0', '.', 'e', 'u', '\n', '\u0001', ' '),
    )
    .map(([json, at, char]) => json.slice(0, at % (json.length + 1)) + char + json.slice((at % (json.length + 1)) + 1))
  fc.assert(
    fc.property(fc.oneof(fc.json(), almostJson, fc.string()), (text) => scans(text) === isJson(text)),
    { numRuns: 5000 },
  )
})

it.each([
  '01',
  '-',
  '1.',
  '.5',
  '1e',
  '1e+',
  '+1',
  '"\\x"',
  '"\\u12"',
  '"\\u00g0"',
  '"a',
  "'a'",
  '{"a"}',
  '{"a":}',
  '{a:1}',
  '{,}',
  '[1,]',
  '[1 2]',
  '{"a":1,}',
  'tru',
  'nul',
  'undefined',
  '',
  '  ',
  '1 2',
  '[}',
  '{]',
  '"\n"',
  '\u00a01',
])('refuses %j', (text) => expect(() => problemOf(text)).toThrow(ScanError))

it.each([
  ['"a\\u0000b"', 'nul'],
  ['{"\\u0000": 1}', 'nul'],
  ['"\\ud800"', 'surrogate'],
  ['"\\udc00\\ud800"', 'surrogate'],
  ['"\\ud83d\\ude00"', null],
  ['"\\\\u0000"', null],
  ['1e400', 'number'],
  ['-1e400', 'number'],
  ['1e-5000', 'number'],
  ['1e308', null],
  ['9'.repeat(309), 'number'],
  ['12345678901234567890.123456789', null],
  [`${'['.repeat(MAX_DEPTH)}${']'.repeat(MAX_DEPTH)}`, null],
  [`${'['.repeat(MAX_DEPTH + 2)}${']'.repeat(MAX_DEPTH + 2)}`, 'depth'],
])('tells what Postgres could not keep: %j', (json, problem) => expect(problemOf(json)).toBe(problem))

it('survives a million brackets', () => {
  expect(problemOf('['.repeat(1e6) + ']'.repeat(1e6))).toBe('depth')
  expect(() => problemOf('['.repeat(1e6))).toThrow('Expected a value at position 1000000.')
  expect(() => problemOf('{"a":'.repeat(1e5))).toThrow(ScanError)
})

it('finds a member as the text that it is', () => {
  expect(memberOf('{"a": 1.10 , "b":{"a":2}}', 'a')).toBe('1.10')
  expect(memberOf('{"a": 1, "\\u0061": 2}', 'a')).toBe('2')
  expect(memberOf('{}', 'a')).toBeUndefined()
})
