/** CRM records from a file: COPY into a table of the transaction's own, checked there, and upserted by external id. */
import { getTableColumns } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { type Actor, type Client, inTenant, type Transaction } from '../../db/client.ts'
import * as crm from '../../db/schema/crm.ts'
import { records } from '../../db/schema/object.ts'
import { traced } from '../../db/sql/emit-trace.ts'
import { importRecords as store, type StageColumn } from '../../db/sql/import-records.ts'
import type { JsonObject } from '../../db/schema/columns.ts'
import { checkFields, type Field, OWN_FUNCTIONS, readFields } from '../../engine/model/fields.ts'
import type { CustomObject } from '../../engine/model/objects.ts'
import { KithError } from '../../errors.ts'
import type { InTenant } from '../loaders/share.ts'
import { unkeepable } from '../noun/keepable.ts'
import { undone } from '../undone.ts'
import { type Importer, type Refused, refusal } from './importer.ts'
import { cellAsJson, type Line } from './read.ts'
import { textsOf } from './texts.ts'
import { valueProblem } from './values.ts'

/** What can be imported, by the last part of the path. */
export const RECORD_KINDS: Record<string, PgTable | undefined> = {
  accounts: crm.accounts,
  contacts: crm.contacts,
  leads: crm.leads,
  opportunities: crm.opportunities,
  orders: crm.orders,
  contracts: crm.contracts,
  memberships: crm.memberships,
  tickets: crm.tickets,
  activities: crm.activities,
}

/** Ours to give. */
const OURS = new Set([
  'tenantId',
  'id',
  'identifierId',
  'createdAt',
  'updatedAt',
  'custom',
  'accountId',
  'contactId',
  'parentId',
  'convertedContactId',
  'nobody',
])
/** Columns that name a record of another kind by its external id. */
const REFERENCES: Record<string, { column: string; table: string; property: string }> = {
  account: { column: 'account_id', table: 'accounts', property: 'accountId' },
  contact: { column: 'contact_id', table: 'contacts', property: 'contactId' },
  parent: { column: 'parent_id', table: 'accounts', property: 'parentId' },
}

export type ImportRecords = { object?: CustomObject; actor?: Actor }

/** Of a kind that every tenant has, or of one of the tenant's own objects. */
export function importRecords(
  sql: Client,
  tenantId: string,
  kind: string,
  { object, actor }: ImportRecords = {},
): Importer {
  return recordImporter(kind, object, (work) => inTenant(sql, tenantId, traced(work), actor))
}

/** The same, undone: what would be written is told instead. */
export function tryRecords(sql: Client, tenantId: string, kind: string, { object }: ImportRecords = {}): Importer {
  return recordImporter(kind, object, (work) => inTenant(sql, tenantId, work), true)
}

function recordImporter(kind: string, object: CustomObject | undefined, tenant: InTenant, isDry = false): Importer {
  const columns = object ? columnsOfObject(object) : columnsOf(RECORD_KINDS[kind]!)
  const target = object ? { table: 'records', object: object.key } : { table: kind }
  return async (lines) => {
    const fields = await tenant((sql) => readFields(sql, object?.key ?? singular(kind)))
    const texts = textsOf(fields)
    const refused: Refused[] = []
    const rows: { line: Line; values: Map<string, string>; custom: string }[] = []
    for (const line of lines) {
      try {
        if (line.problem) throw new KithError('LINE_UNREADABLE', line.problem)
        const cells = sortCells(line, columns, texts)
        if (fields.length > 0) checkCustom(fields, cells.custom)
        rows.push({ line, ...cells })
      } catch (error) {
        if (!(error instanceof KithError)) throw error
        refused.push(refusal(line, error.code, error.message))
      }
    }
    const named = [...new Set(columns.values())].filter(
      ({ name, required }) => required || rows.some(({ values }) => values.has(name)),
    )
    const staged = rows.map(({ line, values, custom }) => [
      line.number,
      custom,
      ...named.map(({ name }) => values.get(name) ?? null),
    ])
    const into = { ...target, fields: fields.map((one) => ({ ...one, compare: OWN_FUNCTIONS[one.type] })) }
    const write = (sql: Transaction) => store(sql, into, named, staged)
    const outcome = await (isDry ? undone(tenant, write) : tenant(write))
    const byNumber = new Map(rows.map(({ line }) => [line.number, line]))
    for (const { line, field, message } of outcome.problems) {
      refused.push(refusal(byNumber.get(line)!, 'LINE_REFUSED', `${field}: ${message}`))
    }
    refused.sort((a, b) => a.line - b.line)
    const result = { stored: outcome.created, known: outcome.updated, refused }
    if (!isDry) return result
    const wrong = new Set(outcome.problems.map(({ line }) => line))
    const fine = rows.filter(({ line }) => !wrong.has(line.number))
    const would = ({ values, custom }: (typeof rows)[number]) => ({
      ...Object.fromEntries(values),
      ...(custom !== '{}' && { custom: JSON.parse(custom) as unknown }),
    })
    return { ...result, would: fine.map((row) => ({ line: row.line.number, would: would(row) })) }
  }
}

