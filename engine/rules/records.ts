/** CRM records as rules see them: their tables, their fields, and the scan of each kind. */
import { compileWhere, type Operand, type Resolve, timeOf } from './condition.ts'
import type { Rows } from './counted.ts'
import { AT, type Parameters } from './parameters.ts'
import { COMMON, KINDS } from './kinds.ts'
import { Facts, type Parts } from './scan.ts'
import type { RecordKind, Where, Window } from './types.ts'

const INSTANTS = new Set([
  'createdAt',
  'updatedAt',
  'placedAt',
  'startsAt',
  'endsAt',
  'openedAt',
  'closedAt',
  'occurredAt',
])

/** How a path reads a row of a table: its columns by their GraphQL names, the tenant's own fields below `custom`. */
export function fieldsOf(alias: string, columns: string[], parameters: Parameters): Resolve {
  const known = new Set([...columns, ...COMMON])
  return (path): Operand => {
    if (!known.has(path)) return { json: `(${alias}.custom #> ${parameters.path(path.replace(/^custom\./, ''))})` }
    const column = `${alias}.${path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
    return { json: `to_jsonb(${column})`, time: INSTANTS.has(path) ? column : undefined }
  }
}

/** The scans of records of one sort of owner: profiles, through the identifiers they own, or accounts. */
export class RecordScans {
  private readonly owner: 'profile' | 'account'
  private readonly scans = new Map<RecordKind, Facts>()

  constructor(owner: 'profile' | 'account') {
    this.owner = owner
  }

  facts(kind: RecordKind): Facts {
    let facts = this.scans.get(kind)
    if (!facts) this.scans.set(kind, (facts = new Facts(`${this.name(kind)}_facts`)))
    return facts
  }

  /** The CTE of a kind's rows: alias `r`, with owner_id. */
  name(kind: RecordKind): string {
    return `${this.owner}_${KINDS[kind].table}`
  }

  build(owner: string): { ctes: string[]; joins: string[] } {
    const ctes: string[] = []
    const joins: string[] = []
    for (const [kind, facts] of this.scans) {
      const built = facts.build(`FROM ${this.name(kind)} r`, owner)
      ctes.push(this.cte(kind), ...built.ctes)
      joins.push(...built.joins)
    }
    return { ctes, joins }
  }

  private cte(kind: RecordKind): string {
    const rows = this.owner === 'account' ? accountRows(kind) : profileRows(kind)
    const [owners, id] = this.owner === 'account' ? ['accounts_read', 'id'] : ['owned', 'profile_id']
    return `${this.name(kind)} AS (
SELECT o.${id} AS owner_id, r.*
FROM ${owners} o
CROSS JOIN LATERAL (
  ${rows}
  OFFSET 0
) r
)`
  }
}

const OURS = 'tenant_id = (SELECT kith_tenant())'
const ITEMS = `SELECT i.*, orders.placed_at
  FROM orders JOIN order_items i ON i.tenant_id = orders.tenant_id AND i.order_id = orders.id
  WHERE orders.${OURS}`

function profileRows(kind: RecordKind): string {
  if (kind === 'orderItem') return `${ITEMS} AND orders.identifier_id = o.id`
  if (kind === 'contact' || kind === 'lead')
    return `SELECT * FROM ${KINDS[kind].table} WHERE ${OURS} AND id = ${recordId(kind)}`
  return `SELECT * FROM ${KINDS[kind].table} WHERE ${OURS} AND identifier_id = o.id`
}

function accountRows(kind: RecordKind): string {
  if (kind === 'orderItem') return `${ITEMS} AND orders.account_id = o.id`
  return `SELECT * FROM ${KINDS[kind].table} WHERE ${OURS} AND account_id = o.id`
}

/** A contact or lead is a person, and its id one of the person's identifiers; an event may have claimed any text as such. */
export function recordId(type: 'contact' | 'lead'): string {
  return `CASE WHEN o.type = '${type}' AND o.value ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN o.value::uuid END`
}

type RecordMatcher = Window & { kind: RecordKind; where?: Where | Where[]; on?: string }

/** The records of a node, of the profile's own or of the account's. */
export function recordRows(node: RecordMatcher, scans: RecordScans, parts: Parts, parameters: Parameters): Rows {
  const { time, columns } = KINDS[node.kind]
  const resolve = fieldsOf('r', columns, parameters)
  const facts = scans.facts(node.kind)
  const at = timeOf(resolve(node.on ?? time))
  return {
    source: `${scans.name(node.kind)} r`,
    facts,
    parts,
    parameters,
    time: at,
    order: [at, 'r.id'],
    named: 'true',
    where: compileWhere(node.where, resolve, parameters),
    resolve,
    timed: false,
    future: () => facts.add(`min(${at}) FILTER (WHERE ${at} > ${AT})`),
  }
}
