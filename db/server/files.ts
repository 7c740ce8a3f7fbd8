// The folder of a cluster and the files beside it.

import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { BIN, initdbArguments, settingsFile } from './packages.ts'
import type { Progress } from './progress.ts'
import { run } from './run.ts'
import { ZONES, ZONES_LINK } from './unpack.ts'
import { serverEnvironment, type ServerUser } from './user.ts'

/** What lies beside a data folder. */
export function files(dataDir: string): { password: string; log: string } {
  return { password: `${dataDir}.password`, log: `${dataDir}.log` }
}

interface CreateOptions {
  bin: string
  dataDir: string
  user: ServerUser
  password: string
  temporary: boolean
  progress: Progress
}

/**
 * Makes a cluster with the superuser and the database `kith`, unless there is one. Made aside and renamed, so that an
 * interrupted start leaves nothing that looks like a cluster.
 */
export async function createCluster({
  bin,
  dataDir,
  user,
  password,
  temporary,
  progress,
}: CreateOptions): Promise<void> {
  if (existsSync(join(dataDir, 'PG_VERSION'))) return checkVersion(dataDir)
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) {
    throw new Error(`${dataDir} holds files that are no Postgres data: move them away, or choose another folder.`)
  }
  progress.say(`kith: creating a database in ${dataDir}`)
  const aside = `${dataDir}.new`
  rmSync(aside, { recursive: true, force: true })
  mkdirSync(aside, { mode: 0o700 })
  const passwordFile = files(dataDir).password
  rmSync(passwordFile, { force: true })
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  give(user, aside, passwordFile)

  const options = { ...user, cwd: '/', env: serverEnvironment() }
  const noSync = temporary ? ['--no-sync'] : []
  const initdb = ['-D', aside, '--username=kith', `--pwfile=${passwordFile}`, ...initdbArguments, ...noSync]
  await run(join(bin, 'initdb'), initdb, options)
  appendFileSync(
    join(aside, 'postgresql.conf'),
    "\n# Written anew at every start, from db/server/postgresql.conf:\ninclude 'kith.conf'\n",
  )
  writeFileSync(join(aside, 'kith.conf'), '')
  give(user, join(aside, 'kith.conf'))
  linkZones(bin, aside)
  // A one-man server needs no port and no password, and makes the new folder complete before anyone can see it.
  const createDatabase = 'echo "CREATE DATABASE kith" | "$1" --single -D "$2" -c fsync=off postgres'
  await run('/bin/sh', ['-c', createDatabase, 'sh', join(bin, 'postgres'), aside], { ...options, cwd: aside })
  rmSync(dataDir, { recursive: true, force: true })
  renameSync(aside, dataDir)
}

function checkVersion(dataDir: string): void {
  const version = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim()
  if (version === '17') return
  throw new Error(`${dataDir} was made by PostgreSQL ${version}, and this Kith runs 17: move it away, or upgrade it.`)
}

function linkZones(bin: string, dataDir: string): void {
  const link = join(dataDir, ZONES_LINK)
  rmSync(link, { force: true })
  symlinkSync(join(bin, relative(BIN, ZONES)), link)
}

interface SettingsOptions {
  bin: string
  dataDir: string
  user: ServerUser
  settings: Readonly<Record<string, string>>
}

/** Before every start. Writes kith.conf: the common settings, those of an embedded server, and the caller's. */
export function writeSettings({ bin, dataDir, user, settings }: SettingsOptions): void {
  const embedded = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...settings }
  const lines = Object.entries(embedded).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`)
  const path = join(dataDir, 'kith.conf')
  writeFileSync(path, `${readFileSync(settingsFile, 'utf8')}\n# This server's own:\n${lines.join('\n')}\n`)
  chmodSync(path, 0o600)
  give(user, path)
  linkZones(bin, dataDir) // the packages may have been replaced by newer ones, elsewhere
}

function give(user: ServerUser, ...paths: string[]): void {
  if (user) for (const path of paths) chownSync(path, user.uid, user.gid)
}
