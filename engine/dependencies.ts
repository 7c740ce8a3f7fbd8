/** Which definitions refer to which. Labels and segments of one evaluation see each other at the same instant. */
import type { StoredDefinition } from './definitions.ts'
import type { Asked } from './evaluate.ts'
import { type AnyRule, type Definition, nameOf, references } from './rules/index.ts'

/** The definition as the evaluation is to see it: an archived one is true of nobody, a paused one keeps its answer. */
export function asked(definition: StoredDefinition, cause: Asked['cause']): Asked {
  const { id, kind, key, subject, status } = definition
  return { id, kind, key, subject, rule: status === 'active' ? definition.rule : standIn(definition), cause } as Asked
}

/** One and the same object for the same definition: what is compiled is kept by that. */
const standIns = new WeakMap<object, Partial<Record<StoredDefinition['status'], object>>>()

function standIn({ kind, rule, status }: StoredDefinition): object {
  let known = standIns.get(rule)
  if (!known) standIns.set(rule, (known = {}))
  known[status] ??= status === 'paused' ? { kept: true } : kind === 'segment' ? { any: [] } : { cases: [] }
  return known[status]
}

/** What the definitions refer to, and what that refers to, without the definitions themselves. */
export function referredBy(definitions: readonly Definition[], all: readonly StoredDefinition[]): Definition[] {
  const byName = new Map(all.map((definition) => [nameOf(definition), definition]))
  const known = new Set(definitions.map(nameOf))
  const found: Definition[] = []
  const waiting: AnyRule[] = definitions.map(({ rule }) => rule)
  for (let rule = waiting.pop(); rule; rule = waiting.pop()) {
    for (const name of references(rule).map(nameOf)) {
      const definition = byName.get(name)
      if (!definition || known.has(name)) continue
      known.add(name)
      const { cause: _, ...seen } = asked(definition, 'change')
      found.push(seen as Definition)
      waiting.push(seen.rule)
    }
  }
  return found
}

/** The active definitions whose answers rest on this one, directly or through others. */
export function dependentsOf(definition: Definition, all: readonly StoredDefinition[]): StoredDefinition[] {
  const active = all.filter((one) => one.status === 'active' && one.id !== definition.id)
  const changed = new Set([nameOf(definition)])
  const found: StoredDefinition[] = []
  for (let grown = true; grown; ) {
    grown = false
    for (const one of active) {
      if (changed.has(nameOf(one)) || !references(one.rule).some((reference) => changed.has(nameOf(reference))))
        continue
      changed.add(nameOf(one))
      found.push(one)
      grown = true
    }
  }
  return found
}
