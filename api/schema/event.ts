/** Something that happened, at a time, with properties; immutable. */
import { events } from '../../db/schema/event.ts'
import { config } from '../../config.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { type Outcome, writerOf } from '../ingest/writer.ts'
import { ofProfile } from '../loaders/pages.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions, personField, rowField } from '../noun/fields.ts'
import { encodeNodeId } from '../noun/id.ts'
import { mutation } from '../noun/mutation.ts'
import { noun } from '../noun/noun.ts'
import { checkOrder } from './event-order.ts'
import { Profile } from './profile.ts'
import { Source } from './source.ts'

export const Event = noun('Event', events, {
  plural: 'events',
  from: 'listed_events',
  key: ['occurredAt', 'id'],
  order: { field: 'occurredAt', direction: 'DESC' },
})

builder.node(Event.ref, {
  description: 'Something that happened, at a time, with properties; immutable.',
  ...nodeOptions(Event),
  fields: (t) => ({
    ...columnFields(t, Event, {
      type: '"track", "page", "screen", "identify", "group" or "alias".',
      name: 'What happened; for all but "track" the type itself.',
      userId: '',
      anonymousId: '',
      identifiers: 'Further identifiers by type.',
      occurredAt: "Event time, corrected for the client's clock.",
      receivedAt: '',
      messageId: 'What makes a retry count once.',
      properties: '',
      traits: 'What an identify or group call says about the person or the account.',
      context: '',
    }),
    profile: personField(t, Profile, 'The person it belongs to today.'),
    source: rowField(t, Source, 'Where it came from.', 'sourceId'),
  }),
})

builder.objectFields(Profile.ref, (t) => ({
  events: connectionField(
    t,
    { noun: Event, name: 'of profile', ownedBy: ofProfile, check: (args) => checkOrder(args, true) },
    'What the person did, by all of their identifiers; latest first.',
    'id',
  ),
}))

builder.queryFields((t) => ({
  events: connectionField(
    t,
    { noun: Event, name: 'all', check: (args) => checkOrder(args, false) },
    'What happened; latest first.',
  ),
}))

const EventInput = builder.inputType('EventInput', {
  description: "An event as Segment's specification has it.",
  fields: (t) => ({
    type: t.string({
      description: '"track", "identify", "page", "screen", "group" or "alias".',
      defaultValue: 'track',
    }),
    event: t.string({ description: 'What happened, for "track".' }),
    name: t.string({ description: 'Of a page or a screen.' }),
    userId: t.string(),
    anonymousId: t.string(),
    previousId: t.string({ description: 'For "alias".' }),
    groupId: t.string({ description: 'For "group".' }),
    messageId: t.string({ description: 'What makes a retry count once.' }),
    timestamp: t.string({ description: 'When it happened, in ISO 8601; now when left out.' }),
    properties: t.field({ type: 'JSON' }),
    traits: t.field({
      type: 'JSON',
      description: 'What is known about the person; "email" and "phone" identify them.',
    }),
    context: t.field({ type: 'JSON' }),
  }),
})

const DeadEvent = builder.objectRef<Outcome['dead'][number]>('DeadEvent').implement({
  description: 'An event that was refused, and is kept as a dead letter.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Its place in what was sent, from 0.' }),
    messageId: t.exposeString('messageId', { nullable: true }),
    code: t.exposeString('code', { description: 'Stable; see docs/errors.md.' }),
    reason: t.exposeString('reason'),
    deadLetterId: t.id({ resolve: ({ deadLetterId }) => encodeNodeId('DeadLetter', deadLetterId) }),
  }),
})

mutation<{ events: Record<string, unknown>[] }>('sendEvents', {
  description: `Sends up to ${config.MAX_BATCH_EVENTS} events. What is stored when this answers is committed; one that does not fit becomes a
dead letter and leaves the others alone. Sending the same messageIds again stores nothing twice.`,
  scope: 'write',
  input: (t) => ({ events: t.field({ type: [EventInput], required: true }) }),
  payload: (t) => ({
    stored: t.exposeInt('stored'),
    deduplicated: t.exposeInt('deduplicated', { description: 'How many of them were stored before, or came twice.' }),
    discarded: t.exposeInt('discarded', { description: 'Kept out by your own filters and samples.' }),
    unconsented: t.exposeInt('unconsented', { description: 'Of people who have refused what the events are for.' }),
    dead: t.field({ type: [DeadEvent], resolve: ({ dead }: any) => dead }),
  }),
  resolve: ({ events }, { sql, viewer }) => {
    if (events.length > config.MAX_BATCH_EVENTS) {
      throw new KithError(
        'BATCH_TOO_LARGE',
        `Expected at most ${config.MAX_BATCH_EVENTS} events, got ${events.length}.`,
        {
          status: 413,
          details: { mostEvents: config.MAX_BATCH_EVENTS },
        },
      )
    }
    return writerOf(sql).write(viewer, 'graphql', events)
  },
})
