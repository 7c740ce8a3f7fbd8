/** Who is asking, and in which tenant. */
import { type TenantOfUser, tenantsOf } from '../../db/sql/users.ts'
import { meaningOf, type Permission, PERMISSIONS, type Role } from '../auth/permissions.ts'
import type { Viewer as Who } from '../auth/viewer.ts'
import { builder } from '../builder.ts'
import { rowField } from '../noun/fields.ts'
import { encodeNodeId } from '../noun/id.ts'
import { ApiKey, MEANING } from './api-key.ts'
import { RoleEnum, TeamMember } from './team.ts'
import { Tenant } from './tenant.ts'

const PermissionEnum = builder.enumType('Permission', {
  description: 'What somebody may do.',
  values: Object.fromEntries(PERMISSIONS.map((one) => [one, { description: `May ${meaningOf(one)}.` }])) as Record<
    Permission,
    { description: string }
  >,
})

const TenantChoice = builder.objectRef<TenantOfUser>('TenantChoice').implement({
  description: 'A tenant that the person belongs to.',
  fields: (t) => ({
    id: t.id({ resolve: ({ tenant_id }) => encodeNodeId('Tenant', tenant_id) }),
    slug: t.exposeString('slug'),
    name: t.exposeString('name'),
    role: t.field({ type: RoleEnum, resolve: ({ role }) => role as Role }),
  }),
})

const Viewer = builder.objectRef<Who>('Viewer').implement({
  description: 'Who is asking: a key, or somebody who has signed in.',
  fields: (t) => ({
    scopes: t.stringList({
      description: `Of a key, any of ${MEANING}; of a person none: they have a role.`,
      resolve: ({ scopes }) => [...(scopes ?? [])].sort(),
    }),
    permissions: t.field({
      type: [PermissionEnum],
      description: 'What the scopes of the key, or the role of the person, come to.',
      resolve: ({ permissions }) => PERMISSIONS.filter((one) => permissions.has(one)),
    }),
    key: rowField(t, ApiKey, 'The key; null for a person.', ({ keyId, user }: Who) => (user ? null : keyId)),
    member: rowField(t, TeamMember, 'The person; null for a key.', ({ user }: Who) => user?.id ?? null),
    tenants: t.field({
      type: [TenantChoice],
      description: 'The tenants that the person may change to, by POST /auth/tenant.',
      resolve: ({ user }, _args, { sql }) => (user ? tenantsOf(sql, user.id) : []),
    }),
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
