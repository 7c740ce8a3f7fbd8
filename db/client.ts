/**
 * Connections to Postgres. One client per process and role; every statement about a tenant runs in `inTenant`, which is
 * the only place that sets the tenant, for one transaction at a time.
 */
import type { Sql, TransactionSql } from 'postgres'
import { postgres } from './postgres.ts'
import { toIso } from './instant.ts'

export type Client = Sql<{ timestamptz: string }>
export type Transaction = TransactionSql<{ timestamptz: string }>

const OID = { json: 114, jsonb: 3802, timestamp: 1114, timestamptz: 1184, date: 1082 }

export type ConnectOptions = { max?: number; name?: string; connection?: Record<string, string> }

/**
 * Instants come back as ISO 8601 text with microseconds, int8 and numeric as text, json parsed. A json parameter is an
 * object or JSON text.
 */
export function connect(url: string, { max = 10, name = 'kith', connection = {} }: ConnectOptions = {}): Client {
  return postgres(url, {
    max,
    onnotice: () => {},
    // A rolled-over password or a restarted server must not leave a process stuck on its old connections for hours.
    max_lifetime: 30 * 60,
    connect_timeout: 10,
    backoff: (retries: number) => Math.min(2 ** retries * 0.05, 2),
    connection: { application_name: name, TimeZone: 'UTC', ...connection },
    types: {
      timestamptz: { to: OID.timestamptz, from: [OID.timestamptz], serialize: String, parse: toIso },
      date: { to: OID.date, from: [OID.date, OID.timestamp], serialize: String, parse: String },
      json: { to: OID.json, from: [OID.json, OID.jsonb], serialize: toJson, parse: JSON.parse },
      jsonb: { to: OID.jsonb, from: [], serialize: toJson, parse: JSON.parse },
    },
  })
}

function toJson(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Who does it, for the audit log (migration 0053); `name` is for when the row of `id` is gone. */
export type Actor = { kind: 'user' | 'key'; id?: string; name?: string; request?: string }

/** What a process has one of for each client, made when first asked for. */
export function perClient<T>(make: (sql: Client) => T): (sql: Client) => T {
  const made = new WeakMap<Client, { one: T }>()
  return (sql) => {
    let known = made.get(sql)
    if (!known) made.set(sql, (known = { one: make(sql) }))
    return known.one
  }
}

/** Runs `work` in a transaction that sees and writes the rows of one tenant only. */
export async function inTenant<T>(
  sql: Client,
  tenantId: string,
  work: (sql: Transaction) => Promise<T>,
  actor?: Actor,
): Promise<T> {
  const result = await sql.begin(async (sql) => {
    // On the wire before what follows on the same connection; awaiting both together saves a round trip.
    const who = actor ? JSON.stringify(actor) : ''
    const tenantSet = sql`
SELECT set_config('kith.tenant_id', ${tenantId}, true), set_config('kith.actor', ${who}, true)`.execute()
    const [, value] = await Promise.all([tenantSet, work(sql)])
    return value
  })
  return result as T
}

/**
 * One statement that reads one text, in a round trip of its own and without BEGIN and COMMIT. `read` is an expression; it is
 * evaluated once the tenant is set, which CASE promises; whatever came before would see no row at all. Null where `read` is.
 */
export async function readInTenant(
  sql: Client,
  tenantId: string,
  { text: read, params }: { text: string; params: readonly unknown[] },
  actor: Actor,
): Promise<Buffer | null> {
  const [tenant, who] = [params.length + 1, params.length + 2]
  const statement = `
SELECT CASE WHEN set_config('kith.tenant_id', $${tenant}, true) = $${tenant} AND set_config('kith.actor', $${who}, true) = $${who} THEN (${read}) END`
  const values = [...params, tenantId, JSON.stringify(actor)]
  const [row] = await sql.unsafe(statement, values as never[], { prepare: true }).raw()
  return (row?.[0] ?? null) as Buffer | null
}
