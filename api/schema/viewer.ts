/** Who is asking, and in which tenant. */
import { tenants } from '../../db/schema/tenant.ts'
import type { Viewer as Who } from '../auth/viewer.ts'
import { builder } from '../builder.ts'
import { columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { noun } from '../noun/noun.ts'
import { ApiKey } from './api-key.ts'

export const Tenant = noun('Tenant', tenants, { plural: 'tenants' })

builder.node(Tenant.ref, {
  description: 'One customer of the platform; every row belongs to one.',
  ...nodeOptions(Tenant),
  fields: (t) =>
    columnFields(t, Tenant, {
      slug: 'Its short name, unique in the platform.',
      name: '',
      timezone: 'IANA name; calendar windows of rules are cut in it.',
      createdAt: '',
    }),
})

const Viewer = builder.objectRef<Who>('Viewer').implement({
  description: 'Who is asking, as the key says it.',
  fields: (t) => ({
    scopes: t.stringList({
      description: 'Any of write (send events), read (query and subscribe), admin (everything in the tenant).',
      resolve: ({ scopes }) => [...scopes].sort(),
    }),
    key: rowField(t, ApiKey, 'The key itself.', ({ keyId }: Who) => keyId),
    tenant: t.field({
      type: Tenant.ref,
      resolve: async ({ tenantId }, _args, { loaders }) => (await loaders.row(Tenant, tenantId))!,
    }),
  }),
})

builder.queryFields((t) => ({
  viewer: t.field({
    type: Viewer,
    description: 'Who is asking; any key may ask this.',
    skipTypeScopes: true,
    resolve: (_root, _args, { viewer }) => viewer,
  }),
}))
