/**
 * Rules to begin with: each template is a few definitions that belong together, over the event names of Segment's
 * e-commerce specification (https://segment.com/docs/connections/spec/ecommerce/v2/) and the CRM records of Kith. Once
 * installed they are the tenant's own, to change as it likes. templates.test.ts tells a story of each.
 */
import { KithError } from '../../errors.ts'
import { parseDuration } from './duration.ts'
import { describe, isObject } from './read.ts'
import type { LabelRule, RecordNode, Rule } from './types.ts'

export type TemplateDefinition = { key: string; name: string; description: string } & (
  | { kind: 'segment'; rule: Rule }
  | { kind: 'label'; rule: LabelRule }
)

/** What can be said otherwise of a template when it is installed. */
export type Parameter = { description: string } & (
  | { type: 'duration'; default: string }
  | { type: 'number'; default: number }
  | { type: 'events'; default: string[] }
)
type Parameters = { readonly [name: string]: Parameter }
type Values<P extends Parameters> = { [K in keyof P]: P[K]['default'] }

export type Template = {
  key: string
  name: string
  description: string
  parameters: Parameters
  /** In an order in which they can be created: those that others refer to first. With every parameter as it is by default. */
  definitions: TemplateDefinition[]
  define(values: Values<Parameters>): TemplateDefinition[]
}

function template<P extends Parameters>(
  about: Pick<Template, 'key' | 'name' | 'description'>,
  parameters: P,
  define: (values: Values<P>) => TemplateDefinition[],
): Template {
  const definitions = define(defaultsOf(parameters) as Values<P>)
  return { ...about, parameters, definitions, define: define as Template['define'] }
}

function defaultsOf(parameters: Parameters): Values<Parameters> {
  return Object.fromEntries(Object.entries(parameters).map(([name, parameter]) => [name, parameter.default]))
}

/** "P30D" -> "30 days"; what is not so simple stays as it is. */
function inWords(duration: string): string {
  const [, n, unit] = /^PT?(\d+)([HMDWY])$/.exec(duration) ?? []
  const units = { H: 'hour', M: duration.startsWith('PT') ? 'minute' : 'month', D: 'day', W: 'week', Y: 'year' }
  return n ? `${n} ${units[unit as keyof typeof units]}${n === '1' ? '' : 's'}` : duration
}

export type Installation = {
  /** Other values of its parameters, by name. */
  parameters?: unknown
  /** Other keys for its definitions; what refers to them follows. */
  keys?: { of: string; as: string }[]
}

/** What a template makes when it is installed so. Throws INPUT_INVALID. */
export function definitionsOf(template: Template, { parameters = {}, keys = [] }: Installation): TemplateDefinition[] {
  const definitions = template.define({ ...defaultsOf(template.parameters), ...readParameters(template, parameters) })
  const names = new Map(keys.map(({ of, as }) => [of, as]))
  const known = definitions.map(({ key }) => key)
  for (const of of names.keys()) {
    if (known.includes(of)) continue
    throw invalid(
      `The template ${template.key} makes nothing with the key ${describe(of)}; it makes ${known.join(', ')}.`,
    )
  }
  return definitions.map((definition) => {
    const key = names.get(definition.key) ?? definition.key
    // Two of one name would not be told apart in a list.
    const name = key === definition.key ? definition.name : `${definition.name} (${key})`
    return { ...definition, key, name, rule: renamed(definition.rule, names) } as TemplateDefinition
  })
}

function renamed(node: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(node)) return node.map((child) => renamed(child, names))
  if (!isObject(node)) return node
  return Object.fromEntries(
    Object.entries(node).map(([name, child]) => {
      const of = (name === 'segment' || name === 'label') && isObject(child) ? (child.key as string) : undefined
      const as = of === undefined ? undefined : names.get(of)
      return [name, as === undefined ? renamed(child, names) : { ...(child as object), key: as }]
    }),
  )
}

