/**
 * What a statement reads, shared by all of its rules: each table is scanned once, and per scan there is one row of
 * aggregates (facts) per owner, a profile or an account. Rules that ask for the same fact share its column.
 */
import { AT, type Parameters } from './parameters.ts'
import type { EventMatcher } from './types.ts'

/** Postgres allows 1,664 columns in a row; past this many, facts go into a further one. */
const MOST = 1000

/** The aggregates over one scan. */
export class Facts {
  private readonly alias: string
  private readonly columns = new Map<string, string>()

  constructor(alias: string) {
    this.alias = alias
  }

  get used(): boolean {
    return this.columns.size > 0
  }

  /** The column that holds an aggregate. */
  add(aggregate: string): string {
    let column = this.columns.get(aggregate)
    if (!column) {
      const n = this.columns.size
      column = `${this.alias}_${Math.floor(n / MOST)}.f${n}`
      this.columns.set(aggregate, column)
    }
    return column
  }

  /** CTEs, and their joins to the owner's id. The source is FROM and what follows it, and has an owner_id. */
  build(source: string, owner: string): { ctes: string[]; joins: string[] } {
    const ctes: string[] = []
    const joins: string[] = []
    const columns = [...this.columns]
    for (let n = 0; n * MOST < columns.length; n++) {
      const name = `${this.alias}_${n}`
      const list = columns.slice(n * MOST, (n + 1) * MOST)
      const aggregates = list.map(([sql, column]) => `  ${sql} AS ${column.split('.')[1]}`)
      ctes.push(`${name} AS (\nSELECT owner_id,\n${aggregates.join(',\n')}\n${source}\nGROUP BY owner_id\n)`)
      joins.push(`LEFT JOIN ${name} ON ${name}.owner_id = ${owner}`)
    }
    return { ctes, joins }
  }
}

/**
 * What no aggregate over the scan can answer: sequences, groups. Each part is a query of its own over the shared scans,
 * with columns owner_id and u, and its answer a column of one common row per profile.
 */
export class Parts {
  private readonly alias: string
  private readonly queries: string[] = []

  constructor(alias: string) {
    this.alias = alias
  }

  /** The column with the largest u of the query's rows, null when the profile has none. */
  add(query: string): string {
    const known = this.queries.indexOf(query)
    const n = known === -1 ? this.queries.push(query) - 1 : known
    return `${this.alias}_${Math.floor(n / MOST)}.p${n}`
  }

  build(owner: string): { ctes: string[]; joins: string[] } {
    const ctes: string[] = []
    const joins: string[] = []
    for (let n = 0; n * MOST < this.queries.length; n++) {
      const list = this.queries.slice(n * MOST, (n + 1) * MOST).map((query, m) => [n * MOST + m, query] as const)
      const columns = list.map(([m]) => `  max(u) FILTER (WHERE part = ${m}) AS p${m}`)
      const rows = list.map(([m, query]) => `SELECT ${m} AS part, owner_id, u FROM (\n${query}\n) p`)
      ctes.push(
        `${this.alias}_${n} AS (\nSELECT owner_id,\n${columns.join(',\n')}\nFROM (\n${rows.join('\nUNION ALL\n')}\n) parts\nGROUP BY owner_id\n)`,
      )
      joins.push(`LEFT JOIN ${this.alias}_${n} ON ${this.alias}_${n}.owner_id = ${owner}`)
    }
    return { ctes, joins }
  }
}

/** When the earliest event comes that has not happened yet, if there is one: any answer may change then. */
export const FUTURE = `min(e.occurred_at) FILTER (WHERE e.occurred_at > ${AT})`

const MOST_TAKEN_OUT = 16
const MOST_SHARED = 64
const COLUMNS = ['identifier_id', 'name', 'occurred_at', 'received_at', 'id']

/** The one scan of events: which names, and since when. */
export class EventScan {
  private readonly names = new Set<string>()
  private readonly starts = new Set<string>()
  private unbounded = false
  private everyName = false
  readonly knownBy: string | undefined
  private readonly paths: string[] = []
  private readonly computed: string[] = []
  private whole = false

  /** `knownBy`: only events that had been received by this instant. */
  constructor(knownBy?: string) {
    this.knownBy = knownBy
  }

  /** Makes the scan read these events, from `start` on (SQL of a timestamptz), or from the first. */
  read(matcher: EventMatcher, start: string | undefined): void {
    for (const name of [matcher.name].flat()) this.names.add(name)
    if (start) this.starts.add(start)
    else this.unbounded = true
  }

