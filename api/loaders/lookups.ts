/** Rows found by something else than their id. */
import { type SQL, sql } from 'drizzle-orm'
import type { Noun } from '../noun/noun.ts'
import { run } from '../noun/run.ts'
import type { Loaders } from './index.ts'

type Row = Record<string, any>

/** `object`: of a table that has records of several objects. */
export function rowByExternalId<R>(
  loaders: Loaders,
  noun: Noun<R>,
  externalId: string,
  object?: string,
): Promise<R | null> {
  const isMeant = object === undefined ? sql`true` : sql`t.object = ${object}`
  return loaders
    .of<string, R | null>(`external ${noun.type} ${object ?? ''}`, async (tx, keys) => {
      const rows = await run<Row>(
        tx,
        sql`
SELECT ${noun.select} FROM ${sql.identifier(noun.from)} t
WHERE ${isMeant} AND t.external_id = ANY(${sql.param([...keys])}::text[])`,
        true,
      )
      const byKey = new Map(rows.map((row) => [row.externalId, row]))
      return keys.map((key) => (byKey.get(key) as R | undefined) ?? null)
    })
    .load(externalId)
}

/** The person that an identifier names today. */
export function profileByIdentifier<R>(loaders: Loaders, Profile: Noun<R>, id: string | null): Promise<R | null> {
  if (!id) return Promise.resolve(null)
  return loaders
    .of<string, R | null>('profile by identifier', async (tx, keys) => {
      const rows = await run<Row>(
        tx,
        sql`
SELECT i.id AS "~identifier", ${Profile.select}
FROM identifiers i JOIN profiles t ON t.id = i.profile_id
WHERE i.id = ANY(${sql.param([...keys])}::uuid[])`,
        true,
      )
      const byKey = new Map(rows.map(({ '~identifier': key, ...row }) => [key, row]))
      return keys.map((key) => (byKey.get(key) as R | undefined) ?? null)
    })
    .load(id)
}

/** SQL for the ids of the contacts or leads that a profile's identifiers name. Events may carry any text as such an identifier. */
export function namedBy(type: 'contact' | 'lead', profile: SQL): SQL {
  return sql`
SELECT CASE WHEN pg_input_is_valid(i.value, 'uuid') THEN i.value::uuid END FROM identifiers i
WHERE i.profile_id = ${profile} AND i.type = ${sql.raw(`'${type}'`)}`
}
