/** A payload that was refused, kept whole with the reason, that can be mended and replayed. */
import { discardLetters, groupLetters, type LetterGroup, type WhichLetters } from '../../db/sql/dead-letters.ts'
import type { Violation } from '../../engine/model/property.ts'
import { deadLetters } from '../../db/schema/event.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { mendDeadLetter, type Replayed, replayDeadLetters } from '../ingest/replay.ts'
import { connectionField } from '../noun/connection.ts'
import { byId, columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { uuidOf } from '../noun/id.ts'
import { mutation } from '../noun/mutation.ts'
import { noun } from '../noun/noun.ts'
import { Source } from './source.ts'

/** In one mutation: a transaction per 200 of them, so that the answer comes while somebody waits for it. */
const MOST_REPLAYED = 10_000

export const DeadLetter = noun('DeadLetter', deadLetters, { plural: 'deadLetters', unlisted: ['violations'] })

export const ViolationRef = builder.objectRef<Violation>('Violation').implement({
  description: 'Where an event is not as its behavior says. What was found is told by its kind, not its value.',
  fields: (t) => ({
    code: t.exposeString('code', { description: '"REQUIRED", "TYPE", "CHOICE" or "IDENTIFIER".' }),
    path: t.exposeString('path', { description: 'Such as "properties.products.0.sku".' }),
    expected: t.exposeString('expected'),
    found: t.exposeString('found'),
  }),
})

builder.node(DeadLetter.ref, {
  description: 'A payload that was refused, kept whole with the reason, that can be mended and replayed.',
  ...nodeOptions(DeadLetter),
  fields: (t) => ({
    ...columnFields(t, DeadLetter, {
      receivedAt: '',
      door: '"http" or "graphql"; "replay" for an event of a replayed batch.',
      messageId: '',
      payload: 'JSON as it came, as text.',
      envelope: 'What its request said beside it: {"type", "sentAt", "context"}, as text.',
      mended: 'What is sent instead of the payload, once somebody has mended it.',
      code: 'Stable; see docs/errors.md.',
      reason: '',
      attempts: 'How often it was refused.',
      replayedAt: 'When it was sent again; null while it waits.',
      discardedAt: 'When it was given up; null while it waits.',
    }),
    violations: t.field({
      type: [ViolationRef],
      description: 'Where it is not as its behavior says, for EVENT_NOT_AS_DEFINED.',
      resolve: ({ violations }) => (violations ?? []) as Violation[],
    }),
    source: rowField(t, Source, 'Where it came from.', 'sourceId'),
  }),
})

builder.queryFields((t) => ({
  deadLetter: byId(t, DeadLetter, 'A refused payload by id.'),
  deadLetters: connectionField(t, { noun: DeadLetter, name: 'all' }, 'Refused payloads; latest first.'),
}))

const Group = builder.objectRef<LetterGroup>('DeadLetterGroup').implement({
  description: 'The waiting dead letters of one code.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable; see docs/errors.md.' }),
    count: t.exposeInt('count'),
    firstAt: t.field({ type: 'DateTime', resolve: (group) => group.first_at }),
    lastAt: t.field({ type: 'DateTime', resolve: (group) => group.last_at }),
    reason: t.exposeString('reason', { description: 'Of the latest.' }),
    latest: rowField(t, DeadLetter, 'The latest.', 'last_id'),
  }),
})

builder.queryField('deadLetterGroups', (t) =>
  t.field({
    type: [Group],
    description: 'The dead letters that wait, by their code; most frequent first.',
    resolve: (_root, _args, { tenant }) => tenant((sql) => groupLetters(sql)),
  }),
)

const Which = builder.inputType('DeadLettersInput', {
  description: 'Which of the dead letters that wait; all that is given must hold.',
  fields: (t) => ({
    ids: t.idList(),
    code: t.string(),
    source: t.id(),
    receivedFrom: t.field({ type: 'DateTime' }),
    receivedBefore: t.field({ type: 'DateTime' }),
  }),
})

type WhichInput = {
  ids?: string[] | null
  code?: string | null
  source?: string | null
  receivedFrom?: string | null
  receivedBefore?: string | null
}

function whichOf({ ids, source, ...rest }: WhichInput): WhichLetters {
  return {
    ...rest,
    ids: ids?.map((id) => uuidOf('DeadLetter', id)),
    sourceId: source ? uuidOf('Source', source) : null,
  }
}

mutation<{ id: string; payload: string }>('mendDeadLetter', {
  description:
    'Puts another payload in the place of a dead letter’s; what came is kept beside it. Does not send it yet.',
  scope: 'repair',
  note: ['id'],
  input: (t) => ({ id: t.id({ required: true }), payload: t.string({ required: true, description: 'JSON.' }) }),
  payload: (t) => ({
    deadLetter: rowField(t, DeadLetter, 'As it is now.', 'id'),
    code: t.string({
      nullable: true,
      description: 'Why it would still be refused; null when it would be stored.',
      resolve: ({ problem }: any) => problem?.code,
    }),
    reason: t.string({ nullable: true, resolve: ({ problem }: any) => problem?.reason }),
  }),
  resolve: async (input, { sql, viewer }) => {
    const id = uuidOf('DeadLetter', input.id)
    return { id, problem: await mendDeadLetter(sql, viewer.tenantId, id, input.payload) }
  },
})

mutation<{ which: WhichInput }>('replayDeadLetters', {
  description: `Sends dead letters again, oldest first, up to ${MOST_REPLAYED}: as mended, and with the times of their arrival. An event that
is stored already is not stored twice.`,
  scope: 'repair',
  note: ['which'],
  input: (t) => ({ which: t.field({ type: Which, required: true }) }),
  payload: (t) => ({
    replayed: t.int({ description: 'Letters that are settled now.', resolve: (result: Replayed) => result.replayed }),
    stored: t.int({ description: 'Events that came of them.', resolve: (result: Replayed) => result.stored }),
    deduplicated: t.int({ resolve: (result: Replayed) => result.deduplicated }),
    records: t.int({ description: 'Records that came of them.', resolve: (result: Replayed) => result.records }),
    discarded: t.int({
      description: 'Events that the gate keeps out by now.',
      resolve: (result: Replayed) => result.discarded,
    }),
    refused: t.int({
      description: 'Refused again; they go on waiting.',
      resolve: (result: Replayed) => result.refused,
    }),
  }),
  resolve: ({ which }, { sql, viewer }) => replayDeadLetters(sql, viewer.tenantId, whichOf(which), MOST_REPLAYED),
})

mutation<{ which: WhichInput }>('discardDeadLetters', {
  description: 'Gives dead letters up. They stay readable, and wait no longer.',
  scope: 'repair',
  note: ['which'],
  input: (t) => ({ which: t.field({ type: Which, required: true }) }),
  payload: (t) => ({ discarded: t.int({ resolve: ({ discarded }: any) => discarded }) }),
  resolve: async ({ which }, { tenant }) => {
    if (Object.values(which).every((value) => value == null)) {
      throw new KithError('INPUT_INVALID', 'Expected to be told which dead letters; "all of them" is code by code.')
    }
    return { discarded: await tenant((sql) => discardLetters(sql, whichOf(which))) }
  },
})
