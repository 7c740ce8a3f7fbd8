/**
 * Runs the tenants' mappings (JSONata, https://docs.jsonata.org) in a process of their own: one that never ends, by recursion
 * or by a regular expression, or that wants all memory, costs that process, and its tenant an error. (A thread is not
 * enough: one that runs out of memory takes the whole process with it.)
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { KithError } from '../../errors.ts'

const MOST_MS = 1000
const MOST_MB = 64

/** Of a call: `body` as parsed, `headers` in lower case without those that prove who calls. Of another database: a row. */
export type MappingInput = { body: unknown; headers: Record<string, string> } | { row: unknown }

type Answer = { value?: string; error?: string }

let child: Promise<ChildProcess> | undefined
let queue: Promise<unknown> = Promise.resolve()

/** What the mapping makes of the input, as a list; empty where it makes nothing. Throws MAPPING_FAILED. */
export function runMapping(mapping: string, input: MappingInput): Promise<unknown[]> {
  const result = queue.then(() => run(mapping, input))
  queue = result.catch(() => {}) // one at a time, so that the clock measures one
  return result
}

/** Throws MAPPING_FAILED unless it can be read; whether it fits what will come nobody knows yet. */
export async function checkMapping(mapping: string): Promise<void> {
  await runMapping(`(false ? (${mapping}\n); null)`, { body: {}, headers: {} })
}

async function run(mapping: string, input: MappingInput): Promise<unknown[]> {
  const { value, error } = await ask(await (child ??= start()), { mapping, input: textOf(input) })
  if (error !== undefined) throw new KithError('MAPPING_FAILED', `The mapping failed: ${error}`)
  const made = value === undefined ? undefined : (JSON.parse(value) as unknown)
  return made == null ? [] : Array.isArray(made) ? made : [made]
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

function ask(current: ChildProcess, message: { mapping: string; input: string }): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>()
  const lose = (error: string) => {
    child = undefined
    current.kill('SIGKILL')
    resolve({ error })
  }
  const timer = setTimeout(lose, MOST_MS, `it took longer than ${MOST_MS} ms.`)
  const onMessage = (answer: unknown) => resolve(answer as Answer)
  const onExit = () => lose(`it took more than ${MOST_MB} MB.`)
  current.once('message', onMessage).once('exit', onExit)
  current.send(message)
  return promise.finally(() => {
    clearTimeout(timer)
    current.off('message', onMessage).off('exit', onExit)
  })
}

async function start(): Promise<ChildProcess> {
  const process = fork(join(import.meta.dirname, 'mapping-process.ts'), {
    env: {}, // no secret of ours within reach
    execArgv: [`--max-old-space-size=${MOST_MB}`],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  process.on('error', () => {}) // told by its exit
  const [ready] = await Promise.race([once(process, 'message'), once(process, 'exit')])
  if (ready !== 'ready') {
    child = undefined
    throw new Error(`The process of the mappings has ended with ${ready}.`)
  }
  // Alone it keeps nobody alive; it ends when we do.
  process.unref()
  process.channel?.unref()
  return process
}
