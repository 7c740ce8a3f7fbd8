/** The erased in the job queue: a job that waits, or has failed, may name them for days. */
import { type Client, inTenant, type Transaction } from '../../db/client.ts'
import { putBack, readJobsNaming, takeJobs } from '../../db/sql/identity/erase-jobs.ts'
import { readSuppressed } from '../../db/sql/identity/erase.ts'
import { nameIdentifiers } from './normalise.ts'
import { type Policy, readPolicy } from './policy.ts'
import type { Person } from './types.ts'

/** What the changes of a `react` job have in them; other jobs name nobody. */
type Named = { people?: Person[]; profiles?: string[] }

export type Erased = {
  names(type: string, value: unknown): boolean
  profiles: Set<string>
}

const FAILURE = 'Failed for good; the error is gone, since somebody was erased whom the job named.'

export function erased(policy: Policy, ids: Iterable<string>, profileIds: Iterable<string> = []): Erased {
  const gone = new Set(ids)
  return {
    names: (type, value) =>
      nameIdentifiers(policy, { [type]: value }).some(({ id, aliasOf }) => gone.has(id) || gone.has(aliasOf ?? id)),
    profiles: new Set(profileIds),
  }
}

/**
 * The changes without the erased, and those that name nobody else not at all. As in dropSuppressed: of an event's people the
 * others are left, and a record that names one of the erased is nobody's.
 */
export function withoutThem<T extends object>(
  changes: readonly T[],
  gone: Erased,
): { changes: T[]; touched: Person[] } {
  const touched: Person[] = []
  const left = changes.flatMap((change: T & Named) => {
    const people = change.people?.flatMap((person) => {
      const ids = Object.entries(person.ids).filter(([type, value]) => !gone.names(type, value))
      if (ids.length === Object.keys(person.ids).length) return [person]
      if (ids.length === 0 || person.from === undefined) return []
      const rest = { ...person, ids: Object.fromEntries(ids) }
      touched.push(rest)
      return [rest]
    })
    const profiles = change.profiles?.filter((id) => !gone.profiles.has(id))
    if (people?.length === 0 && change.people!.length > 0) return []
    if (profiles?.length === 0 && change.profiles!.length > 0) return []
    return [{ ...change, ...(people && { people }), ...(profiles && { profiles }) }]
  })
  return { changes: left, touched }
}

/**
 * Takes the erased out of the tenant's jobs, and jobs out that name nobody else; an error that quotes them goes too. Returns
 * how many jobs that were, and the people in them who are left.
 */
export async function eraseJobs(
  sql: Transaction,
  tenantId: string,
  values: string[],
  gone: Erased,
): Promise<{ count: number; touched: Person[] }> {
  const candidates = await readJobsNaming(sql, tenantId, [...values, ...gone.profiles])
  const quoted = values.map((value) => value.toLowerCase())
  const ids = candidates.flatMap(({ id, payload, error }) => {
    const isQuoted = quoted.some((value) => error?.toLowerCase().includes(value))
    return isQuoted || (Array.isArray(payload) && differs(payload, withoutThem(payload, gone).changes)) ? [id] : []
  })
  if (ids.length === 0) return { count: 0, touched: [] }
  const taken = await takeJobs(sql, ids)
  const touched: Person[] = []
  for (const job of taken) {
    if (!Array.isArray(job.payload)) {
      await putBack(sql, job, FAILURE)
      continue
    }
    const left = withoutThem(job.payload as object[], gone)
    touched.push(...left.touched)
    if (left.changes.length > 0) await putBack(sql, { ...job, payload: left.changes }, FAILURE)
  }
  return { count: taken.length, touched }
}

function differs(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) !== JSON.stringify(after)
}

/** What of a job's changes may be kept for another attempt: the erasure may have been done in this one. */
export function withoutErased<T extends object>(sql: Client, tenantId: string, changes: readonly T[]): Promise<T[]> {
  return inTenant(sql, tenantId, async (sql) => {
    const policy = await readPolicy(sql, tenantId)
    const people = changes.flatMap((change: T & Named) => change.people ?? [])
    const names = people.flatMap((person) => nameIdentifiers(policy, person.ids))
    const rows = await readSuppressed(sql, tenantId, [...new Set(names.map((name) => name.id))])
    if (rows.length === 0) return [...changes]
    return withoutThem(
      changes,
      erased(
        policy,
        rows.map((row) => row.id),
      ),
    ).changes
  })
}
