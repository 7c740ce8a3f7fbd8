import type { Task } from 'graphile-worker'
import type { Client } from '../../db/client.ts'
import { beginTrace, startSpan, within } from '../../trace.ts'
import type { Engine } from '../engine.ts'
import { describeError, isTransient } from './errors.ts'
import { type Change, reactPayload } from './payload.ts'

/** Everything fails, it seems: no use to try one by one. */
const MOST_FAILURES = 10

/**
 * Reacts to a batch of changes. If it fails, and not for a passing reason, the batch is halved until those who make it fail
 * stand alone; the others are done, and only the failing ones stay in the job, to be tried again later.
 */
export function reactTask(engine: Engine, sql: Client): Task {
  return async (payload) => {
    const parsed = reactPayload.parse(payload)
    const links = parsed.flatMap((change) => ('people' in change && change.trace) || [])
    const changes = parsed.filter((change) => !('people' in change) || change.people.length > 0)
    if (changes.length === 0) return undefined
    const tenant = changes[0]!.tenant
    const react = (some: Change[]) => {
      const options = { kind: 'consumer', attributes: { 'kith.changes': some.length } } as const
      // Timers have nobody before them who could have begun a trace.
      const isTimed = some.every((change) => !('people' in change) && change.cause === 'timer')
      const span = isTimed ? beginTrace('react', options) : startSpan('react', { ...options, links })
      return within(span, () => engine.react(sql, tenant, some))
    }
    try {
      await react(changes)
      return undefined
    } catch (error) {
      if (isTransient(error)) throw describeError(error)
      const parts = changes.flatMap(apart)
      const failures = parts.length === 1 ? [{ changes: parts, error }] : await isolate(parts, error, react)
      // An erasure may have been done here or meanwhile by another job, and what failed may name the erased.
      for (const failure of failures)
        failure.changes = await engine.withoutErased(sql, tenant, failure.changes).catch(() => failure.changes)
      // graphile-worker keeps those entries of an array payload whose promise is rejected.
      const kept = payload as Change[]
      kept.splice(0, kept.length, ...failures.flatMap(({ changes }) => changes))
      return failures.flatMap(({ changes, error }) => changes.map(() => Promise.reject(describeError(error))))
    }
  }
}

type Failure = { changes: Change[]; error: unknown }

/** Halves `changes`, known to fail with `error`, until each failing one is alone. */
async function isolate(
  changes: Change[],
  error: unknown,
  react: (some: Change[]) => Promise<unknown>,
): Promise<Failure[]> {
  const failures: Failure[] = []
  const suspects: Failure[] = [{ changes, error }]
  for (let suspect = suspects.pop(); suspect; suspect = suspects.pop()) {
    if (suspect.changes.length === 1 || failures.length >= MOST_FAILURES || isTransient(suspect.error)) {
      failures.push(suspect)
      continue
    }
    const middle = suspect.changes.length >> 1
    for (const half of [suspect.changes.slice(middle), suspect.changes.slice(0, middle)]) {
      await react(half).catch((error: unknown) => suspects.push({ changes: half, error }))
    }
  }
  return failures
}

/** One change per person, profile or account. */
function apart(change: Change): Change[] {
  if ('people' in change) return change.people.map((person) => ({ tenant: change.tenant, people: [person] }))
  if ('accounts' in change) return change.accounts.map((account) => ({ ...change, accounts: [account] }))
  return change.profiles.map((profile) => ({ ...change, profiles: [profile] }))
}
