/** What the tenant says its events are: checked at every door, and real types in its schema (api/tenant-behaviors.ts). */
import { behaviors } from '../../db/schema/behavior.ts'
import { countBehaviorRows, insertBehavior, lockBehavior, updateBehavior } from '../../db/sql/behaviors.ts'
import { type BehaviorCount, OUTCOMES, readBehaviorCounts } from '../../db/sql/count-behaviors.ts'
import { type Behavior as Definition, MODES, readBehavior } from '../../engine/model/behaviors.ts'
import { type BehaviorPreview, previewBehavior, type PreviewedViolation } from '../../engine/model/preview-behavior.ts'
import { type Property, PROPERTY_TYPES, type Shape } from '../../engine/model/property.ts'
import { type Suggestion, suggestBehaviors } from '../../engine/model/suggest-behaviors.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { byId, columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { encodeNodeId, uuidOf } from '../noun/id.ts'
import { mutation } from '../noun/mutation.ts'
import { noun } from '../noun/noun.ts'
import { upperNames } from '../noun/name.ts'
import { missing } from '../noun/record.ts'
import { deleteRow } from '../noun/write.ts'
import { modelChanged } from '../schema-changes.ts'

const MOST_BEHAVIORS = 1000
const MOST_DAYS = 400
/** As far back as events may lie: history that was imported is looked at too. */
const MOST_DAYS_OF_EVENTS = 20 * 366

const Mode = builder.enumType('BehaviorMode', {
  description: 'What becomes of an event that is not as its behavior says.',
  values: {
    STRICT: { value: 'strict', description: 'It is kept as a dead letter.' },
    LENIENT: { value: 'lenient', description: 'It is stored, and its violations are counted.' },
    OFF: { value: 'off', description: 'Nobody looks.' },
  } satisfies Record<string, { value: (typeof MODES)[number]; description: string }>,
})
const PropertyType = builder.enumType('PropertyType', { values: upperNames(PROPERTY_TYPES) })
// The outcomes in capitals are violations.
const Outcome = builder.enumType('BehaviorOutcome', { values: upperNames(OUTCOMES) })

export const Behavior = noun('Behavior', behaviors, {
  plural: 'behaviors',
  order: { field: 'name', direction: 'ASC' },
  enums: { mode: Mode },
  unlisted: ['properties', 'samplePercent'],
})

const ShapeRef = builder.objectRef<Shape>('PropertyShape')
const PropertyRef = builder.objectRef<Property>('BehaviorProperty')

ShapeRef.implement({
  description: 'What a value is.',
  fields: (t) => ({
    type: t.field({ type: PropertyType, resolve: ({ type }) => type }),
    choices: t.stringList({ resolve: ({ choices }) => choices ?? [] }),
    items: t.field({ type: ShapeRef, nullable: true, resolve: ({ items }) => items }),
    properties: t.field({ type: [PropertyRef], resolve: ({ properties }) => properties ?? [] }),
  }),
})

PropertyRef.implement({
  description: 'A property of a behavior; of an identify or group call, a trait.',
  fields: (t) => ({
    key: t.exposeString('key'),
    type: t.field({ type: PropertyType, resolve: ({ type }) => type }),
    required: t.boolean({ resolve: ({ required }) => required ?? false }),
    description: t.string({ nullable: true, resolve: ({ description }) => description }),
    choices: t.stringList({ description: 'Of a CHOICE.', resolve: ({ choices }) => choices ?? [] }),
    items: t.field({
      type: ShapeRef,
      nullable: true,
      description: 'What a LIST is of; null: of anything.',
      resolve: ({ items }) => items,
    }),
    properties: t.field({
      type: [PropertyRef],
      description: 'The members of an OBJECT; none: any.',
      resolve: ({ properties }) => properties ?? [],
    }),
  }),
})

builder.node(Behavior.ref, {
  description: 'What one kind of event is: its name, its properties, and what becomes of an event that is not so.',
  ...nodeOptions(Behavior),
  fields: (t) => ({
    ...columnFields(t, Behavior, {
      name: "The event's name; for all but track calls the type, such as page.",
      description: '',
      mode: '',
      identifiers: 'Types of identifiers that each event must name.',
      retentionDays: 'How long events are kept, in days; null for ever.',
      purpose: 'What the events are for: those of people who refused it are not stored.',
      channel: 'The channel on which a refusal counts; null for any.',
      createdAt: '',
      updatedAt: '',
    }),
    samplePercent: t.float({
      nullable: true,
      description: 'Of how many people in a hundred events are stored; null for all.',
      resolve: ({ samplePercent }) => (samplePercent === null ? null : Number(samplePercent)),
    }),
    properties: t.field({ type: [PropertyRef], resolve: ({ properties }) => properties as unknown as Property[] }),
    schema: t.field({
      type: 'JSON',
      description: 'The properties as one value, however deep; types in lower case.',
      resolve: ({ properties }) => properties,
    }),
  }),
})

