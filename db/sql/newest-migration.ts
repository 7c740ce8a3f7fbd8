import type { Client } from '../client.ts'

/** The `when` of the newest migration that this database has; null for none. Rejects where there is no Kith yet. */
export async function newestMigration(sql: Client): Promise<number | null> {
  const [row] = await sql<[{ newest: string | null }]>`
SELECT ops.newest_migration() AS newest`
  return row.newest === null ? null : Number(row.newest)
}
