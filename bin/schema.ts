// `npm run schema`: prints the GraphQL schema to schema.graphql. With --check: says whether the file is what would be printed.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { printSchema } from 'graphql'
import { schema } from '../api/schema/index.ts'
import { writeConsoleTypes } from './lib/console-types.ts'

const file = join(import.meta.dirname, '../schema.graphql')
const printed = `${printSchema(schema)}\n`
if (!process.argv.includes('--check')) {
  writeFileSync(file, printed)
  writeConsoleTypes()
} else if (readFileSync(file, 'utf8') !== printed) {
  console.error('kith: schema.graphql is not what api/schema says; run `npm run schema` and commit the difference')
  process.exit(1)
}
