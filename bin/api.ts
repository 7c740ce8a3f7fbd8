// One API process: HTTP and GraphQL. Several may run at once, on different ports.

import { join } from 'node:path'
import { isLoopback } from '../api/auth/demo.ts'
import { createAuthDoor } from '../api/auth/door.ts'
import { createIngestDoor } from '../api/ingest/door.ts'
import { writerOf } from '../api/ingest/writer.ts'
import { createMetrics } from '../api/metrics.ts'
import { createServer } from '../api/server.ts'
import { serveConsole } from '../api/static/index.ts'
import { graphqlDoor } from '../api/yoga.ts'
import { config } from '../config.ts'
import { connect } from '../db/client.ts'
import { roleUrl } from '../db/roles.ts'
import { log } from '../log.ts'
import { flushTraces } from '../trace.ts'

const url = config.API_DATABASE_URL ?? (config.DATABASE_URL && roleUrl(config.DATABASE_URL, 'kith_api'))
if (!url) throw new Error('Expected DATABASE_URL or API_DATABASE_URL; neither is set.')

const sql = connect(url, {
  max: config.API_POOL,
  name: 'kith api',
  connection: { statement_timeout: String(config.API_STATEMENT_TIMEOUT_MS) },
})
const writer = writerOf(sql)
const server = createServer({
  config,
  sql,
  graphql: graphqlDoor(sql),
  auth: createAuthDoor({ sql, config }),
  ingest: createIngestDoor({ sql, writer, config }),
  metrics: createMetrics({
    sql,
    token: config.METRICS_TOKEN,
    open: isLoopback(config.HOST),
    deadAfterSeconds: config.WORKER_DEAD_AFTER_S,
  }),
  console: serveConsole(join(import.meta.dirname, '../console/dist')),
})
const port = await server.listen(config.PORT, config.HOST)
log.info('api listens', { host: config.HOST, port })

let stopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)

async function stop(signal: string): Promise<void> {
  if (stopping) return
  stopping = true
  log.info('api stops', { signal })
  await server.stop()
  await sql.end({ timeout: 5 })
  await flushTraces()
}
