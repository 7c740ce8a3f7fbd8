/**
 * Rules to begin with: each template is a few definitions that belong together, over the event names of Segment's
 * e-commerce specification (https://segment.com/docs/connections/spec/ecommerce/v2/) and the CRM records of Kith. Once
 * installed they are the tenant's own, to change as it likes. templates.test.ts tells a story of each.
 */
import type { LabelRule, RecordNode, Rule } from './types.ts'

export type TemplateDefinition = { key: string; name: string; description: string } & (
  | { kind: 'segment'; rule: Rule }
  | { kind: 'label'; rule: LabelRule }
)

export type Template = {
  key: string
  name: string
  description: string
  /** In an order in which they can be created: those that others refer to first. */
  definitions: TemplateDefinition[]
}

/** What somebody does who is there. */
const ACTIVITY = ['page', 'screen', 'Signed In', 'Product Viewed', 'Product Added', 'Order Completed']

const highIntent: Template = {
  key: 'high-intent-unresolved',
  name: 'High intent, still unknown',
  description: 'Who came back to pricing or checkout this week, and has given neither name nor address.',
  definitions: [
    {
      kind: 'segment',
      key: 'high-intent-unresolved',
      name: 'High intent, still unknown',
      description: 'At least two visits to pricing or checkout in seven days, and neither user id nor e-mail address.',
      rule: {
        all: [
          { event: { name: ['Pricing Viewed', 'Checkout Started'], within: 'P7D', count: { gte: 2 } } },
          { identifier: { type: 'user_id', missing: true } },
          { identifier: { type: 'email', missing: true } },
        ],
      },
    },
    {
      kind: 'segment',
      key: 'pricing-without-form',
      name: 'Pricing, and no form',
      description: 'Looked at pricing and sent no form within ten minutes; for a day.',
      rule: {
        all: [
          {
            followedBy: {
              first: { name: 'Pricing Viewed' },
              then: { name: ['Form Submitted', 'Signed Up'] },
              within: 'PT10M',
              absent: true,
            },
          },
          { event: { name: 'Pricing Viewed', within: 'P1D' } },
        ],
      },
    },
  ],
}

const cartAbandoned: Template = {
  key: 'cart-abandoned',
  name: 'Cart abandoned',
  description: 'Who put something into a cart and did not order it within the hour.',
  definitions: [
    {
      kind: 'segment',
      key: 'cart-abandoned',
      name: 'Cart abandoned',
      description: 'Of each cart_id by itself: an addition, and no order within an hour of it; for three days.',
      rule: {
        all: [
          {
            followedBy: {
              first: { name: 'Product Added' },
              then: { name: ['Order Completed', 'Cart Emptied'] },
              within: 'PT1H',
              absent: true,
              by: 'cart_id',
            },
          },
          { event: { name: 'Product Added', within: 'P3D' } },
        ],
      },
    },
  ],
}

const churnRisk: Template = {
  key: 'churn-risk',
  name: 'Churn risk',
  description: 'A score of what tends to come before somebody leaves, and the segment of those who have much of it.',
  definitions: [
    {
      kind: 'label',
      key: 'churn-score',
      name: 'Churn score',
      description: '0 to 100: silence, fewer visits than before, open complaints, a contract that ends.',
      rule: {
        score: [
          { when: { not: { event: { name: ACTIVITY, within: 'P14D' } } }, points: 40 },
          {
            when: {
              all: [
                { event: { name: ACTIVITY, within: { calendar: 'month', ago: 1 }, count: { gte: 4 } } },
                { event: { name: ACTIVITY, within: 'P30D', count: { lt: 4 } } },
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
          { when: { record: { kind: 'contract', where: [{ path: 'endsAt', withinNext: 'P60D' }] } }, points: 20 },
        ],
        min: 0,
        max: 100,
      },
    },
    {
      kind: 'segment',
      key: 'churn-risk',
      name: 'Churn risk',
      description: 'Customers with a churn score of 60 or more.',
      rule: {
        all: [
          { label: { key: 'churn-score', gte: 60 } },
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
}

const rfm: Template = {
  key: 'rfm',
  name: 'RFM classes',
  description: 'Recency, frequency and monetary value of orders, and the class that follows from them.',
  definitions: [
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
                { record: { kind: 'order', within: 'P30D' } },
                { label: { key: 'orders-per-year', gte: 5 } },
                { label: { key: 'spend-per-year', gte: 500 } },
              ],
            },
            value: 'champion',
          },
          {
            when: {
              all: [{ record: { kind: 'order', within: 'P90D' } }, { label: { key: 'orders-per-year', gte: 3 } }],
            },
            value: 'loyal',
          },
          { when: { record: { kind: 'order', within: 'P90D' } }, value: 'promising' },
          { when: { record: { kind: 'order', within: 'P365D' } }, value: 'at-risk' },
          { when: { record: { kind: 'order' } }, value: 'lost' },
        ],
      },
    },
  ],
}

const lifecycle: Template = {
  key: 'lifecycle',
  name: 'New, active, dormant',
  description: 'Where everybody is in their life with you.',
  definitions: [
    {
      kind: 'label',
      key: 'lifecycle',
      name: 'Lifecycle',
      description: 'new in the first week, active with anything done in thirty days, otherwise dormant.',
      rule: {
        cases: [
          { when: { field: { path: 'firstSeen', withinLast: 'P7D' } }, value: 'new' },
          { when: { event: { name: ACTIVITY, within: 'P30D' } }, value: 'active' },
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
}

const SOON = 'P30D'

/** Of a person as of an account. */
const EXPIRES: { all: [{ record: RecordNode }, { not: { record: RecordNode } }] } = {
  all: [
    {
      record: {
        kind: 'contract',
        where: [
          { path: 'status', eq: 'active' },
          { path: 'endsAt', withinNext: SOON },
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
            { not: { path: 'endsAt', withinNext: SOON } },
          ],
        },
      },
    },
  ],
}

const contractExpiring: Template = {
  key: 'contract-expiring',
  name: 'Contract expiring',
  description: 'Whose own contract, or that of their account, ends soon and has no successor.',
  definitions: [
    {
      kind: 'segment',
      key: 'contract-expiring',
      name: 'Contract expiring',
      description: 'An active contract ends within thirty days, and no other one runs on beyond.',
      rule: { any: [EXPIRES, { account: EXPIRES }] },
    },
  ],
}

const vip: Template = {
  key: 'vip',
  name: 'VIP',
  description: 'Those you would greet by name.',
  definitions: [
    {
      kind: 'segment',
      key: 'vip',
      name: 'VIP',
      description: 'Orders of 1,000 or more within a year, or a gold membership that runs.',
      rule: {
        any: [
          { record: { kind: 'order', within: 'P1Y', aggregate: { sum: 'amount', gte: 1000 } } },
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
}

export const templates: readonly Template[] = [
  highIntent,
  cartAbandoned,
  churnRisk,
  rfm,
  lifecycle,
  contractExpiring,
  vip,
]
