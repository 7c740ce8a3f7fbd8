/** Brings a database to the newest schema: roles, our migrations, the job queue's. Safe to run twice and at once. */
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { type Client, connect } from './client.ts'
import { installJobQueue } from './queue.ts'
import { ensureRoles, roleUrl } from './roles.ts'

const MIGRATIONS = new URL('./migrations', import.meta.url).pathname

export async function migrate(ownerUrl: string, workerUrl: string = roleUrl(ownerUrl, 'kith_worker')): Promise<void> {
  const owner = connect(ownerUrl, { max: 1, name: 'kith migrate' })
  try {
    await ensureRoles(owner, ownerUrl)
    await owner`SELECT pg_advisory_lock(hashtext('kith migrate'))`
    await runMigrations(owner)
    await installJobQueue(owner, workerUrl)
  } finally {
    await owner.end()
  }
}

/**
 * Those that are not applied yet, in one transaction, and noted where drizzle notes them. Its own migrator looks at the newest
 * only: of two that were made side by side, the one with the smaller number is never applied where the other was there first.
 */
async function runMigrations(owner: Client): Promise<void> {
  await owner.unsafe(`
CREATE SCHEMA IF NOT EXISTS drizzle;
CREATE TABLE IF NOT EXISTS drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)`)
  await owner.begin(async (sql) => {
    const rows = await sql`SELECT created_at FROM drizzle.__drizzle_migrations`
    const applied = new Set(rows.map((row) => Number(row.created_at)))
    for (const { sql: statements, hash, folderMillis } of readMigrationFiles({ migrationsFolder: MIGRATIONS })) {
      if (applied.has(folderMillis)) continue
      for (const statement of statements) await sql.unsafe(statement)
      await sql`INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES (${hash}, ${folderMillis})`
    }
  })
}
