/** Whether another database's log can be followed: its settings, the tables, what they say of a changed row, the publication. */
import { identifier, quoted, type TableName } from './tables.ts'
import type { Remote } from './remote.ts'
import { trouble } from './remedies.ts'

const OLDEST = 140_000

/** A table as its publication tells it. */
export type FollowedTable = TableName & {
  columns: string[]
  /** SQL of the publication's own; null: every row. */
  filter: string | null
  /** Rows may be alike in everything: nothing in the table forbids it. */
  hasCopies: boolean
}

export type Publication = { name: string; make: boolean }

/** Of a source, by whose id it is found again. */
export const publicationOf = (sourceId: string) => `kith_${sourceId.replaceAll('-', '')}`

/**
 * Throws SOURCE_..., which says what to run there. `publication`: made where it is missing and we may; null: all but it is looked
 * at, and nothing is written.
 */
export async function prepare(
  remote: Remote,
  tables: TableName[],
  publication: string | null,
): Promise<{ tables: FollowedTable[]; role: string }> {
  const server = await serverOf(remote)
  const role = identifier(server.role)
  const found = []
  for (const table of tables) found.push(await lookAt(remote, table, role))
  if (publication === null) return { tables: found, role }
  if (!(await published(remote, publication, found, server.version))) {
    await publish(remote, publication, tables)
    await published(remote, publication, found, server.version)
  }
  return { tables: found, role }
}

async function serverOf(remote: Remote) {
  const [server] = await remote<[{ version: number; level: string; standby: boolean; role: string }]>`
SELECT current_setting('server_version_num')::int AS version, current_setting('wal_level') AS level,
  pg_is_in_recovery() AS standby, current_user AS role`
  if (server.version < OLDEST)
    throw trouble('SOURCE_NOT_LOGICAL', `Expected Postgres 14 or newer; found ${server.version / 10_000}. Use polling.`)
  if (server.standby)
    throw trouble('SOURCE_NOT_LOGICAL', 'Expected the primary; this is a standby, in which nothing can be published.')
  if (server.level !== 'logical')
    throw trouble(
      'SOURCE_NOT_LOGICAL',
      `Expected wal_level = logical in the other database; found ${server.level}.`,
      'ALTER SYSTEM SET wal_level = logical; -- and restart it; with a provider, the parameter rds.logical_replication or alike',
    )
  return server
}

type Look = {
  oid: number
  kind: string
  persistence: string
  readable: boolean
  usable: boolean
  filtered: boolean
  unnamed: string | null
  keyed: boolean
  columns: string[]
}

