/**
 * A database of its own for each test file, copied from a migrated template, with a client per role. What a test leaves
 * open (a connection, a slot) fails it at the end: a leak here is a leak in production.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, inject } from 'vitest'
import { type Client, connect } from '../db/client.ts'
import { migrate } from '../db/migrate.ts'
import { roleUrl } from '../db/roles.ts'

export type TestDatabase = {
  ownerUrl: string
  apiUrl: string
  workerUrl: string
  /** Superuser: passes row level security. For arranging and asserting only. */
  owner: Client
  api: Client
  worker: Client
  /** A new tenant with keys `<slug>-write`, `<slug>-read`, `<slug>-admin`; resolves to its id. */
  createTenant(slug: string): Promise<string>
}

/** Call at the top of a test file: `const db = await testDatabase()`. Dropped after the file's last test. */
export async function testDatabase(): Promise<TestDatabase> {
  const serverUrl = inject('databaseUrl')
  const template = await ensureTemplate(serverUrl)
  const name = `test_${randomBytes(6).toString('hex')}`
  await asServer(serverUrl, (sql) => sql.unsafe(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`))

  const ownerUrl = withDatabase(serverUrl, name)
  const apiUrl = roleUrl(ownerUrl, 'kith_api')
  const workerUrl = roleUrl(ownerUrl, 'kith_worker')
  const owner = connect(ownerUrl, { max: 4, name: 'test owner' })
  const api = connect(apiUrl, { max: 4, name: 'test api' })
  const worker = connect(workerUrl, { max: 4, name: 'test worker' })

  afterAll(async () => {
    await Promise.all([owner.end(), api.end(), worker.end()])
    const leaks = await asServer(serverUrl, async (sql) => {
      const connections = await until(
        () => sql`SELECT application_name AS leak FROM pg_stat_activity WHERE datname = ${name}`,
        (rows) => rows.length === 0,
        { timeout: 3000, orElse: 'last' },
      )
      const slots = await sql`SELECT slot_name AS leak FROM pg_replication_slots WHERE database = ${name}`
      for (const slot of slots) await sql`SELECT pg_drop_replication_slot(${slot.leak as string})`.catch(() => {})
      await sql.unsafe(`DROP DATABASE ${name} WITH (FORCE)`).catch(() => {})
      return [...connections, ...slots].map((row) => row.leak as string)
    })
    if (leaks.length > 0) throw new Error(`Expected nothing left open; found ${leaks.join(', ')}.`)
  })

  return { ownerUrl, apiUrl, workerUrl, owner, api, worker, createTenant: (slug) => createTenant(owner, slug) }
}

/** Another database, of somebody else, with nothing in it. `drop` ends whatever connections it has. */
export async function otherDatabase(max = 1) {
  const serverUrl = inject('databaseUrl')
  const name = `test_other_${randomBytes(4).toString('hex')}`
  await asServer(serverUrl, (sql) => sql.unsafe(`CREATE DATABASE ${name}`))
  const url = new URL(withDatabase(serverUrl, name))
  const theirs = connect(url.href, { max, name: 'test theirs' })
  const drop = async () => {
    await theirs.end()
    await asServer(serverUrl, (sql) => sql.unsafe(`DROP DATABASE ${name} WITH (FORCE)`))
  }
  return { name, url, theirs, drop }
}

async function createTenant(owner: Client, slug: string): Promise<string> {
  const [tenant] = await owner<
    [{ id: string }]
  >`INSERT INTO tenants (slug, name) VALUES (${slug}, ${slug}) RETURNING id`
  for (const scope of ['write', 'read', 'admin']) {
    const hash = createHash('sha256').update(`${slug}-${scope}`).digest('hex')
    await owner`INSERT INTO api_keys (tenant_id, name, hash, scopes) VALUES (${tenant.id}, ${scope}, ${hash}, ${[scope]})`
  }
  return tenant.id
}

async function ensureTemplate(serverUrl: string): Promise<string> {
  const folder = new URL('../db/migrations/', import.meta.url)
  const hash = createHash('sha256')
  for (const file of readdirSync(folder).sort())
    if (file.endsWith('.sql')) hash.update(readFileSync(new URL(file, folder)))
  const template = `template_${hash.digest('hex').slice(0, 12)}`
  await asServer(serverUrl, async (sql) => {
    await sql`SELECT pg_advisory_lock(hashtext('kith test template'))`
    const [ready] = await sql`SELECT FROM pg_database WHERE datname = ${template} AND datistemplate`
    if (ready) return
    await sql.unsafe(`DROP DATABASE IF EXISTS ${template}`)
    await sql.unsafe(`CREATE DATABASE ${template}`)
    await migrate(withDatabase(serverUrl, template))
    await sql.unsafe(`ALTER DATABASE ${template} IS_TEMPLATE true`)
  })
  return template
}

async function asServer<T>(serverUrl: string, work: (sql: Client) => Promise<T>): Promise<T> {
  const sql = connect(serverUrl, { max: 1, name: 'test server' })
  try {
    return await work(sql)
  } finally {
    await sql.end()
  }
}

function withDatabase(url: string, name: string): string {
  const copy = new URL(url)
  copy.pathname = `/${name}`
  return copy.href
}

type UntilOptions = { timeout?: number; every?: number; orElse?: 'throw' | 'last' }

/** Polls `read` until `holds` of it is true, and resolves to that value. Never sleeps longer than it must. */
export async function until<T>(
  read: () => Promise<T> | T,
  holds: (value: T) => boolean = Boolean,
  { timeout = 25_000, every = 20, orElse = 'throw' }: UntilOptions = {},
): Promise<T> {
  const deadline = Date.now() + timeout
  for (;;) {
    const value = await read()
    if (holds(value)) return value
    if (Date.now() > deadline) {
      if (orElse === 'last') return value
      throw new Error(`Waited ${timeout} ms for ${holds}; the last value was ${JSON.stringify(value)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, every))
  }
}
