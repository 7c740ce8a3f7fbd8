import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The Debian release whose packages make the server, and whose names packages.txt uses. */
export const RELEASE = 'trixie'

/** Where those packages put the server's programs, below the root they are unpacked into. */
export const BIN = 'usr/lib/postgresql/17/bin'

/** The names in packages.txt. */
export const packages: readonly string[] = readLines('packages.txt')

/** Arguments for initdb, from initdb.txt: they decide the collation, which cannot be changed later. */
export const initdbArguments: readonly string[] = readLines('initdb.txt')

/** The path of the settings every Kith server runs with. */
export const settingsFile: string = join(import.meta.dirname, 'postgresql.conf')

// Dependencies in Debian that a server with jit = off, run by hand and not by Debian's scripts, never opens. They are
// more than half of the download. The Docker image, made by apt itself, has them.
const NEVER_OPENED =
  /^(libllvm\d+|libz3-4|perl|perl-.*|libperl5.*|lib.*-perl|postgresql-common.*|locales|libc-l10n|openssl|adduser|passwd|login.*|debconf|procps|libproc2.*|sysvinit-utils|init-system-helpers|ucf|ssl-cert|netbase|base-passwd|sensible-utils|libpam-.*|libsemanage.*|libsepol.*|libdb5.*|libgdbm.*|libdebconfclient0)$/

/** Whether the embedded server can run without this Debian package. */
export function isDispensable(packageName: string): boolean {
  return NEVER_OPENED.test(packageName)
}

function readLines(file: string): string[] {
  return readFileSync(join(import.meta.dirname, file), 'utf8')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
}
