import { sql } from 'drizzle-orm'
import type { Transaction } from '../../db/client.ts'
import { isUuid } from '../noun/id.ts'
import type { Column, Noun } from '../noun/noun.ts'
import { keyOf } from '../noun/noun.ts'
import { keep, type Kept, runKept } from '../noun/run.ts'
import * as scalars from '../scalars.ts'

type Row = Record<string, unknown>

/** Rows by key (the part of a node id after the type), in order, null for each that is not there. */
export async function loadRows(tx: Transaction, noun: Noun, keys: readonly string[]): Promise<(Row | null)[]> {
  const parts = keys.map((key) => key.split('~'))
  const valid = parts.filter(
    (values) => values.length === noun.key.length && noun.key.every((c, i) => fits(c, values[i])),
  )
  if (valid.length === 0) return keys.map(() => null)
  const { statement, lists } = statementOf(noun)
  const values = lists.map((list, i) => [list, valid.map((values) => values[i])] as const)
  const rows = await runKept<Row>(tx, statement, new Map<unknown, unknown>(values))
  const byKey = new Map(rows.map((row) => [keyOf(noun, row), row]))
  return keys.map((key) => byKey.get(key.toLowerCase()) ?? byKey.get(key) ?? null)
}

/** Of each noun: the statement, and what stands for the values of each column of its key. */
const kept = new WeakMap<Noun, { statement: Kept; lists: string[][] }>()

function statementOf(noun: Noun): { statement: Kept; lists: string[][] } {
  const known = kept.get(noun)
  if (known) return known
  const names = noun.key.map(({ column }) => sql`t.${sql.identifier(column)}`)
  const lists = noun.key.map((): string[] => [])
  // In subqueries, so that a plan for one key looks no better to Postgres than one for any: it would plan each time anew.
  const given = noun.key.map(({ cast }, i) => sql`(SELECT ${sql.param(lists[i])}::${sql.raw(cast)}[])`)
  const statement = keep(sql`
SELECT ${noun.select}
FROM ${sql.identifier(noun.from)} t
WHERE (${sql.join(names, sql`, `)}) IN (SELECT * FROM unnest(${sql.join(given, sql`, `)}))`)
  const made = { statement, lists }
  kept.set(noun, made)
  return made
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
