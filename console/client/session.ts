/** The key of this browser tab. It lives in sessionStorage: closing the tab signs out, and no other tab or site sees it. */
import { useSyncExternalStore } from 'react'

const STORAGE = 'kith.key'
const listeners = new Set<() => void>()

export function sessionKey(): string | null {
  return sessionStorage.getItem(STORAGE)
}

export function signIn(key: string): void {
  sessionStorage.setItem(STORAGE, key)
  for (const listener of listeners) listener()
}

export function signOut(): void {
  sessionStorage.removeItem(STORAGE)
  for (const listener of listeners) listener()
}

export function useSessionKey(): string | null {
  return useSyncExternalStore(subscribe, sessionKey)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
