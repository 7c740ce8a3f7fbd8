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
/** Inputs of one question, and their characters. */
const MOST_AT_ONCE = 100
const MUCH_AT_ONCE = 1_000_000

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
  const [made] = await runMappings(tenantId, mapping, [input])
  if (made instanceof KithError) throw made
  return made!
}

/** The same of many, each with its own outcome; a hundred at once take a fraction of what they take one by one. */
export async function runMappings(
  tenantId: string,
  mapping: string,
  inputs: readonly MappingInput[],
): Promise<(unknown[] | KithError)[]> {
  const made: (unknown[] | KithError)[] = []
  for (let alone = 0; made.length < inputs.length; ) {
    const texts = textsOf(inputs, made.length, alone > 0 ? 1 : MOST_AT_ONCE)
    if (texts instanceof KithError) {
      made.push(texts)
      continue
    }
    const size = texts.reduce((sum, { length }) => sum + length, 0)
    const answers = await slots.run(tenantId, size, () => answer(`${tenantId} ${mapping}`, mapping, texts))
    // Which of them cost the process nobody knows: each is asked alone.
    if (answers === null) alone = texts.length
    else {
      alone = Math.max(0, alone - answers.length)
      made.push(...answers.map(madeOf))
    }
  }
  return made
}

function madeOf({ value, error }: Answer): unknown[] | KithError {
  if (error !== undefined) return new KithError('MAPPING_FAILED', `The mapping failed: ${error}`)
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

/** Null when several cost the process. */
async function answer(key: string, mapping: string, inputs: string[]): Promise<Answer[] | null> {
  const before = lost.get(key)
  if (before && before.times >= MOST_LOST && before.until > performance.now()) {
    const error = `${before.error} It did ${before.times} times in a row, and is not tried for ${REST_MS / SECOND} s.`
    return inputs.map(() => ({ error }))
  }
  const child = idle.pop() ?? (await MappingChild.start())
  const result = await child.ask({ mapping, inputs })
  if (!('lost' in result)) {
    lost.delete(key)
    idle.push(child)
    return result
  }
  // Whoever comes next finds another; the time that it takes to start is theirs who lost it.
  idle.push(await MappingChild.start())
  if (inputs.length > 1) return null
  lost.delete(key)
  lost.set(key, { times: (before?.times ?? 0) + 1, error: result.lost, until: performance.now() + REST_MS })
  if (lost.size > MOST_RESTING) lost.delete(lost.keys().next().value!)
  return [{ error: result.lost }]
}

/** Of the inputs from a place on, so many as go together; or what is wrong with the first. */
function textsOf(inputs: readonly MappingInput[], from: number, most: number): string[] | KithError {
  const texts: string[] = []
  for (let size = 0; texts.length < most && from + texts.length < inputs.length && size < MUCH_AT_ONCE; ) {
    try {
      const text = textOf(inputs[from + texts.length]!)
      size += text.length
      texts.push(text)
    } catch (error) {
      if (!(error instanceof KithError)) throw error
      return texts.length > 0 ? texts : error
    }
  }
  return texts
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
