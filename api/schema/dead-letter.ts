/** A payload that was refused, kept whole with the reason, that can be mended and replayed. */
import { deadLetters } from '../../db/schema/event.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { byId, columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { noun } from '../noun/noun.ts'
import { Source } from './source.ts'

export const DeadLetter = noun('DeadLetter', deadLetters, { plural: 'deadLetters' })

builder.node(DeadLetter.ref, {
  description: 'A payload that was refused, kept whole with the reason, that can be mended and replayed.',
  ...nodeOptions(DeadLetter),
  fields: (t) => ({
    ...columnFields(t, DeadLetter, {
      receivedAt: '',
      door: '"http" or "graphql".',
      messageId: '',
      payload: 'JSON as it came, as text.',
      code: 'Stable; see docs/errors.md.',
      reason: '',
      replayedAt: 'When it was sent again; null while it waits.',
    }),
    source: rowField(t, Source, 'Where it came from.', ({ sourceId }) => sourceId),
  }),
})

builder.queryFields((t) => ({
  deadLetter: byId(t, DeadLetter, 'A refused payload by id.'),
  deadLetters: connectionField(t, { noun: DeadLetter, name: 'all' }, 'Refused payloads; latest first.'),
}))