function readParameters({ key, parameters }: Template, given: unknown): Values<Parameters> {
  if (!isObject(given)) throw invalid(`Expected an object of parameters, found ${describe(given)}.`)
  for (const [name, value] of Object.entries(given)) {
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined
    const known = Object.keys(parameters).join(', ')
    if (!parameter) throw invalid(`The template ${key} has no parameter ${describe(name)}; it has ${known}.`)
    const { expected, fits } = PARAMETERS[parameter.type]
    if (!fits(value)) {
      const example = `such as ${JSON.stringify(parameter.default)}`
      throw invalid(`Expected ${expected}, ${example}, as the parameter ${name}, found ${describe(value)}.`)
    }
  }
  return given as Values<Parameters>
}

const isName = (value: unknown) => typeof value === 'string' && value !== ''

const PARAMETERS: Record<Parameter['type'], { expected: string; fits(value: unknown): boolean }> = {
  duration: {
    expected: 'an ISO 8601 duration',
    fits: (value) => typeof value === 'string' && parseDuration(value) !== undefined,
  },
  number: { expected: 'a number of at least 0', fits: (value) => typeof value === 'number' && value >= 0 },
  events: {
    expected: 'a list of 1 to 50 names of events',
    fits: (value) => Array.isArray(value) && value.length > 0 && value.length <= 50 && value.every(isName),
  },
}

function invalid(message: string): KithError {
  return new KithError('INPUT_INVALID', message)
}

/** What somebody does who is there. */
const ACTIVITY = ['page', 'screen', 'Signed In', 'Product Viewed', 'Product Added', 'Order Completed']

const activity = { type: 'events', default: ACTIVITY, description: 'What somebody does who is there.' } as const

const highIntent = template(
  {
    key: 'high-intent-unresolved',
    name: 'High intent, still unknown',
    description: 'Who came back to pricing or checkout, and has given neither name nor address.',
  },
  {
    intent: { type: 'events', default: ['Pricing Viewed', 'Checkout Started'], description: 'What shows intent.' },
    within: { type: 'duration', default: 'P7D', description: 'In how long.' },
    visits: { type: 'number', default: 2, description: 'How often at least.' },
    pricing: { type: 'events', default: ['Pricing Viewed'], description: 'A look at prices.' },
    form: { type: 'events', default: ['Form Submitted', 'Signed Up'], description: 'What makes somebody known.' },
    patience: { type: 'duration', default: 'PT10M', description: 'How long after it to wait for a form.' },
  },
  ({ intent, within, visits, pricing, form, patience }) => [
    {
      kind: 'segment',
      key: 'high-intent-unresolved',
      name: 'High intent, still unknown',
      description: `At least ${visits} times at pricing or checkout in ${inWords(within)}, and neither user id nor e-mail address.`,
      rule: {
        all: [
          { event: { name: intent, within, count: { gte: visits } } },
          { identifier: { type: 'user_id', missing: true } },
          { identifier: { type: 'email', missing: true } },
        ],
      },
    },
    {
      kind: 'segment',
      key: 'pricing-without-form',
      name: 'Pricing, and no form',
      description: `Looked at pricing and sent no form within ${inWords(patience)}; for a day.`,
      rule: {
        all: [
          { followedBy: { first: { name: pricing }, then: { name: form }, within: patience, absent: true } },
          { event: { name: pricing, within: 'P1D' } },
        ],
      },
    },
  ],
)

const cartAbandoned = template(
  {
    key: 'cart-abandoned',
    name: 'Cart abandoned',
    description: 'Who put something into a cart and did not order it in time.',
  },
  {
    added: { type: 'events', default: ['Product Added'], description: 'Something was put into a cart.' },
    settled: { type: 'events', default: ['Order Completed', 'Cart Emptied'], description: 'The cart is settled.' },
    patience: { type: 'duration', default: 'PT1H', description: 'How long to wait for that.' },
    within: { type: 'duration', default: 'P3D', description: 'For how long somebody stays in the segment.' },
  },
  ({ added, settled, patience, within }) => [
    {
      kind: 'segment',
      key: 'cart-abandoned',
      name: 'Cart abandoned',
      description: `Of each cart_id by itself: an addition, and no order within ${inWords(patience)} of it; for ${inWords(within)}.`,
      rule: {
        all: [
          {
            followedBy: {
              ...{ first: { name: added }, then: { name: settled } },
              ...{ within: patience, absent: true, by: 'cart_id' },
            },
          },
          { event: { name: added, within } },
        ],
      },
    },
  ],
)

