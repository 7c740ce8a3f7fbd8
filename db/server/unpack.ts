import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { BIN } from './packages.ts'
import type { Progress } from './progress.ts'
import { run } from './run.ts'

/** Raise it when this file comes to make something else of the same packages: existing installs are not touched. */
export const LAYOUT = 2

/**
 * Unpacks .deb files into the folder `root` and makes the programs in its folder `bin` run from there on a machine whose own
 * libc may be older. Returns the size in MB.
 */
export async function unpack(files: readonly string[], root: string, bin: string, progress: Progress): Promise<number> {
  for (const [index, file] of files.entries()) {
    progress.update(`kith: unpacking ${index + 1} of ${files.length}: ${basename(file)}`)
    await run('dpkg-deb', ['-x', file, root])
  }
  for (const folder of ['doc', 'man', 'info', 'lintian', 'bug', 'locale', 'i18n']) {
    rmSync(join(root, 'usr/share', folder), { recursive: true, force: true })
  }
  wrapPrograms(root, join(root, bin))
  return Math.round(Number.parseInt(await run('du', ['-sk', root]), 10) / 1024)
}

/** Where the server looks for time zones, relative to its data folder, in which it must be started: a link to ZONES. */
export const ZONES_LINK = 'zoneinfo'

/** The packages' time zones, below the root they are unpacked into. */
export const ZONES = 'usr/share/zoneinfo'

/**
 * Debian's server knows one absolute path of time zones, which a slim machine lacks, and then not even UTC is known. The
 * path is overwritten in place by one relative to the working directory; should a later build spell it differently, the machine's serves.
 */
export function redirectTimeZones(root: string): void {
  const program = join(root, BIN, 'real/postgres')
  const bytes = readFileSync(program)
  const path = Buffer.from(`\0/${ZONES}\0`)
  const at = bytes.indexOf(path)
  if (at === -1 || bytes.indexOf(path, at + 1) !== -1) return
  bytes.fill(0, at, at + path.length).write(ZONES_LINK, at + 1)
  writeFileSync(program, bytes)
}

/**
 * Replaces each program by a shell script of that name that runs the real one, in bin/real, through the packages' own
 * loader and libraries. --argv0 makes the program believe it is the script, so that initdb and pg_ctl find their
 * siblings, and all of them the share folder, relative to it. The whole tree can be moved.
 */
function wrapPrograms(root: string, bin: string): void {
  const loader = findLoader(root)
  const up = relative(bin, root)
  mkdirSync(join(bin, 'real'))
  for (const program of readdirSync(bin)) {
    if (program === 'real') continue
    renameSync(join(bin, program), join(bin, 'real', program))
    writeFileSync(
      join(bin, program),
      `#!/bin/sh
here=\${0%/*}
root=$here/${up}
exec "$root/${loader.path}" --library-path "$root/${loader.folder}" --argv0 "$0" "$here/real/${program}" "$@"
`,
    )
    chmodSync(join(bin, program), 0o755)
  }
}

function findLoader(root: string): { path: string; folder: string } {
  for (const folder of readdirSync(join(root, 'usr/lib'))) {
    if (!folder.includes('-linux-')) continue
    const loader = readdirSync(join(root, 'usr/lib', folder)).find((file) => /^ld-linux.*\.so\.\d+$/.test(file))
    if (loader) return { path: `usr/lib/${folder}/${loader}`, folder: `usr/lib/${folder}` }
  }
  throw new Error(`no loader (ld-linux) among the unpacked packages in ${root}`)
}
