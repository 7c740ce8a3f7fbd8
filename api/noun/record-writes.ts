/**
 * What writes a kind of record, whoever asks: the mutations of GraphQL, of every tenant and of a tenant's own schema. Own fields
 * are checked here; `fields` and `custom` of the input are one object.
 */
import type { Transaction } from '../../db/client.ts'
import type { JsonObject } from '../../db/schema/columns.ts'
import { checkFields, defaultsFor, type Field, readFields } from '../../engine/model/fields.ts'
import { indexName } from '../../engine/model/indexes.ts'
import { KithError } from '../../errors.ts'
import { MAX_PAGE } from '../builder.ts'
import {
  deleteByExternalId,
  deleteRow,
  type Input,
  insertRow,
  type Row,
  updateRow,
  type Upserted,
  upsertRows,
  type Writable,
} from './write.ts'

export type RecordHooks = {
  /** Refuses input, or adds to it, before anything is written. */
  before?: (tx: Transaction, inputs: Input[]) => Promise<void>
  /** Writes what belongs to the record beside its row. */
  after?: (tx: Transaction, row: Row, input: Input) => Promise<void>
}

export class RecordWrites {
  readonly #target: Writable
  /** As fields.object calls the kind. */
  readonly #object: string
  readonly #hooks: RecordHooks

  constructor(target: Writable, object: string, hooks: RecordHooks = {}) {
    this.#target = target
    this.#object = object
    this.#hooks = hooks
  }

  async create(tx: Transaction, given: Input): Promise<Row> {
    const fields = await readFields(tx, this.#object)
    const [prepared] = await this.#prepare(tx, [given])
    const custom = { ...customOf(prepared!), ...defaultsFor(fields, customOf(prepared!)) }
    const input = Object.keys(custom).length > 0 ? { ...prepared, custom } : prepared!
    checkFields(fields, customOf(input), true)
    const row = await insertRow(tx, this.#target, input).catch(sayingWhichField(fields))
    await this.#hooks.after?.(tx, row, given)
    return row
  }

  /** Null when there is no such record. */
  async update(tx: Transaction, id: string, given: Input): Promise<Row | null> {
    const fields = await readFields(tx, this.#object)
    const [input] = await this.#prepare(tx, [given])
    checkFields(fields, customOf(input!), false)
    const row = await updateRow(tx, this.#target, id, input!).catch(sayingWhichField(fields))
    if (row) await this.#hooks.after?.(tx, row, given)
    return row
  }

  /** By external id, in the order of the inputs: all of them, or none. */
  async upsert(tx: Transaction, given: Input[]): Promise<Upserted[]> {
    if (given.length > MAX_PAGE) {
      const { plural } = this.#target.noun
      throw new KithError('PAGE_TOO_LARGE', `Expected at most ${MAX_PAGE} ${plural}, got ${given.length}.`)
    }
    const fields = await readFields(tx, this.#object)
    const inputs = await this.#prepare(tx, given)
    for (const input of inputs) checkFields(fields, customOf(input), false)
    const upserted = await upsertRows(tx, this.#target, inputs).catch(sayingWhichField(fields))
    for (const one of upserted) if (one.created) one.row = await this.#complete(tx, fields, one.row)
    if (this.#hooks.after) {
      for (const [n, { row }] of upserted.entries()) await this.#hooks.after(tx, row, given[n]!)
    }
    return upserted
  }

  delete(tx: Transaction, id: string): Promise<boolean> {
    return deleteRow(tx, this.#target.noun, id, this.#target.fixed)
  }

  deleteByExternalId(tx: Transaction, externalId: string): Promise<boolean> {
    return deleteByExternalId(tx, this.#target, externalId)
  }

  /** Gives a row that turned out to be new its defaults. */
  async #complete(tx: Transaction, fields: Field[], row: Row): Promise<Row> {
    const custom = defaultsFor(fields, row.custom as JsonObject)
    checkFields(fields, { ...row.custom, ...custom }, true)
    if (Object.keys(custom).length === 0) return row
    return (await updateRow(tx, this.#target, row.id, { custom }))!
  }

  async #prepare(tx: Transaction, given: Input[]): Promise<Input[]> {
    for (const { custom } of given) {
      if (custom != null && (typeof custom !== 'object' || Array.isArray(custom)))
        throw new KithError(
          'INPUT_INVALID',
          `Expected an object for custom, got ${JSON.stringify(custom)?.slice(0, 100)}.`,
        )
    }
    const inputs = given.map(({ fields: own, ...input }) =>
      own ? { ...input, custom: { ...(input.custom as object), ...(own as object) } } : input,
    )
    await this.#hooks.before?.(tx, inputs)
    return inputs
  }
}

/** Which of the fields a unique index is of that refused a value: its name says so (engine/model/indexes.ts). */
function sayingWhichField(fields: readonly Field[]): (error: unknown) => never {
  return (error) => {
    const index = (error as { constraint_name?: unknown } | null)?.constraint_name
    const field = fields.find(({ id }) => indexName(id) === index)
    if (!field) throw error
    const message = `Expected a value that no other record has in the field ${JSON.stringify(field.key)}.`
    throw new KithError('FIELD_INVALID', message, {
      status: 409,
      details: { path: ['custom', field.key] },
      cause: error,
    })
  }
}

function customOf(input: Input): JsonObject | null | undefined {
  return input.custom as JsonObject | null | undefined
}
