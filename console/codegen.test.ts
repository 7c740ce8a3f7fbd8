import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { generate } from './codegen.ts'

const schema = readFileSync(join(import.meta.dirname, '../schema.graphql'), 'utf8')

it('has written the types of every document of the console (npm run console -- --types)', () => {
  const files = generate(import.meta.dirname, schema)
  expect(files.length).toBeGreaterThan(1)
  for (const { path, text } of files) expect(readFileSync(path, 'utf8')).toBe(text)
})

it('refuses a document that asks for what the schema does not have', () => {
  const without = schema.replaceAll(/\bscopes: \[String!\]!/g, 'others: [String!]!')
  expect(without).not.toBe(schema)
  expect(() => generate(import.meta.dirname, without)).toThrow(/client\/viewer\.graphql: Cannot query field "scopes"/)
})
