/** Which definitions a rule refers to, and in which order they can be answered. */
import { KithError } from '../../errors.ts'
import type { AccountRule, Definition, LabelRule, Rule } from './types.ts'

/** The rule of any definition, or a part of one. */
export type AnyRule = Rule | AccountRule | LabelRule | LabelRule<AccountRule>

export type Reference = { kind: 'segment' | 'label'; key: string }

/** What a definition is known by among the others of its tenant: "segment vip". */
export function nameOf({ kind, key }: Reference): string {
  return `${kind} ${key}`
}

/** Whether some node of the rule is about accounts. */
export function asksForAccounts(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(asksForAccounts)
  if (typeof node !== 'object' || node === null) return false
  return Object.entries(node).some(
    ([name, child]) => name === 'account' || (CHILDREN.has(name) && asksForAccounts(child)),
  )
}

/** The labels and segments that a rule names, each once. */
export function references(rule: AnyRule): Reference[] {
  const found = new Map<string, Reference>()
  visit(rule, (kind, key) => found.set(`${kind} ${key}`, { kind, key }))
  return [...found.values()]
}

function visit(node: unknown, see: (kind: Reference['kind'], key: string) => void): void {
  if (Array.isArray(node)) {
    for (const child of node) visit(child, see)
  } else if (typeof node === 'object' && node !== null) {
    for (const [name, child] of Object.entries(node)) {
      if (name === 'segment' || name === 'label') see(name, (child as { key: string }).key)
      else if (CHILDREN.has(name)) visit(child, see)
    }
  }
}

/** The names below which there are rules. */
export const CHILDREN: ReadonlySet<string> = new Set([
  'all',
  'any',
  'not',
  'held',
  'rule',
  'account',
  'people',
  'parent',
  'children',
  'cases',
  'score',
  'when',
])

/** Each definition after those it refers to. Throws RULE_CYCLE with the circle in `details.path`. */
export function inDependencyOrder(definitions: readonly Definition[]): Definition[] {
  const byName = new Map(definitions.map((definition) => [nameOf(definition), definition]))
  const ordered: Definition[] = []
  const done = new Set<string>()
  const trail: string[] = []
  const place = (name: string) => {
    const definition = byName.get(name)
    if (!definition || done.has(name)) return
    if (trail.includes(name)) failWithCycle([...trail.slice(trail.indexOf(name)), name])
    trail.push(name)
    for (const reference of references(definition.rule)) place(nameOf(reference))
    trail.pop()
    done.add(name)
    ordered.push(definition)
  }
  for (const name of byName.keys()) place(name)
  return ordered
}

function failWithCycle(path: string[]): never {
  throw new KithError('RULE_CYCLE', `Labels and segments refer to each other in a circle: ${path.join(' -> ')}.`, {
    details: { path },
  })
}
