/** A rule as a sentence, for lists and for those who did not write it. */
import type { Json } from '../client/schema.ts'
import { duration, words } from '../ui/format.ts'
import { type Conditions, type Fields, isObject, OPERATORS, open, whereList } from './model.ts'

const NAMES = new Map<string, string>(OPERATORS.map(({ key, name }) => [key, name]))
/** Nesting beyond which a sentence helps nobody. */
const DEEPEST = 4

export function sentence(rule: Json, depth = 0): string {
  if (!isObject(rule) || Object.keys(rule).length !== 1) return 'a rule that cannot be read'
  if (depth > DEEPEST) return '…'
  const { kind, body, negated } = open(rule)
  const say = SENTENCES[kind]
  const text = say ? say(body, depth) : `${words(kind).toLowerCase()} ${JSON.stringify(body)}`
  return negated ? `not (${text})` : text
}

type Say = (body: Json, depth: number) => string

const SENTENCES: Record<string, Say> = {
  all: (body, depth) => joined(body, depth, 'and', 'everybody'),
  any: (body, depth) => joined(body, depth, 'or', 'nobody'),
  field: (body) => condition(body),
  identifier: (body) => (isObject(body) ? `${text(body.type)} ${comparison(body)}` : ''),
  label: (body) => (isObject(body) ? `label ${text(body.key)} ${comparison(body)}` : ''),
  segment: (body) => (isObject(body) ? `in segment ${text(body.key)}` : ''),
  list: (body) => (isObject(body) ? `on list ${text(body.key)}` : ''),
  event: (body) => (isObject(body) ? counted(body, matcher(body)) : ''),
  record: (body) => (isObject(body) ? counted(body, `${words(text(body.kind)).toLowerCase()}${where(body)}`) : ''),
  firstEvent: (body) => edge(body, 'first'),
  lastEvent: (body) => edge(body, 'latest'),
  sequence: (body) =>
    isObject(body) && Array.isArray(body.steps)
      ? `${body.steps.map(matcher).join(', then ')}${body.strict ? ' with nothing in between' : ''}${one(body)}${body.within ? ` within ${duration(text(body.within))}` : ''}`
      : '',
  followedBy: (body) =>
    isObject(body)
      ? `${matcher(body.first)} and ${body.absent ? 'no' : 'then'} ${matcher(body.then)}${one(body)} within ${duration(text(body.within))}`
      : '',
  held: (body, depth) =>
    isObject(body)
      ? `${sentence(body.rule ?? null, depth + 1)} for ${body.op === 'lt' ? 'less than' : 'at least'} ${duration(text(body.for))}`
      : '',
  account: (body, depth) => `at an account with ${sentence(body, depth + 1)}`,
  people: (body, depth) =>
    isObject(body)
      ? `${isObject(body.share) ? `a share ${numbers(body.share)} of its people` : many(body.count, 'person', 'people')} with ${sentence(body.rule ?? null, depth + 1)}`
      : '',
  parent: (body, depth) => `part of an account with ${sentence(body, depth + 1)}`,
  children: (body, depth) =>
    isObject(body)
      ? `${many(body.count, 'account', 'accounts')} below it with ${sentence(body.rule ?? null, depth + 1)}`
      : '',
  consent: (body) =>
    isObject(body) ? `${text(body.purpose)} by ${text(body.channel)} ${text(body.is ?? 'granted')}` : '',
  random: (body) => (isObject(body) ? `a random ${text(body.percent)} %` : ''),
}

function many(count: Json | undefined, one: string, more: string): string {
  const said = count ? numbers(count) : 'at least 1'
  return `${said} ${said.endsWith(' 1') ? one : more}`
}

function joined(body: Json, depth: number, word: string, nothing: string): string {
  if (!Array.isArray(body) || body.length === 0) return nothing
  const parts = body.map((one) => sentence(one, depth + 1))
  if (parts.length === 1) return parts[0]!
  const whole = parts.join(` ${word} `)
  return depth > 0 ? `(${whole})` : whole
}

function matcher(body: Json | undefined): string {
  if (!isObject(body)) return '?'
  const { name } = body
  const names = Array.isArray(name) ? name.map(text).join(' or ') : text(name)
  return `${names || '?'}${where(body)}`
}

function where(body: Fields): string {
  const list = whereList(body.where)
  if (!list) return ' with conditions'
  return list.length > 0 ? ` with ${list.map(condition).join(' and ')}` : ''
}

function counted(body: Fields, what: string): string {
  const aggregate = isObject(body.aggregate) ? aggregated(body.aggregate) : undefined
  const count = isObject(body.count) ? `${numbers(body.count)} × ` : ''
  return `${aggregate ? `${aggregate} of ` : count}${what}${one(body)}${time(body)}`
}

const one = (body: Fields) => (body.by ? ` of one ${text(body.by)}` : '')

function aggregated(aggregate: Fields): string {
  const name = ['sum', 'avg', 'min', 'max', 'distinct'].find((one) => one in aggregate) ?? 'sum'
  return `${name} of ${text(aggregate[name])} ${numbers(aggregate)}`
}

function time(body: Fields): string {
  const { within, between } = body
  if (typeof within === 'string') return ` within ${duration(within)}`
  if (isObject(within)) {
    const ago = Number(within.ago ?? 0)
    const unit = text(within.calendar)
    return ago === 0 ? ` this ${unit}` : ago === 1 ? ` last ${unit}` : ` ${ago} ${unit}s ago`
  }
  if (isObject(between)) {
    const from = between.from ? ` from ${text(between.from)}` : ''
    return `${from}${between.to ? ` until ${text(between.to)}` : ''}`
  }
  return ''
}

function edge(body: Json, which: string): string {
  if (!isObject(body)) return ''
  const age = isObject(body.age)
    ? Object.entries(body.age).map(
        ([key, value]) => ` ${key.startsWith('g') ? 'more' : 'less'} than ${duration(text(value))} ago`,
      )
    : []
  const is = whereList(body.is)
  return `${which} ${matcher(body)}${is?.length ? ` had ${is.map(condition).join(' and ')}` : ''}${age.join(' and')}`
}

function condition(body: Json): string {
  return isObject(body) ? `${text(body.path) || '?'} ${comparison(body)}` : '?'
}

function comparison(body: Conditions): string {
  const parts = Object.entries(body).flatMap(([key, value]) => {
    const name = NAMES.get(key)
    if (key === 'between' && Array.isArray(value)) return [`is from ${text(value[0])} to ${text(value[1])}`]
    if (key === 'any' || key === 'all' || key === 'none') return [`${key} ${isObject(value) ? comparison(value) : ''}`]
    if (!name) return []
    if (key === 'exists' || key === 'missing' || key === 'empty') return [value === false ? `not ${name}` : name]
    if (key === 'anniversary') return [value === true ? name : `recurs within ${duration(text(value))}`]
    if (key === 'withinLast' || key === 'withinNext') return [`${name} ${duration(text(value))}`]
    return [`${name} ${Array.isArray(value) ? value.map(text).join(', ') : text(value)}`]
  })
  return parts.join(' and ')
}

const SIGNS: Record<string, string> = {
  eq: 'exactly',
  ne: 'not',
  gt: 'more than',
  gte: 'at least',
  lt: 'less than',
  lte: 'at most',
}

function numbers(body: Json): string {
  if (!isObject(body)) return ''
  if (Array.isArray(body.between)) return `${text(body.between[0])} to ${text(body.between[1])}`
  return Object.entries(body)
    .flatMap(([key, value]) => (SIGNS[key] ? [`${SIGNS[key]} ${text(value)}`] : []))
    .join(' and ')
}

function text(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