const Count = builder.objectRef<BehaviorCount>('BehaviorCount').implement({
  description: 'What became of events at the gate.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Of the behavior, or of an unknown event; "" for all others.' }),
    day: t.field({
      type: 'Date',
      nullable: true,
      description: 'In UTC; when asked by day.',
      resolve: ({ day }) => day,
    }),
    outcome: t.field({ type: Outcome, resolve: ({ outcome }) => outcome }),
    path: t.exposeString('path', { description: 'Of a violation; "*" stands for any place in a list.' }),
    count: t.float({ resolve: ({ count }) => Number(count) }),
    lastAt: t.field({ type: 'DateTime', resolve: (row) => row.last_at }),
  }),
})

const PreviewViolation = builder.objectRef<PreviewedViolation>('BehaviorPreviewViolation').implement({
  fields: (t) => ({
    code: t.exposeString('code', { description: '"REQUIRED", "TYPE", "CHOICE" or "IDENTIFIER".' }),
    path: t.exposeString('path', { description: '"*" stands for any place in a list.' }),
    expected: t.exposeString('expected'),
    found: t.exposeString('found', { description: 'In the latest event.' }),
    count: t.exposeInt('count', { description: 'Of how many events.' }),
    examples: t.idList({
      description: 'Of the latest events that are so.',
      resolve: ({ examples }) => examples.map(({ occurredAt, id }) => encodeNodeId('Event', `${occurredAt}~${id}`)),
    }),
  }),
})

const Preview = builder.objectRef<BehaviorPreview>('BehaviorPreview').implement({
  description: 'Stored events that are not as a behavior says.',
  fields: (t) => ({
    examined: t.exposeInt('examined', { description: 'How many of its events were looked at, latest first.' }),
    complete: t.exposeBoolean('complete', { description: 'Whether those are all of the days asked for.' }),
    violating: t.exposeInt('violating', { description: 'How many of them are not so.' }),
    violations: t.field({ type: [PreviewViolation], resolve: ({ violations }) => violations }),
  }),
})

const SuggestionRef = builder.objectRef<Suggestion & { defined: boolean }>('BehaviorSuggestion').implement({
  description: 'A kind of event as the latest ones are.',
  fields: (t) => ({
    name: t.exposeString('name'),
    count: t.exposeInt('count', { description: 'Of the latest events that were looked at.' }),
    lastAt: t.field({ type: 'DateTime', resolve: ({ lastAt }) => lastAt }),
    defined: t.exposeBoolean('defined', { description: 'Whether there is a behavior of this name.' }),
    properties: t.field({ type: [PropertyRef], resolve: ({ properties }) => properties }),
    schema: t.field({
      type: 'JSON',
      description: 'The properties as one value, however deep; types in lower case.',
      resolve: ({ properties }) => properties,
    }),
  }),
})

const ShapeInput = builder.inputRef<Shape>('PropertyShapeInput')
const PropertyInput = builder.inputRef<Property>('BehaviorPropertyInput')
const shapeFields = (t: any) => ({
  type: t.field({ type: PropertyType, required: true }),
  choices: t.stringList({ description: 'Of a CHOICE.' }),
  items: t.field({ type: ShapeInput, description: 'What a LIST is of; without, of anything.' }),
  properties: t.field({ type: [PropertyInput], description: 'The members of an OBJECT; without, any.' }),
})
ShapeInput.implement({ description: 'What a value is.', fields: shapeFields } as never)
PropertyInput.implement({
  description: 'A property of a behavior. What is not defined is taken as it comes.',
  fields: (t: any) => ({
    key: t.string({ required: true, description: 'Without dots.' }),
    required: t.boolean({ description: 'null is missing.' }),
    description: t.string(),
    ...shapeFields(t),
  }),
} as never)

const definitionFields = (t: any) => ({
  description: t.string(),
  mode: t.field({ type: Mode, description: 'LENIENT at first.' }),
  properties: t.field({ type: [PropertyInput], description: 'All of them: those that are left out are gone.' }),
  identifiers: t.stringList({
    description: 'Types of identifiers that each event must name, such as user_id or email.',
  }),
  samplePercent: t.float({
    description:
      'Store the events of so many people in a hundred, always of the same: by anonymous id, or user id where there is none.',
  }),
  retentionDays: t.int({ description: 'Remove events that are older.' }),
  purpose: t.string({ description: 'What the events are for: those of people who refused it are not stored.' }),
  channel: t.string({ description: 'The channel on which a refusal counts; any without.' }),
})

type DefinitionInput = Partial<Definition> & { name: string }

const BehaviorDraft = builder.inputType('BehaviorDraft', {
  fields: (t) => ({ name: t.string({ required: true }), ...definitionFields(t) }),
})

const days = (usual: number, most: number) => ({ defaultValue: usual, description: `At most ${most}.` })

