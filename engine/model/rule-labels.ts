/** Rules against other labels: a comparison that no value of a label could ever satisfy is a slip, and refused when it is saved. */
import { KithError } from '../../errors.ts'
import { type Definition, labelPlaces, type LabelType, labelType } from '../rules/index.ts'

const EQUAL = ['eq', 'ne', 'in', 'notIn']
const ORDERED = ['gt', 'gte', 'lt', 'lte', 'between']
const OF_TEXT = ['contains', 'startsWith', 'endsWith', 'matches']

/** Throws RULE_INVALID with the path of the operator. `others` are the tenant's definitions that are not archived. */
export function checkRuleLabels(definition: Definition, others: readonly Definition[]): void {
  for (const { key, subject, comparison, path } of labelPlaces(definition)) {
    const label = others.find((one) => one.kind === 'label' && one.key === key && (one.subject ?? 'person') === subject)
    const type = label?.kind === 'label' ? labelType(label.rule) : null
    if (!type) continue
    for (const [operator, value] of Object.entries(comparison)) {
      const problem = problemOf(type, operator, value, comparison.ignoreCase ?? false)
      if (problem === null) continue
      const at = [...path, operator]
      const message = `The rule at ${at.join('.')} does not fit: the values of the label ${key} are of the type ${type.type.toUpperCase()}: ${problem}.`
      throw new KithError('RULE_INVALID', message, {
        details: {
          path: at,
          label: key,
          type: type.type.toUpperCase(),
          ...(type.choices && { allowed: type.choices }),
        },
      })
    }
  }
}

function problemOf({ type, choices }: LabelType, operator: string, value: unknown, ignoreCase: boolean): string | null {
  const got = `got ${JSON.stringify(value)?.slice(0, 200)}`
  if (EQUAL.includes(operator)) {
    const folded = (text: unknown) => (ignoreCase ? String(text).toLowerCase() : text)
    const isOne = (one: unknown) => !choices || choices.some((choice) => folded(choice) === folded(one))
    if (typesOf(value).every((one) => one === js(type)) && [value].flat().every(isOne)) return null
    return `expected ${choices ? `one of ${choices.join(', ')}` : `a ${type}`}, ${got}`
  }
  if (OF_TEXT.includes(operator) && type !== 'text') return `${operator} cannot be asked of it`
  if (!ORDERED.includes(operator)) return null
  if (type === 'boolean') return `${operator} cannot be asked of it`
  return typesOf(value).every((one) => one === js(type)) ? null : `expected a ${type}, ${got}`
}

const js = (type: LabelType['type']) => (type === 'text' ? 'string' : type)
const typesOf = (value: unknown) => [value].flat().map((one) => typeof one)
