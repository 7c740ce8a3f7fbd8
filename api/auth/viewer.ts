import { KithError } from '../../errors.ts'

/** What a key may do: send events, query and subscribe, define everything in the tenant. */
export type Scope = 'write' | 'read' | 'admin'

/** Who is asking, as the key says it. */
export type Viewer = {
  tenantId: string
  keyId: string
  /** What events sent with this key are attributed to. */
  sourceId: string | null
  /** With what `admin` implies filled in: it holds read and write. */
  scopes: ReadonlySet<Scope>
  /** Events a second; null for no limit. */
  limits?: { tenant: number | null; key: number | null }
}

export function scopesOf(stored: string[]): ReadonlySet<Scope> {
  return new Set<Scope>(stored.includes('admin') ? ['write', 'read', 'admin'] : (stored as Scope[]))
}

/** Throws KEY_UNKNOWN (401) without a viewer. */
export function requireKey(viewer: Viewer | null): asserts viewer is Viewer {
  if (viewer) return
  throw new KithError('KEY_UNKNOWN', 'Expected a valid key; this one is unknown, revoked, or missing.', { status: 401 })
}

/** Throws KEY_UNKNOWN (401) without a viewer and SCOPE_MISSING (403) when the key may not do this. */
export function requireScope(viewer: Viewer | null, scope: Scope): asserts viewer is Viewer {
  requireKey(viewer)
  if (viewer.scopes.has(scope)) return
  throw new KithError(
    'SCOPE_MISSING',
    `Expected a key with the scope "${scope}"; this one has ${list(viewer.scopes)}.`,
    {
      status: 403,
      details: { scope },
    },
  )
}

function list(scopes: ReadonlySet<Scope>): string {
  return [...scopes].map((scope) => `"${scope}"`).join(', ') || 'none'
}
