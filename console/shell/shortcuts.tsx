import { useEffect, useRef } from 'react'
import { navigate } from '../client/router.ts'
import { destinations } from '../pages/places.ts'
import { Dialog } from '../ui/dialog.tsx'

const CHORD_MS = 1200

/** '/' or Ctrl-K finds, '?' helps, 'g' and a letter goes to a page. Never while somebody types. */
export function useShortcuts(actions: { find(): void; help(): void }): void {
  const latest = useRef(actions)
  useEffect(() => void (latest.current = actions))
  useEffect(() => {
    let goUntil = 0
    function onKey(event: KeyboardEvent) {
      const { key } = event
      if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === 'k') return act(event, latest.current.find)
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      if (Date.now() < goUntil) {
        goUntil = 0
        const found = destinations.find(({ shortcut }) => shortcut === key)
        if (found) return act(event, () => navigate(found.to))
      }
      if (key === 'g') goUntil = Date.now() + CHORD_MS
      if (key === '/') act(event, latest.current.find)
      if (key === '?') act(event, latest.current.help)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

function act(event: KeyboardEvent, work: () => void): void {
  event.preventDefault()
  work()
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || !!target.closest('input, textarea, select, dialog'))
  )
}

export function Shortcuts({ open, onClose }: { open: boolean; onClose(): void }) {
  return (
    <Dialog title="Keyboard" open={open} onClose={onClose}>
      <dl className="facts">
        <dt>
          <kbd>/</kbd> or <kbd>Ctrl</kbd> <kbd>K</kbd>
        </dt>
        <dd>Find anybody or anything</dd>
        {destinations.map(({ to, name, shortcut }) => (
          <div key={to} style={{ display: 'contents' }}>
            <dt>
              <kbd>g</kbd> <kbd>{shortcut}</kbd>
            </dt>
            <dd>{name}</dd>
          </div>
        ))}
        <dt>
          <kbd>?</kbd>
        </dt>
        <dd>This list</dd>
      </dl>
    </Dialog>
  )
}
