import postgres from 'postgres'
import { config } from '../../config.ts'

const EXTENSIONS = ['timescaledb', 'age'] as const

interface Facts {
  version: string
  versionNumber: number
  database: string
  encoding: string
  byCodePoint: boolean
  walLevel: string
  maxSlots: number
  usedSlots: number
  hasOwnSlot: boolean
  maxSenders: number
  available: string[]
  installed: string[]
  /** Null when this role may not see the setting. */
  preloaded: string | null
  role: string
  isSuperuser: boolean
  createsRoles: boolean
  replicates: boolean
  passesPolicies: boolean
  createsHere: boolean
  /** False when AGE is not installed yet. */
  makesGraphs: boolean
  emits: boolean
  everybodyEmits: boolean
}

/**
 * Looks whether the server behind a DATABASE_URL can carry Kith. Returns everything that is missing, each as a sentence
 * with the way to mend it; an empty list when all is well. Changes nothing, and never throws for a server that cannot
 * be reached: that is a problem like the others.
 */
export async function checkServer(url: string): Promise<string[]> {
  let facts: Facts
  try {
    facts = await readFacts(url)
  } catch (error) {
    return [`The server of DATABASE_URL does not answer: ${describe(error)}`]
  }
  return [
    ...checkVersion(facts),
    ...checkExtensions(facts),
    ...checkReplication(facts),
    ...checkDatabase(facts),
    ...checkRole(facts),
  ]
}

async function readFacts(url: string): Promise<Facts> {
  const sql = postgres(url, {
    max: 1,
    connect_timeout: 10,
    onnotice: () => {},
    connection: { application_name: 'kith check' },
  })
  try {
    const [facts] = await sql<[Facts]>`
select current_setting('server_version') as "version",
  current_setting('server_version_num')::int as "versionNumber",
  d.datname as "database",
  pg_encoding_to_char(d.encoding) as "encoding",
  -- The builtin provider, and libc's C, compare by code point. (Read as JSON: the columns differ between versions.)
  to_jsonb(d)->>'datlocprovider' = 'b' or
    (to_jsonb(d)->>'datlocprovider' = 'c' and d.datcollate in ('C', 'POSIX', 'C.UTF-8', 'C.utf8')) as "byCodePoint",
  current_setting('wal_level') as "walLevel",
  current_setting('max_replication_slots')::int as "maxSlots",
  (select count(*)::int from pg_replication_slots) as "usedSlots",
  exists (select from pg_replication_slots s where s.database = d.datname and s.slot_name = ${config.RELAY_SLOT}) as "hasOwnSlot",
  current_setting('max_wal_senders')::int as "maxSenders",
  array(select name::text from pg_available_extensions where name = any(${[...EXTENSIONS]}::text[])) as "available",
  array(select extname::text from pg_extension where extname = any(${[...EXTENSIONS]}::text[])) as "installed",
  (select setting from pg_settings where name = 'shared_preload_libraries') as "preloaded",
  r.rolname as "role",
  r.rolsuper as "isSuperuser",
  r.rolcreaterole as "createsRoles",
  r.rolreplication as "replicates",
  r.rolbypassrls as "passesPolicies",
  has_database_privilege(d.oid, 'create') as "createsHere",
  exists (
    select from pg_namespace n
    where n.nspname = 'ag_catalog' and has_schema_privilege(n.oid, 'usage with grant option')
  ) as "makesGraphs",
  (select bool_and(has_function_privilege(p.oid, 'execute')) from pg_proc p where p.proname = 'pg_logical_emit_message')
    as "emits",
  (select bool_or(has_function_privilege('public', p.oid, 'execute')) from pg_proc p where p.proname = 'pg_logical_emit_message')
    as "everybodyEmits"
from pg_database d, pg_roles r
where d.datname = current_database() and r.rolname = current_user`
    return facts
  } finally {
    await sql.end({ timeout: 1 })
  }
}

function checkVersion({ version, versionNumber }: Facts): string[] {
  if (versionNumber >= 170000) return []
  return [`PostgreSQL 17 or newer is needed; this is ${version}. Upgrade the server.`]
}

