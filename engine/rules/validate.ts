/** What a rule must satisfy among the tenant's other definitions; parse.ts sees it alone. */
import { KithError } from '../../errors.ts'
import { isOwn } from './kinds.ts'
import { meant } from './read.ts'
import { checkSense } from './sense.ts'
import {
  type AnyRule,
  asksForAccounts,
  CHILDREN,
  inDependencyOrder,
  nameOf,
  type Reference,
  references,
} from './order.ts'
import type { Comparison, Definition, Rule, Subject } from './types.ts'

/**
 * Checks a definition that is about to be saved, beside all others of the tenant that are not archived (an older form of
 * itself may be among them); `archived` are those that are.  Throws RULE_INVALID with the path of the node that names what does not exist, or RULE_CYCLE.
 */
export function checkDefinition(
  definition: Definition,
  others: readonly Definition[],
  archived: readonly Definition[] = [],
): void {
  checkSense(definition.rule)
  const name = nameOf(definition)
  const all = new Map(others.map((other) => [nameOf(other), other]))
  all.set(name, definition)
  for (const { reference, subject, path } of referencesWithPaths(definition)) {
    const referred = all.get(nameOf(reference))
    if (!referred && archived.some((one) => nameOf(one) === nameOf(reference))) {
      throw invalid(`The ${nameOf(reference)} is archived: resume it first, or refer to another.`, path)
    }
    if (!referred) throw invalid(noSuch(reference, others), path)
    if (subjectOf(referred) === subject) continue
    const instead =
      subject === 'person'
        ? `of a person ask {"account": {"${reference.kind}": ...}}`
        : `of an account ask {"people": {"rule": {"${reference.kind}": ...}}}`
    throw invalid(`The ${nameOf(reference)} is about ${PLURAL[subjectOf(referred)]}: ${instead}.`, path)
  }
  checkCircles(definition, reachableFrom(definition, all))
  checkPeople(definition, all)
}

/** Says what is meant, or what to do. */
function noSuch({ kind, key }: Reference, all: readonly Definition[]): string {
  const keys = all.filter((other) => other.kind === kind).map((other) => other.key)
  const close = meant(key, keys)
  if (close) return `There is no ${kind} with the key "${key}"${close}.`
  const others = keys.length > 0 && keys.length <= 10 ? `, or use one of ${keys.join(', ')}` : ''
  return `There is no ${kind} with the key "${key}"; define it first${others}.`
}

/** Throws RULE_CYCLE with the circle in `details.path`, and in `details.node` the path of the node that closes it. */
function checkCircles(definition: Definition, reachable: readonly Definition[]): void {
  try {
    inDependencyOrder(reachable)
  } catch (error) {
    if (!(error instanceof KithError) || error.code !== 'RULE_CYCLE') throw error
    const circle = error.details.path as string[]
    const next = circle[circle.indexOf(nameOf(definition)) + 1]
    const node = referencesWithPaths(definition).find(({ reference }) => nameOf(reference) === next)?.path
    throw new KithError('RULE_CYCLE', error.message, { details: { path: circle, ...(node && { node }) } })
  }
}

function reachableFrom(definition: Definition, all: ReadonlyMap<string, Definition>): Definition[] {
  const found = new Set([definition])
  for (const one of found) {
    for (const reference of references(one.rule)) {
      const next = all.get(nameOf(reference))
      if (next) found.add(next)
    }
  }
  return [...found]
}

/** Rules about an account's people may not lead back to accounts, through whatever they refer to. */
function checkPeople(definition: Definition, all: ReadonlyMap<string, Definition>): void {
  for (const { node, path } of peopleRules(definition.rule)) {
    for (const reference of references(node)) {
      const referred = all.get(nameOf(reference))
      if (!referred || !reachableFrom(referred, all).some(({ rule }) => asksForAccounts(rule))) continue
      const problem = `A rule about the people of an account refers to the ${nameOf(reference)}, which asks for their accounts.`
      throw invalid(problem, path)
    }
  }
}

/** The tenant's own objects whose records a rule asks for, and where. */
export function ownKinds(rule: AnyRule): { kind: string; path: Path }[] {
  return nodesOf(rule).flatMap(({ name, node, path }) => {
    const kind = name === 'record' ? (node as { kind: string }).kind : undefined
    return kind !== undefined && isOwn(kind) ? [{ kind, path: [...path, 'kind'] }] : []
  })
}

/** Comparisons with labels. `path` is of the node. */
export function labelPlaces({ rule, subject }: Definition) {
  return nodesOf(rule, subject).flatMap(({ name, node, subject, path }) => {
    if (name !== 'label') return []
    const { key, ...comparison } = node as { key: string }
    return [{ key, subject, comparison: comparison as Comparison, path }]
  })
}

/** Lists that a rule asks for, by key. */
export function listsAsked(rule: AnyRule): { key: string; path: Path }[] {
  return nodesOf(rule).flatMap(({ name, node, path }) =>
    name === 'list' ? [{ key: (node as { key: string }).key, path: [...path, 'key'] }] : [],
  )
}

const PLURAL: Record<Subject, string> = { person: 'people', account: 'accounts' }

function subjectOf({ subject }: Definition): Subject {
  return subject ?? 'person'
}

function invalid(problem: string, path: Path): KithError {
  return new KithError('RULE_INVALID', problem, { details: { path } })
}

export type Path = (string | number)[]

function referencesWithPaths(definition: Definition): { reference: Reference; subject: Subject; path: Path }[] {
  return nodesOf(definition.rule, subjectOf(definition)).flatMap(({ name, node, subject, path }) =>
    name === 'segment' || name === 'label'
      ? [{ reference: { kind: name, key: (node as { key: string }).key }, subject, path }]
      : [],
  )
}

function peopleRules(rule: AnyRule): { node: Rule; path: Path }[] {
  return nodesOf(rule).flatMap(({ name, node, path }) =>
    name === 'people' ? [{ node: (node as { rule: Rule }).rule, path }] : [],
  )
}

type Node = { name: string; node: unknown; subject: Subject; path: Path }

/** Every node of a tree of rules with its name, path, and whom it is about; not what lies inside conditions. */
export function nodesOf(tree: unknown, subject: Subject = 'person', path: Path = []): Node[] {
  if (Array.isArray(tree)) return tree.flatMap((child, n) => nodesOf(child, subject, [...path, n]))
  return Object.entries(tree as object).flatMap(([name, node]) => {
    const here = { name, node, subject, path: [...path, name] }
    if (!CHILDREN.has(name) && name !== 'compute') return [here]
    return [here, ...nodesOf(node, name === 'account' ? 'account' : name === 'people' ? 'person' : subject, here.path)]
  })
}
