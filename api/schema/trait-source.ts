/** Whose word a trait is: which event or record said it, of which identifier, and when. */
import { readTraitSources, type TraitSourceRow } from '../../db/sql/identity/read-trait-sources.ts'
import { builder } from '../builder.ts'
import { rowField } from '../noun/fields.ts'
import { isUuid } from '../noun/id.ts'
import { Event } from './event.ts'
import { Identifier } from './identifier.ts'
import { Profile } from './profile.ts'

const TraitSourceKind = builder.enumType('TraitSourceKind', {
  values: {
    EVENT: { value: 'event' },
    CONTACT: { value: 'contact', description: 'A CRM contact, by the identifier of type contact.' },
    LEAD: { value: 'lead', description: 'A lead, by the identifier of type lead.' },
  } as const,
})

const TraitSource = builder.objectRef<TraitSourceRow>('TraitSource').implement({
  description: 'Whose word a trait is: of all that was ever said of it, the newest.',
  fields: (t) => ({
    trait: t.exposeString('trait'),
    value: t.field({ type: 'JSON', resolve: ({ value }) => value }),
    at: t.field({ type: 'DateTime', description: 'When it was last said.', resolve: ({ at }) => at }),
    since: t.field({
      type: 'DateTime',
      description: 'Since when it has been so, as far as is known.',
      resolve: ({ at, since }) => since ?? at,
    }),
    kind: t.field({
      type: TraitSourceKind,
      resolve: ({ by }) => (by === 'contact' || by === 'lead' ? by : ('event' as const)),
    }),
    event: t.field({
      type: Event.ref,
      nullable: true,
      description: 'What said it; null for a record, and when the event is kept no longer.',
      resolve: ({ at, by }, _args, { loaders }) => (isUuid(by) ? loaders.row(Event, `${at}~${by}`) : null),
    }),
    identifier: rowField(t, Identifier, 'Whom it was said of.', ({ identifier_id }: TraitSourceRow) => identifier_id),
  }),
})

builder.objectFields(Profile.ref, (t) => ({
  traitSources: t.field({
    type: [TraitSource],
    description: 'Whose word each trait is, by name.',
    complexity: { field: 1, multiplier: 10 },
    resolve: ({ id }, _args, { loaders, viewer }) =>
      loaders
        .of<string, TraitSourceRow[]>('trait sources', async (sql, ids) => {
          const rows = Map.groupBy(await readTraitSources(sql, viewer.tenantId, ids), (row) => row.profile_id)
          return ids.map((one) => rows.get(one) ?? [])
        })
        .load(String(id)),
  }),
}))
