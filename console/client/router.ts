/** The URL is the state: page, filters and selection are read from it and written to it, so that any view can be sent on. */
import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()

export type Place = { path: string; search: URLSearchParams }

let place = read()

function read(): Place {
  return { path: window.location.pathname, search: new URLSearchParams(window.location.search) }
}

function changed(): void {
  place = read()
  for (const listener of listeners) listener()
}

window.addEventListener('popstate', changed)

export function navigate(to: string, { replace = false } = {}): void {
  if (to === window.location.pathname + window.location.search) return
  const moved = new URL(to, window.location.href).pathname !== window.location.pathname
  window.history[replace ? 'replaceState' : 'pushState'](null, '', to)
  changed()
  if (moved) window.scrollTo(0, 0)
}

export function usePlace(): Place {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => place,
  )
}

/** Where the current page is with these parameters changed; null or '' takes one away. */
export function here(changes: Record<string, string | null>): string {
  const search = new URLSearchParams(place.search)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') search.delete(name)
    else search.set(name, value)
  }
  const text = search.toString()
  return text ? `${place.path}?${text}` : place.path
}
