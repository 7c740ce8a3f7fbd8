// Makes node_modules match package-lock.json. Called by bin/kith when the two differ; must run without any package.
//
//   node bin/lib/packages.ts <project root> <path of npm-cli.js>

import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { withFolderLock } from './folder-lock.ts'

const [root = '', npmCli = ''] = process.argv.slice(2)
const lock = join(root, 'package-lock.json')
const modules = join(root, 'node_modules')
const stamp = join(modules, '.kith-lock')

mkdirSync(join(root, '.tools'), { recursive: true })
await withFolderLock(join(root, '.tools/packages.lock'), 'packages are being installed by another command', () => {
  if (isStamped()) return // the command we waited for has done it
  if (!isInstalled()) install()
  copyFileSync(lock, stamp)
})

function isStamped(): boolean {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(lock, 'utf8')
}

// Somebody ran `npm install` by hand: npm's own record of what lies in node_modules then agrees with the lock, and
// replacing the folder under running programs would be rude. Optional packages for other platforms may be missing.
function isInstalled(): boolean {
  type Packages = Record<string, { version?: string; integrity?: string; optional?: boolean }>
  const record = join(modules, '.package-lock.json')
  if (!existsSync(record)) return false
  const wanted: Packages = JSON.parse(readFileSync(lock, 'utf8')).packages
  const present: Packages = JSON.parse(readFileSync(record, 'utf8')).packages
  for (const [path, { version, integrity, optional }] of Object.entries(wanted)) {
    if (path === '') continue
    const found = present[path]
    if (!found && optional) continue
    if (found?.version !== version || found?.integrity !== integrity) return false
  }
  return Object.keys(present).every((path) => path in wanted)
}

// Aside first, then two renames: an interrupted install leaves the old folder, never half a new one.
function install(): void {
  console.error('kith: installing packages (once per package-lock.json)')
  const aside = join(root, '.tools', `packages.${process.pid}`)
  try {
    mkdirSync(aside, { recursive: true })
    for (const file of ['package.json', 'package-lock.json', '.npmrc'])
      if (existsSync(join(root, file))) copyFileSync(join(root, file), join(aside, file))
    const flags = [
      '--ignore-scripts',
      '--include=dev',
      '--no-audit',
      '--no-fund',
      '--no-update-notifier',
      '--loglevel=error',
    ]
    const started = performance.now()
    const { status } = spawnSync(process.execPath, [npmCli, 'ci', '--prefix', aside, ...flags], {
      cwd: aside,
      stdio: ['ignore', 2, 2],
    })
    if (status !== 0) {
      console.error('kith: npm could not install the packages (see above); run the command again to retry.')
      process.exitCode = 1
      throw new Error('npm ci failed')
    }
    if (existsSync(modules)) renameSync(modules, join(aside, 'old'))
    renameSync(join(aside, 'node_modules'), modules)
    console.error(`kith: packages ready (${((performance.now() - started) / 1000).toFixed(0)} s)`)
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
}
