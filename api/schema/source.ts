/** Where data comes from: an SDK, a server, a third-party system, a file. */
import { sources } from '../../db/schema/tenant.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { byId, columnFields, nodeOptions } from '../noun/fields.ts'
import { refuseUnkeepable } from '../noun/keepable.ts'
import { mutation } from '../noun/mutation.ts'
import { uuidOf } from '../noun/id.ts'
import { noun } from '../noun/noun.ts'
import { modelChanged } from '../schema-changes.ts'

export const Source = noun('Source', sources, { plural: 'sources' })

builder.node(Source.ref, {
  description: 'Where data comes from: an SDK, a server, a third-party system, a file.',
  ...nodeOptions(Source),
  fields: (t) =>
    columnFields(t, Source, {
      name: '',
      kind: 'Such as "http", "web", "file".',
      createdAt: '',
      purpose: 'What its events are for: those of people who refused it are not stored.',
      channel: 'The channel on which a refusal counts; null for any.',
    }),
})

builder.queryFields((t) => ({
  source: byId(t, Source, 'A source by id.'),
  sources: connectionField(t, { noun: Source, name: 'all' }, 'Sources.'),
}))

mutation<{ name: string; kind?: string | null }>('createSource', {
  description: 'Names a new place that data comes from. CONFLICT when the name is taken.',
  scope: 'model',
  input: (t) => ({ name: t.string({ required: true }), kind: t.string() }),
  payload: (t) => ({ source: t.field({ type: Source.ref, resolve: ({ source }: any) => source }) }),
  resolve: async ({ name, kind }, { tenant }) => {
    refuseUnkeepable({ name, kind })
    const [source] = await tenant(
      (sql) => sql`
INSERT INTO sources (name, kind) VALUES (${name}, ${kind ?? 'http'})
RETURNING id, name, kind, purpose, channel, created_at AS "createdAt"`,
    )
    return { source }
  },
})

type Update = { id: string; name?: string | null; purpose?: string | null; channel?: string | null }

mutation<Update>('updateSource', {
  description: 'Changes what is given; null takes purpose and channel away.',
  scope: 'model',
  input: (t) => ({
    id: t.id({ required: true }),
    name: t.string(),
    purpose: t.string({ description: 'What its events are for: those of people who refused it are not stored.' }),
    channel: t.string({ description: 'The channel on which a refusal counts; any without.' }),
  }),
  payload: (t) => ({ source: t.field({ type: Source.ref, resolve: ({ source }: any) => source }) }),
  resolve: async ({ id, name = null, purpose, channel }, { tenant, viewer }) => {
    refuseUnkeepable({ name, purpose, channel })
    for (const text of [name, purpose, channel])
      if (text != null && text.trim() === '') throw new KithError('INPUT_INVALID', 'Expected a text that is not empty.')
    const [source] = await tenant(
      (sql) => sql`
UPDATE sources SET name = coalesce(${name}, name),
  purpose = CASE WHEN ${purpose !== undefined}::boolean THEN ${purpose ?? null} ELSE purpose END,
  channel = CASE WHEN ${channel !== undefined}::boolean THEN ${channel ?? null} ELSE channel END
WHERE id = ${uuidOf('Source', id)}
RETURNING id, name, kind, purpose, channel, created_at AS "createdAt"`,
    )
    if (!source) throw new KithError('NOT_FOUND', `There is no source ${id}.`, { status: 404 })
    modelChanged(viewer.tenantId)
    return { source }
  },
})
