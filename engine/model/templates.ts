/**
 * Models to begin with, by industry: objects, fields, behaviors, labels and segments that belong together, over the event names
 * of Segment's specifications (https://segment.com/docs/connections/spec/). Once installed they are the tenant's own.
 */
import type { LabelRule, Rule } from '../rules/index.ts'
import type { Behavior } from './behaviors.ts'
import type { Field } from './fields.ts'
import type { CustomObject } from './objects.ts'
import type { Property } from './property.ts'

export type TemplateField = Pick<Field, 'object' | 'key' | 'type'> & Partial<Omit<Field, 'id'>>

export type ModelTemplate = {
  key: string
  name: string
  description: string
  objects: Omit<CustomObject, 'id'>[]
  fields: TemplateField[]
  behaviors: (Pick<Behavior, 'name' | 'properties'> & Partial<Behavior>)[]
  labels: { key: string; name: string; description: string; rule: LabelRule }[]
  segments: { key: string; name: string; description: string; rule: Rule }[]
}

const text = (key: string, more: Partial<Property> = {}): Property => ({ key, type: 'text', ...more })
const number = (key: string, more: Partial<Property> = {}): Property => ({ key, type: 'number', ...more })
const product = [
  text('product_id', { required: true }),
  text('name'),
  text('category'),
  number('price'),
  number('quantity'),
]

const retail: ModelTemplate = {
  key: 'retail',
  name: 'Retail',
  description: 'A shop: loyalty, stores, returns; what is viewed, put in the cart and bought.',
  objects: [
    {
      key: 'storeVisit',
      plural: 'storeVisits',
      name: 'Visit to a store',
      description: 'Somebody known was in a store.',
      person: true,
      account: false,
      parent: null,
    },
    {
      key: 'productReturn',
      plural: 'productReturns',
      name: 'Return',
      description: 'Something that came back.',
      person: true,
      account: false,
      parent: null,
    },
  ],
  fields: [
    { object: 'profile', key: 'firstName', type: 'text', personal: 'personal' },
    { object: 'profile', key: 'lastName', type: 'text', personal: 'personal' },
    { object: 'profile', key: 'birthday', type: 'date', personal: 'personal' },
    { object: 'profile', key: 'favouriteStore', type: 'text' },
    { object: 'order', key: 'channel', type: 'choice', choices: ['web', 'app', 'store'] },
    { object: 'order', key: 'coupon', type: 'text' },
    { object: 'storeVisit', key: 'store', type: 'text', required: true, indexed: true },
    {
      object: 'productReturn',
      key: 'reason',
      type: 'choice',
      choices: ['size', 'quality', 'late', 'other'],
      default: 'other',
    },
    { object: 'productReturn', key: 'amount', type: 'number' },
  ],
  behaviors: [
    { name: 'Product Viewed', properties: product },
    { name: 'Product Added', properties: [...product, text('cart_id')] },
    {
      name: 'Order Completed',
      properties: [
        text('order_id', { required: true }),
        number('total'),
        text('currency'),
        { key: 'products', type: 'list', items: { type: 'object', properties: product } },
      ],
    },
  ],
  labels: [
    {
      key: 'spent-in-a-year',
      name: 'Spent in a year',
      description: 'The sum of the orders of the last 365 days.',
      rule: { compute: { of: 'sum', path: 'amount', record: { kind: 'order' }, within: 'P365D' } },
    },
  ],
  segments: [
    {
      key: 'returns-much',
      name: 'Sends much back',
      description: 'Three returns in half a year.',
      rule: { record: { kind: 'productReturn', within: 'P180D', count: { gte: 3 } } },
    },
    {
      key: 'store-and-web',
      name: 'In the store and on the web',
      description: 'Was in a store in the last 90 days, and ordered on the web.',
      rule: {
        all: [
          { record: { kind: 'storeVisit', within: 'P90D' } },
          { record: { kind: 'order', where: [{ path: 'channel', in: ['web', 'app'] }], within: 'P90D' } },
        ],
      },
    },
  ],
}

