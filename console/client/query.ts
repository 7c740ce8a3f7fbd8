/**
 * Queries for components. An answer that was seen before is shown at once and asked for again behind it, so that going
 * back to a page shows no spinner; `refresh()` after a mutation asks again for all that is on the screen.
 */
import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react'
import type { Document } from './document.ts'
import { type ApiError, request } from './request.ts'
import { onSession } from './session.ts'

const FRESH_MS = 1000
const MOST_ENTRIES = 200

type Entry = {
  data?: unknown
  error?: ApiError
  at: number
  loading?: Promise<void>
  listeners: Set<() => void>
  /** What a component sees; replaced, never changed, so that React notices. */
  view: View<unknown>
  load(): Promise<void>
}

type View<Result> = { data?: Result; error?: ApiError; loading: boolean }
export type Query<Result> = View<Result> & { reload(): Promise<void> }

const entries = new Map<string, Entry>()

export type QueryOptions = {
  /** Ask again this often, while the page is visible. */
  every?: number
  /** Do not ask at all. */
  skip?: boolean
}

export function useQuery<Result, Variables>(
  document: Document<Result, Variables>,
  variables: Variables,
  { every, skip = false }: QueryOptions = {},
): Query<Result> {
  const key = `${document.name}:${JSON.stringify(variables)}`
  const entry = skip ? undefined : entryOf(key, document, variables)
  const last = useRef<Result>(undefined)

  const subscribe = useCallback(
    (listener: () => void) => {
      entry?.listeners.add(listener)
      return () => void entry?.listeners.delete(listener)
    },
    [entry],
  )
  const view = useSyncExternalStore(subscribe, () => (entry?.view ?? IDLE) as View<Result>)

  useEffect(() => {
    if (entry && Date.now() - entry.at > FRESH_MS) void entry.load()
  }, [entry])

  useEffect(() => {
    if (!entry || !every) return
    const timer = setInterval(() => {
      if (globalThis.document.visibilityState === 'visible') void entry.load()
    }, every)
    return () => clearInterval(timer)
  }, [entry, every])

  // While the next page, filter or search is on its way, the one before stays: nothing jumps.
  if (view.data !== undefined) last.current = view.data
  const data = view.data ?? (view.error || skip ? undefined : last.current)
  return { ...view, data, reload: () => entry?.load() ?? Promise.resolve() }
}

const IDLE: View<never> = { loading: false }

function entryOf<Result, Variables>(key: string, document: Document<Result, Variables>, variables: Variables): Entry {
  const known = entries.get(key)
  if (known) return known
  const entry: Entry = {
    at: 0,
    listeners: new Set(),
    view: { loading: true },
    load() {
      entry.loading ??= request(document, variables)
        .then(
          (data) => Object.assign(entry, { data, error: undefined, at: Date.now() }),
          (error: ApiError) => Object.assign(entry, { error, at: Date.now() }),
        )
        .then(() => {
          entry.loading = undefined
          const same = entry.view.data !== undefined && JSON.stringify(entry.data) === JSON.stringify(entry.view.data)
          const data = same ? entry.view.data : entry.data
          show(entry, { data, error: entry.error, loading: false })
        })
      return entry.loading
    },
  }
  entries.set(key, entry)
  forgetOldest()
  return entry
}

function show(entry: Entry, view: View<unknown>): void {
  const { view: old } = entry
  if (old.data === view.data && old.error === view.error && old.loading === view.loading) return
  entry.view = view
  for (const listener of entry.listeners) listener()
}

function forgetOldest(): void {
  if (entries.size <= MOST_ENTRIES) return
  for (const [key, entry] of entries) {
    if (entry.listeners.size > 0 || entry.loading) continue
    entries.delete(key)
    if (entries.size <= MOST_ENTRIES) return
  }
}

/** Asks again for everything on the screen, and forgets the rest. After a mutation. */
export async function refresh(): Promise<void> {
  const shown: Entry[] = []
  for (const [key, entry] of entries) {
    if (entry.listeners.size > 0) shown.push(entry)
    else entries.delete(key)
  }
  await Promise.all(
    shown.map(async (entry) => {
      await entry.loading // that one may have been answered before the mutation
      await entry.load()
    }),
  )
}

// The next person at this tab sees nothing of the one before. Before any component hears of them: what one has asked
// already would be forgotten too, and asked twice.
onSession(() => entries.clear())
