/** What a rule must satisfy among the tenant's other definitions; parse.ts sees it alone. */
import { KithError } from '../../errors.ts'
import { isOwn } from './kinds.ts'
import { asksForAccounts, inDependencyOrder, nameOf, type Reference, references } from './order.ts'
import type { Definition, LabelRule, Rule } from './types.ts'

/**
 * Checks a definition that is about to be saved, beside all others of the tenant that are not archived (an older form of
 * itself may be among them). Throws RULE_INVALID with the path of the node that names what does not exist, or RULE_CYCLE.
 */
export function checkDefinition(definition: Definition, others: readonly Definition[]): void {
  const name = nameOf(definition)
  const all = new Map(others.map((other) => [nameOf(other), other]))
  all.set(name, definition)
  for (const { reference, path } of referencesWithPaths(definition.rule)) {
    if (all.has(nameOf(reference))) continue
    throw new KithError('RULE_INVALID', `There is no ${reference.kind} with the key "${reference.key}".`, {
      details: { path },
    })
  }
  const reachable = reachableFrom(definition, all)
  inDependencyOrder(reachable)
  checkPeople(definition, all)
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
      throw new KithError('RULE_INVALID', problem, { details: { path } })
    }
  }
}

/** The tenant's own objects whose records a rule asks for, and where. */
export function ownKinds(rule: Rule | LabelRule): { kind: string; path: Path }[] {
  return nodesOf(rule).flatMap(({ name, node, path }) => {
    const kind = name === 'record' ? (node as { kind: string }).kind : undefined
    return kind !== undefined && isOwn(kind) ? [{ kind, path: [...path, 'kind'] }] : []
  })
}

type Path = (string | number)[]

function referencesWithPaths(rule: Rule | LabelRule): { reference: Reference; path: Path }[] {
  return nodesOf(rule).flatMap(({ name, node, path }) =>
    name === 'segment' || name === 'label'
      ? [{ reference: { kind: name, key: (node as { key: string }).key }, path }]
      : [],
  )
}

function peopleRules(rule: Rule | LabelRule): { node: Rule; path: Path }[] {
  return nodesOf(rule).flatMap(({ name, node, path }) =>
    name === 'people' ? [{ node: (node as { rule: Rule }).rule, path }] : [],
  )
}

const CONTAINERS = new Set([
  'all',
  'any',
  'not',
  'held',
  'rule',
  'account',
  'people',
  'cases',
  'score',
  'when',
  'compute',
])

/** Every node of a tree of rules with its name and path; not what lies inside conditions. */
function nodesOf(tree: unknown, path: Path = []): { name: string; node: unknown; path: Path }[] {
  if (Array.isArray(tree)) return tree.flatMap((child, n) => nodesOf(child, [...path, n]))
  return Object.entries(tree as object).flatMap(([name, node]) => {
    const here = { name, node, path: [...path, name] }
    return CONTAINERS.has(name) ? [here, ...nodesOf(node, here.path)] : [here]
  })
}
