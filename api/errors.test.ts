import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GraphQLError } from 'graphql'
import { expect, it } from 'vitest'
import { KithError } from '../errors.ts'
import { maskError, toKithError } from './errors.ts'

const root = join(import.meta.dirname, '..')
const documented = new Set(readFileSync(join(root, 'docs/errors.md'), 'utf8').match(/`[A-Z][A-Z0-9_]+`/g))
const sources = execFileSync('git', ['ls-files', '*.ts', '*.tsx'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file && !/\.test\.tsx?$/.test(file))
  .map((file) => readFileSync(join(root, file), 'utf8'))

/** Codes where they are thrown: the first argument of KithError or Refusal, `code:` of a table. */
const thrown = new Set(
  sources.flatMap((text) =>
    [...text.matchAll(/(?:new (?:KithError|Refusal)\(\s*|\bcode: )'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'/g)].map(
      ([, code]) => code as string,
    ),
  ),
)

it('finds the codes it is about', () => {
  expect(thrown.size).toBeGreaterThan(15)
  expect([...thrown]).toEqual(expect.arrayContaining(['KEY_UNKNOWN', 'CURSOR_INVALID', 'CONFLICT', 'RULE_INVALID']))
})

it.each([...thrown].sort())('%s has a row in docs/errors.md', (code) => {
  expect(documented).toContain(`\`${code}\``)
})

it('says nothing twice in docs/errors.md', () => {
  const sections = readFileSync(join(root, 'docs/errors.md'), 'utf8').split('\n## ')
  for (const section of sections) {
    const rows = [...section.matchAll(/^\| `([A-Z][A-Z0-9_]+)`/gm)].map(([, code]) => code)
    expect(rows).toEqual([...new Set(rows)])
  }
})

it.each([
  ['23505', 'CONFLICT'],
  ['23503', 'REFERENCE_NOT_FOUND'],
  ['23502', 'INPUT_INVALID'],
  ['23514', 'INPUT_INVALID'],
  ['22P02', 'INPUT_INVALID'],
  ['22003', 'INPUT_INVALID'],
  ['54000', 'INPUT_INVALID'],
  ['40001', 'RETRY'],
  ['40P01', 'RETRY'],
  ['57014', 'TIMEOUT'],
  ['57P01', 'DATABASE_UNAVAILABLE'],
  ['53300', 'DATABASE_UNAVAILABLE'],
  ['08006', 'DATABASE_UNAVAILABLE'],
  ['CONNECT_TIMEOUT', 'DATABASE_UNAVAILABLE'],
  ['ECONNREFUSED', 'DATABASE_UNAVAILABLE'],
  ['42P01', undefined],
  ['42501', undefined],
  ['XX000', undefined],
])('turns %s into %s', (state, code) => {
  expect(toKithError(Object.assign(new Error('secret'), { code: state }))?.code).toBe(code)
})

it('keeps the cause, and tells only the code, the message and the details', () => {
  const cause = Object.assign(new Error('Key (email)=(ada@example.com) already exists'), {
    code: '23505',
    constraint_name: 'x_key',
  })
  const error = maskError(new GraphQLError('', { originalError: cause, path: ['createContact'] }))
  expect(error.toJSON()).toEqual({
    message: 'A record with the same key exists.',
    path: ['createContact'],
    extensions: { code: 'CONFLICT', details: { constraint: 'x_key' }, http: { status: 200 } },
  })
  const known = new KithError('CURSOR_INVALID', 'Expected ...', { cause })
  expect(JSON.stringify(maskError(known))).not.toContain('ada@example.com')
})
