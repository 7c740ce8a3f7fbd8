/** A process of mapping-process.ts, which answers one question at a time. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const MOST_MS = 1000
const MOST_MB = 64

export type Question = { mapping: string; inputs: string[] }
/** The JSON of what was made, where something was. */
export type Answer = { value?: string; error?: string }

export class MappingChild {
  readonly #process: ChildProcess

  private constructor(process: ChildProcess) {
    this.#process = process
  }

  static async start(): Promise<MappingChild> {
    const process = fork(join(import.meta.dirname, 'mapping-process.ts'), {
      env: {}, // no secret of ours within reach
      execArgv: [`--max-old-space-size=${MOST_MB}`],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    process.on('error', () => {}) // told by its exit
    const [ready] = await Promise.race([once(process, 'message'), once(process, 'exit')])
    if (ready !== 'ready') throw new Error(`The process of the mappings has ended with ${ready}.`)
    // Alone it keeps nobody alive; it ends when we do.
    process.unref()
    process.channel?.unref()
    return new MappingChild(process)
  }

  /** Of the first inputs, at least of one; or how the process was lost. */
  ask(question: Question): Promise<Answer[] | { lost: string }> {
    const { promise, resolve } = Promise.withResolvers<Answer[] | { lost: string }>()
    const lose = (lost: string) => {
      this.#process.kill('SIGKILL')
      resolve({ lost })
    }
    const timer = setTimeout(lose, MOST_MS, `it took longer than ${MOST_MS} ms.`)
    const onMessage = (answer: unknown) => resolve(answer as Answer[])
    const onExit = () => lose(`it took more than ${MOST_MB} MB.`)
    this.#process.once('message', onMessage).once('exit', onExit)
    // Somebody else may have ended it since it answered last.
    this.#process.send(question, (error) => error && lose(`its process has ended: ${error.message}`))
    return promise.finally(() => {
      clearTimeout(timer)
      this.#process.off('message', onMessage).off('exit', onExit)
    })
  }
}
