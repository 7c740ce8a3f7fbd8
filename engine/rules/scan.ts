/**
 * What a statement reads, shared by all of its rules: one scan of the events, one of the identifiers, and per scan one row
 * of aggregates (facts) per profile. Rules that ask for the same fact share its column.
 */
import { AT, type Parameters } from './parameters.ts'
import type { EventMatcher } from './types.ts'

/** Aggregates over one scan, as columns. Postgres allows 1,664 in a row; past MOST they go into a further one. */
export class Facts {
  private readonly alias: string
  private readonly names = new Map<string, string>()

  constructor(alias: string) {
    this.alias = alias
  }

  /** The column that holds an aggregate. */
  add(aggregate: string): string {
    let name = this.names.get(aggregate)
    if (!name) {
      const n = this.names.size
      name = `${this.alias}${Math.floor(n / MOST)}.f${n}`
      this.names.set(aggregate, name)
    }
    return name
  }

  /** CTEs and joins; `source` is FROM and below, with profile_id. */
  build(source: string): { ctes: string[]; joins: string[] } {
    const ctes: string[] = []
    const joins: string[] = []
    const columns = [...this.names]
    for (let n = 0; n * MOST < columns.length; n++) {
      const table = `${this.alias}${n}`
      const list = columns.slice(n * MOST, (n + 1) * MOST)
      const aggregates = list.map(([sql, name]) => `  ${sql} AS ${name.split('.')[1]}`)
      ctes.push(`${table} AS (\nSELECT profile_id,\n${aggregates.join(',\n')}\n${source}\nGROUP BY profile_id\n)`)
      joins.push(`LEFT JOIN ${table} ON ${table}.profile_id = s.id`)
    }
    return { ctes, joins }
  }
}

const MOST = 1000

/** The one scan of events: which names, and since when. */
export class EventScan {
  readonly facts = new Facts('ef')
  private readonly names = new Set<string>()
  private readonly starts = new Set<string>()
  private unbounded = false

  /** Makes the scan read these events, from `start` on (SQL of a timestamptz), or from the first. */
  read(matcher: EventMatcher, start: string | undefined): void {
    for (const name of [matcher.name].flat()) this.names.add(name)
    if (start) this.starts.add(start)
    else this.unbounded = true
  }

  get used(): boolean {
    return this.names.size > 0
  }

  /** When the earliest event comes that has not happened yet, if there is one: any answer may change then. */
  get future(): string {
    return this.facts.add(`min(e.occurred_at) FILTER (WHERE e.occurred_at > ${AT})`)
  }

  /** The CTE events_read: e.profile_id, name, occurred_at, received_at, id, properties. */
  cte(parameters: Parameters): string {
    const bounds = [...this.starts]
    const start = bounds.length === 1 ? bounds[0] : `LEAST(${bounds.join(', ')})`
    const since = this.unbounded ? '' : `\n  AND e.occurred_at >= ${start}`
    const names = parameters.add(`{${[...this.names].map((name) => JSON.stringify(name)).join(',')}}`, 'text[]')
    return `events_read AS (
SELECT o.profile_id, e.name, e.occurred_at, e.received_at, e.id, e.properties
FROM owned o
JOIN tenant_events e ON e.identifier_id = o.id
WHERE e.name = ANY (${names})${since}
)`
  }
}
