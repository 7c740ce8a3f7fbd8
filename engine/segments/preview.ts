/**
 * What a rule would say, before it is saved: how many people or accounts, which of them, and, against a segment that exists, who would
 * enter and who would leave. Nothing is written, nothing is locked.
 */
import type { Transaction } from '../../db/client.ts'
import { type StoredDefinition, type Tenant } from '../definitions.ts'
import { referredBy } from '../dependencies.ts'
import { compile, type Definition, MANY, STORED, type Subject } from '../rules/index.ts'
import { NIL } from '../../db/uuid.ts'

/** So many people or accounts are all evaluated; of more, so many taken at random. 10,000 with a counted event: about 0.2 s. */
export const SAMPLE = 10_000
/** People of one statement: it locks nobody out, so many. */
const CHUNK = 2 * MANY

export type PreviewOptions = {
  /** Whom the rule is about; people when left out. */
  subject?: Subject
  rule: object
  /** The segment that the rule is to become. */
  segment?: StoredDefinition | null
  /** The instant to ask about; the tenant's now when left out. */
  at?: string | null
  /** Everybody, however many. */
  exact?: boolean
  /** How many of each group to name. */
  name: number
}

/** People or accounts of one kind: how many there are, or would be by the sample, and the ids of some of them. */
export type Group = { count: number; subject: Subject; ids: string[] }

export type Preview = {
  at: string
  subject: Subject
  /** How many there are in all, and how many were asked about. */
  people: number
  evaluated: number
  /** Half of the 95 % interval of `matching.count`; 0 when everybody was evaluated. */
  margin: number
  matching: Group
  entering: Group
  leaving: Group
}

export async function previewSegment(sql: Transaction, tenant: Tenant, options: PreviewOptions): Promise<Preview> {
  const { subject = 'person' } = options
  const { id: column, members } = STORED[subject]
  const at = options.at ?? tenant.at
  const id = options.segment?.id ?? NIL
  // A rule may name its own segment's key no more than a saved one may; its former self is not asked.
  const definition = { id, kind: 'segment', key: options.segment?.key ?? '', subject, rule: options.rule } as Definition
  const { people, ids } = await choose(sql, subject, options.exact ?? false)
  const definitions = [definition, ...referredBy([definition], tenant.definitions)]
  const { text, parameters } = compile(definitions, subject, { many: ids.length >= MANY })

  const found = { matching: 0, entering: 0, leaving: 0 }
  const named: Record<keyof typeof found, string[]> = { matching: [], entering: [], leaving: [] }
  for (let start = 0; start < ids.length; start += CHUNK) {
    const chunk = ids.slice(start, start + CHUNK)
    const rows = await sql.unsafe(
      `
WITH evaluated AS MATERIALIZED (
${text}
)
SELECT e.${column} AS id, e.is_member AS matches, m.${column} IS NOT NULL AS member
FROM evaluated e
LEFT JOIN ${members} m ON m.segment_id = e.definition_id AND m.${column} = e.${column}
WHERE e.definition_id = $${parameters.length + 4}::uuid AND (e.is_member OR m.${column} IS NOT NULL)`,
      [chunk, at, tenant.timezone, ...parameters, id] as never[],
      { prepare: false },
    )
    for (const { id, matches, member } of rows) {
      if (matches) count('matching', id)
      if (matches && !member) count('entering', id)
      if (!matches && member) count('leaving', id)
    }
  }

  function count(group: keyof typeof found, id: string): void {
    found[group] += 1
    if (named[group].length < options.name) named[group].push(id)
  }

  const scale = ids.length === 0 ? 0 : people / ids.length
  const group = (name: keyof typeof found): Group => ({
    ...{ count: Math.round(found[name] * scale), subject, ids: named[name] },
  })
  return {
    at,
    subject,
    people,
    evaluated: ids.length,
    margin: ids.length >= people ? 0 : Math.ceil(margin(found.matching, ids.length) * people),
    matching: group('matching'),
    entering: group('entering'),
    leaving: group('leaving'),
  }
}

/** Everybody, or a sample. `random()` over the whole table takes 0.15 s of a million rows. */
async function choose(sql: Transaction, subject: Subject, exact: boolean): Promise<{ people: number; ids: string[] }> {
  const all = subject === 'person' ? sql`profiles WHERE merged_into IS NULL` : sql`accounts WHERE true`
  const [counted] = await sql<[{ n: string }]>`SELECT count(*) AS n FROM ${all}`
  const people = Number(counted.n)
  const share = exact || people <= SAMPLE ? 1 : SAMPLE / people
  const rows = await sql<{ id: string }[]>`
SELECT id FROM ${all} AND (${share}::float8 >= 1 OR random() < ${share}::float8)`
  return { people, ids: rows.map(({ id }) => id) }
}

/** Half the width of Wilson's interval at 95 %, as a share: honest for shares near none and all, too. */
function margin(hits: number, n: number): number {
  const z = 1.96
  const share = hits / n
  return (z / (1 + z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2))
}
