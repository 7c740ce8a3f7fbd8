/** The job queue's tables, and what of them the API may see and do (queue.sql). They belong to kith_worker. */
import { readFileSync } from 'node:fs'
import { Logger, runMigrations } from 'graphile-worker'
import { type Client, connect } from './client.ts'

const STATEMENTS = readFileSync(new URL('./queue.sql', import.meta.url), 'utf8')

/** `owner` lends the worker's role the right to create for as long as it takes: the queue's first migration wants a schema. */
export async function installJobQueue(owner: Client, workerUrl: string): Promise<void> {
  const [{ database }] = await owner<[{ database: string }]>`SELECT quote_ident(current_database()) AS database`
  const places = [`DATABASE ${database}`, 'SCHEMA public, ops']
  for (const place of places) await owner.unsafe(`GRANT CREATE ON ${place} TO kith_worker`)
  const worker = connect(workerUrl, { max: 1, name: 'kith migrate' })
  try {
    const logger = new Logger(() => () => {})
    await runMigrations({ connectionString: workerUrl, schema: 'graphile_worker', logger })
    await worker.unsafe(STATEMENTS)
  } finally {
    await worker.end()
    for (const place of places) await owner.unsafe(`REVOKE CREATE ON ${place} FROM kith_worker`)
  }
}