  readEverything(): void {
    this.everyName = true
    this.unbounded = true
  }

  /**
   * What lies at a path (SQL of text[]) of the properties. It is taken out once, however many rules read it: a hundred over the
   * same few take 0.8 of the time. Every event pays for it, whatever its name, so only the first few are.
   */
  property(path: string): string {
    const known = this.paths.indexOf(path)
    if (known !== -1) return `e.p${known}`
    if (this.paths.length >= MOST_TAKEN_OUT) return `(${this.properties()} #> ${path})`
    return `e.p${this.paths.push(path) - 1}`
  }

  /**
   * What facts share, as SQL over an event e and `once`: whether it has a name, lies in a window, the number at a path. Computed once
   * per event, the first few, as each fact asks every event: a hundred segments over 2,500 events fold in 4 ms instead of 9.
   */
  shared(sql: string): string {
    const known = this.computed.indexOf(sql)
    if (known !== -1) return `e.c${known}`
    return this.computed.length < MOST_SHARED ? `e.c${this.computed.push(sql) - 1}` : sql
  }

  /** All properties. */
  properties(): string {
    this.whole = true
    return 'e.properties'
  }

  get used(): boolean {
    return this.names.size > 0
  }

  /** The names of the CTE's columns behind the owner. */
  get columns(): string[] {
    return [...this.columnsBy((_, n) => `p${n}`), ...this.computed.map((_, n) => `c${n}`)]
  }

  private columnsBy(taken: (path: string, n: number) => string): string[] {
    return [...COLUMNS, ...(this.whole ? ['properties'] : []), ...this.paths.map(taken)]
  }

  /**
   * The CTE events_read. All identifiers go into one condition, which each chunk's events_by_identifier answers in one
   * descent; OFFSET 0 leaves the planner no other choice. Measured over 26 chunks and 1 M events, for 5,000 profiles:
   * 0.23 s; with a look per identifier and chunk 2.3 s. A plain join took 0.4 s there, and 2.5 s even for 100 profiles
   * (here 0.011) where statistics were stale.
   *
   * FULL JOIN, because no nested loop can answer it: how many are asked is a parameter that the planner does not know, and
   * with the statistics of a young database it compared every event with every identifier (14,000 by 10,000).
   *
   * Of many the planner must choose, with the people before its eyes: a scan of whole chunks and one hash. Of 100,000 people and 1 M
   * events that is 0.8 s of processor time instead of 1.25, of 5,000 0.19 instead of 0.15.
   */
  cte(parameters: Parameters, many: boolean): string {
    const conditions: string[] = []
    if (!this.everyName) {
      const names = [...this.names].map((name) => JSON.stringify(name)).join(',')
      conditions.push(`name = ANY (${parameters.add(`{${names}}`, 'text[]')})`)
    }
    if (this.knownBy) conditions.push(`received_at <= ${parameters.add(this.knownBy, 'timestamptz')}`)
    const starts = [...this.starts]
    if (!this.unbounded)
      conditions.push(`occurred_at >= ${starts.length === 1 ? starts[0] : `LEAST(${starts.join(', ')})`}`)
    const columns = this.columnsBy((path, n) => `properties #> ${path} AS p${n}`).join(', ')
    const computed = this.computed.map((sql, n) => `, ${sql} AS c${n}`).join('')
    if (many) {
      return `events_read AS (
SELECT e.*${computed}
FROM (
  SELECT o.owner_id, ${columns}
  FROM (SELECT id AS identifier_id, owner_id FROM owned) o
  JOIN tenant_events USING (identifier_id)${conditions.length > 0 ? `\n  WHERE ${conditions.join(' AND ')}` : ''}
  OFFSET 0
) e
CROSS JOIN once
OFFSET 0
)`
    }
    conditions.unshift('identifier_id = ANY (ARRAY(SELECT id FROM owned))')
    return `events_read AS (
SELECT *
FROM (
  SELECT o.owner_id, e.*${computed}
  FROM (
    SELECT ${columns}
    FROM tenant_events
    WHERE ${conditions.join(' AND ')}
    OFFSET 0
  ) e
  FULL JOIN owned o ON o.id = e.identifier_id
  CROSS JOIN once
  OFFSET 0
) e
WHERE id IS NOT NULL
)`
  }
}