async function lookAt(remote: Remote, table: TableName, role: string): Promise<FollowedTable> {
  const name = quoted(table)
  const [schema] = await remote<{ usable: boolean }[]>`
SELECT has_schema_privilege(oid, 'USAGE') AS usable FROM pg_namespace WHERE nspname = ${table.schema}`
  if (schema && !schema.usable)
    throw trouble(
      'SOURCE_NOT_PERMITTED',
      `Expected the right to read ${name}.`,
      `GRANT USAGE ON SCHEMA ${identifier(table.schema)} TO ${role}; GRANT SELECT ON ${name} TO ${role};`,
    )
  const [look] = await remote<Look[]>`
WITH leaves AS (
  SELECT c.oid AS root, coalesce(l.relid::oid, c.oid) AS oid
  FROM pg_class c LEFT JOIN LATERAL pg_partition_tree(c.oid) l ON c.relkind = 'p'
  WHERE c.relkind <> 'p' OR l.isleaf
)
SELECT c.oid::int8::float8 AS oid, c.relkind AS kind, c.relpersistence AS persistence, has_table_privilege(c.oid, 'SELECT') AS readable,
  row_security_active(c.oid) AS filtered,
  (SELECT format('%I.%I', n.nspname, l.relname) FROM leaves JOIN pg_class l ON l.oid = leaves.oid JOIN pg_namespace n ON n.oid = l.relnamespace
    WHERE root = c.oid AND NOT (l.relreplident = 'f'
      OR l.relreplident = 'd' AND EXISTS (SELECT FROM pg_index WHERE indrelid = l.oid AND indisprimary)
      OR l.relreplident = 'i' AND EXISTS (SELECT FROM pg_index WHERE indrelid = l.oid AND indisreplident)) LIMIT 1) AS unnamed,
  EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indisunique AND indisvalid AND indpred IS NULL AND indexprs IS NULL
    AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (indkey) AND NOT attnotnull)) AS keyed,
  (SELECT coalesce(json_agg(attname ORDER BY attnum), '[]') FROM pg_attribute
    WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns
FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace WHERE s.nspname = ${table.schema} AND c.relname = ${table.table}`
  if (!look) throw trouble('SOURCE_TABLE_MISSING', `Expected a table ${name} in the other database; there is none.`)
  if (!/^[rp]$/.test(look.kind) || look.persistence !== 'p')
    throw trouble(
      'SOURCE_TABLE_MISSING',
      `Expected ${name} to be a table whose changes are logged; a view, a foreign or an unlogged table is read by polling.`,
    )
  if (!look.readable)
    throw trouble('SOURCE_NOT_PERMITTED', `Expected the right to read ${name}.`, `GRANT SELECT ON ${name} TO ${role};`)
  if (look.filtered)
    throw trouble(
      'SOURCE_NOT_PERMITTED',
      `Row level security of ${name} would show us other rows than its log does.`,
      `ALTER ROLE ${role} BYPASSRLS;`,
    )
  if (look.unnamed !== null)
    throw trouble(
      'SOURCE_IDENTITY_MISSING',
      `${look.unnamed} has no primary key: once it is published, Postgres refuses each UPDATE and DELETE of it that cannot say of which row.`,
      `ALTER TABLE ${look.unnamed} REPLICA IDENTITY FULL; -- or give it a primary key`,
    )
  return { ...table, columns: look.columns, filter: null, hasCopies: !look.keyed }
}

/** Fills in what the publication tells of each table. False when there is no publication of this name. */
async function published(remote: Remote, name: string, tables: FollowedTable[], version: number): Promise<boolean> {
  const [publication] = await remote<{ all: boolean }[]>`
SELECT pubinsert AND pubupdate AND pubdelete AS all FROM pg_publication WHERE pubname = ${name}`
  if (!publication) return false
  if (!publication.all)
    throw trouble(
      'SOURCE_PUBLICATION_MISSING',
      `Expected the publication ${name} to publish inserts, updates and deletes.`,
      `ALTER PUBLICATION ${identifier(name)} SET (publish = 'insert, update, delete, truncate');`,
    )
  const more =
    version >= 150_000
      ? remote`to_json(attnames) AS columns, rowfilter AS filter`
      : remote`NULL AS columns, NULL AS filter`
  const rows = await remote<(TableName & { columns: string[] | null; filter: string | null })[]>`
SELECT schemaname AS schema, tablename AS table, ${more} FROM pg_publication_tables WHERE pubname = ${name}`
  for (const table of tables) {
    const row = rows.find((row) => row.schema === table.schema && row.table === table.table)
    if (!row)
      throw trouble(
        'SOURCE_PUBLICATION_MISSING',
        `Expected the publication ${name} to hold ${quoted(table)}.`,
        `ALTER PUBLICATION ${identifier(name)} ADD TABLE ${quoted(table)}; ALTER PUBLICATION ${identifier(name)} SET (publish_via_partition_root = true);`,
      )
    table.columns = row.columns ?? table.columns
    table.filter = row.filter
  }
  return true
}

async function publish(remote: Remote, name: string, tables: TableName[]): Promise<void> {
  const sql = publicationSql(name, tables)
  await remote
    .begin('read write', (remote) => remote.unsafe(sql))
    .catch((cause: Error & { code?: string }) => {
      if (cause.code === '42710') return // another has just made it
      throw trouble(
        'SOURCE_PUBLICATION_MISSING',
        `Expected the publication ${name}, or the right to make it (${cause.message}). An owner of the tables makes it.`,
        sql,
        cause,
      )
    })
}

export function publicationSql(name: string, tables: TableName[]): string {
  return `CREATE PUBLICATION ${identifier(name)} FOR TABLE ${tables.map(quoted).join(', ')} WITH (publish = 'insert, update, delete, truncate', publish_via_partition_root = true);`
}
