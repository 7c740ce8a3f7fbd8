// Builds the console into console/dist, unless that was made from the same sources already.
//
//   npm run console               builds (about 2 s)
//   npm run console -- --types    writes the types of its GraphQL documents, after a change of those or of the schema
//   npm run console -- --dev      serves the sources, with changes shown at once; KITH_API says where the API is

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, createServer } from 'vite'
import { generate } from '../console/codegen.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'console')
const configFile = join(folder, 'vite.config.ts')
const stamp = join(folder, 'dist/.sources')

if (process.argv.includes('--types')) writeTypes()
else if (process.argv.includes('--dev')) await serve()
else await buildOnce()

function writeTypes(): void {
  for (const { path, text } of generate(folder, readFileSync(join(root, 'schema.graphql'), 'utf8'))) {
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
    writeFileSync(path, text)
    console.log(`wrote ${path.slice(root.length + 1)}`)
  }
}

async function serve(): Promise<void> {
  const server = await createServer({ configFile })
  await server.listen()
  server.printUrls()
}

async function buildOnce(): Promise<void> {
  const hash = hashOfSources()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  const started = Date.now()
  await build({ configFile, logLevel: 'warn' })
  writeFileSync(stamp, hash)
  console.log(`console: built in ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

/** Of the sources and of the lock file, which stands for all packages. */
function hashOfSources(): string {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')))
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(tsx?|css|html|svg)$/.test(path) && !/^dist\b|\.test\.ts$/.test(path))
    .sort()
  for (const path of paths) hash.update(path).update(readFileSync(join(folder, path)))
  return hash.digest('hex')
}
