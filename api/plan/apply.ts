/**
 * Applies a plan: all of it, or nothing. Items may refer to each other in any order: what fails is tried again after the others,
 * and only what fails in the end has failed.
 */
import { getNamedType, type GraphQLObjectType, type GraphQLSchema } from 'graphql'
import type { Transaction } from '../../db/client.ts'
import { insertPlan, lastPlan } from '../../db/sql/plans.ts'
import { lockDefinitions } from '../../engine/definitions.ts'
import { KithError } from '../../errors.ts'
import type { Context } from '../context.ts'
import { modelChanged } from '../schema-changes.ts'
import { undone } from '../undone.ts'
import { type Change, diffPlan, inPlan, invalid, placeOf } from './diff.ts'
import { type Document, documentOf, readState } from './read.ts'
import { run, schemaIn } from './run.ts'
import type { Item, Section } from './sections.ts'
import { inputOf, type Shape, shapeOf, STATUS, toInput } from './shape.ts'

export type ApplyOptions = {
  dryRun: boolean
  prune: boolean
  overwriteDrift: boolean
  /** Of new webhooks, by their name: no file should hold them. */
  secrets: Record<string, unknown>
}

export type Applied = { changes: Change[]; applied: boolean; revision: string }

export function exportPlan(context: Context): Promise<Document> {
  return context.tenant(async (tx) => documentOf(await readState(context, tx, await schemaIn(tx))))
}

/** Throws PLAN_INVALID, PLAN_DRIFTED, and what the mutations throw, each with the place in the plan. */
export async function applyPlan(context: Context, given: unknown, options: ApplyOptions): Promise<Applied> {
  const apply = (tx: Transaction) => applyIn(context, tx, given, options)
  if (options.dryRun) return { ...(await undone(context.tenant, apply)), applied: false }
  const applied = await context.tenant(apply)
  // Once more, as those who looked meanwhile have seen the old.
  modelChanged(context.viewer.tenantId)
  return applied
}

async function applyIn(context: Context, tx: Transaction, given: unknown, options: ApplyOptions): Promise<Applied> {
  // One plan at a time, and no definition saved in between.
  await lockDefinitions(tx, context.viewer.tenantId)
  const state = await readState(context, tx, await schemaIn(tx))
  const now = documentOf(state)
  const last = await lastPlan(tx)
  const revision = (given as Document | null)?.revision
  const changes = diffPlan(state, given, options.prune, { document: last?.document ?? null, revision, now })
  const drifted = changes.filter((change) => change.drifted)
  if (drifted.length > 0 && !options.overwriteDrift && !options.dryRun) throw driftedError(drifted)
  const wanted = changes.filter(({ action }) => action !== 'extra')
  if (wanted.length === 0) return { changes, applied: false, revision: now.revision as string }
  await carryOut(context, tx, wanted, options)
  const document = documentOf(await readState(context, tx, await schemaIn(tx)))
  await insertPlan(tx, { document, revision: document.revision as string, by: context.viewer.keyId })
  return { changes, applied: true, revision: document.revision as string }
}

async function carryOut(context: Context, tx: Transaction, changes: Change[], options: ApplyOptions): Promise<void> {
  // What ends goes last, and the last made of it first.
  const removals = changes.filter(({ action }) => action === 'remove').reverse()
  let waiting = [...changes.filter(({ action }) => action !== 'remove'), ...removals]
  while (waiting.length > 0) {
    const failed: { change: Change; error: KithError }[] = []
    let schema = await schemaIn(tx)
    for (const [n, change] of waiting.entries()) {
      // Fields of an object that has just been made are taken by a schema that knows it.
      if (n > 0 && waiting[n - 1]!.section !== change.section) schema = await schemaIn(tx)
      const error = await attempt(context, tx, schema, change, options)
      if (error) failed.push({ change, error })
    }
    if (failed.length === waiting.length) throw failed[0]!.error
    waiting = failed.map(({ change }) => change)
  }
}

async function attempt(
  context: Context,
  tx: Transaction,
  schema: GraphQLSchema,
  change: Change,
  options: ApplyOptions,
): Promise<KithError | null> {
  const place = placeOf(change.section.name, change.key)
  try {
    await tx.savepoint(async (tx) => {
      let node = change.present?.node
      for (const { mutation, input } of operationsOf(schema, change, options)) {
        const { text, payload } = mutationText(schema, change.section, mutation)
        const made = (await run(context, tx, schema, text, { input: input(node ?? {}) }))[mutation]
        if (payload) node = made[payload] as Record<string, unknown>
      }
    })
    return null
  } catch (error) {
    if (!(error instanceof KithError)) throw error
    return (error.details.path as unknown[] | undefined)?.[0] === place[0] ? error : inPlan(error, place)
  }
}

