import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { build } from 'vite'

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'console')
const STAMP = '.sources'
const dist = join(folder, 'dist')

/**
 * Makes console/dist, unless it was made from the same sources already; resolves to that folder. Test files build side by
 * side: each aside, and only the first puts its own in place, so that nobody's files vanish while they are read.
 */
export async function buildConsole(): Promise<string> {
  const hash = hashOfSources()
  if (builtFrom(dist) === hash) return dist
  const started = Date.now()
  const aside = `${dist}-${process.pid}-${threadId}`
  const outDir = { outDir: aside, emptyOutDir: true }
  await asProduction(() => build({ configFile: join(folder, 'vite.config.ts'), logLevel: 'warn', build: outDir }))
  writeFileSync(join(aside, STAMP), hash)
  if (builtFrom(dist) !== hash) {
    rmSync(dist, { recursive: true, force: true })
    renameSync(aside, dist)
    console.log(`console: built in ${((Date.now() - started) / 1000).toFixed(1)} s`)
  }
  rmSync(aside, { recursive: true, force: true })
  return dist
}

function builtFrom(folder: string): string | undefined {
  const stamp = join(folder, STAMP)
  return existsSync(stamp) ? readFileSync(stamp, 'utf8') : undefined
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
