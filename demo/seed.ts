/** Makes the demo's tenant, its past, and its definitions. Each step is done once and whole; a later start finds it done. */
import { DEMO_ACCOUNTS } from '../api/auth/demo.ts'
import { hashPassword } from '../api/auth/password.ts'
import type { Client, Transaction } from '../db/client.ts'
import { inTenant } from '../db/client.ts'
import type { Progress } from '../db/server/progress.ts'
import { sha256 } from '../db/secret.ts'
import { createTenant } from '../db/sql/create-tenant.ts'
import { insertUser, saveTeamMember } from '../db/sql/users.ts'
import { BEHAVIORS, LABELS, SEGMENTS } from './definitions.ts'
import { history, type Row, type Table } from './history.ts'
import { DEMO_KEYS, SHOP } from './shop.ts'

const ROWS_PER_STATEMENT = 2000

/** The demo's tenant; created, with its sources, its three keys and a person per role, when there is none. `owner` is the owner's client. */
export async function ensureDemoTenant(owner: Client): Promise<string> {
  const [existing] = await owner<{ tenant_id: string }[]>`
SELECT tenant_id FROM authenticate(${sha256(DEMO_KEYS.admin)})`
  if (existing) {
    await ensureDemoAccounts(owner, existing.tenant_id)
    return existing.tenant_id
  }
  const tenantId = await createTenant(owner, {
    slug: SHOP.slug,
    name: SHOP.name,
    timezone: SHOP.timezone,
    keys: [
      { key: DEMO_KEYS.write, name: 'Demo, write', scopes: ['write'], source: 'Website' },
      { key: DEMO_KEYS.read, name: 'Demo, read', scopes: ['read'] },
      { key: DEMO_KEYS.admin, name: 'Demo, admin', scopes: ['admin'], source: 'Shop backend' },
    ],
  })
  await ensureDemoAccounts(owner, tenantId)
  return tenantId
}

/** One person per role. Their passwords are public, and open nothing where others can reach us (api/auth/demo.ts). */
async function ensureDemoAccounts(owner: Client, tenantId: string): Promise<void> {
  const [first] = await owner`SELECT FROM ops.users WHERE email = ${DEMO_ACCOUNTS[0]!.email}`
  if (first) return
  const hashed = await Promise.all(DEMO_ACCOUNTS.map(({ password }) => hashPassword(password)))
  await inTenant(owner, tenantId, async (sql) => {
    for (const [n, { email, name, role }] of DEMO_ACCOUNTS.entries()) {
      const userId = await insertUser(sql, { email, password: hashed[n] })
      if (userId) await saveTeamMember(sql, { userId, email, name, role })
    }
  })
}

/** Whether a past and definitions are there, of our making or of somebody's. */
export async function isSeeded(owner: Client, tenantId: string): Promise<boolean> {
  const [{ seeded }] = await inTenant(
    owner,
    tenantId,
    (sql) => sql<[{ seeded: boolean }]>`
SELECT EXISTS (SELECT FROM contacts WHERE tenant_id = ${tenantId})
  AND EXISTS (SELECT FROM segments WHERE tenant_id = ${tenantId}) AS seeded`,
  )
  return seeded
}

/** Writes the past in one transaction, as anybody would with SQL. Resolves to false when it is there already. */
export async function seedHistory(owner: Client, tenantId: string, progress: Progress): Promise<boolean> {
  return inTenant(owner, tenantId, async (sql) => {
    const [seeded] = await sql`SELECT FROM contacts WHERE tenant_id = ${tenantId} LIMIT 1`
    if (seeded) return false
    const rows = history(new Date())
    const all = Object.values(rows).reduce((sum, { length }) => sum + length, 0)
    let written = 0
    for (const [table, ofTable] of Object.entries(rows)) {
      for (let from = 0; from < ofTable.length; from += ROWS_PER_STATEMENT) {
        const batch = ofTable.slice(from, from + ROWS_PER_STATEMENT)
        await insert(sql, table as Table, batch)
        written += batch.length
        progress.update(`kith: writing the demo's history: ${written} of ${all} rows`)
      }
    }
    return true
  })
}

// Table and columns are ours; the values go in as one parameter.
async function insert(sql: Transaction, table: Table, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0]!).join(', ')
  await sql`
INSERT INTO ${sql(table)} (${sql.unsafe(columns)})
SELECT ${sql.unsafe(columns)} FROM jsonb_populate_recordset(NULL::${sql(table)}, ${JSON.stringify(rows)}::jsonb)`
}

/** Those of demo/definitions.ts, unless the tenant has some already. Resolves to how many were made. */
export async function seedDefinitions(owner: Client, tenantId: string): Promise<number> {
  return inTenant(owner, tenantId, async (sql) => {
    const [defined] = await sql`SELECT FROM segments WHERE tenant_id = ${tenantId} LIMIT 1`
    if (defined) return 0
    for (const [table, definitions] of [
      ['labels', LABELS],
      ['segments', SEGMENTS],
    ] as const) {
      await sql`
INSERT INTO ${sql(table)} (key, name, description, rule)
SELECT key, name, description, rule
FROM jsonb_to_recordset(${JSON.stringify(definitions)}::jsonb) AS d (key text, name text, description text, rule jsonb)`
    }
    await sql`
INSERT INTO behaviors (name, description, properties)
SELECT name, description, properties
FROM jsonb_to_recordset(${JSON.stringify(BEHAVIORS)}::jsonb) AS b (name text, description text, properties jsonb)
ON CONFLICT DO NOTHING`
    return LABELS.length + SEGMENTS.length
  })
}
