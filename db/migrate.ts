/** Brings a database to the newest schema: roles, our migrations, the job queue's. Safe to run twice and at once. */
import { connect } from './client.ts'
import { postgres } from './postgres.ts'
import { installJobQueue } from './queue.ts'
import { ensureRoles, roleUrl } from './roles.ts'

const MIGRATIONS = new URL('./migrations', import.meta.url).pathname

export async function migrate(ownerUrl: string, workerUrl: string = roleUrl(ownerUrl, 'kith_worker')): Promise<void> {
  const owner = connect(ownerUrl, { max: 1, name: 'kith migrate' })
  try {
    await ensureRoles(owner, ownerUrl)
    await owner`SELECT pg_advisory_lock(hashtext('kith migrate'))`
    // A client of its own: drizzle replaces its client's type parsers.
    const migrator = postgres(ownerUrl, { max: 1, onnotice: () => {} })
    // Imports postgres.js itself, which must be mended (postgres.ts) by then.
    const { drizzle } = await import('drizzle-orm/postgres-js')
    const { migrate: runDrizzleMigrations } = await import('drizzle-orm/postgres-js/migrator')
    try {
      await runDrizzleMigrations(drizzle(migrator), { migrationsFolder: MIGRATIONS })
    } finally {
      await migrator.end()
    }
    await installJobQueue(owner, workerUrl)
  } finally {
    await owner.end()
  }
}
