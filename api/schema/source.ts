/** Where data comes from: an SDK, a server, a third-party system, a file. */
import { sources } from '../../db/schema/tenant.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { byId, columnFields, nodeOptions } from '../noun/fields.ts'
import { mutation } from '../noun/mutation.ts'
import { noun } from '../noun/noun.ts'

export const Source = noun('Source', sources, { plural: 'sources' })

builder.node(Source.ref, {
  description: 'Where data comes from: an SDK, a server, a third-party system, a file.',
  ...nodeOptions(Source),
  fields: (t) => columnFields(t, Source, { name: '', kind: 'Such as "http", "web", "file".', createdAt: '' }),
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
    const [source] = await tenant(
      (sql) => sql`
INSERT INTO sources (name, kind) VALUES (${name}, ${kind ?? 'http'})
RETURNING id, name, kind, created_at AS "createdAt"`,
    )
    return { source }
  },
})
