/**
 * Runs the tenants' mappings (JSONata, https://docs.jsonata.org) in processes of their own: one that never ends, by recursion
 * or by a regular expression, or that wants all memory, costs that process, and its tenant an error. (A thread is not
 * enough: one that runs out of memory takes the whole process with it.) There are a few, which tenants share fairly.
 */
import { SECOND } from '../../config.ts'
import { KithError } from '../../errors.ts'
import { FairSlots } from './fair-slots.ts'
import { type Answer, MappingChild } from './mapping-child.ts'

const MOST_CHILDREN = 4
/** Of a tenant, for the calls of others; a mapping of its own takes a millisecond. */
const MOST_WAITING = 200
const MOST_WAITING_CHARACTERS = 16_000_000
/** A mapping that costs a process so often in a row is not tried again before REST_MS: 200 dead letters would take as many seconds. */
const MOST_LOST = 3
const REST_MS = 20 * SECOND
const MOST_RESTING = 500

/** Of a call: `body` as parsed, `headers` in lower case without those that prove who calls. Of another database: a row. */
export type MappingInput =
  | { body: unknown; headers: Record<string, string> }
  | { row: unknown; [more: string]: unknown }

const slots = new FairSlots(MOST_CHILDREN)
const idle: MappingChild[] = []
/** By tenant and mapping: how often in a row, what it was told, and until when it rests. */
const lost = new Map<string, { times: number; error: string; until: number }>()

/** What the mapping makes of the input, as a list; empty where it makes nothing. Throws MAPPING_FAILED. */
export async function runMapping(tenantId: string, mapping: string, input: MappingInput): Promise<unknown[]> {
  const text = textOf(input)
  const { value, error } = await slots.run(tenantId, text.length, () => answer(`${tenantId} ${mapping}`, mapping, text))
  if (error !== undefined) throw new KithError('MAPPING_FAILED', `The mapping failed: ${error}`)
  const made = value === undefined ? undefined : (JSON.parse(value) as unknown)
  return made == null ? [] : Array.isArray(made) ? made : [made]
}

/** Throws MAPPING_FAILED unless it can be read; whether it fits what will come nobody knows yet. */
export async function checkMapping(tenantId: string, mapping: string): Promise<void> {
  await runMapping(tenantId, `(false ? (${mapping}\n); null)`, { body: {}, headers: {} })
}

/** Throws INGEST_BUSY where a tenant's calls come faster than they are mapped: waiting here, they would fill our memory. */
export function refuseWhenMapping(tenantId: string): void {
  const { count, size } = slots.load(tenantId)
  if (count < MOST_WAITING && size < MOST_WAITING_CHARACTERS) return
  throw new KithError('INGEST_BUSY', 'Calls arrive faster than your mappings take them; send these again later.', {
    status: 503,
    details: { retryAfterS: 1 },
  })
}

async function answer(key: string, mapping: string, input: string): Promise<Answer> {
  const before = lost.get(key)
  if (before && before.times >= MOST_LOST && before.until > performance.now()) {
    return {
      error: `${before.error} It did ${before.times} times in a row, and is not tried for ${REST_MS / SECOND} s.`,
    }
  }
  const child = idle.pop() ?? (await MappingChild.start())
  const result = await child.ask({ mapping, input })
  lost.delete(key)
  if (!result.lost) {
    idle.push(child)
    return result
  }
  lost.set(key, { times: (before?.times ?? 0) + 1, error: result.error!, until: performance.now() + REST_MS })
  if (lost.size > MOST_RESTING) lost.delete(lost.keys().next().value!)
  // Whoever comes next finds another; the time that it takes to start is theirs who lost it.
  idle.push(await MappingChild.start())
  return result
}

function textOf(input: MappingInput): string {
  try {
    return JSON.stringify(input)
  } catch (error) {
    // JSON.parse takes a million brackets, and JSON.stringify does not.
    if (!(error instanceof RangeError)) throw error
    throw new KithError('MAPPING_FAILED', 'Expected fewer levels of objects and lists; found more than can be written.')
  }
}