builder.queryFields((t) => ({
  behavior: byId(t, Behavior, 'A behavior by id.'),
  behaviors: connectionField(t, { noun: Behavior, name: 'all' }, 'What your events are.'),
  behaviorCounts: t.field({
    type: [Count],
    description: 'What became of your events at the gate in the last days, today included: volumes and violations.',
    complexity: 100,
    args: { days: t.arg.int(days(7, MOST_DAYS)), byDay: t.arg.boolean(), name: t.arg.string() },
    resolve: (_root, { days, byDay, name }, { tenant }) =>
      tenant((tx) => readBehaviorCounts(tx, daysOf(days), byDay ?? false, name ?? null)),
  }),
  previewBehavior: t.field({
    type: Preview,
    description: 'Which stored events are not as a behavior says, before it is made or changed.',
    complexity: 500,
    args: { behavior: t.arg({ type: BehaviorDraft, required: true }), days: t.arg.int(days(30, MOST_DAYS_OF_EVENTS)) },
    resolve: (_root, { behavior, days }, { tenant }) => {
      const draft = readBehavior(definition(behavior as DefinitionInput))
      return tenant((tx) => previewBehavior(tx, draft, daysOf(days, MOST_DAYS_OF_EVENTS)))
    },
  }),
  suggestBehaviors: t.field({
    type: [SuggestionRef],
    description: 'Behaviors as your latest events are, most frequent first.',
    complexity: 500,
    args: { days: t.arg.int(days(30, MOST_DAYS_OF_EVENTS)) },
    resolve: (_root, { days }, { tenant }) =>
      tenant(async (tx) => {
        const suggested = await suggestBehaviors(tx, daysOf(days, MOST_DAYS_OF_EVENTS))
        const rows = await tx<{ name: string }[]>`SELECT name FROM behaviors`
        const defined = new Set(rows.map(({ name }) => name))
        return suggested.map((one) => ({ ...one, defined: defined.has(one.name) }))
      }),
  }),
}))

const payload = (t: any) => ({ behavior: rowField(t, Behavior, 'As it is now.', 'id') })

mutation<DefinitionInput>('createBehavior', {
  description:
    'Says what one kind of event is. Every door goes by it within two seconds, and your schema has its type.',
  scope: 'model',
  input: (t) => ({ name: t.string({ required: true }), ...definitionFields(t) }),
  payload,
  resolve: async (input, { tenant, viewer }) => {
    const behavior = readBehavior(definition(input))
    const id = await tenant(async (tx) => {
      if ((await countBehaviorRows(tx)) >= MOST_BEHAVIORS)
        throw invalid(`Expected at most ${MOST_BEHAVIORS} behaviors.`)
      return insertBehavior(tx, behavior)
    })
    modelChanged(viewer.tenantId)
    return { id }
  },
})

mutation<{ id: string; name?: string | null } & Partial<Definition>>('updateBehavior', {
  description: 'Changes what is given; null takes a limit or a text away. What is stored stays as it is.',
  scope: 'model',
  input: (t) => ({ id: t.id({ required: true }), name: t.string(), ...definitionFields(t) }),
  payload,
  resolve: async ({ id, ...input }, { tenant, viewer }) => {
    const uuid = uuidOf('Behavior', id)
    await tenant(async (tx) => {
      const before = (await lockBehavior<Definition>(tx, uuid)) ?? missing('Behavior', id)
      await updateBehavior(tx, uuid, readBehavior(definition({ ...input, name: input.name ?? before.name }, before)))
    })
    modelChanged(viewer.tenantId)
    return { id: uuid }
  },
})

mutation<{ id: string }>('deleteBehavior', {
  description: 'Forgets a behavior. Its events stay, and come in like any that is not defined.',
  scope: 'model',
  input: (t) => ({ id: t.id({ required: true }) }),
  payload: (t) => ({ deletedId: t.id({ resolve: ({ uuid }: any) => encodeNodeId('Behavior', uuid) }) }),
  resolve: async ({ id }, { tenant, viewer }) => {
    const uuid = uuidOf('Behavior', id)
    if (!(await tenant((tx) => deleteRow(tx, Behavior, uuid)))) missing('Behavior', id)
    modelChanged(viewer.tenantId)
    return { uuid }
  },
})

/** What nothing is said of. */
export const NEW_BEHAVIOR: Omit<Definition, 'name'> = {
  description: null,
  mode: 'lenient',
  properties: [],
  identifiers: [],
  samplePercent: null,
  retentionDays: null,
  purpose: null,
  channel: null,
}

/** What is not given is as before; what may not be null is as at first then. */
function definition(input: DefinitionInput, before: Omit<Definition, 'name'> = NEW_BEHAVIOR): Definition {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
  const whole = { ...before, ...given } as Definition
  const { mode, properties, identifiers, ...rest } = whole
  return {
    ...rest,
    mode: mode ?? NEW_BEHAVIOR.mode,
    properties: properties ?? NEW_BEHAVIOR.properties,
    identifiers: identifiers ?? NEW_BEHAVIOR.identifiers,
  }
}

function daysOf(days: number | null | undefined, most = MOST_DAYS): number {
  if (days != null && days >= 1 && days <= most) return days
  throw invalid(`Expected 1 to ${most} days, got ${days}.`)
}

function invalid(message: string): KithError {
  return new KithError('INPUT_INVALID', message)
}
