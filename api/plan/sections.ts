/**
 * What a plan holds, in the order in which it is made. A section names its noun and the mutations that make, change and end
 * one; what an item may say is what the create mutation takes and the type tells. So whatever a noun gains, its plan has.
 */
import { NO_SETTINGS } from '../../engine/gate/settings.ts'
import { defaultPolicy } from '../../engine/identity/index.ts'
import { parseRuleOf } from '../../engine/rules/index.ts'

type Node = Record<string, any>
export type Item = Record<string, unknown>

export type Section = {
  /** In the file. */
  name: string
  type: string
  /** The query of all of them. */
  list: string
  /** The query is a list or the one thing there is, and no connection. */
  isPlain?: boolean
  /** There is one of it, without a key. */
  isSingle?: boolean
  create: string
  update?: string
  /** Ends it: what is in the tenant and not in the plan, when that is asked for. */
  remove?: string
  /** What is selected of a node beside its item. */
  select: string
  keyOf(node: Node): string
  /** The members of the create input that are the key. */
  keyInput(key: string): Item
  /** What says to update and remove which one is meant. */
  idInput(node: Node): Item
  /** Members of the create input that no plan holds. */
  leaveOut?: string[]
  /** An update takes all of an item, and not only what changes. */
  isWhole?: boolean
  /** Whether the node is no business of a plan. */
  isHidden?(node: Node, item: Item): boolean
  /** The forms in which the tenant keeps members, of an item. */
  canonical?: Record<string, (value: unknown, item: Item) => unknown>
  /** Has a status, which mutations of its own change. */
  verbs?: Record<string, string>
  /** The member of the create input that is given beside the plan, for it must not be in a file. */
  secret?: string
}

/** The key of what has none. */
export const SINGLE = ''

const byKey = {
  select: 'id key',
  keyOf: ({ key }: Node) => key as string,
  keyInput: (key: string) => ({ key }),
  idInput: ({ id }: Node) => ({ id }),
}

const byName = {
  ...byKey,
  select: 'id name',
  keyOf: ({ name }: Node) => name as string,
  keyInput: (name: string) => ({ name }),
}

const ofSource = {
  isPlain: true,
  select: 'source { id name }',
  keyOf: ({ source }: Node) => source.name as string,
  keyInput: (name: string) => ({ name }),
  idInput: ({ source }: Node) => ({ source: source?.id as string }),
}

function definition(type: string, kind: 'label' | 'segment'): Section {
  const list = `${type.toLowerCase()}s`
  return {
    ...byKey,
    name: list,
    type,
    list,
    create: `create${type}`,
    update: `update${type}`,
    remove: `archive${type}`,
    select: 'id key status',
    leaveOut: ['tree', 'accountTree'],
    isHidden: ({ status }) => status === 'ARCHIVED',
    canonical: { rule: (rule, { subject }) => parseRuleOf(kind, subject === 'account' ? 'account' : 'person', rule) },
    verbs: { active: `resume${type}`, paused: `pause${type}` },
  }
}

export const sections: readonly Section[] = [
  {
    ...byName,
    name: 'sources',
    type: 'Source',
    list: 'sources',
    create: 'createSource',
    update: 'updateSource',
    isHidden: ({ kind }) => kind === 'webhook' || kind === 'postgres',
    select: 'id name kind',
  },
  {
    ...byKey,
    name: 'objects',
    type: 'CustomObject',
    list: 'objects',
    create: 'createObject',
    update: 'updateObject',
    remove: 'deleteObject',
    leaveOut: ['fields'],
  },
  {
    ...byKey,
    name: 'fields',
    type: 'Field',
    list: 'fields',
    create: 'createField',
    update: 'updateField',
    remove: 'deleteField',
    select: 'id key object',
    keyOf: ({ object, key }) => `${object}.${key}`,
    keyInput: (name) => ({ object: name.slice(0, name.indexOf('.')), key: name.slice(name.indexOf('.') + 1) }),
  },
  {
    ...byName,
    name: 'behaviors',
    type: 'Behavior',
    list: 'behaviors',
    create: 'createBehavior',
    update: 'updateBehavior',
    remove: 'deleteBehavior',
  },
  {
    ...byKey,
    name: 'gate',
    type: 'Gate',
    list: 'gate',
    isPlain: true,
    isSingle: true,
    create: 'updateGate',
    update: 'updateGate',
    select: '__typename',
    keyInput: () => ({}),
    idInput: () => ({}),
    isHidden: (_node, { unknownEvents, bots, internal, ...rest }) =>
      unknownEvents === NO_SETTINGS.unknownEvents &&
      bots === NO_SETTINGS.bots &&
      internal === NO_SETTINGS.internal &&
      Object.keys(rest).length === 0,
  },
  {
    ...byKey,
    name: 'identifierTypes',
    type: 'IdentifierType',
    list: 'identityPolicy',
    isPlain: true,
    create: 'updateIdentifierType',
    update: 'updateIdentifierType',
    remove: 'resetIdentifierType',
    select: 'key',
    idInput: ({ key }) => ({ key }),
    isWhole: true,
    isHidden: isBuiltIn,
  },
  { ...byKey, name: 'lists', type: 'List', list: 'lists', create: 'createList' },
  definition('Label', 'label'),
  definition('Segment', 'segment'),
  {
    ...ofSource,
    name: 'webhooks',
    type: 'Webhook',
    list: 'webhooks',
    create: 'createWebhook',
    update: 'updateWebhook',
    secret: 'secret',
  },
  {
    ...ofSource,
    name: 'postgresSources',
    type: 'PostgresSource',
    list: 'postgresSources',
    create: 'createPostgresSource',
    update: 'updatePostgresSource',
    secret: 'url',
  },
]

/** As it is where the tenant says nothing. */
function isBuiltIn(node: Node): boolean {
  const { key, normaliser, country, priority, max, peopleLimit, shared, blocked, weights } = node
  const built = defaultPolicy.types.find((type) => type.key === key)
  if (!built) return false
  const mine = [normaliser.toLowerCase(), country ?? null, priority, max, peopleLimit, shared, blocked, weights]
  const theirs = [
    built.normaliser,
    built.country,
    built.priority,
    built.max,
    built.peopleLimit,
    built.shared,
    built.blocked,
    built.weights,
  ]
  return JSON.stringify(mine) === JSON.stringify(theirs)
}
