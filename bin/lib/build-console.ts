import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'console')
const stamp = join(folder, 'dist/.sources')

/** Makes console/dist, unless it was made from the same sources already; resolves to that folder. */
export async function buildConsole(): Promise<string> {
  const dist = join(folder, 'dist')
  const hash = hashOfSources()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return dist
  const started = Date.now()
  await asProduction(() => build({ configFile: join(folder, 'vite.config.ts'), logLevel: 'warn' }))
  writeFileSync(stamp, hash)
  console.log(`console: built in ${((Date.now() - started) / 1000).toFixed(1)} s`)
  return dist
}

/** Whoever builds, a test among them, gets what users get: with another NODE_ENV, Vite builds for developers. */
async function asProduction<T>(work: () => Promise<T>): Promise<T> {
  const before = process.env.NODE_ENV
  process.env.NODE_ENV = 'production'
  try {
    return await work()
  } finally {
    if (before === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = before
  }
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