const churnRisk = template(
  {
    key: 'churn-risk',
    name: 'Churn risk',
    description: 'A score of what tends to come before somebody leaves, and the segment of those who have much of it.',
  },
  {
    activity,
    silence: { type: 'duration', default: 'P14D', description: 'Silent for so long.' },
    ending: { type: 'duration', default: 'P60D', description: 'A contract ends in at most so long.' },
    score: { type: 'number', default: 60, description: 'From which score on it is a risk, up to 100.' },
  },
  ({ activity, silence, ending, score }) => [
    {
      kind: 'label',
      key: 'churn-score',
      name: 'Churn score',
      description: '0 to 100: silence, fewer visits than before, open complaints, a contract that ends.',
      rule: {
        score: [
          { when: { not: { event: { name: activity, within: silence } } }, points: 40 },
          {
            when: {
              all: [
                { event: { name: activity, within: { calendar: 'month', ago: 1 }, count: { gte: 4 } } },
                { event: { name: activity, within: 'P30D', count: { lt: 4 } } },
              ],
            },
            points: 20,
          },
          {
            when: {
              record: { kind: 'ticket', where: [{ path: 'status', in: ['open', 'pending'] }], count: { gte: 2 } },
            },
            points: 20,
          },
          { when: { record: { kind: 'contract', where: [{ path: 'endsAt', withinNext: ending }] } }, points: 20 },
        ],
        min: 0,
        max: 100,
      },
    },
    {
      kind: 'segment',
      key: 'churn-risk',
      name: 'Churn risk',
      description: `Customers with a churn score of ${score} or more.`,
      rule: {
        all: [
          { label: { key: 'churn-score', gte: score } },
          {
            any: [
              { record: { kind: 'order' } },
              { record: { kind: 'contract', where: [{ path: 'status', eq: 'active' }] } },
            ],
          },
        ],
      },
    },
  ],
)

const rfm = template(
  {
    key: 'rfm',
    name: 'RFM classes',
    description: 'Recency, frequency and monetary value of orders, and the class that follows from them.',
  },
  {
    recent: { type: 'duration', default: 'P30D', description: 'A champion has ordered within.' },
    lately: { type: 'duration', default: 'P90D', description: 'Loyal and promising customers have ordered within.' },
    often: { type: 'number', default: 5, description: 'How many orders a year a champion has at least.' },
    several: { type: 'number', default: 3, description: 'How many orders a year a loyal customer has at least.' },
    spend: { type: 'number', default: 500, description: 'How much a year a champion spends at least.' },
  },
  ({ recent, lately, often, several, spend }) => [
    {
      kind: 'label',
      key: 'orders-per-year',
      name: 'Orders per year',
      description: 'Frequency: orders placed in the last 365 days.',
      rule: { compute: { of: 'count', record: { kind: 'order' }, within: 'P365D' } },
    },
    {
      kind: 'label',
      key: 'spend-per-year',
      name: 'Spend per year',
      description: 'Monetary value: the amounts of those orders.',
      rule: { compute: { of: 'sum', path: 'amount', record: { kind: 'order' }, within: 'P365D' } },
    },
    {
      kind: 'label',
      key: 'rfm',
      name: 'RFM class',
      description: 'champion, loyal, promising, at-risk or lost; nobody without an order has one.',
      rule: {
        cases: [
          {
            when: {
              all: [
                { record: { kind: 'order', within: recent } },
                { label: { key: 'orders-per-year', gte: often } },
                { label: { key: 'spend-per-year', gte: spend } },
              ],
            },
            value: 'champion',
          },
          {
            when: {
              all: [{ record: { kind: 'order', within: lately } }, { label: { key: 'orders-per-year', gte: several } }],
            },
            value: 'loyal',
          },
          { when: { record: { kind: 'order', within: lately } }, value: 'promising' },
          { when: { record: { kind: 'order', within: 'P365D' } }, value: 'at-risk' },
          { when: { record: { kind: 'order' } }, value: 'lost' },
        ],
      },
    },
  ],
)

