/** How far rules about accounts look: at parents and children, and through what they refer to. */
import { CHILDREN } from './order.ts'
import type { ChildrenNode } from './types.ts'

/** How many steps from account to account, and whether some of them go to parents or to children. */
export type Reach = { steps: number; up: boolean; down: boolean }

export const NO_REACH: Reach = { steps: 0, up: false, down: false }

/** `ofReference` says how far a definition looks that is called "segment vip" or so. */
export function reachOf(rule: unknown, ofReference: (name: string) => Reach | undefined): Reach {
  const reach = { ...NO_REACH }
  reach.steps = deepest(
    rule,
    (name) => {
      const { steps, up, down } = ofReference(name) ?? NO_REACH
      reach.up ||= up
      reach.down ||= down
      return steps
    },
    (inner, name) => {
      const { steps, up, down } = reachOf(inner, ofReference)
      reach.up ||= up || name === 'parent'
      reach.down ||= down || name === 'children'
      return steps + 1
    },
  )
  return reach
}

export function furthest(reaches: readonly Reach[]): Reach {
  return {
    steps: Math.max(0, ...reaches.map(({ steps }) => steps)),
    up: reaches.some(({ up }) => up),
    down: reaches.some(({ down }) => down),
  }
}

/** The greatest that the references, and the rules about relatives, in a rule come to; 0 where there is none. */
export function deepest(
  node: unknown,
  ofReference: (name: string) => number,
  ofKin: (inner: unknown, name: 'parent' | 'children') => number,
): number {
  if (Array.isArray(node)) return Math.max(0, ...node.map((child) => deepest(child, ofReference, ofKin)))
  if (typeof node !== 'object' || node === null) return 0
  const found = Object.entries(node).map(([name, child]) => {
    if (name === 'segment' || name === 'label') return ofReference(`${name} ${(child as { key: string }).key}`)
    if (name === 'parent') return ofKin(child, name)
    if (name === 'children') return ofKin((child as ChildrenNode).rule, name)
    // What is asked of people is answered before any account is.
    return CHILDREN.has(name) && name !== 'people' ? deepest(child, ofReference, ofKin) : 0
  })
  return Math.max(0, ...found)
}
