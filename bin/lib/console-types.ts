import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generate } from '../../console/codegen.ts'

const root = join(import.meta.dirname, '../..')

/** The types of the console's GraphQL documents, from schema.graphql. Throws an Error when one does not fit the schema. */
export function writeConsoleTypes(): void {
  for (const { path, text } of generate(join(root, 'console'), readFileSync(join(root, 'schema.graphql'), 'utf8'))) {
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
    writeFileSync(path, text)
    console.log(`wrote ${path.slice(root.length + 1)}`)
  }
}
