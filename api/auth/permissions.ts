/**
 * What there is to be allowed, and who is: roles are for people, scopes for keys, and both mean nothing but a set of these
 * permissions. docs/access.md shows this table and which mutation asks for what; permissions.test.ts compares.
 */

/** What a person may be in a tenant. */
export const ROLES = ['owner', 'marketer', 'analyst', 'operator', 'developer'] as const
export type Role = (typeof ROLES)[number]

/** What a key may be made for. */
export const SCOPES = ['write', 'read', 'operator', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

type Allowed = {
  /** Follows "may". */
  what: string
  /** Beside the owner, who may do everything. */
  roles: readonly Role[]
  /** Beside admin, which opens everything. */
  scopes: readonly Scope[]
}

const table = {
  read: {
    what: 'look at people, records and definitions, and follow the feed',
    roles: ['marketer', 'analyst', 'operator', 'developer'],
    scopes: ['read'],
  },
  write: { what: 'send events', roles: ['developer'], scopes: ['write'] },
  lists: { what: 'put people on lists, and take them off', roles: ['marketer', 'developer'], scopes: ['write'] },
  define: { what: 'define segments, labels and lists', roles: ['marketer', 'developer'], scopes: [] },
  edit: { what: 'write CRM records and consents', roles: ['marketer', 'developer'], scopes: [] },
  identity: { what: 'merge and part people by hand', roles: ['marketer', 'developer'], scopes: [] },
  privacy: { what: "hand out a person's data, and forget a person", roles: ['operator'], scopes: [] },
  model: {
    what: 'change fields, behaviors, the gate, sources, webhooks, consumers and the policy of identity',
    roles: ['developer'],
    scopes: [],
  },
  repair: {
    what: 'mend, replay and discard dead letters, and replay stored events',
    roles: ['operator', 'developer'],
    scopes: [],
  },
  operate: { what: 'watch and steer the workers', roles: ['operator'], scopes: ['operator'] },
  keys: { what: 'make and end keys', roles: ['developer'], scopes: [] },
  team: { what: 'invite people, give them roles, and end their sessions', roles: [], scopes: [] },
  audit: { what: 'read the audit log', roles: ['operator'], scopes: [] },
  admin: { what: 'do what has no permission of its own', roles: [], scopes: [] },
} as const satisfies Record<string, Allowed>

export type Permission = keyof typeof table

export const PERMISSIONS = Object.keys(table) as Permission[]
const allowed: Record<Permission, Allowed> = table

export function permissionsOfRole(role: Role): ReadonlySet<Permission> {
  return new Set(PERMISSIONS.filter((permission) => rolesWith(permission).includes(role)))
}

export function permissionsOfScopes(scopes: readonly string[]): ReadonlySet<Permission> {
  return new Set(PERMISSIONS.filter((permission) => scopesWith(permission).some((scope) => scopes.includes(scope))))
}

export function rolesWith(permission: Permission): Role[] {
  return ROLES.filter((role) => role === 'owner' || allowed[permission].roles.includes(role))
}

export function scopesWith(permission: Permission): Scope[] {
  return SCOPES.filter((scope) => scope === 'admin' || allowed[permission].scopes.includes(scope))
}

/** "define segments, labels and lists" */
export function meaningOf(permission: Permission): string {
  return allowed[permission].what
}