const lifecycle = template(
  {
    key: 'lifecycle',
    name: 'New, active, dormant',
    description: 'Where everybody is in their life with you.',
  },
  {
    activity,
    newFor: { type: 'duration', default: 'P7D', description: 'For how long somebody is new.' },
    activeFor: { type: 'duration', default: 'P30D', description: 'For how long after anything done.' },
  },
  ({ activity, newFor, activeFor }) => [
    {
      kind: 'label',
      key: 'lifecycle',
      name: 'Lifecycle',
      description: `new for ${inWords(newFor)}, active with anything done in ${inWords(activeFor)}, otherwise dormant.`,
      rule: {
        cases: [
          { when: { field: { path: 'firstSeen', withinLast: newFor } }, value: 'new' },
          { when: { event: { name: activity, within: activeFor } }, value: 'active' },
        ],
        otherwise: 'dormant',
      },
    },
    ...(['new', 'active', 'dormant'] as const).map(
      (value): TemplateDefinition => ({
        kind: 'segment',
        key: value,
        name: value.charAt(0).toUpperCase() + value.slice(1),
        description: `Everybody whose lifecycle is ${value}.`,
        rule: { label: { key: 'lifecycle', eq: value } },
      }),
    ),
  ],
)

/** Of a person as of an account. */
function expires(soon: string): { all: [{ record: RecordNode }, { not: { record: RecordNode } }] } {
  return {
    all: [
      {
        record: {
          kind: 'contract',
          where: [
            { path: 'status', eq: 'active' },
            { path: 'endsAt', withinNext: soon },
          ],
        },
      },
      {
        not: {
          record: {
            kind: 'contract',
            where: [
              { path: 'status', in: ['active', 'signed'] },
              { path: 'endsAt', after: 'now' },
              { not: { path: 'endsAt', withinNext: soon } },
            ],
          },
        },
      },
    ],
  }
}

const contractExpiring = template(
  {
    key: 'contract-expiring',
    name: 'Contract expiring',
    description: 'Whose own contract, or that of their account, ends soon and has no successor.',
  },
  { soon: { type: 'duration', default: 'P30D', description: 'In how long it ends at most.' } },
  ({ soon }) => [
    {
      kind: 'segment',
      key: 'contract-expiring',
      name: 'Contract expiring',
      description: `An active contract ends within ${inWords(soon)}, and no other one runs on beyond.`,
      rule: { any: [expires(soon), { account: expires(soon) }] },
    },
  ],
)

const vip = template(
  {
    key: 'vip',
    name: 'VIP',
    description: 'Those you would greet by name.',
  },
  {
    spend: { type: 'number', default: 1000, description: 'Orders of so much in all.' },
    within: { type: 'duration', default: 'P1Y', description: 'In how long.' },
  },
  ({ spend, within }) => [
    {
      kind: 'segment',
      key: 'vip',
      name: 'VIP',
      description: `Orders of ${spend.toLocaleString('en')} or more within ${inWords(within)}, or a gold membership that runs.`,
      rule: {
        any: [
          { record: { kind: 'order', within, aggregate: { sum: 'amount', gte: spend } } },
          {
            record: {
              kind: 'membership',
              where: [
                { path: 'tier', in: ['gold', 'platinum'], ignoreCase: true },
                { path: 'status', eq: 'active' },
                {
                  any: [
                    { path: 'endsAt', missing: true },
                    { path: 'endsAt', after: 'now' },
                  ],
                },
              ],
            },
          },
        ],
      },
    },
  ],
)

export const templates: readonly Template[] = [
  highIntent,
  cartAbandoned,
  churnRisk,
  rfm,
  lifecycle,
  contractExpiring,
  vip,
]