/** It answers with the node where it gives one: what has just been made is known by that. */
function mutationText(schema: GraphQLSchema, { type, select }: Section, mutation: string) {
  const field = schema.getMutationType()!.getFields()[mutation]!
  const fields = (getNamedType(field.type) as GraphQLObjectType).getFields()
  const payload = Object.keys(fields).find((name) => getNamedType(fields[name]!.type).name === type)
  const selection = payload ? `${payload} { ${select} }` : '__typename'
  const text = `mutation ($input: ${inputOf(schema, mutation).name}!) { ${mutation}(input: $input) { ${selection} } }`
  return { text, payload }
}

/** Of the node as it is by then. */
type Operation = { mutation: string; input: (node: Record<string, any>) => Item }

function operationsOf(schema: GraphQLSchema, change: Change, options: ApplyOptions): Operation[] {
  const { section, action, key, present } = change
  const place = placeOf(section.name, key)
  if (action === 'remove') return [{ mutation: section.remove!, input: section.idInput }]
  const shape = shapeOf(schema, section)
  const { members } = shape
  const { status, said } = statusIn(change)
  const unknown = Object.keys(said).find((name) => !members.has(name))
  if (unknown) throw invalid([...place, unknown], `Expected one of ${[...members.keys()].join(', ')}.`)
  const isNew = !present || (section.isWhole && !present.item)
  if (!isNew && !section.update) throw invalid(place, 'It is there, and cannot be changed.')
  const changed = present?.item ? namesOf(change) : Object.keys(said)
  const late = isNew ? changed.filter((name) => !shape.creatable.has(name)) : changed
  const fixed = late.find((name) => !shape.changeable.has(name))
  if (fixed) throw invalid([...place, fixed], 'It cannot be changed; make another one.')
  const input = (names: string[]) => inputsOf(said, names, shape)
  const whole = section.isWhole && present?.item ? inputsOf(present.item, Object.keys(present.item), shape) : {}
  const early = isNew ? changed.filter((name) => shape.creatable.has(name)) : []
  const create = () => ({ ...keyOf(schema, change), ...secretOf(change, options), ...input(early) })
  return [
    ...(isNew ? [{ mutation: section.create, input: create }] : []),
    ...(late.length > 0
      ? [{ mutation: section.update!, input: (node: Item) => ({ ...whole, ...input(late), ...section.idInput(node) }) }]
      : []),
    ...statusOf(change, status),
  ]
}

/** A status that mutations of its own change is apart; any other is a member like the rest. */
function statusIn({ section, item }: Change): { status?: unknown; said: Item } {
  if (!section.verbs) return { said: item! }
  const { [STATUS]: status, ...said } = item!
  return { status, said }
}

function namesOf({ section, differences }: Change): string[] {
  const names = [...new Set(differences.map(({ path }) => path[0] as string))]
  return section.verbs ? names.filter((name) => name !== STATUS) : names
}

function inputsOf(item: Item, names: string[], { members }: Shape): Item {
  return Object.fromEntries(names.map((name) => [name, toInput(item[name], members.get(name)!)]))
}

/** Enums of the key, such as the object of a field, are named as the schema names them. */
function keyOf(schema: GraphQLSchema, { section, key }: Change): Item {
  const fields = inputOf(schema, section.create).getFields()
  return Object.fromEntries(
    Object.entries(section.keyInput(key)).map(([name, value]) => [name, toInput(value, fields[name]!.type)]),
  )
}

function secretOf({ section, key }: Change, { secrets }: ApplyOptions): Item {
  if (!section.secret) return {}
  const secret = secrets[key]
  if (typeof secret !== 'string' || secret === '') {
    throw invalid(placeOf(section.name, key), 'It is new: expected its secret beside the plan, under its name.')
  }
  return { [section.secret]: secret }
}

/** By the noun's own mutations; a definition that is not told otherwise is as it was, and an archived one is active again. */
function statusOf({ section, key, present }: Change, said: unknown): Operation[] {
  if (!section.verbs) return []
  const now = present ? (present.node.status as string).toLowerCase() : 'active'
  const wanted = said ?? (now === 'archived' ? 'active' : now)
  if (wanted === now) return []
  const mutation = section.verbs[String(wanted)]
  if (mutation) return [{ mutation, input: section.idInput }]
  throw invalid([...placeOf(section.name, key), STATUS], `Expected one of ${Object.keys(section.verbs).join(', ')}.`)
}

function driftedError(changes: Change[]): KithError {
  const places = changes.map(({ section, key }) => placeOf(section.name, key).join('.'))
  return new KithError(
    'PLAN_DRIFTED',
    `Somebody has changed what this plan would change: ${places.slice(0, 10).join(', ')}. Export again, or overwrite it.`,
    { status: 409, details: { drifted: places } },
  )
}
