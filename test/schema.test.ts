import { is } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import { expect, it } from 'vitest'
import * as schema from '../db/schema/index.ts'
import { testDatabase } from './database.ts'

const db = await testDatabase()

type Column = { type: string; required: boolean; defaulted: boolean; generated: boolean }
type Shape = { columns: Record<string, Column>; primaryKey: string[]; indexes: string[] }

/** As format_type spells it. */
const spelled = (type: string) => type.replace(/^timestamptz$/, 'timestamp with time zone').replaceAll(', ', ',')

function declared(table: PgTable): Shape {
  const { columns, primaryKeys, indexes, uniqueConstraints } = getTableConfig(table)
  const names = (keys: { name: string }[]) => keys.map((key) => key.name)
  return {
    columns: Object.fromEntries(
      columns.map((column) => [
        column.name,
        {
          type: spelled(column.getSQLType()),
          required: column.notNull,
          defaulted: column.hasDefault && !column.generated,
          generated: column.generated !== undefined,
        },
      ]),
    ),
    primaryKey:
      primaryKeys.length > 0 ? names(primaryKeys[0]!.columns) : names(columns.filter((column) => column.primary)),
    indexes: [
      ...indexes.map((index) => index.config.name!),
      ...uniqueConstraints.map((constraint) => constraint.getName()!),
      ...columns.filter((column) => column.isUnique).map((column) => column.uniqueName!),
    ].sort(),
  }
}

async function migrated(table: string): Promise<Shape> {
  const columns = await db.owner<({ name: string } & Column)[]>`
SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS required,
  atthasdef AND attgenerated = '' AS defaulted, attgenerated <> '' AS generated
FROM pg_attribute WHERE attrelid = ${table}::regclass AND attnum > 0 AND NOT attisdropped`
  const keys = await db.owner<{ name: string }[]>`
SELECT a.attname AS name
FROM pg_index i, unnest(i.indkey::int[]) WITH ORDINALITY AS key (attnum, position)
JOIN pg_attribute a ON a.attnum = key.attnum
WHERE i.indrelid = ${table}::regclass AND i.indisprimary AND a.attrelid = i.indrelid
ORDER BY position`
  const indexes = await db.owner<{ name: string }[]>`
SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ${table}::regclass AND NOT i.indisprimary`
  return {
    columns: Object.fromEntries(columns.map(({ name, ...column }) => [name, { ...column }])),
    primaryKey: keys.map((key) => key.name),
    indexes: indexes.map((index) => index.name).sort(),
  }
}

const tables = Object.values<unknown>(schema).filter((value) => is(value, PgTable))
const named = tables.map((table) => {
  const { schema = 'public', name } = getTableConfig(table)
  return { name: `${schema}.${name}`, table }
})

it('declares every table that the migrations make', async () => {
  const made = await db.owner<{ name: string }[]>`
SELECT relnamespace::regnamespace || '.' || relname AS name FROM pg_class
WHERE relnamespace IN ('public'::regnamespace, 'ops'::regnamespace) AND relkind IN ('r', 'p')`
  expect(named.map(({ name }) => name).sort()).toEqual(made.map((row) => row.name).sort())
})

it.each(named)('$name is declared as it is: columns, primary key, names of indexes', async ({ name, table }) => {
  const [ours, theirs] = [declared(table), await migrated(name)]
  expect(ours.columns).toEqual(theirs.columns)
  expect(ours.primaryKey).toEqual(theirs.primaryKey)
  // A migration may add indexes that Drizzle cannot say, but not leave out one that is declared.
  expect(theirs.indexes).toEqual(expect.arrayContaining(ours.indexes))
})
