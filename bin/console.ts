// Builds the console into console/dist, unless that was made from the same sources already.
//
//   npm run console               builds (about 2 s)
//   npm run console -- --types    writes the types of its GraphQL documents, after a change of those or of the schema
//   npm run console -- --dev      serves the sources, with changes shown at once; KITH_API says where the API is

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServer } from 'vite'
import { generate } from '../console/codegen.ts'
import { buildConsole } from './lib/build-console.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'console')

if (process.argv.includes('--types')) writeTypes()
else if (process.argv.includes('--dev')) await serve()
else await buildConsole()

function writeTypes(): void {
  for (const { path, text } of generate(folder, readFileSync(join(root, 'schema.graphql'), 'utf8'))) {
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
    writeFileSync(path, text)
    console.log(`wrote ${path.slice(root.length + 1)}`)
  }
}

async function serve(): Promise<void> {
  const server = await createServer({ configFile: join(folder, 'vite.config.ts') })
  await server.listen()
  server.printUrls()
}
