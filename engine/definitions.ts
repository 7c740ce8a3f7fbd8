import type { Transaction } from '../db/client.ts'
import { KithError } from '../errors.ts'
import { log } from '../log.ts'
import { type Definition, inDependencyOrder, nameOf, parseRuleOf, type Subject } from './rules/index.ts'

export type Kind = Definition['kind']
export type Status = 'active' | 'paused' | 'archived'

export type StoredDefinition = Definition & { status: Status; version: number; backfilledVersion: number }

export type Tenant = {
  id: string
  /** clock_timestamp() of the database when this was read. */
  at: string
  timezone: string
  /** Labels before segments, each by key. */
  definitions: StoredDefinition[]
}

export type DefinitionRow = {
  id: string | null
  kind: Kind
  key: string
  subject: Subject
  rule: unknown
  status: Status
  version: number
  backfilled_version: number
}
type Row = DefinitionRow & { at: string; timezone: string }

/** One save at a time of what a tenant has defined: what is checked against the others stays true until it is committed. */
export async function lockDefinitions(sql: Transaction, tenantId: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('kith definitions'), hashtext(${tenantId}))`
}

/** The names of the definitions that ask for something and are not archived. None is saved until the transaction is over. */
export async function askingFor(
  sql: Transaction,
  tenantId: string,
  asks: (rule: Definition['rule']) => boolean,
): Promise<string[]> {
  await lockDefinitions(sql, tenantId)
  const definitions = (await readTenant(sql, tenantId))?.definitions ?? []
  return definitions.filter(({ status, rule }) => status !== 'archived' && asks(rule)).map(nameOf)
}

/** The clock, the tenant's time zone and all its definitions, in one round trip. Null when the tenant is gone. */
export async function readTenant(sql: Transaction, tenantId: string): Promise<Tenant | null> {
  const rows = await sql<Row[]>`
SELECT d.*, t.timezone, clock_timestamp() AS at
FROM tenants t
LEFT JOIN (
  SELECT id, 'label' AS kind, key, subject, rule, status, version, backfilled_version FROM labels
  UNION ALL
  SELECT id, 'segment', key, subject, rule, status, version, backfilled_version FROM segments
) AS d ON true
WHERE t.id = ${tenantId}
ORDER BY d.kind, d.key`
  const [first] = rows
  if (!first) return null
  return {
    id: tenantId,
    at: first.at,
    timezone: first.timezone,
    definitions: withoutCircles(rows.flatMap(parseDefinition)),
  }
}

/** A circle that was written around the API: told, and left out. */
function withoutCircles(definitions: StoredDefinition[]): StoredDefinition[] {
  try {
    inDependencyOrder(definitions)
    return definitions
  } catch (error) {
    if (!(error instanceof KithError) || error.code !== 'RULE_CYCLE') throw error
    log.warn('definitions left out: they refer to each other in a circle', { error: error.message })
    const circle = new Set(error.details.path as string[])
    return withoutCircles(definitions.filter((definition) => !circle.has(nameOf(definition))))
  }
}

/** Parsing is pure, and most reactions see the definitions that the one before saw. */
const parsed = new Map<string, Definition | null>()
const MOST_PARSED = 10_000

/** Of a row that is none (a tenant without definitions), or that does not parse: nothing. */
export function parseDefinition(row: DefinitionRow): StoredDefinition[] {
  if (!row.id) return []
  const { id, kind, key, status, version, backfilled_version: backfilledVersion } = row
  const name = `${kind} ${id} ${version}`
  let definition = parsed.get(name)
  if (definition === undefined) {
    if (parsed.size >= MOST_PARSED) parsed.clear()
    definition = parseRow(row, id)
    parsed.set(name, definition)
  }
  return definition ? [{ ...definition, key, status, version, backfilledVersion }] : []
}

/** A rule that was written around the API and does not parse is told once and left out; the others must not suffer. */
function parseRow({ kind, key, subject, rule }: DefinitionRow, id: string): Definition | null {
  try {
    return { id, kind, key, subject, rule: parseRuleOf(kind, subject, rule) } as Definition
  } catch (error) {
    log.warn('definition left out: its rule does not parse', { kind, id, error: error as Error })
    return null
  }
}
