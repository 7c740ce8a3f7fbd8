import { sql } from 'drizzle-orm'
import type { Transaction } from '../../db/client.ts'
import { isUuid } from '../noun/id.ts'
import type { Column, Noun } from '../noun/noun.ts'
import { keyOf } from '../noun/noun.ts'
import { run } from '../noun/run.ts'
import * as scalars from '../scalars.ts'

type Row = Record<string, unknown>

/** Rows by key (the part of a node id after the type), in order, null for each that is not there. */
export async function loadRows(tx: Transaction, noun: Noun, keys: readonly string[]): Promise<(Row | null)[]> {
  const parts = keys.map((key) => key.split('~'))
  const valid = parts.filter(
    (values) => values.length === noun.key.length && noun.key.every((c, i) => fits(c, values[i])),
  )
  if (valid.length === 0) return keys.map(() => null)
  const names = noun.key.map(({ column }) => sql.identifier(column))
  const lists = noun.key.map(({ cast }, i) => sql`${sql.param(valid.map((values) => values[i]))}::${sql.raw(cast)}[]`)
  const rows = await run<Row>(
    tx,
    sql`
SELECT ${noun.select}
FROM ${sql.identifier(noun.from)} t
WHERE (${sql.join(
      names.map((name) => sql`t.${name}`),
      sql`, `,
    )}) IN (SELECT * FROM unnest(${sql.join(lists, sql`, `)}))`,
    true,
  )
  const byKey = new Map(rows.map((row) => [keyOf(noun, row), row]))
  return keys.map((key) => byKey.get(key.toLowerCase()) ?? byKey.get(key) ?? null)
}

function fits({ type }: Column, value: string | undefined): boolean {
  if (value === undefined || value.includes('\0')) return false
  try {
    if (type === 'DateTime') scalars.parseDateTime(value)
    if (type === 'BigInt') scalars.parseBigInt(value)
    return type !== 'ID' || isUuid(value)
  } catch {
    return false
  }
}