/** As fields.object calls the kind: "activities" is "activity". */
function singular(kind: string): string {
  return kind.replace(/ies$/, 'y').replace(/s$/, '')
}

/** What a line says of fields must fit them; what it must not leave out is asked when it is known to be new. */
function checkCustom(fields: Field[], custom: string): void {
  let values: JsonObject
  try {
    values = JSON.parse(custom) as JsonObject
  } catch {
    return // told with its line by Postgres
  }
  try {
    checkFields(fields, values, false)
  } catch (error) {
    if (!(error instanceof KithError)) throw error
    throw new KithError('LINE_REFUSED', error.message)
  }
}

/** What the object is about. */
function columnsOfObject({ person, account, parent }: CustomObject): Map<string, StageColumn> {
  const unused = [
    'object',
    ...(person ? [] : ['userId', 'user_id', 'email', 'contact']),
    ...(account ? [] : ['account']),
    'parent',
  ]
  const columns = new Map([...columnsOf(records)].filter(([name]) => !unused.includes(name)))
  const column = {
    name: 'parent',
    column: 'parent_id',
    type: 'uuid',
    required: false,
    fallback: null,
    target: 'records',
  }
  if (parent !== null) columns.set('parent', { ...column, object: parent })
  return columns
}

/** By the names that a file may use, in camelCase and in snake_case. */
function columnsOf(table: PgTable): Map<string, StageColumn> {
  const all = getTableColumns(table) as Record<string, PgColumn>
  const result = new Map<string, StageColumn>()
  for (const [property, column] of Object.entries(all)) {
    if (OURS.has(property)) continue
    const stage: StageColumn = {
      name: property,
      column: column.name,
      type: column.getSQLType(),
      required: property === 'externalId' || (column.notNull && !column.hasDefault),
      fallback: column.notNull && column.hasDefault ? fallbackOf(column) : null,
    }
    result.set(property, stage).set(column.name, stage)
  }
  for (const [name, { column, table: target, property }] of Object.entries(REFERENCES)) {
    if (all[property]) result.set(name, { name, column, type: 'uuid', required: false, fallback: null, target })
  }
  return result
}

/** The one default that is no constant is now(), which Postgres reads as the text 'now' too. */
function fallbackOf({ default: value }: PgColumn): string {
  return typeof value === 'object' ? 'now' : String(value)
}

function sortCells(line: Line, columns: Map<string, StageColumn>, texts: ReadonlySet<string>) {
  const values = new Map<string, string>()
  const custom: string[] = []
  for (const [name, value] of line.cells ?? cellsOf(line.raw)) {
    requireKeepable(name, value)
    const column = columns.get(name)
    const [, key] = /^custom\.(.+)$/.exec(name) ?? []
    if (column) {
      const problem = valueProblem(column, value)
      if (problem) throw new KithError('LINE_REFUSED', `${column.name}: ${problem}`)
      values.set(column.name, value)
    } else if (key) {
      const isJson = line.cells === undefined
      custom.push(
        `${JSON.stringify(key)}:${isJson ? value : texts.has(key) ? JSON.stringify(value) : cellAsJson(value)}`,
      )
    } else
      throw new KithError(
        'LINE_REFUSED',
        `Expected one of ${[...new Set([...columns.values()].map((known) => known.name))].join(', ')} or custom.<name>; found ${name}.`,
      )
  }
  return { values, custom: `{${custom.join(',')}}` }
}

/** {"externalId": "a", "custom": {"x": 1}} -> externalId, custom.x (as JSON). Null is an empty cell. */
function cellsOf(raw: string): Map<string, string> {
  let record: unknown
  try {
    record = JSON.parse(raw)
  } catch (error) {
    throw new KithError('LINE_UNREADABLE', `Expected JSON. ${(error as Error).message}`)
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    throw new KithError('LINE_UNREADABLE', 'Expected an object.')
  const cells = new Map<string, string>()
  for (const [name, value] of Object.entries(record)) {
    requireKeepable(name, value)
    if (name === 'custom' && typeof value === 'object' && value !== null) {
      for (const [key, own] of Object.entries(value as object)) cells.set(`custom.${key}`, JSON.stringify(own))
    } else if (value !== null) cells.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  }
  return cells
}

function requireKeepable(name: string, value: unknown): void {
  const reason = unkeepable(name) ?? unkeepable(value)
  if (reason) throw new KithError('LINE_REFUSED', `${name.toWellFormed()}: ${reason}`)
}