function checkExtensions({ available, preloaded }: Facts): string[] {
  const missing = EXTENSIONS.filter((name) => !available.includes(name))
  const problems = missing.map(
    (name) => `The extension ${name} is not on the server. On Debian 13: apt-get install postgresql-17-${name}`,
  )
  if (preloaded === null) return problems // this role may not look; the migration will tell
  const loaded = preloaded.split(',').map((library) => library.trim().replace(/^.*\/|"/g, ''))
  const unloaded = EXTENSIONS.filter((name) => !loaded.includes(name))
  if (unloaded.length > 0) {
    const wanted = [...loaded.filter((library) => library !== ''), ...unloaded].join(', ')
    problems.push(
      `The server does not preload ${unloaded.join(' and ')}. Run: ALTER SYSTEM SET shared_preload_libraries = ${wanted}; ` +
        'and restart it.',
    )
  }
  return problems
}

function checkReplication({ walLevel, maxSlots, usedSlots, hasOwnSlot, maxSenders }: Facts): string[] {
  const problems: string[] = []
  if (walLevel !== 'logical') {
    problems.push(`wal_level is ${walLevel}. Run: ALTER SYSTEM SET wal_level = logical; and restart the server.`)
  }
  if (!hasOwnSlot && usedSlots >= maxSlots) {
    problems.push(
      `All ${maxSlots} replication slots are taken. Drop one that nobody reads (pg_drop_replication_slot), or run: ` +
        `ALTER SYSTEM SET max_replication_slots = ${maxSlots + 5}; and restart the server.`,
    )
  }
  if (maxSenders === 0) {
    problems.push('max_wal_senders is 0. Run: ALTER SYSTEM SET max_wal_senders = 10; and restart the server.')
  }
  return problems
}

// Rules are evaluated by SQL and by JavaScript, and must agree on what comes before what.
function checkDatabase({ database, encoding, byCodePoint }: Facts): string[] {
  if (encoding === 'UTF8' && byCodePoint) return []
  return [
    `The database ${database} must be in UTF8 and compare text by code point. Make another: CREATE DATABASE kith TEMPLATE ` +
      "template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8';",
  ]
}

function checkRole(facts: Facts): string[] {
  const { role, isSuperuser, installed, database } = facts
  if (isSuperuser) return []
  const name = quoted(role)
  const missing = EXTENSIONS.filter((extension) => !installed.includes(extension))
  const problems = missing.map(
    (extension) =>
      `Only a superuser can install ${extension}. Run as one, in the database ${database}: CREATE EXTENSION ${extension};`,
  )
  const needs: [isMet: boolean, what: string, mend: string][] = [
    [facts.createsRoles, 'cannot create roles', `ALTER ROLE ${name} CREATEROLE;`],
    [facts.replicates, 'cannot read the write-ahead log', `ALTER ROLE ${name} REPLICATION;`],
    [facts.passesPolicies, 'cannot look across tenants, as for keys', `ALTER ROLE ${name} BYPASSRLS;`],
    [facts.createsHere, 'cannot create schemas', `GRANT CREATE ON DATABASE ${quoted(database)} TO ${name};`],
    [
      facts.makesGraphs || !installed.includes('age'),
      'cannot make graphs',
      `GRANT USAGE ON SCHEMA ag_catalog TO ${name} WITH GRANT OPTION;`,
    ],
    [facts.emits, "cannot write the relay's messages", `GRANT EXECUTE ON FUNCTION ${EMIT} TO ${name};`],
  ]
  for (const [isMet, what, mend] of needs)
    if (!isMet) problems.push(`The role ${role} ${what}. Run as a superuser: ${mend}`)
  if (facts.everybodyEmits) {
    const mend = `REVOKE EXECUTE ON FUNCTION ${EMIT} FROM PUBLIC; GRANT EXECUTE ON FUNCTION ${EMIT} TO ${name};`
    problems.push(
      `Every role can write messages to the relay, for any tenant. Run as a superuser, in ${database}: ${mend}`,
    )
  }
  return problems
}

const EMIT = ['text', 'bytea'].map((type) => `pg_logical_emit_message(boolean, text, ${type}, boolean)`).join(', ')

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

// Several addresses tried and refused come as an AggregateError, whose own message is empty. Never the URL: it has the
// password.
function describe(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error
  return first instanceof Error ? first.message : String(first)
}
