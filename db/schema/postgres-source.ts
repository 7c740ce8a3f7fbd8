import { sql } from 'drizzle-orm'
import { bigint, check, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, instant, type JsonObject, tenantId, updatedAt } from './columns.ts'
import { sources, tenants } from './tenant.ts'

/** Tables of another Postgres: one that is asked from time to time, or several whose log is followed (api/postgres-source). */
export const postgresSources = pgTable(
  'postgres_sources',
  {
    tenantId: tenantId(),
    sourceId: uuid('source_id').notNull(),
    /** With its password: sealed (db/secret.ts), and never told again. */
    urlSecret: text('url_secret').notNull(),
    mode: text('mode').notNull().default('polling'),
    /** Of polling: [schema, table]. */
    relation: text('relation').array(),
    /** Grows with every change of a row ... */
    cursorColumn: text('cursor_column'),
    /** ... and tells rows with one cursor apart. */
    idColumn: text('id_column'),
    /** Of replication, as somebody wrote them. */
    tables: text('tables').array(),
    /** JSONata over {row}; of replication over {row, op, table, schema, ...}. */
    mapping: text('mapping').notNull(),
    everySeconds: integer('every_seconds').notNull().default(60),
    status: text('status').notNull().default('active'),
    /** {"cursor", "id"} of the last row, or {"lsn", ...}; written with what came of it; null at the beginning. */
    position: jsonb('position').$type<JsonObject>(),
    rows: bigint('rows', { mode: 'number' }).notNull().default(0),
    stored: bigint('stored', { mode: 'number' }).notNull().default(0),
    records: bigint('records', { mode: 'number' }).notNull().default(0),
    dead: bigint('dead', { mode: 'number' }).notNull().default(0),
    error: text('error'),
    failures: integer('failures').notNull().default(0),
    pulledAt: instant('pulled_at'),
    nextAt: instant('next_at').notNull().default(sql`now()`),
    /** What keeps the other's log for us; trigger owe_slot takes care that none is forgotten. */
    slot: text('slot'),
    errorCode: text('error_code'),
    errorSql: text('error_sql'),
    warnings: jsonb('warnings').$type<JsonObject>().notNull().default({}),
    /** Table -> its columns, as far as they were ever told. */
    columnsSeen: jsonb('columns_seen').$type<JsonObject>(),
    /** Of the other's log: not yet taken, and kept there for us. */
    lagBytes: bigint('lag_bytes', { mode: 'number' }),
    keptBytes: bigint('kept_bytes', { mode: 'number' }),
    /** When the last change that was taken was committed there. */
    changedAt: instant('changed_at'),
    /** Who follows it, and until when nobody else may. */
    holder: uuid('holder'),
    heldUntil: instant('held_until'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.sourceId] }),
    index('postgres_sources_due').on(t.nextAt).where(sql`status = 'active'`),
    foreignKey({ columns: [t.tenantId, t.sourceId], foreignColumns: [sources.tenantId, sources.id] }).onDelete(
      'cascade',
    ),
    check('postgres_sources_status_check', sql`status IN ('active', 'paused')`),
    check('postgres_sources_every_check', sql`every_seconds BETWEEN 60 AND 86400`),
    check(
      'postgres_sources_mode_check',
      sql`CASE mode
    WHEN 'polling' THEN relation IS NOT NULL AND cursor_column IS NOT NULL AND id_column IS NOT NULL AND tables IS NULL
    WHEN 'replication' THEN relation IS NULL AND cursor_column IS NULL AND id_column IS NULL AND cardinality(tables) > 0
    ELSE false END`,
    ),
  ],
)

/** The rows as they were when a slot was made, until they are taken. */
export const postgresSourceRows = pgTable(
  'postgres_source_rows',
  {
    tenantId: tenantId().references(() => tenants.id, { onDelete: 'cascade' }),
    slot: text('slot').notNull(),
    n: bigint('n', { mode: 'number' }).notNull(),
    /** Its place among the source's tables. */
    ofTable: integer('of_table').notNull(),
    /** Tells rows apart that are alike in everything, where a table allows that. */
    copy: integer('copy').notNull(),
    row: text('row').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.slot, t.n] })],
)
