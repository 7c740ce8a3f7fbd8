/** What the values of a label are, as far as its rule tells. */
import type { AccountRule, LabelRule, Rule, Scalar } from './types.ts'

/** `choices`: the texts that it can be, where its cases name them all. */
export type LabelType = { type: 'text' | 'number' | 'boolean'; choices: string[] | null }

/** What was first, last or most frequent is of the type of what came: null. So are cases of several types. */
export function labelType(rule: LabelRule<Rule> | LabelRule<AccountRule>): LabelType | null {
  if ('score' in rule) return { type: 'number', choices: null }
  if ('compute' in rule) {
    const isNumber = !['first', 'last', 'mostFrequent'].includes(rule.compute.of)
    return isNumber ? { type: 'number', choices: null } : null
  }
  // Of a paused label the rule may not be at hand.
  if (!('cases' in rule)) return null
  const values = [...rule.cases.map(({ value }) => value), rule.otherwise].filter((value) => value != null) as Scalar[]
  const [type, ...others] = new Set(values.map((value) => typeof value))
  if (others.length > 0) return null
  if (type === 'string') return { type: 'text', choices: [...new Set(values as string[])] }
  return type === 'number' || type === 'boolean' ? { type, choices: null } : null
}
