/** CRM records as rules see them: their tables, their fields, and the scan of each kind. */
import { compileWhere, type Operand, type Resolve, timeOf } from './condition.ts'
import type { Rows } from './counted.ts'
import { AT, type Parameters } from './parameters.ts'
import { COMMON, kindOf, typeOfColumn } from './kinds.ts'
import { Facts, type Parts } from './scan.ts'
import { rowsThen } from './then.ts'
import { seconds } from './truth.ts'
import type { RecordKind, Where, Window } from './types.ts'

/** How a path reads a row of a table: its columns by their GraphQL names, the tenant's own fields below `custom`. */
export function fieldsOf(alias: string, columns: string[], parameters: Parameters): Resolve {
  const known = new Set([...columns, ...COMMON])
  return (path): Operand => {
    if (!known.has(path)) return { json: `(${alias}.custom #> ${parameters.path(path.replace(/^custom\./, ''))})` }
    const column = `${alias}.${path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
    return { json: `to_jsonb(${column})`, time: typeOfColumn(path) === 'instant' ? column : undefined }
  }
}

/** The scans of records of one sort of owner: profiles, through the identifiers they own, or accounts. */
export class RecordScans {
  private readonly owner: 'profile' | 'account'
  private readonly scans = new Map<RecordKind, Facts>()
  private readonly names = new Map<RecordKind, string>()
  /** The place-holders of the keys of the tenant's own objects. */
  private readonly objects = new Map<RecordKind, string>()

  private readonly knownBy: string | undefined

  /** `knownBy`: as they were at that instant (then.ts). */
  constructor(owner: 'profile' | 'account', knownBy?: string) {
    this.owner = owner
    this.knownBy = knownBy
  }

  facts(kind: RecordKind, parameters: Parameters): Facts {
    let facts = this.scans.get(kind)
    if (!facts) {
      const { table, object } = kindOf(kind)
      // A number tells own objects apart: no text of a rule is part of the statement.
      this.names.set(kind, `${this.owner}_${table}${object === undefined ? '' : `_${this.objects.size}`}`)
      if (object !== undefined) this.objects.set(kind, parameters.text(object))
      this.scans.set(kind, (facts = new Facts(`${this.name(kind)}_facts`)))
    }
    return facts
  }

  /** The CTE of a kind's rows, once its facts were asked for: alias `r`, with owner_id. */
  name(kind: RecordKind): string {
    return this.names.get(kind)!
  }

  /** Whether what an identifier says is read, besides whose it is. */
  get readsIdentifiers(): boolean {
    return this.scans.has('contact') || this.scans.has('lead')
  }

  build(owner: string, parameters: Parameters): { ctes: string[]; joins: string[] } {
    const ctes: string[] = []
    const joins: string[] = []
    for (const [kind, facts] of this.scans) {
      const built = facts.build(`FROM ${this.name(kind)} r CROSS JOIN once`, owner)
      ctes.push(this.cte(kind, parameters), ...built.ctes)
      joins.push(...built.joins)
    }
    return { ctes, joins }
  }

  /** One look into the index for all owners together, as for the events; see EventScan.cte. */
  private cte(kind: RecordKind, parameters: Parameters): string {
    const then = this.knownBy && parameters.add(this.knownBy, 'timestamptz')
    const object = this.objects.get(kind)
    const read: Read = (table, condition) => {
      const all = object ? `${condition} AND object = ${object}` : condition
      return then ? rowsThen(table, all, then) : `SELECT * FROM ${table} WHERE ${OURS} AND ${all}`
    }
    const [owner, source, rows, on] =
      this.owner === 'account'
        ? ['o.id', 'accounts_read', accountRows(kind, read), 'o.id = r.account_id']
        : ['o.owner_id', 'owned', profileRows(kind, read), ownedBy(kind)]
    return `${this.name(kind)} AS (
SELECT ${owner} AS owner_id, r.*
FROM (
  ${rows}
  OFFSET 0
) r
JOIN ${source} o ON ${on}
)`
  }
}

const OURS = 'tenant_id = (SELECT kith_tenant())'

/** Rows of a table that belong to the identifiers `owned`, now or as they were then. */
export function ownRows(table: string, then: string | undefined, key?: string): string {
  const own = 'identifier_id = ANY (ARRAY(SELECT id FROM owned))'
  return then ? rowsThen(table, own, then, key) : `SELECT * FROM ${table} WHERE ${OURS} AND ${own}`
}

/** The rows of a table that satisfy a condition. */
type Read = (table: string, condition: string) => string

function items(read: Read, condition: string): string {
  return `SELECT i.*, orders.placed_at, orders.identifier_id, orders.account_id
  FROM (${read('orders', condition)}) orders CROSS JOIN LATERAL (${read('order_items', 'order_id = orders.id')}) i`
}

function profileRows(kind: RecordKind, read: Read): string {
  const owners = 'ANY (ARRAY(SELECT id FROM owned))'
  if (kind === 'orderItem') return items(read, `identifier_id = ${owners}`)
  if (kind !== 'contact' && kind !== 'lead') {
    return read(kindOf(kind).table, `identifier_id = ${owners}`)
  }
  // A contact or lead is a person, and its id one of the person's identifiers; but an event may claim any text as such.
  const ids = `SELECT value::uuid FROM owned WHERE type = '${kind}' AND pg_input_is_valid(value, 'uuid')`
  return read(kindOf(kind).table, `id = ANY (ARRAY(${ids}))`)
}

function ownedBy(kind: RecordKind): string {
  return kind === 'contact' || kind === 'lead'
    ? `o.type = '${kind}' AND o.value = r.id::text`
    : 'o.id = r.identifier_id'
}

function accountRows(kind: RecordKind, read: Read): string {
  const owners = 'ANY (ARRAY(SELECT id FROM accounts_read))'
  if (kind === 'orderItem') return items(read, `account_id = ${owners}`)
  return read(kindOf(kind).table, `account_id = ${owners}`)
}

export type RecordMatcher = Window & { kind: RecordKind; where?: Where | Where[]; on?: string }

/** The records of a node, of the profile's own or of the account's. */
export function recordRows(node: RecordMatcher, scans: RecordScans, parts: Parts, parameters: Parameters): Rows {
  const { time, columns } = kindOf(node.kind)
  const resolve = fieldsOf('r', columns, parameters)
  const facts = scans.facts(node.kind, parameters)
  const at = timeOf(resolve(node.on ?? time))
  return {
    source: `${scans.name(node.kind)} r CROSS JOIN once`,
    facts,
    parts,
    parameters,
    time: at,
    order: [at, 'r.id'],
    named: 'true',
    where: compileWhere(node.where, resolve, parameters),
    resolve,
    shared: (sql) => sql,
    timed: false,
    future: () => facts.add(seconds(`min(${at}) FILTER (WHERE ${at} > ${AT})`)),
  }
}
