// `npm run psql -- <arguments>`: psql on the database of the Kith that runs in this folder, or of DATABASE_URL.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { installPostgres } from '../db/server/install.ts'
import { terminalProgress } from '../db/server/progress.ts'
import { runningUrl } from './lib/running.ts'

const url = runningUrl()
if (!url) {
  console.error('kith: nothing to connect to: run `npm start` in this folder first, or set DATABASE_URL')
  process.exit(1)
}

// The machine's own psql serves where there are no packages to fetch.
const program = await installPostgres({ progress: terminalProgress() }).then(
  ({ bin }) => join(bin, 'psql'),
  () => 'psql',
)
// Not as an argument: everybody on the machine can read those.
const { password, ...address } = parts(new URL(url))
const { status, error } = spawnSync(program, ['--dbname', address.withoutPassword, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, ...(password && { PGPASSWORD: password }) },
})
if (error) console.error(`kith: cannot run psql: ${error.message}`)
process.exit(status ?? 1)

function parts(from: URL): { password: string; withoutPassword: string } {
  const password = decodeURIComponent(from.password)
  from.password = ''
  return { password, withoutPassword: from.href }
}
