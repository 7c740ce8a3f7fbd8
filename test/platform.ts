/** The whole of Kith in this process, on a test's database: API on a free port, relay, worker and timers. */
import { randomBytes } from 'node:crypto'
import { createAuthDoor } from '../api/auth/door.ts'
import { createIngestDoor } from '../api/ingest/door.ts'
import { writerOf } from '../api/ingest/writer.ts'
import { createServer, type ServerOptions } from '../api/server.ts'
import { graphqlDoor } from '../api/yoga.ts'
import { engineOf, follower } from '../bin/lib/engine.ts'
import { type Config, config } from '../config.ts'
import { connect } from '../db/client.ts'
import { runRelay } from '../jobs/relay/relay.ts'
import { runFollowers } from '../jobs/followers.ts'
import { runTimers } from '../jobs/timers.ts'
import { runWorker } from '../jobs/worker.ts'
import { type TestDatabase, until } from './database.ts'

export type Platform = {
  /** http://127.0.0.1:<port> */
  url: string
  stop(): Promise<void>
}

/** Resolves when an event that is written now would be reacted to. */
export async function startPlatform(
  db: TestDatabase,
  { settings, ...more }: Pick<ServerOptions, 'console'> & { settings?: Partial<Config> } = {},
): Promise<Platform> {
  const sql = connect(db.apiUrl, { max: 6, name: 'test api' })
  const writer = writerOf(sql)
  const server = createServer({
    config,
    sql,
    graphql: graphqlDoor(sql),
    auth: createAuthDoor({ sql, config: { ...config, ...settings } }),
    ingest: createIngestDoor({ sql, writer, config }),
    ...more,
  })
  const port = await server.listen(0, '127.0.0.1')
  const jobs = startJobs(db)
  await jobs.ready
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      await server.stop()
      await sql.end({ timeout: 1 })
      await jobs.stop()
    },
  }
}

/** Relay, worker and timers, with a slot of their own that goes with them. */
export function startJobs(db: TestDatabase): { ready: Promise<unknown>; stop(): Promise<void> } {
  const slot = `test_${randomBytes(5).toString('hex')}`
  const stopping = new AbortController()
  const options = { url: db.workerUrl, signal: stopping.signal }
  const running = [
    runRelay({ ...options, slot, name: 'test' }),
    runWorker({ ...options, engine: engineOf(db.ownerUrl) }),
    runTimers(options),
    runFollowers({ ...options, follower }),
  ]
  const isReady = async () => {
    const [relay] = await db.owner`SELECT leader FROM ops.relays WHERE slot = ${slot}`
    const jobs = await db.owner`SELECT FROM graphile_worker.jobs`
    return Boolean(relay?.leader) && jobs.length === 0
  }
  return {
    ready: until(isReady),
    async stop() {
      stopping.abort()
      await Promise.all(running)
      await until(async () => {
        await db.owner`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = ${slot} AND NOT active`
        return (await db.owner`SELECT FROM pg_replication_slots WHERE slot_name = ${slot}`).length === 0
      })
    },
  }
}
