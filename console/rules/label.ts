/** Label rules: cases, a computed value, or a score. */
import type { Json } from '../client/schema.ts'
import { duration } from '../ui/format.ts'
import { isIncomplete, isObject, type Rule, type Subject } from './model.ts'
import { sentence } from './sentence.ts'

export type LabelRule = { [name: string]: Json }
export type LabelForm = 'cases' | 'score' | 'compute'

export const LABEL_FORMS: { form: LabelForm; name: string; text: string }[] = [
  { form: 'cases', name: 'Cases', text: 'The first rule that holds gives the value' },
  { form: 'score', name: 'Score', text: 'Points for every rule that holds, added up' },
  { form: 'compute', name: 'Computed', text: 'A count, sum, average ... over events or records' },
]

export function formOf(rule: LabelRule): LabelForm | undefined {
  return LABEL_FORMS.find(({ form }) => form in rule)?.form
}

const EVENT: Rule = { event: { name: '', within: 'P30D' } }
const FIRST_CASE: Record<Subject, Rule> = {
  PERSON: { all: [EVENT] },
  ACCOUNT: { all: [{ people: { rule: EVENT, count: { gte: 1 } } }] },
}

export function freshLabel(form: LabelForm, subject: Subject = 'PERSON'): LabelRule {
  const when = structuredClone(FIRST_CASE[subject])
  switch (form) {
    case 'cases':
      return { cases: [{ when, value: '' }] }
    case 'score':
      return { score: [{ when, points: 10 }] }
    case 'compute':
      return { compute: { of: 'count', event: { name: '' }, within: 'P90D' } }
  }
}

export function labelSentence(rule: Json): string {
  if (!isObject(rule)) return 'a rule that cannot be read'
  const { cases, score, compute } = rule
  if (Array.isArray(cases)) {
    const each = cases.filter(isObject).map(({ when, value }) => `${String(value)} if ${sentence(when ?? null)}`)
    const otherwise =
      rule.otherwise === undefined || rule.otherwise === null ? [] : [`otherwise ${String(rule.otherwise)}`]
    return [...each, ...otherwise].join('; ')
  }
  if (Array.isArray(score)) {
    return score
      .filter(isObject)
      .map(({ when, points }) => `${Number(points) < 0 ? '' : '+'}${String(points)} if ${sentence(when ?? null)}`)
      .join('; ')
  }
  if (isObject(compute)) {
    const { of, path, event, record, within } = compute
    const what = isObject(event) ? sentence({ event }) : isObject(record) ? sentence({ record }) : '?'
    const names: Record<string, string> = { mostFrequent: 'most frequent' }
    const time = typeof within === 'string' ? ` within ${duration(within)}` : ''
    return `${names[String(of)] ?? String(of)}${path ? ` ${String(path)}` : ''} of ${what}${time}`
  }
  return 'a rule that cannot be read'
}

export function isLabelIncomplete(rule: LabelRule): boolean {
  const { cases } = rule
  if (Array.isArray(cases) && cases.some((one) => isObject(one) && one.value === '')) return true
  return isIncomplete(rule)
}
