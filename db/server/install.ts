import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { config } from '../../config.ts'
import { downloadPackages } from './apt.ts'
import { BIN, packages, RELEASE } from './packages.ts'
import type { Progress } from './progress.ts'
import { run } from './run.ts'
import { LAYOUT, redirectTimeZones, unpack } from './unpack.ts'

/**
 * Makes sure that PostgreSQL 17 with TimescaleDB and Apache AGE lies in this user's cache, and returns the folder of
 * its programs and its version ("17.12"). Fetches Debian's packages the first time (about 45 MB), touches nothing
 * outside the cache, needs no root. Throws an Error with one sentence for a person when the machine cannot do it.
 */
export async function installPostgres({ progress }: { progress: Progress }): Promise<{ bin: string; version: string }> {
  const bin = await install(
    {
      name: 'PostgreSQL',
      folder: 'postgres-17',
      packages,
      bin: BIN,
      program: 'postgres',
      finish: redirectTimeZones,
    },
    progress,
  )
  const version = /(\d+\.\d+)/.exec(await run(join(bin, 'postgres'), ['--version']))?.[1] ?? 'unknown'
  return { bin, version }
}

/** What some of Debian's packages make. */
export interface Software {
  name: string
  /** In the cache; the platform and a hash of the packages are added. */
  folder: string
  packages: readonly string[]
  /** Where its programs are, below the root that the packages are unpacked into. */
  bin: string
  /** The one that is tried with --version before all are believed to be there. */
  program: string
  /** What is to be mended in that root. */
  finish?(root: string): void
}

/** The folder of its programs, in this user's cache; fetched the first time. */
export async function install(software: Software, progress: Progress): Promise<string> {
  const { folder, bin, program } = software
  const home = join(cacheFolder(), `${folder}-${process.arch}-${recipe(software)}`)
  if (!existsSync(join(home, bin, program))) await fetchInto(home, software, progress)
  return join(home, bin)
}

/** Shared by all clones of one user. Root's server runs under another uid, which cannot look into /root. */
export function cacheFolder(): string {
  if (config.KITH_CACHE_DIR) return resolve(config.KITH_CACHE_DIR)
  if (process.getuid?.() === 0) return '/var/cache/kith'
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kith')
  try {
    mkdirSync(folder, { recursive: true })
    return folder
  } catch {
    return join(import.meta.dirname, '../../.tools/cache') // a service account without a home
  }
}

// A change of the list or of the way it is unpacked makes another folder, beside the one that may be running.
function recipe({ packages }: Software): string {
  return createHash('sha256')
    .update([RELEASE, LAYOUT, ...packages].join('\n'))
    .digest('hex')
    .slice(0, 8)
}

async function fetchInto(home: string, software: Software, progress: Progress): Promise<void> {
  const { name, packages, bin, program, finish } = software
  const started = performance.now()
  removeAbandoned(home)
  const aside = `${home}.${process.pid}`
  try {
    // Modes by hand: the server may run under another uid than ours, whatever our umask.
    for (const folder of [cacheFolder(), aside, join(aside, 'root')]) {
      if (mkdirSync(folder, { recursive: true })) chmodSync(folder, 0o755)
    }
    const files = await downloadPackages(name, packages, join(aside, 'apt'), progress)
    const size = await unpack(files, join(aside, 'root'), bin, progress)
    finish?.(join(aside, 'root'))
    await run(join(aside, 'root', bin, program), ['--version'])
    moveIntoPlace(join(aside, 'root'), home, join(home, bin, program))
    const seconds = ((performance.now() - started) / 1000).toFixed(0)
    progress.say(`kith: ${name} is installed in ${home} (${size} MB, ${seconds} s, once)`)
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
}

// An install that was interrupted has left its folder, named by its process.
function removeAbandoned(home: string): void {
  const folder = cacheFolder()
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const pid = name.startsWith(`${basename(home)}.`) && name.split('.').at(-1)
    if (pid && !existsSync(`/proc/${pid}`)) rmSync(join(folder, name), { recursive: true, force: true })
  }
}

// Two first starts at once both install; the second finds the place taken, by the same thing.
function moveIntoPlace(from: string, home: string, program: string): void {
  try {
    renameSync(from, home)
  } catch (error) {
    if (!existsSync(program)) throw error
  }
}
