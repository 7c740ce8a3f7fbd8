// `npm run graph`: does each tenant's identity graph say what the tables say? With --repair it is made to. Fails where it does
// not, so that a timer can ring the bell.

import { config } from '../config.ts'
import { connect, inTenant } from '../db/client.ts'
import { checkGraph, repairGraph } from '../db/graph/check.ts'
import { roleUrl } from '../db/roles.ts'
import { lockTenant } from '../engine/lock.ts'
import { runningUrl } from './lib/running.ts'

const url = runningUrl()
const workerUrl = config.WORKER_DATABASE_URL ?? (url && roleUrl(url, 'kith_worker'))
const repair = process.argv.includes('--repair')
if (!workerUrl) {
  console.error('kith: no database to look into: set DATABASE_URL, or run `npm start` in this folder first')
  process.exit(1)
}

const worker = connect(workerUrl, { max: 1, name: 'kith graph' })
try {
  for (const { id, slug } of await worker<{ id: string; slug: string }[]>`SELECT id, slug FROM tenants ORDER BY slug`) {
    const differences = await inTenant(worker, id, async (sql) => {
      // Nobody decides meanwhile: what is read of tables and graph is of one instant.
      await lockTenant(sql, id)
      return repair ? repairGraph(sql) : checkGraph(sql)
    })
    for (const { kind, id } of differences.slice(0, 20)) console.log(`${slug}  ${kind}  ${id}`)
    const count = `${differences.length} ${differences.length === 1 ? 'difference' : 'differences'}`
    console.log(`${slug}  ${count}${repair && differences.length > 0 ? ', mended' : ''}`)
    if (differences.length > 0 && !repair) process.exitCode = 1
  }
} finally {
  await worker.end()
}
