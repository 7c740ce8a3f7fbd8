/**
 * The two roles that Kith's processes log in as, the one that analysts' roles belong to, and the one that reads graphs for
 * them. None owns a table, none passes row level security.
 *
 * Their passwords are derived from the owner's, so that one DATABASE_URL is enough to start everything; with
 * API_DATABASE_URL and WORKER_DATABASE_URL set, the operator manages them and a process need not hold the owner's.
 */
import { createHmac } from 'node:crypto'
import type { Client } from './client.ts'

export type Role = 'kith_api' | 'kith_worker'

/** The owner's URL with the role's user and password. Without an owner's password (trust, peer) there is none. */
export function roleUrl(ownerUrl: string, role: Role): string {
  const url = new URL(ownerUrl)
  url.password = url.password ? rolePassword(decodeURIComponent(url.password), role) : ''
  url.username = role
  return url.href
}

function rolePassword(ownerPassword: string, role: Role): string {
  return createHmac('sha256', ownerPassword).update(role).digest('base64url')
}

/** Creates the roles where they are missing. Several databases of one server share them, hence the lock. */
export async function ensureRoles(sql: Client, ownerUrl: string): Promise<void> {
  const password = decodeURIComponent(new URL(ownerUrl).password)
  await sql.begin(async (sql) => {
    await sql`SELECT pg_advisory_xact_lock(hashtext('kith roles'))`
    for (const role of ['kith_api', 'kith_worker'] as const) {
      const [existing] = await sql`SELECT FROM pg_roles WHERE rolname = ${role}`
      // DDL takes no parameters; the role is ours and the password is base64url: nothing in either to escape.
      if (!existing) await sql.unsafe(`CREATE ROLE ${role} LOGIN NOBYPASSRLS NOSUPERUSER`)
      if (!existing && password) await sql.unsafe(`ALTER ROLE ${role} PASSWORD '${rolePassword(password, role)}'`)
    }
    // What the login roles of analysts are members of (docs/sql.md).
    const [reader] = await sql`SELECT FROM pg_roles WHERE rolname = 'kith_reader'`
    if (!reader) await sql.unsafe('CREATE ROLE kith_reader NOLOGIN')
    // Owns analytics.cypher (migration 0012) and may nothing but read graphs.
    const [graph] = await sql`SELECT FROM pg_roles WHERE rolname = 'kith_graph'`
    if (!graph) await sql.unsafe('CREATE ROLE kith_graph NOLOGIN')
    await sql.unsafe(`GRANT kith_graph TO CURRENT_USER WITH INHERIT FALSE, SET TRUE`)
    // Whoever is no superuser may set only roles that were granted to it, and the job queue's schema becomes the worker's.
    await sql.unsafe(`GRANT kith_worker TO CURRENT_USER WITH INHERIT FALSE, SET TRUE`)
    // The relay reads the write-ahead log.
    await sql.unsafe('ALTER ROLE kith_worker REPLICATION')
  })
}