const saas: ModelTemplate = {
  key: 'saas',
  name: 'SaaS',
  description:
    'Software by subscription: workspaces, plans, seats; who is activated, who grows, who is about to leave.',
  objects: [
    {
      key: 'workspace',
      plural: 'workspaces',
      name: 'Workspace',
      description: 'Where an account works.',
      person: false,
      account: true,
      parent: null,
    },
    {
      key: 'workspaceSeat',
      plural: 'workspaceSeats',
      name: 'Seat',
      description: 'A person in a workspace.',
      person: true,
      account: true,
      parent: 'workspace',
    },
  ],
  fields: [
    { object: 'profile', key: 'role', type: 'choice', choices: ['owner', 'admin', 'member', 'guest'] },
    { object: 'account', key: 'plan', type: 'choice', choices: ['trial', 'starter', 'team', 'enterprise'] },
    { object: 'account', key: 'mrr', type: 'number', description: 'Monthly recurring revenue.' },
    { object: 'account', key: 'trialEndsOn', type: 'date' },
    { object: 'workspace', key: 'slug', type: 'text', required: true, unique: true },
    { object: 'workspace', key: 'seats', type: 'number', default: 1 },
    { object: 'workspaceSeat', key: 'level', type: 'choice', choices: ['admin', 'member', 'guest'], default: 'member' },
  ],
  behaviors: [
    { name: 'Signed Up', properties: [text('plan'), text('referrer')] },
    { name: 'Signed In', properties: [] },
    { name: 'Feature Used', properties: [text('feature', { required: true }), text('workspace')] },
    { name: 'Subscription Changed', properties: [text('from'), text('to', { required: true }), number('mrr')] },
  ],
  labels: [
    {
      key: 'lifecycle',
      name: 'Lifecycle',
      description: 'Where somebody stands with the product.',
      rule: {
        cases: [
          { when: { event: { name: 'Feature Used', within: 'P30D', count: { gte: 10 } } }, value: 'active' },
          { when: { event: { name: ['Feature Used', 'Signed In'], within: 'P30D' } }, value: 'casual' },
          { when: { event: { name: ['Feature Used', 'Signed In'] } }, value: 'dormant' },
          { when: { event: { name: 'Signed Up' } }, value: 'new' },
        ],
      },
    },
  ],
  segments: [
    {
      key: 'not-activated',
      name: 'Signed up, and nothing since',
      description: 'Signed up, and used no feature within three days.',
      rule: {
        followedBy: { first: { name: 'Signed Up' }, then: { name: 'Feature Used' }, within: 'P3D', absent: true },
      },
    },
    {
      key: 'trial-ends-soon',
      name: 'Trial ends soon',
      description: 'Works where the trial ends within a week.',
      rule: {
        account: {
          all: [{ field: { path: 'plan', eq: 'trial' } }, { field: { path: 'trialEndsOn', withinNext: 'P7D' } }],
        },
      },
    },
    {
      key: 'workspace-admins',
      name: 'Admins of workspaces',
      description: 'Has a seat as admin.',
      rule: { record: { kind: 'workspaceSeat', where: [{ path: 'level', eq: 'admin' }] } },
    },
  ],
}

const education: ModelTemplate = {
  key: 'education',
  name: 'Education',
  description: 'A school or an academy: courses, enrolments, grades; who learns, who falls behind.',
  objects: [
    {
      key: 'course',
      plural: 'courses',
      name: 'Course',
      description: 'What is taught.',
      person: false,
      account: true,
      parent: null,
    },
    {
      key: 'enrolment',
      plural: 'enrolments',
      name: 'Enrolment',
      description: 'Somebody in a course.',
      person: true,
      account: false,
      parent: 'course',
    },
  ],
  fields: [
    { object: 'profile', key: 'role', type: 'choice', choices: ['student', 'teacher', 'parent'] },
    { object: 'profile', key: 'birthday', type: 'date', personal: 'personal' },
    { object: 'profile', key: 'needsSupport', type: 'boolean', personal: 'sensitive' },
    { object: 'course', key: 'title', type: 'text', required: true, indexed: true },
    { object: 'course', key: 'startsOn', type: 'date' },
    {
      object: 'enrolment',
      key: 'status',
      type: 'choice',
      choices: ['applied', 'enrolled', 'completed', 'dropped'],
      default: 'enrolled',
    },
    { object: 'enrolment', key: 'grade', type: 'number', personal: 'personal' },
  ],
  behaviors: [
    { name: 'Lesson Started', properties: [text('course', { required: true }), text('lesson', { required: true })] },
    {
      name: 'Lesson Completed',
      properties: [text('course', { required: true }), text('lesson', { required: true }), number('score')],
    },
    {
      name: 'Assignment Submitted',
      properties: [text('course', { required: true }), text('assignment', { required: true })],
    },
  ],
  labels: [
    {
      key: 'courses-completed',
      name: 'Courses completed',
      description: 'How many enrolments are completed.',
      rule: {
        compute: { of: 'count', record: { kind: 'enrolment', where: [{ path: 'status', eq: 'completed' }] } },
      },
    },
  ],
  segments: [
    {
      key: 'falls-behind',
      name: 'Falls behind',
      description: 'Is enrolled, and completed no lesson for two weeks.',
      rule: {
        all: [
          { record: { kind: 'enrolment', where: [{ path: 'status', eq: 'enrolled' }] } },
          { not: { event: { name: 'Lesson Completed', within: 'P14D' } } },
        ],
      },
    },
    {
      key: 'lesson-left',
      name: 'Left a lesson',
      description: 'Started a lesson and did not complete it within two hours; each lesson by itself.',
      rule: {
        followedBy: {
          first: { name: 'Lesson Started' },
          then: { name: 'Lesson Completed' },
          within: 'PT2H',
          absent: true,
          by: 'lesson',
        },
      },
    },
  ],
}

export const modelTemplates: readonly ModelTemplate[] = [retail, saas, education]
