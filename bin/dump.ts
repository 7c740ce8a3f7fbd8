// `npm run schema` writes db/schema.sql: the migrations run on a throwaway server, and its dump. With --check it only says
// whether the file is up to date.

import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dumpSchema } from '../db/dump.ts'
import { migrate } from '../db/migrate.ts'
import { startCluster } from '../db/server/cluster.ts'
import { terminalProgress } from '../db/server/progress.ts'
import { firstDifference } from './lib/difference.ts'

const file = join(import.meta.dirname, '../db/schema.sql')

const cluster = await startCluster({
  dataDir: join(tmpdir(), `kith-dump-${randomBytes(6).toString('hex')}`, 'data'),
  port: 0,
  settings: { fsync: 'off' },
  progress: terminalProgress(),
  temporary: true,
})
try {
  await migrate(cluster.url)
  const dump = await dumpSchema(cluster.url, cluster.bin)
  const committed = existsSync(file) ? readFileSync(file, 'utf8') : ''
  if (process.argv.includes('--check')) {
    const difference = firstDifference(committed, dump)
    if (difference) {
      console.error(`db/schema.sql is not what the migrations make; run \`npm run schema\`.\n${difference}`)
      process.exitCode = 1
    }
  } else if (dump !== committed) writeFileSync(file, dump)
} finally {
  await cluster.stop('immediate')
}
