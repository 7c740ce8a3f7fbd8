/** Login roles for analysts: each reads the views of the schema `analytics`, for the one tenant it was made for (docs/sql.md). */
import { KithError } from '../errors.ts'
import type { Client } from './client.ts'

export type SqlRole = {
  tenant: string
  role: string
  password: string
  /** Whether it sees what the tenant's model says is personal. */
  personal?: boolean
}

/** Run as the owner. `tenant` is a slug. Throws INPUT_INVALID or NOT_FOUND. */
export async function createSqlRole(sql: Client, { tenant, role, password, personal = false }: SqlRole): Promise<void> {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(role) || role.startsWith('pg_') || role.startsWith('kith_')) {
    throw new KithError(
      'INPUT_INVALID',
      `Expected a role name of up to 63 lower-case letters, digits and "_", not beginning with pg_ or kith_; got ${JSON.stringify(role)}.`,
    )
  }
  const [row] = await sql`
SELECT t.id, EXISTS (SELECT FROM pg_roles WHERE rolname = ${role}) AS taken FROM tenants t WHERE t.slug = ${tenant}`
  if (!row) throw new KithError('NOT_FOUND', `There is no tenant ${JSON.stringify(tenant)}.`, { status: 404 })
  if (row.taken) throw new KithError('CONFLICT', `There is a role ${role} already; drop it first.`, { status: 409 })
  await sql.begin(async (sql) => {
    await sql`SELECT ops.create_sql_role(${role}, ${row.id as string}, ${password})`
    await sql`UPDATE ops.sql_roles SET personal = ${personal} WHERE role = ${role}`
  })
}

/** Ends the role and its connections; none but those made by createSqlRole. */
export async function dropSqlRole(sql: Client, role: string): Promise<void> {
  await sql.begin(async (sql) => {
    const [row] = await sql`DELETE FROM ops.sql_roles WHERE role = ${role} RETURNING quote_ident(role) AS name`
    if (!row) throw new KithError('NOT_FOUND', `There is no SQL role ${JSON.stringify(role)}.`, { status: 404 })
    await sql.unsafe(`ALTER ROLE ${row.name} NOLOGIN`)
    await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ${role}`
    await sql.unsafe(`DROP ROLE ${row.name}`)
  })
}
