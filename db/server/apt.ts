// apt with folders of its own: sources, lists, cache and an empty list of installed packages. Nothing of the machine's
// package state is read or changed, and no root is needed; proxies and credentials of its configuration stay in force.

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { config as settings } from '../../config.ts'
import { isDispensable, RELEASE } from './packages.ts'
import type { Progress } from './progress.ts'
import { run, succeeds } from './run.ts'

const KEYRINGS = ['debian-archive-keyring.gpg', 'debian-archive-keyring.pgp']

/**
 * Downloads the packages that make `what`, and everything they depend on except what a server can do without, into `folder`.
 * Returns the paths of the .deb files. Throws an Error with one sentence for a person when the machine cannot do it.
 */
export async function downloadPackages(
  what: string,
  names: readonly string[],
  folder: string,
  progress: Progress,
): Promise<string[]> {
  if (!(await succeeds('apt-get', ['--version'])) || !(await succeeds('dpkg-deb', ['--version']))) {
    throw new Error(
      'this machine has no apt and dpkg to fetch PostgreSQL with: set DATABASE_URL to a PostgreSQL 17 with TimescaleDB ' +
        'and Apache AGE, or run `docker compose up`.',
    )
  }
  mkdirSync(join(folder, 'lists/partial'), { recursive: true })
  mkdirSync(join(folder, 'cache/archives/partial'), { recursive: true })
  mkdirSync(join(folder, 'debs'), { recursive: true })
  const config = await writeConfig(folder)

  progress.update(`kith: reading the package lists of Debian ${RELEASE}`)
  const wanted = await resolve(config, names)
  const bytes = wanted.reduce((sum, { size }) => sum + size, 0)
  await download(config, join(folder, 'debs'), wanted, (fraction) =>
    progress.update(`kith: downloading ${what}: ${megabytes(fraction * bytes)} of ${megabytes(bytes)} MB`),
  )
  const files = readdirSync(join(folder, 'debs')).filter((file) => file.endsWith('.deb'))
  progress.say(`kith: downloaded ${what}: ${files.length} packages, ${megabytes(bytes)} MB`)
  return files.map((file) => join(folder, 'debs', file))
}

async function writeConfig(folder: string): Promise<string> {
  const { mirror, security } = await findMirror()
  const keyring = await findKeyring(folder)
  const sources = [`deb [signed-by=${keyring}] ${mirror} ${RELEASE} main`]
  if (security) sources.push(`deb [signed-by=${keyring}] ${security} ${RELEASE}-security main`)
  writeFileSync(join(folder, 'sources.list'), `${sources.join('\n')}\n`)
  writeFileSync(join(folder, 'status'), '')
  const architecture = (await run('dpkg', ['--print-architecture'])).trim()

  const config = join(folder, 'apt.conf')
  writeFileSync(
    config,
    `#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets::deb::DEP-11;
#clear APT::Architectures;
APT::Architectures { "${architecture}"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::Etc::SourceList "${folder}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "${folder}";
Dir::State::Lists "${folder}/lists";
Dir::State::status "${folder}/status";
Dir::Cache "${folder}/cache";
`,
  )
  return config
}

// The machine's own mirror serves all of Debian's releases, whichever the machine runs.
async function findMirror(): Promise<{ mirror: string; security?: string }> {
  if (settings.KITH_APT_MIRROR) return { mirror: settings.KITH_APT_MIRROR }
  const targets = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'])
  const uris = [...new Set(targets.split('\n'))]
  const mirror = uris.find((uri) => /[/.]debian(\.list)?\/?$/.test(uri))
  const security = uris.find((uri) => /\/debian-security(\.list)?\/?$/.test(uri))
  if (!mirror) {
    throw new Error(
      "this machine's apt knows no Debian mirror: set KITH_APT_MIRROR to the address of one (it ends in /debian), or " +
        'DATABASE_URL to a PostgreSQL 17 with TimescaleDB and Apache AGE, or run `docker compose up`.',
    )
  }
  return { mirror, ...(security && { security }) }
}

// Debian's keys are on every Debian; Ubuntu and others carry them as a package.
async function findKeyring(folder: string): Promise<string> {
  const folders = ['/usr/share/keyrings', join(folder, 'keyring/usr/share/keyrings')]
  const find = () => folders.flatMap((f) => KEYRINGS.map((file) => join(f, file))).find((path) => existsSync(path))
  const installed = find()
  if (installed) return installed
  const fetched = join(folder, 'keyring')
  mkdirSync(fetched)
  if (await succeeds('apt-get', ['download', 'debian-archive-keyring'], { cwd: fetched })) {
    for (const file of readdirSync(fetched)) await succeeds('dpkg-deb', ['-x', file, '.'], { cwd: fetched })
  }
  const keyring = find()
  if (!keyring) {
    throw new Error(
      "Debian's signing keys are not on this machine: install the package debian-archive-keyring (`apt-get install " +
        'debian-archive-keyring`), or set DATABASE_URL, or run `docker compose up`.',
    )
  }
  return keyring
}

interface Package {
  name: string
  version: string
  /** Bytes of the .deb. */
  size: number
}

async function resolve(config: string, names: readonly string[]): Promise<Package[]> {
  const quietly = ['-c', config, '-qq', '-y']
  const uris = await run('apt-get', [...quietly, 'update'])
    .then(() => run('apt-get', [...quietly, '--print-uris', 'install', ...names]))
    .catch((error: Error) => {
      const saying = error.message.split('\n')[0]
      throw new Error(
        `the package lists of Debian ${RELEASE} could not be read: is the network there, and a proxy needed? Otherwise ` +
          `set KITH_APT_MIRROR to another mirror, or DATABASE_URL to a server of yours. (${saying})`,
        { cause: error },
      )
    })
  // '<uri>' libc6_2.41-12_amd64.deb 2850108 SHA256:...
  const packages = [...uris.matchAll(/^'[^']*' ([^_ ]+)_([^_ ]+)_[^_ ]+\.deb (\d+) /gm)].map(
    ([, name, version, size]) => ({ name: name!, version: decodeURIComponent(version!), size: Number(size) }),
  )
  return packages.filter(({ name }) => !isDispensable(name))
}

function download(
  config: string,
  cwd: string,
  wanted: Package[],
  onProgress: (fraction: number) => void,
): Promise<void> {
  const names = wanted.map(({ name, version }) => `${name}=${version}`)
  return new Promise((done, failed) => {
    const child = spawn('apt-get', ['-c', config, '-qq', '-o', 'APT::Status-Fd=3', 'download', ...names], {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    })
    let errors = ''
    child.stderr!.on('data', (chunk) => (errors += chunk))
    // dlstatus:12:34.5678:Retrieving file 12 of 60
    child.stdio[3]!.on('data', (chunk) => {
      const percent = /^dlstatus:\d+:([\d.]+)/m.exec(String(chunk))?.[1]
      if (percent) onProgress(Number(percent) / 100)
    })
    child.on('error', failed)
    child.on('close', (code) => {
      if (code === 0) done()
      else failed(new Error(`apt-get could not download ${basename(cwd)}: ${errors.trim()}`))
    })
  })
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}
