/** Events and people for tests of identity, as the trigger of migration 0003 would tell of them. */
import fc from 'fast-check'
import { inTenant } from '../db/client.ts'
import { type Person, resolve } from '../engine/identity/index.ts'
import { canonicalInstant } from '../engine/identity/instant.ts'
import type { Oracle, OracleEvent } from '../engine/identity/oracle.ts'
import type { TestDatabase } from './database.ts'

export type Given = Omit<OracleEvent, 'id'>

export const T1 = '2026-11-24T10:00:00.000000Z'
export const seen = (ids: Record<string, string>, at = T1): Person => ({ ids, from: at, to: at })

export function identityOf(db: TestDatabase) {
  const see = (tenant: string, people: Person[]) => inTenant(db.worker, tenant, (sql) => resolve(sql, tenant, people))

  /** Stores the events, tells the oracle of them, and returns the people. */
  async function store(tenant: string, batch: Given[], oracle: Oracle): Promise<Person[]> {
    const people: Person[] = []
    for (const { at, ids, traits, previousId } of batch) {
      const alias = previousId !== undefined && ids.user_id !== undefined
      const { user_id = null, anonymous_id = null, ...others } = ids
      const [row] = await db.owner<[{ id: string }]>`
INSERT INTO events (tenant_id, type, name, user_id, anonymous_id, identifiers, occurred_at, traits, properties)
VALUES (${tenant}, ${alias ? 'alias' : 'identify'}, 'x', ${user_id}, ${anonymous_id}, ${JSON.stringify(others)}, ${at},
  ${traits ? JSON.stringify(traits) : null}, ${JSON.stringify(alias ? { previousId } : {})}) RETURNING id`
      const event: OracleEvent = { id: row.id, at, ids }
      if (traits) event.traits = traits
      if (alias) event.previousId = previousId
      oracle.see(event)
      people.push({ ids, from: at, to: at, ...(traits || alias ? { refs: [[at, row.id]] } : {}) })
    }
    return people
  }

  /** What Oracle.state() is compared with. */
  async function stored(tenant: string) {
    const rows = await db.owner<{ names: string[]; first: string; last: string; traits: object }[]>`
SELECT array_agg(i.type || ':' || i.value ORDER BY i.type || ':' || i.value) AS names, p.first_seen AS first,
  p.last_seen AS last, p.traits
FROM profiles p JOIN identifiers i ON i.tenant_id = p.tenant_id AND i.profile_id = p.id
WHERE p.tenant_id = ${tenant} AND p.merged_into IS NULL
GROUP BY p.tenant_id, p.id ORDER BY 1`
    return rows.map((row) => ({ ...row, first: canonicalInstant(row.first), last: canonicalInstant(row.last) }))
  }

  /** What Oracle.owners is compared with: whose each event is, by its id; nothing of what is nobody's. */
  async function ownersOf(tenant: string): Promise<Map<string, string>> {
    const rows = await db.owner<{ id: string; owner: string }[]>`
SELECT e.id, i.type || ':' || i.value AS owner FROM events e
JOIN identifiers i ON i.tenant_id = e.tenant_id AND i.id = e.identifier_id WHERE e.tenant_id = ${tenant}`
    return new Map(rows.map(({ id, owner }) => [id, owner]))
  }

  async function profileOf(tenant: string, type: string, value: string): Promise<string> {
    const [row] = await db.owner`
SELECT profile_id FROM identifiers WHERE tenant_id = ${tenant} AND type = ${type} AND value = ${value}`
    if (!row) throw new Error(`Expected an identifier ${type} ${value}; there is none.`)
    return row.profile_id as string
  }

  /** An empty tenant again: a new one costs a graph. */
  async function forgetAll(tenant: string): Promise<void> {
    const graph = `kith_${tenant.replaceAll('-', '')}`
    const tables = ['events', 'identifiers', 'profiles', 'merges', 'identity_links', 'identity_conflicts']
    await db.owner.unsafe(
      [
        ...tables.map((table) => `DELETE FROM ${table} WHERE tenant_id = '${tenant}'`),
        ...['_ag_label_vertex', '_ag_label_edge'].map((label) => `DELETE FROM ${graph}.${label}`),
      ].join(';'),
    )
  }

  /** How many rows of which tables have one of the words in them: of the tenant's graph and of all that is ours, the job queue too. */
  async function found(tenant: string, words: string[]): Promise<Record<string, number>> {
    const tables = await db.owner<{ name: string }[]>`
SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND (n.nspname IN ('public', 'ops', 'graphile_worker') OR n.nspname = ops.graph_name(${tenant}))`
    const counts: Record<string, number> = {}
    for (const { name } of tables) {
      const [row] = await db.owner.unsafe(
        `SELECT count(*)::int AS count FROM ${name} t WHERE EXISTS (SELECT FROM unnest($1::text[]) w WHERE strpos(lower(t::text), lower(w)) > 0)`,
        [words],
      )
      if (row!.count > 0) counts[name] = row!.count as number
    }
    return counts
  }

  return { see, store, stored, ownersOf, profileOf, forgetAll, found }
}

export const few = (...values: string[]) => fc.constantFrom(...values)
const instant = fc
  .integer({ min: 0, max: 6 })
  .map((n) => `2026-11-${10 + Math.floor(n / 3)}T0${n % 3}:00:00.000${n}00Z`)
export const anEvent = fc.record({
  at: instant,
  ids: fc
    .record(
      {
        user_id: few('u1', 'u2', 'u3'),
        anonymous_id: few('a1', 'a2', 'a3', 'a4', 'a5'),
        email: few('e1@x.de', 'e2@x.de', 'e3@x.de'),
        phone: few('+4930901820', '+4930901821'),
      },
      { requiredKeys: [] },
    )
    .filter((ids) => Object.keys(ids).length > 0),
  traits: fc.option(fc.dictionary(few('plan', 'city'), fc.option(few('x', 'y', 'z'))), { nil: undefined, freq: 3 }),
  previousId: fc.option(few('u1', 'u2', 'u3', 'a1'), { nil: undefined, freq: 8 }),
})
export const aHistory = fc.array(fc.array(anEvent, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 })
