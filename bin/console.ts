// Builds the console into console/dist, unless that was made from the same sources already.
//
//   npm run console               builds (about 2 s)
//   npm run console -- --types    writes the types of its GraphQL documents, after a change of those or of the schema
//   npm run console -- --dev      serves the sources, with changes shown at once; KITH_API says where the API is

import { join } from 'node:path'
import { createServer } from 'vite'
import { buildConsole } from './lib/build-console.ts'
import { writeConsoleTypes } from './lib/console-types.ts'

const folder = join(import.meta.dirname, '../console')

if (process.argv.includes('--types')) writeConsoleTypes()
else if (process.argv.includes('--dev')) await serve()
else await buildConsole()

async function serve(): Promise<void> {
  const server = await createServer({ configFile: join(folder, 'vite.config.ts') })
  await server.listen()
  server.printUrls()
}
