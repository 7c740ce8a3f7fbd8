import { sql } from 'drizzle-orm'
import { bigint, check, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, instant, type JsonObject, tenantId, updatedAt } from './columns.ts'
import { sources } from './tenant.ts'

/** A table or view of another Postgres that is read from time to time (api/postgres-source). */
export const postgresSources = pgTable(
  'postgres_sources',
  {
    tenantId: tenantId(),
    sourceId: uuid('source_id').notNull(),
    /** With its password: sealed (db/secret.ts), and never told again. */
    urlSecret: text('url_secret').notNull(),
    /** [schema, table] */
    relation: text('relation').array().notNull(),
    /** Grows with every change of a row ... */
    cursorColumn: text('cursor_column').notNull(),
    /** ... and tells rows with one cursor apart. */
    idColumn: text('id_column').notNull(),
    /** JSONata over {row}. */
    mapping: text('mapping').notNull(),
    everySeconds: integer('every_seconds').notNull().default(60),
    status: text('status').notNull().default('active'),
    /** {"cursor", "id"} of the last row, written with what came of it; null at the beginning. */
    position: jsonb('position').$type<JsonObject>(),
    rows: bigint('rows', { mode: 'number' }).notNull().default(0),
    stored: bigint('stored', { mode: 'number' }).notNull().default(0),
    records: bigint('records', { mode: 'number' }).notNull().default(0),
    dead: bigint('dead', { mode: 'number' }).notNull().default(0),
    error: text('error'),
    failures: integer('failures').notNull().default(0),
    pulledAt: instant('pulled_at'),
    nextAt: instant('next_at').notNull().default(sql`now()`),
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
  ],
)
