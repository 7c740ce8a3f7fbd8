/** Short words about what has just been done. */
import { useSyncExternalStore } from 'react'

type Toast = { id: number; text: string; bad: boolean }

const SHOWN_MS = 4000
let toasts: Toast[] = []
let lastId = 0
const listeners = new Set<() => void>()

function set(next: Toast[]): void {
  toasts = next
  for (const listener of listeners) listener()
}

export function toast(text: string, { bad = false } = {}): void {
  const id = ++lastId
  set([...toasts, { id, text, bad }])
  setTimeout(() => set(toasts.filter((one) => one.id !== id)), bad ? 2 * SHOWN_MS : SHOWN_MS)
}

/** Does it, and says that it is done or what was wrong. Resolves to whether it went well. */
export async function attempt(work: () => Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await work()
    if (done) toast(done)
    return true
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), { bad: true })
    return false
  }
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => toasts,
  )
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, bad }) => (
        <div key={id} className={`toast${bad ? ' bad' : ''}`}>
          {text}
        </div>
      ))}
    </div>
  )
}
