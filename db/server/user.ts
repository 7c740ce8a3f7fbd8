// Postgres refuses to run as root, and rightly. Started by root, the server runs as another uid, which must be able to
// reach its data.

import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { run, succeeds } from './run.ts'

/** Whom to run the server as; undefined: as ourselves. */
export type ServerUser = { uid: number; gid: number } | undefined

/** Nothing of our environment is the server's business, and some of it is secret. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  // TZ: initdb must not write down the machine's time zone; GMT is the one that the server knows without any file.
  return { PATH: process.env.PATH, LC_ALL: 'C', HOME: '/', TZ: 'GMT' }
}

/** For root: the account `postgres` if the machine has it, otherwise `nobody`. */
export async function serverUser(): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]).catch(() => undefined)
    if (!ids) continue
    const user = { uid: Number(ids[0]), gid: Number(ids[1]) }
    if (await succeeds('/bin/true', [], user)) return user
    throw new Error(
      `Postgres does not run as root, and this root may not become ${name}: run Kith as an ordinary user, or set ` +
        'DATABASE_URL.',
    )
  }
  throw new Error('Postgres does not run as root, and there is no account `nobody` here: run Kith as an ordinary user.')
}

/**
 * The folder to keep data in: `wanted`, unless root asks and the server's uid cannot get there (a clone below /root,
 * say); then /var/lib/kith/<hash of wanted>/data. Creates the folders above it.
 */
export async function placeFor(wanted: string, user: ServerUser): Promise<string> {
  const dataDir = resolve(wanted)
  if (!user) {
    mkdirSync(dirname(dataDir), { recursive: true })
    return dataDir
  }
  makeTraversable(dirname(dataDir))
  // An existing cluster keeps its owner, even if an account `postgres` has appeared since.
  const owner = statSync(dataDir, { throwIfNoEntry: false })
  if (owner && owner.uid !== 0) Object.assign(user, { uid: owner.uid, gid: owner.gid })
  if (await succeeds('/bin/sh', ['-c', 'cd -- "$1"', 'sh', dirname(dataDir)], { ...user, cwd: '/' })) return dataDir

  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  const replacement = join('/var/lib/kith', hash, 'data')
  makeTraversable(dirname(replacement))
  return replacement
}

// Whatever our umask, the folders we add let the server's uid through; those that were there are not ours to change.
function makeTraversable(folder: string): void {
  const first = mkdirSync(folder, { recursive: true })
  if (first === undefined) return
  for (let added = folder; added.length >= first.length; added = dirname(added)) chmodSync(added, 0o755)
}
