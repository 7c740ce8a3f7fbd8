/**
 * Subscribers of one tenant who asked the same, and may see the same, are told by one execution: what ten thousand of them
 * hear of an item is worked out once. Each still has its own place in the feed, is cut alone, and takes what it is told when
 * it is ready for it.
 */
import { createHash } from 'node:crypto'
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  executeSubscriptionEvent,
  type ValidatedSubscriptionArgs,
  validateSubscriptionArgs,
} from 'graphql'
import type { KithError } from '../../errors.ts'
import { audienceOf, type Viewer } from '../auth/viewer.ts'
import { maskError } from '../errors.ts'

/** What a subscription field's source yields. Those who are told of one `item` can be told together. */
export type Tellable = { item?: object }

const DONE = { value: undefined, done: true } as const

/** By item, then by what was asked. An item that no subscriber has before it any more takes its results along. */
const results = new WeakMap<object, Map<string, Promise<ExecutionResult>>>()

/** graphql-js's `subscribe`, with executions shared and errors masked. */
export async function subscribeTogether(args: ExecutionArgs): Promise<ExecutionResult | Telling> {
  const validated = validateSubscriptionArgs(args)
  if (!('schema' in validated)) return { errors: validated }
  const source = await createSourceEventStream(validated)
  if (!(Symbol.asyncIterator in source)) return source
  return new Telling(source[Symbol.asyncIterator]() as AsyncIterator<Tellable>, validated, questionOf(args))
}

export class Telling implements AsyncIterableIterator<ExecutionResult> {
  readonly #source: AsyncIterator<Tellable>
  readonly #args: ValidatedSubscriptionArgs
  readonly #question: string
  #over = false
  #reason: KithError | undefined
  /** Ends the wait for the next message. */
  #wake: (() => void) | undefined
  readonly #whenOver: (() => void)[] = []

  constructor(source: AsyncIterator<Tellable>, args: ValidatedSubscriptionArgs, question: string) {
    this.#source = source
    this.#args = args
    this.#question = question
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    if (this.#over) return DONE
    const message = await this.#nextMessage()
    if (this.#reason) {
      await this.return()
      return { value: { errors: [maskError(this.#reason)] }, done: false }
    }
    if (!message || message.done) return this.#finish()
    return { value: await this.#tell(message.value), done: false }
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    this.#finish()
    await this.#source.return?.()
    return DONE
  }

  /** What waits is dropped; the last that is told is why. */
  end(reason: KithError): void {
    this.#reason ??= reason
    this.#wake?.()
  }

  /** Calls when there will be no more. */
  whenOver(call: () => void): void {
    this.#whenOver.push(call)
  }

  #nextMessage(): Promise<IteratorResult<Tellable> | undefined> {
    if (this.#reason) return Promise.resolve(undefined)
    return new Promise((resolve, reject) => {
      this.#wake = () => resolve(undefined)
      this.#source.next().then(resolve, (error) => {
        this.#finish()
        reject(error)
      })
    })
  }

  #finish(): typeof DONE {
    this.#over = true
    for (const call of this.#whenOver.splice(0)) call()
    return DONE
  }

  #tell(message: Tellable): Promise<ExecutionResult> {
    if (!message.item) return this.#execute(message)
    let answers = results.get(message.item)
    if (!answers) results.set(message.item, (answers = new Map()))
    let result = answers.get(this.#question)
    if (!result) answers.set(this.#question, (result = this.#execute(message)))
    return result
  }

  async #execute(message: Tellable): Promise<ExecutionResult> {
    // A context of its own: whose it was may be gone before the others have heard.
    const contextValue = Object.create(this.#args.contextValue as object)
    const result = await executeSubscriptionEvent({ ...this.#args, rootValue: message, contextValue })
    return result.errors ? { ...result, errors: result.errors.map(maskError) } : result
  }
}

/** Alike for those whom one execution can answer. */
function questionOf({ schema, document, operationName, variableValues, contextValue }: ExecutionArgs): string {
  const { viewer } = contextValue as { viewer: Viewer }
  const asked = [numberOf(schema), numberOf(document), operationName, variableValues ?? {}, audienceOf(viewer)]
  return createHash('sha256').update(JSON.stringify(asked)).digest('base64')
}

/** Schemas and documents are kept by those who made them, and given to all who want the same. */
const numbers = new WeakMap<object, number>()
let last = 0
function numberOf(object: object): number {
  let number = numbers.get(object)
  if (!number) numbers.set(object, (number = ++last))
  return number
}
