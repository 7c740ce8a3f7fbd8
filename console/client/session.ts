/**
 * Who is at this tab: somebody who has signed in (their cookie is the browser's and out of our reach), or whoever brought a key.
 * A key lives in sessionStorage: closing the tab signs out, and no other tab or site sees it.
 */
import { useSyncExternalStore } from 'react'

const STORAGE = 'kith.key'

/** `id` is another one for each person and tenant; undefined until it is known whether anybody is signed in. */
export type Session = { kind: 'key' | 'person'; id: string } | null | undefined

const key = sessionStorage.getItem(STORAGE)
let session: Session = key ? { kind: 'key', id: key } : undefined
let ended = new AbortController()
const listeners = new Set<() => void>()

/** Calls in the order in which they came; returns how to end it. */
export function onSession(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Aborted when whoever is at this tab now has left it: what was asked for them is nobody's any more, nor is its refusal. */
export function untilSessionEnds(): AbortSignal {
  return ended.signal
}

function become(next: Session): void {
  if (session) {
    ended.abort()
    ended = new AbortController()
  }
  session = next
  for (const listener of listeners) listener()
}

export function signInWithKey(key: string): void {
  sessionStorage.setItem(STORAGE, key)
  become({ kind: 'key', id: key })
}

/** After the API has set the cookie. */
export function signedIn(tenantId: string): void {
  sessionStorage.removeItem(STORAGE)
  become({ kind: 'person', id: `${tenantId} ${Date.now()}` })
}

/** Nobody is, as the API has said itself. */
export function signedOut(): void {
  sessionStorage.removeItem(STORAGE)
  become(null)
}

export function isPerson(): boolean {
  return session?.kind === 'person'
}

/** The browser had a cookie all along. */
export function wasSignedIn(): void {
  if (session === undefined) become({ kind: 'person', id: 'before' })
}

/** What every request carries. */
export function credentials(given?: string): Record<string, string> {
  const key = given ?? (session?.kind === 'key' ? session.id : undefined)
  return key ? { authorization: `Bearer ${key}` } : { 'kith-session': '1' }
}

export function useSession(): Session {
  return useSyncExternalStore(onSession, () => session)
}
