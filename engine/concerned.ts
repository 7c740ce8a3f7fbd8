import type { Transaction } from '../db/client.ts'
import { type Part, withReferred } from './affected.ts'
import type { StoredDefinition, Tenant } from './definitions.ts'
import { asked } from './dependencies.ts'
import { runCompiled } from './evaluate.ts'
import { type AccountDefinition, compileConcerned, type Definition, MANY } from './rules/index.ts'

/**
 * Fewer are asked at once: a statement more would cost as much as it saves. So would one that leaves out hardly anybody, which is
 * not tried again for some times. Tests always look.
 */
export const looking = { fewest: 10, pause: 20 }
const WORTHWHILE = 0.8

/**
 * Those of a part whose answers its events can change; the others keep what is stored of them, and their timers. Of rules that
 * nobody, or not everybody, has been asked yet nothing is known, and everybody is concerned. So is who has `lost` events:
 * it is of one that is added that it is known which way it moves an answer.
 */
export async function concerned(
  sql: Transaction,
  { at, timezone, definitions: all }: Pick<Tenant, 'at' | 'timezone' | 'definitions'>,
  { profiles, names, definitions }: Part,
  lost: ReadonlySet<string> = new Set(),
): Promise<string[]> {
  if (profiles.length < looking.fewest || definitions.length === 0) return profiles
  const key = [...definitions.map(({ id, version }) => `${id} ${version}`), ...names].join('\n')
  if (isInVain(key)) return profiles
  const read = withReferred(definitions, all)
  if (!read.every(isBackfilled)) return profiles
  const statement = compileConcerned(
    definitions as Exclude<Definition, AccountDefinition>[],
    names,
    read.map((one) => asked(one, 'change')),
    profiles.length >= MANY,
  )
  if (!statement) return profiles
  const parameters = [profiles, at, timezone, ...statement.parameters]
  const rows = await runCompiled<{ id: string }>(sql, statement.text, parameters, profiles.length)
  if (rows.length > WORTHWHILE * profiles.length) pauses.set(key, looking.pause)
  const found = new Set(rows.map(({ id }) => id))
  return profiles.filter((id) => lost.has(id) || found.has(id))
}

const MOST_PAUSES = 1000
const pauses = new Map<string, number>()

/** Whether it left out hardly anybody the last time; counts down. */
function isInVain(key: string): boolean {
  const left = pauses.get(key) ?? 0
  if (left > 1) pauses.set(key, left - 1)
  else pauses.delete(key)
  if (pauses.size > MOST_PAUSES) pauses.clear()
  return left > 0
}

const isBackfilled = ({ version, backfilledVersion }: StoredDefinition) => version === backfilledVersion
