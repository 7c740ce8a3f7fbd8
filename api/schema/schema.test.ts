import { readFileSync } from 'node:fs'
import { printSchema } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from './index.ts'

it('is printed in schema.graphql (npm run schema)', () => {
  const file = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')
  expect(`${printSchema(schema)}\n`).toBe(file)
})
