import { KithError } from '../../errors.ts'
import { type Permission, type Role, rolesWith, type Scope, scopesWith } from './permissions.ts'

/** Who is asking, and what they may: a key by its scopes, a person by their role. */
export type Viewer = {
  tenantId: string
  /** The key, or the person where there is none: by whom what is decided by hand was decided. */
  keyId: string
  /** What events sent with this key are attributed to. */
  sourceId: string | null
  permissions: ReadonlySet<Permission>
  /** Of a key; with what `admin` implies filled in: it holds read and write. */
  scopes?: ReadonlySet<Scope>
  /** Somebody who has signed in. */
  user?: SignedIn
  /** Events a second; null for no limit. */
  limits?: { tenant: number | null; key: number | null }
}

export type SignedIn = { id: string; email: string; role: Role; sessionId: string }

export function scopesOf(stored: string[]): ReadonlySet<Scope> {
  return new Set<Scope>(stored.includes('admin') ? ['write', 'read', 'admin'] : (stored as Scope[]))
}

/** Alike for viewers who may see the same, whoever they are: one answer serves them all. */
export function audienceOf({ tenantId, permissions }: Viewer): string {
  return [tenantId, ...[...permissions].sort()].join(' ')
}

/** Throws KEY_UNKNOWN (401) without a viewer. */
export function requireKey(viewer: Viewer | null): asserts viewer is Viewer {
  if (viewer) return
  throw new KithError('KEY_UNKNOWN', 'Expected a valid key; this one is unknown, revoked, or missing.', { status: 401 })
}

/** Throws KEY_UNKNOWN (401) without a viewer and SCOPE_MISSING (403) when the viewer may not do this. */
export function requireScope(viewer: Viewer | null, permission: Permission): asserts viewer is Viewer {
  requireKey(viewer)
  if (!viewer.permissions.has(permission)) throw scopeMissing(permission)
}

/** `what` is what was asked for. */
export function scopeMissing(permission: Permission, what?: string): KithError {
  const scopes = scopesWith(permission)
  const roles = rolesWith(permission)
  const message =
    `Expected the permission "${permission}"${what ? ` for ${what}` : ''}: ` +
    `keys with the scope ${scopes.join(' or ')} have it, and the role${roles.length > 1 ? 's' : ''} ${roles.join(', ')}.`
  return new KithError('SCOPE_MISSING', message, { status: 403, details: { permission, scopes, roles } })
}
