/** Whether this API can keep what it promises: a migrated database, and a relay and a worker that react to what is written. */
import { readFileSync } from 'node:fs'
import { type Config, SECOND } from '../config.ts'
import type { Client } from '../db/client.ts'
import { newestMigration } from '../db/sql/newest-migration.ts'
import { processesAlive } from '../db/sql/processes-alive.ts'
import { log } from '../log.ts'

/** One thing that is not there yet. */
export type Missing = { what: 'postgres' | 'migrations' | 'relay' | 'worker'; message: string }

const GIVE_UP_MS = 3 * SECOND

export function createReadiness(sql: Client, config: Pick<Config, 'WORKER_DEAD_AFTER_S' | 'RELAY_SLOT'>) {
  const wanted = newestOnDisk()

  async function missing(): Promise<Missing[]> {
    let stored: number | null
    try {
      stored = await newestMigration(sql)
    } catch (error) {
      log.debug('not ready', { error: error as Error })
      const code = String((error as { code?: unknown }).code ?? '')
      // Undefined function or schema: the database is there, and empty.
      if (/^(42883|3F000|42P01|42501)$/.test(code)) return [notMigrated(null)]
      return [{ what: 'postgres', message: 'Expected an answer from Postgres; there is none. Is it running?' }]
    }
    if (stored === null || stored < wanted) return [notMigrated(stored)]

    const alive = await processesAlive(sql, config.RELAY_SLOT, config.WORKER_DEAD_AFTER_S)
    const result: Missing[] = []
    if (!alive.relay)
      result.push({ what: 'relay', message: `Expected a relay on slot "${config.RELAY_SLOT}" (npm run relay).` })
    if (!alive.worker) result.push({ what: 'worker', message: 'Expected a worker (npm run worker).' })
    return result
  }

  return {
    /** Empty when ready. Never rejects, and answers within three seconds. */
    async missing(): Promise<Missing[]> {
      const late = Promise.withResolvers<Missing[]>()
      const timer = setTimeout(
        () =>
          late.resolve([{ what: 'postgres', message: `Expected Postgres to answer within ${GIVE_UP_MS / SECOND} s.` }]),
        GIVE_UP_MS,
      )
      try {
        return await Promise.race([missing(), late.promise])
      } catch (error) {
        return [{ what: 'postgres', message: `Expected to read the heartbeats; ${(error as Error).message}` }]
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

function notMigrated(stored: number | null): Missing {
  const found = stored === null ? 'an empty database' : 'an older one'
  return { what: 'migrations', message: `Expected the newest schema; found ${found}. Run: npm run migrate` }
}

function newestOnDisk(): number {
  const journal = new URL('../db/migrations/meta/_journal.json', import.meta.url)
  const { entries } = JSON.parse(readFileSync(journal, 'utf8')) as { entries: { when: number }[] }
  return Math.max(...entries.map((entry) => entry.when))
}
